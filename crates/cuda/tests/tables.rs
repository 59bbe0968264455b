//! Tables that are made of resident cells, beside their definition and the reference's folds.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use machines::machines;
use std::ops::Range;
use std::sync::Arc;
use values::{Stream, edges};
use zkattest_cuda::{
    AddedLayout, CudaError, Gpu, LookupLayout, LookupTable, Machine, PiecesLayout, PiecesTable, SmallCells,
    Vector,
};
use zkattest_kernels::{Cells, KernelError, Kernels, Reference};

type Place = Option<(usize, Fr)>;

/// A layout with its lists.
struct Pieces {
    slots: Vec<(usize, Fr)>,
    constant: Fr,
    first: Vec<Place>,
    outer: Vec<Place>,
    inner_bits: usize,
    inner_cells: usize,
    inner: Option<Vec<Fr>>,
    gaps: Vec<Range<usize>>,
    added: Vec<[Vec<Fr>; 3]>,
}

impl Pieces {
    fn layout(&self) -> PiecesLayout<'_> {
        let added = self.added.iter().map(|[first, outer, inner]| AddedLayout { first, outer, inner });
        PiecesLayout {
            slots: &self.slots,
            constant: self.constant,
            first: &self.first,
            outer: &self.outer,
            inner_bits: self.inner_bits,
            inner_cells: self.inner_cells,
            inner: self.inner.as_deref(),
            gaps: &self.gaps,
            added: added.collect(),
        }
    }

    /// As the layout's words define it.
    fn table(&self, cells: &[i16]) -> Vec<Fr> {
        let room = 1 << self.inner_bits;
        let entry = |f: usize, o: usize, w: usize| {
            let added: Fr =
                self.added.iter().map(|[first, outer, inner]| first[f] * outer[o] * inner[w]).sum();
            let real = w < self.inner_cells && !self.gaps.iter().any(|gap| gap.contains(&w));
            let (Some((first, scale)), Some((outer, by)), true) = (self.first[f], self.outer[o], real) else {
                return added;
            };
            let slot = |(at, weight): &(usize, Fr)| *weight * Fr::from(cells[at + first + outer + w]);
            let sum = self.constant + self.slots.iter().map(slot).sum::<Fr>();
            sum * scale * by * self.inner.as_ref().map_or(Fr::ONE, |inner| inner[w]) + added
        };
        let numbers = (0..self.first.len()).flat_map(|f| (0..self.outer.len()).map(move |o| (f, o)));
        numbers.flat_map(|(f, o)| (0..room).map(move |w| (f, o, w))).map(|(f, o, w)| entry(f, o, w)).collect()
    }
}

fn cells(count: usize, stream: &mut Stream) -> Vec<i16> {
    let one = |stream: &mut Stream| match stream.next() % 4 {
        0 => i16::MIN,
        1 => i16::MAX,
        _ => stream.next() as i16,
    };
    (0..count).map(|_| one(stream)).collect()
}

/// Compares all rounds, whole tables and runs of them.
fn check_pieces(machine: &Arc<dyn Machine>, pieces: &Pieces, cells: &[i16], stream: &mut Stream) {
    let gpu = Gpu::new(machine.clone());
    let there = SmallCells::new(machine, Cells::I16(cells)).unwrap();
    let mut expected = pieces.table(cells);
    let mut table: PiecesTable = gpu.pieces_table(&pieces.layout()).unwrap();
    loop {
        assert_eq!(table.len(), expected.len());
        assert_eq!(table.table(&there).unwrap().read().unwrap(), expected);
        let length = expected.len();
        for (from, to) in
            [(0, 1), (length / 3, length - length / 5), (length - 1, length), (length / 2, length / 2)]
        {
            let mut some = Vector::new(machine, &vec![Fr::ONE; to - from + 3]).unwrap();
            table.fill(&there, from, to - from, &mut some, 2).unwrap();
            let some = some.read().unwrap();
            assert_eq!(some[2..to - from + 2], expected[from..to], "entries {from} .. {to} of {length}");
            assert_eq!([some[0], some[1], some[to - from + 2]], [Fr::ONE; 3], "nothing beside them");
        }
        if table.left() == 1 {
            let refused = table.bind(Fr::ONE);
            assert_eq!(refused, Err(CudaError::Kernel(KernelError::OddTable { found: 1 })));
            return;
        }
        let z = stream.element();
        table.bind(z).unwrap();
        Reference.fold(&mut expected, z).unwrap();
    }
}

