//! Helper cells of lookups, computed from looked-up cells that lie on a machine.

use crate::memory::{Block, launch};
use crate::{CudaError, Gpu, Kernel, SmallCells, Vector};
use ark_bn254::Fr;
use zkattest_kernels::KernelError;

/// Rows of looked-up cells. Cell x of lookup row i adds up what the table has for cell x of the rows `columns` i,
/// `columns` i + 1, .., one for each column; the last lookup row may lack some.
#[derive(Debug, Clone, Copy)]
pub struct HelperRows<'a> {
    /// All cells of the looked-up region.
    pub cells: &'a SmallCells,
    /// Cells of a row.
    pub length: usize,
    /// Number of the first looked-up row.
    pub first: usize,
    /// Number of looked-up rows.
    pub rows: usize,
    /// Rows of a lookup row.
    pub columns: usize,
    /// The table's entry of the cell 0.
    pub zero: i64,
}

impl Gpu {
    /// out\[at..\] = cells of lookup rows `from` to `to` - 1: sums of `table`'s entries, none for a cell that it lacks, and
    /// `absent` for each column that a lookup row lacks.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are fewer cells than rows, or no room in `out`; what the machine refuses.
    pub fn helper_cells(
        &self,
        rows: &HelperRows<'_>,
        lookup_rows: std::ops::Range<usize>,
        table: &[Fr],
        absent: Fr,
        out: &mut Vector,
        at: usize,
    ) -> Result<(), CudaError> {
        let HelperRows { cells, length, first, rows: count, columns, zero } = *rows;
        let within = |expected: usize, found: usize| {
            if expected > found { Err(KernelError::Length { expected, found }) } else { Ok(()) }
        };
        within(first.saturating_add(count).saturating_mul(length), cells.len())?;
        let n = lookup_rows.len().saturating_mul(length);
        within(at.saturating_add(n), out.len())?;
        let machine = self.machine();
        let table_there = Block::of::<Fr>(machine, table.len() + 1)?;
        table_there.write(0, table)?;
        table_there.write(table.len(), &[absent])?;
        let at = [
            cells.at(first * length),
            cells.width() as u64,
            length as u64,
            lookup_rows.start as u64,
            columns as u64,
            count as u64,
            zero.cast_unsigned(),
            table.len() as u64,
            table_there.address(),
            out.at(at),
        ];
        launch(&**machine, Kernel::HelperCells, n, &at)
    }
}
