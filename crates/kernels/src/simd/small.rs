//! Small integers times field elements, accumulated without reduction.
//!
//! Cells are made non-negative by an offset, subtracted once at the end as offset * sum of weights. A byte
//! times a 44-bit limb fits in the low half of a product: six instructions for eight products. Wider cells
//! take both halves of products with 52-bit limbs: ten.

use super::Ifma;
use super::lanes;
use super::pack;
use crate::constants::{LIMB_BITS, LIMBS, MASK, to_limbs};
use crate::{Cell, Element};
use ark_ff::{Field, MontConfig};
use std::arch::x86_64::*;

/// Cells of one row handled together: four vectors.
const COLUMNS: usize = 32;
const VECTORS: usize = COLUMNS / pack::WIDTH;

/// Rows between two reductions: each adds less than 2 * 2^52 to a 64-bit accumulator.
const ROWS: usize = 1024;

/// Bits of the limbs that bytes are multiplied with.
pub const SHORT_BITS: u32 = 44;

/// How cells become vectors of integers.
pub trait Widen: Cell {
    /// Eight cells, sign-extended.
    ///
    /// # Safety
    /// The processor must have AVX-512 F.
    unsafe fn widen(cells: &[Self; 8]) -> __m512i;
}

macro_rules! widen {
    ($cell:ty, $load:ident, $extend:ident) => {
        impl Widen for $cell {
            #[inline]
            #[target_feature(enable = "avx512f,avx512ifma")]
            unsafe fn widen(cells: &[Self; 8]) -> __m512i {
                // SAFETY: the reference covers the eight cells read; the load needs no alignment.
                $extend(unsafe { $load(cells.as_ptr().cast()) })
            }
        }
    };
}

widen!(i8, _mm_loadl_epi64, _mm512_cvtepi8_epi64);
widen!(i16, _mm_loadu_si128, _mm512_cvtepi16_epi64);
widen!(i32, _mm256_loadu_si256, _mm512_cvtepi32_epi64);

impl Ifma {
    /// out\[i\] = sum_j weights\[j\] * cells\[j * stride + start + i\]; `cells` must hold them all.
    pub fn fold_small<C: MontConfig<4>, T: Widen>(
        self,
        cells: &[T],
        stride: usize,
        start: usize,
        weights: &[Element<C>],
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe {
            if size_of::<T>() == 1 {
                fold_small::<C, T, { LIMBS + 1 }, SHORT_BITS>(cells, stride, start, weights, out);
            } else {
                fold_small::<C, T, LIMBS, LIMB_BITS>(cells, stride, start, weights, out);
            }
        }
    }
}

