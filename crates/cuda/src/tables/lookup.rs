//! A range lookup's tables: eq h, eq, eq `A_1` and the columns `A_j`.

use super::{RAISED, bind_weights, check, check_cells, threads};
use crate::memory::Block;
use crate::{CudaError, Gpu, Kernel, SmallCells, Vector};
use ark_bn254::Fr;
use ark_ff::Field;
use zkattest_kernels::KernelError;

/// Which cells a range lookup looks up. Cells lie in rows of 2^`log_row`, lookup row r's columns in rows
/// `columns r`, `columns r + 1`, .. from `first_cell` on, as far as there are `rows`: a column that lacks a row has cells 0
/// there. A table's index is (number, entry): numbers count runs of 2^`log_run` cells, lookup row after lookup row.
#[derive(Debug, Clone, Copy)]
pub struct LookupLayout<'a> {
    /// The first row's first cell.
    pub first_cell: usize,
    /// Rows that are looked up.
    pub rows: usize,
    /// Columns of a lookup row.
    pub columns: usize,
    /// log2 of a row's cells.
    pub log_row: usize,
    /// log2 of a run's cells.
    pub log_run: usize,
    /// The helper column's first cell in the helper rows.
    pub helper_first: usize,
    /// What is added to a cell: gamma and the offset.
    pub shifted: Fr,
    /// eq over numbers, a power of two of them, zero where there is no lookup row.
    pub eq_rows: &'a [Fr],
    /// eq over a run's entries.
    pub eq_cells: &'a [Fr],
}

/// A range lookup on a machine, of whose tables pieces are made, with some of the numbers' bits bound.
#[derive(Debug)]
pub struct LookupTable {
    gpu: Gpu,
    /// As `kernels/tables.cuh` reads it.
    layout: Block,
    columns: usize,
    log_run: usize,
    numbers: usize,
    left: usize,
    /// eq(`rho_1` .. `rho_k`, y) by y, and times eq over numbers.
    prefix: Vector,
    tied: Vector,
    /// By what is left of the numbers: eq, and eq times what a first column's raised cells lack.
    eq_left: Vector,
    first_left: Vector,
    eq_cells: Vector,
    /// What a column's raised cells lack.
    base: Vector,
    /// Cells that the region and the helper rows have at least.
    cells: usize,
    helpers: usize,
}

impl Gpu {
    /// Copies a range lookup's layout.
    ///
    /// # Errors
    /// [`KernelError::Length`] for lists of other lengths than the index has, [`KernelError::Degree`] for no column;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn lookup_table(&self, layout: &LookupLayout<'_>) -> Result<LookupTable, CudaError> {
        let LookupLayout { first_cell, rows, columns, log_row, log_run, helper_first, .. } = *layout;
        if columns == 0 {
            return Err(KernelError::Degree { limit: zkattest_kernels::MAX_COLUMNS, found: 0 }.into());
        }
        check(log_run, log_row)?;
        let lookup_rows = rows.div_ceil(columns);
        let numbers = layout.eq_rows.len();
        check(numbers.next_power_of_two(), numbers)?;
        check(lookup_rows << (log_row - log_run), numbers)?;
        if layout.eq_cells.len() != 1 << log_run {
            let (expected, found) = (1 << log_run, layout.eq_cells.len());
            return Err(KernelError::Length { expected, found }.into());
        }
        let machine = self.machine();
        let base = layout.shifted - Fr::from(RAISED);
        let first_left: Vec<Fr> = layout.eq_rows.iter().map(|eq| *eq * base).collect();
        let words = [first_cell, rows, columns, log_row, log_run, helper_first].map(|word| word as u64);
        Ok(LookupTable {
            gpu: self.clone(),
            layout: Block::from(machine, &words)?,
            columns,
            log_run,
            numbers,
            left: numbers,
            prefix: Vector::new(machine, &[Fr::ONE])?,
            tied: Vector::new(machine, layout.eq_rows)?,
            eq_left: Vector::new(machine, layout.eq_rows)?,
            first_left: Vector::new(machine, &first_left)?,
            eq_cells: Vector::new(machine, layout.eq_cells)?,
            base: Vector::new(machine, &[base])?,
            cells: first_cell + (rows << log_row),
            helpers: helper_first + (lookup_rows << log_row),
        })
    }
}

