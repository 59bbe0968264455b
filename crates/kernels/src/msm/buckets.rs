//! The bucket method over packed points: digits, tasks, trees.

use super::{Scalars, glv};
use crate::constants::to_limbs;
use crate::simd::Ifma;
use crate::simd::points::{Job, Packed, Scratch};
use ark_bn254::{Fq, FqConfig, Fr, G1Affine, G1Projective};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, MontConfig};
use rayon::prelude::*;

/// Additions that share an inversion: their working memory (240 bytes each) stays in a second-level cache.
const BATCH: usize = 2048;

/// Most points in one task: the gathered points (64 bytes each) stay within reach of the cache.
const MAX_RANGE: usize = 1 << 17;

/// Fewest points worth a task of their own.
const MIN_RANGE: usize = 1 << 11;

/// Widest digit, in bits.
const MAX_WINDOW: u32 = 16;

/// Points on the isomorphic curve, and optionally their images under the endomorphism.
#[derive(Clone)]
pub struct Packing {
    ifma: Ifma,
    points: Vec<Packed>,
    images: Vec<Packed>,
}

impl Packing {
    /// Packs `points`; full-width scalars need `with_images`.
    pub fn new(ifma: Ifma, points: &[G1Affine], with_images: bool) -> Self {
        let packed: Vec<Packed> = points.par_iter().with_min_len(1024).map(pack).collect();
        let mut images = Vec::new();
        if with_images {
            // 16 beta in radix 2^256 has the limbs of beta in radix 2^260.
            let beta = to_limbs(&(glv::beta() * Fq::from(16u64)).0.0);
            images.clone_from(&packed);
            images.par_chunks_mut(1024).for_each(|chunk| ifma.scale_abscissas(chunk, &beta));
        }
        Self { ifma, points: packed, images }
    }

    /// sum scalars\[i\] points\[i\]; there must not be more scalars than points.
    pub fn msm(&self, scalars: Scalars<'_>) -> G1Projective {
        match scalars {
            Scalars::I8(s) => self.small(s, 8),
            Scalars::I16(s) => self.small(s, 16),
            Scalars::I32(s) => self.small(s, 32),
            Scalars::Full(s) => self.full(s),
        }
    }

    fn small<T: Copy + Into<i64> + Sync>(&self, scalars: &[T], bits: u32) -> G1Projective {
        let points = &self.points[..scalars.len()];
        let windows = Windows::choose(bits, points.len());
        let digit = |i: usize, window: u32| {
            let value: i64 = scalars[i].into();
            windows.digit(i128::from(value), window)
        };
        self.run(&[points], &windows, &digit)
    }

    fn full(&self, scalars: &[Fr]) -> G1Projective {
        let n = scalars.len();
        let windows = Windows::choose(128, 2 * n);
        let mut halves = vec![0i128; 2 * n];
        let (low, high) = halves.split_at_mut(n);
        low.par_iter_mut().zip(high).zip(scalars).with_min_len(512).for_each(|((low, high), scalar)| {
            (*low, *high) = glv::halve(scalar);
        });
        let digit = |i: usize, window: u32| windows.digit(halves[i], window);
        self.run(&[&self.points[..n], &self.images[..n]], &windows, &digit)
    }

