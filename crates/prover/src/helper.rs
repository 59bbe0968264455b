//! Cells of the helper rows: written down, or computed from looked-up cells wherever they are read.
//!
//! A helper row of a range lookup holds sums of inverses, 32 bytes for each b cells of 2 bytes: of a large batch it is
//! the most of what a prover would hold. The inverses by value fit a cache, so that a cell is b reads and additions.

use crate::ProverError;
use crate::lookups::{Window, column, lookup_rows};
use crate::small::index;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::ops::Range;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Circuit, Region, Tensor};
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels, sum_by_key};

/// Most cells of helper rows that are written down at once: 64 MB.
pub(crate) const MOST_WRITTEN: usize = 1 << 21;

/// Cells computed at once: half a megabyte.
const PIECE: usize = 1 << 14;

/// All helper rows.
#[derive(Default)]
pub(crate) struct Helper<'a> {
    /// Cells of a row.
    m: usize,
    rows: Vec<Row>,
    /// Rows that are written down, one after the other.
    written: Vec<Scalar>,
    columns: Vec<Column<'a>>,
}

/// Where a row's cells come from.
#[derive(Clone, Copy)]
enum Row {
    /// Its first cell in [`Helper::written`].
    Written(usize),
    /// Lookup row `row` of a column.
    Computed { column: usize, row: usize },
}

/// The helper column of a range lookup.
pub(crate) struct Column<'a> {
    /// By lookup row, the cells of its columns; none where the last one lacks a column.
    cells: Vec<Vec<Option<&'a [i16]>>>,
    /// Where these are: `rows` rows of a region, `columns` to a lookup row.
    pub region: Region,
    pub first_row: usize,
    pub rows: usize,
    pub columns: usize,
    pub window: Window,
    /// 1 / (gamma + key) by entry of the table.
    pub inverses: Vec<Scalar>,
    /// The inverse of an absent column's cell.
    pub absent: Scalar,
}

/// Rows, one after the other.
pub(crate) enum Run<'h, 'a> {
    /// Their cells.
    Written(&'h [Scalar]),
    /// Lookup rows of a column.
    Computed(&'h Column<'a>, Range<usize>),
}

impl<'a> Helper<'a> {
    /// Rows of m cells, all written down: zero so far.
    pub fn zeros(m: usize, rows: usize) -> Self {
        let written = vec![Scalar::ZERO; m * rows];
        let rows = (0..rows).map(|row| Row::Written(row * m)).collect();
        Self { m, rows, written, columns: Vec::new() }
    }

    /// Rows of m cells, zero so far; those of range lookups that are whole rows with no other tensor's cells are computed,
    /// where they are more than `most` cells. By range lookup, whether its column is.
    pub fn new(circuit: &Circuit, lookups: &Lookups, most: usize) -> (Self, Vec<bool>) {
        let (m, count) = (circuit.row_size(), circuit.rows_of(Region::Helper));
        if count * m <= most {
            return (Self::zeros(m, count), vec![false; lookups.ranges.len()]);
        }
        let rows_of = |tensor: &Tensor| {
            let last = tensor.last_cell().map_or(usize::MAX, index);
            (index(tensor.base) / m)..(last / m).saturating_add(1).min(count)
        };
        // By row, how many tensors have cells there.
        let mut tensors = vec![0usize; count];
        let mut mark =
            |number: u32| rows_of(&circuit.tensors[place(number)]).for_each(|row| tensors[row] += 1);
        lookups.ranges.iter().for_each(|lookup| [lookup.helper, lookup.sums].into_iter().for_each(&mut mark));
        lookups
            .functions
            .iter()
            .for_each(|lookup| [lookup.helper, lookup.sums].into_iter().for_each(&mut mark));
        lookups.quotients.iter().for_each(|quotient| mark(quotient.helper));
        let mut rows: Vec<Option<Row>> = vec![None; count];
        let mut computed = Vec::with_capacity(lookups.ranges.len());
        for (number, lookup) in lookups.ranges.iter().enumerate() {
            let tensor = &circuit.tensors[place(lookup.helper)];
            let own = rows_of(tensor);
            let alone = index(tensor.base).is_multiple_of(m) && own.clone().all(|row| tensors[row] == 1);
            if alone {
                own.clone().for_each(|row| {
                    rows[row] = Some(Row::Computed { column: number, row: row - own.start });
                });
            }
            computed.push(alone);
        }
        let mut length = 0;
        let place = |row: Option<Row>| {
            row.unwrap_or_else(|| {
                length += m;
                Row::Written(length - m)
            })
        };
        let rows = rows.into_iter().map(place).collect();
        (Self { m, rows, written: vec![Scalar::ZERO; length], columns: Vec::new() }, computed)
    }

