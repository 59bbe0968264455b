//! The BN254 fields and groups, bound once, and the canonical encoding of field elements.
//!
//! Every element crosses a boundary as 32 bytes, big-endian, smaller than its modulus. A larger value is
//! refused and never reduced, so that an element has exactly one encoding.

#![forbid(unsafe_code)]

use ark_ff::{BigInt, PrimeField};
use thiserror::Error;
use zeroize::Zeroize;

/// The scalar field: order r of the groups, where tensors' cells and polynomials live.
pub type Scalar = ark_bn254::Fr;
/// The base field: order q, coordinates of points of the first group.
pub type Base = ark_bn254::Fq;
/// Quadratic extension of [`Base`]: coordinates of points of the second group.
pub type BaseExtension = ark_bn254::Fq2;
/// A point of the first group, affine; the point at infinity is (0, 0).
pub type G1 = ark_bn254::G1Affine;
/// A point of the first group, projective.
pub type G1Projective = ark_bn254::G1Projective;
/// A point of the second group, affine.
pub type G2 = ark_bn254::G2Affine;
/// A point of the second group, projective.
pub type G2Projective = ark_bn254::G2Projective;
/// The pairing.
pub type Pairing = ark_bn254::Bn254;

/// Bytes of an encoded field element.
pub const ELEMENT_BYTES: usize = 32;

/// Why bytes are no field element, or why no random one could be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FieldError {
    /// The integer is not smaller than the modulus.
    #[error("the integer is not smaller than the modulus")]
    NotCanonical,
    /// The operating system gave no randomness.
    #[error("the operating system's random number generator failed")]
    Randomness,
}

/// Integer of 32 big-endian bytes, as little-endian limbs.
pub fn integer_from_be(bytes: &[u8; ELEMENT_BYTES]) -> BigInt<4> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
    }
    BigInt(limbs)
}

/// Canonical encoding: 32 bytes, big-endian.
pub fn encode<F: PrimeField<BigInt = BigInt<4>>>(element: &F) -> [u8; ELEMENT_BYTES] {
    let mut bytes = [0u8; ELEMENT_BYTES];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(element.into_bigint().0.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// Inverse of [`encode`].
///
/// # Errors
/// [`FieldError::NotCanonical`] where the integer is not smaller than the modulus.
pub fn decode<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; ELEMENT_BYTES]) -> Result<F, FieldError> {
    F::from_bigint(integer_from_be(bytes)).ok_or(FieldError::NotCanonical)
}

/// A scalar from the operating system's generator: 512 bits reduced, within 2^-256 of uniform.
///
/// # Errors
/// [`FieldError::Randomness`] where the operating system gives no randomness.
pub fn random_scalar() -> Result<Scalar, FieldError> {
    let mut bytes = [0u8; 64];
    getrandom::fill(&mut bytes).map_err(|_| FieldError::Randomness)?;
    let scalar = Scalar::from_le_bytes_mod_order(&bytes);
    bytes.zeroize();
    Ok(scalar)
}

/// Uniform 64-bit integers from the operating system's generator.
///
/// # Errors
/// [`FieldError::Randomness`] where the operating system gives no randomness.
pub fn random_integers(count: usize) -> Result<Vec<i64>, FieldError> {
    let mut bytes = vec![0u8; count.saturating_mul(8)];
    getrandom::fill(&mut bytes).map_err(|_| FieldError::Randomness)?;
    let (chunks, _) = bytes.as_chunks::<8>();
    Ok(chunks.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// r and q of BN254 as published in EIP-197, big-endian.
    const R: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
    const Q: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

    fn bytes(hex: &str) -> [u8; 32] {
        let mut out = [0u8; 32];
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
        }
        out
    }

    #[test]
    fn moduli_are_refused_and_their_predecessors_round_trip() {
        for (modulus, is_scalar) in [(R, true), (Q, false)] {
            let exact = bytes(modulus);
            let mut below = exact;
            below[31] -= 1;
            if is_scalar {
                assert_eq!(decode::<Scalar>(&exact), Err(FieldError::NotCanonical));
                let element: Scalar = decode(&below).unwrap();
                assert_eq!(element, -Scalar::from(1u64));
                assert_eq!(encode(&element), below);
            } else {
                assert_eq!(decode::<Base>(&exact), Err(FieldError::NotCanonical));
                let element: Base = decode(&below).unwrap();
                assert_eq!(element, -Base::from(1u64));
                assert_eq!(encode(&element), below);
            }
        }
    }

    #[test]
    fn all_ones_is_refused() {
        assert_eq!(decode::<Scalar>(&[0xff; 32]), Err(FieldError::NotCanonical));
    }

    #[test]
    fn small_integers_are_big_endian() {
        let mut expected = [0u8; 32];
        expected[30] = 0x12;
        expected[31] = 0x34;
        assert_eq!(encode(&Scalar::from(0x1234u64)), expected);
        assert_eq!(decode::<Scalar>(&expected), Ok(Scalar::from(0x1234u64)));
    }

    #[test]
    fn random_scalars_differ() {
        assert_ne!(random_scalar().unwrap(), random_scalar().unwrap());
    }
}
