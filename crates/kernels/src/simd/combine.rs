//! Rows of cells that lie anywhere, combined by field weights: [`small`](super::small) for a few rows at a time.

use super::Ifma;
use super::lanes::{self, V};
use super::pack::{self, WIDTH};
use super::small::{Widen, cut, spread};
use super::vector::{load_any, splat_factor};
use crate::constants::{LIMB_BITS, LIMBS, to_limbs};
use crate::{Cell, Element};
use ark_ff::{AdditiveGroup, Field, MontConfig};
use std::arch::x86_64::*;

/// Cells handled together: four vectors.
const COLUMNS: usize = 4 * WIDTH;
const VECTORS: usize = COLUMNS / WIDTH;

/// Rows between two reductions: each adds less than 2 * 2^52 to a 64-bit accumulator.
const ROWS: usize = 1024;

impl Ifma {
    /// out\[i\] = constant + sum_j weights\[j\] * rows\[j\]\[i\]; every row has as many cells as `out`, and there are
    /// as many weights as rows.
    pub fn combine_small<C: MontConfig<4>>(
        self,
        rows: &[&[i16]],
        weights: &[Element<C>],
        constant: Element<C>,
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { combine(rows, weights, constant, out) }
    }
}

/// Products between two reductions, as in [`vector`](super::vector): 256 (1/84) p + 2 p is below 8 p.
const DELAY: usize = 256;

impl Ifma {
    /// out\[i\] = sum_j weights\[j\] * rows\[j\]\[i\]; every row has as many elements as `out`, and there are as
    /// many weights as rows.
    pub fn combine<C: MontConfig<4>>(
        self,
        rows: &[&[Element<C>]],
        weights: &[Element<C>],
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { combine_full(rows, weights, out) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn combine_full<C: MontConfig<4>>(rows: &[&[Element<C>]], weights: &[Element<C>], out: &mut [Element<C>]) {
    out.fill(Element::<C>::ZERO);
    for (rows, weights) in rows.chunks(DELAY).zip(weights.chunks(DELAY)) {
        let weights: Vec<V> = weights.iter().map(|weight| splat_factor::<C>(*weight)).collect();
        for (at, out) in out.chunks_mut(WIDTH).enumerate() {
            let span = at * WIDTH..at * WIDTH + out.len();
            let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
            for (row, weight) in rows.iter().zip(&weights) {
                let cells = load_any::<C>(&row[span.clone()]);
                columns = lanes::multiply_accumulate(columns, cells, *weight);
            }
            let sum = lanes::add(load_any(out), lanes::canonical::<C>(lanes::reduce::<C>(columns)));
            pack::store_any(lanes::canonical::<C>(sum), out);
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn combine<C: MontConfig<4>>(
    rows: &[&[i16]],
    weights: &[Element<C>],
    constant: Element<C>,
    out: &mut [Element<C>],
) {
    // Weights times R = 2^260, so that T / R is the sum itself.
    let radix = Element::<C>::from(2u64).pow([260]);
    let limbs: Vec<[u64; LIMBS]> =
        weights.iter().map(|weight| cut::<LIMBS, LIMB_BITS>(&(*weight * radix).0.0)).collect();
    let offset = constant - weights.iter().sum::<Element<C>>() * Element::<C>::from(<i16 as Cell>::OFFSET);
    let offset = lanes::splat_limbs(&to_limbs(&offset.0.0));
    for (block, out) in out.chunks_mut(COLUMNS).enumerate() {
        let span = block * COLUMNS..block * COLUMNS + out.len();
        let mut totals = [offset; VECTORS];
        for (rows, limbs) in rows.chunks(ROWS).zip(limbs.chunks(ROWS)) {
            let sums = accumulate(rows, &span, limbs);
            for (total, sum) in totals.iter_mut().zip(sums) {
                // T is below 2^26 p, so that T / R + 2 p is below 3 p.
                let sum = lanes::reduce::<C>(spread::<LIMB_BITS>(sum));
                *total = lanes::canonical::<C>(lanes::add(*total, sum));
            }
        }
        for (chunk, total) in out.chunks_mut(WIDTH).zip(totals) {
            pack::store_any(total, chunk);
        }
    }
}

/// Unreduced limbs of sum (cell + offset) * weight over at most [`ROWS`] rows at `span`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate(
    rows: &[&[i16]],
    span: &std::ops::Range<usize>,
    weights: &[[u64; LIMBS]],
) -> [[__m512i; LIMBS + 1]; VECTORS] {
    let mut sums = [[_mm512_setzero_si512(); LIMBS + 1]; VECTORS];
    let shift = lanes::splat(<i16 as Cell>::OFFSET);
    for (row, weight) in rows.iter().zip(weights) {
        let row = &row[span.clone()];
        let mut padded = [0; COLUMNS];
        let row: &[i16; COLUMNS] = match row.try_into() {
            Ok(row) => row,
            Err(_) => {
                padded[..row.len()].copy_from_slice(row);
                &padded
            }
        };
        let (parts, _) = row.as_chunks();
        let mut values = [shift; VECTORS];
        for (value, part) in values.iter_mut().zip(parts) {
            // SAFETY: this function is compiled for AVX-512 F, so it runs on no other processor.
            *value = _mm512_add_epi64(unsafe { i16::widen(part) }, shift);
        }
        for i in 0..LIMBS {
            let limb = lanes::splat(weight[i]);
            for (sum, value) in sums.iter_mut().zip(values) {
                sum[i] = _mm512_madd52lo_epu64(sum[i], value, limb);
                sum[i + 1] = _mm512_madd52hi_epu64(sum[i + 1], value, limb);
            }
        }
    }
    sums
}

// Two halves of a product per row and accumulator.
const _: () = assert!(ROWS * 2 < 1 << (64 - LIMB_BITS));
