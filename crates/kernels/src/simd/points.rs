//! Batches of affine additions on y^2 = x^3 + 3, eight pairs at a time, with one inversion per batch.
//!
//! Points are kept on the isomorphic curve (x, y) -> (u^2 x, u^3 y), u = 1/4: in radix R = 2^260 its x has the
//! same limbs as x in arkworks' radix 2^256, and its y those of y / 4. The addition formulas do not contain
//! the curve's constant, so that packing costs one halving twice and no product.
//!
//! Coordinates in memory are below p + 2^216 (see [`lanes::reduce_below_8p`]); infinity has x = 0, exactly.
//! No point of the curve has x = 0: it would have order three, and the group's order is another prime.

use super::Ifma;
use super::lanes::{self, V};
use super::pack::{join, load_lanes, load_pair, split, store_lanes, store_pair, transpose, untranspose};
use super::scalar::invert_lanes;
use crate::Lanes;
use crate::constants::{Constants, LIMBS};
use ark_bn254::{Fq, FqConfig};
use std::arch::x86_64::*;

/// Pairs in a vector.
const WIDTH: usize = 8;

/// A point of the isomorphic curve, one cache line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Packed {
    /// u^2 x R mod p, or that plus p.
    pub x: [u64; 4],
    /// u^3 y R mod p, or that plus p.
    pub y: [u64; 4],
}

impl Packed {
    /// The neutral element.
    pub const INFINITY: Self = Self { x: [0; 4], y: [0; 4] };
}

/// One addition: `source[left] + source[right]`, each negated where the lowest bit of its code is set; the
/// code is twice the index, plus that bit. The sum goes to `target[output]`.
#[derive(Clone, Copy)]
pub struct Job {
    /// Code of the first summand.
    pub left: u32,
    /// Code of the second summand.
    pub right: u32,
    /// Index of the sum.
    pub output: u32,
}

/// What the backward pass needs of eight additions.
#[derive(Default)]
struct Step {
    rise: Lanes,
    run: Lanes,
    x: Lanes,
    y: Lanes,
    sum: Lanes,
    product: Lanes,
}

/// Lanes of one step in which the sum is not given by a slope.
struct Special {
    step: usize,
    /// The sum is the second summand.
    take_right: __mmask8,
    /// The sum is the first summand.
    take_left: __mmask8,
    /// The sum is infinity.
    cancel: __mmask8,
    right: [Lanes; 2],
}

/// Working memory of [`Ifma::add_pairs`], kept between calls.
#[derive(Default)]
pub struct Scratch {
    steps: Vec<Step>,
    special: Vec<Special>,
}

impl Ifma {
    /// All additions of `jobs`. Summands must be points of the curve; equal, opposite and infinite ones are
    /// told apart.
    pub fn add_pairs(self, source: &[Packed], jobs: &[Job], target: &mut [Packed], scratch: &mut Scratch) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { add_pairs(source, jobs, target, scratch) }
    }

    /// (beta x, y) for each (x, y): multiplication by a cube root of unity; `beta` are the limbs of a field
    /// element in radix R, below p.
    pub fn scale_abscissas(self, points: &mut [Packed], beta: &[u64; LIMBS]) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { scale_abscissas(points, beta) }
    }
}

/// One coordinate of eight points, below p + 2^216.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn gather(c: [&[u64; 4]; WIDTH]) -> V {
    split(transpose([
        load_pair(c[0], c[2]),
        load_pair(c[1], c[3]),
        load_pair(c[4], c[6]),
        load_pair(c[5], c[7]),
    ]))
}

/// Inverse of [`gather`]: rows of two coordinates each, in the order of `gather`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn scatter(value: V) -> [[u64; 4]; WIDTH] {
    let rows = untranspose(join(value));
    let mut out = [[0u64; 4]; WIDTH];
    let [e0, e1, e2, e3, e4, e5, e6, e7] = &mut out;
    store_pair(rows[0], e0, e2);
    store_pair(rows[1], e1, e3);
    store_pair(rows[2], e4, e6);
    store_pair(rows[3], e5, e7);
    out
}

