//! A range lookup's tables in the first rounds of sum-check 1, computed from small cells piece by piece.
//!
//! With the first k variables bound to rho_1 .. rho_k, each table's entry at x is the sum over y in {0, 1}^k of
//! eq(rho_1 .. rho_k, y) times its entry at (y, x). The first variables number the lookup row and *runs* of its cells,
//! and eq(r, .) is a product of one over rows, one over runs and one over cells of a run. So a piece of a table of any
//! round is a weighted sum of up to 2^k pieces of runs of cells, times a piece of eq: tables are written down only once
//! they are 2^k times shorter. Rows are called what runs are here.

use crate::ProverError;
use crate::engine::Lengths;
use crate::helper::Helper;
use crate::lookups::{LookupTables, column, lookup_rows, small};
use crate::parts::split;
use crate::pieces::bind;
use crate::rows::Rows;
use crate::scope::{Action, Scope};
use crate::small::index;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::ops::Range;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Functional, Unit};
use zkattest_circuit::lookup::RangeLookup;
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

/// Entries in a unit of work: the halves of eleven tables have 700 KB, a second-level cache.
const PIECE: usize = 1024;

/// log2 of the cells of a run, at least, and how much shorter than the longest written tables it is: that many rounds
/// more are computed than without runs.
const LEAST_RUN: usize = 4;
const SHORTER: usize = 4;

/// How a range lookup's tables are cut: eq(r, .) as a product of one over runs and one over a run's cells.
pub(crate) struct Runs {
    /// log2 of a run's cells.
    pub log_run: usize,
    /// The helper column's first cell, and how many it has.
    pub first: usize,
    pub cells: usize,
    /// gamma + offset: a column where it lacks a row.
    pub shifted: Scalar,
    /// eq(r, .) over runs of all lookup rows, zero beyond the last, and over cells of a run.
    pub eq_rows: Vec<Scalar>,
    pub eq_cells: Vec<Scalar>,
}

impl Runs {
    /// None where the tables are short, or eq is no such product: then they are written down at once.
    pub fn new(scope: &Scope<'_>, lookup: &RangeLookup, lengths: Lengths) -> Option<Self> {
        let (circuit, Lengths { short, written, .. }) = (scope.circuit, lengths);
        let (m, log_row) = (circuit.row_size(), usize::from(circuit.log_row));
        let functional = &circuit.functionals[place(lookup.eq)];
        let variables = usize::from(functional.variables);
        let count = lookup_rows(lookup);
        if variables <= short || variables < log_row {
            return None;
        }
        let mut log_run = log_row;
        if variables > written {
            log_run = written.saturating_sub(SHORTER).max(LEAST_RUN).min(log_row);
            if variables == log_run {
                return None;
            }
        }
        let (mut eq_rows, eq_cells) = factors(scope, functional, count, m, log_run)?;
        eq_rows.resize(1 << (variables - log_run), Scalar::ZERO);
        let first = index(circuit.tensors[place(lookup.helper)].base);
        let shifted = scope.challenges.gamma + Scalar::from(lookup.offset);
        Some(Self { log_run, first, cells: count * m, shifted, eq_rows, eq_cells })
    }
}

/// A range lookup with k variables bound, k at most the number of those that number rows.
pub(crate) struct Streamed<'a> {
    /// By column and lookup row, a power of two of rows: the cells; none where the column lacks that row.
    columns: Vec<Vec<Option<&'a [i16]>>>,
    helper: &'a Helper<'a>,
    runs: Runs,
    /// eq(rho_1 .. rho_k, y) by y.
    prefix: Vec<Scalar>,
    written: usize,
}

/// What a piece of each table with one number of the rows not yet bound is made of.
struct Row<'a> {
    /// By column: cells and their weights.
    columns: Vec<(Vec<&'a [i16]>, Vec<Scalar>)>,
    /// Of the first column's cells, and of the helpers, with eq over lookup rows.
    first: Vec<Scalar>,
    /// First cells of the helper column's runs, and weights.
    helpers: Vec<(usize, Scalar)>,
    eq: Scalar,
}

impl Row<'_> {
    /// Whether it holds no cells.
    fn is_empty(&self) -> bool {
        self.helpers.is_empty()
    }
}

