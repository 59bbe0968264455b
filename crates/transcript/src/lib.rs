//! Fiat-Shamir transcript over Keccak-256, cheap to replay on the EVM.
//!
//! The state is one word of 32 bytes. Every step hashes the state, one *header* word, and a payload:
//!
//! * header = kind (1 byte) | label (23 bytes, padded with zeros) | number (8 bytes, big-endian);
//! * start: state = keccak256(32 zeros | header(protocol, its identifier, 0));
//! * absorb: state = keccak256(state | header(kind, label, bytes of the payload) | payload);
//! * challenge: low = keccak256(state | header(challenge, label, 0)), high = keccak256(state | header(challenge,
//!   label, 1)), the challenge is (high 2^256 + low) mod r, and the new state is low.
//!
//! Scalars are 32 bytes, points 64 bytes x | y, all big-endian and canonical (a point at infinity is 64 zeros),
//! so a payload is read as it lies in calldata, and a header of fixed length is a constant word.
//!
//! Why it is sound in the random-oracle model.
//! 1. The steps before a challenge determine it, and nothing else does: the hashed strings are prefix-free per
//!    step (kind, label and length stand before the payload), so two different histories hash different strings,
//!    and equal states would be a collision (2^-128 for 2^64 queries of an adversary).
//! 2. Start, absorb and the two halves of a challenge differ in the header's first or last byte, so no payload
//!    makes one step look like another.
//! 3. 512 uniform bits reduced mod r are within r / 2^514 < 2^-260 of uniform, so the error of a challenge may be
//!    counted as degree / r. (One keccak reduced mod r would be 4% off uniform, and one cut to 253 bits uniform
//!    on two thirds of the field. The second keccak and two modular operations cost about 100 gas a challenge.)
//! 4. A challenge moves the state, so two in a row differ; the state is public, so that it equals the low half
//!    gives nothing away.
//!
//! It is the *caller's* duty to absorb the whole statement first, and everything a challenge binds before it.
//! A [`Transcript::manifest`] lists the steps (label, kind, bytes, round), so that a test can pin them.

#![forbid(unsafe_code)]

mod label;

pub use label::{Kind, LABEL_BYTES, Label};

use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};
use thiserror::Error;
use zkattest_field::{ELEMENT_BYTES, G1, Scalar, encode};

/// Bytes of a digest.
const WORD: usize = 32;

/// Bytes of an encoded point.
pub const POINT_BYTES: usize = 2 * ELEMENT_BYTES;

/// Why a message is not absorbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TranscriptError {
    /// A point is at infinity where the protocol does not allow it.
    #[error("point {index} is the point at infinity")]
    Infinity {
        /// Place among the points of the message.
        index: u64,
    },
}

/// One step, as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub label: Label,
    /// What it does.
    pub kind: Kind,
    /// Bytes absorbed; 0 for a challenge.
    pub bytes: u64,
    /// Round: how often a message followed a challenge before. A round is messages, then challenges.
    pub round: u32,
}

/// The transcript of one run of a protocol; prover and verifier hold equal ones.
#[derive(Debug, Clone)]
pub struct Transcript {
    state: [u8; WORD],
    #[cfg(any(debug_assertions, feature = "manifest"))]
    steps: Vec<Step>,
}

impl Transcript {
    /// A transcript that is separated from those of all other protocols by `protocol`, its identifier.
    pub fn new(protocol: Label) -> Self {
        let mut transcript = Self {
            state: [0; WORD],
            #[cfg(any(debug_assertions, feature = "manifest"))]
            steps: Vec::new(),
        };
        transcript.state = transcript.hash(&protocol.header(Kind::Protocol, 0), &[]);
        transcript.record(protocol, Kind::Protocol, 0);
        transcript
    }

    /// Absorb bytes. Their length is bound.
    pub fn absorb_bytes(&mut self, label: Label, bytes: &[u8]) {
        self.absorb(label, Kind::Bytes, bytes);
    }

