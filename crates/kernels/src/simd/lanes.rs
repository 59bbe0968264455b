//! Eight field elements at a time: five planes of 52-bit limbs, Montgomery radix R = 2^260.
//!
//! A [`V`] is *normalised* when every limb is below 2^52; only then may it be multiplied. Its value is only
//! bounded: "below k p" means the integer, not the residue. Writing q = 2^-52 mod p < p and R/p > 84,
//! a product of values below A p and B p is below (2 + A B / 84) p: never a conditional subtraction, and
//! A B up to several hundred keeps everything below 8 p.
#![allow(clippy::needless_range_loop, reason = "limb i of one array meets limb i, j or i + j of another")]

use crate::constants::{Constants, LIMB_BITS, LIMBS, MASK, RECIPROCAL_BITS};
use ark_ff::MontConfig;
use std::arch::x86_64::*;

/// Eight elements, limb i of all of them in plane i.
#[derive(Clone, Copy)]
pub struct V(pub [__m512i; LIMBS]);

/// Columns of a double-width product; each may hold up to 2^64 - 1.
pub type Wide = [__m512i; 2 * LIMBS];

/// The same 64-bit value in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn splat(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

/// The same element in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn splat_limbs(limbs: &[u64; LIMBS]) -> V {
    V([splat(limbs[0]), splat(limbs[1]), splat(limbs[2]), splat(limbs[3]), splat(limbs[4])])
}

/// Zero in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn zero() -> V {
    V([_mm512_setzero_si512(); LIMBS])
}

/// k * p for k < 8.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn multiple<C: MontConfig<4>>(k: usize) -> V {
    let planes = &Constants::<C>::MULTIPLES;
    splat_limbs(&[planes[0][k], planes[1][k], planes[2][k], planes[3][k], planes[4][k]])
}

/// Carries of *signed* limbs (each above -2^62) moved upwards: normalised if the value is in [0, 2^260).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn normalise(a: V) -> V {
    let mask = splat(MASK);
    let mut out = a.0;
    for i in 0..LIMBS - 1 {
        out[i + 1] = _mm512_add_epi64(out[i + 1], _mm512_srai_epi64::<LIMB_BITS>(out[i]));
        out[i] = _mm512_and_si512(out[i], mask);
    }
    V(out)
}

/// a + b limb by limb, not normalised.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn add_raw(a: V, b: V) -> V {
    let mut out = a.0;
    for i in 0..LIMBS {
        out[i] = _mm512_add_epi64(a.0[i], b.0[i]);
    }
    V(out)
}

/// a - b limb by limb: limbs may be negative.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn sub_raw(a: V, b: V) -> V {
    let mut out = a.0;
    for i in 0..LIMBS {
        out[i] = _mm512_sub_epi64(a.0[i], b.0[i]);
    }
    V(out)
}

/// a + b, normalised; below the sum of the bounds.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn add(a: V, b: V) -> V {
    normalise(add_raw(a, b))
}

/// a - b + k p, normalised: b must be below k p, k < 8.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn sub<C: MontConfig<4>>(a: V, b: V, k: usize) -> V {
    normalise(sub_raw(add_raw(a, multiple::<C>(k)), b))
}

/// Columns plus a * b. Each call adds less than 10 * 2^52 to a column: at most 400 calls between two
/// [`reduce`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn multiply_accumulate(mut columns: Wide, a: V, b: V) -> Wide {
    for i in 0..LIMBS {
        for j in 0..LIMBS {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], a.0[i], b.0[j]);
        }
        for j in 0..LIMBS {
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], a.0[i], b.0[j]);
        }
    }
    columns
}

/// T / R mod p for the value T of the columns: normalised, below T / R + 2 p. T / R must be below 2^259.
///
/// Four limbs are replaced by their product with q = 2^-52 mod p, one place up; together they add less than
/// (1 + 2^-51) q at the end. The fifth is a Montgomery step proper, which adds less than p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn reduce<C: MontConfig<4>>(mut c: Wide) -> V {
    let q = splat_limbs(&Constants::<C>::Q).0;
    for i in 0..LIMBS - 1 {
        let limb = c[i];
        c[i + 1] = _mm512_add_epi64(c[i + 1], _mm512_srli_epi64::<LIMB_BITS>(limb));
        for j in 0..LIMBS {
            c[i + 1 + j] = _mm512_madd52lo_epu64(c[i + 1 + j], limb, q[j]);
        }
        for j in 0..LIMBS {
            c[i + 2 + j] = _mm512_madd52hi_epu64(c[i + 2 + j], limb, q[j]);
        }
    }
    let p = splat_limbs(&Constants::<C>::P).0;
    let digit = _mm512_madd52lo_epu64(_mm512_setzero_si512(), c[4], splat(Constants::<C>::NEGATED_INVERSE));
    for j in 0..LIMBS {
        c[4 + j] = _mm512_madd52lo_epu64(c[4 + j], digit, p[j]);
    }
    for j in 0..LIMBS {
        c[5 + j] = _mm512_madd52hi_epu64(c[5 + j], digit, p[j]);
    }
    let mask = splat(MASK);
    for i in 4..2 * LIMBS - 1 {
        c[i + 1] = _mm512_add_epi64(c[i + 1], _mm512_srli_epi64::<LIMB_BITS>(c[i]));
        c[i] = _mm512_and_si512(c[i], mask);
    }
    V([c[5], c[6], c[7], c[8], c[9]])
}

