//! Constants of a prime field in radix 2^52, derived from the modulus at compile time.

use ark_ff::MontConfig;
use std::marker::PhantomData;

/// Limbs of an element in radix 2^52.
pub const LIMBS: usize = 5;
/// Bits of a limb.
pub const LIMB_BITS: u32 = 52;
/// The low [`LIMB_BITS`] bits.
pub const MASK: u64 = (1 << LIMB_BITS) - 1;
/// Fraction bits of [`Constants::TOP_RECIPROCAL`] beyond one limb.
pub const RECIPROCAL_BITS: u32 = 40;

/// What lane arithmetic must know of the field `C`; p is its modulus (254 bits), R = 2^260.
pub struct Constants<C>(PhantomData<C>);

impl<C: MontConfig<4>> Constants<C> {
    /// p.
    pub const P: [u64; LIMBS] = to_limbs(&C::MODULUS.0);
    /// -p^-1 mod 2^52.
    pub const NEGATED_INVERSE: u64 = negated_inverse(C::MODULUS.0[0]) & MASK;
    /// q = 2^-52 mod p = (p * [`Self::NEGATED_INVERSE`] + 1) / 2^52: one limb is reduced by adding its
    /// product with q one place up, without computing a quotient digit first.
    pub const Q: [u64; LIMBS] = inverse_radix(&Self::P, Self::NEGATED_INVERSE);
    /// R mod p: one, in lanes.
    pub const ONE: [u64; LIMBS] = to_limbs(&times_16(&C::R.0, &C::MODULUS.0));
    /// k * p for k in 0..8: limb i of k * p is `MULTIPLES[i][k]`.
    pub const MULTIPLES: [[u64; 8]; LIMBS] = multiples(&Self::P);
    /// floor(2^92 / (p4 + 1)), p4 the highest limb of p: times a highest limb, shifted right by 92 bits, it
    /// gives the quotient by p, or one less.
    pub const TOP_RECIPROCAL: u64 =
        ((1u128 << (LIMB_BITS + RECIPROCAL_BITS)) / (Self::P[4] as u128 + 1)) as u64;
}

/// Radix 2^64 to radix 2^52.
pub const fn to_limbs(a: &[u64; 4]) -> [u64; LIMBS] {
    [
        a[0] & MASK,
        ((a[0] >> 52) | (a[1] << 12)) & MASK,
        ((a[1] >> 40) | (a[2] << 24)) & MASK,
        ((a[2] >> 28) | (a[3] << 36)) & MASK,
        a[3] >> 16,
    ]
}

/// Radix 2^52 to radix 2^64: limbs below 2^52, value below 2^256.
pub const fn from_limbs(l: &[u64; LIMBS]) -> [u64; 4] {
    [
        l[0] | (l[1] << 52),
        (l[1] >> 12) | (l[2] << 40),
        (l[2] >> 24) | (l[3] << 28),
        (l[3] >> 36) | (l[4] << 16),
    ]
}

/// -p^-1 mod 2^64 by Newton's iteration: each step doubles the correct bits, starting from 3 (odd p).
const fn negated_inverse(p: u64) -> u64 {
    let mut inverse = p;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
}

/// 16 a mod p for a below p, p below 2^255: four doublings.
const fn times_16(a: &[u64; 4], p: &[u64; 4]) -> [u64; 4] {
    let mut out = *a;
    let mut step = 0;
    while step < 4 {
        let mut doubled = [0; 4];
        let mut less = [0; 4];
        let (mut carry, mut borrow) = (0, false);
        let mut i = 0;
        while i < 4 {
            doubled[i] = (out[i] << 1) | carry;
            carry = out[i] >> 63;
            let (difference, under) = doubled[i].overflowing_sub(p[i]);
            let (difference, again) = difference.overflowing_sub(borrow as u64);
            less[i] = difference;
            borrow = under || again;
            i += 1;
        }
        out = if borrow { doubled } else { less };
        step += 1;
    }
    out
}

const fn inverse_radix(p: &[u64; LIMBS], negated_inverse: u64) -> [u64; LIMBS] {
    let mut out = [0; LIMBS];
    let mut carry = 1u128;
    let mut i = 0;
    while i < LIMBS {
        carry += p[i] as u128 * negated_inverse as u128;
        if i > 0 {
            out[i - 1] = carry as u64 & MASK;
        }
        carry >>= LIMB_BITS;
        i += 1;
    }
    out[LIMBS - 1] = carry as u64;
    out
}

const fn multiples(p: &[u64; LIMBS]) -> [[u64; 8]; LIMBS] {
    let mut out = [[0; 8]; LIMBS];
    let mut k = 0;
    while k < 8 {
        let mut carry = 0u128;
        let mut i = 0;
        while i < LIMBS {
            carry += p[i] as u128 * k as u128;
            out[i][k] = carry as u64 & MASK;
            carry >>= LIMB_BITS;
            i += 1;
        }
        k += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{FqConfig, FrConfig};
    use num_bigint::BigUint;

    fn value(limbs: &[u64]) -> BigUint {
        limbs.iter().rev().fold(BigUint::ZERO, |sum, limb| (sum << 52) + limb)
    }

    fn check<C: MontConfig<4>>() {
        let p = C::MODULUS.0.iter().rev().fold(BigUint::ZERO, |sum, limb| (sum << 64) + limb);
        let radix = BigUint::from(1u64) << 52;
        assert_eq!(value(&Constants::<C>::P), p);
        assert_eq!(
            (&p * Constants::<C>::NEGATED_INVERSE + 1u64) % &radix,
            BigUint::ZERO,
            "p * (-1/p) + 1 = 0 mod 2^52"
        );
        let q = value(&Constants::<C>::Q);
        assert!(q < p);
        assert_eq!(q * radix % &p, BigUint::from(1u64));
        assert_eq!(value(&Constants::<C>::ONE), (BigUint::from(1u64) << 260usize) % &p);
        for k in 0..8 {
            let limbs: Vec<u64> = Constants::<C>::MULTIPLES.iter().map(|plane| plane[k]).collect();
            assert_eq!(value(&limbs), &p * k);
        }
        assert_eq!(from_limbs(&Constants::<C>::P), C::MODULUS.0);
        const { assert!(Constants::<FrConfig>::TOP_RECIPROCAL <= MASK) };
        const { assert!(Constants::<FqConfig>::TOP_RECIPROCAL <= MASK) };
    }

    #[test]
    fn constants_satisfy_their_definitions() {
        check::<FrConfig>();
        check::<FqConfig>();
    }

    #[test]
    fn radix_conversion_round_trips_on_extreme_limbs() {
        for limbs in [[0; 4], [u64::MAX; 4], [1, 0, 0, 1 << 63], [u64::MAX, 0, u64::MAX, 0], [1 << 52; 4]] {
            assert_eq!(from_limbs(&to_limbs(&limbs)), limbs);
        }
    }
}
