//! [`Kernels`] on a machine.

use crate::memory::{Block, launch};
use crate::{
    CudaError, Fold, Kernel, Machine, Resident, ResidentBases, Round, RoundForm, SmallCells, Vector,
};
use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, Field};
use std::sync::Arc;
use zkattest_kernels::msm::Scalars;
use zkattest_kernels::{Cells, Cpu, KernelError, Kernels};

/// Values that one thread of `invert` shares an inversion over, as the kernel has it.
const INVERSIONS: usize = 32;

/// Threads that share a sum.
const PARTS: usize = 1 << 14;

/// Widest cells that helpers are looked up for: a table of inverses of every value between the least and the greatest.
const MOST_ENTRIES: i64 = 1 << 20;

/// Kernels on a machine: operands go there and results come back at each call.
#[derive(Debug, Clone)]
pub struct Gpu {
    machine: Arc<dyn Machine>,
    /// What the machine fails at, where a call has no error to report, and pieces.
    cpu: Cpu,
}

impl Gpu {
    /// Kernels on `machine`.
    pub fn new(machine: Arc<dyn Machine>) -> Self {
        Self { machine, cpu: Cpu::detect() }
    }

    /// The machine.
    pub fn machine(&self) -> &Arc<dyn Machine> {
        &self.machine
    }

    pub(crate) fn go(&self, kernel: Kernel, n: usize, at: &[u64]) -> Result<(), CudaError> {
        launch(&*self.machine, kernel, n, at)
    }

    fn put(&self, values: &[Fr]) -> Result<Block, CudaError> {
        Block::from(&self.machine, values)
    }

    fn room(&self, count: usize) -> Result<Block, CudaError> {
        Block::of::<Fr>(&self.machine, count)
    }

    fn elementwise(
        &self,
        kernel: Kernel,
        left: &[Fr],
        right: &[Fr],
        out: &mut [Fr],
    ) -> Result<(), KernelError> {
        same(left.len(), &[right.len(), out.len()])?;
        let (left, right) = (self.put(left)?, self.put(right)?);
        // the kernel reads an element before it writes the one at the same place
        self.go(kernel, out.len(), &[left.address(), right.address(), left.address()])?;
        Ok(left.read(out)?)
    }

    /// Sums of `rows` rows of `length` values each.
    fn totals(&self, mut values: Block, rows: usize, mut length: usize) -> Result<Vec<Fr>, CudaError> {
        while length > 1 {
            let parts = length.div_ceil(128);
            let sums = self.room(rows * parts)?;
            let at = [values.address(), length as u64, parts as u64, sums.address()];
            self.go(Kernel::PartialSums, rows * parts, &at)?;
            (values, length) = (sums, parts);
        }
        let mut out = vec![Fr::ZERO; rows];
        values.read(&mut out)?;
        Ok(out)
    }

    fn try_invert(&self, values: &mut [Fr]) -> Result<usize, CudaError> {
        let block = self.put(values)?;
        let zeros = self.invert_there(&block, values.len())?;
        block.read(values)?;
        Ok(zeros)
    }

    fn invert_there(&self, values: &Block, length: usize) -> Result<usize, CudaError> {
        let counter = Block::zeros::<u32>(&self.machine, 1)?;
        let at = [values.address(), length as u64, counter.address()];
        self.go(Kernel::Invert, length.div_ceil(INVERSIONS), &at)?;
        let mut zeros = [0u32];
        counter.read(&mut zeros)?;
        Ok(zeros[0] as usize)
    }

    fn try_eq_table(&self, point: &[Fr]) -> Result<Vec<Fr>, CudaError> {
        let coordinates = self.put(point)?;
        let mut table = self.put(&[Fr::ONE])?;
        for index in 0..point.len() {
            let next = self.room(2 << index)?;
            let at = [table.address(), coordinates.address() + 32 * index as u64, next.address()];
            self.go(Kernel::EqStep, 1 << index, &at)?;
            table = next;
        }
        let mut out = vec![Fr::ZERO; 1 << point.len()];
        table.read(&mut out)?;
        Ok(out)
    }

