//! Commitments of range lookups' helper rows without their cells.
//!
//! A helper cell is the sum of 1 / (gamma + key) over its lookups. With S_t the sum of the bases \[tau^x\]_1 over all
//! lookups of entry t in a lookup row, the row's commitment is sum_t S_t / (gamma + key_t): a term for each entry of
//! the table instead of one for each cell. The S_t come with the commitments to the looked-up rows, as their buckets.

use crate::ProverError;
use crate::lookups::{Window, column, inverses, lookup_rows, small};
use crate::rows::Rows;
use crate::small::index;
use crate::string::ProvingString;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_circuit::{Challenges, index as place};
use zkattest_field::{G1, G1Projective, Scalar};
use zkattest_kernels::Cpu;
use zkattest_kernels::msm::ByValue;

/// By range lookup and lookup row, the sums S_t from t = 1 on; empty where they are not known.
pub(crate) type Sums = Vec<Vec<Vec<G1>>>;

/// Cells of a row for each value: with fewer, buckets cost more than they save.
const CELLS_PER_VALUE: usize = 4;

/// Whether a lookup's helper rows are whole rows of their region, long beside the table.
fn suits(circuit: &Circuit, lookup: &RangeLookup) -> bool {
    let entries = 1usize << circuit.tables[place(lookup.table)].bits;
    helper_row(circuit, lookup).is_some() && entries.saturating_mul(CELLS_PER_VALUE) <= circuit.row_size()
}

/// The first of a lookup's helper rows, where they are whole rows of their region.
pub(crate) fn helper_row(circuit: &Circuit, lookup: &RangeLookup) -> Option<usize> {
    let (m, first) = (circuit.row_size(), index(circuit.tensors[place(lookup.helper)].base));
    first.is_multiple_of(m).then_some(first / m)
}

/// What sums by value are weighed with for the helper rows of a lookup.
pub(crate) struct Weights {
    /// Of S_t, from t = 1 on: what entry t has more than entry 0.
    pub differences: Vec<Scalar>,
    /// Entry 0, and that of an absent column's cell.
    zero: Scalar,
    absent: Scalar,
}

impl Weights {
    /// Of the lookup with a number; none where its table has no entry for an absent column.
    pub fn new(
        circuit: &Circuit,
        lookup: &RangeLookup,
        number: usize,
        challenges: &Challenges,
        cpu: &Cpu,
    ) -> Result<Option<Self>, ProverError> {
        let inverses = inverses(circuit, challenges, cpu, number, lookup.table)?;
        let Some((zero, others)) = inverses.split_first() else { return Ok(None) };
        let window = Window::new(&circuit.tables[place(lookup.table)], lookup.offset);
        let Some(absent) = window.index(0).and_then(|at| inverses.get(at)) else { return Ok(None) };
        // Each base has all columns: with all of them at entry 0, and the difference where it is another.
        let differences = others.iter().map(|inverse| *inverse - zero).collect();
        Ok(Some(Self { differences, zero: *zero, absent: *absent }))
    }

    /// Of the sum over all points, in a lookup row.
    pub fn all(&self, lookup: &RangeLookup, row: usize) -> Scalar {
        let columns = lookup.columns.len();
        let present = place(lookup.rows).saturating_sub(row * columns).min(columns);
        self.zero * Scalar::from(present as u64) + self.absent * Scalar::from((columns - present) as u64)
    }
}

/// The cells of a lookup row's columns, but for absent ones.
fn cells<'a>(lookup: &RangeLookup, cells: &'a [i16], m: usize, row: usize) -> Vec<&'a [i16]> {
    (0..lookup.columns.len()).filter_map(|j| column(lookup, cells, m, row, j)).collect()
}

/// What the bases sum to by value in one lookup row.
fn by_value(
    circuit: &Circuit,
    lookup: &RangeLookup,
    string: &ProvingString,
    rows: &Rows<'_>,
    row: usize,
) -> Option<ByValue> {
    let window = Window::new(&circuit.tables[place(lookup.table)], lookup.offset);
    let cells = cells(lookup, small(rows, lookup.region), circuit.row_size(), row);
    string.by_value(&cells, -window.zero, window.entries)
}

