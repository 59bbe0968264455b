//! Resident cells against vectors of weights, by definition.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use machines::machines;
use std::ops::Range;
use std::sync::Arc;
use values::Stream;
use zkattest_cuda::{Blocks, CudaError, Fold, Gpu, Machine, Resident, SmallCells, Vector};
use zkattest_cuda_twin::{Counting, Counts};
use zkattest_kernels::{Cells, KernelError};

/// Cells on the processor and on a machine.
enum There {
    Small(SmallCells),
    Elements(Vector),
}

struct Region {
    cells: Vec<Fr>,
    there: There,
}

/// The kinds of cells.
const KINDS: usize = 6;

impl Region {
    /// Cells of a kind: 1, 2 or 4 bytes, 4 bytes and elements at their extremes.
    fn new(machine: &Arc<dyn Machine>, kind: usize, count: usize, stream: &mut Stream) -> Self {
        let of = |small: Cells<'_>| There::Small(SmallCells::new(machine, small).unwrap());
        match kind {
            0 => {
                let cells: Vec<i8> = (0..count).map(|_| stream.next() as i8).collect();
                Self { there: of(Cells::I8(&cells)), cells: cells.into_iter().map(Fr::from).collect() }
            }
            1 => {
                let cells: Vec<i16> = (0..count).map(|_| stream.next() as i16).collect();
                Self { there: of(Cells::I16(&cells)), cells: cells.into_iter().map(Fr::from).collect() }
            }
            2 => {
                let cells: Vec<i32> = (0..count).map(|_| stream.next() as i32).collect();
                Self { there: of(Cells::I32(&cells)), cells: cells.into_iter().map(Fr::from).collect() }
            }
            3 => {
                let cells: Vec<i16> =
                    (0..count).map(|i| if i % 3 == 0 { i16::MIN } else { i16::MAX }).collect();
                Self { there: of(Cells::I16(&cells)), cells: cells.into_iter().map(Fr::from).collect() }
            }
            4 => {
                let cells: Vec<i32> =
                    (0..count).map(|i| if i % 3 == 0 { i32::MIN } else { i32::MAX }).collect();
                Self { there: of(Cells::I32(&cells)), cells: cells.into_iter().map(Fr::from).collect() }
            }
            _ => {
                let cells = stream.elements(count);
                Self { there: There::Elements(Vector::new(machine, &cells).unwrap()), cells }
            }
        }
    }

    fn resident(&self) -> Resident<'_> {
        match &self.there {
            There::Small(cells) => Resident::Small(cells),
            There::Elements(cells) => Resident::Elements(cells),
        }
    }
}

fn product(left: &[Fr], right: &[Fr]) -> Fr {
    left.iter().zip(right).map(|(left, right)| *left * right).sum()
}

/// Value b * rows + r: block b of row r.
fn dot(cells: &[Fr], log_row: usize, rows: &[usize], weights: &[Fr]) -> Vec<Fr> {
    let block = |row: usize, b: usize| {
        let first = (row << log_row) + b * weights.len();
        product(&cells[first..first + weights.len()], weights)
    };
    let blocks = (1 << log_row) / weights.len();
    (0..blocks).flat_map(|b| rows.iter().map(move |row| block(*row, b))).collect()
}

#[test]
fn blocks_of_every_length_over_rows_that_vectors_share_in_part() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(1);
        for log_row in [4, 5, 9, 10] {
            let regions: Vec<Region> =
                (0..KINDS).map(|kind| Region::new(&machine, kind, 7 << log_row, &mut stream)).collect();
            let rows: [&[usize]; 7] =
                [&[0, 1, 2, 3, 4, 5, 6], &[2], &[0, 2, 3, 6], &[5, 6], &[6], &[0, 1, 2], &[1, 2, 3, 4, 5]];
            // Every length of blocks, and more vectors over one row than a thread sums at once.
            let mut all = Vec::new();
            let weights: Vec<Vec<Fr>> = (0..=log_row).map(|log| stream.elements(1 << log)).collect();
            for region in &regions {
                for (number, weights) in weights.iter().enumerate() {
                    let log_block = number;
                    let rows = rows[number % rows.len()];
                    all.push((
                        region,
                        Blocks { cells: region.resident(), log_row, rows, log_block, weights },
                    ));
                }
            }
            let blocks: Vec<Blocks<'_>> = all.iter().map(|(_, blocks)| *blocks).collect();
            let found = gpu.dots(&blocks).unwrap();
            for ((region, blocks), found) in all.iter().zip(&found) {
                let expected = dot(&region.cells, log_row, blocks.rows, blocks.weights);
                assert_eq!(found.read().unwrap(), expected, "{log_row} {}", blocks.log_block);
            }
            // One alone, of one row.
            for (region, blocks) in all {
                let one = Blocks { rows: &[3], ..blocks };
                let found = gpu.dots(&[one]).unwrap();
                assert_eq!(found[0].read().unwrap(), dot(&region.cells, log_row, &[3], one.weights));
            }
        }
        assert!(gpu.dots(&[]).unwrap().is_empty());
    }
}

