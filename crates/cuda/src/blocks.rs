//! Resident cells against vectors of weights: blocks of consecutive cells summed to one value each, and blocks of a row
//! summed up to one.

use crate::jobs::Jobs;
use crate::{CudaError, Gpu, Kernel, SmallCells, Vector};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use std::collections::BTreeMap;
use std::ops::Range;
use zkattest_kernels::KernelError;

/// Vectors that one thread sums its cells with at most, and words of a job, as `kernels/blocks.cuh` has them.
const MOST_VECTORS: usize = 4;
const DOT_WORDS: usize = 8 + 6 * MOST_VECTORS;

/// Words of a job of folds.
const FOLD_WORDS: usize = 10;

/// Threads wanted, as log2: an H100 runs as many at once.
const LOG_THREADS: usize = 17;

/// Blocks that a thread of a fold sums up at least, where there are as many, and at most.
const LEAST_BLOCKS: usize = 16;
const MOST_BLOCKS: usize = 1 << 14;

/// Cells of whole rows on a machine.
#[derive(Debug, Clone, Copy)]
pub enum Resident<'a> {
    /// Signed integers.
    Small(&'a SmallCells),
    /// Elements.
    Elements(&'a Vector),
}

impl Resident<'_> {
    fn len(self) -> usize {
        match self {
            Self::Small(cells) => cells.len(),
            Self::Elements(cells) => cells.len(),
        }
    }

    fn at(self, cell: usize) -> u64 {
        match self {
            Self::Small(cells) => cells.at(cell),
            Self::Elements(cells) => cells.at(cell),
        }
    }

    /// Bytes of a cell.
    pub fn width(self) -> usize {
        match self {
            Self::Small(cells) => cells.width(),
            Self::Elements(_) => 32,
        }
    }

    /// What small cells are raised by, so that none is negative.
    fn raised(self) -> Option<Fr> {
        match self {
            Self::Small(cells) => Some(Fr::from(1u64 << (8 * cells.width() - 1))),
            Self::Elements(_) => None,
        }
    }

    /// The kernel that sums blocks, how many vectors at once, and log2 of the fewest and of the most cells of a thread.
    fn dot(self) -> (Kernel, usize, Range<usize>) {
        match self {
            Self::Small(cells) if cells.width() == 4 => (Kernel::DotWideBlocks, 1, 2..8),
            Self::Small(cells) => (Kernel::DotBlocks, MOST_VECTORS, (5 - cells.width())..8),
            Self::Elements(_) => (Kernel::DotElements, 2, 0..6),
        }
    }

    fn check(self, cells: &Range<usize>) -> Result<(), KernelError> {
        let (expected, found) = (cells.end.max(cells.start), self.len());
        if expected <= found { Ok(()) } else { Err(KernelError::Length { expected, found }) }
    }
}

/// Rows of cells in blocks, and a vector of weights that each block is summed with.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    /// Of all rows, one after the other.
    pub cells: Resident<'a>,
    /// log2 of a row's cells; of small ones a row has 16 bytes at least.
    pub log_row: usize,
    /// Rows that are summed, ascending.
    pub rows: &'a [usize],
    /// log2 of a block's cells, no more than of a row's.
    pub log_block: usize,
    /// 2^`log_block` of them.
    pub weights: &'a [Fr],
}

impl Blocks<'_> {
    /// Values: one for each block of each row.
    fn values(&self) -> usize {
        self.rows.len() << (self.log_row - self.log_block)
    }

    fn check(&self) -> Result<(), KernelError> {
        let (expected, found) = (1usize << self.log_block, self.weights.len());
        if self.log_block > self.log_row || expected != found {
            return Err(KernelError::Length { expected, found });
        }
        if self.rows.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(KernelError::Length { expected: self.rows.len(), found: 0 });
        }
        let (expected, found) = (16, self.cells.width() << self.log_row);
        if found < expected {
            return Err(KernelError::Length { expected, found });
        }
        let last = self.rows.last().map_or(0, |row| row.saturating_add(1));
        self.cells.check(&(0..last.saturating_mul(1 << self.log_row)))
    }
}

/// Rows of blocks, each row's blocks times their weights summed up to one block.
#[derive(Debug, Clone, Copy)]
pub struct Fold<'a> {
    /// Cells of the rows and others.
    pub cells: Resident<'a>,
    /// The first row's first cell; rows follow each other.
    pub first: usize,
    /// Number of rows.
    pub rows: usize,
    /// Cells of a block.
    pub width: usize,
    /// One for each block of a row.
    pub weights: &'a [Fr],
    /// The result that `rows * width` sums are added to, and where in it.
    pub result: usize,
    /// See `result`.
    pub at: usize,
}

impl Fold<'_> {
    fn sums(&self) -> usize {
        self.rows * self.width
    }

    fn slices(&self) -> usize {
        let blocks = self.weights.len();
        let wanted = (1usize << LOG_THREADS).div_ceil(self.sums().max(1)).min(blocks / LEAST_BLOCKS);
        wanted.max(blocks.div_ceil(MOST_BLOCKS)).max(1)
    }
}

