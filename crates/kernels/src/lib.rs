//! Batched BN254 arithmetic: what a prover computes on long slices.
//!
//! [`Kernels`] is implemented twice: [`Reference`] reads like the definitions; [`Cpu`] is multi-threaded and
//! uses AVX-512 IFMA where the processor has it, chosen at run time. Both give the same bytes.
//!
//! Representations. In memory elements are arkworks': four 64-bit limbs, Montgomery radix R' = 2^256, in
//! \[0, p). In registers eight elements are five planes of 52-bit limbs, Montgomery radix R = 2^260, in
//! \[0, k p) with k stated at each function; every store to memory reduces to \[0, p). See `simd::lanes`,
//! `simd::pack` for the arithmetic, and `simd::points` for the curve.
//!
//! Running time depends on the data: kernels are for one's own secrets on one's own machine.
#![deny(unsafe_code)]

mod cells;
mod combine;
mod constants;
mod cpu;
mod dot;
mod error;
mod kernels;
mod keyed;
mod lanes;
mod lookup;
pub mod msm;
mod reference;
#[cfg(target_arch = "x86_64")]
pub mod simd;
mod small;

pub use cells::{Cell, Cells};
pub use cpu::Cpu;
pub use error::KernelError;
pub use kernels::{Kernels, MAX_COLUMNS, MAX_FACTORS};
pub use keyed::sum_by_key;
pub use lanes::{Lanes, WIDTH};
pub use reference::Reference;

/// An element of the field `C` in arkworks' form: four 64-bit limbs, Montgomery radix 2^256, below p.
pub type Element<C> = ark_ff::Fp<ark_ff::MontBackend<C, 4>, 4>;