#[test]
fn pieces_are_their_definition_in_every_round() {
    for machine in machines() {
        let mut stream = Stream(1);
        for (firsts, outers, inner_bits, slots) in
            [(1, 1, 0, 1), (2, 1, 1, 3), (8, 4, 4, 2), (4, 2, 5, 7), (16, 1, 7, 1)]
        {
            for kind in 0..8 {
                let room = 1usize << inner_bits;
                let short = kind & 1 == 1 && room > 2;
                let inner_cells = if short { room - room / 4 } else { room };
                let place = |i: usize, count: usize, step: usize, stream: &mut Stream| {
                    let absent = kind & 2 == 2 && count > 1 && i + 1 == count;
                    (!absent).then(|| (i * step, if kind & 4 == 4 { stream.element() } else { Fr::ONE }))
                };
                let first: Vec<Place> = (0..firsts).map(|i| place(i, firsts, 3, &mut stream)).collect();
                let outer: Vec<Place> =
                    (0..outers).map(|i| place(i, outers, room + 1, &mut stream)).collect();
                let added = |stream: &mut Stream| {
                    let mut first = stream.elements(firsts);
                    first[0] = Fr::ZERO;
                    [first, stream.elements(outers), stream.elements(room)]
                };
                let pieces = Pieces {
                    slots: (0..slots).map(|i| (5 * i + 1, stream.element())).collect(),
                    constant: stream.element(),
                    first,
                    outer,
                    inner_bits,
                    inner_cells,
                    inner: (kind & 4 == 4).then(|| stream.elements(inner_cells)),
                    gaps: if short { vec![0..1, room / 2..room / 2 + 1] } else { vec![] },
                    added: (0..kind % 3).map(|_| added(&mut stream)).collect(),
                };
                let count = 5 * slots + 3 * firsts + (room + 1) * outers + room;
                let cells = cells(count, &mut stream);
                check_pieces(&machine, &pieces, &cells, &mut stream);
            }
        }
    }
}

#[test]
fn sums_of_more_terms_than_fit_without_reduction() {
    for machine in machines() {
        let mut stream = Stream(2);
        for count in [32767usize, 32768, 32769, 70000] {
            for (weight, cell) in [(edges()[2], i16::MAX), (edges()[3], i16::MAX), (edges()[2], i16::MIN)] {
                let pieces = Pieces {
                    slots: (0..count).map(|i| (i % 7, weight)).collect(),
                    constant: weight,
                    first: vec![Some((0, Fr::ONE))],
                    outer: vec![Some((0, Fr::ONE))],
                    inner_bits: 1,
                    inner_cells: 2,
                    inner: None,
                    gaps: vec![],
                    added: vec![],
                };
                check_pieces(&machine, &pieces, &[cell; 9], &mut stream);
            }
        }
    }
}

/// A lookup with its lists.
struct Lookup {
    layout: [usize; 6],
    shifted: Fr,
    eq_rows: Vec<Fr>,
    eq_cells: Vec<Fr>,
}

impl Lookup {
    /// `numbers` in all; eq is zero beyond the lookup rows.
    fn new(layout: [usize; 6], numbers: usize, stream: &mut Stream) -> Self {
        let [_, rows, columns, log_row, log_run, _] = layout;
        let real = rows.div_ceil(columns) << (log_row - log_run);
        let mut eq_rows = stream.elements(real);
        eq_rows.resize(numbers, Fr::ZERO);
        Self { layout, shifted: stream.element(), eq_rows, eq_cells: stream.elements(1 << log_run) }
    }