/// Eight summands and their signs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_points(source: &[Packed], codes: [u32; WIDTH]) -> (V, V) {
    let p = codes.map(|code| &source[code as usize >> 1]);
    let negate = codes.iter().rev().fold(0u8, |mask, code| (mask << 1) | (code & 1) as u8);
    let x = gather([&p[0].x, &p[1].x, &p[2].x, &p[3].x, &p[4].x, &p[5].x, &p[6].x, &p[7].x]);
    let y = gather([&p[0].y, &p[1].y, &p[2].y, &p[3].y, &p[4].y, &p[5].y, &p[6].y, &p[7].y]);
    if negate == 0 {
        return (x, y);
    }
    (x, lanes::select(negate, y, lanes::sub::<FqConfig>(lanes::zero(), y, 2)))
}

/// Asks for the cache lines of the summands.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn prefetch(source: &[Packed], jobs: &[Job]) {
    for job in jobs {
        for code in [job.left, job.right] {
            let point: *const Packed = &source[code as usize >> 1];
            _mm_prefetch::<_MM_HINT_T0>(point.cast());
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_pairs(source: &[Packed], jobs: &[Job], target: &mut [Packed], scratch: &mut Scratch) {
    scratch.steps.resize_with(scratch.steps.len().max(jobs.len().div_ceil(WIDTH)), Step::default);
    scratch.special.clear();
    let one = lanes::splat_limbs(&[1, 0, 0, 0, 0]);
    let mut product = one;
    for (index, chunk) in jobs.chunks(WIDTH).enumerate() {
        let ahead = jobs.len().min((index + 3) * WIDTH)..jobs.len().min((index + 4) * WIDTH);
        prefetch(source, &jobs[ahead]);
        // A short last chunk repeats its last pair; the repeated sums are not stored.
        let job = |k: usize| chunk[k.min(chunk.len() - 1)];
        let mut left = [0; WIDTH];
        let mut right = [0; WIDTH];
        for k in 0..WIDTH {
            left[k] = job(k).left;
            right[k] = job(k).right;
        }
        let (x, y) = load_points(source, left);
        let (x2, y2) = load_points(source, right);
        // Bounds: coordinates below p + 2^216, a negated y at most 2 p; run below 4 p, rise below 5 p.
        let run = lanes::sub::<FqConfig>(x2, x, 2);
        let step = &mut scratch.steps[index];
        store_lanes(lanes::sub::<FqConfig>(y2, y, 3), &mut step.rise);
        store_lanes(run, &mut step.run);
        store_lanes(x, &mut step.x);
        store_lanes(y, &mut step.y);
        store_lanes(lanes::add(x, x2), &mut step.sum);
        store_lanes(product, &mut step.product);
        // Exceptions are settled in memory, so that the ordinary vectors stay in registers.
        if suspicious(run, x, x2) != 0 {
            scratch.special.extend(special(index, step, source, right));
        }
        product = lanes::multiply::<FqConfig>(product, load_lanes(&step.run));
    }
    backward(jobs, target, scratch, invert_lanes(product, Fq::from(256u64)));
}

/// Lanes in which run may be 0 mod p or a summand infinity: judged by the lowest limb alone, so wrongly once
/// in 2^50 for random points, and never overlooked.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn suspicious(run: V, x: V, x2: V) -> __mmask8 {
    let low = &Constants::<FqConfig>::MULTIPLES[0];
    // Both abscissas are below p + 2^216, so run = x2 - x + 2 p is 0 mod p only as p, 2 p or 3 p.
    _mm512_cmpeq_epi64_mask(run.0[0], lanes::splat(low[1]))
        | _mm512_cmpeq_epi64_mask(run.0[0], lanes::splat(low[2]))
        | _mm512_cmpeq_epi64_mask(run.0[0], lanes::splat(low[3]))
        | _mm512_testn_epi64_mask(x.0[0], x.0[0])
        | _mm512_testn_epi64_mask(x2.0[0], x2.0[0])
}

/// Tells doublings, cancellations and infinite summands apart; the step's run becomes invertible in every
/// lane. `right` are the codes of the second summands.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn special(index: usize, step: &mut Step, source: &[Packed], right: [u32; WIDTH]) -> Option<Special> {
    let (x, y) = (load_lanes(&step.x), load_lanes(&step.y));
    let (x2, y2) = load_points(source, right);
    let (mut run, mut rise) = (load_lanes(&step.run), load_lanes(&step.rise));
    let take_right = lanes::zero_lanes(x);
    let take_left = lanes::zero_lanes(x2) & !take_right;
    let equal = lanes::zero_lanes(lanes::canonical::<FqConfig>(run)) & !take_right & !take_left;
    let same = lanes::zero_lanes(lanes::canonical::<FqConfig>(rise));
    let double = equal & same;
    let cancel = equal & !same;
    // Slope 3 x^2 / 2 y, with y != 0 for want of points of order two: below 7 p and 4 p.
    let square = lanes::square::<FqConfig>(x);
    let triple = lanes::add_raw(lanes::add_raw(square, square), square);
    rise = lanes::select(double, rise, lanes::normalise(triple));
    run = lanes::select(double, run, lanes::add(y, y));
    let none = take_right | take_left | cancel;
    run = lanes::select(none, run, lanes::splat_limbs(&[1, 0, 0, 0, 0]));
    store_lanes(run, &mut step.run);
    store_lanes(rise, &mut step.rise);
    if none == 0 {
        return None;
    }
    let mut right = [Lanes::default(); 2];
    store_lanes(x2, &mut right[0]);
    store_lanes(y2, &mut right[1]);
    Some(Special { step: index, take_right, take_left, cancel, right })
}