impl LookupTable {
    /// Entries of each table, with what is bound.
    pub fn len(&self) -> usize {
        self.left << self.log_run
    }

    /// Whether there are none: never, as there is one number at least.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers that are left; at one nothing more can be bound.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Binds the next variable.
    ///
    /// # Errors
    /// [`KernelError::OddTable`] where no variable of the numbers is left; [`CudaError::Memory`],
    /// [`CudaError::Driver`].
    pub fn bind(&mut self, challenge: Fr) -> Result<(), CudaError> {
        if self.left == 1 {
            return Err(KernelError::OddTable { found: 1 }.into());
        }
        self.left /= 2;
        bind_weights(&self.gpu, [self.tied.at(0), self.numbers as u64], 1, self.left, challenge)?;
        self.gpu.fold_all(&mut [&mut self.eq_left, &mut self.first_left], challenge)?;
        let z = Vector::new(self.gpu.machine(), &[challenge])?;
        let prefix = Vector::room(self.gpu.machine(), 2 * self.prefix.len())?;
        let at = [self.prefix.at(0), z.at(0), prefix.at(0)];
        self.gpu.go(Kernel::EqStep, self.prefix.len(), &at)?;
        self.prefix = prefix;
        Ok(())
    }

    /// Writes entries start .. start + count of each table to out\[..\]\[at .. at + count\]: `eq_helper`, `eq`,
    /// `eq_first` and the columns. `cells`, `helper`: all of the region's, and of the helper rows.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a table, cells or `out` end before, cells have not two bytes, or `out` are not as
    /// many; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn fill(
        &self,
        cells: &SmallCells,
        helper: &Vector,
        start: usize,
        count: usize,
        out: &mut [&mut Vector],
        at: usize,
    ) -> Result<(), CudaError> {
        check_cells(cells, self.cells)?;
        check(self.helpers, helper.len())?;
        check(start.saturating_add(count), self.len())?;
        out.iter().try_for_each(|out| check(at.saturating_add(count), out.len()))?;
        let places: Vec<u64> = out.iter().map(|out| out.at(at)).collect();
        let [eq_helper, eq, eq_first, columns @ ..] = places.as_slice() else {
            return Err(KernelError::Length { expected: self.columns + 3, found: out.len() }.into());
        };
        if columns.len() != self.columns {
            return Err(KernelError::Length { expected: self.columns + 3, found: out.len() }.into());
        }
        let words = [
            cells.at(0),
            self.layout.address(),
            self.tied.at(0),
            self.eq_cells.at(0),
            self.eq_left.at(0),
            self.first_left.at(0),
            helper.at(0),
            self.left as u64,
            self.numbers as u64,
            start as u64,
            *eq_helper,
            *eq,
            *eq_first,
        ];
        self.gpu.go(Kernel::FillEqs, count, &words)?;
        let threads = threads(self.log_run, start, count);
        for (column, out) in columns.iter().enumerate() {
            let words = [
                cells.at(0),
                self.layout.address(),
                self.prefix.at(0),
                self.prefix.len() as u64,
                self.left as u64,
                self.base.at(0),
                start as u64,
                count as u64,
                column as u64,
                *out,
            ];
            self.gpu.go(Kernel::FillColumn, threads, &words)?;
        }
        Ok(())
    }

    /// The whole tables: `eq_helper`, `eq`, `eq_first` and the columns.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn tables(&self, cells: &SmallCells, helper: &Vector) -> Result<Vec<Vector>, CudaError> {
        let room = |_| Vector::room(self.gpu.machine(), self.len());
        let mut all = (0..self.columns + 3).map(room).collect::<Result<Vec<_>, _>>()?;
        let mut out: Vec<&mut Vector> = all.iter_mut().collect();
        self.fill(cells, helper, 0, self.len(), &mut out, 0)?;
        Ok(all)
    }
}
