//! Uniform scalars: blinders and masks.

use crate::ProverError;
use ark_ff::{BigInt, PrimeField};
use zeroize::Zeroize;
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

/// Bytes asked for at once: a mask row needs m scalars, and each system call costs microseconds.
const BUFFER: usize = 1 << 16;

/// The operating system's generator, read in large buffers that are zeroised after use.
#[derive(Debug, Default, Clone, Copy)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    /// Rejection sampling of 254-bit integers below r; three of four are accepted. They are taken as
    /// Montgomery representatives, a bijection of the field, so that the scalars are exactly uniform.
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError> {
        let mut buffer = vec![0u8; BUFFER.min(out.len().saturating_mul(64))];
        let mut filled = 0;
        while filled < out.len() {
            getrandom::fill(&mut buffer).map_err(|_| ProverError::Randomness)?;
            for bytes in buffer.as_chunks::<32>().0 {
                let Some(scalar) = out.get_mut(filled) else { break };
                let mut limbs = [0u64; 4];
                for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    *limb = u64::from_le_bytes(*bytes);
                }
                limbs[3] >>= 2;
                let integer = BigInt(limbs);
                if integer < Scalar::MODULUS {
                    *scalar = Scalar::new_unchecked(integer);
                    filled += 1;
                }
            }
        }
        buffer.zeroize();
        Ok(())
    }
}