impl<'a> Streamed<'a> {
    /// None as [`Runs::new`].
    pub fn new(
        scope: &Scope<'_>,
        lookup: &RangeLookup,
        rows: &'a Rows<'_>,
        lengths: Lengths,
    ) -> Option<Self> {
        let runs = Runs::new(scope, lookup, lengths)?;
        let (m, cells) = (scope.circuit.row_size(), small(rows, lookup.region));
        let columns = (0..lookup.columns.len()).map(|j| {
            let of_row = |i: usize| {
                let row = column(lookup, cells, m, i, j);
                (0..m >> runs.log_run)
                    .map(move |run| row.map(|cells| &cells[run << runs.log_run..(run + 1) << runs.log_run]))
            };
            let mut all: Vec<Option<&[i16]>> = (0..lookup_rows(lookup)).flat_map(of_row).collect();
            all.resize(runs.eq_rows.len(), None);
            all
        });
        let (columns, helper, prefix) = (columns.collect(), &rows.helper, vec![Scalar::ONE]);
        Some(Self { columns, helper, runs, prefix, written: lengths.written })
    }

    /// Rows of each table: 2^(variables that number them and are not bound).
    fn rows(&self) -> usize {
        self.runs.eq_rows.len() / self.prefix.len()
    }

    fn row(&self, number: usize) -> Row<'a> {
        let (rows, m) = (self.rows(), self.runs.eq_cells.len());
        let at = |y: usize| y * rows + number;
        let present = |column: &Vec<Option<&'a [i16]>>| {
            let found = self.prefix.iter().enumerate();
            found.filter_map(|(y, weight)| Some((column[at(y)]?, *weight))).unzip()
        };
        let own = |(y, weight): (usize, &Scalar)| *weight * self.runs.eq_rows[at(y)];
        let tied: Vec<Scalar> = self.prefix.iter().enumerate().map(own).collect();
        // The first column has every lookup row.
        let real = (0..self.prefix.len()).filter(|y| (at(*y) + 1) * m <= self.runs.cells);
        let helpers: Vec<(usize, Scalar)> = real.map(|y| (self.runs.first + at(y) * m, tied[y])).collect();
        Row {
            columns: self.columns.iter().map(present).collect(),
            first: helpers.iter().map(|(_, weight)| *weight).collect(),
            helpers,
            eq: tied.iter().sum(),
        }
    }

    /// Entries `span` of a row of all tables: `eq_helper`, `eq`, `eq_first`, the columns.
    fn piece(
        &self,
        cpu: &Cpu,
        row: &Row<'_>,
        span: &Range<usize>,
        out: &mut [&mut [Scalar]],
    ) -> Result<(), ProverError> {
        let [eq_helper, eq, eq_first, columns @ ..] = out else { return Ok(()) };
        let eq_cells = &self.runs.eq_cells[span.clone()];
        let mut product = vec![Scalar::ZERO; span.len()];
        let runs = || row.helpers.iter().map(|(start, weight)| (start + span.start, *weight));
        let written = runs().map(|(start, _)| self.helper.run(start..start + span.len()));
        match written.collect::<Option<Vec<&[Scalar]>>>() {
            Some(helpers) => cpu.combine(&helpers, &row.first, &mut product)?,
            None => self.helper.combine(cpu, &runs().collect::<Vec<_>>(), &mut product)?,
        }
        cpu.multiply(eq_cells, &product, eq_helper)?;
        cpu.combine(&[eq_cells], &[row.eq], eq)?;
        for (j, ((cells, weights), out)) in row.columns.iter().zip(columns).enumerate() {
            let cells: Vec<&[i16]> = cells.iter().map(|cells| &cells[span.clone()]).collect();
            if j == 0 {
                cpu.combine_small(&cells, &row.first, self.runs.shifted * row.eq, &mut product)?;
                cpu.multiply(eq_cells, &product, eq_first)?;
            }
            cpu.combine_small(&cells, weights, self.runs.shifted, out)?;
        }
        Ok(())
    }

    /// The next round's values at 0, 1, .., columns + 1.
    pub fn round(&self, cpu: &Cpu, claim: Scalar) -> Result<Vec<Scalar>, ProverError> {
        let (half, m, tables) = (self.rows() / 2, self.runs.eq_cells.len(), self.columns.len() + 3);
        let rows: Vec<Row<'_>> = (0..2 * half).map(|number| self.row(number)).collect();
        let unit = PIECE.min(m);
        let real = (0..half).rev().find(|at| !rows[*at].is_empty() || !rows[*at + half].is_empty());
        let real = real.map_or(0, |last| last + 1);
        let piece = |buffer: &mut Vec<Scalar>, at: usize| -> Result<Vec<Scalar>, ProverError> {
            let (number, start) = (at / (m / unit), at % (m / unit) * unit);
            let span = start..start + unit;
            // Beyond the lookup rows eq is zero, and so is every summand.
            if number >= real {
                return Ok(vec![Scalar::ZERO; self.columns.len() + 2]);
            }
            buffer.resize(tables * 2 * unit, Scalar::ZERO);
            for (upper, row) in [&rows[number], &rows[number + half]].into_iter().enumerate() {
                let mut out: Vec<&mut [Scalar]> = buffer.chunks_mut(unit).skip(upper).step_by(2).collect();
                self.piece(cpu, row, &span, &mut out)?;
            }
            let tables: Vec<&[Scalar]> = buffer.chunks(2 * unit).collect();
            let [eq_helper, eq, eq_first, columns @ ..] = tables.as_slice() else { return Ok(Vec::new()) };
            Ok(cpu.lookup_round(eq_helper, eq, eq_first, columns, Some(Scalar::ZERO))?)
        };
        let add = |a: Vec<Scalar>, b: Vec<Scalar>| a.iter().zip(&b).map(|(a, b)| *a + b).collect();
        let mut values = (0..half * (m / unit))
            .into_par_iter()
            .map_init(Vec::new, piece)
            .try_reduce(|| vec![Scalar::ZERO; self.columns.len() + 2], |a, b| Ok(add(a, b)))?;
        values[1] = claim - values[0];
        Ok(values)
    }

    /// Binds the next variable.
    pub fn bind(&mut self, challenge: Scalar) {
        self.prefix = bind(&self.prefix, challenge);
    }

    /// Whether the tables are short enough, or no variable is left that numbers rows.
    pub fn is_short(&self) -> bool {
        self.rows() == 1 || self.rows() * self.runs.eq_cells.len() <= 1 << self.written
    }

    /// The tables of the next round.
    pub fn tables(&self, cpu: &Cpu) -> Result<LookupTables, ProverError> {
        let (rows, m) = (self.rows(), self.runs.eq_cells.len());
        let mut all = vec![vec![Scalar::ZERO; rows * m]; self.columns.len() + 3];
        let unit = PIECE.min(m);
        let mut pieces: Vec<Vec<&mut [Scalar]>> = Vec::new();
        pieces.resize_with(rows * (m / unit), Vec::new);
        for table in &mut all {
            pieces.iter_mut().zip(table.chunks_mut(unit)).for_each(|(piece, own)| piece.push(own));
        }
        let made: Vec<Row<'_>> = (0..rows).map(|number| self.row(number)).collect();
        pieces.into_par_iter().enumerate().try_for_each(|(at, mut out)| {
            let (number, start) = (at / (m / unit), at % (m / unit) * unit);
            self.piece(cpu, &made[number], &(start..start + unit), &mut out)
        })?;
        Ok(LookupTables::of(all))
    }
}

