//! The opening of F at z (Eagen and Gabizon, "Mercury: a multilinear polynomial commitment scheme with
//! constant proof size and no prover FFTs", 2025; `docs/protocol.md`, "Opening").

use crate::ProverError;
use crate::messages::Messages;
use crate::polynomial::{evaluate, powers};
use crate::string::ProvingString;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_circuit::eq_table;
use zkattest_field::Scalar;

/// Opens `polynomial` (m + 1 coefficients) at z.
pub(crate) fn open(
    string: &ProvingString,
    polynomial: &[Scalar],
    z: &[Scalar],
    messages: &mut Messages<'_>,
) -> Result<(), ProverError> {
    let (b1, b2) = (1usize << z.len().div_ceil(2), 1usize << (z.len() / 2));
    let (z_hi, z_lo) = z.split_at(z.len() / 2);
    let (low, high) = (eq_table(z_lo, b1), eq_table(z_hi, b2));
    let h: Vec<Scalar> = polynomial.par_chunks(b1).map(|chunk| inner_product(chunk, &low)).collect();
    messages.points(&string.commit_polynomials(&[&h])?);
    let zeta = messages.draw();
    let (q, g) = divide(polynomial, b1, zeta);
    messages.points(&string.commit_polynomials(&[&q, &g])?);
    let eta = messages.draw();
    let mut s = symmetric(&g, &low, (b1 - 1).max(b2));
    let other = symmetric(&h, &high, (b1 - 1).max(b2));
    s.iter_mut().zip(&other).for_each(|(sum, value)| *sum += eta * value);
    let d: Vec<Scalar> = g.iter().rev().copied().collect();
    messages.points(&string.commit_polynomials(&[&s, &d])?);
    let omega = messages.draw();
    // Verifiers refuse zero, which comes with probability 1 / r.
    let inverse = omega.inverse().unwrap_or_default();
    let values = [
        evaluate(&g, omega),
        evaluate(&g, inverse),
        evaluate(&h, omega),
        evaluate(&h, inverse),
        evaluate(&s, omega),
        evaluate(&s, inverse),
        evaluate(&h, zeta),
    ];
    messages.scalars(&values);
    let nu = powers(messages.draw(), 5);
    let mut first = polynomial.to_vec();
    let reduced = omega.pow([b1 as u64]) - zeta;
    first.par_iter_mut().zip(&q).for_each(|(sum, q)| *sum -= reduced * q);
    for (polynomial, weight) in [&g, &h, &s, &d].into_iter().zip(&nu[1..]) {
        first.iter_mut().zip(polynomial).for_each(|(sum, value)| *sum += *weight * value);
    }
    let mut second = vec![Scalar::ZERO; h.len().max(g.len()).max(s.len())];
    for (polynomial, weight) in [&g, &h, &s].into_iter().zip(&nu) {
        second.iter_mut().zip(polynomial).for_each(|(sum, value)| *sum += *weight * value);
    }
    let quotients = [quotient(first, omega), quotient(second, inverse), quotient(h, zeta)];
    messages.points(&string.commit_polynomials(&quotients.each_ref().map(Vec::as_slice))?);
    messages.draw();
    Ok(())
}

fn inner_product(left: &[Scalar], right: &[Scalar]) -> Scalar {
    left.iter().zip(right).map(|(left, right)| *left * right).sum()
}

/// Quotient and remainder of the division by X^width - zeta.
fn divide(polynomial: &[Scalar], width: usize, zeta: Scalar) -> (Vec<Scalar>, Vec<Scalar>) {
    // Coefficient k of the quotient is polynomial[k + width] + zeta quotient[k + width]; so are the
    // remainder's.
    let mut work = polynomial.to_vec();
    for start in (0..polynomial.len().saturating_sub(width)).step_by(width).rev() {
        let (low, high) = work[start..].split_at_mut(width);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += zeta * high);
    }
    let quotient = work.split_off(width);
    (quotient, work)
}

/// Coefficients of X^1, .., X^count of a(X) b(1/X) + a(1/X) b(X).
fn symmetric(a: &[Scalar], b: &[Scalar], count: usize) -> Vec<Scalar> {
    (1..=count)
        .into_par_iter()
        .map(|k| {
            inner_product(a.get(k..).unwrap_or_default(), b)
                + inner_product(a, b.get(k..).unwrap_or_default())
        })
        .collect()
}

/// Quotient of the division by X - point.
fn quotient(mut polynomial: Vec<Scalar>, point: Scalar) -> Vec<Scalar> {
    let mut carry = Scalar::ZERO;
    for value in polynomial.iter_mut().rev() {
        let own = *value + point * carry;
        *value = carry;
        carry = own;
    }
    polynomial.pop();
    polynomial
}
