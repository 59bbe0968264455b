//! Sums by value and helper cells of looked-up rows, against sums cell by cell.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field};
use machines::machines;
use values::Stream;
use zkattest_cuda::{CudaError, Gpu, HelperRows, ResidentBases, SmallCells, ValueRows, Vector};
use zkattest_kernels::msm::{Scalars, reference};
use zkattest_kernels::{Cells, KernelError};

fn points(n: usize) -> Vec<G1Affine> {
    let mut stream = Stream(7);
    let step = G1Projective::generator() * stream.element();
    let mut current = G1Projective::generator();
    let all: Vec<_> = (0..n)
        .map(|_| {
            current += step;
            current
        })
        .collect();
    G1Projective::normalize_batch(&all)
}

/// A function of the cells of groups of rows, committed by value, is the sum over the cells.
#[test]
fn functions_of_cells_by_value() {
    let mut stream = Stream(1);
    let m = 200;
    let bases = points(m);
    for (low, bits) in [(0, 6), (-20, 6), (0, 1), (-300, 8)] {
        let values = 1usize << bits;
        let cells: Vec<i16> =
            (0..9 * m).map(|_| (low + (stream.next() % values as u64) as i64) as i16).collect();
        let function: Vec<Fr> =
            std::iter::once(Fr::ZERO).chain((1..values).map(|_| stream.element())).collect();
        let at = |cell: i16| (i64::from(cell) - low) as usize;
        for machine in machines() {
            let resident = ResidentBases::new(&machine, &bases).unwrap();
            let there = SmallCells::new(&machine, Cells::I16(&cells)).unwrap();
            for (first, rows, columns) in [(0, 9, 3), (1, 8, 3), (2, 1, 4), (0, 9, 1)] {
                let layout = ValueRows { cells: &there, length: m, first, rows, columns, low, bits };
                let own = &cells[first * m..(first + rows) * m];
                let shifted: Vec<i16> = own.iter().map(|cell| at(*cell) as i16).collect();
                let of_rows: Vec<_> =
                    shifted.chunks(m).map(|row| reference(&bases, Scalars::I16(row)).unwrap()).collect();
                let image = |row: &[i16]| row.iter().map(|cell| function[at(*cell)]).collect::<Vec<_>>();
                let of_groups: Vec<G1Projective> = own
                    .chunks(columns * m)
                    .map(|group| {
                        let row = |row| reference(&bases, Scalars::Full(&image(row))).unwrap();
                        group.chunks(m).map(row).sum()
                    })
                    .collect();
                for room in [layout.least_room(), usize::MAX] {
                    let (sums, found) = resident.by_value(&layout, room).unwrap().unwrap();
                    assert_eq!(found, of_rows, "{low} {bits} {rows} {columns}");
                    assert_eq!(sums.groups(), of_groups.len());
                    assert_eq!(
                        sums.sums(&function[1..]).unwrap(),
                        of_groups,
                        "{low} {bits} {rows} {columns}"
                    );
                }
            }
        }
    }
}

#[test]
fn other_values_and_too_little_memory_are_seen() {
    let m = 64;
    let mut cells = vec![3i16; 2 * m];
    for machine in machines() {
        let resident = ResidentBases::new(&machine, &points(m)).unwrap();
        for (value, low, known) in
            [(15, 0, true), (16, 0, false), (-1, 0, false), (i16::MIN, 0, false), (2, 3, false)]
        {
            cells[m + 5] = value;
            let there = SmallCells::new(&machine, Cells::I16(&cells)).unwrap();
            let layout = ValueRows { cells: &there, length: m, first: 0, rows: 2, columns: 2, low, bits: 4 };
            assert_eq!(resident.by_value(&layout, usize::MAX).unwrap().is_some(), known, "{value}");
            assert!(resident.by_value(&layout, layout.least_room() - 1).unwrap().is_none());
        }
        cells[m + 5] = 0;
        let there = SmallCells::new(&machine, Cells::I16(&cells)).unwrap();
        let layout = ValueRows { cells: &there, length: m, first: 1, rows: 2, columns: 2, low: 0, bits: 4 };
        let refused = resident.by_value(&layout, usize::MAX).unwrap_err();
        assert_eq!(refused, CudaError::Kernel(KernelError::Length { expected: 3 * m, found: 2 * m }));
        let layout = ValueRows { rows: 1, ..layout };
        let (sums, _) = resident.by_value(&layout, usize::MAX).unwrap().unwrap();
        let refused = sums.sums(&[Fr::ONE; 17]).unwrap_err();
        assert_eq!(refused, CudaError::Kernel(KernelError::Length { expected: 16, found: 17 }));
    }
}

/// Two lookup rows of three columns, the second without its last one; some cells that the table does not have.
#[test]
fn helper_cells_of_looked_up_rows() {
    let mut stream = Stream(2);
    let (m, first, rows, columns, zero) = (77, 2, 5, 3, 4);
    let cells: Vec<i16> = (0..7 * m).map(|_| (stream.next() % 20) as i16 - 6).collect();
    let table = stream.elements(14);
    let absent = stream.element();
    let expected: Vec<Fr> = (0..2 * m)
        .map(|i| {
            let column = |j: usize| {
                let row = i / m * columns + j;
                if row >= rows {
                    return absent;
                }
                let entry = i64::from(cells[(first + row) * m + i % m]) + zero;
                usize::try_from(entry).ok().and_then(|entry| table.get(entry)).copied().unwrap_or_default()
            };
            (0..columns).map(column).sum()
        })
        .collect();
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        for wide in [false, true] {
            let doubles: Vec<i32> = cells.iter().map(|cell| i32::from(*cell)).collect();
            let cells = if wide { Cells::I32(&doubles) } else { Cells::I16(&cells) };
            let there = SmallCells::new(&machine, cells).unwrap();
            let layout = HelperRows { cells: &there, length: m, first, rows, columns, zero };
            let mut out = Vector::zeros(&machine, 2 * m + 3).unwrap();
            out.write(2 * m, &[Fr::ONE; 3]).unwrap();
            gpu.helper_cells(&layout, 1..2, &table, absent, &mut out, 1).unwrap();
            let found = out.read().unwrap();
            assert_eq!((found[0], &found[1..m + 1], found[m + 1]), (Fr::ZERO, &expected[m..], Fr::ZERO));
            gpu.helper_cells(&layout, 0..2, &table, absent, &mut out, 0).unwrap();
            assert_eq!(out.read().unwrap(), [expected.as_slice(), &[Fr::ONE; 3]].concat());
            let refused = gpu.helper_cells(&layout, 0..2, &table, absent, &mut out, 4).unwrap_err();
            let expected = KernelError::Length { expected: 2 * m + 4, found: 2 * m + 3 };
            assert_eq!(refused, CudaError::Kernel(expected));
            let refused = out.write(2 * m, &[Fr::ONE; 4]).unwrap_err();
            let (needed, available) = (32 * (2 * m + 4), 32 * (2 * m + 3));
            assert_eq!(refused, CudaError::Memory { needed, available });
        }
    }
}