/// a b / R mod p of normalised values below A p, B p: normalised, below (2 + A B / 84) p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn multiply<C: MontConfig<4>>(a: V, b: V) -> V {
    reduce::<C>(multiply_accumulate([_mm512_setzero_si512(); 2 * LIMBS], a, b))
}

/// a^2 / R mod p: as [`multiply`], with 30 instead of 50 limb products.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn square<C: MontConfig<4>>(a: V) -> V {
    let mut c = [_mm512_setzero_si512(); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in i + 1..LIMBS {
            c[i + j] = _mm512_madd52lo_epu64(c[i + j], a.0[i], a.0[j]);
        }
        for j in i + 1..LIMBS {
            c[i + j + 1] = _mm512_madd52hi_epu64(c[i + j + 1], a.0[i], a.0[j]);
        }
    }
    for column in c.iter_mut().skip(1) {
        *column = _mm512_add_epi64(*column, *column);
    }
    for i in 0..LIMBS {
        c[2 * i] = _mm512_madd52lo_epu64(c[2 * i], a.0[i], a.0[i]);
        c[2 * i + 1] = _mm512_madd52hi_epu64(c[2 * i + 1], a.0[i], a.0[i]);
    }
    reduce::<C>(c)
}

/// A normalised value below 8 p, less the multiple of p that its highest limb shows: normalised, below
/// p + 2^216 (2^-40 of quotient lost by rounding), so not p or more but for the rarest values.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn reduce_below_8p<C: MontConfig<4>>(a: V) -> V {
    let scaled = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a.0[4], splat(Constants::<C>::TOP_RECIPROCAL));
    let quotient = _mm512_srli_epi64::<RECIPROCAL_BITS>(scaled);
    let mut out = a.0;
    for (limb, row) in out.iter_mut().zip(&Constants::<C>::MULTIPLES) {
        let row = _mm512_set_epi64(
            row[7].cast_signed(),
            row[6].cast_signed(),
            row[5].cast_signed(),
            row[4].cast_signed(),
            row[3].cast_signed(),
            row[2].cast_signed(),
            row[1].cast_signed(),
            0,
        );
        *limb = _mm512_sub_epi64(*limb, _mm512_permutexvar_epi64(quotient, row));
    }
    normalise(V(out))
}

/// The residue in [0, p) of a normalised value below 8 p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn canonical<C: MontConfig<4>>(a: V) -> V {
    let near = reduce_below_8p::<C>(a);
    // p or more is only possible where the highest limb reaches that of p: about once in 2^46. No function
    // call here, cold or not: it would send the vector through memory on the hot path, too.
    if _mm512_cmpge_epu64_mask(near.0[4], splat(Constants::<C>::P[4])) == 0 {
        near
    } else {
        subtract_p::<C>(near)
    }
}

/// One conditional subtraction of p: values below 2 p to [0, p).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn subtract_p<C: MontConfig<4>>(a: V) -> V {
    let less = normalise(sub_raw(a, multiple::<C>(1)));
    let negative = _mm512_cmplt_epi64_mask(less.0[4], _mm512_setzero_si512());
    select(negative, less, a)
}

/// `b` where the mask's bit is set, else `a`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn select(mask: __mmask8, a: V, b: V) -> V {
    let mut out = a.0;
    for i in 0..LIMBS {
        out[i] = _mm512_mask_blend_epi64(mask, a.0[i], b.0[i]);
    }
    V(out)
}

/// Lanes whose value is exactly zero.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn zero_lanes(a: V) -> __mmask8 {
    let any = _mm512_or_si512(
        _mm512_or_si512(_mm512_or_si512(a.0[0], a.0[1]), _mm512_or_si512(a.0[2], a.0[3])),
        a.0[4],
    );
    _mm512_testn_epi64_mask(any, any)
}
