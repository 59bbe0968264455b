//! Round polynomials of sum-checks over tables on a machine, and folds of many tables.
//!
//! Sums are made in two steps. [`Gpu::add_rounds`] adds rows of tables into accumulators, as often as tables come in
//! pieces; [`Gpu::finish_rounds`] sums those up and copies all values back at once.

use crate::jobs::Jobs;
use crate::{CudaError, Gpu, Kernel, Vector};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use std::collections::BTreeMap;
use std::sync::Arc;
use zkattest_kernels::{KernelError, MAX_COLUMNS, MAX_FACTORS};

/// Most threads that share a launch's sums: as many as an H100 runs at once with up to 128 registers each; and where
/// they take more of them, or have more sums.
const PARTS: usize = 1 << 16;
const FEW_PARTS: usize = 1 << 15;

/// Values that one thread of `sum_all` adds up.
const SUMMED: usize = 64;

/// What a round sums over the tables' rows, and in which order tables are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoundForm {
    /// The product of all tables.
    Product {
        /// Number of tables, at most [`MAX_FACTORS`].
        factors: usize,
    },
    /// A range lookup, as [`zkattest_kernels::Kernels::lookup_round`] has it; tables are `eq_helper`, `eq`, `eq_first`
    /// and the columns.
    Lookup {
        /// Number of columns, at most [`MAX_COLUMNS`].
        columns: usize,
    },
}

impl RoundForm {
    fn tables(self) -> usize {
        match self {
            Self::Product { factors } => factors,
            Self::Lookup { columns } => columns + 3,
        }
    }

    fn degree(self) -> usize {
        match self {
            Self::Product { factors } => factors,
            Self::Lookup { columns } => columns + 1,
        }
    }

    fn kernel(self) -> Kernel {
        match self {
            Self::Product { factors: 1 } => Kernel::LinearRounds,
            Self::Product { factors: 2 } => Kernel::QuadraticRounds,
            Self::Product { factors: 3 } => Kernel::CubicRounds,
            Self::Product { .. } => Kernel::ProductRounds,
            Self::Lookup { columns: 1..=4 } => Kernel::ShortLookupRounds,
            Self::Lookup { .. } => Kernel::LookupRounds,
        }
    }

    /// Most threads that share a launch's sums.
    fn parts(self) -> usize {
        match self.kernel() {
            Kernel::LinearRounds | Kernel::QuadraticRounds => PARTS,
            _ => FEW_PARTS,
        }
    }

    fn check(self) -> Result<(), KernelError> {
        let (found, limit) = match self {
            Self::Product { factors } => (factors, MAX_FACTORS),
            Self::Lookup { columns } => (columns, MAX_COLUMNS),
        };
        if (1..=limit).contains(&found) { Ok(()) } else { Err(KernelError::Degree { limit, found }) }
    }
}

/// Accumulators of one round polynomial's values. Nothing here prints a claim, which tells of the witness.
pub struct RoundSums {
    form: RoundForm,
    claim: Option<Fr>,
    /// Once rows were added.
    sums: Option<Sums>,
}

/// A place in a vector that rounds share: by point and part.
#[derive(Debug)]
struct Sums {
    all: Arc<Vector>,
    first: usize,
    parts: usize,
}

impl RoundSums {
    /// Zeros. With the sum-check's claim f(0) + f(1) the value at 1 is taken from it.
    ///
    /// # Errors
    /// [`KernelError::Degree`] for no or too many tables.
    pub fn new(form: RoundForm, claim: Option<Fr>) -> Result<Self, CudaError> {
        form.check()?;
        Ok(Self { form, claim, sums: None })
    }

    /// Points whose values are summed.
    fn points(&self) -> usize {
        self.form.degree() + usize::from(self.claim.is_none())
    }
}

