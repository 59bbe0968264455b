//! Multiplicities, helper rows and the columns' tables of lookups (Haböck, "Multivariate lookups based on
//! logarithmic derivatives", 2022; `zkattest_circuit::lookup` has the formulas).

use crate::ProverError;
use crate::helper::Helper;
use crate::rows::Rows;
use crate::small::index;
use crate::tables::elements;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_circuit::Challenges;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Circuit, Region, Table};
use zkattest_circuit::lookup::{FunctionLookup, Lookups, RangeLookup};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

fn outside(lookup: usize) -> ProverError {
    ProverError::Lookup { lookup, what: "a tensor leaves its region" }
}

/// Checks the hints against a validated circuit; range lookups are numbered before function lookups.
///
/// # Errors
/// [`ProverError::Lookup`] for an index that the circuit does not have, or a helper tensor of another shape.
pub(crate) fn check(circuit: &Circuit, lookups: &Lookups) -> Result<(), ProverError> {
    let m = circuit.row_size();
    let tensor = |number: u32, region: Region| {
        circuit.tensors.get(place(number)).filter(|tensor| tensor.region == region)
    };
    for (number, lookup) in lookups.ranges.iter().enumerate() {
        let fail = |what| ProverError::Lookup { lookup: number, what };
        let functionals = [lookup.eq_helper, lookup.eq, lookup.eq_first];
        let all = functionals.iter().chain(&lookup.columns);
        let variables: Vec<Option<u8>> = all
            .map(|number| circuit.functionals.get(place(*number)).map(|functional| functional.variables))
            .collect();
        let count = lookup_rows(lookup) * m;
        let room = variables.first().copied().flatten().map_or(0, |variables| 1u64 << variables.min(63));
        if variables.iter().any(|other| *other != variables[0]) || index(room) < count {
            return Err(fail("its functionals have not one number of variables that covers all lookup rows"));
        }
        if lookup.columns.is_empty() || circuit.tables.get(place(lookup.table)).is_none() {
            return Err(fail("no column, or no table"));
        }
        let last = place(lookup.first_row).saturating_add(place(lookup.rows));
        let small = matches!(lookup.region, Region::Model | Region::Data | Region::Output | Region::Witness);
        if !small || last > circuit.rows_of(lookup.region) || lookup.rows == 0 {
            return Err(fail("its rows are none of a region of small cells"));
        }
        let helper = tensor(lookup.helper, Region::Helper).ok_or(fail("no helper tensor"))?;
        let first = index(helper.base);
        if helper.elements() != u64::try_from(count).ok()
            || helper.last_cell().map(index) != Some(first + count - 1)
        {
            return Err(fail("the helper tensor is not one run of as many cells as lookup rows"));
        }
        if tensor(lookup.counts, Region::Counts).is_none() || tensor(lookup.sums, Region::Helper).is_none() {
            return Err(fail("no tensor of counts or sums"));
        }
    }
    for (number, lookup) in lookups.functions.iter().enumerate() {
        let found = circuit.tables.get(place(lookup.table)).is_some()
            && tensor(lookup.counts, Region::Counts).is_some()
            && [lookup.sums, lookup.helper].iter().all(|number| tensor(*number, Region::Helper).is_some());
        if !found {
            return Err(ProverError::Lookup {
                lookup: lookups.ranges.len() + number,
                what: "no table or tensor",
            });
        }
    }
    Ok(())
}

/// A table's index of cells that are looked up with an offset.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// Index of the cell 0.
    pub zero: i64,
    pub entries: usize,
}

impl Window {
    pub fn new(table: &Table, offset: i64) -> Self {
        Self { zero: offset.saturating_sub(table.low), entries: 1 << table.bits }
    }

    pub fn index(self, cell: i16) -> Option<usize> {
        let at = usize::try_from(i64::from(cell) + self.zero).ok()?;
        (at < self.entries).then_some(at)
    }
}

/// Cells of column j of lookup row i; none where the last lookup row lacks the column.
pub(crate) fn column<'a>(
    lookup: &RangeLookup,
    cells: &'a [i16],
    m: usize,
    i: usize,
    j: usize,
) -> Option<&'a [i16]> {
    let row = i * lookup.columns.len() + j;
    let first = place(lookup.first_row) + row;
    if row < place(lookup.rows) { cells.get(first * m..(first + 1) * m) } else { None }
}

