//! Elementwise kernels on slices of elements in memory form (see [`pack`](super::pack)).
//!
//! Slices of one call have equal lengths; callers check that. Results are canonical, hence equal in bytes to
//! those of any other implementation.

use super::Ifma;
use super::lanes::{self, V};
use super::pack::{self, WIDTH};
use super::scalar::{invert_lanes, sum_lanes};
use crate::constants::{LIMBS, to_limbs};
use crate::{Element, Lanes};
use ark_ff::{Field, MontConfig};
use std::arch::x86_64::*;

/// Products accumulated between two reductions: 256 (1/84) p + 2 p is below 8 p, and columns hold 400.
const DELAY: usize = 256;

impl Ifma {
    /// out = left * right.
    pub fn multiply<C: MontConfig<4>>(
        self,
        left: &[Element<C>],
        right: &[Element<C>],
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { elementwise::<C, 0>(left, right, out) }
    }

    /// out = left + right.
    pub fn add<C: MontConfig<4>>(self, left: &[Element<C>], right: &[Element<C>], out: &mut [Element<C>]) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { elementwise::<C, 1>(left, right, out) }
    }

    /// out = left - right.
    pub fn subtract<C: MontConfig<4>>(
        self,
        left: &[Element<C>],
        right: &[Element<C>],
        out: &mut [Element<C>],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { elementwise::<C, 2>(left, right, out) }
    }

    /// sum left * right.
    pub fn inner_product<C: MontConfig<4>>(self, left: &[Element<C>], right: &[Element<C>]) -> Element<C> {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { inner_product(left, right) }
    }

    /// Each non-zero element by its inverse, with one inversion; returns how many are zero and stay so.
    pub fn invert<C: MontConfig<4>>(self, values: &mut [Element<C>]) -> usize {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { invert(values) }
    }

    /// low = low + challenge (high - low).
    pub fn fold<C: MontConfig<4>>(self, low: &mut [Element<C>], high: &[Element<C>], challenge: Element<C>) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { fold(low, high, challenge) }
    }

    /// high = low * challenge; low = low - high.
    pub fn eq_step<C: MontConfig<4>>(
        self,
        low: &mut [Element<C>],
        high: &mut [Element<C>],
        challenge: Element<C>,
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { eq_step(low, high, challenge) }
    }
}

/// A factor for values in memory form: 16 x in radix 2^256 has the limbs of x in radix 2^260.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn splat_factor<C: MontConfig<4>>(x: Element<C>) -> V {
    lanes::splat_limbs(&to_limbs(&(x * Element::<C>::from(16u64)).0.0))
}