/// Bytes of a machine that rounds (form and rows, rows added in one call of [`Gpu::add_rounds`]) take at most, from their
/// first rows until [`Gpu::finish_rounds`] has read them; their tables are not counted.
pub fn room_of_rounds(rounds: &[(RoundForm, usize)]) -> usize {
    let together = |form: RoundForm| rows_together(form, rounds.iter().copied());
    let one = |(form, rows): (RoundForm, usize)| {
        let (parts, points) = (rows.div_ceil(together(form)), form.degree() + 1);
        // Each level of sums of sums is 64 times shorter, or one sum; then its jobs.
        let sums = (0..4).map(|level| parts.div_ceil(SUMMED.pow(level))).sum::<usize>();
        let words = 7 + 2 * form.tables() + 5 * 4 * points;
        points.saturating_mul(sums).saturating_mul(32).saturating_add(8 * words)
    };
    // Blocks are aligned to 256 bytes, four of them at once.
    let slack = 256 * 4;
    rounds.iter().map(|round| one(*round)).fold(slack, usize::saturating_add)
}

/// Rows that each thread adds up, where a call has these rounds.
fn rows_together(form: RoundForm, rounds: impl Iterator<Item = (RoundForm, usize)>) -> usize {
    let total =
        rounds.filter(|(other, _)| *other == form).map(|(_, rows)| rows).fold(0, usize::saturating_add);
    total.div_ceil(form.parts()).max(1)
}

/// The low and the high half of a table, or a piece of each.
#[derive(Debug, Clone, Copy)]
pub struct Halves<'a> {
    table: &'a Vector,
    low: usize,
    high: usize,
}

impl<'a> Halves<'a> {
    /// Those of the whole table.
    pub fn of(table: &'a Vector) -> Self {
        Self { table, low: 0, high: table.len() / 2 }
    }

    /// Entries from `low` and from `high` on: of a table that is written down, or of a buffer with a piece of each half.
    pub fn at(table: &'a Vector, low: usize, high: usize) -> Self {
        Self { table, low, high }
    }

    fn check(&self, rows: usize) -> Result<(), KernelError> {
        let expected = self.low.max(self.high).saturating_add(rows);
        let found = self.table.len();
        if expected <= found { Ok(()) } else { Err(KernelError::Length { expected, found }) }
    }
}

/// Rows to be added to a round's sums.
pub struct RoundRows<'a> {
    /// Where.
    pub sums: &'a mut RoundSums,
    /// In the form's order.
    pub tables: Vec<Halves<'a>>,
    /// Entries of each half.
    pub rows: usize,
}

/// A round over tables that are written down.
#[derive(Clone)]
pub struct Round<'a> {
    /// What is summed.
    pub form: RoundForm,
    /// In the form's order, of one even length.
    pub tables: Vec<&'a Vector>,
    /// f(0) + f(1), where the value at 1 is to be taken from it.
    pub claim: Option<Fr>,
}