    /// Adds the column of the next range lookup: what its cells are computed from, if they are.
    pub fn push(
        &mut self,
        circuit: &Circuit,
        lookup: &RangeLookup,
        cells: &'a [i16],
        inverses: Vec<Scalar>,
        absent: Scalar,
    ) {
        let row = |i: usize| (0..lookup.columns.len()).map(|j| column(lookup, cells, self.m, i, j)).collect();
        self.columns.push(Column {
            cells: (0..lookup_rows(lookup)).map(row).collect(),
            region: lookup.region,
            first_row: place(lookup.first_row),
            rows: place(lookup.rows),
            columns: lookup.columns.len(),
            window: Window::new(&circuit.tables[place(lookup.table)], lookup.offset),
            inverses,
            absent,
        });
    }

    /// Cells, where all are written down.
    pub fn written(&self) -> Option<&[Scalar]> {
        (self.written.len() == self.m * self.rows.len()).then_some(&self.written)
    }

    /// Likewise, to be changed.
    pub fn written_mut(&mut self) -> Option<&mut [Scalar]> {
        if self.written.len() == self.m * self.rows.len() { Some(&mut self.written) } else { None }
    }

    /// A cell that is written down.
    pub fn cell_mut(&mut self, cell: usize) -> Option<&mut Scalar> {
        match self.rows.get(cell / self.m.max(1))? {
            Row::Written(first) => self.written.get_mut(first + cell % self.m),
            Row::Computed { .. } => None,
        }
    }

    /// Cells that are written down, in one run.
    pub fn run_mut(&mut self, cells: Range<usize>) -> Option<&mut [Scalar]> {
        let first = self.place(&cells)?;
        self.written.get_mut(first..first + cells.len())
    }

    /// Cells that are written down, in one run.
    pub fn run(&self, cells: Range<usize>) -> Option<&[Scalar]> {
        let first = self.place(&cells)?;
        self.written.get(first..first + cells.len())
    }

    fn place(&self, cells: &Range<usize>) -> Option<usize> {
        let (row, last) = (cells.start / self.m.max(1), cells.end.saturating_sub(1) / self.m.max(1));
        let Row::Written(first) = self.rows.get(row)? else { return None };
        let together = self.rows.get(row..=last)?.iter().enumerate();
        let follows =
            |(i, row): (usize, &Row)| matches!(row, Row::Written(own) if *own == first + i * self.m);
        together.clone().all(follows).then_some(first + cells.start % self.m)
    }

    /// m: cells of a row.
    pub fn row_size(&self) -> usize {
        self.m
    }

    /// All rows in runs as long as may be, each with the number of its first cell.
    pub fn runs(&self) -> Vec<(usize, Run<'_, 'a>)> {
        let follows = |row: &Row, next: &Row| match (row, next) {
            (Row::Written(row), Row::Written(next)) => row + self.m == *next,
            (Row::Computed { column, row }, Row::Computed { column: own, row: next }) => {
                column == own && row + 1 == *next
            }
            _ => false,
        };
        let mut at = 0;
        let run = |rows: &[Row]| {
            let first = at;
            at += rows.len() * self.m;
            let run = match rows.first()? {
                Row::Written(start) => Run::Written(self.written.get(*start..start + rows.len() * self.m)?),
                Row::Computed { column, row } => {
                    Run::Computed(self.columns.get(*column)?, *row..row + rows.len())
                }
            };
            Some((first, run))
        };
        self.rows.chunk_by(follows).filter_map(run).collect()
    }