    fn layout(&self) -> LookupLayout<'_> {
        let [first_cell, rows, columns, log_row, log_run, helper_first] = self.layout;
        LookupLayout {
            first_cell,
            rows,
            columns,
            log_row,
            log_run,
            helper_first,
            shifted: self.shifted,
            eq_rows: &self.eq_rows,
            eq_cells: &self.eq_cells,
        }
    }

    fn tables(&self, cells: &[i16], helper: &[Fr]) -> Vec<Vec<Fr>> {
        let [first_cell, rows, columns, log_row, log_run, helper_first] = self.layout;
        let length = self.eq_rows.len() << log_run;
        let (mut all, lookup_rows) = (vec![Vec::new(); columns + 3], rows.div_ceil(columns));
        for x in 0..length {
            let (row, within) = (x >> log_row, x & ((1 << log_row) - 1));
            let eq = self.eq_rows[x >> log_run] * self.eq_cells[x & ((1 << log_run) - 1)];
            let column = |j: usize| {
                let own = row * columns + j;
                let cell = if own < rows { cells[first_cell + (own << log_row) + within] } else { 0 };
                self.shifted + Fr::from(cell)
            };
            let helper = if row < lookup_rows { helper[helper_first + x] } else { Fr::ZERO };
            let values = [eq * helper, eq, eq * column(0)].into_iter().chain((0..columns).map(column));
            all.iter_mut().zip(values).for_each(|(table, value)| table.push(value));
        }
        all
    }
}

