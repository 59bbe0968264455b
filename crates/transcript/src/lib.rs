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

#[cfg(test)]
mod tests {
    use ark_ff::BigInt;

    use super::*;

    /// keccak256 of nothing and of "abc", as published with the function.
    #[test]
    fn the_hash_is_keccak256() {
        let hex = |hash: [u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(hash(&[])), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(
            hex(hash(&[b"a", b"bc"])),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
        );
    }

    fn start() -> Transcript {
        Transcript::new(&[1; 32], &[2; 32], &[3; 32])
    }

    /// The steps of the page, by hand.
    #[test]
    fn states_follow_the_specification() {
        let mut transcript = start();
        let initial = hash(&[b"zkattest-sumcheck-v1", &[1; 32], &[2; 32], &[3; 32]]);
        assert_eq!(transcript.state, initial);
        transcript.absorb(b"message");
        let absorbed = hash(&[&initial, b"message"]);
        assert_eq!(transcript.state, absorbed);
        let drawn = transcript.draw();
        // The state as an integer, less r as often as it goes: 2^256 is below 6 r.
        let mut integer = zkattest_field::integer_from_be(&absorbed);
        while integer >= Scalar::MODULUS {
            let mut difference = integer;
            ark_ff::BigInteger::sub_with_borrow(&mut difference, &Scalar::MODULUS);
            integer = difference;
        }
        assert_eq!(drawn.into_bigint(), integer);
        assert_ne!(integer, BigInt::zero());
        assert_eq!(transcript.state, hash(&[&absorbed]));
    }

    #[test]
    fn everything_before_a_challenge_decides_it() {
        let challenge = |circuit, key, statement, messages: &[&[u8]]| {
            let mut transcript = Transcript::new(circuit, key, statement);
            messages.iter().for_each(|message| transcript.absorb(message));
            transcript.draw()
        };
        let (a, b, c, d) = ([1; 32], [2; 32], [3; 32], [4; 32]);
        let seen = [
            challenge(&a, &b, &c, &[b"x"]),
            challenge(&d, &b, &c, &[b"x"]),
            challenge(&a, &d, &c, &[b"x"]),
            challenge(&a, &b, &d, &[b"x"]),
            challenge(&b, &a, &c, &[b"x"]),
            challenge(&a, &b, &c, &[b"y"]),
            challenge(&a, &b, &c, &[]),
            // An empty message is a message.
            challenge(&a, &b, &c, &[b""]),
            challenge(&a, &b, &c, &[b"x", b""]),
        ];
        for (i, one) in seen.iter().enumerate() {
            assert!(seen.iter().skip(i + 1).all(|other| one != other), "challenge {i}");
        }
        let mut transcript = start();
        assert_ne!(transcript.draw(), transcript.draw());
    }
}
