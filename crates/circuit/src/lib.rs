//! What is proved: the canonical description of tensors, functionals, terms and statements
//! (`docs/protocol.md`, "Circuit").
//!
//! | module | holds |
//! | --- | --- |
//! | [`ir`] | the types |
//! | [`codec`] | the one encoding, and the digest over it |
//! | [`limits`] | how long lists may be |
//! | [`validate`] | every rule that a description keeps |
//! | [`shape`] | the numbers derived from it: rounds, degrees, proof length, places of masks |
//! | [`geometry`] | which blocks of which rows a form touches |
//! | [`evaluate`] | values of vectors and scales of forms at the challenges |
//! | [`lookup`], [`quotient`] | hints for provers |
//!
//! A description may come from an enemy: nothing here panics or indexes, and nothing allocates more than the
//! bytes that were given, or the work limits, allow.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod codec;
pub mod error;
pub mod evaluate;
pub mod geometry;
pub mod ir;
pub mod limits;
pub mod lookup;
pub mod quotient;
pub mod shape;
pub mod validate;

pub use error::CircuitError;
pub use evaluate::{Challenges, eq_range, eq_table};
pub use geometry::Blocks;
pub use shape::{MaskLayout, ProofShape};

/// A u32 as an index. No platform of this project has pointers under 32 bits; there it would saturate, and no
/// list has that entry.
pub fn index(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
