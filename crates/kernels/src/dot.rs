//! Rows of cells times one vector of field weights, on all threads.

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

/// Fewest and most rows in a unit of work: each lays out its weights' limbs anew, once for all its rows.
const ROWS: (usize, usize) = (64, 2048);

/// Fewest columns in a unit of work.
const COLUMNS: usize = 4096;

/// out\[e\] = sum_i weights\[i\] * cells\[e * weights + i\], `rows` of them.
pub fn dot<T: Widen>(cpu: &Cpu, cells: &[T], rows: usize, weights: &[Fr]) -> Vec<Fr> {
    let width = weights.len();
    // Few rows: the columns are divided among threads.
    let threads = rayon::current_num_threads();
    let groups = if rows.div_ceil(ROWS.0) >= threads { 1 } else { threads };
    let columns = width.div_ceil(groups).max(COLUMNS);
    // A multiple of eight rows, which are summed together.
    let block = rows.div_ceil(4 * threads).clamp(ROWS.0, ROWS.1).next_multiple_of(8);
    weights
        .par_chunks(columns)
        .enumerate()
        .map(|(group, weights)| {
            let mut out = vec![Fr::ZERO; rows];
            out.par_chunks_mut(block).enumerate().for_each(|(index, out)| {
                let cells = &cells[index * block * width + group * columns..];
                either!(cpu, ifma => ifma.dot_small(cells, width, weights, out), portable(cells, width, weights, out));
            });
            out
        })
        .reduce_with(|a, b| a.iter().zip(&b).map(|(a, b)| *a + b).collect())
        .unwrap_or_default()
}

fn portable<T: Cell>(cells: &[T], stride: usize, weights: &[Fr], out: &mut [Fr]) {
    for (out, row) in out.iter_mut().zip(cells.chunks(stride)) {
        *out = row.iter().zip(weights).map(|(cell, weight)| to_field((*cell).into()) * weight).sum();
    }
}
