//! Scalars halved by the endomorphism (x, y) -> (beta x, y), which multiplies by lambda (Gallant, Lambert,
//! Vanstone, "Faster point multiplication on elliptic curves with efficient endomorphisms", 2001).
//!
//! Short vectors (a, b) with a + b lambda = 0 mod r are v1 = (A, B + A) and v2 = (-B, A), with
//! determinant r; k = k1 + k2 lambda with (k1, k2) = (k, 0) - round(k A / r) v1 + round(k (A + B) / r) v2.

use ark_bn254::{Fr, g1::Config};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::PrimeField;

const A: u128 = 9_931_322_734_385_697_763;
const B: u128 = 147_946_756_881_789_319_000_765_030_803_803_410_728;
/// floor(2^256 A / r), radix 2^64.
const A_OVER_R: [u64; 3] = [0xd91d_232e_c7e0_b3d7, 0x2, 0];
/// floor(2^256 (A + B) / r), radix 2^64.
const SUM_OVER_R: [u64; 3] = [0x5398_fd03_00ff_6565, 0x4cce_f014_a773_d2d2, 0x2];

/// The cube root of unity beta of the base field.
pub fn beta() -> ark_bn254::Fq {
    Config::ENDO_COEFFS[0]
}

/// (k1, k2) with k = k1 + k2 lambda mod r, each of magnitude below 2^127.
///
/// Rounding errs by at most 3/4, as k < 2^254 and the quotients above lack less than 1: |k1| and |k2| are at
/// most 3/4 (A + B) + A.
pub fn halve(scalar: &Fr) -> (i128, i128) {
    let k = scalar.into_bigint().0;
    let c1 = rounded_high(&k, &A_OVER_R);
    let c2 = rounded_high(&k, &SUM_OVER_R);
    let low = u128::from(k[0]) | (u128::from(k[1]) << 64);
    // Exact modulo 2^128, and the results fit.
    let k1 = low.wrapping_sub(c1.wrapping_mul(A)).wrapping_sub(c2.wrapping_mul(B));
    let k2 = c2.wrapping_mul(A).wrapping_sub(c1.wrapping_mul(A + B));
    (k1.cast_signed(), k2.cast_signed())
}

/// round(k m / 2^256), known to be below 2^128.
fn rounded_high(k: &[u64; 4], m: &[u64; 3]) -> u128 {
    let mut product = [0u64; 7];
    for (i, x) in k.iter().enumerate() {
        let mut carry = 0u128;
        for (j, y) in m.iter().enumerate() {
            // At most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
            let sum = u128::from(*x) * u128::from(*y) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 3] = carry as u64;
    }
    let high = u128::from(product[4]) | (u128::from(product[5]) << 64);
    high + u128::from(product[3] >> 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{G1Affine, G1Projective};
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::Field;

    fn field(v: i128) -> Fr {
        if v < 0 { -Fr::from(v.unsigned_abs()) } else { Fr::from(v.unsigned_abs()) }
    }

    fn check(k: Fr) {
        let (k1, k2) = halve(&k);
        assert_eq!(field(k1) + field(k2) * Config::LAMBDA, k);
        assert!(k1.unsigned_abs() < 1 << 127 && k2.unsigned_abs() < 1 << 127);
    }

    #[test]
    fn halves_recompose() {
        let mut k = Fr::from(7u64);
        for _ in 0..20_000 {
            k = k.square() + Fr::from(3u64);
            check(k);
        }
        for small in 0..50u64 {
            for near in [Fr::from(0u64), Config::LAMBDA, -Config::LAMBDA, Fr::from(2u64).inverse().unwrap()] {
                check(near + Fr::from(small));
                check(near - Fr::from(small));
            }
        }
        // Multiples of 2^64 - 1 and the lattice's own vectors, where rounding is tightest.
        for v in [A, B, A + B, u128::MAX, u128::from(u64::MAX)] {
            for factor in [1u64, 2, 3, u64::MAX] {
                check(Fr::from(v) * Fr::from(factor));
                check(-(Fr::from(v) * Fr::from(factor)));
                check(Fr::from(v) * Fr::from(factor) / Fr::from(2u64));
            }
        }
    }

    #[test]
    fn the_endomorphism_multiplies_by_lambda() {
        let g = G1Affine::generator();
        let image = G1Affine::new(g.x * beta(), g.y);
        assert_eq!((G1Projective::from(g) * Config::LAMBDA).into_affine(), image);
    }
}