    /// The tasks, and Horner's rule over the windows. `parts` are the points, one after the other.
    fn run(
        &self,
        parts: &[&[Packed]],
        windows: &Windows,
        digit: &(impl Fn(usize, u32) -> i32 + Sync),
    ) -> G1Projective {
        let n: usize = parts.iter().map(|part| part.len()).sum();
        if n == 0 {
            return G1Projective::ZERO;
        }
        let part_length = parts[0].len();
        // Enough tasks for every thread to have several, but none that is mostly overhead.
        let wanted = (4 * rayon::current_num_threads()).div_ceil(windows.count as usize);
        let smallest = MIN_RANGE.max(windows.buckets());
        let range = n.div_ceil(wanted).max(smallest).min(MAX_RANGE.max(smallest)).min(part_length);
        let mut tasks = Vec::new();
        for window in (0..windows.count).rev() {
            for part in 0..parts.len() {
                for start in (0..part_length).step_by(range) {
                    tasks.push((window, part, start..(start + range).min(part_length)));
                }
            }
        }
        let sums: Vec<(u32, G1Projective)> = tasks
            .into_par_iter()
            .map_init(Workspace::default, |workspace, (window, part, span)| {
                let offset = part * part_length + span.start;
                let digits = (0..span.len()).map(|i| digit(offset + i, window));
                workspace.place(&parts[part][span.clone()], digits, windows.buckets());
                (window, workspace.sum(self.ifma, &parts[part][span]))
            })
            .collect();
        let mut total = G1Projective::ZERO;
        for window in (0..windows.count).rev() {
            for _ in 0..windows.bits {
                total.double_in_place();
            }
            total += sums.iter().filter(|(w, _)| *w == window).map(|(_, sum)| sum).sum::<G1Projective>();
        }
        total
    }
}

/// (x, y) to (u^2 x, u^3 y): the limbs of x, and those of y / 4 mod p.
fn pack(point: &G1Affine) -> Packed {
    let Some((x, y)) = point.xy() else { return Packed::INFINITY };
    let p = FqConfig::MODULUS.0;
    let y = y.0.0;
    // p = 3 mod 4, so -1/p = 1 mod 4: adding (y mod 4) p makes y a multiple of four; the sum is below 4 p.
    let times = u128::from(y[0] & 3);
    let mut sum = [0u64; 4];
    let mut carry = 0u128;
    for i in 0..4 {
        carry += u128::from(y[i]) + u128::from(p[i]) * times;
        sum[i] = carry as u64;
        carry >>= 64;
    }
    let quarter = std::array::from_fn(|i| (sum[i] >> 2) | (sum.get(i + 1).unwrap_or(&0) << 62));
    Packed { x: x.0.0, y: quarter }
}

/// How a scalar is cut into signed digits: all but the highest in \[-2^(bits-1), 2^(bits-1)).
struct Windows {
    bits: u32,
    count: u32,
    /// sum 2^(bits-1) 2^(bits k) over all digits but the highest: added first, it saves all carries.
    offset: i128,
}

impl Windows {
    /// The cut with the least work for `n` scalars of `width` bits with sign.
    fn choose(width: u32, n: usize) -> Self {
        // In units of an affine addition (about 35 ns); a bucket of the weighted sum costs about three.
        let cost = |bits: u32| u64::from(width.div_ceil(bits)) * (n as u64 + 3 * (1u64 << (bits - 1)));
        let bits = (1..=MAX_WINDOW.min(width)).min_by_key(|bits| cost(*bits)).unwrap_or(1);
        let count = width.div_ceil(bits);
        let offset = (0..count - 1).map(|k| 1i128 << (bits * k + bits - 1)).sum();
        Self { bits, count, offset }
    }

    /// Buckets of a window: the largest magnitude of a digit. The highest digit of a value of
    /// `width` <= bits * count bits with sign is at most 2^(bits-1), too.
    fn buckets(&self) -> usize {
        1 << (self.bits - 1)
    }

    fn digit(&self, value: i128, window: u32) -> i32 {
        let shifted = (value + self.offset) >> (self.bits * window);
        if window + 1 == self.count {
            return shifted as i32;
        }
        (shifted & ((1i128 << self.bits) - 1)) as i32 - (1 << (self.bits - 1))
    }
}

/// Buffers of one thread, kept between tasks.
#[derive(Default)]
struct Workspace {
    digits: Vec<i32>,
    /// Points per bucket, bucket 0 (digit 0) unused.
    sizes: Vec<u32>,
    next: Vec<u32>,
    /// Codes of the points, bucket after bucket (see [`Job`]).
    order: Vec<u32>,
    jobs: Vec<Job>,
    current: Vec<Packed>,
    following: Vec<Packed>,
    sums: Vec<Packed>,
    scratch: Scratch,
}

