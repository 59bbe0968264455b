//! sum d B_d over the buckets of a window, in eight lanes of consecutive buckets.
//!
//! Complete projective additions (Renes, Costello, Batina, "Complete addition formulas for prime order
//! elliptic curves", 2016, algorithm 7): infinity and doubling need no case.

use super::Ifma;
use super::lanes::{self, V};
use super::pack::{load_pair, split, store, transpose};
use super::points::Packed;
use crate::Element;
use crate::constants::{Constants, LIMBS, to_limbs};
use ark_bn254::{Fq, FqConfig, G1Projective};
use ark_ff::{AdditiveGroup, Field};
use std::arch::x86_64::*;

const WIDTH: usize = 8;

/// Homogeneous coordinates, each below 3 p.
#[derive(Clone, Copy)]
struct Point {
    x: V,
    y: V,
    z: V,
}

impl Ifma {
    /// sum (i + 1) * buckets\[i\].
    pub fn weighted_sum(self, buckets: &[Packed]) -> G1Projective {
        // Three times the constant of the isomorphic curve, 9 / 2^12, in radix 2^260: in radix 2^256, 9 / 2^8.
        let b3 = Fq::from(9u64) * Fq::from(256u64).inverse().unwrap_or(Fq::ZERO);
        // SAFETY: `self` proves that the processor has the instructions.
        let (sums, weighted) = unsafe { segments(buckets, &to_limbs(&b3.0.0)) };
        // Lane l holds the buckets from l * length on: its weights are l * length + local ones.
        let length = buckets.len().div_ceil(WIDTH);
        let mut suffix = G1Projective::ZERO;
        let mut lifted = G1Projective::ZERO;
        for sum in sums.iter().skip(1).rev() {
            suffix += sum;
            lifted += suffix;
        }
        let mut total = G1Projective::ZERO;
        for bit in (0..usize::BITS - length.leading_zeros()).rev() {
            total.double_in_place();
            if length >> bit & 1 == 1 {
                total += lifted;
            }
        }
        total + weighted.iter().sum::<G1Projective>()
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_bucket(buckets: &[Packed], length: usize, i: usize) -> Point {
    const NONE: Packed = Packed::INFINITY;
    let at = |lane: usize| if i < length { buckets.get(lane * length + i).unwrap_or(&NONE) } else { &NONE };
    let b: [&Packed; WIDTH] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
    let x = split(transpose([
        load_pair(&b[0].x, &b[2].x),
        load_pair(&b[1].x, &b[3].x),
        load_pair(&b[4].x, &b[6].x),
        load_pair(&b[5].x, &b[7].x),
    ]));
    let y = split(transpose([
        load_pair(&b[0].y, &b[2].y),
        load_pair(&b[1].y, &b[3].y),
        load_pair(&b[4].y, &b[6].y),
        load_pair(&b[5].y, &b[7].y),
    ]));
    let infinite = lanes::zero_lanes(x);
    let one = lanes::splat_limbs(&Constants::<FqConfig>::ONE);
    Point { x, y: lanes::select(infinite, y, one), z: lanes::select(infinite, one, lanes::zero()) }
}

/// For each lane l: the sum of its buckets, and of (1 + index in the lane) * bucket.
#[target_feature(enable = "avx512f,avx512ifma")]
fn segments(buckets: &[Packed], b3: &[u64; LIMBS]) -> ([G1Projective; WIDTH], [G1Projective; WIDTH]) {
    let b3 = lanes::splat_limbs(b3);
    let length = buckets.len().div_ceil(WIDTH);
    let one = lanes::splat_limbs(&Constants::<FqConfig>::ONE);
    let neutral = Point { x: lanes::zero(), y: one, z: lanes::zero() };
    let (mut sum, mut weighted) = (neutral, neutral);
    for i in (0..length).rev() {
        sum = add(sum, load_bucket(buckets, length, i), b3);
        weighted = add(weighted, sum, b3);
    }
    (unpack(sum), unpack(weighted))
}

/// a b + c d.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn two_products(a: V, b: V, c: V, d: V) -> V {
    let columns = lanes::multiply_accumulate([_mm512_setzero_si512(); 2 * LIMBS], a, b);
    lanes::reduce::<FqConfig>(lanes::multiply_accumulate(columns, c, d))
}

/// Bounds in units of p: coordinates and products below 3, sums of two below 6, cross terms below 9.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(a: Point, b: Point, b3: V) -> Point {
    let product = |a, b| lanes::multiply::<FqConfig>(a, b);
    let (xx, yy, zz) = (product(a.x, b.x), product(a.y, b.y), product(a.z, b.z));
    let cross = |a: V, b: V, c: V, d: V, e: V, f: V| {
        let outer = product(lanes::add(a, b), lanes::add(c, d));
        lanes::sub::<FqConfig>(outer, lanes::add(e, f), 6)
    };
    let xy = cross(a.x, a.y, b.x, b.y, xx, yy);
    let yz = cross(a.y, a.z, b.y, b.z, yy, zz);
    let xz = cross(a.x, a.z, b.x, b.z, xx, zz);
    let triple = lanes::normalise(lanes::add_raw(lanes::add_raw(xx, xx), xx));
    let bzz = product(b3, zz);
    let plus = lanes::add(yy, bzz);
    let minus = lanes::sub::<FqConfig>(yy, bzz, 3);
    let bxz = product(b3, xz);
    let negated = lanes::sub::<FqConfig>(lanes::zero(), bxz, 3);
    let reduced = |v| lanes::reduce_below_8p::<FqConfig>(v);
    Point {
        x: reduced(two_products(xy, minus, yz, negated)),
        y: reduced(two_products(minus, plus, triple, bxz)),
        z: reduced(two_products(plus, yz, triple, xy)),
    }
}

/// Back to arkworks' curve and (Jacobian) coordinates.
#[target_feature(enable = "avx512f,avx512ifma")]
fn unpack(p: Point) -> [G1Projective; WIDTH] {
    let coordinate = |v: V| {
        let mut out = [Element::<FqConfig>::ZERO; WIDTH];
        store(lanes::canonical::<FqConfig>(v), &mut out);
        out
    };
    let (xs, ys, zs) = (coordinate(p.x), coordinate(p.y), coordinate(p.z));
    let mut out = [G1Projective::ZERO; WIDTH];
    for (k, point) in out.iter_mut().enumerate() {
        // x / z and y / z of the isomorphic curve are x / 16 and y / 64 of the curve.
        let (x, y, z) = (xs[k] * Fq::from(16u64), ys[k] * Fq::from(64u64), zs[k]);
        if z != Fq::ZERO {
            *point = G1Projective::new_unchecked(x * z, y * z.square(), z);
        }
    }
    out
}