/// Long rows: threads sum as many cells as they ever do.
#[test]
fn blocks_of_long_rows() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(2);
        let log_row = 14;
        let region = Region::new(&machine, 1, 9 << log_row, &mut stream);
        let rows: Vec<usize> = (0..9).collect();
        let weights: Vec<Vec<Fr>> = [3, 7, 11, 14].map(|log| stream.elements(1 << log)).to_vec();
        let mut blocks: Vec<Blocks<'_>> = Vec::new();
        for weights in &weights {
            let log_block = weights.len().ilog2() as usize;
            // As if each were a part of its own: many cells in all make spans long.
            for _ in 0..40 {
                blocks.push(Blocks { cells: region.resident(), log_row, rows: &rows, log_block, weights });
            }
        }
        let found = gpu.dots(&blocks).unwrap();
        for (found, weights) in found.iter().step_by(40).zip(&weights) {
            assert_eq!(found.read().unwrap(), dot(&region.cells, log_row, &rows, weights));
        }
    }
}

/// What a fold adds to its place of the result.
fn folded(cells: &[Fr], fold: &Fold<'_>) -> Vec<Fr> {
    let blocks = fold.weights.len();
    let cell = |row: usize, b: usize, x: usize| cells[fold.first + (row * blocks + b) * fold.width + x];
    let sum = |row: usize, x: usize| (0..blocks).map(|b| fold.weights[b] * cell(row, b, x)).sum::<Fr>();
    (0..fold.rows)
        .flat_map(|row| (0..fold.width).map(move |x| (row, x)))
        .map(|(row, x)| sum(row, x))
        .collect()
}

