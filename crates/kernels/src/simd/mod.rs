//! AVX-512 IFMA: the only module with `unsafe`.
//!
//! Two reasons for `unsafe` occur, no others: loads and stores through pointers made from references that
//! cover them, and calls of functions compiled for instructions that the processor must have. The second is
//! discharged by [`Ifma`], a token that exists only after the processor was asked.
#![allow(unsafe_code, reason = "intrinsics; every block states what makes it sound")]

mod combine;
mod dot;
mod lanes;
mod lookup;
mod pack;
mod planes;
pub(crate) mod points;
mod rounds;
mod scalar;
mod small;
mod vector;
mod weighted;

pub use planes::PlaneOperation;
pub use small::Widen;

/// Proof that this processor has AVX-512 F and IFMA (and that the operating system saves their registers).
#[derive(Debug, Clone, Copy)]
pub struct Ifma(());

impl Ifma {
    /// The token, where the processor has the instructions.
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")).then_some(Self(()))
    }
}
