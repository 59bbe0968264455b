//! Polynomials of low degree.

use ark_ff::{AdditiveGroup, Field};
use zkattest_field::Scalar;

/// Turns values at 0, 1, .. into coefficients.
pub(crate) struct Interpolation {
    /// 1 / k!.
    inverse_factorials: Vec<Scalar>,
}

impl Interpolation {
    /// For degrees up to `degree`.
    pub fn new(degree: usize) -> Self {
        let factorial: Scalar = (1..=degree as u64).map(Scalar::from).product();
        // degree! is not zero: degree is far below r.
        let mut inverse = factorial.inverse().unwrap_or_default();
        let mut inverse_factorials: Vec<Scalar> = (0..=degree as u64)
            .rev()
            .map(|k| {
                let own = inverse;
                inverse *= Scalar::from(k);
                own
            })
            .collect();
        inverse_factorials.reverse();
        Self { inverse_factorials }
    }

    /// Coefficients, lowest power first, of the polynomial with the values at 0, 1, .., d: Newton's forward
    /// differences, expanded.
    pub fn coefficients(&self, values: &[Scalar]) -> Vec<Scalar> {
        // After step k: the k-th difference at 0 is in place k.
        let mut differences = values.to_vec();
        for k in 1..values.len() {
            for i in (k..values.len()).rev() {
                let before = differences[i - 1];
                differences[i] -= before;
            }
        }
        // Times X (X - 1) .. (X - k + 1) / k!, by Horner from the last.
        let mut coefficients = vec![Scalar::ZERO; values.len()];
        for (k, (value, inverse)) in differences.iter().zip(&self.inverse_factorials).enumerate().rev() {
            let shift = Scalar::from(k as u64);
            for i in (1..values.len()).rev() {
                coefficients[i] = coefficients[i - 1] - shift * coefficients[i];
            }
            coefficients[0] = *value * inverse - shift * coefficients[0];
        }
        coefficients
    }
}

/// The value at x.
pub(crate) fn evaluate(coefficients: &[Scalar], x: Scalar) -> Scalar {
    coefficients.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient)
}

/// Powers of x, from 1.
pub(crate) fn powers(x: Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(Scalar::ONE), |power| Some(*power * x)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_inverts_evaluation() {
        for degree in 0..12u64 {
            let coefficients: Vec<Scalar> =
                (0..=degree).map(|k| Scalar::from(k * k + 7) - Scalar::from(13u64)).collect();
            let values: Vec<Scalar> =
                (0..=degree).map(|x| evaluate(&coefficients, Scalar::from(x))).collect();
            assert_eq!(Interpolation::new(11).coefficients(&values), coefficients);
        }
    }
}
