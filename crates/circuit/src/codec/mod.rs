//! The one encoding of a circuit, and its digest (`docs/protocol.md`, "Encoding").
//!
//! | module | holds |
//! | --- | --- |
//! | [`integers`] | variable-length and signed integers |
//! | [`kernels`] | vectors and their places: each once, in the order of first use |
//! | [`writer`] | the encoding of everything else |
//! | [`reader`] | elementary reading |
//! | [`decoder`] | reading of everything else |
//!
//! Bytes are canonical if and only if they decode to a valid circuit whose encoding they are, and that is how
//! it is checked: a difference has an offset.

mod decoder;
pub(crate) mod integers;
mod kernels;
mod reader;
mod writer;

use sha3::{Digest, Keccak256};

use crate::error::CircuitError;
use crate::ir::{Circuit, Group};

pub use kernels::Place;

/// First bytes of an encoded circuit.
pub const MAGIC: &[u8; 4] = b"ZKCI";
/// Version of the encoding.
pub const VERSION: u16 = 2;

impl Circuit {
    /// The canonical encoding of a valid circuit. (Of a description that [`Circuit::validate`] refuses the bytes
    /// mean nothing: [`Circuit::decode`] refuses them, or they are another circuit's.)
    pub fn encode(&self) -> Vec<u8> {
        writer::write(self)
    }

    /// The dictionary of kernels: the first group of each, and its place.
    pub fn kernels(&self) -> Vec<(&Group, Place)> {
        writer::kernels(self)
    }

    /// keccak256 of the encoding.
    pub fn digest(&self) -> [u8; 32] {
        Keccak256::digest(self.encode()).into()
    }

    /// The valid circuit that `bytes` encode.
    ///
    /// # Errors
    /// The first cause found why there is none: truncated or trailing bytes, an unknown tag, a rule that
    /// [`Circuit::validate`] checks, or bytes that are not the canonical ones.
    pub fn decode(bytes: &[u8]) -> Result<Self, CircuitError> {
        let circuit = decoder::read(bytes)?;
        circuit.validate()?;
        let canonical = circuit.encode();
        if bytes == canonical {
            return Ok(circuit);
        }
        let same = bytes.iter().zip(&canonical).take_while(|(found, expected)| found == expected);
        Err(CircuitError::NotCanonical { offset: same.count() })
    }
}