/// Lookup rows of a range lookup.
pub(crate) fn lookup_rows(lookup: &RangeLookup) -> usize {
    place(lookup.rows).div_ceil(lookup.columns.len().max(1))
}

pub(crate) fn small<'a>(rows: &Rows<'a>, region: Region) -> &'a [i16] {
    match region {
        Region::Model => rows.given.model,
        Region::Data => rows.given.data,
        Region::Output => rows.given.output,
        Region::Witness => rows.given.witness,
        Region::Counts | Region::Mask | Region::Helper | Region::Public => &[],
    }
}

/// All cells of the multiplicities' rows.
///
/// # Errors
/// A cell or key that its table does not have.
pub(crate) fn counts(circuit: &Circuit, lookups: &Lookups, rows: &Rows<'_>) -> Result<Vec<i32>, ProverError> {
    let mut counts = vec![0i32; circuit.rows_of(Region::Counts) * circuit.row_size()];
    for (number, lookup) in lookups.ranges.iter().enumerate() {
        let histogram = range_histogram(circuit, number, lookup, small(rows, lookup.region))?;
        add_counts(circuit, number, lookup.counts, &histogram, &mut counts)?;
    }
    for (number, lookup) in lookups.functions.iter().enumerate() {
        let mut histogram = vec![0i32; 1 << circuit.tables[place(lookup.table)].bits];
        for (element, key) in keys(rows, number).iter().enumerate() {
            *histogram.get_mut(place(*key)).ok_or(ProverError::OutOfTable { lookup: number, element })? += 1;
        }
        add_counts(circuit, number, lookup.counts, &histogram, &mut counts)?;
    }
    Ok(counts)
}

fn keys<'a>(rows: &'a Rows<'_>, number: usize) -> &'a [u32] {
    rows.given.keys.get(number).map_or(&[], |keys| keys)
}

fn add_counts(
    circuit: &Circuit,
    number: usize,
    tensor: u32,
    histogram: &[i32],
    counts: &mut [i32],
) -> Result<(), ProverError> {
    for (cell, count) in elements(&circuit.tensors[place(tensor)]).into_iter().zip(histogram) {
        *counts.get_mut(cell).ok_or(outside(number))? += count;
    }
    Ok(())
}

fn range_histogram(
    circuit: &Circuit,
    number: usize,
    lookup: &RangeLookup,
    cells: &[i16],
) -> Result<Vec<i32>, ProverError> {
    let (m, window) = (circuit.row_size(), Window::new(&circuit.tables[place(lookup.table)], lookup.offset));
    // Cells in a unit of work: many more than entries, which every unit counts anew.
    let first = place(lookup.first_row) * m;
    let cells = &cells[first..first + place(lookup.rows) * m];
    let unit = cells.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut histogram = cells
        .par_chunks(unit)
        .enumerate()
        .map(|(chunk, cells)| {
            let mut histogram = vec![0i32; window.entries];
            for (i, cell) in cells.iter().enumerate() {
                let at = window.index(*cell).ok_or_else(|| {
                    let cell = first + chunk * unit + i;
                    ProverError::OutOfRange { lookup: number, row: cell / m, cell: cell % m }
                })?;
                histogram[at] += 1;
            }
            Ok::<_, ProverError>(histogram)
        })
        .try_reduce(
            || vec![0i32; window.entries],
            |mut a, b| {
                a.iter_mut().zip(&b).for_each(|(a, b)| *a += b);
                Ok(a)
            },
        )?;
    let absent = lookup_rows(lookup) * lookup.columns.len() - place(lookup.rows);
    if absent > 0 {
        let zero = window.index(0).and_then(|zero| histogram.get_mut(zero));
        let error = ProverError::OutOfRange { lookup: number, row: place(lookup.first_row), cell: 0 };
        *zero.ok_or(error)? += i32::try_from(absent * m).unwrap_or(i32::MAX);
    }
    Ok(histogram)
}