    /// Values of a round's polynomial at 0, 1, .. of tables that go there for it.
    fn round_values(
        &self,
        form: RoundForm,
        tables: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let there = |table: &&[Fr]| Vector::new(&self.machine, table);
        let tables = tables.iter().map(there).collect::<Result<Vec<_>, _>>()?;
        let mut values = self.rounds(&[Round { form, tables: tables.iter().collect(), claim }])?;
        Ok(values.pop().unwrap_or_default())
    }

    fn put_cells(&self, cells: Cells<'_>) -> Result<(Block, u64), CudaError> {
        Ok(match cells {
            Cells::I8(cells) => (Block::from(&self.machine, cells)?, 1),
            Cells::I16(cells) => (Block::from(&self.machine, cells)?, 2),
            Cells::I32(cells) => (Block::from(&self.machine, cells)?, 4),
        })
    }

    /// Helpers by a table of all inverses; None where a table would be too long, columns are of several types, or a
    /// denominator may be zero.
    fn looked_up(&self, columns: &[Cells<'_>], challenge: Fr) -> Result<Option<Vec<Fr>>, CudaError> {
        let rows = columns.first().map_or(0, Cells::len);
        let mut bounds: Option<(i64, i64)> = None;
        for column in columns {
            let (low, high) = match column {
                Cells::I8(_) => (i64::from(i8::MIN), i64::from(i8::MAX)),
                Cells::I16(cells) => range(cells),
                Cells::I32(cells) => range(cells),
            };
            let (least, most) = bounds.unwrap_or((low, high));
            bounds = Some((least.min(low), most.max(high)));
        }
        let (least, most) = bounds.unwrap_or((0, 0));
        let bytes = columns.iter().map(|column| match column {
            Cells::I8(_) => 1u64,
            Cells::I16(_) => 2,
            Cells::I32(_) => 4,
        });
        let alike = bytes.clone().zip(bytes.skip(1)).all(|(before, next)| before == next);
        if most - least >= MOST_ENTRIES || !alike {
            return Ok(None);
        }
        let entries = usize::try_from(most - least + 1).unwrap_or(1);
        let first = self.put(&[challenge + Fr::from(least)])?;
        let table = self.room(entries)?;
        self.go(Kernel::CountFrom, entries, &[first.address(), table.address()])?;
        if self.invert_there(&table, entries)? > 0 {
            return Ok(None);
        }
        let blocks = columns.iter().map(|column| self.put_cells(*column)).collect::<Result<Vec<_>, _>>()?;
        let addresses: Vec<u64> = blocks.iter().map(|(block, _)| block.address()).collect();
        let list = Block::from(&self.machine, &addresses)?;
        let out = self.room(rows)?;
        let width = blocks.first().map_or(1, |(_, bytes)| *bytes);
        let least = least.cast_unsigned();
        let at = [list.address(), columns.len() as u64, width, least, table.address(), out.address()];
        self.go(Kernel::LookUp, rows, &at)?;
        let mut helpers = vec![Fr::ZERO; rows];
        out.read(&mut helpers)?;
        Ok(Some(helpers))
    }
}

impl Kernels for Gpu {
    fn name(&self) -> &'static str {
        "cuda"
    }

    fn multiply(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        self.elementwise(Kernel::Multiply, left, right, out)
    }

    fn add(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        self.elementwise(Kernel::Add, left, right, out)
    }

    fn subtract(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        self.elementwise(Kernel::Subtract, left, right, out)
    }

    fn inner_product(&self, left: &[Fr], right: &[Fr]) -> Result<Fr, KernelError> {
        same(left.len(), &[right.len()])?;
        let parts = left.len().clamp(1, PARTS);
        let (one, other, sums) = (self.put(left)?, self.put(right)?, self.room(parts)?);
        let at = [one.address(), other.address(), left.len() as u64, sums.address()];
        self.go(Kernel::InnerProducts, parts, &at)?;
        Ok(self.totals(sums, 1, parts)?[0])
    }

    /// On the processor where the machine fails.
    fn invert(&self, values: &mut [Fr]) -> usize {
        self.try_invert(values).unwrap_or_else(|_| self.cpu.invert(values))
    }

    /// On the processor where the machine fails.
    fn eq_table(&self, point: &[Fr]) -> Vec<Fr> {
        self.try_eq_table(point).unwrap_or_else(|_| self.cpu.eq_table(point))
    }

