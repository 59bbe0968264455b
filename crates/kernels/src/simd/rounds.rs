//! Evaluations of a sum-check round's polynomial.

use super::Ifma;
use super::lanes::{self, V, Wide};
use super::pack::WIDTH;
use super::scalar::sum_lanes;
use super::vector::load_any;
use crate::constants::{Constants, LIMBS};
use crate::{Element, MAX_FACTORS};
use ark_ff::MontConfig;
use std::arch::x86_64::*;

/// The two halves of a table.
pub type Halves<'a, C> = (&'a [Element<C>], &'a [Element<C>]);

impl Ifma {
    /// For each x in `points` (ascending, at most the number of factors): sum over i of
    /// weights\[i\] prod_j (low_j\[i\] + x (high_j\[i\] - low_j\[i\])), weight 1 where there are none.
    /// One to [`MAX_FACTORS`] factors of equal length.
    pub fn round<C: MontConfig<4>>(
        self,
        weights: Option<&[Element<C>]>,
        factors: &[Halves<'_, C>],
        points: &[usize],
    ) -> Vec<Element<C>> {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { round(weights, factors, points) }
    }
}

/// Vectors between two reductions. With values below (2 x + 1) p at x <= D, a sum of n last products is below
/// n A B p / 84 with A B <= 25 for D <= 3, and <= 94 for D <= 10: below 2^259 in both cases.
const fn delay(factors: usize) -> usize {
    if factors <= 3 { 128 } else { 32 }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn round<C: MontConfig<4>>(
    weights: Option<&[Element<C>]>,
    factors: &[Halves<'_, C>],
    points: &[usize],
) -> Vec<Element<C>> {
    let length = factors[0].0.len();
    let mut totals = [lanes::zero(); MAX_FACTORS + 1];
    let step = delay(factors.len()) * WIDTH;
    for start in (0..length).step_by(step) {
        let mut columns = [[_mm512_setzero_si512(); 2 * LIMBS]; MAX_FACTORS + 1];
        for from in (start..length.min(start + step)).step_by(WIDTH) {
            let to = length.min(from + WIDTH);
            let weight = weights.map(|weights| load_any(&weights[from..to]));
            match factors {
                [a] => accumulate::<C, 1>(weight, &[*a], from..to, points, &mut columns),
                [a, b] => accumulate::<C, 2>(weight, &[*a, *b], from..to, points, &mut columns),
                [a, b, c] => accumulate::<C, 3>(weight, &[*a, *b, *c], from..to, points, &mut columns),
                _ => accumulate_many::<C>(weight, factors, from..to, points, &mut columns),
            }
        }
        for (total, columns) in totals.iter_mut().zip(columns).take(points.len()) {
            // T / R below 2^259; times one, below 3 p.
            let one = lanes::splat_limbs(&Constants::<C>::ONE);
            let sum = lanes::multiply::<C>(lanes::reduce::<C>(columns), one);
            *total = lanes::canonical::<C>(lanes::add(*total, sum));
        }
    }
    // k values in memory form lose 2^(4 (k - 1)).
    let lost = factors.len() + usize::from(weights.is_some()) - 1;
    let scale = (0..lost).fold(Element::<C>::from(1u64), |scale, _| scale * Element::<C>::from(16u64));
    totals.iter().take(points.len()).map(|total| sum_lanes::<C>(*total) * scale).collect()
}

/// Eight terms at all points, D factors known at compile time.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate<C: MontConfig<4>, const D: usize>(
    weight: Option<V>,
    factors: &[Halves<'_, C>; D],
    span: std::ops::Range<usize>,
    points: &[usize],
    columns: &mut [Wide; MAX_FACTORS + 1],
) {
    let mut values = [lanes::zero(); D];
    let mut steps = [lanes::zero(); D];
    for j in 0..D {
        values[j] = load_any(&factors[j].0[span.clone()]);
        steps[j] = lanes::sub::<C>(load_any(&factors[j].1[span.clone()]), values[j], 1);
    }
    evaluate::<C>(weight, &mut values, &steps, points, columns);
}

/// Eight terms at all points, any number of factors.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate_many<C: MontConfig<4>>(
    weight: Option<V>,
    factors: &[Halves<'_, C>],
    span: std::ops::Range<usize>,
    points: &[usize],
    columns: &mut [Wide; MAX_FACTORS + 1],
) {
    let mut values = [lanes::zero(); MAX_FACTORS];
    let mut steps = [lanes::zero(); MAX_FACTORS];
    for (j, (low, high)) in factors.iter().enumerate() {
        values[j] = load_any(&low[span.clone()]);
        steps[j] = lanes::sub::<C>(load_any(&high[span.clone()]), values[j], 1);
    }
    evaluate::<C>(weight, &mut values[..factors.len()], &steps, points, columns);
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn evaluate<C: MontConfig<4>>(
    weight: Option<V>,
    values: &mut [V],
    steps: &[V],
    points: &[usize],
    columns: &mut [Wide; MAX_FACTORS + 1],
) {
    let mut at = 0;
    for (point, columns) in points.iter().zip(columns) {
        if at < *point {
            for (value, step) in values.iter_mut().zip(steps) {
                for _ in at..*point {
                    *value = lanes::add_raw(*value, *step);
                }
                *value = lanes::normalise(*value);
            }
            at = *point;
        }
        let Some((last, others)) = values.split_last() else { return };
        let mut product = weight;
        for value in others {
            product = Some(match product {
                Some(product) => lanes::multiply::<C>(product, *value),
                None => *value,
            });
        }
        let product = product.unwrap_or(lanes::splat_limbs(&Constants::<C>::ONE));
        *columns = lanes::multiply_accumulate(*columns, product, *last);
    }
}