/// From the inverse of the product of all runs back to each slope, and the sums.
#[target_feature(enable = "avx512f,avx512ifma")]
fn backward(jobs: &[Job], target: &mut [Packed], scratch: &mut Scratch, mut inverse: V) {
    for (index, chunk) in jobs.chunks(WIDTH).enumerate().rev() {
        let step = &scratch.steps[index];
        let run_inverse = lanes::multiply::<FqConfig>(inverse, load_lanes(&step.product));
        inverse = lanes::multiply::<FqConfig>(inverse, load_lanes(&step.run));
        let (x, y) = (load_lanes(&step.x), load_lanes(&step.y));
        let slope = lanes::multiply::<FqConfig>(load_lanes(&step.rise), run_inverse);
        // Products are below 3 p, the sum of abscissas below 3 p, y at most 2 p: below 6 p and 5 p.
        let square = lanes::square::<FqConfig>(slope);
        let mut x3 =
            lanes::reduce_below_8p::<FqConfig>(lanes::sub::<FqConfig>(square, load_lanes(&step.sum), 3));
        let along = lanes::multiply::<FqConfig>(slope, lanes::sub::<FqConfig>(x, x3, 2));
        let mut y3 = lanes::reduce_below_8p::<FqConfig>(lanes::sub::<FqConfig>(along, y, 2));
        if scratch.special.last().is_some_and(|special| special.step == index)
            && let Some(special) = scratch.special.pop()
        {
            let (x2, y2) = (load_lanes(&special.right[0]), load_lanes(&special.right[1]));
            // A negated y may be 2 p here.
            let (y, y2) = (lanes::reduce_below_8p::<FqConfig>(y), lanes::reduce_below_8p::<FqConfig>(y2));
            x3 = lanes::select(special.take_right, lanes::select(special.take_left, x3, x), x2);
            y3 = lanes::select(special.take_right, lanes::select(special.take_left, y3, y), y2);
            x3 = lanes::select(special.cancel, x3, lanes::zero());
            y3 = lanes::select(special.cancel, y3, lanes::zero());
        }
        let (xs, ys) = (scatter(x3), scatter(y3));
        for (k, job) in chunk.iter().enumerate() {
            target[job.output as usize] = Packed { x: xs[k], y: ys[k] };
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn scale_abscissas(points: &mut [Packed], beta: &[u64; LIMBS]) {
    let beta = lanes::splat_limbs(beta);
    for chunk in points.chunks_mut(WIDTH) {
        let last = chunk.len() - 1;
        let at = |k: usize| &chunk[k.min(last)].x;
        let x = gather([at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]);
        let scaled = lanes::canonical::<FqConfig>(lanes::multiply::<FqConfig>(x, beta));
        for (point, x) in chunk.iter_mut().zip(scatter(scaled)) {
            point.x = x;
        }
    }
}