/// 1 / (gamma + key (+ beta image)) of all entries.
pub(crate) fn inverses(
    circuit: &Circuit,
    challenges: &Challenges,
    cpu: &Cpu,
    number: usize,
    table: u32,
) -> Result<Vec<Scalar>, ProverError> {
    let table = &circuit.tables[place(table)];
    let mut values = table.denominators(challenges, 1 << table.bits);
    if cpu.invert(&mut values) > 0 {
        return Err(ProverError::ZeroDenominator { lookup: number });
    }
    Ok(values)
}

/// The helper rows: written down, or more than `most` cells only where they are not computed.
///
/// # Errors
/// A denominator that is zero.
pub(crate) fn helpers<'a>(
    circuit: &Circuit,
    lookups: &Lookups,
    rows: &Rows<'a>,
    challenges: &Challenges,
    cpu: &Cpu,
    most: usize,
) -> Result<Helper<'a>, ProverError> {
    let m = circuit.row_size();
    let (mut helper, computed) = Helper::new(circuit, lookups, most);
    for (number, (lookup, computed)) in lookups.ranges.iter().zip(computed).enumerate() {
        let inverses = inverses(circuit, challenges, cpu, number, lookup.table)?;
        let cells = small(rows, lookup.region);
        if !computed {
            let first = index(circuit.tensors[place(lookup.helper)].base);
            let own = helper.run_mut(first..first + lookup_rows(lookup) * m).ok_or(outside(number))?;
            range_helper(circuit, lookup, cells, challenges, &inverses, own);
        }
        for (cell, value) in sums(circuit, rows, lookup.counts, lookup.sums, &inverses) {
            *helper.cell_mut(cell).ok_or(outside(number))? = value;
        }
        let absent = inverse(circuit, lookup, challenges, &inverses, 0);
        helper.push(circuit, lookup, cells, inverses, absent);
    }
    for (number, lookup) in lookups.functions.iter().enumerate() {
        let FunctionLookup { table, counts, sums: of_sums, helper: tensor, .. } = lookup;
        let inverses = inverses(circuit, challenges, cpu, number, *table)?;
        let cells = elements(&circuit.tensors[place(*tensor)]);
        for (element, (cell, key)) in cells.into_iter().zip(keys(rows, number)).enumerate() {
            let value =
                inverses.get(place(*key)).ok_or(ProverError::OutOfTable { lookup: number, element })?;
            *helper.cell_mut(cell).ok_or(outside(number))? = *value;
        }
        for (cell, value) in sums(circuit, rows, *counts, *of_sums, &inverses) {
            *helper.cell_mut(cell).ok_or(outside(number))? = value;
        }
    }
    Ok(helper)
}

/// Cells and values counts / denominator of a table's sums.
fn sums(
    circuit: &Circuit,
    rows: &Rows<'_>,
    counts: u32,
    sums: u32,
    inverses: &[Scalar],
) -> Vec<(usize, Scalar)> {
    let source = rows.source(Region::Counts);
    let counts = elements(&circuit.tensors[place(counts)]);
    let sums = elements(&circuit.tensors[place(sums)]);
    sums.into_iter()
        .zip(counts.into_iter().zip(inverses))
        .map(|(cell, (count, inverse))| (cell, source.scalar(count) * inverse))
        .collect()
}

/// 1 / (gamma + offset + cell). A cell outside the table has no entry there; multiplicities that were given may still ask
/// for it.
fn inverse(
    circuit: &Circuit,
    lookup: &RangeLookup,
    challenges: &Challenges,
    inverses: &[Scalar],
    cell: i16,
) -> Scalar {
    let window = Window::new(&circuit.tables[place(lookup.table)], lookup.offset);
    match window.index(cell) {
        Some(at) => inverses[at],
        None => {
            (challenges.gamma + Scalar::from(i64::from(cell) + lookup.offset)).inverse().unwrap_or_default()
        }
    }
}