impl Workspace {
    /// Counting sort of the points by the magnitude of their digits; infinities are left out.
    fn place(&mut self, points: &[Packed], digits: impl Iterator<Item = i32>, buckets: usize) {
        self.digits.clear();
        self.sizes.clear();
        self.sizes.resize(buckets + 1, 0);
        for (point, digit) in points.iter().zip(digits) {
            let digit = if *point == Packed::INFINITY { 0 } else { digit };
            self.sizes[digit.unsigned_abs() as usize] += 1;
            self.digits.push(digit);
        }
        self.sizes[0] = 0;
        self.next.clear();
        let mut filled = 0;
        for size in &self.sizes {
            self.next.push(filled);
            filled += size;
        }
        self.order.clear();
        self.order.resize(filled as usize, 0);
        for (i, digit) in self.digits.iter().enumerate() {
            if *digit != 0 {
                let slot = &mut self.next[digit.unsigned_abs() as usize];
                self.order[*slot as usize] = ((i as u32) << 1) | u32::from(*digit < 0);
                *slot += 1;
            }
        }
    }

    /// sum over buckets d of d * (sum of the bucket's points), the points having been placed.
    fn sum(&mut self, ifma: Ifma, points: &[Packed]) -> G1Projective {
        self.level(ifma, points);
        while self.sizes.iter().any(|size| *size > 1) {
            std::mem::swap(&mut self.current, &mut self.following);
            let codes = self.current.len() as u32;
            self.order.clear();
            self.order.extend((0..codes).map(|i| i << 1));
            let source = std::mem::take(&mut self.current);
            self.level(ifma, &source);
            self.current = source;
        }
        self.sums.clear();
        let mut remaining = self.following.iter();
        for size in &self.sizes[1..] {
            let sum = if *size == 1 { remaining.next() } else { None };
            self.sums.push(sum.copied().unwrap_or(Packed::INFINITY));
        }
        ifma.weighted_sum(&self.sums)
    }

    /// One level of all trees: neighbours in `order` are added pairwise within each bucket, from `source`
    /// into `following`. Never in place: a sum would overwrite a point that a later pair still needs.
    fn level(&mut self, ifma: Ifma, source: &[Packed]) {
        let total: u32 = self.sizes.iter().map(|size| size.div_ceil(2)).sum();
        self.following.resize(total as usize, Packed::INFINITY);
        self.jobs.clear();
        let (mut from, mut to) = (0usize, 0u32);
        for size in &mut self.sizes {
            for _ in 0..*size / 2 {
                self.jobs.push(Job { left: self.order[from], right: self.order[from + 1], output: to });
                from += 2;
                to += 1;
            }
            if *size % 2 == 1 {
                self.following[to as usize] = signed(source, self.order[from]);
                from += 1;
                to += 1;
            }
            *size = size.div_ceil(2);
        }
        for batch in self.jobs.chunks(BATCH) {
            ifma.add_pairs(source, batch, &mut self.following, &mut self.scratch);
        }
    }
}

/// The point of a code: negated where its lowest bit is set.
fn signed(source: &[Packed], code: u32) -> Packed {
    let point = source[code as usize >> 1];
    if code & 1 == 0 || point == Packed::INFINITY {
        return point;
    }
    // y is below p here: only packed bases carry a sign.
    let mut y = [0u64; 4];
    let mut borrow = false;
    for ((limb, p), own) in y.iter_mut().zip(FqConfig::MODULUS.0).zip(point.y) {
        let (difference, under) = p.overflowing_sub(own);
        let (difference, again) = difference.overflowing_sub(u64::from(borrow));
        *limb = difference;
        borrow = under || again;
    }
    Packed { x: point.x, y }
}