/// The lowest `N` limbs of `BITS` bits of a 256-bit integer.
pub fn cut<const N: usize, const BITS: u32>(a: &[u64; 4]) -> [u64; N] {
    std::array::from_fn(|i| {
        let bit = i * BITS as usize;
        let (word, shift) = (bit / 64, bit % 64);
        let low = u128::from(a[word]) | (u128::from(*a.get(word + 1).unwrap_or(&0)) << 64);
        (low >> shift) as u64 & ((1 << BITS) - 1)
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn fold_small<C: MontConfig<4>, T: Widen, const N: usize, const BITS: u32>(
    cells: &[T],
    stride: usize,
    start: usize,
    weights: &[Element<C>],
    out: &mut [Element<C>],
) {
    let limbs: Vec<[u64; N]> = weights.iter().map(|weight| cut::<N, BITS>(&weight.0.0)).collect();
    let offset = -(weights.iter().sum::<Element<C>>() * Element::<C>::from(T::OFFSET));
    let offset = lanes::splat_limbs(&to_limbs(&offset.0.0));
    // T / R, times 2^520, over R again: T. 2^264 in radix 2^256 has the limbs of 2^520.
    let restore = lanes::splat_limbs(&to_limbs(&Element::<C>::from(2u64).pow([264]).0.0));
    for (block, out) in out.chunks_mut(COLUMNS).enumerate() {
        let column = start + block * COLUMNS;
        let mut totals = [offset; VECTORS];
        for (group, limbs) in limbs.chunks(ROWS).enumerate() {
            let first = &cells[group * ROWS * stride + column..];
            let sums = accumulate::<T, N, BITS>(first, stride, out.len(), limbs);
            for (total, sum) in totals.iter_mut().zip(sums) {
                let sum = lanes::multiply::<C>(lanes::reduce::<C>(spread::<BITS>(sum)), restore);
                *total = lanes::canonical::<C>(lanes::add(*total, sum));
            }
        }
        for (chunk, total) in out.chunks_mut(pack::WIDTH).zip(totals) {
            pack::store_partial(total, chunk);
        }
    }
}

/// Unreduced limbs of sum (cell + offset) * weight over at most [`ROWS`] rows of `width` cells.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate<T: Widen, const N: usize, const BITS: u32>(
    cells: &[T],
    stride: usize,
    width: usize,
    weights: &[[u64; N]],
) -> [[__m512i; LIMBS + 1]; VECTORS] {
    let mut sums = [[_mm512_setzero_si512(); LIMBS + 1]; VECTORS];
    let shift = lanes::splat(T::OFFSET);
    for (j, weight) in weights.iter().enumerate() {
        let row = &cells[j * stride..j * stride + width];
        let mut padded = [T::default(); COLUMNS];
        let row: &[T; COLUMNS] = match row.try_into() {
            Ok(row) => row,
            Err(_) => {
                padded[..width].copy_from_slice(row);
                &padded
            }
        };
        let (parts, _) = row.as_chunks();
        let mut values = [shift; VECTORS];
        for (value, part) in values.iter_mut().zip(parts) {
            // SAFETY: this function is compiled for AVX-512 F, so it runs on no other processor.
            *value = _mm512_add_epi64(unsafe { T::widen(part) }, shift);
        }
        for i in 0..N {
            let limb = lanes::splat(weight[i]);
            for (sum, value) in sums.iter_mut().zip(values) {
                sum[i] = _mm512_madd52lo_epu64(sum[i], value, limb);
                if BITS == LIMB_BITS {
                    sum[i + 1] = _mm512_madd52hi_epu64(sum[i + 1], value, limb);
                }
            }
        }
    }
    sums
}

/// Limbs of any 64-bit size at multiples of `BITS` to columns at multiples of 52.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn spread<const BITS: u32>(limbs: [__m512i; LIMBS + 1]) -> lanes::Wide {
    let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
    let mask = lanes::splat(MASK);
    for (i, limb) in limbs.into_iter().enumerate() {
        let bit = i as u32 * BITS;
        let (column, shift) = ((bit / LIMB_BITS) as usize, bit % LIMB_BITS);
        let left = _mm_cvtsi64_si128(i64::from(shift));
        let right = _mm_cvtsi64_si128(i64::from(LIMB_BITS - shift));
        let low = _mm512_and_si512(_mm512_sll_epi64(limb, left), mask);
        columns[column] = _mm512_add_epi64(columns[column], low);
        columns[column + 1] = _mm512_add_epi64(columns[column + 1], _mm512_srl_epi64(limb, right));
    }
    columns
}

// Two halves of a product per row and accumulator.
const _: () = assert!(ROWS * 2 < 1 << (64 - LIMB_BITS));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limbs_of_any_width_recompose() {
        for a in [[u64::MAX; 4], [1, 2, 3, 4], [0, 0, 0, 1 << 61]] {
            let short: [u64; 6] = cut::<6, SHORT_BITS>(&a);
            let bit = |i: usize| (a[i / 64] >> (i % 64)) & 1;
            for i in 0..256 {
                assert_eq!((short[i / 44] >> (i % 44)) & 1, bit(i));
            }
            assert_eq!(cut::<5, LIMB_BITS>(&a), to_limbs(&a));
        }
    }
}
