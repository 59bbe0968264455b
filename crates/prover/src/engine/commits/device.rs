//! Commitments on a device, of cells that lie there.

use super::Commits;
use crate::ProverError;
use crate::by_value::{Weights, helper_row};
use crate::engine::OnDevice;
use crate::lookups::Window;
use crate::rows::Rows;
use std::ops::Range;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_circuit::{Challenges, index as place};
use zkattest_cuda::{ResidentBases, Terms, ValueRows, ValueSums};
use zkattest_field::{G1, G1Projective, Scalar};

/// Cells of a row for each value: a sum with scalars by value takes an addition for half the 254 bits of each, by cell one for
/// each of 16 digits.
const CELLS_PER_VALUE: usize = 8;

/// Rows of a region whose sums are known, from a first one on.
type Known = Vec<(usize, Vec<G1Projective>)>;

impl OnDevice<'_> {
    /// The string there, which is why this engine was chosen.
    pub(in crate::engine) fn bases(&self) -> Result<&ResidentBases, ProverError> {
        self.host.string.resident().ok_or(ProverError::StringSize { expected: 1, found: 0 })
    }

    /// What the points sum to by the values of a lookup's cells, and with each looked-up row.
    fn sums_by_value(
        &self,
        circuit: &Circuit,
        lookup: &RangeLookup,
        rows: &Rows<'_>,
        room: usize,
    ) -> Result<Option<(ValueSums, Vec<G1Projective>)>, ProverError> {
        let table = &circuit.tables[place(lookup.table)];
        let layout = ValueRows {
            cells: self.small(rows, lookup.region)?,
            length: circuit.row_size(),
            first: place(lookup.first_row),
            rows: place(lookup.rows),
            columns: lookup.columns.len(),
            low: -Window::new(table, lookup.offset).zero,
            bits: u32::from(table.bits),
        };
        Ok(self.bases()?.by_value(&layout, room)?)
    }
}

/// Whether a lookup's helper rows are whole rows of their region, long beside the table.
pub(in crate::engine) fn suits(circuit: &Circuit, lookup: &RangeLookup) -> bool {
    let entries = 1usize << circuit.tables[place(lookup.table)].bits;
    helper_row(circuit, lookup).is_some() && entries.saturating_mul(CELLS_PER_VALUE) <= circuit.row_size()
}

/// Rows that are none of the known ones.
fn others(rows: usize, known: &Known) -> Vec<usize> {
    let of = |row: &usize| known.iter().any(|(first, points)| (*first..first + points.len()).contains(row));
    (0..rows).filter(|row| !of(row)).collect()
}

/// Sums of all rows: the known ones', and others' in their order.
fn joined(rows: usize, known: Known, others: &[usize], sums: Vec<G1Projective>) -> Vec<G1Projective> {
    let mut out = vec![G1Projective::default(); rows];
    let known = known.into_iter().flat_map(|(first, points)| (first..).zip(points));
    known.chain(others.iter().copied().zip(sums)).for_each(|(row, point)| out[row] = point);
    out
}

impl Commits for OnDevice<'_> {
    /// By range lookup, where they are known.
    type Sums = Vec<Option<ValueSums>>;

    /// None: a device computes them where they lie.
    fn most_written(&self) -> usize {
        0
    }

    fn commit_early(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
    ) -> Result<(Vec<G1>, Self::Sums), ProverError> {
        let (m, room) = (circuit.row_size(), self.plan().sums);
        let (bases, string) = (self.bases()?, self.host.string);
        let row = |row: usize| -> Range<usize> { row * m..(row + 1) * m };
        // R's sum is at work while the witness goes there.
        let uniform = bases.start(&[Terms::Elements(self.uniform(rows)?, 0..m)], room)?;
        let on_device = || -> Result<(Vec<G1Projective>, Self::Sums), ProverError> {
            let mut known = Known::new();
            let mut kept: Self::Sums = (0..lookups.ranges.len()).map(|_| None).collect();
            for (lookup, kept) in lookups.ranges.iter().zip(&mut kept) {
                let zero = Window::new(&circuit.tables[place(lookup.table)], lookup.offset).zero;
                if lookup.region != Region::Witness || zero != 0 || !suits(circuit, lookup) {
                    continue;
                }
                if let Some((sums, points)) = self.sums_by_value(circuit, lookup, rows, room)? {
                    *kept = Some(sums);
                    known.push((place(lookup.first_row), points));
                }
            }
            let witness = circuit.rows_of(Region::Witness);
            let missing = others(witness, &known);
            let (cells, counts) = (self.small(rows, Region::Witness)?, self.small(rows, Region::Counts)?);
            let of_counts = (0..circuit.rows_of(Region::Counts)).map(|own| Terms::Cells(counts, row(own)));
            let terms: Vec<Terms<'_>> =
                missing.iter().map(|own| Terms::Cells(cells, row(*own))).chain(of_counts).collect();
            let mut sums = bases.start(&terms, room)?.finish()?;
            let of_counts = sums.split_off(missing.len());
            let mut points = joined(witness, known, &missing, sums);
            points.extend(of_counts);
            Ok((points, kept))
        };
        // Meanwhile the row that is mostly zero is the processor's, and what the next phases need goes there, too.
        let beside = || {
            let sparse = string.sparse(rows.mask.cells());
            let regions = [Region::Model, Region::Data, Region::Output];
            (sparse, regions.into_iter().try_for_each(|region| self.small(rows, region).map(drop)))
        };
        let (found, (sparse, sent)) = rayon::join(on_device, beside);
        let (mut points, sums) = found?;
        sent?;
        points.push(sparse?);
        points.extend(uniform.finish()?);
        let blinders =
            [Region::Witness, Region::Counts, Region::Mask].map(|region| &rows.blinders[region as usize][..]);
        Ok((string.blind_all(points, &blinders.concat()), sums))
    }

    fn commit_helpers(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
        sums: Self::Sums,
        challenges: &Challenges,
        blinders: &[Scalar],
    ) -> Result<Vec<G1>, ProverError> {
        let (m, room) = (circuit.row_size(), self.plan().sums);
        let (bases, string) = (self.bases()?, self.host.string);
        let mut known = Known::new();
        for (number, (lookup, sums)) in lookups.ranges.iter().zip(sums).enumerate() {
            let Some(first) = helper_row(circuit, lookup).filter(|_| suits(circuit, lookup)) else {
                continue;
            };
            let sums = match sums {
                Some(sums) => Some(sums),
                None => self.sums_by_value(circuit, lookup, rows, room)?.map(|(sums, _)| sums),
            };
            let Some(sums) = sums else { continue };
            let weights = Weights::new(circuit, lookup, number, challenges, &self.host.cpu)?;
            let Some(weights) = weights else { continue };
            let (mut points, total) = (sums.sums(&weights.differences)?, string.total()?);
            for (row, point) in points.iter_mut().enumerate() {
                *point += total * weights.all(lookup, row);
            }
            known.push((first, points));
        }
        let missing = others(blinders.len(), &known);
        let cells = self.helper(rows)?;
        let terms: Vec<Terms<'_>> =
            missing.iter().map(|row| Terms::Elements(cells, row * m..(row + 1) * m)).collect();
        let others = bases.start(&terms, room)?.finish()?;
        Ok(string.blind_all(joined(blinders.len(), known, &missing, others), blinders))
    }
}
