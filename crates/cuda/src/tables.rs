//! Tables of sum-check 1 that are computed from resident cells, with some of their first variables bound.
//!
//! Both kinds are sums of cells' blocks with weights, which hold the factors eq(`rho_1` .. `rho_k`, y) of what is bound: a
//! bind multiplies weights where they lie, in one launch.

mod lookup;
mod pieces;

pub use lookup::{LookupLayout, LookupTable};
pub use pieces::{AddedLayout, PiecesLayout, PiecesTable};

use crate::{CudaError, Gpu, Kernel, SmallCells, Vector};
use ark_bn254::Fr;
use ark_ff::Field;
use zkattest_kernels::KernelError;

/// Stands for no cells, as `kernels/tables.cuh` has it.
const ABSENT: u64 = u64::MAX;

/// What cells are raised by there.
const RAISED: u64 = 1 << 15;

/// Entries that one thread makes there.
const TOGETHER: usize = 4;

/// Threads that make `count` entries from `start` on, in blocks of 2^`bits`.
fn threads(bits: usize, start: usize, count: usize) -> usize {
    let blocks = if count == 0 { 0 } else { ((start + count - 1) >> bits) - (start >> bits) + 1 };
    blocks * ((1 << bits) / TOGETHER).max(1)
}

/// Multiplies weights (address and number), `slots` for each index of the first variables, by z or 1 - z, by the bit that
/// `left` begins at.
fn bind_weights(gpu: &Gpu, weights: [u64; 2], slots: usize, left: usize, z: Fr) -> Result<(), CudaError> {
    let both = Vector::new(gpu.machine(), &[z, Fr::ONE - z])?;
    let [address, count] = weights;
    gpu.go(Kernel::BindWeights, count as usize, &[address, slots as u64, left as u64, both.at(0)])
}

/// Checks that cells have two bytes and are so many at least.
fn check_cells(cells: &SmallCells, least: usize) -> Result<(), KernelError> {
    if cells.width() != 2 {
        return Err(KernelError::Length { expected: 2, found: cells.width() });
    }
    check(least, cells.len())
}

/// Checks that there are `least` at least.
fn check(least: usize, found: usize) -> Result<(), KernelError> {
    if least <= found { Ok(()) } else { Err(KernelError::Length { expected: least, found }) }
}
