//! Multi-scalar multiplication with small signed scalars: sum v_i P_i for |v_i| <= 2^63.
//!
//! Buckets (Pippenger) over signed digits of the magnitudes; the points of each bucket are summed as a tree
//! of *affine* additions whose slopes' denominators are inverted together (Montgomery's trick), about six
//! field products per addition. One zero denominator would zero a whole batch: pairs with equal x are told
//! apart first (doubling, cancellation, infinity), so repeated, opposite and infinite points are fine.
//! Cells are mostly 8- to 16-bit integers, where one window holds the whole scalar.
//!
//! Running time depends on the scalars: this is for one's own secrets on one's own machine.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_field::{Base, G1, G1Projective};

/// Additions whose denominators are inverted together; large enough to make the inversion cheap (about 1/4
/// product each), small enough that the batch stays in the second-level cache.
const BATCH: usize = 1024;

/// Fewest points worth a thread of their own.
const PARALLEL_CHUNK: usize = 4096;

/// Widest digit, in bits: bounds the bucket memory to 2^16 points.
const MAX_WINDOW: u32 = 17;

/// sum scalars\[i\] * points\[i\], using all threads; surplus points or scalars are ignored.
pub fn msm_parallel(points: &[G1], scalars: &[i64]) -> G1Projective {
    let n = points.len().min(scalars.len());
    let threads = rayon::current_num_threads().max(1);
    let chunk = n.div_ceil(threads).max(PARALLEL_CHUNK);
    if chunk >= n {
        return msm(points, scalars);
    }
    points.par_chunks(chunk).zip(scalars.par_chunks(chunk)).map(|(p, s)| msm(p, s)).sum()
}

/// sum scalars\[i\] * points\[i\] on this thread; surplus points or scalars are ignored.
pub fn msm(points: &[G1], scalars: &[i64]) -> G1Projective {
    let largest = scalars.iter().map(|scalar| scalar.unsigned_abs()).max().unwrap_or(0);
    if largest == 0 {
        return G1Projective::ZERO;
    }
    let bits = u64::BITS - largest.leading_zeros();
    let used = scalars.iter().filter(|scalar| **scalar != 0).count();
    let window = choose_window(bits, used);
    let windows = (bits + 1).div_ceil(window);
    let mut total = G1Projective::ZERO;
    for index in (0..windows).rev() {
        for _ in 0..window {
            total.double_in_place();
        }
        total += window_sum(points, scalars, window, index, largest);
    }
    total
}

/// The window, in bits, with the fewest field products for `used` scalars of `bits` bits.
fn choose_window(bits: u32, used: usize) -> u32 {
    // An affine addition costs about 6 products and two gathers, a bucket of the final sum about 27.
    let cost = |window: u32| {
        let windows = u64::from((bits + 1).div_ceil(window));
        let buckets = 1u64 << (window - 1).min(bits);
        windows.saturating_mul((used as u64).saturating_mul(7) + buckets.saturating_mul(27))
    };
    (1..=MAX_WINDOW.min(bits + 1)).min_by_key(|window| cost(*window)).unwrap_or(1)
}

/// Signed digit number `index` of `magnitude` in base 2^window, in (-2^(window-1), 2^(window-1)].
fn digit(magnitude: u64, window: u32, index: u32) -> i64 {
    let base = 1i64 << window;
    let half = base / 2;
    let mut carry = 0i64;
    let mut result = 0i64;
    for position in 0..=index {
        let shift = position * window;
        let raw = if shift < u64::BITS { (magnitude >> shift) & (base.unsigned_abs() - 1) } else { 0 };
        result = i64::try_from(raw).unwrap_or(0) + carry;
        carry = i64::from(result > half);
        result -= carry * base;
    }
    result
}