#[test]
fn folds_of_every_shape_alone_and_added_up() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(3);
        for (rows, blocks, width) in
            [(1, 1, 1), (1, 1, 33), (3, 5, 7), (2, 100, 1), (1, 300, 3), (5, 64, 2), (4, 1, 9), (1, 20000, 1)]
        {
            let count = rows * blocks * width;
            let first = 3;
            let regions: Vec<Region> =
                (0..KINDS).map(|kind| Region::new(&machine, kind, first + count, &mut stream)).collect();
            let weights = stream.elements(blocks);
            let fold = |kind: usize, result, at| Fold {
                cells: regions[kind].resident(),
                first,
                rows,
                width,
                weights: &weights,
                result,
                at,
            };
            let alone: Vec<Fold<'_>> = (0..KINDS).map(|kind| fold(kind, kind, 0)).collect();
            let found = gpu.folds(&[rows * width; KINDS], &alone).unwrap();
            for ((found, fold), region) in found.iter().zip(&alone).zip(&regions) {
                assert_eq!(found.read().unwrap(), folded(&region.cells, fold), "{rows} {blocks} {width}");
            }
            // All kinds into one place, after a hole, and one of them beside it.
            let size = rows * width;
            let mut together: Vec<Fold<'_>> = (0..KINDS).map(|kind| fold(kind, 1, 2)).collect();
            together.push(fold(1, 1, 2 + size));
            let found = gpu.folds(&[4, 3 + 2 * size], &together).unwrap();
            let mut expected = vec![Fr::ZERO; 3 + 2 * size];
            for (fold, region) in together.iter().zip(regions.iter().chain([&regions[1]])) {
                let own = expected[fold.at..].iter_mut().zip(folded(&region.cells, fold));
                own.for_each(|(sum, own)| *sum += own);
            }
            assert_eq!(found[0].read().unwrap(), [Fr::ZERO; 4]);
            assert_eq!(found[1].read().unwrap(), expected);
        }
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let length = |expected, found| CudaError::Kernel(KernelError::Length { expected, found });
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let cells = Vector::new(&machine, &Stream(4).elements(32)).unwrap();
        let cells = Resident::Elements(&cells);
        let weights = Stream(5).elements(4);
        let blocks = Blocks { cells, log_row: 4, rows: &[0, 1], log_block: 2, weights: &weights };
        let refused = |blocks: Blocks<'_>| gpu.dots(&[blocks]).unwrap_err();
        assert_eq!(refused(Blocks { rows: &[1, 2], ..blocks }), length(48, 32));
        assert_eq!(refused(Blocks { rows: &[1, 0], ..blocks }), length(2, 0));
        assert_eq!(refused(Blocks { log_block: 3, ..blocks }), length(8, 4));
        assert_eq!(refused(Blocks { log_row: 1, ..blocks }), length(4, 4));
        let narrow = SmallCells::new(&machine, Cells::I8(&[1; 16])).unwrap();
        let narrow = Blocks { cells: Resident::Small(&narrow), log_row: 3, ..blocks };
        assert_eq!(refused(narrow), length(16, 8));
        let fold = Fold { cells, first: 0, rows: 2, width: 4, weights: &weights, result: 0, at: 0 };
        let refused = |fold: Fold<'_>| gpu.folds(&[8], &[fold]).unwrap_err();
        assert_eq!(refused(Fold { first: 1, ..fold }), length(33, 32));
        assert_eq!(refused(Fold { at: 1, ..fold }), length(9, 8));
        assert_eq!(refused(Fold { result: 1, ..fold }), length(8, 0));
        let halves = [Fold { width: 2, ..fold }, Fold { width: 2, at: 2, ..fold }];
        assert_eq!(gpu.folds(&[8], &halves).unwrap_err(), length(6, 8));
        assert_eq!(gpu.folds(&[8], &[fold, Fold { rows: 1, ..fold }]).unwrap_err(), length(8, 4));
        let vector = Vector::new(&machine, &weights).unwrap();
        assert_eq!(gpu.read_range(&vector, 1..3).unwrap(), weights[1..3]);
        assert_eq!(gpu.read_range(&vector, 4..4).unwrap(), []);
        assert_eq!(gpu.read_range(&vector, Range { start: 2, end: 5 }).unwrap_err(), length(5, 4));
    }
}

/// Sums over the same rows as one launch, and as a launch each.
#[test]
fn vectors_over_the_same_rows_read_cells_once() {
    for (kind, bytes, kernel, most) in [(1, 2, "dot_blocks", 4), (5, 32, "dot_elements", 2)] {
        let counting = Arc::new(Counting::new(1 << 24).unwrap());
        let machine: Arc<dyn Machine> = counting.clone();
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(6);
        let (log_row, rows) = (10, [0, 1, 2]);
        let region = Region::new(&machine, kind, rows.len() << log_row, &mut stream);
        let weights = stream.elements(1 << 6);
        let blocks =
            Blocks { cells: region.resident(), log_row, rows: &rows, log_block: 6, weights: &weights };
        let counts = |vectors: &[Blocks<'_>]| {
            let before = counting.counts().get(kernel).copied().unwrap_or_default();
            gpu.dots(vectors).unwrap();
            counting.counts()[kernel].since(&before)
        };
        let (one, all): (Counts, Counts) = (counts(&[blocks]), counts(&vec![blocks; most]));
        let (cells, most) = ((rows.len() << log_row) as u64, most as u64);
        // A weight for each cell and vector, cells for each launch; and what threads read of their jobs.
        assert!(one.read >= cells * (bytes + 32), "{one:?}");
        assert!(all.read >= cells * (bytes + most * 32), "{all:?}");
        assert!(all.read + (most - 1) * cells * bytes <= most * one.read, "{one:?} {all:?}");
        assert_eq!(all.multiply_adds, most * one.multiply_adds);
        assert_eq!((one.launches, all.launches), (1, 1));
    }
}