/// Commitments to the witness rows, and the sums by value of lookups of them.
pub(crate) fn commit_witness(
    circuit: &Circuit,
    lookups: &Lookups,
    string: &ProvingString,
    rows: &Rows<'_>,
) -> Result<(Vec<G1>, Sums), ProverError> {
    let m = circuit.row_size();
    let blinders = &rows.blinders[Region::Witness as usize];
    let mut sums: Sums = vec![Vec::new(); lookups.ranges.len()];
    let mut committed: Vec<Option<G1>> = vec![None; blinders.len()];
    for (lookup, sums) in lookups.ranges.iter().zip(&mut sums) {
        let zero = Window::new(&circuit.tables[place(lookup.table)], lookup.offset).zero;
        if lookup.region != Region::Witness || zero != 0 || !suits(circuit, lookup) {
            continue;
        }
        let found: Option<Vec<ByValue>> = (0..lookup_rows(lookup))
            .into_par_iter()
            .map(|row| by_value(circuit, lookup, string, rows, row))
            .collect();
        let Some(found) = found else { continue };
        let (points, own): (Vec<Vec<G1Projective>>, Vec<Vec<G1>>) =
            found.into_iter().map(|found| (found.rows, found.sums)).unzip();
        *sums = own;
        let first = place(lookup.first_row);
        let points = string.blind_all(points.concat(), &blinders[first..first + place(lookup.rows)]);
        committed[first..].iter_mut().zip(points).for_each(|(row, point)| *row = Some(point));
    }
    let mut out = Vec::with_capacity(blinders.len());
    while out.len() < committed.len() {
        let from = out.len();
        match committed[from] {
            Some(point) => out.push(point),
            None => {
                let run = committed[from..].iter().take_while(|point| point.is_none()).count();
                let cells = &rows.given.witness[from * m..(from + run) * m];
                out.extend(string.commit_small(cells, &blinders[from..from + run])?);
            }
        }
    }
    Ok((out, sums))
}

/// Commitments to the helper rows, whose cells must be those of the lookups.
pub(crate) fn commit_helpers(
    circuit: &Circuit,
    lookups: &Lookups,
    string: &ProvingString,
    rows: &Rows<'_>,
    sums: &Sums,
    challenges: &Challenges,
    blinders: &[Scalar],
) -> Result<Vec<G1>, ProverError> {
    let (m, cpu) = (circuit.row_size(), Cpu::detect());
    let mut committed: Vec<Option<G1Projective>> = vec![None; blinders.len()];
    for (number, (lookup, sums)) in lookups.ranges.iter().zip(sums).enumerate() {
        if !suits(circuit, lookup) {
            continue;
        }
        let Some(weights) = Weights::new(circuit, lookup, number, challenges, &cpu)? else { continue };
        let commit = |row: usize| -> Result<Option<G1Projective>, ProverError> {
            let own;
            let sums = match sums.get(row) {
                Some(sums) => sums,
                None => match by_value(circuit, lookup, string, rows, row) {
                    Some(found) => {
                        own = found.sums;
                        &own
                    }
                    None => return Ok(None),
                },
            };
            Ok(Some(string.commit_by_value(sums, &weights.differences, weights.all(lookup, row))?))
        };
        let points: Vec<Option<G1Projective>> =
            (0..lookup_rows(lookup)).into_par_iter().map(commit).collect::<Result<_, _>>()?;
        let Some(first) = helper_row(circuit, lookup) else { continue };
        committed[first..].iter_mut().zip(points).for_each(|(row, point)| *row = point);
    }
    let missing: Vec<usize> = (0..committed.len()).filter(|row| committed[*row].is_none()).collect();
    let span = |row: usize| -> Range<usize> { row * m..(row + 1) * m };
    let cells = |row: usize| match rows.helper.run(span(row)) {
        Some(cells) => Cow::Borrowed(cells),
        None => {
            let mut cells = vec![Scalar::ZERO; m];
            rows.helper.fill(row * m, &mut cells);
            Cow::Owned(cells)
        }
    };
    let commit = |row: &usize| Ok(string.commit_full(&cells(*row), &blinders[*row..=*row])?[0]);
    // A device has room for one batch of sums.
    let full: Vec<G1> = if string.resident().is_some() {
        missing.iter().map(commit).collect::<Result<_, ProverError>>()?
    } else {
        missing.par_iter().map(commit).collect::<Result<_, ProverError>>()?
    };
    let known: Vec<usize> = (0..committed.len()).filter(|row| committed[*row].is_some()).collect();
    let own: Vec<Scalar> = known.iter().map(|row| blinders[*row]).collect();
    let points = string.blind_all(committed.into_iter().flatten().collect(), &own);
    let mut out = vec![G1::default(); blinders.len()];
    known
        .into_iter()
        .zip(points)
        .chain(missing.into_iter().zip(full))
        .for_each(|(row, point)| out[row] = point);
    Ok(out)
}