/// The operation 0 (product), 1 (sum), 2 (difference) on eight elements.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn operate<C: MontConfig<4>, const OPERATION: u8>(x: V, y: V) -> V {
    lanes::canonical::<C>(match OPERATION {
        // The missing factor 2^4: one operand below 16 p, the product below 3 p.
        0 => {
            let mut shifted = x.0;
            for limb in &mut shifted {
                *limb = _mm512_slli_epi64::<4>(*limb);
            }
            lanes::multiply::<C>(lanes::normalise(V(shifted)), y)
        }
        1 => lanes::add(x, y),
        _ => lanes::sub::<C>(x, y, 1),
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn elementwise<C: MontConfig<4>, const OPERATION: u8>(
    left: &[Element<C>],
    right: &[Element<C>],
    out: &mut [Element<C>],
) {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks(), right.as_chunks());
    let (out, out_rest) = out.as_chunks_mut();
    for ((x, y), out) in left.iter().zip(right).zip(out) {
        pack::store(operate::<C, OPERATION>(pack::load(x), pack::load(y)), out);
    }
    let rest = operate::<C, OPERATION>(pack::load_partial(left_rest), pack::load_partial(right_rest));
    pack::store_partial(rest, out_rest);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn inner_product<C: MontConfig<4>>(left: &[Element<C>], right: &[Element<C>]) -> Element<C> {
    let mut total = lanes::zero();
    for (left, right) in left.chunks(DELAY * WIDTH).zip(right.chunks(DELAY * WIDTH)) {
        let ((left, left_rest), (right, right_rest)) = (left.as_chunks(), right.as_chunks());
        let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
        for (x, y) in left.iter().zip(right) {
            columns = lanes::multiply_accumulate(columns, pack::load::<C>(x), pack::load::<C>(y));
        }
        if !left_rest.is_empty() {
            let (x, y) = (pack::load_partial::<C>(left_rest), pack::load_partial::<C>(right_rest));
            columns = lanes::multiply_accumulate(columns, x, y);
        }
        total = lanes::canonical::<C>(lanes::add(total, lanes::reduce::<C>(columns)));
    }
    sum_lanes::<C>(total) * Element::<C>::from(16u64)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn invert<C: MontConfig<4>>(values: &mut [Element<C>]) -> usize {
    let one = lanes::splat_limbs(&[1, 0, 0, 0, 0]);
    let mut products = vec![Lanes::default(); values.len().div_ceil(WIDTH)];
    let mut product = one;
    let mut zeros = 0;
    for (chunk, before) in values.chunks(WIDTH).zip(&mut products) {
        let x = load_any(chunk);
        let none = lanes::zero_lanes(x);
        // Lanes beyond a short chunk's end are zero, too, but are no elements.
        zeros += none.count_ones() as usize - (WIDTH - chunk.len());
        pack::store_lanes(product, before);
        product = lanes::multiply::<C>(product, lanes::select(none, x, one));
    }
    // Elements a in memory form are lanes of a / 16: 2^-8 is the scale that memory form wants.
    let mut inverse = invert_lanes::<C>(product, Element::<C>::ONE);
    for (chunk, before) in values.chunks_mut(WIDTH).zip(&products).rev() {
        let x = load_any(chunk);
        let none = lanes::zero_lanes(x);
        let result = lanes::canonical::<C>(lanes::multiply::<C>(inverse, pack::load_lanes(before)));
        inverse = lanes::multiply::<C>(inverse, lanes::select(none, x, one));
        pack::store_any(lanes::select(none, result, lanes::zero()), chunk);
    }
    zeros
}

/// Eight elements, or fewer and zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn load_any<C: MontConfig<4>>(chunk: &[Element<C>]) -> V {
    match <&[Element<C>; WIDTH]>::try_from(chunk) {
        Ok(full) => pack::load(full),
        Err(_) => pack::load_partial(chunk),
    }
}

/// x + z (y - x): the difference below 2 p, the product below 3 p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn interpolate<C: MontConfig<4>>(x: V, y: V, z: V) -> V {
    let product = lanes::multiply::<C>(lanes::sub::<C>(y, x, 1), z);
    lanes::canonical::<C>(lanes::add(product, x))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn fold<C: MontConfig<4>>(low: &mut [Element<C>], high: &[Element<C>], challenge: Element<C>) {
    let z = splat_factor(challenge);
    let ((low, low_rest), (high, high_rest)) = (low.as_chunks_mut(), high.as_chunks());
    for (x, y) in low.iter_mut().zip(high) {
        pack::store(interpolate::<C>(pack::load(x), pack::load(y), z), x);
    }
    let rest = interpolate::<C>(pack::load_partial(low_rest), pack::load_partial(high_rest), z);
    pack::store_partial(rest, low_rest);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn eq_step<C: MontConfig<4>>(low: &mut [Element<C>], high: &mut [Element<C>], challenge: Element<C>) {
    let z = splat_factor(challenge);
    let split = |x: V| {
        let above = lanes::canonical::<C>(lanes::multiply::<C>(x, z));
        (lanes::canonical::<C>(lanes::sub::<C>(x, above, 1)), above)
    };
    let ((low, low_rest), (high, high_rest)) = (low.as_chunks_mut(), high.as_chunks_mut());
    for (x, y) in low.iter_mut().zip(high) {
        let (below, above) = split(pack::load(x));
        pack::store(below, x);
        pack::store(above, y);
    }
    let (below, above) = split(pack::load_partial(low_rest));
    pack::store_partial(below, low_rest);
    pack::store_partial(above, high_rest);
}
