//! The consistency check that every reference string passes, whatever file it came from.
//!
//! 1. \[tau^0\]_1 is the generator; every point is on its curve, of order r, and not at infinity (on decoding,
//!    and repeated here); tau is neither 0 nor 1.
//! 2. e(\[tau^i\]_1, H) = e(\[tau^(i-1)\]_1, \[tau\]_2) for all i, batched: with coefficients c_i of 128 bits drawn
//!    from the operating system after the string is fixed, e(sum c_i \[tau^i\]_1, H) = e(sum c_i \[tau^(i-1)\]_1, \[tau\]_2).
//!    A string with a wrong power passes with probability at most 2^-128 (Schwartz-Zippel, degree 1).
//! 3. The Lagrange bases carried along are those of the powers: sum c_j L_j = sum f_i \[tau^i\]_1 for the
//!    polynomial f with the random values c_j on the roots of unity, added up over all bases; same error.
//!
//! What it cannot show: that nobody knows tau. That rests on where the string comes from.

use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing as _};
use ark_ff::{AdditiveGroup, Zero};
use rayon::prelude::*;
use zkattest_field::{FieldError, G1, G1Projective, G2, Pairing, Scalar, random_integers};
use zkattest_kernels::KernelError;
use zkattest_kernels::msm::{Scalars, msm};

use super::{Srs, g2_generator, is_trivial, lagrange};
use crate::error::{Section, SrsError};

impl Srs {
    /// Run the whole check, see the module.
    ///
    /// # Errors
    /// The first failing condition, naming `section` and the point.
    pub fn check(&self, section: Section) -> Result<(), SrsError> {
        if is_trivial(&self.tau_g2) {
            return Err(SrsError::TrivialSecret { section });
        }
        check_powers(&self.powers, &self.tau_g2, section)?;
        if self.lagrange.is_empty() { Ok(()) } else { self.check_lagrange(section) }
    }
}

/// Conditions 1 and 2, without the one on tau.
pub(crate) fn check_powers(powers: &[G1], tau_g2: &G2, section: Section) -> Result<(), SrsError> {
    let (Some(first), Some(shifted)) = (powers.first(), powers.get(1..)) else {
        return Err(SrsError::Truncated { section, expected: 2, found: powers.len() as u64 });
    };
    if *first != G1::generator() {
        return Err(SrsError::NotGenerator { section, index: 0 });
    }
    let bad = powers.par_iter().position_first(|point| point.is_zero() || !point.is_on_curve());
    if let Some(index) = bad {
        return Err(SrsError::OffCurve { section, index: index as u64 });
    }
    if tau_g2.is_zero() || !tau_g2.is_on_curve() {
        return Err(SrsError::OffCurve { section, index: 0 });
    }
    if !tau_g2.is_in_correct_subgroup_assuming_on_curve() {
        return Err(SrsError::WrongOrder { section, index: 0 });
    }
    let coefficients = Coefficients::draw(shifted.len())?;
    let upper = coefficients.sum(shifted)?;
    let lower = coefficients.sum(powers)?;
    if same_ratio(&upper.into_affine(), &g2_generator(), &lower.into_affine(), tau_g2) {
        Ok(())
    } else {
        Err(SrsError::Inconsistent { section })
    }
}

impl Srs {
    /// Condition 3.
    fn check_lagrange(&self, section: Section) -> Result<(), SrsError> {
        let wrong = SrsError::LagrangeInconsistent { section };
        let mut left = G1Projective::ZERO;
        let mut combined: Vec<Scalar> = Vec::new();
        for (_, basis) in &self.lagrange {
            let coefficients = Coefficients::draw(basis.len())?;
            left += coefficients.sum(basis)?;
            let mut polynomial = coefficients.scalars();
            lagrange::interpolate(&mut polynomial);
            combined.resize(combined.len().max(polynomial.len()), Scalar::ZERO);
            combined.iter_mut().zip(&polynomial).for_each(|(sum, term)| *sum += term);
        }
        let Some(monomials) = self.powers.get(..combined.len()) else { return Err(wrong) };
        if left == msm(monomials, Scalars::Full(&combined))? { Ok(()) } else { Err(wrong) }
    }
}

/// e(a, b) = e(c, d).
pub(crate) fn same_ratio(a: &G1, b: &G2, c: &G1, d: &G2) -> bool {
    Pairing::multi_pairing([*a, -*c], [*b, *d]).is_zero()
}

/// Digits of a coefficient.
const DIGITS: usize = 4;

/// Points summed at once: bounds the memory of their copies in the kernels' form to 64 MiB.
const POINTS: usize = 1 << 20;

/// Random coefficients sum_k 2^(32 k) digit_k of a batched check: 2^128 values each, as sums of small scalars.
struct Coefficients([Vec<i32>; DIGITS]);

impl Coefficients {
    fn draw(count: usize) -> Result<Self, FieldError> {
        let [first, second] = [random_integers(count)?, random_integers(count)?];
        // Both halves of each 64-bit integer are 32 random bits.
        let high = |v: &i64| i32::try_from(*v >> 32).unwrap_or_default();
        let low = |v: &i64| i32::try_from((*v << 32) >> 32).unwrap_or_default();
        let halves = [&first, &second].map(|v| [v.iter().map(high).collect(), v.iter().map(low).collect()]);
        let [[a, b], [c, d]] = halves;
        let digits = [a, b, c, d];
        Ok(Self(digits))
    }

    /// sum c_i P_i over the first points, as many as coefficients.
    fn sum(&self, points: &[G1]) -> Result<G1Projective, KernelError> {
        let mut total = G1Projective::ZERO;
        for digits in self.0.iter().rev() {
            for _ in 0..32 {
                total.double_in_place();
            }
            let points = points.get(..digits.len()).unwrap_or(points);
            for (digits, points) in digits.chunks(POINTS).zip(points.chunks(POINTS)) {
                total += msm(points, Scalars::I32(digits))?;
            }
        }
        Ok(total)
    }

    fn scalars(&self) -> Vec<Scalar> {
        let shift = Scalar::from(1u64 << 32);
        let [first, ..] = &self.0;
        let coefficient = |i: usize| {
            self.0.iter().rev().fold(Scalar::ZERO, |sum, digits| sum * shift + Scalar::from(digits[i]))
        };
        (0..first.len()).map(coefficient).collect()
    }
}