impl Gpu {
    /// Adds rows of tables into sums: a launch for each form that occurs.
    ///
    /// # Errors
    /// [`KernelError::Length`] where tables are not as many as the form has, or end before the rows;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn add_rounds(&self, rows: &mut [RoundRows<'_>]) -> Result<(), CudaError> {
        for RoundRows { sums, tables, rows } in rows.iter() {
            let (expected, found) = (sums.form.tables(), tables.len());
            if expected != found {
                return Err(KernelError::Length { expected, found }.into());
            }
            tables.iter().try_for_each(|halves| halves.check(*rows))?;
        }
        let added = self.make_sums(rows)?;
        let mut jobs: BTreeMap<RoundForm, Jobs> = BTreeMap::new();
        for (RoundRows { sums, tables, rows }, adds) in rows.iter().zip(added) {
            let Some(Sums { all, first, parts }) = &sums.sums else { continue };
            let (form, stride) = (sums.form, 7 + 2 * sums.form.tables());
            let head = [
                *rows as u64,
                *parts as u64,
                u64::from(sums.claim.is_some()),
                u64::from(adds),
                all.at(*first),
                tables.len() as u64,
            ];
            let halves =
                tables.iter().flat_map(|halves| [halves.table.at(halves.low), halves.table.at(halves.high)]);
            let own = jobs.entry(form).or_insert_with(|| Jobs::new(form.kernel(), stride, &[stride as u64]));
            own.push((*parts).min(*rows), head.into_iter().chain(halves));
        }
        Jobs::launch(self.machine(), &jobs.into_values().collect::<Vec<_>>())
    }

    /// Room for the sums that have none yet, all in one vector; whether each had, by round.
    fn make_sums(&self, rows: &mut [RoundRows<'_>]) -> Result<Vec<bool>, CudaError> {
        let all: Vec<(RoundForm, usize)> = rows.iter().map(|rows| (rows.sums.form, rows.rows)).collect();
        let forms = all.iter().map(|(form, _)| (*form, rows_together(*form, all.iter().copied())));
        let together: BTreeMap<RoundForm, usize> = forms.collect();
        // As many rows for a thread in each job of a launch.
        let parts = |rows: &RoundRows<'_>| {
            let together = together.get(&rows.sums.form).copied().unwrap_or(1);
            if rows.sums.sums.is_some() { 0 } else { rows.rows.div_ceil(together) }
        };
        let parts: Vec<usize> = rows.iter().map(parts).collect();
        let lengths = rows.iter().zip(&parts).map(|(rows, parts)| rows.sums.points() * parts);
        let length = lengths.sum();
        let had = rows.iter().map(|rows| rows.sums.sums.is_some()).collect();
        if length == 0 {
            return Ok(had);
        }
        let all = Arc::new(Vector::room(self.machine(), length)?);
        let mut first = 0;
        for (rows, parts) in rows.iter_mut().zip(parts).filter(|(_, parts)| *parts > 0) {
            rows.sums.sums = Some(Sums { all: all.clone(), first, parts });
            first += rows.sums.points() * parts;
        }
        Ok(had)
    }

    /// All rounds' values at 0, 1, .., degree, in one copy. Sums without rows are zero.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn finish_rounds(&self, sums: Vec<RoundSums>) -> Result<Vec<Vec<Fr>>, CudaError> {
        let mut lengths = Vec::new();
        let mut addresses = Vec::new();
        for round in &sums {
            if let Some(Sums { all, first, parts }) = &round.sums {
                for point in 0..round.points() {
                    lengths.push(*parts);
                    addresses.push(all.at(first + point * parts));
                }
            }
        }
        let mut values = self.sum_all(&addresses, &lengths)?.into_iter();
        let finished = sums.into_iter().map(|round| {
            let mut own: Vec<Fr> = match round.sums {
                Some(_) => values.by_ref().take(round.points()).collect(),
                None => vec![Fr::ZERO; round.points()],
            };
            if let Some(claim) = round.claim {
                own.insert(1, claim - own[0]);
            }
            own
        });
        Ok(finished.collect())
    }

    /// Values of rounds over tables that are written down, in one copy.
    ///
    /// # Errors
    /// [`KernelError::Degree`], [`KernelError::OddTable`] or [`KernelError::Length`] for tables of another shape;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn rounds(&self, rounds: &[Round<'_>]) -> Result<Vec<Vec<Fr>>, CudaError> {
        let mut sums = rounds
            .iter()
            .map(|round| RoundSums::new(round.form, round.claim))
            .collect::<Result<Vec<_>, CudaError>>()?;
        let mut rows = Vec::with_capacity(rounds.len());
        for (round, sums) in rounds.iter().zip(&mut sums) {
            let length = round.tables.first().map_or(0, |table| table.len());
            if length == 0 || !length.is_multiple_of(2) {
                return Err(KernelError::OddTable { found: length }.into());
            }
            if let Some(other) = round.tables.iter().find(|table| table.len() != length) {
                return Err(KernelError::Length { expected: length, found: other.len() }.into());
            }
            let tables = round.tables.iter().map(|table| Halves::of(table)).collect();
            rows.push(RoundRows { sums, tables, rows: length / 2 });
        }
        self.add_rounds(&mut rows)?;
        drop(rows);
        self.finish_rounds(sums)
    }

    /// Sums of so many elements from each address on, at least one; one copy.
    fn sum_all(&self, addresses: &[u64], lengths: &[usize]) -> Result<Vec<Fr>, CudaError> {
        if lengths.is_empty() {
            return Ok(Vec::new());
        }
        // Level after level, each with the lengths that the one before leaves.
        let shorter = |left: &[usize]| left.iter().map(|length| length.div_ceil(SUMMED)).collect::<Vec<_>>();
        let several = |level: &[usize]| level.iter().any(|length| *length > 1);
        let mut levels = vec![shorter(lengths)];
        while let Some(last) = levels.last().filter(|level| several(level)) {
            levels.push(shorter(last));
        }
        // The last level's sums lie first.
        let sums = Vector::room(self.machine(), levels.iter().flatten().sum())?;
        let mut end = sums.len();
        let (mut addresses, mut left) = (addresses.to_vec(), lengths);
        let mut lists = Vec::with_capacity(levels.len());
        for parts in &levels {
            let mut at = end - parts.iter().sum::<usize>();
            end = at;
            let mut jobs = Jobs::new(Kernel::SumAll, 5, &[]);
            for ((address, length), parts) in addresses.iter_mut().zip(left).zip(parts) {
                jobs.push(*parts, [*length as u64, *parts as u64, *address, sums.at(at)]);
                *address = sums.at(at);
                at += parts;
            }
            lists.push(jobs);
            left = parts;
        }
        Jobs::launch(self.machine(), &lists)?;
        let mut values = vec![Fr::ZERO; lengths.len()];
        sums.block().read(&mut values)?;
        Ok(values)
    }

    /// The next variable of every table bound to the challenge, as [`zkattest_kernels::Kernels::fold`] does; one launch.
    ///
    /// # Errors
    /// [`KernelError::OddTable`] for a table that has no halves; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn fold_all(&self, tables: &mut [&mut Vector], challenge: Fr) -> Result<(), CudaError> {
        if let Some(odd) = tables.iter().find(|table| table.is_empty() || !table.len().is_multiple_of(2)) {
            return Err(KernelError::OddTable { found: odd.len() }.into());
        }
        let halves: Vec<(u64, usize)> = tables.iter().map(|table| (table.at(0), table.len() / 2)).collect();
        self.fold_at(&halves, challenge)?;
        tables.iter_mut().for_each(|table| table.truncate(table.len() / 2));
        Ok(())
    }

    /// Likewise of tables given by where they lie and half their length.
    pub(crate) fn fold_at(&self, tables: &[(u64, usize)], challenge: Fr) -> Result<(), CudaError> {
        let mut jobs = Jobs::new(Kernel::FoldAll, 3, &[]).after(challenge);
        for (address, half) in tables {
            jobs.push(*half, [*half as u64, *address]);
        }
        Jobs::launch(self.machine(), &[jobs])
    }

    /// All elements of all tables, gathered there and copied at once.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn read_all(&self, tables: &[&Vector]) -> Result<Vec<Vec<Fr>>, CudaError> {
        let together = Vector::room(self.machine(), tables.iter().map(|table| table.len()).sum())?;
        let mut jobs = Jobs::new(Kernel::GatherAll, 2, &[together.at(0)]);
        for table in tables {
            jobs.push(table.len(), [table.at(0)]);
        }
        Jobs::launch(self.machine(), &[jobs])?;
        let mut values = together.read()?.into_iter();
        Ok(tables.iter().map(|table| values.by_ref().take(table.len()).collect()).collect())
    }
}
