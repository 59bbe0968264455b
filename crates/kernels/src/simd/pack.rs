//! Between memory (elements of four 64-bit limbs, in arkworks' order) and planes of eight elements.
//!
//! Memory holds x R' with R' = 2^256; lanes multiply with R = 2^260. Nothing is converted: linear maps do
//! not care, and a product of k values in memory form loses the factor 2^(4 (k - 1)), put back in a constant.

use super::lanes::V;
use crate::constants::{LIMBS, MASK};
use crate::{Element, Lanes};
use ark_ff::{BigInt, MontConfig};
use std::arch::x86_64::*;

/// Elements in a vector.
pub const WIDTH: usize = 8;

/// Lane order of the 128-bit halves that [`untranspose`] gathers first.
const LOW: [i64; 8] = [0, 1, 8, 9, 2, 3, 10, 11];
const HIGH: [i64; 8] = [4, 5, 12, 13, 6, 7, 14, 15];

/// Limb planes in lane order of rows \[e0|e2\], \[e1|e3\], \[e4|e6\], \[e5|e7\] of four limbs each.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn transpose(rows: [__m512i; 4]) -> [__m512i; 4] {
    let even_low = _mm512_unpacklo_epi64(rows[0], rows[1]);
    let odd_low = _mm512_unpackhi_epi64(rows[0], rows[1]);
    let even_high = _mm512_unpacklo_epi64(rows[2], rows[3]);
    let odd_high = _mm512_unpackhi_epi64(rows[2], rows[3]);
    [
        _mm512_shuffle_i64x2::<0b10_00_10_00>(even_low, even_high),
        _mm512_shuffle_i64x2::<0b10_00_10_00>(odd_low, odd_high),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(even_low, even_high),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(odd_low, odd_high),
    ]
}

/// Inverse of [`transpose`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn untranspose(planes: [__m512i; 4]) -> [__m512i; 4] {
    let low = indices(LOW);
    let high = indices(HIGH);
    let even_low = _mm512_permutex2var_epi64(planes[0], low, planes[2]);
    let odd_low = _mm512_permutex2var_epi64(planes[1], low, planes[3]);
    let even_high = _mm512_permutex2var_epi64(planes[0], high, planes[2]);
    let odd_high = _mm512_permutex2var_epi64(planes[1], high, planes[3]);
    [
        _mm512_unpacklo_epi64(even_low, odd_low),
        _mm512_unpackhi_epi64(even_low, odd_low),
        _mm512_unpacklo_epi64(even_high, odd_high),
        _mm512_unpackhi_epi64(even_high, odd_high),
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn indices(i: [i64; 8]) -> __m512i {
    _mm512_set_epi64(i[7], i[6], i[5], i[4], i[3], i[2], i[1], i[0])
}

/// Planes of 64-bit limbs to planes of 52-bit limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn split(a: [__m512i; 4]) -> V {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    let pair = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    V([
        _mm512_and_si512(a[0], mask),
        pair(_mm512_srli_epi64::<52>(a[0]), _mm512_slli_epi64::<12>(a[1])),
        pair(_mm512_srli_epi64::<40>(a[1]), _mm512_slli_epi64::<24>(a[2])),
        pair(_mm512_srli_epi64::<28>(a[2]), _mm512_slli_epi64::<36>(a[3])),
        _mm512_srli_epi64::<16>(a[3]),
    ])
}

/// Planes of 52-bit limbs (normalised, value below 2^256) to planes of 64-bit limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn join(V(l): V) -> [__m512i; 4] {
    [
        _mm512_or_si512(l[0], _mm512_slli_epi64::<52>(l[1])),
        _mm512_or_si512(_mm512_srli_epi64::<12>(l[1]), _mm512_slli_epi64::<40>(l[2])),
        _mm512_or_si512(_mm512_srli_epi64::<24>(l[2]), _mm512_slli_epi64::<28>(l[3])),
        _mm512_or_si512(_mm512_srli_epi64::<36>(l[3]), _mm512_slli_epi64::<16>(l[4])),
    ]
}

