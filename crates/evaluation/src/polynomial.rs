//! Polynomials by their coefficients, lowest power first.

use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_field::Scalar;

/// Coefficients that one task sums.
const CHUNK: usize = 1 << 12;

/// The value at x.
pub(crate) fn evaluate(coefficients: &[Scalar], x: Scalar) -> Scalar {
    let horner = |coefficients: &[Scalar]| {
        coefficients.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient)
    };
    if coefficients.len() <= CHUNK {
        return horner(coefficients);
    }
    let sums: Vec<Scalar> = coefficients.par_chunks(CHUNK).map(horner).collect();
    let step = x.pow([CHUNK as u64]);
    sums.iter().rev().fold(Scalar::ZERO, |sum, value| sum * step + value)
}

/// The sum of X^i f_i(X^k) for k polynomials f_i: as long as k times the longest.
pub(crate) fn interleave(polynomials: &[Vec<Scalar>]) -> Vec<Scalar> {
    let (count, length) = (polynomials.len(), polynomials.iter().map(Vec::len).max().unwrap_or(0));
    let mut packed = vec![Scalar::ZERO; count * length];
    packed.par_chunks_mut(count.max(1)).enumerate().for_each(|(j, chunk)| {
        for (slot, polynomial) in chunk.iter_mut().zip(polynomials) {
            *slot = polynomial.get(j).copied().unwrap_or(Scalar::ZERO);
        }
    });
    packed
}