/// Compares all rounds.
fn check_lookup(machine: &Arc<dyn Machine>, lookup: &Lookup, cells: &[i16], stream: &mut Stream) {
    let gpu = Gpu::new(machine.clone());
    let [_, rows, columns, log_row, _, helper_first] = lookup.layout;
    let helper = stream.elements(helper_first + (rows.div_ceil(columns) << log_row));
    let there = SmallCells::new(machine, Cells::I16(cells)).unwrap();
    let helper_there = Vector::new(machine, &helper).unwrap();
    let mut expected = lookup.tables(cells, &helper);
    let mut table: LookupTable = gpu.lookup_table(&lookup.layout()).unwrap();
    for round in 0.. {
        assert_eq!(table.len(), expected[0].len());
        let found = table.tables(&there, &helper_there).unwrap();
        let found = gpu.read_all(&found.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(found, expected, "{:?} in round {round}", lookup.layout);
        let length = expected[0].len();
        for (from, to) in
            [(0, 1), (length / 3, length - length / 5), (length - 1, length), (length / 2, length / 2)]
        {
            let room = |_| Vector::new(machine, &vec![Fr::ONE; to - from + 3]).unwrap();
            let mut some: Vec<Vector> = (0..columns + 3).map(room).collect();
            let mut out: Vec<&mut Vector> = some.iter_mut().collect();
            table.fill(&there, &helper_there, from, to - from, &mut out, 2).unwrap();
            for (some, expected) in some.iter().zip(&expected) {
                let some = some.read().unwrap();
                assert_eq!(some[2..to - from + 2], expected[from..to], "entries {from} .. {to} of {length}");
                assert_eq!([some[0], some[1], some[to - from + 2]], [Fr::ONE; 3], "nothing beside them");
            }
        }
        if table.left() == 1 {
            let refused = table.bind(Fr::ONE);
            assert_eq!(refused, Err(CudaError::Kernel(KernelError::OddTable { found: 1 })));
            return;
        }
        let z = stream.element();
        table.bind(z).unwrap();
        expected.iter_mut().for_each(|table| Reference.fold(table, z).unwrap());
    }
}

#[test]
fn lookup_tables_are_their_definition_in_every_round() {
    for machine in machines() {
        let mut stream = Stream(3);
        // first cell, rows, columns, log2 of a row's cells, of a run's, the helper's first cell; numbers.
        for (layout, numbers) in [
            ([0, 1, 1, 0, 0, 0], 1),
            ([3, 5, 1, 2, 1, 7], 16),
            ([32, 7, 3, 4, 4, 16], 4),
            ([64, 20, 8, 5, 3, 32], 16),
            ([0, 17, 8, 6, 2, 0], 64),
            ([128, 16, 8, 7, 4, 0], 16),
        ] {
            let lookup = Lookup::new(layout, numbers, &mut stream);
            let cells = cells(layout[0] + (layout[1] << layout[3]), &mut stream);
            check_lookup(&machine, &lookup, &cells, &mut stream);
        }
    }
}

#[test]
fn lookup_tables_with_more_bound_than_fits_without_reduction() {
    for machine in machines() {
        let mut stream = Stream(4);
        // A sum's words overflow at 2^17 terms on average.
        let rows = 1 << 18;
        let mut lookup = Lookup::new([0, rows, 1, 0, 0, 0], rows, &mut stream);
        // Weights as large as can be.
        lookup.eq_rows = vec![edges()[2]; rows];
        check_lookup(&machine, &lookup, &vec![i16::MAX; rows], &mut stream);
    }
}

#[test]
fn what_lies_outside_is_refused() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(5);
        let place = |at| Some((at, Fr::ONE));
        let pieces = || Pieces {
            slots: vec![(2, Fr::ONE)],
            constant: Fr::ZERO,
            first: vec![place(0), place(8)],
            outer: vec![place(0)],
            inner_bits: 2,
            inner_cells: 3,
            inner: None,
            gaps: vec![],
            added: vec![],
        };
        let length = |expected, found| CudaError::Kernel(KernelError::Length { expected, found });
        let table = gpu.pieces_table(&pieces().layout()).unwrap();
        let words = |count| SmallCells::new(&machine, Cells::I16(&vec![1; count])).unwrap();
        let mut out = Vector::zeros(&machine, 4).unwrap();
        assert_eq!(table.fill(&words(12), 0, 4, &mut out, 0), Err(length(13, 12)));
        assert_eq!(table.fill(&words(13), 5, 4, &mut out, 0), Err(length(9, 8)));
        assert_eq!(table.fill(&words(13), 4, 4, &mut out, 1), Err(length(5, 4)));
        assert_eq!(table.fill(&words(13), 4, 4, &mut out, 0), Ok(()));
        let bytes = SmallCells::new(&machine, Cells::I8(&[1; 13])).unwrap();
        assert_eq!(table.fill(&bytes, 0, 4, &mut out, 0), Err(length(2, 1)));
        let odd = Pieces { first: vec![place(0); 3], ..pieces() };
        assert_eq!(gpu.pieces_table(&odd.layout()).unwrap_err(), length(4, 3));
        let wide = Pieces { inner_cells: 5, ..pieces() };
        assert_eq!(gpu.pieces_table(&wide.layout()).unwrap_err(), length(5, 4));
        let short = Pieces { inner: Some(vec![Fr::ONE; 2]), ..pieces() };
        assert_eq!(gpu.pieces_table(&short.layout()).unwrap_err(), length(3, 2));
        let added = Pieces { added: vec![[vec![Fr::ONE; 2], vec![], vec![Fr::ONE; 4]]], ..pieces() };
        assert_eq!(gpu.pieces_table(&added.layout()).unwrap_err(), length(1, 0));

        let lookup = Lookup::new([4, 3, 2, 2, 1, 5], 4, &mut stream);
        let table = gpu.lookup_table(&lookup.layout()).unwrap();
        let helper = |count| Vector::zeros(&machine, count).unwrap();
        let fill = |cells: usize, helpers: usize, outs: usize, start: usize| {
            let mut out: Vec<Vector> = (0..outs).map(|_| Vector::zeros(&machine, 2).unwrap()).collect();
            let mut out: Vec<&mut Vector> = out.iter_mut().collect();
            table.fill(&words(cells), &helper(helpers), start, 2, &mut out, 0)
        };
        assert_eq!(fill(16, 13, 5, 6), Ok(()));
        assert_eq!(fill(15, 13, 5, 6), Err(length(16, 15)));
        assert_eq!(fill(16, 12, 5, 6), Err(length(13, 12)));
        assert_eq!(fill(16, 13, 4, 6), Err(length(5, 4)));
        assert_eq!(fill(16, 13, 2, 6), Err(length(5, 2)));
        assert_eq!(fill(16, 13, 5, 7), Err(length(9, 8)));
        let mut few = lookup.layout();
        few.columns = 0;
        assert!(matches!(
            gpu.lookup_table(&few),
            Err(CudaError::Kernel(KernelError::Degree { found: 0, .. }))
        ));
        let mut few = lookup.layout();
        few.eq_rows = &few.eq_rows[..2];
        assert_eq!(gpu.lookup_table(&few).unwrap_err(), length(4, 2));
        let mut few = lookup.layout();
        few.eq_cells = &few.eq_cells[..1];
        assert_eq!(gpu.lookup_table(&few).unwrap_err(), length(2, 1));
    }
}
