//! The bucket method over packed points: digits, tasks, trees.

use super::{Scalars, glv};
use crate::constants::to_limbs;
use crate::simd::Ifma;
use crate::simd::points::{Job, Packed, Scratch};
use ark_bn254::{Fq, FqConfig, Fr, G1Affine, G1Projective};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, MontConfig};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Additions that share an inversion: their working memory (240 bytes each) stays in a second-level cache.
const BATCH: usize = 2048;

/// Most points sorted into buckets at once: bounds a thread's working memory to some 20 MiB.
const BLOCK: usize = 1 << 17;

/// Most sums of blocks kept before they are added up: 8 MB.
const MOST_PARTIAL: usize = 1 << 17;

/// Fewest points worth a task of their own.
const MIN_RANGE: usize = 1 << 11;

/// Widest digit, in bits.
const MAX_WINDOW: u32 = 16;

/// Points on the isomorphic curve, and optionally after them their images under the endomorphism.
#[derive(Clone)]
pub struct Packing {
    pub(super) ifma: Ifma,
    pub(super) points: Vec<Packed>,
    /// Index of the first image.
    images: usize,
}

impl Packing {
    /// Packs `points`; full-width scalars need `with_images`.
    pub fn new(ifma: Ifma, points: &[G1Affine], with_images: bool) -> Self {
        let images = points.len();
        let mut packed = vec![Packed::INFINITY; if with_images { 2 * images } else { images }];
        let (own, image) = packed.split_at_mut(images);
        own.par_iter_mut().zip(points).with_min_len(1024).for_each(|(own, point)| *own = pack(point));
        // 16 beta in radix 2^256 has the limbs of beta in radix 2^260.
        let beta = to_limbs(&(glv::beta() * Fq::from(16u64)).0.0);
        image.par_chunks_mut(1024).zip(own.par_chunks(1024)).for_each(|(image, own)| {
            image.copy_from_slice(own);
            ifma.scale_abscissas(image, &beta);
        });
        Self { ifma, points: packed, images }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.images
    }

    /// Point i, if there is one.
    pub fn get(&self, i: usize) -> Option<G1Affine> {
        self.points[..self.images].get(i).map(unpack)
    }

    /// sum scalars\[i\] points\[i\]; there must not be more scalars than points, nor wider ones than declared.
    pub fn msm(&self, scalars: Scalars<'_>) -> G1Projective {
        match scalars {
            Scalars::I8(s) => self.small(s, 8),
            Scalars::I16(s) => self.small(s, 16),
            Scalars::I32(s) => self.small(s, 32),
            // One bit more, for the sign that they do not use.
            Scalars::Unsigned { cells, bits } => self.small(cells, bits + 1),
            Scalars::Full(s) => self.full(s),
        }
    }

    fn small<T: Copy + Into<i64> + Sync>(&self, scalars: &[T], bits: u32) -> G1Projective {
        let windows = Windows::choose(bits, scalars.len());
        let digit = |i: usize, window: u32| windows.digit(scalars[i].into() + windows.offset as i64, window);
        self.run(scalars.len(), 0, &windows, &digit)
    }

    fn full(&self, scalars: &[Fr]) -> G1Projective {
        let n = scalars.len();
        let windows = Windows::choose(128, 2 * n);
        let mut halves = vec![0i128; 2 * n];
        let (low, high) = halves.split_at_mut(n);
        low.par_iter_mut().zip(high).zip(scalars).with_min_len(512).for_each(|((low, high), scalar)| {
            let (k1, k2) = glv::halve(scalar);
            (*low, *high) = (k1 + windows.offset, k2 + windows.offset);
        });
        let digit = |i: usize, window: u32| windows.digit_wide(halves[i], window);
        self.run(2 * n, self.images - n, &windows, &digit)
    }

