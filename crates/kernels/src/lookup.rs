//! LogUp's helper columns and the rounds that prove them.
//!
//! Cells are small, so their range is often shorter than the columns: then 1 / (challenge + v) is computed
//! once for each v of the range, and looked up. Else the denominators are inverted in batches.

use crate::cells::to_field;
use crate::cpu::CHUNK;
use crate::{Cells, Cpu, KernelError, Kernels};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// out\[i\] = sum_j 1 / (challenge + columns_j\[i\]), columns of `rows` cells each.
pub fn helper(cpu: &Cpu, columns: &[Cells<'_>], rows: usize, challenge: Fr) -> Result<Vec<Fr>, KernelError> {
    let mut out = vec![Fr::ZERO; rows];
    let Some((least, greatest)) = range(columns) else { return Ok(out) };
    let span = greatest.abs_diff(least);
    let cells = (rows as u64).saturating_mul(columns.len() as u64);
    let done = if span < cells / 2 {
        from_table(cpu, columns, challenge, (least, greatest), &mut out)
    } else {
        directly(cpu, columns, challenge, &mut out)
    };
    if done { Ok(out) } else { Err(first_zero(columns, rows, challenge)) }
}

/// Least and greatest cell.
fn range(columns: &[Cells<'_>]) -> Option<(i64, i64)> {
    fn of<T: Copy + Into<i64> + Ord + Send + Sync>(cells: &[T]) -> Option<(i64, i64)> {
        let least = cells.par_iter().with_min_len(CHUNK).min()?;
        let greatest = cells.par_iter().with_min_len(CHUNK).max()?;
        Some(((*least).into(), (*greatest).into()))
    }
    columns
        .iter()
        .filter_map(|column| match column {
            Cells::I8(cells) => of(cells),
            Cells::I16(cells) => of(cells),
            Cells::I32(cells) => of(cells),
        })
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// By a table of inverses; false where a cell's denominator is zero.
fn from_table(
    cpu: &Cpu,
    columns: &[Cells<'_>],
    challenge: Fr,
    (least, greatest): (i64, i64),
    out: &mut [Fr],
) -> bool {
    let mut table: Vec<Fr> = Vec::new();
    let mut denominator = challenge + to_field(least);
    for _ in least..=greatest {
        table.push(denominator);
        denominator += Fr::ONE;
    }
    // A zero is harmless where no cell has that value: tell by the zero that stays.
    let hole = cpu.invert(&mut table) != 0;
    out.par_chunks_mut(CHUNK).enumerate().all(|(index, out)| {
        let start = index * CHUNK;
        columns.iter().all(|column| match column {
            Cells::I8(cells) => look_up(&cells[start..], &table, least, hole, out),
            Cells::I16(cells) => look_up(&cells[start..], &table, least, hole, out),
            Cells::I32(cells) => look_up(&cells[start..], &table, least, hole, out),
        })
    })
}

/// Adds the table's entries; false where one is zero, that is, no inverse.
fn look_up<T: Copy + Into<i64>>(cells: &[T], table: &[Fr], least: i64, hole: bool, out: &mut [Fr]) -> bool {
    let mut sound = true;
    for (sum, cell) in out.iter_mut().zip(cells) {
        let inverse = table[(*cell).into().abs_diff(least) as usize];
        *sum += inverse;
        sound &= !hole || inverse != Fr::ZERO;
    }
    sound
}

/// By batched inversion; false where a denominator is zero.
fn directly(cpu: &Cpu, columns: &[Cells<'_>], challenge: Fr, out: &mut [Fr]) -> bool {
    out.par_chunks_mut(CHUNK).enumerate().all(|(index, out)| {
        let start = index * CHUNK;
        let cell = |column: &Cells<'_>, i: usize| challenge + to_field(column.get(start + i));
        columns.iter().all(|column| {
            let mut denominators: Vec<Fr> = (0..out.len()).map(|i| cell(column, i)).collect();
            let zeros = cpu.invert(&mut denominators);
            for (sum, inverse) in out.iter_mut().zip(&denominators) {
                *sum += inverse;
            }
            zeros == 0
        })
    })
}

/// Where the first zero denominator is, by row and then by column.
fn first_zero(columns: &[Cells<'_>], rows: usize, challenge: Fr) -> KernelError {
    let zero = |row: usize, column: usize| challenge + to_field(columns[column].get(row)) == Fr::ZERO;
    let found = (0..rows).flat_map(|row| (0..columns.len()).map(move |column| (row, column)));
    let (row, column) = found.into_iter().find(|(row, column)| zero(*row, *column)).unwrap_or_default();
    KernelError::ZeroDenominator { column, row }
}

/// Portable evaluations of a range lookup's round polynomial: halves of `eq_helper`, `eq`, `eq_first` and the
/// columns.
pub fn round(tables: &[(&[Fr], &[Fr])], points: &[usize]) -> Vec<Fr> {
    let mut sums = vec![Fr::ZERO; points.len()];
    let mut values: Vec<(Fr, Fr)> = Vec::with_capacity(tables.len());
    for i in 0..tables[0].0.len() {
        values.clear();
        values.extend(tables.iter().map(|(low, high)| (low[i], high[i] - low[i])));
        let mut at = 0;
        for (point, sum) in points.iter().zip(&mut sums) {
            for _ in at..*point {
                values.iter_mut().for_each(|(value, step)| *value += &*step);
            }
            at = *point;
            let [(eq_helper, _), (eq, _), (eq_first, _), (first, _), others @ ..] = values.as_slice() else {
                continue;
            };
            // The sum of 1 / A_j over all columns but the first, as a fraction.
            let (mut numerator, mut denominator) = (Fr::ZERO, Fr::ONE);
            for (column, _) in others {
                numerator = numerator * column + denominator;
                denominator *= column;
            }
            *sum += (*eq_helper * first - eq) * denominator - *eq_first * numerator;
        }
    }
    sums
}
