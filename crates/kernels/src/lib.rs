//! Batched BN254 arithmetic.
#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod constants;
mod error;
mod lanes;
pub mod msm;
#[cfg(target_arch = "x86_64")]
pub mod simd;

pub use error::KernelError;
pub use lanes::{Lanes, WIDTH};

/// An element of the field `C` in arkworks' form: four 64-bit limbs, Montgomery radix 2^256, below p.
pub type Element<C> = ark_ff::Fp<ark_ff::MontBackend<C, 4>, 4>;
