//! Row-wise hiding KZG commitments to integer tensors, and the reference strings under them.
//!
//! A tensor's cells lie in *rows* of m = 2^c field elements. A row with cells v_0..v_(m-1) and blinder b is
//! the polynomial sum v_i X^i + b X^m, committed as C = sum v_i [tau^i]_1 + b [tau^m]_1 (Kate, Zaverucha,
//! Goldberg 2010, section 3.3, with the blinder in an extra coefficient): perfectly hiding over b, binding
//! under the m-strong Diffie-Hellman assumption in the algebraic group model. The layout of tensors in rows
//! is a function of m, names, shapes and groups alone ([`layout`]).

#![forbid(unsafe_code)]

pub mod error;
pub mod identity;
pub mod layout;
pub(crate) mod msm;
pub mod row;
pub mod srs;

pub use error::{CommitmentError, SrsError};
pub use layout::{Layout, Place, TensorShape};
pub use srs::Srs;

/// keccak256, the hash of every digest here.
pub fn keccak256(parts: &[&[u8]]) -> [u8; 32] {
    use sha3::{Digest, Keccak256};
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