/// One of [`Blocks`] while its jobs are made.
struct Plan {
    /// log2 of the cells of a thread of its jobs.
    log_span: usize,
    /// Where its weights and what is taken off begin among all.
    weights: usize,
    bases: Option<usize>,
    /// Its result, or its slices.
    out: Vector,
}

impl Gpu {
    /// For each of `all`, the sum of weights times cells of each block: value b * rows + r of block b of the row in place
    /// r. Cells are read once for up to four vectors over the same rows.
    ///
    /// Launches only.
    ///
    /// # Errors
    /// [`KernelError::Length`] where weights are not as many as a block's cells, rows not ascending, or not there;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn dots(&self, all: &[Blocks<'_>]) -> Result<Vec<Vector>, CudaError> {
        all.iter().try_for_each(Blocks::check)?;
        let mut weights: Vec<Fr> = Vec::new();
        let mut plans = Vec::with_capacity(all.len());
        let spans = spans(all);
        for (blocks, log_span) in all.iter().zip(spans) {
            let first = weights.len();
            weights.extend(blocks.weights);
            let unit = 1usize << log_span.min(blocks.log_block);
            let bases = blocks.cells.raised().map(|raised| {
                let first = weights.len();
                weights.extend(blocks.weights.chunks(unit).map(|unit| raised * unit.iter().sum::<Fr>()));
                first
            });
            let slices = blocks.weights.len() / unit;
            let out = Vector::room(self.machine(), slices * blocks.values())?;
            plans.push(Plan { log_span, weights: first, bases, out });
        }
        let weights = Vector::new(self.machine(), &weights)?;
        let mut jobs: BTreeMap<&'static str, Jobs> = BTreeMap::new();
        for (rows, vectors) in shared(all) {
            let (cells, log_row) = (all[vectors[0]].cells, all[vectors[0]].log_row);
            let (kernel, most, _) = cells.dot();
            for vectors in vectors.chunks(most) {
                let log_span = plans[vectors[0]].log_span;
                let log_group = vectors.iter().map(|at| all[*at].log_block).fold(log_span, usize::max);
                let head = [
                    cells.at(rows.start << log_row),
                    cells.width() as u64,
                    log_row as u64,
                    log_span as u64,
                    log_group as u64,
                    rows.len() as u64,
                    vectors.len() as u64,
                ];
                let of_vectors = vectors.iter().flat_map(|at| {
                    let (blocks, plan) = (&all[*at], &plans[*at]);
                    let before = blocks.rows.partition_point(|row| *row < rows.start);
                    [
                        weights.at(plan.weights),
                        plan.bases.map_or(0, |bases| weights.at(bases)),
                        blocks.log_block as u64,
                        plan.out.at(0),
                        blocks.rows.len() as u64,
                        before as u64,
                    ]
                });
                let words = head.into_iter().chain(of_vectors).chain(std::iter::repeat(0));
                let jobs = jobs.entry(kernel.name()).or_insert_with(|| Jobs::new(kernel, DOT_WORDS, &[]));
                jobs.push(rows.len() << (log_row - log_span), words.take(DOT_WORDS - 1));
            }
        }
        let mut to_sum = Jobs::new(Kernel::SumAll, 5, &[]);
        let mut slices = Vec::new();
        let mut results = Vec::with_capacity(all.len());
        for (blocks, plan) in all.iter().zip(plans) {
            let values = blocks.values();
            if plan.out.len() == values {
                results.push(plan.out);
                continue;
            }
            let result = Vector::room(self.machine(), values)?;
            to_sum.push(values, [plan.out.len() as u64, values as u64, plan.out.at(0), result.at(0)]);
            results.push(result);
            slices.push(plan.out);
        }
        Jobs::launch(self.machine(), &jobs.into_values().chain([to_sum]).collect::<Vec<_>>())?;
        Ok(results)
    }

    /// Results of `lengths` elements, each the sum of its folds: sum over a row's blocks of weight times cell, column by
    /// column. Folds of one result cover the same elements of it, or others; what none covers is zero.
    ///
    /// Launches only.
    ///
    /// # Errors
    /// [`KernelError::Length`] where cells or results end before a fold does, or folds cover each other in part;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn folds(&self, lengths: &[usize], folds: &[Fold<'_>]) -> Result<Vec<Vector>, CudaError> {
        // By result and place: the folds there.
        let mut places: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (number, fold) in folds.iter().enumerate() {
            let cells = fold.sums().saturating_mul(fold.weights.len());
            fold.cells.check(&(fold.first..fold.first.saturating_add(cells)))?;
            if fold.sums() > 0 && !fold.weights.is_empty() {
                places.entry((fold.result, fold.at)).or_default().push(number);
            }
        }
        let mut covered = vec![0usize; lengths.len()];
        for ((result, at), numbers) in &places {
            let expected = folds[numbers[0]].sums();
            if let Some(other) = numbers.iter().find(|number| folds[**number].sums() != expected) {
                return Err(KernelError::Length { expected, found: folds[*other].sums() }.into());
            }
            let (before, found) = (covered.get(*result).copied(), lengths.get(*result).copied());
            let (before, found) = (before.unwrap_or_default(), found.unwrap_or_default());
            if *at < before || at + expected > found {
                return Err(KernelError::Length { expected: at + expected, found }.into());
            }
            covered[*result] = at + expected;
        }
        let sums: Vec<usize> = (0..lengths.len())
            .map(|result| {
                places.range((result, 0)..(result + 1, 0)).map(|(_, numbers)| folds[numbers[0]].sums()).sum()
            })
            .collect();
        let results = lengths
            .iter()
            .zip(sums)
            .map(|(length, covered)| {
                if covered == *length {
                    Vector::room(self.machine(), *length)
                } else {
                    Vector::zeros(self.machine(), *length)
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut weights: Vec<Fr> = Vec::new();
        let starts: Vec<(usize, Option<usize>)> = folds
            .iter()
            .map(|fold| {
                let first = weights.len();
                weights.extend(fold.weights);
                let base = fold.cells.raised().map(|raised| raised * fold.weights.iter().sum::<Fr>());
                weights.extend(base);
                (first, base.map(|_| weights.len() - 1))
            })
            .collect();
        let weights = Vector::new(self.machine(), &weights)?;
        let mut of_small = Jobs::new(Kernel::FoldBlocks, FOLD_WORDS, &[]);
        let mut of_elements = Jobs::new(Kernel::FoldElements, FOLD_WORDS, &[]);
        let mut to_sum = Jobs::new(Kernel::SumAll, 5, &[]);
        let mut partial = Vec::new();
        for ((result, at), numbers) in &places {
            let sums = folds[numbers[0]].sums();
            let slices: usize = numbers.iter().map(|number| folds[*number].slices()).sum();
            let mut out = results[*result].at(*at);
            if slices > 1 {
                let own = Vector::room(self.machine(), slices * sums)?;
                to_sum.push(sums, [own.len() as u64, sums as u64, own.at(0), out]);
                out = own.at(0);
                partial.push(own);
            }
            for number in numbers {
                let (fold, (first, base)) = (&folds[*number], starts[*number]);
                let jobs = match fold.cells {
                    Resident::Small(_) => &mut of_small,
                    Resident::Elements(_) => &mut of_elements,
                };
                let own = fold.slices();
                let words = [
                    fold.cells.at(fold.first),
                    fold.cells.width() as u64,
                    fold.rows as u64,
                    fold.weights.len() as u64,
                    fold.width as u64,
                    own as u64,
                    weights.at(first),
                    base.map_or(0, |base| weights.at(base)),
                    out,
                ];
                jobs.push(own * sums, words);
                out += 32 * (own * sums) as u64;
            }
        }
        Jobs::launch(self.machine(), &[of_small, of_elements, to_sum])?;
        Ok(results)
    }

    /// Elements of a range, copied back.
    ///
    /// # Errors
    /// [`KernelError::Length`] where the range leaves the vector; [`CudaError::Driver`].
    pub fn read_range(&self, vector: &Vector, range: Range<usize>) -> Result<Vec<Fr>, CudaError> {
        Resident::Elements(vector).check(&range)?;
        let mut out = vec![Fr::ZERO; range.len()];
        if !out.is_empty() {
            self.machine().download(vector.at(range.start), crate::bytes::bytes_mut(&mut out))?;
        }
        Ok(out)
    }
}

/// log2 of the cells that a thread sums, for each of `all`: long enough that slices are few, short enough that threads are
/// many. One number for all vectors over the same cells.
fn spans(all: &[Blocks<'_>]) -> Vec<usize> {
    let cells: usize = all.iter().map(|blocks| blocks.rows.len() << blocks.log_row).sum();
    let wanted = (cells >> LOG_THREADS).checked_ilog2().map_or(0, |log| log as usize);
    all.iter()
        .map(|blocks| {
            let (_, _, limits) = blocks.cells.dot();
            wanted.clamp(limits.start, limits.end).min(blocks.log_row)
        })
        .collect()
}

/// Runs of rows with the numbers of those of `all` that have them, by cells: neighbours of the same numbers together.
fn shared(all: &[Blocks<'_>]) -> Vec<(Range<usize>, Vec<usize>)> {
    let mut by_row: BTreeMap<(u64, usize, usize), Vec<usize>> = BTreeMap::new();
    for (number, blocks) in all.iter().enumerate() {
        for row in blocks.rows {
            by_row.entry((blocks.cells.at(0), blocks.log_row, *row)).or_default().push(number);
        }
    }
    let mut runs: Vec<(Range<usize>, Vec<usize>)> = Vec::new();
    for ((_, _, row), numbers) in by_row {
        // The same numbers are of the same cells.
        match runs.last_mut() {
            Some((rows, same)) if rows.end == row && *same == numbers => rows.end += 1,
            _ => runs.push((row..row + 1, numbers)),
        }
    }
    runs
}