/// The helper column, lookup row after lookup row: sums of inverses, read from the table's.
fn range_helper(
    circuit: &Circuit,
    lookup: &RangeLookup,
    cells: &[i16],
    challenges: &Challenges,
    inverses: &[Scalar],
    out: &mut [Scalar],
) {
    let m = circuit.row_size();
    let inverse = |cell: i16| inverse(circuit, lookup, challenges, inverses, cell);
    const UNIT: usize = 4096;
    out.par_chunks_mut(m).enumerate().for_each(|(i, out)| {
        out.par_chunks_mut(UNIT).enumerate().for_each(|(unit, out)| {
            for j in 0..lookup.columns.len() {
                match column(lookup, cells, m, i, j) {
                    Some(cells) => {
                        for (sum, cell) in out.iter_mut().zip(&cells[unit * UNIT..]) {
                            *sum += inverse(*cell);
                        }
                    }
                    None => {
                        let value = inverse(0);
                        out.iter_mut().for_each(|sum| *sum += value);
                    }
                }
            }
        });
    });
}

/// The tables of a range lookup's functionals.
pub(crate) struct LookupTables {
    pub eq_helper: Vec<Scalar>,
    pub eq: Vec<Scalar>,
    pub eq_first: Vec<Scalar>,
    pub columns: Vec<Vec<Scalar>>,
}

impl LookupTables {
    /// In the order of [`Self::all`].
    pub fn of(all: Vec<Vec<Scalar>>) -> Self {
        let mut all = all.into_iter();
        let mut next = || all.next().unwrap_or_default();
        let (eq_helper, eq, eq_first) = (next(), next(), next());
        Self { eq_helper, eq, eq_first, columns: all.collect() }
    }

    /// All of them: eq h, eq, eq A_1, A_1, A_2, ..
    pub fn all(&self) -> Vec<&Vec<Scalar>> {
        [&self.eq_helper, &self.eq, &self.eq_first].into_iter().chain(&self.columns).collect()
    }

    /// Likewise, to be folded.
    pub fn all_mut(&mut self) -> Vec<&mut Vec<Scalar>> {
        [&mut self.eq_helper, &mut self.eq, &mut self.eq_first].into_iter().chain(&mut self.columns).collect()
    }
}

/// Builds a range lookup's tables from eq's: gamma + offset + cell is read from a table of keys, eq h and eq
/// A_1 are products.
pub(crate) fn lookup_tables(
    circuit: &Circuit,
    lookup: &RangeLookup,
    rows: &Rows<'_>,
    challenges: &Challenges,
    cpu: &Cpu,
    eq: Vec<Scalar>,
) -> Result<LookupTables, ProverError> {
    let (m, cells) = (circuit.row_size(), small(rows, lookup.region));
    let table = &circuit.tables[place(lookup.table)];
    let window = Window::new(table, lookup.offset);
    let keys = table.denominators(challenges, window.entries);
    let shifted = challenges.gamma + Scalar::from(lookup.offset);
    let value = |cell: i16| match window.index(cell) {
        Some(at) => keys[at],
        None => shifted + Scalar::from(cell),
    };
    // Written once, as the iterator goes: these are the largest tables of all.
    let build = |j: usize| -> Vec<Scalar> {
        let rows: Vec<Option<&[i16]>> =
            (0..eq.len().div_ceil(m)).map(|i| column(lookup, cells, m, i, j)).collect();
        let entry = |x: usize| rows[x >> circuit.log_row].map_or(shifted, |cells| value(cells[x & (m - 1)]));
        (0..eq.len()).into_par_iter().with_min_len(4096).map(entry).collect()
    };
    let columns: Vec<Vec<Scalar>> = (0..lookup.columns.len()).into_par_iter().map(build).collect();
    let mut eq_first = vec![Scalar::ZERO; eq.len()];
    cpu.multiply(&eq, &columns[0], &mut eq_first)?;
    let mut eq_helper = vec![Scalar::ZERO; eq.len()];
    let tensor = &circuit.tensors[place(lookup.helper)];
    let (first, count) = (index(tensor.base), lookup_rows(lookup) * m);
    if first + count > rows.helper.len() {
        let (expected, found) = (first + count, rows.helper.len());
        return Err(ProverError::Shape { what: "cells of a helper column", expected, found });
    }
    match rows.helper.run(first..first + count) {
        Some(helper) => cpu.multiply(&eq[..count], helper, &mut eq_helper[..count])?,
        None => {
            rows.helper.fill(first, &mut eq_helper[..count]);
            eq_helper.par_iter_mut().zip(&eq).for_each(|(cell, eq)| *cell *= eq);
        }
    }
    Ok(LookupTables { eq_helper, eq, eq_first, columns })
}
