//! Lane arithmetic against big integers, on limbs chosen to lose carries.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(target_arch = "x86_64")]

use ark_bn254::{FqConfig, FrConfig};
use ark_ff::MontConfig;
use num_bigint::BigUint;
use zkattest_kernels::simd::{Ifma, PlaneOperation};
use zkattest_kernels::{Element, Lanes, WIDTH};

const MASK: u64 = (1 << 52) - 1;

struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn modulus<C: MontConfig<4>>() -> BigUint {
    C::MODULUS.0.iter().rev().fold(BigUint::ZERO, |sum, limb| (sum << 64) + limb)
}

fn limbs(value: &BigUint) -> [u64; 5] {
    std::array::from_fn(|i| {
        let digits = (value >> (52 * i)) & BigUint::from(MASK);
        digits.iter_u64_digits().next().unwrap_or(0)
    })
}

fn value(lanes: &Lanes, k: usize) -> BigUint {
    assert!(lanes.0.iter().all(|plane| plane[k] <= MASK), "normalised");
    lanes.0.iter().rev().fold(BigUint::ZERO, |sum, plane| (sum << 52) + plane[k])
}

fn lanes(values: &[BigUint]) -> Lanes {
    let mut out = Lanes([[0; WIDTH]; 5]);
    for (k, v) in values.iter().enumerate() {
        for (plane, limb) in out.0.iter_mut().zip(limbs(v)) {
            plane[k] = limb;
        }
    }
    out
}

/// Values below `bound` p: edges of p and of its multiples, limbs all ones, single bits around 2^52 and
/// 2^64, and random ones.
fn hostile(p: &BigUint, bound: u64) -> Vec<BigUint> {
    let one = BigUint::from(1u64);
    let limit = p * bound;
    let mut out = vec![BigUint::ZERO, one.clone()];
    for k in 1..=bound {
        out.extend([p * k - 1u64, p * k - 2u64, p * k + 1u64, p * k]);
    }
    for bits in [51usize, 52, 53, 63, 64, 65, 104, 128, 156, 192, 207, 208, 209, 253, 254, 255, 256, 259, 260]
    {
        let power: BigUint = &one << bits;
        out.extend([&power - 1u64, power.clone(), &power + 1u64]);
    }
    // All limbs 2^52 - 1 below the highest; all limbs 2^64 - 1 likewise; alternating limbs of ones and zeros.
    for high in [0u64, 1, 0x3064_4e72_e130, 0x3064_4e72_e131] {
        out.push((BigUint::from(high) << 208) + ((&one << 208) - 1u64));
    }
    out.push((&one << 192) - 1u64 + (BigUint::from(0x3064_4e72_e131_a028u64) << 192));
    for pattern in 0..32u64 {
        let alternating = (0..5)
            .fold(BigUint::ZERO, |sum, i| sum + (BigUint::from(((pattern >> i) & 1) * MASK) << (52 * i)));
        out.push(&alternating % &limit);
        out.push(alternating);
    }
    let mut stream = Stream(bound);
    for _ in 0..60 {
        let random = (0..5).fold(BigUint::ZERO, |sum, _| (sum << 64) + stream.next());
        out.push(random % &limit);
    }
    out.retain(|v| *v < limit);
    out
}

/// Every pair of hostile values through `operation`; `expected` gives the residue, `bound` the bound in p.
fn every_pair<C: MontConfig<4>>(
    operation: PlaneOperation,
    (left, right): (u64, u64),
    bound: u64,
    expected: impl Fn(&BigUint, &BigUint) -> BigUint,
) {
    let ifma = Ifma::detect().unwrap();
    let p = modulus::<C>();
    let (left, right) = (hostile(&p, left), hostile(&p, right));
    for a in &left {
        for chunk in right.chunks(WIDTH) {
            let y = lanes(chunk);
            let x = lanes(&vec![a.clone(); chunk.len()]);
            for (x, y, swapped) in [(x, y, false), (y, x, true)] {
                if swapped && operation == PlaneOperation::Subtract {
                    continue;
                }
                let result = ifma.apply::<C>(operation, &x, &y);
                for k in 0..chunk.len() {
                    let (u, v, w) = (value(&x, k), value(&y, k), value(&result, k));
                    assert_eq!(&w % &p, expected(&u, &v) % &p, "{operation:?} {u} {v}");
                    assert!(w < &p * bound, "{operation:?} {u} {v}: bound");
                }
            }
        }
    }
}

fn check<C: MontConfig<4>>() {
    if Ifma::detect().is_none() {
        return;
    }
    let p = modulus::<C>();
    let radix: BigUint = BigUint::from(1u64) << 260;
    let inverse = radix.modpow(&(&p - 2u64), &p);
    let product = |a: &BigUint, b: &BigUint| a * b % &p * &inverse;
    every_pair::<C>(PlaneOperation::Multiply, (1, 1), 3, product);
    // (2 + 9 * 9 / 84) p and (2 + 64 * 8 / 84) p.
    every_pair::<C>(PlaneOperation::Multiply, (9, 9), 3, product);
    every_pair::<C>(PlaneOperation::Multiply, (64, 8), 9, product);
    let own = |a: &BigUint, _: &BigUint| product(a, a);
    every_pair::<C>(PlaneOperation::Square, (1, 1), 3, own);
    every_pair::<C>(PlaneOperation::Square, (9, 9), 3, own);
    every_pair::<C>(PlaneOperation::Add, (8, 8), 16, |a, b| a + b);
    every_pair::<C>(PlaneOperation::Subtract, (8, 4), 12, |a, b| a + &p * 4u64 - b);
    every_pair::<C>(PlaneOperation::Canonical, (8, 8), 1, |a, _| a.clone());
}

#[test]
fn base_field_lanes_agree_with_big_integers() {
    check::<FqConfig>();
}

#[test]
fn scalar_field_lanes_agree_with_big_integers() {
    check::<FrConfig>();
}

#[test]
fn planes_and_elements_round_trip() {
    fn round_trip<C: MontConfig<4>>() {
        let p = modulus::<C>();
        for chunk in hostile(&p, 1).chunks_exact(WIDTH) {
            let elements: [Element<C>; WIDTH] = std::array::from_fn(|k| {
                let l: Vec<u64> = chunk[k].iter_u64_digits().chain([0; 4]).take(4).collect();
                C::from_bigint(ark_ff::BigInt([l[0], l[1], l[2], l[3]])).unwrap()
            });
            let planes = Lanes::from_elements::<C>(&elements);
            assert_eq!(planes.to_elements::<C>(), elements);
            for (k, v) in chunk.iter().enumerate() {
                assert_eq!(value(&planes, k), (v << 260) % &p);
                let raw = planes.canonical_limbs::<C>(k).unwrap();
                assert_eq!(raw.iter().rev().fold(BigUint::ZERO, |s, l| (s << 64) + l), value(&planes, k));
            }
        }
    }
    round_trip::<FqConfig>();
    round_trip::<FrConfig>();
}