    /// Absorb an integer.
    pub fn absorb_integer(&mut self, label: Label, integer: u64) {
        self.absorb(label, Kind::Integer, &integer.to_be_bytes());
    }

    /// Absorb scalars as one message. Their number is bound.
    pub fn absorb_scalars(&mut self, label: Label, scalars: &[Scalar]) {
        let payload: Vec<u8> = scalars.iter().flat_map(encode).collect();
        self.absorb(label, Kind::Scalars, &payload);
    }

    /// Absorb points as one message, infinity as 64 zeros. Their number is bound.
    pub fn absorb_points(&mut self, label: Label, points: &[G1]) {
        let payload: Vec<u8> = points.iter().flat_map(encode_point).collect();
        self.absorb(label, Kind::Points, &payload);
    }

    /// As [`Self::absorb_points`] where the protocol allows no point at infinity.
    ///
    /// # Errors
    /// [`TranscriptError::Infinity`]; nothing is absorbed then.
    pub fn absorb_finite_points(&mut self, label: Label, points: &[G1]) -> Result<(), TranscriptError> {
        match (0u64..).zip(points).find(|(_, point)| point.is_zero()) {
            Some((index, _)) => Err(TranscriptError::Infinity { index }),
            None => {
                self.absorb_points(label, points);
                Ok(())
            }
        }
    }

    /// Draw a challenge that binds everything absorbed so far; uniform up to 2^-260.
    pub fn challenge(&mut self, label: Label) -> Scalar {
        let low = self.hash(&label.header(Kind::Challenge, 0), &[]);
        let high = self.hash(&label.header(Kind::Challenge, 1), &[]);
        self.state = low;
        self.record(label, Kind::Challenge, 0);
        let mut wide = [0u8; 2 * WORD];
        for (target, half) in wide.chunks_exact_mut(WORD).zip([high, low]) {
            target.copy_from_slice(&half);
        }
        Scalar::from_be_bytes_mod_order(&wide)
    }

    /// The state, to compare two transcripts.
    pub fn state(&self) -> [u8; 32] {
        self.state
    }

    /// The steps so far. Empty in release builds without the feature `manifest`.
    pub fn manifest(&self) -> &[Step] {
        #[cfg(any(debug_assertions, feature = "manifest"))]
        let steps = self.steps.as_slice();
        #[cfg(not(any(debug_assertions, feature = "manifest")))]
        let steps = &[];
        steps
    }

    fn absorb(&mut self, label: Label, kind: Kind, payload: &[u8]) {
        let length = payload.len() as u64;
        self.state = self.hash(&label.header(kind, length), payload);
        self.record(label, kind, length);
    }

    fn hash(&self, header: &[u8; WORD], payload: &[u8]) -> [u8; WORD] {
        Keccak256::new().chain_update(self.state).chain_update(header).chain_update(payload).finalize().into()
    }

    #[cfg(any(debug_assertions, feature = "manifest"))]
    fn record(&mut self, label: Label, kind: Kind, bytes: u64) {
        let round = self.steps.last().map_or(0, |last| {
            let starts = last.kind == Kind::Challenge && kind != Kind::Challenge;
            last.round.saturating_add(u32::from(starts))
        });
        self.steps.push(Step { label, kind, bytes, round });
    }

    #[cfg(not(any(debug_assertions, feature = "manifest")))]
    #[allow(clippy::unused_self, reason = "the recording build uses it")]
    fn record(&mut self, _: Label, _: Kind, _: u64) {}
}

/// Canonical bytes of a point: x | y, 32 bytes each; infinity is 64 zeros (EIP-196).
pub fn encode_point(point: &G1) -> [u8; POINT_BYTES] {
    let mut bytes = [0u8; POINT_BYTES];
    if !point.is_zero() {
        for (target, coordinate) in bytes.chunks_exact_mut(ELEMENT_BYTES).zip([point.x, point.y]) {
            target.copy_from_slice(&encode(&coordinate));
        }
    }
    bytes
}