/// Two elements' limbs as one vector.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn load_pair(low: &[u64; 4], high: &[u64; 4]) -> __m512i {
    // SAFETY: each reference covers the 32 bytes read; the load needs no alignment.
    unsafe {
        _mm512_inserti64x4::<1>(
            _mm512_castsi256_si512(_mm256_loadu_si256(low.as_ptr().cast())),
            _mm256_loadu_si256(high.as_ptr().cast()),
        )
    }
}

/// Inverse of [`load_pair`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn store_pair(pair: __m512i, low: &mut [u64; 4], high: &mut [u64; 4]) {
    // SAFETY: each reference covers the 32 bytes written; the store needs no alignment.
    unsafe {
        _mm256_storeu_si256(low.as_mut_ptr().cast(), _mm512_castsi512_si256(pair));
        _mm256_storeu_si256(high.as_mut_ptr().cast(), _mm512_extracti64x4_epi64::<1>(pair));
    }
}

/// Eight elements; value below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn load<C: MontConfig<4>>(e: &[Element<C>; WIDTH]) -> V {
    split(transpose([
        load_pair(&e[0].0.0, &e[2].0.0),
        load_pair(&e[1].0.0, &e[3].0.0),
        load_pair(&e[4].0.0, &e[6].0.0),
        load_pair(&e[5].0.0, &e[7].0.0),
    ]))
}

/// Inverse of [`load`]: `value` must be canonical (normalised and below p).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn store<C: MontConfig<4>>(value: V, e: &mut [Element<C>; WIDTH]) {
    let rows = untranspose(join(value));
    let [e0, e1, e2, e3, e4, e5, e6, e7] = e;
    store_pair(rows[0], &mut e0.0.0, &mut e2.0.0);
    store_pair(rows[1], &mut e1.0.0, &mut e3.0.0);
    store_pair(rows[2], &mut e4.0.0, &mut e6.0.0);
    store_pair(rows[3], &mut e5.0.0, &mut e7.0.0);
}

/// Up to eight elements, zero beyond the end.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn load_partial<C: MontConfig<4>>(e: &[Element<C>]) -> V {
    let mut padded = [Element::<C>::new_unchecked(BigInt([0; 4])); WIDTH];
    padded[..e.len()].copy_from_slice(e);
    load(&padded)
}

/// The first elements of a canonical value, as many as `e` holds (at most eight).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn store_partial<C: MontConfig<4>>(value: V, e: &mut [Element<C>]) {
    let mut full = [Element::<C>::new_unchecked(BigInt([0; 4])); WIDTH];
    store(value, &mut full);
    e.copy_from_slice(&full[..e.len()]);
}

/// [`store`] of eight elements, [`store_partial`] of fewer.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn store_any<C: MontConfig<4>>(value: V, e: &mut [Element<C>]) {
    match <&mut [Element<C>; WIDTH]>::try_from(&mut *e) {
        Ok(full) => store(value, full),
        Err(_) => store_partial(value, e),
    }
}

/// Limb planes from memory.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn load_lanes(lanes: &Lanes) -> V {
    let mut out = [_mm512_setzero_si512(); LIMBS];
    for (plane, source) in out.iter_mut().zip(&lanes.0) {
        // SAFETY: the reference covers the 64 bytes read, aligned by `Lanes`.
        *plane = unsafe { _mm512_load_si512(source.as_ptr().cast()) };
    }
    V(out)
}

/// Limb planes to memory.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn store_lanes(value: V, lanes: &mut Lanes) {
    for (plane, target) in value.0.into_iter().zip(&mut lanes.0) {
        // SAFETY: the reference covers the 64 bytes written, aligned by `Lanes`.
        unsafe { _mm512_store_si512(target.as_mut_ptr().cast(), plane) };
    }
}
