//! The consistency check that every reference string passes, whatever file it came from.
//!
//! 1. \[tau^0\]_1 is the generator; every point is on its curve, of order r, and not at infinity (on decoding,
//!    and repeated here); tau is neither 0 nor 1.
//! 2. e(\[tau^i\]_1, H) = e(\[tau^(i-1)\]_1, \[tau\]_2) for all i, batched: with coefficients c_i of 128 bits drawn
//!    from the operating system after the string is fixed, e(sum c_i \[tau^i\]_1, H) = e(sum c_i \[tau^(i-1)\]_1, \[tau\]_2).
//!    A string with a wrong power passes with probability at most 2^-128 (Schwartz-Zippel, degree 1).
//! 3. A Lagrange basis, where carried along, is that of the powers: sum c_j L_j = sum f_i \[tau^i\]_1 for the
//!    polynomial f with the random values c_j on the roots of unity; same error.
//!
//! What it cannot show: that nobody knows tau. That rests on where the string comes from.

use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing as _};
use ark_ff::Zero;
use rayon::prelude::*;
use zkattest_field::{FieldError, G1, G1Projective, G2, Pairing, Scalar, random_scalar};

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
        for (log2_size, basis) in &self.lagrange {
            check_lagrange(&self.powers, *log2_size, basis, section)?;
        }
        Ok(())
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
    let coefficients = random_coefficients(shifted.len())?;
    let upper = sum(shifted, &coefficients);
    let lower = sum(powers, &coefficients);
    if same_ratio(&upper, &g2_generator(), &lower, tau_g2) {
        Ok(())
    } else {
        Err(SrsError::Inconsistent { section })
    }
}

/// Condition 3 for one basis.
fn check_lagrange(powers: &[G1], log2_size: u32, basis: &[G1], section: Section) -> Result<(), SrsError> {
    let wrong = SrsError::LagrangeInconsistent { section, log2_size };
    let Some(monomials) = powers.get(..basis.len()) else { return Err(wrong) };
    let values = random_coefficients(basis.len())?;
    let mut coefficients = values.clone();
    lagrange::interpolate(&mut coefficients);
    if sum(basis, &values) == sum(monomials, &coefficients) { Ok(()) } else { Err(wrong) }
}

/// e(a, b) = e(c, d).
pub(crate) fn same_ratio(a: &G1, b: &G2, c: &G1, d: &G2) -> bool {
    Pairing::multi_pairing([*a, -*c], [*b, *d]).is_zero()
}

fn sum(points: &[G1], scalars: &[Scalar]) -> G1 {
    let count = points.len().min(scalars.len());
    let (points, scalars) = (points.get(..count).unwrap_or(points), scalars.get(..count).unwrap_or(scalars));
    G1Projective::msm_unchecked(points, scalars).into_affine()
}

/// Coefficients for a batched check. A full-size random scalar expanded by powers would do; independent ones
/// keep the error at 2^-128 for every length.
fn random_coefficients(count: usize) -> Result<Vec<Scalar>, FieldError> {
    (0..count).map(|_| random_scalar()).collect()
}
