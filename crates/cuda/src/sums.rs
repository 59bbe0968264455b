//! Prefix sums on a machine.

use crate::memory::{Block, launch};
use crate::{CudaError, Kernel, Machine};
use std::sync::Arc;

/// Values that one thread adds up, as `kernels/buckets.cuh` has it.
const BLOCK: usize = 64;

/// out\[i\] = values\[0\] + .. + values\[i - 1\] for 32-bit integers.
pub(crate) fn offsets(machine: &Arc<dyn Machine>, values: &Block, length: usize) -> Result<Block, CudaError> {
    let blocks = length.div_ceil(BLOCK);
    let starts = if blocks <= 1 {
        Block::zeros::<u32>(machine, 1)?
    } else {
        let sums = Block::of::<u32>(machine, blocks)?;
        launch(&**machine, Kernel::BlockSums, blocks, &[values.address(), length as u64, sums.address()])?;
        offsets(machine, &sums, blocks)?
    };
    let out = Block::of::<u32>(machine, length)?;
    let at = [values.address(), length as u64, starts.address(), out.address()];
    launch(&**machine, Kernel::BlockOffsets, blocks, &at)?;
    Ok(out)
}