    /// Number of rows that are computed.
    pub fn computed(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Computed { .. })).count()
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.m * self.rows.len()
    }

    /// One cell; zero beyond the end.
    pub fn scalar(&self, cell: usize) -> Scalar {
        let mut out = [Scalar::ZERO];
        self.fill(cell, &mut out);
        out[0]
    }

    /// Cells from `start` on; zero beyond the end.
    pub fn fill(&self, start: usize, out: &mut [Scalar]) {
        let mut at = start;
        let mut rest = out;
        while !rest.is_empty() {
            let within = at % self.m.max(1);
            let (own, others) = rest.split_at_mut(rest.len().min(self.m.max(1) - within));
            match self.rows.get(at / self.m.max(1)) {
                Some(Row::Written(first)) => {
                    own.copy_from_slice(&self.written[first + within..first + within + own.len()]);
                }
                Some(Row::Computed { column, row }) => self.columns[*column].fill(*row, within, own),
                None => own.fill(Scalar::ZERO),
            }
            at += own.len();
            rest = others;
        }
    }

    /// out\[i\] = sum_j weights\[j\] * cells\[from + j * w + i\] for i < w = (to - from) / weights.
    pub fn fold(
        &self,
        cpu: &Cpu,
        from: usize,
        to: usize,
        weights: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError> {
        let width = (to - from) / weights.len().max(1);
        let mut out = vec![Scalar::ZERO; width];
        if width >= PIECE {
            out.par_chunks_mut(PIECE).enumerate().try_for_each(|(number, out)| {
                let place = |j: usize| from + j * width + number * PIECE;
                self.combine(
                    cpu,
                    &(0..weights.len()).map(|j| (place(j), weights[j])).collect::<Vec<_>>(),
                    out,
                )
            })?;
            return Ok(out);
        }
        let together = (PIECE / width.max(1)).max(1);
        let sums = weights.par_chunks(together).enumerate().map(|(number, weights)| {
            let mut own = vec![Scalar::ZERO; width];
            let mut cells = vec![Scalar::ZERO; weights.len() * width];
            self.fill(from + number * together * width, &mut cells);
            cpu.combine(&cells.chunks(width.max(1)).collect::<Vec<_>>(), weights, &mut own)?;
            Ok::<_, ProverError>(own)
        });
        sums.try_reduce(
            || vec![Scalar::ZERO; width],
            |mut a, b| {
                a.iter_mut().zip(&b).for_each(|(a, b)| *a += b);
                Ok(a)
            },
        )
    }

    /// out\[e\] = sum_i weights\[i\] * cells\[from + e * w + i\] for w = weights.
    pub fn dot(
        &self,
        cpu: &Cpu,
        from: usize,
        to: usize,
        weights: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError> {
        let width = weights.len().max(1);
        let unit = PIECE.min(width);
        let of_block = |buffer: &mut Vec<Scalar>, block: usize| {
            buffer.resize(unit, Scalar::ZERO);
            let mut sum = Scalar::ZERO;
            for (piece, weights) in weights.chunks(unit).enumerate() {
                let cells = &mut buffer[..weights.len()];
                self.fill(from + block * width + piece * unit, cells);
                sum += cpu.inner_product(cells, weights)?;
            }
            Ok(sum)
        };
        (0..(to - from) / width).into_par_iter().map_init(Vec::new, of_block).collect()
    }

    /// out = sum of weight * cells from a start on, over (start, weight).
    pub fn combine(
        &self,
        cpu: &Cpu,
        runs: &[(usize, Scalar)],
        out: &mut [Scalar],
    ) -> Result<(), ProverError> {
        // As many at once as stay in a second-level cache.
        const TOGETHER: usize = 8;
        out.fill(Scalar::ZERO);
        let mut cells = vec![Scalar::ZERO; out.len() * TOGETHER.min(runs.len())];
        let mut sum = vec![Scalar::ZERO; out.len()];
        for runs in runs.chunks(TOGETHER) {
            let own = &mut cells[..runs.len() * out.len()];
            for ((start, _), own) in runs.iter().zip(own.chunks_mut(out.len().max(1))) {
                self.fill(*start, own);
            }
            let weights: Vec<Scalar> = runs.iter().map(|(_, weight)| *weight).collect();
            cpu.combine(&own.chunks(out.len().max(1)).collect::<Vec<_>>(), &weights, &mut sum)?;
            out.iter_mut().zip(&sum).for_each(|(out, sum)| *out += sum);
        }
        Ok(())
    }
}

impl Column<'_> {
    /// Cells of a lookup row, from `within` on.
    fn fill(&self, row: usize, within: usize, out: &mut [Scalar]) {
        let span = within..within + out.len();
        let present: Vec<&[i16]> =
            self.cells[row].iter().flatten().map(|cells| &cells[span.clone()]).collect();
        sum_by_key(&present, self.window.zero, &self.inverses, out);
        let absent = self.cells[row].len() - present.len();
        if absent > 0 {
            let all = self.absent * Scalar::from(absent as u64);
            out.iter_mut().for_each(|sum| *sum += all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::fold_field;
    use crate::tests::Stream;
    use ark_ff::Field;

    /// Two rows that are computed, the second of a lookup row without its last column, and between them one that is not.
    fn helper<'a>(m: usize, stream: &mut Stream, cells: &'a [i16]) -> Helper<'a> {
        let (first, second, third) = (&cells[..m], &cells[m..2 * m], &cells[2 * m..]);
        Helper {
            m,
            rows: vec![
                Row::Computed { column: 0, row: 0 },
                Row::Written(0),
                Row::Computed { column: 0, row: 1 },
            ],
            written: (0..m).map(|_| stream.scalar()).collect(),
            columns: vec![Column {
                cells: vec![vec![Some(first), Some(second)], vec![Some(third), None]],
                region: Region::Witness,
                first_row: 0,
                rows: 3,
                columns: 2,
                window: Window { zero: 3, entries: 16 },
                inverses: (0..16).map(|_| stream.scalar()).collect(),
                absent: stream.scalar(),
            }],
        }
    }

    #[test]
    fn sums_over_computed_cells_are_those_over_written_ones() {
        let cpu = Cpu::detect();
        let mut stream = Stream(41);
        // Rows shorter than a piece, and longer ones.
        for m in [8, 256, 4 * PIECE] {
            let cells: Vec<i16> = (0..3 * m).map(|_| i16::try_from(stream.below(16)).unwrap() - 3).collect();
            let helper = helper(m, &mut stream, &cells);
            let column = &helper.columns[0];
            let inverse = |cell: usize| column.inverses[usize::try_from(cells[cell] + 3).unwrap()];
            let mut dense: Vec<Scalar> = (0..m).map(|x| inverse(x) + inverse(m + x)).collect();
            dense.extend(&helper.written);
            dense.extend((0..m).map(|x| inverse(2 * m + x) + column.absent));
            assert_eq!((0..3 * m).map(|cell| helper.scalar(cell)).collect::<Vec<_>>(), dense);
            assert_eq!((helper.len(), helper.computed()), (3 * m, 2));
            assert_eq!(helper.run(m + 1..2 * m), dense.get(m + 1..2 * m));
            assert_eq!((helper.run(m - 1..m + 1), helper.run(2 * m..2 * m + 1)), (None, None));

            for (from, to, count) in
                [(0, 3 * m, 3), (0, 3 * m, 12), (m, 3 * m, m / 2), (2 * m, 3 * m, m), (m, 2 * m, 1)]
            {
                let weights: Vec<Scalar> = (0..count).map(|_| stream.scalar()).collect();
                let found = helper.fold(&cpu, from, to, &weights).unwrap();
                assert_eq!(found, fold_field(&dense[from..to], &weights), "{m} {from} {to} {count}");
                let weights: Vec<Scalar> = (0..(to - from) / count).map(|_| stream.scalar()).collect();
                let found = helper.dot(&cpu, from, to, &weights).unwrap();
                let product = |row: &[Scalar]| row.iter().zip(&weights).map(|(a, b)| *a * b).sum::<Scalar>();
                let expected: Vec<Scalar> = dense[from..to].chunks(weights.len()).map(product).collect();
                assert_eq!(found, expected, "{m} {from} {to} {count}");
            }
            let runs: Vec<(usize, Scalar)> = (0..11).map(|i| (i * m / 4, stream.scalar())).collect();
            let mut found = vec![Scalar::ONE; m / 2];
            helper.combine(&cpu, &runs, &mut found).unwrap();
            let at = |x: usize| runs.iter().map(|(start, weight)| dense[start + x] * weight).sum::<Scalar>();
            assert_eq!(found, (0..m / 2).map(at).collect::<Vec<_>>());
        }
    }
}
