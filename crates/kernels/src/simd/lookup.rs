//! Evaluations of a range lookup's round polynomial.
//!
//! The three summands have b + 1, b and b - 1 factors, so in memory form they lose different powers of 2^4:
//! each has accumulators of its own, scaled at the end.

use super::Ifma;
use super::lanes::{self, V, Wide};
use super::pack::WIDTH;
use super::rounds::Halves;
use super::scalar::sum_lanes;
use super::vector::load_any;
use crate::constants::{Constants, LIMBS};
use crate::{Element, MAX_COLUMNS};
use ark_ff::MontConfig;
use std::arch::x86_64::*;

/// Tables before the columns: `eq_helper`, `eq`, `eq_first`.
const HEAD: usize = 3;

/// Tables.
const TABLES: usize = HEAD + MAX_COLUMNS;

/// Points: 0 to the degree.
const POINTS: usize = MAX_COLUMNS + 2;

/// Vectors between two reductions. With v = 2 x + 1, tables are below v p at x <= b + 1, products of two below
/// (2 + v^2 / 84) p; a denominator is below 7 p from two columns on, below v p for one; a numerator is below
/// 2 v p for two columns, below 17 p for more. The largest products of two are eq_first times the numerator,
/// A B <= 162 (b = 3: 9 times 18) or less: 16 of them are below 31 p < 2^259 / R.
const DELAY: usize = 16;

/// Summands: `eq_helper` A_1 R, `eq` R, `eq_first` N.
const SUMMANDS: usize = 3;

impl Ifma {
    /// For each x in `points` (ascending, at most the number of columns plus one): sum of
    /// eq_helper A_1 R - eq_first N - eq R, with R the product of the columns but the first, N that of the
    /// products of all but one of them; all tables at x. Tables: `eq_helper`, `eq`, `eq_first`, then one to
    /// [`MAX_COLUMNS`] columns, halves of equal length.
    pub fn lookup_round<C: MontConfig<4>>(
        self,
        tables: &[Halves<'_, C>],
        points: &[usize],
    ) -> Vec<Element<C>> {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { lookup_round(tables, points) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn lookup_round<C: MontConfig<4>>(tables: &[Halves<'_, C>], points: &[usize]) -> Vec<Element<C>> {
    let length = tables[0].0.len();
    let mut totals = [[lanes::zero(); SUMMANDS]; POINTS];
    let step = DELAY * WIDTH;
    for start in (0..length).step_by(step) {
        let mut columns = [[[_mm512_setzero_si512(); 2 * LIMBS]; SUMMANDS]; POINTS];
        for from in (start..length.min(start + step)).step_by(WIDTH) {
            accumulate::<C>(tables, from..length.min(from + WIDTH), points, &mut columns);
        }
        let one = lanes::splat_limbs(&Constants::<C>::ONE);
        for (totals, columns) in totals.iter_mut().zip(columns).take(points.len()) {
            for (total, columns) in totals.iter_mut().zip(columns) {
                // T / R below 2^259; times one, below 3 p.
                let sum = lanes::multiply::<C>(lanes::reduce::<C>(columns), one);
                *total = lanes::canonical::<C>(lanes::add(*total, sum));
            }
        }
    }
    // k values in memory form lose 2^(4 (k - 1)); with one column there is no third summand.
    let b = tables.len() - HEAD;
    let power =
        |k: usize| (0..k).fold(Element::<C>::from(1u64), |scale, _| scale * Element::<C>::from(16u64));
    let value = |[helper, eq, first]: &[V; SUMMANDS]| {
        let scale = power(b.saturating_sub(2));
        let upper = sum_lanes::<C>(*helper) * power(b) - sum_lanes::<C>(*eq) * power(b - 1);
        upper - sum_lanes::<C>(*first) * scale
    };
    totals.iter().take(points.len()).map(value).collect()
}

/// Eight terms at all points.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate<C: MontConfig<4>>(
    tables: &[Halves<'_, C>],
    span: std::ops::Range<usize>,
    points: &[usize],
    columns: &mut [[Wide; SUMMANDS]; POINTS],
) {
    let mut values = [lanes::zero(); TABLES];
    let mut steps = [lanes::zero(); TABLES];
    for (j, (low, high)) in tables.iter().enumerate() {
        values[j] = load_any(&low[span.clone()]);
        steps[j] = lanes::sub::<C>(load_any(&high[span.clone()]), values[j], 1);
    }
    let values = &mut values[..tables.len()];
    let mut at = 0;
    for (point, columns) in points.iter().zip(columns) {
        if at < *point {
            for (value, step) in values.iter_mut().zip(steps) {
                for _ in at..*point {
                    *value = lanes::add_raw(*value, step);
                }
                *value = lanes::normalise(*value);
            }
            at = *point;
        }
        let [eq_helper, eq, eq_first, first, others @ ..] = &*values else { return };
        let helper = lanes::multiply::<C>(*eq_helper, *first);
        let (numerator, denominator) = fraction::<C>(others);
        columns[0] = lanes::multiply_accumulate(columns[0], helper, denominator);
        columns[1] = lanes::multiply_accumulate(columns[1], *eq, denominator);
        if let Some(numerator) = numerator {
            columns[2] = lanes::multiply_accumulate(columns[2], *eq_first, numerator);
        }
    }
}

/// The sum of the columns' inverses as a fraction: numerator (none: 0) and denominator. In memory form the
/// numerator's k - 1 factors are one less than the denominator's, so that both summands below fit together.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn fraction<C: MontConfig<4>>(columns: &[V]) -> (Option<V>, V) {
    let one = lanes::splat_limbs(&Constants::<C>::ONE);
    let (mut numerator, mut denominator) = match columns {
        [] => return (None, one),
        [a] => return (Some(one), *a),
        [a, b, ..] => (lanes::add(*a, *b), lanes::multiply::<C>(*a, *b)),
    };
    for column in &columns[2..] {
        numerator = lanes::add(lanes::multiply::<C>(numerator, *column), denominator);
        denominator = lanes::multiply::<C>(denominator, *column);
    }
    (Some(numerator), denominator)
}