/// sum over buckets d of d * (sum of the points whose digit is d, negated where scalar or digit is negative).
fn window_sum(points: &[G1], scalars: &[i64], window: u32, index: u32, largest: u64) -> G1Projective {
    let count = usize::try_from((1u64 << (window - 1)).min(largest)).unwrap_or(usize::MAX);
    let placed = |scalar: &i64| {
        let signed = digit(scalar.unsigned_abs(), window, index);
        (usize::try_from(signed.unsigned_abs()).unwrap_or(0), (*scalar < 0) != (signed < 0))
    };
    // Counting sort by bucket: bucket d occupies sorted[starts[d-1]..starts[d]].
    let mut sizes = vec![0usize; count + 1];
    for scalar in scalars.iter().take(points.len()) {
        sizes[placed(scalar).0] += 1;
    }
    sizes[0] = 0;
    let mut next = Vec::with_capacity(count + 1);
    let mut filled = 0usize;
    for size in &sizes {
        next.push(filled);
        filled += size;
    }
    let mut sorted = vec![G1::identity(); filled];
    for (point, scalar) in points.iter().zip(scalars) {
        let (bucket, negate) = placed(scalar);
        if bucket != 0 {
            sorted[next[bucket]] = if negate { -*point } else { *point };
            next[bucket] += 1;
        }
    }
    let sums = sum_buckets(sorted, sizes);
    let mut running = G1Projective::ZERO;
    let mut total = G1Projective::ZERO;
    for bucket in sums.iter().skip(1).rev() {
        if !bucket.is_zero() {
            running += bucket;
        }
        total += running;
    }
    total
}

/// Sum of each bucket, by rounds that add neighbours pairwise in all buckets at once. Reads one buffer and
/// writes another: writing in place would overwrite points that a later pair of the round still needs.
fn sum_buckets(mut points: Vec<G1>, mut sizes: Vec<usize>) -> Vec<G1> {
    let mut adder = BatchAdder::new();
    while sizes.iter().any(|size| *size > 1) {
        let halved: usize = sizes.iter().map(|size| size.div_ceil(2)).sum();
        let mut output = vec![G1::identity(); halved];
        let (mut from, mut to) = (0usize, 0usize);
        for size in &mut sizes {
            for _ in 0..*size / 2 {
                adder.push(&points, from, &mut output, to);
                from += 2;
                to += 1;
            }
            if *size % 2 == 1 {
                output[to] = points[from];
                from += 1;
                to += 1;
            }
            *size = size.div_ceil(2);
        }
        adder.flush(&points, &mut output);
        points = output;
    }
    let mut remaining = points.into_iter();
    sizes.iter().map(|size| if *size == 1 { remaining.next() } else { None }.unwrap_or_default()).collect()
}

/// Affine additions of neighbours `input[i] + input[i + 1]`, collected until their denominators are worth
/// one inversion.
struct BatchAdder {
    jobs: Vec<(usize, usize)>,
    denominators: Vec<Base>,
    products: Vec<Base>,
}

impl BatchAdder {
    fn new() -> Self {
        Self {
            jobs: Vec::with_capacity(BATCH),
            denominators: Vec::with_capacity(BATCH),
            products: Vec::with_capacity(BATCH),
        }
    }

    /// Settle the pair at once where no slope exists, else queue it.
    fn push(&mut self, input: &[G1], from: usize, output: &mut [G1], to: usize) {
        let (left, right) = (input[from], input[from + 1]);
        if left.is_zero() {
            output[to] = right;
        } else if right.is_zero() {
            output[to] = left;
        } else if left.x != right.x {
            self.queue(from, to, right.x - left.x);
        } else if left.y == right.y {
            // 2y is not zero: the group has odd order, so no point of order two.
            self.queue(from, to, left.y.double());
        } else {
            output[to] = G1::identity();
        }
        if self.jobs.len() == BATCH {
            self.flush(input, output);
        }
    }

    fn queue(&mut self, from: usize, to: usize, denominator: Base) {
        self.jobs.push((from, to));
        self.denominators.push(denominator);
    }

    fn flush(&mut self, input: &[G1], output: &mut [G1]) {
        self.products.clear();
        let mut product = Base::ONE;
        for denominator in &self.denominators {
            self.products.push(product);
            product *= denominator;
        }
        // Every denominator is non-zero by construction, hence so is the product.
        let mut inverse = product.inverse().unwrap_or(Base::ZERO);
        for ((from, to), (denominator, before)) in
            self.jobs.iter().zip(self.denominators.iter().zip(&self.products)).rev()
        {
            let slope_inverse = inverse * before;
            inverse *= denominator;
            let (left, right) = (input[*from], input[*from + 1]);
            let rise = if left.x == right.x {
                let square = left.x.square();
                square.double() + square
            } else {
                right.y - left.y
            };
            let slope = rise * slope_inverse;
            let x = slope.square() - left.x - right.x;
            let y = slope * (left.x - x) - left.y;
            output[*to] = G1::new_unchecked(x, y);
        }
        self.jobs.clear();
        self.denominators.clear();
    }
}

#[cfg(test)]
mod tests;
