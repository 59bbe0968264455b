//! Rows of small integers times one vector of field elements, accumulated without reduction.
//!
//! As in [`small`](super::small), but lanes lie along a row: eight cells meet eight weights, whose limbs are
//! laid out as planes once for all rows. Each limb's lanes are summed at the end, for eight rows together: the
//! sums of row e go to lane e, and eight rows share one reduction.

use super::Ifma;
use super::lanes;
use super::pack::{self, WIDTH};
use super::small::{SHORT_BITS, Widen, spread};
use super::vector::load_any;
use crate::Element;
use crate::constants::{LIMB_BITS, LIMBS, MASK, to_limbs};
use ark_ff::{Field, MontConfig};
use std::arch::x86_64::*;

/// Vectors of weights whose planes are laid out at once (48 KiB at most, in a second-level cache).
const VECTORS: usize = 128;

/// Rows that share the loads of the weights' planes.
const ROWS: usize = 4;

/// Unreduced limbs of eight lanes.
type Sums = [__m512i; LIMBS + 1];

impl Ifma {
    /// out\[e\] = sum_i weights\[i\] * cells\[e * stride + i\]; `cells` must hold them all.
    pub fn dot_small<C: MontConfig<4>, T: Widen>(
        self,
        cells: &[T],
        stride: usize,
        weights: &[Element<C>],
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe {
            if size_of::<T>() == 1 {
                dot_small::<C, T, { LIMBS + 1 }, SHORT_BITS>(cells, stride, weights, out);
            } else {
                dot_small::<C, T, LIMBS, LIMB_BITS>(cells, stride, weights, out);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn dot_small<C: MontConfig<4>, T: Widen, const N: usize, const BITS: u32>(
    cells: &[T],
    stride: usize,
    weights: &[Element<C>],
    out: &mut [Element<C>],
) {
    out.fill(-(weights.iter().sum::<Element<C>>() * Element::<C>::from(T::OFFSET)));
    // As in `small`: T / R, times 2^520, over R again.
    let restore = lanes::splat_limbs(&to_limbs(&Element::<C>::from(2u64).pow([264]).0.0));
    let mut planes = [[_mm512_setzero_si512(); N]; VECTORS];
    for (block, weights) in weights.chunks(VECTORS * WIDTH).enumerate() {
        let planes = &mut planes[..weights.len().div_ceil(WIDTH)];
        for (planes, weights) in planes.iter_mut().zip(weights.chunks(WIDTH)) {
            *planes = cut::<C, N, BITS>(weights);
        }
        let cells = &cells[block * VECTORS * WIDTH..];
        for (group, out) in out.chunks_mut(WIDTH).enumerate() {
            let mut sums = [[_mm512_setzero_si512(); LIMBS + 1]; WIDTH];
            let row = |k: usize| &cells[(group * WIDTH + k) * stride..][..weights.len()];
            let (fours, _) = sums.as_chunks_mut();
            let whole = out.len() / ROWS;
            for (k, sums) in fours.iter_mut().enumerate().take(whole) {
                let rows = [row(ROWS * k), row(ROWS * k + 1), row(ROWS * k + 2), row(ROWS * k + 3)];
                *sums = accumulate::<T, N, BITS, ROWS>(rows, planes);
            }
            for (k, sum) in sums.iter_mut().enumerate().take(out.len()).skip(ROWS * whole) {
                [*sum] = accumulate::<T, N, BITS, 1>([row(k)], planes);
            }
            let sum = lanes::reduce::<C>(spread::<BITS>(across(&sums)));
            let total = lanes::add(load_any(out), lanes::multiply::<C>(sum, restore));
            pack::store_any(lanes::canonical::<C>(total), out);
        }
    }
}

/// Planes of the lowest `N` limbs of `BITS` bits of up to eight elements.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn cut<C: MontConfig<4>, const N: usize, const BITS: u32>(weights: &[Element<C>]) -> [__m512i; N] {
    let words = pack::join(load_any(weights));
    let mask = lanes::splat((1 << BITS) - 1);
    let mut out = [mask; N];
    for (i, plane) in out.iter_mut().enumerate() {
        let bit = i as u32 * BITS;
        let (word, shift) = ((bit / 64) as usize, bit % 64);
        let right = _mm_cvtsi64_si128(i64::from(shift));
        // A shift by 64 bits gives zero.
        let left = _mm_cvtsi64_si128(i64::from(64 - shift));
        let mut bits = _mm512_srl_epi64(words[word], right);
        if let Some(next) = words.get(word + 1) {
            bits = _mm512_or_si512(bits, _mm512_sll_epi64(*next, left));
        }
        *plane = _mm512_and_si512(bits, mask);
    }
    out
}

/// Unreduced limbs of sum (cell + offset) * weight of each of `R` rows, lane by lane; the rows have equal
/// lengths, and a plane's vector for each eight cells begun.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate<T: Widen, const N: usize, const BITS: u32, const R: usize>(
    rows: [&[T]; R],
    planes: &[[__m512i; N]],
) -> [Sums; R] {
    let mut sums = [[_mm512_setzero_si512(); LIMBS + 1]; R];
    let whole = rows[0].len() / WIDTH;
    let parts = rows.map(|row| &row.as_chunks().0[..whole]);
    for (j, plane) in planes[..whole].iter().enumerate() {
        sums = step::<T, N, BITS, R>(sums, parts.map(|part| &part[j]), plane);
    }
    if let Some(plane) = planes.get(whole) {
        // Beyond the end the weights are zero.
        let padded = rows.map(|row| {
            let mut padded = [T::default(); WIDTH];
            padded[..row.len() - whole * WIDTH].copy_from_slice(&row[whole * WIDTH..]);
            padded
        });
        sums = step::<T, N, BITS, R>(sums, padded.each_ref(), plane);
    }
    sums
}

/// Eight cells of each row.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn step<T: Widen, const N: usize, const BITS: u32, const R: usize>(
    mut sums: [Sums; R],
    cells: [&[T; WIDTH]; R],
    plane: &[__m512i; N],
) -> [Sums; R] {
    let shift = lanes::splat(T::OFFSET);
    let mut values = [shift; R];
    for (value, cells) in values.iter_mut().zip(cells) {
        // SAFETY: this function is compiled for AVX-512 F, so it runs on no other processor.
        *value = _mm512_add_epi64(unsafe { T::widen(cells) }, shift);
    }
    for i in 0..N {
        for (sum, value) in sums.iter_mut().zip(values) {
            sum[i] = _mm512_madd52lo_epu64(sum[i], value, plane[i]);
            if BITS == LIMB_BITS {
                sum[i + 1] = _mm512_madd52hi_epu64(sum[i + 1], value, plane[i]);
            }
        }
    }
    sums
}

/// Lane e of limb i: the sum of the eight lanes of limb i of row e.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn across(sums: &[Sums; WIDTH]) -> Sums {
    let mut out = [_mm512_setzero_si512(); LIMBS + 1];
    for (i, out) in out.iter_mut().enumerate() {
        // Rows 2 k and 2 k + 1 alternate, each as four sums of two lanes.
        let pair = |k: usize| {
            let (even, odd) = (sums[2 * k][i], sums[2 * k + 1][i]);
            _mm512_add_epi64(_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd))
        };
        // 128-bit parts (a, b): from two vectors of four parts each, the sums of parts 0 and 1, 2 and 3.
        let halves = |a, b| {
            _mm512_add_epi64(
                _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b),
            )
        };
        *out = halves(halves(pair(0), pair(1)), halves(pair(2), pair(3)));
    }
    out
}

// Two halves of a product per vector and accumulator, then eight lanes.
const _: () = assert!(VECTORS * 2 * WIDTH < 1 << (64 - LIMB_BITS) && MASK >> LIMB_BITS == 0);
