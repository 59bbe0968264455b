//! Uniform scalars: blinders and masks (`docs/adr/0014-keystreams-for-masks.md`).

use crate::ProverError;
use ark_ff::{BigInt, PrimeField};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};
use zkattest_field::Scalar;

/// Gives uniform scalars. Everything that hides a witness is drawn from here, in the order that
/// [`crate::prove`] documents, so that a test can choose masks.
pub trait Randomness {
    /// Fills `out` with independent uniform scalars.
    ///
    /// # Errors
    /// [`ProverError::Randomness`] where the source fails.
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError>;
}

/// Scalars drawn from one key: some 170 kB of its keystream, of the 256 GB that the cipher's counter allows. The call
/// that asks for a key takes a hundredth of the time that they do.
const CHUNK: usize = 1 << 12;

/// Bytes of keystream made at once, whole blocks of 64: what a core's nearest cache holds.
const BUFFER: usize = 1 << 14;

/// The operating system's generator, stretched: each chunk of scalars is read from a ChaCha20 keystream (RFC 8439)
/// under a key of 256 fresh bits, which is used for nothing else. Keys and keystreams are zeroised after use, and no
/// state outlives a call.
#[derive(Debug, Default, Clone, Copy)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError> {
        fill_by(out, |key| getrandom::fill(key).map_err(|_| ProverError::Randomness))
    }
}

/// Fills chunks side by side, each from a key that `source` writes.
fn fill_by(
    out: &mut [Scalar],
    source: impl Fn(&mut [u8; 32]) -> Result<(), ProverError> + Sync,
) -> Result<(), ProverError> {
    out.par_chunks_mut(CHUNK).try_for_each(|chunk| {
        let mut key = Zeroizing::new([0; 32]);
        source(&mut key)?;
        expand(&key, chunk);
        Ok(())
    })
}

/// Rejection sampling of 254-bit integers below r; three of four are accepted. They are taken as Montgomery
/// representatives, a bijection of the field: scalars are exactly uniform where the keystream is.
fn expand(key: &[u8; 32], out: &mut [Scalar]) {
    // The nonce is constant: no key is used twice.
    let mut cipher = ChaCha20::new(key.into(), &[0; 12].into());
    let mut buffer = vec![0u8; BUFFER.min(64 * out.len())];
    let mut slots = out.iter_mut();
    'filled: loop {
        cipher.write_keystream(&mut buffer);
        for bytes in buffer.as_chunks::<32>().0 {
            if let Some(scalar) = accepted(bytes) {
                let Some(slot) = slots.next() else { break 'filled };
                *slot = scalar;
            }
        }
        if slots.len() == 0 {
            break;
        }
    }
    buffer.zeroize();
}

/// The scalar whose representative is the integer of the lowest 254 bits, little-endian, if that is below r.
fn accepted(bytes: &[u8; 32]) -> Option<Scalar> {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    limbs[3] &= u64::MAX >> 2;
    let integer = BigInt(limbs);
    (integer < Scalar::MODULUS).then(|| Scalar::new_unchecked(integer))
}

#[cfg(test)]
mod tests;
