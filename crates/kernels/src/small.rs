//! Rows of cells combined by field weights, on all threads.

use crate::Cpu;
use crate::cells::{Cell, to_field};
use crate::cpu::either;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

#[cfg(not(target_arch = "x86_64"))]
use crate::cells::Cell as Widen;
#[cfg(target_arch = "x86_64")]
use crate::simd::Widen;

/// Columns in a unit of work.
const COLUMNS: usize = 256;

/// Fewest rows in a unit of work.
const ROWS: usize = 512;

/// out\[i\] = sum_j weights\[j\] * cells\[j * m + i\].
pub fn fold<T: Widen>(cpu: &Cpu, cells: &[T], m: usize, weights: &[Fr]) -> Vec<Fr> {
    if m == 0 {
        return Vec::new();
    }
    // Few columns: the rows are divided among threads.
    let threads = rayon::current_num_threads();
    let groups = if m.div_ceil(COLUMNS) >= threads { 1 } else { threads };
    let rows = weights.len().div_ceil(groups).max(ROWS);
    weights
        .par_chunks(rows)
        .zip(cells.par_chunks(rows * m))
        .map(|(weights, cells)| {
            let mut out = vec![Fr::ZERO; m];
            out.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, out)| {
                let start = block * COLUMNS;
                either!(cpu, ifma => ifma.fold_small(cells, m, start, weights, out), portable(cells, m, start, weights, out));
            });
            out
        })
        .reduce_with(|a, b| a.iter().zip(&b).map(|(a, b)| *a + b).collect())
        .unwrap_or_default()
}

fn portable<T: Cell>(cells: &[T], stride: usize, start: usize, weights: &[Fr], out: &mut [Fr]) {
    for (j, weight) in weights.iter().enumerate() {
        let first = j * stride + start;
        for (out, cell) in out.iter_mut().zip(&cells[first..]) {
            *out += to_field((*cell).into()) * weight;
        }
    }
}