/// The factors of eq(r, .) over runs of 2^`log_run` cells of `rows` lookup rows of `cells` cells, and over cells of a run,
/// where the functional is one form that is a product of one over lookup rows and one over cells.
fn factors(
    scope: &Scope<'_>,
    functional: &Functional,
    rows: usize,
    cells: usize,
    log_run: usize,
) -> Option<(Vec<Scalar>, Vec<Scalar>)> {
    let [form] = functional.forms.as_slice() else { return None };
    let [of_rows, of_cells] = form.groups.as_slice() else { return None };
    if form.tensor.is_some() || form.coefficient != 1 || form.unit != Unit::One {
        return None;
    }
    let variables = usize::from(functional.variables);
    let along = |vector, size: usize, step: usize| match scope.action(vector, variables) {
        Action::Scatter(scatter)
            if scatter.places.len() == size
                && scatter.places.iter().enumerate().all(|(i, place)| *place == i * step) =>
        {
            scatter.coefficients
        }
        _ => None,
    };
    let of_rows = along(&of_rows.vector, rows, cells)?;
    if cells == 1 << log_run {
        return Some((of_rows, along(&of_cells.vector, cells, 1)?));
    }
    let (of_runs, of_cells) = split(&of_cells.vector, u32::try_from(log_run).ok()?)?;
    let of_runs = along(&of_runs, cells >> log_run, 1 << log_run)?;
    let of_rows = of_rows.iter().flat_map(|row| of_runs.iter().map(move |run| *row * run)).collect();
    Some((of_rows, along(&of_cells, 1 << log_run, 1)?))
}