    fn fold(&self, table: &mut Vec<Fr>, challenge: Fr) -> Result<(), KernelError> {
        let mut there = Vector::new(&self.machine, table)?;
        self.fold_all(&mut [&mut there], challenge)?;
        *table = there.read()?;
        Ok(())
    }

    fn round(
        &self,
        weights: Option<&[Fr]>,
        factors: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let form = RoundForm::Product { factors: factors.len() };
        let (Some(weights), Some((first, others))) = (weights, factors.split_first()) else {
            return self.round_values(form, factors, claim);
        };
        // Weights do not depend on the point: they belong to both halves of one factor.
        let both = [weights, weights].concat();
        let mut weighted = vec![Fr::ZERO; first.len()];
        self.multiply(first, &both, &mut weighted)?;
        let factors: Vec<&[Fr]> =
            std::iter::once(weighted.as_slice()).chain(others.iter().copied()).collect();
        self.round_values(form, &factors, claim)
    }

    fn fold_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let width = columns(cells.len(), weights.len())?;
        let there = SmallCells::new(&self.machine, cells)?;
        let cells = Resident::Small(&there);
        let fold = Fold { cells, first: 0, rows: 1, width, weights, result: 0, at: 0 };
        Ok(self.read_all(&self.folds(&[width], &[fold])?.iter().collect::<Vec<_>>())?.concat())
    }

    /// On the processor: pieces are too short to send.
    fn combine_small(
        &self,
        rows: &[&[i16]],
        weights: &[Fr],
        constant: Fr,
        out: &mut [Fr],
    ) -> Result<(), KernelError> {
        self.cpu.combine_small(rows, weights, constant, out)
    }

    /// On the processor: pieces are too short to send.
    fn combine(&self, rows: &[&[Fr]], weights: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        self.cpu.combine(rows, weights, out)
    }

    fn dot_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let rows = columns(cells.len(), weights.len())?;
        let width = weights.len();
        let parts = width.min((PARTS / rows.max(1)).max(1));
        let ((block, bytes), by) = (self.put_cells(cells)?, self.put(weights)?);
        let sums = self.room(rows * parts)?;
        let at = [block.address(), bytes, by.address(), width as u64, parts as u64, sums.address()];
        self.go(Kernel::DotCells, rows * parts, &at)?;
        Ok(self.totals(sums, rows, parts)?)
    }

    fn lookup_round(
        &self,
        eq_helper: &[Fr],
        eq: &[Fr],
        eq_first: &[Fr],
        columns: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let tables: Vec<&[Fr]> = [eq_helper, eq, eq_first].iter().chain(columns).copied().collect();
        self.round_values(RoundForm::Lookup { columns: columns.len() }, &tables, claim)
    }

    fn lookup_helper(&self, columns: &[Cells<'_>], challenge: Fr) -> Result<Vec<Fr>, KernelError> {
        let rows = columns.first().map_or(0, Cells::len);
        columns.iter().try_for_each(|column| same(rows, &[column.len()]))?;
        match self.looked_up(columns, challenge)? {
            Some(helpers) => Ok(helpers),
            None => self.cpu.lookup_helper(columns, challenge),
        }
    }

    fn msm(&self, bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
        same(bases.len(), &[scalars.len()])?;
        Ok(ResidentBases::new(&self.machine, bases)?.msm(scalars)?)
    }
}

/// Lengths that must equal `expected`.
fn same(expected: usize, lengths: &[usize]) -> Result<(), KernelError> {
    match lengths.iter().find(|found| **found != expected) {
        Some(found) => Err(KernelError::Length { expected, found: *found }),
        None => Ok(()),
    }
}

/// Cells by weight.
fn columns(cells: usize, weights: usize) -> Result<usize, KernelError> {
    if weights == 0 || !cells.is_multiple_of(weights) {
        let expected = cells.checked_div(weights).map_or(0, |columns| columns * weights);
        return Err(KernelError::Length { expected, found: cells });
    }
    Ok(cells / weights)
}

/// Least and greatest cell.
fn range<T: Copy + Into<i64>>(cells: &[T]) -> (i64, i64) {
    cells.iter().fold((0, 0), |(least, most), cell| (least.min((*cell).into()), most.max((*cell).into())))
}