    /// The tasks, and Horner's rule over the windows. Term i belongs to point i, or for the second half of
    /// the terms, where `gap` is not zero, to point i + `gap`.
    fn run(
        &self,
        terms: usize,
        gap: usize,
        windows: &Windows,
        digit: &(impl Fn(usize, u32) -> i32 + Sync),
    ) -> G1Projective {
        if terms == 0 {
            return G1Projective::ZERO;
        }
        // Enough tasks for every thread to have several, but none that is mostly overhead.
        let threads = rayon::current_num_threads();
        let wanted = if threads == 1 { 1 } else { (2 * threads).div_ceil(windows.count as usize) };
        let smallest = MIN_RANGE.max(2 * windows.buckets());
        let range = terms.div_ceil(wanted).max(smallest);
        let mut tasks = Vec::new();
        for window in (0..windows.count).rev() {
            for start in (0..terms).step_by(range) {
                tasks.push((window, start..(start + range).min(terms)));
            }
        }
        let term = |i: usize, window| (if i < terms / 2 { i } else { i + gap }, digit(i, window));
        let next = AtomicUsize::new(0);
        // One workspace per thread, whatever tasks it draws.
        let work = |_| {
            let mut workspace = Workspace::default();
            let mut sums = Vec::new();
            while let Some((window, span)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                let terms = span.clone().map(|i| term(i, *window));
                sums.push((*window, workspace.run(self.ifma, &self.points, terms, windows.buckets())));
            }
            sums
        };
        let sums: Vec<(u32, G1Projective)> =
            (0..threads.min(tasks.len())).into_par_iter().with_max_len(1).flat_map_iter(work).collect();
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

/// The inverse of [`pack`], of coordinates that may be p or more.
pub(super) fn unpack(point: &Packed) -> G1Affine {
    if *point == Packed::INFINITY {
        return G1Affine::identity();
    }
    let canonical = |limbs: [u64; 4]| {
        let integer = BigInt(limbs);
        let mut less = integer;
        if integer >= FqConfig::MODULUS {
            less.sub_with_borrow(&FqConfig::MODULUS);
        }
        Fq::new_unchecked(less)
    };
    G1Affine::new_unchecked(canonical(point.x), canonical(point.y) * Fq::from(4u64))
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
        // In units of an affine addition (about 40 ns); a bucket costs about ten: sorting, short trees, and
        // two complete additions of the weighted sum.
        let cost = |bits: u32| u64::from(width.div_ceil(bits)) * (n as u64 + 10 * (1u64 << (bits - 1)));
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

    /// Digit number `window` of a value plus [`Self::offset`].
    #[inline]
    fn digit(&self, shifted: i64, window: u32) -> i32 {
        let shifted = shifted >> (self.bits * window);
        if window + 1 == self.count { shifted as i32 } else { self.centred(shifted as i32) }
    }

    /// [`Self::digit`] of a wide value.
    #[inline]
    fn digit_wide(&self, shifted: i128, window: u32) -> i32 {
        let shifted = (shifted >> (self.bits * window)) as i32;
        if window + 1 == self.count { shifted } else { self.centred(shifted) }
    }

    /// The low bits as a signed digit.
    #[inline]
    fn centred(&self, shifted: i32) -> i32 {
        (shifted & ((1 << self.bits) - 1)) - (1 << (self.bits - 1))
    }
}

/// Buffers of one thread, kept between tasks.
#[derive(Default)]
pub(super) struct Workspace {
    /// Bucket and code of each placed point.
    placed: Vec<(u32, u32)>,
    /// Sums of the buckets of all blocks so far, and the bucket of each.
    partial: Vec<Packed>,
    partial_buckets: Vec<u32>,
    /// Points per bucket, bucket 0 (digit 0) unused.
    sizes: Vec<u32>,
    next: Vec<u32>,
    /// Codes of the points, bucket after bucket (see [`Job`]).
    order: Vec<u32>,
    jobs: Vec<Job>,
    current: Vec<Packed>,
    following: Vec<Packed>,
    scratch: Scratch,
}

impl Workspace {
    /// sum digit * point over terms (index of the point, digit).
    fn run(
        &mut self,
        ifma: Ifma,
        points: &[Packed],
        terms: impl Iterator<Item = (usize, i32)>,
        buckets: usize,
    ) -> G1Projective {
        ifma.weighted_sum(&self.sums(ifma, points, terms, buckets))
    }

    /// The sum of the points with digit d, negated where the digit is -d, at d - 1; in blocks that a cache can hold.
    pub(super) fn sums(
        &mut self,
        ifma: Ifma,
        points: &[Packed],
        mut terms: impl Iterator<Item = (usize, i32)>,
        buckets: usize,
    ) -> Vec<Packed> {
        self.partial.clear();
        self.partial_buckets.clear();
        loop {
            self.placed.clear();
            for (index, digit) in terms.by_ref().take(BLOCK) {
                self.placed.push((digit.unsigned_abs(), ((index as u32) << 1) | u32::from(digit < 0)));
            }
            if self.placed.is_empty() {
                break;
            }
            self.sort(buckets);
            self.add_up(ifma, points);
            self.keep();
            if self.partial.len() > MOST_PARTIAL {
                self.collapse(ifma, buckets);
            }
        }
        self.collapse(ifma, buckets);
        let mut sums = vec![Packed::INFINITY; buckets];
        for (bucket, sum) in self.partial_buckets.iter().zip(&self.partial) {
            sums[*bucket as usize - 1] = *sum;
        }
        sums
    }

    /// Keeps the sums that were just found, one for each bucket that has points.
    fn keep(&mut self) {
        self.partial.extend(&self.following);
        let filled = self.sizes.iter().enumerate().skip(1).filter(|(_, size)| **size != 0);
        self.partial_buckets.extend(filled.map(|(bucket, _)| bucket as u32));
    }

    /// Adds up the sums that are kept, to one for each bucket.
    fn collapse(&mut self, ifma: Ifma, buckets: usize) {
        self.placed.clear();
        self.placed
            .extend(self.partial_buckets.iter().enumerate().map(|(i, bucket)| (*bucket, (i as u32) << 1)));
        self.sort(buckets);
        let mut partial = std::mem::take(&mut self.partial);
        self.add_up(ifma, &partial);
        partial.clear();
        self.partial = partial;
        self.partial_buckets.clear();
        self.keep();
    }

    /// Counting sort of the placed points into `order`, leaving out bucket 0.
    fn sort(&mut self, buckets: usize) {
        self.sizes.clear();
        self.sizes.resize(buckets + 1, 0);
        for (bucket, _) in &self.placed {
            self.sizes[*bucket as usize] += 1;
        }
        // Bucket 0 comes last, and is then cut off.
        let zeros = std::mem::take(&mut self.sizes[0]);
        self.next.clear();
        let mut filled = 0;
        for size in &self.sizes {
            self.next.push(filled);
            filled += size;
        }
        self.next[0] = filled;
        self.order.resize((filled + zeros) as usize, 0);
        for (bucket, code) in &self.placed {
            let slot = &mut self.next[*bucket as usize];
            self.order[*slot as usize] = *code;
            *slot += 1;
        }
        self.order.truncate(filled as usize);
    }

    /// The sum of each bucket's points into `following`, one for each bucket that has points.
    fn add_up(&mut self, ifma: Ifma, points: &[Packed]) {
        let order = std::mem::take(&mut self.order);
        self.level(ifma, points, |i| order[i]);
        self.order = order;
        while self.sizes.iter().any(|size| *size > 1) {
            let source = std::mem::replace(&mut self.following, std::mem::take(&mut self.current));
            self.level(ifma, &source, |i| (i as u32) << 1);
            self.current = source;
        }
    }

    /// One level of all trees: neighbours (by their `code`s) are added pairwise within each bucket, from
    /// `source` into `following`. Never in place: a sum would overwrite a point that a later pair still needs.
    fn level(&mut self, ifma: Ifma, source: &[Packed], code: impl Fn(usize) -> u32) {
        let total: u32 = self.sizes.iter().map(|size| size.div_ceil(2)).sum();
        let pairs: u32 = self.sizes.iter().map(|size| size / 2).sum();
        self.following.resize(total as usize, Packed::INFINITY);
        self.jobs.clear();
        self.jobs.reserve(pairs as usize);
        let (mut from, mut to) = (0usize, 0u32);
        for size in &mut self.sizes {
            let halves = *size / 2;
            self.jobs.extend((0..halves).map(|k| {
                let left = from + 2 * k as usize;
                Job { left: code(left), right: code(left + 1), output: to + k }
            }));
            from += 2 * halves as usize;
            to += halves;
            if *size % 2 == 1 {
                self.following[to as usize] = signed(source, code(from));
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
