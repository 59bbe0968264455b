//! The Fiat–Shamir transcript (`docs/protocol.md`, "Transcript").
//!
//! A 32-byte state. Absorbing hashes the state and the message into the next state; a challenge is the state as
//! an integer modulo r, after which the state is hashed once. Messages are as long as the circuit says, so that
//! no two runs of one circuit absorb the same bytes in another division.

#![forbid(unsafe_code)]

use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};
use zkattest_field::Scalar;

/// First bytes of every transcript.
pub const DOMAIN: &[u8] = b"zkattest-sumcheck-v1";

/// Gives challenges: the transcript, or in a test a replay of given ones.
pub trait Oracle {
    /// The next challenges depend on these bytes.
    fn absorb(&mut self, message: &[u8]);
    /// The next challenge.
    fn draw(&mut self) -> Scalar;
}

/// The transcript of one proof.
#[derive(Debug, Clone)]
pub struct Transcript {
    state: [u8; 32],
}

impl Transcript {
    /// Binds what the proof is about: the circuit's digest, the key's binding, the statement's digest.
    pub fn new(circuit: &[u8; 32], key: &[u8; 32], statement: &[u8; 32]) -> Self {
        Self { state: hash(&[DOMAIN, circuit, key, statement]) }
    }
}

impl Oracle for Transcript {
    fn absorb(&mut self, message: &[u8]) {
        self.state = hash(&[&self.state, message]);
    }

    fn draw(&mut self) -> Scalar {
        let challenge = Scalar::from_be_bytes_mod_order(&self.state);
        self.state = hash(&[&self.state]);
        challenge
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
