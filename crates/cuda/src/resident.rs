//! Elements and small cells that stay on a machine between kernels.

use crate::memory::Block;
use crate::{CudaError, Machine};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use std::ops::Range;
use std::sync::Arc;
use zkattest_kernels::Cells;

/// Elements of the scalar field on a machine, bit for bit as on the processor.
#[derive(Debug)]
pub struct Vector {
    block: Block,
    length: usize,
}

impl Vector {
    /// A copy of `values`.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn new(machine: &Arc<dyn Machine>, values: &[Fr]) -> Result<Self, CudaError> {
        Ok(Self { block: Block::from(machine, values)?, length: values.len() })
    }

    /// Room for `length` elements, to be written by a kernel before they are read.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn room(machine: &Arc<dyn Machine>, length: usize) -> Result<Self, CudaError> {
        Ok(Self { block: Block::of::<Fr>(machine, length)?, length })
    }

    /// Zeros.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn zeros(machine: &Arc<dyn Machine>, length: usize) -> Result<Self, CudaError> {
        Ok(Self { block: Block::zeros::<Fr>(machine, length)?, length })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Keeps the first `length` elements; the memory stays as it is.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Overwrites the elements from number `at` on, after all that was launched before.
    ///
    /// # Errors
    /// [`CudaError::Memory`] where they are more than there are; [`CudaError::Driver`].
    pub fn write(&mut self, at: usize, values: &[Fr]) -> Result<(), CudaError> {
        self.block.write(at, values)
    }

    /// All elements, on the processor, after all that was launched before.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    pub fn read(&self) -> Result<Vec<Fr>, CudaError> {
        let mut out = vec![Fr::ZERO; self.length];
        self.block.read(&mut out)?;
        Ok(out)
    }

    /// Where element `index` lies; for arguments of kernels.
    pub(crate) fn at(&self, index: usize) -> u64 {
        debug_assert!(index <= self.length, "an element of the vector, or its end");
        self.block.address() + 32 * index as u64
    }

    pub(crate) fn block(&self) -> &Block {
        &self.block
    }
}

/// Signed integers of one width on a machine: the cells of a region's rows.
#[derive(Debug)]
pub struct SmallCells {
    block: Block,
    length: usize,
    bytes: usize,
}

impl SmallCells {
    /// A copy of `cells`.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn new(machine: &Arc<dyn Machine>, cells: Cells<'_>) -> Result<Self, CudaError> {
        let (block, bytes) = match cells {
            Cells::I8(cells) => (Block::from(machine, cells)?, 1),
            Cells::I16(cells) => (Block::from(machine, cells)?, 2),
            Cells::I32(cells) => (Block::from(machine, cells)?, 4),
        };
        Ok(Self { block, length: cells.len(), bytes })
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes of a cell: 1, 2 or 4.
    pub fn width(&self) -> usize {
        self.bytes
    }

    /// Where cell `index` lies; for arguments of kernels.
    pub(crate) fn at(&self, index: usize) -> u64 {
        debug_assert!(index <= self.length, "a cell, or the end");
        self.block.address() + (self.bytes * index) as u64
    }

    /// Whether a range lies within the cells.
    pub fn has(&self, range: &Range<usize>) -> bool {
        range.start <= range.end && range.end <= self.length
    }
}
