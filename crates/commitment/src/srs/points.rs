//! Points in the encodings that reference strings come in.
//!
//! * canonical (ours, and the EVM's, EIP-196/197): coordinates 32 bytes big-endian; a coordinate of the second
//!   group is imaginary part first;
//! * Montgomery (snarkjs, halo2): 32 bytes little-endian of a*2^256 mod q; real part first;
//! * words (Aztec ignition): four 8-byte big-endian words, least significant first; real part first.
//!
//! The point at infinity has no place in a reference string and is refused everywhere.

use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;
use zkattest_field::{Base, BaseExtension, G1, G2, encode, integer_from_be};

use crate::error::{Section, SrsError};

/// Bytes of an uncompressed point of the first group, in every encoding.
pub const G1_BYTES: usize = 64;
/// Bytes of an uncompressed point of the second group, in every encoding.
pub const G2_BYTES: usize = 128;

/// How coordinates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Big-endian, imaginary part first.
    Canonical,
    /// Little-endian Montgomery form with R = 2^256, real part first.
    Montgomery,
    /// Big-endian words, least significant first; real part first.
    Words,
}

impl Encoding {
    fn coordinate(self, bytes: &[u8; 32]) -> Option<Base> {
        match self {
            Self::Canonical => Base::from_bigint(integer_from_be(bytes)),
            Self::Montgomery => {
                let integer = limbs(bytes, u64::from_le_bytes);
                (integer < Base::MODULUS).then(|| Base::new_unchecked(integer))
            }
            Self::Words => Base::from_bigint(limbs(bytes, u64::from_be_bytes)),
        }
    }

    /// The point in these bytes: canonical coordinates, on the curve, not at infinity.
    ///
    /// # Errors
    /// [`SrsError`] naming `section` and `index`.
    pub fn g1(self, bytes: &[u8; G1_BYTES], section: Section, index: u64) -> Result<G1, SrsError> {
        let coordinates = self.coordinates::<2>(bytes);
        let [Some(x), Some(y)] = coordinates else {
            return Err(SrsError::NotCanonical { section, index });
        };
        let point = G1::new_unchecked(x, y);
        if point.is_zero() {
            return Err(SrsError::Infinity { section, index });
        }
        if !point.is_on_curve() {
            return Err(SrsError::OffCurve { section, index });
        }
        Ok(point)
    }

    /// The point in these bytes: canonical coordinates, on the curve, of order r, not at infinity.
    ///
    /// # Errors
    /// [`SrsError`] naming `section` and `index`.
    pub fn g2(self, bytes: &[u8; G2_BYTES], section: Section, index: u64) -> Result<G2, SrsError> {
        let [Some(a), Some(b), Some(c), Some(d)] = self.coordinates::<4>(bytes) else {
            return Err(SrsError::NotCanonical { section, index });
        };
        let (x, y) = match self {
            Self::Canonical => (BaseExtension::new(b, a), BaseExtension::new(d, c)),
            Self::Montgomery | Self::Words => (BaseExtension::new(a, b), BaseExtension::new(c, d)),
        };
        let point = G2::new_unchecked(x, y);
        if point.is_zero() {
            return Err(SrsError::Infinity { section, index });
        }
        if !point.is_on_curve() {
            return Err(SrsError::OffCurve { section, index });
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err(SrsError::WrongOrder { section, index });
        }
        Ok(point)
    }

    fn coordinates<const N: usize>(self, bytes: &[u8]) -> [Option<Base>; N] {
        let (chunks, _) = bytes.as_chunks::<32>();
        std::array::from_fn(|i| chunks.get(i).and_then(|chunk| self.coordinate(chunk)))
    }

    /// Points `first..` of the first group, 64 bytes each.
    ///
    /// # Errors
    /// The first bad point in the order of the file; a length that is no multiple of 64.
    pub fn g1_list(self, bytes: &[u8], section: Section, first: u64) -> Result<Vec<G1>, SrsError> {
        let (chunks, rest) = bytes.as_chunks::<G1_BYTES>();
        if !rest.is_empty() {
            return Err(SrsError::Trailing { section, count: rest.len() as u64 });
        }
        chunks
            .par_iter()
            .enumerate()
            .map(|(index, chunk)| self.g1(chunk, section, first + index as u64))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }
}

fn limbs(bytes: &[u8; 32], word: fn([u8; 8]) -> u64) -> BigInt<4> {
    let (chunks, _) = bytes.as_chunks::<8>();
    BigInt(std::array::from_fn(|i| chunks.get(i).map_or(0, |chunk| word(*chunk))))
}

/// The canonical point in these bytes, see [`Encoding::g1`].
///
/// # Errors
/// See [`Encoding::g1`].
pub fn decode_g1(bytes: &[u8; G1_BYTES], section: Section, index: u64) -> Result<G1, SrsError> {
    Encoding::Canonical.g1(bytes, section, index)
}

/// Canonical bytes of a point of the first group; infinity is 64 zeros, as in EIP-196.
pub fn encode_g1(point: &G1) -> [u8; G1_BYTES] {
    join([encode(&point.x), encode(&point.y)])
}

/// Canonical bytes of a point of the second group.
pub fn encode_g2(point: &G2) -> [u8; G2_BYTES] {
    join([encode(&point.x.c1), encode(&point.x.c0), encode(&point.y.c1), encode(&point.y.c0)])
}

/// Montgomery bytes of a point of the first group.
pub fn montgomery_g1(point: &G1) -> [u8; G1_BYTES] {
    join([montgomery(&point.x), montgomery(&point.y)])
}

/// Montgomery bytes of a point of the second group.
pub fn montgomery_g2(point: &G2) -> [u8; G2_BYTES] {
    join([montgomery(&point.x.c0), montgomery(&point.x.c1), montgomery(&point.y.c0), montgomery(&point.y.c1)])
}

fn montgomery(element: &Base) -> [u8; 32] {
    // The representation arkworks holds is the Montgomery form itself.
    let mut bytes = [0u8; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(element.0.0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

fn join<const N: usize, const M: usize>(parts: [[u8; 32]; N]) -> [u8; M] {
    let mut bytes = [0u8; M];
    for (target, part) in bytes.chunks_exact_mut(32).zip(parts) {
        target.copy_from_slice(&part);
    }
    bytes
}
