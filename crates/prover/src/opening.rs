//! The opening of F at z (Eagen and Gabizon, "Mercury: a multilinear polynomial commitment scheme with
//! constant proof size and no prover FFTs", 2025), its values at several points proved together (Boneh, Drake,
//! Fisch and Gabizon, "Efficient polynomial commitment schemes for multiple points and polynomials", 2020, the
//! second scheme; `docs/protocol.md`, "Opening").

use crate::ProverError;
use crate::engine::Engine;
use crate::messages::Messages;
use crate::polynomial::{evaluate, powers};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_circuit::eq_table;
use zkattest_evaluation::{Argument, Permutation};
use zkattest_field::{G1Projective, Scalar};

/// Opens `polynomial` (m + 1 coefficients) at z, and with it the evaluation argument's polynomials, where there is one.
pub(crate) fn open<E: Engine>(
    engine: &E,
    polynomial: E::Polynomial,
    z: &[Scalar],
    argument: Option<&Argument<'_>>,
    messages: &mut Messages<'_>,
) -> Result<(), ProverError> {
    let (b1, b2) = (1usize << z.len().div_ceil(2), 1usize << (z.len() / 2));
    let (z_hi, z_lo) = z.split_at(z.len() / 2);
    let (low, high) = (eq_table(z_lo, b1), eq_table(z_hi, b2));
    let string = engine.host().string;
    let h = engine.chunk_products(&polynomial, &low)?;
    let wires = argument.map(Argument::packed);
    let sent = wires.iter().map(Vec::as_slice).chain([h.as_slice()]);
    let points = string.commit_polynomials(&sent.collect::<Vec<_>>())?;
    messages.scalars_and_points(argument.map(Argument::advice).unwrap_or_default(), &points);
    let zeta = messages.draw();
    let permutation = argument.map(|argument| {
        let (kappa, lambda) = (messages.draw(), messages.draw());
        argument.permute(kappa, lambda)
    });
    let (q, g) = engine.divide(&polynomial, b1, zeta)?;
    let product = permutation.as_ref().map(Permutation::packed);
    let others: Vec<&[Scalar]> = std::iter::once(g.as_slice()).chain(product.as_deref()).collect();
    messages.points(&G1Projective::normalize_batch(&engine.sums(&q, &others)?));
    let eta = messages.draw();
    let mut s = symmetric(&g, &low, (b1 - 1).max(b2));
    let other = symmetric(&h, &high, (b1 - 1).max(b2));
    s.iter_mut().zip(&other).for_each(|(sum, value)| *sum += eta * value);
    let d: Vec<Scalar> = g.iter().rev().copied().collect();
    messages.points(&string.commit_polynomials(&[&s, &d])?);
    let omega = messages.draw();
    let chi = argument.map(|_| messages.draw());
    // Verifiers refuse zero, which comes with probability 1 / r.
    let inverse = omega.inverse().unwrap_or_default();
    let mut values = vec![
        evaluate(&g, omega),
        evaluate(&g, inverse),
        evaluate(&h, omega),
        evaluate(&h, inverse),
        evaluate(&s, omega),
        evaluate(&s, inverse),
        evaluate(&h, zeta),
    ];
    if let (Some(argument), Some(permutation), Some(chi)) = (argument, &permutation, chi) {
        values.extend(argument.values(permutation, chi));
    }
    messages.scalars(&values);
    let nu = powers(messages.draw(), 8);
    let packed = match (argument, wires, product, chi) {
        (Some(argument), Some(wires), Some(product), Some(chi)) => {
            let index = argument.index();
            Some(Packed::new([index.packed(), wires, product], &nu[5..], chi, index.root()))
        }
        _ => None,
    };
    let reduced = omega.pow([b1 as u64]) - zeta;
    let polynomial = engine.reduce(polynomial, reduced, q, nu[4], &d)?;
    let joint = Joint {
        at_pair: combination(&[(nu[1], &g), (nu[3], &s)]),
        at_triple: combination(&[(nu[2], &h)]),
        points: [omega, inverse, zeta],
        packed,
    };
    let small = joint.small_quotient();
    let quotient = engine.quotient(polynomial, omega, &small)?;
    let committed = G1Projective::normalize_batch(&engine.sums(&quotient, &[])?);
    messages.points(&committed);
    let xi = messages.draw();
    // W' = W + correction: without an evaluation argument, its commitment takes no sum over m points.
    let correction = string.commit_polynomials(&[&joint.correction(&small, xi)])?;
    let last: Vec<G1Projective> =
        committed.iter().zip(&correction).map(|(quotient, correction)| *quotient + correction).collect();
    messages.points(&G1Projective::normalize_batch(&last));
    Ok(())
}

/// The evaluation argument's polynomials: T_3, T_4 and T_5, divided by X^8 - chi, by X^4 - chi, and by
/// (X^3 - chi)(X^3 - chi w).
#[derive(Debug)]
pub(crate) struct Packed {
    /// nu^5 P0, nu^6 P1, nu^7 P2.
    polynomials: [Vec<Scalar>; 3],
    /// chi, chi w.
    points: [Scalar; 2],
}

impl Packed {
    /// Of P0, P1 and P2, with a factor each.
    pub fn new(mut polynomials: [Vec<Scalar>; 3], factors: &[Scalar], chi: Scalar, root: Scalar) -> Self {
        for (polynomial, factor) in polynomials.iter_mut().zip(factors) {
            polynomial.par_iter_mut().for_each(|coefficient| *coefficient *= factor);
        }
        Self { polynomials, points: [chi, chi * root] }
    }

    /// The sum of the quotients.
    fn quotient(&self) -> Vec<Scalar> {
        let ([table, wires, product], [chi, next]) = (&self.polynomials, self.points);
        let quotient = |polynomial: &[Scalar], width: usize, root: Scalar| divide(polynomial, width, root).0;
        let ((mut sum, wires), product) = rayon::join(
            || rayon::join(|| quotient(table, 8, chi), || quotient(wires, 4, chi)),
            || quotient(&quotient(product, 3, chi), 3, next),
        );
        add(&mut sum, Scalar::ONE, &wires);
        add(&mut sum, Scalar::ONE, &product);
        sum
    }

    /// The polynomials with k_3, k_4, k_5: xi - omega over their divisors at xi.
    fn weighted(&self, omega: Scalar, xi: Scalar) -> [(Scalar, &[Scalar]); 3] {
        let ([table, wires, product], [chi, next]) = (&self.polynomials, self.points);
        // Verifiers refuse xi at which one of these is zero, which comes with probability 18 / r.
        let weight = |divisor: Scalar| (xi - omega) * divisor.inverse().unwrap_or_default();
        let (cube, fourth) = (xi.pow([3u64]), xi.pow([4u64]));
        [
            (weight(fourth.square() - chi), table),
            (weight(fourth - chi), wires),
            (weight((cube - chi) * (cube - next)), product),
        ]
    }
}

/// What is opened elsewhere than T_0, which is opened at omega alone: T_1 at omega and 1/omega, T_2 at zeta too, both of
/// about sqrt(m) coefficients; and an evaluation argument's.
#[derive(Debug)]
pub(crate) struct Joint {
    /// T_1 = nu g + nu^3 s.
    pub at_pair: Vec<Scalar>,
    /// T_2 = nu^2 h.
    pub at_triple: Vec<Scalar>,
    /// omega, 1/omega, zeta.
    pub points: [Scalar; 3],
    /// What an evaluation argument adds.
    pub packed: Option<Packed>,
}

impl Joint {
    /// Q = (T_1 - r_1) / ((X - omega)(X - 1/omega)) + (T_2 - r_2) / ((X - omega)(X - 1/omega)(X - zeta)): what W
    /// is besides (T_0 - v_0) / (X - omega); and an evaluation argument's. Remainders r_i fall away in the division.
    pub fn small_quotient(&self) -> Vec<Scalar> {
        let [omega, inverse, zeta] = self.points;
        let pair = quotient(quotient(self.at_pair.clone(), omega), inverse);
        let triple = quotient(quotient(quotient(self.at_triple.clone(), omega), inverse), zeta);
        let packed = self.packed.as_ref().map(Packed::quotient).unwrap_or_default();
        combination(&[(Scalar::ONE, &pair), (Scalar::ONE, &triple), (Scalar::ONE, &packed)])
    }

    /// W' - W = (k_1 (T_1 - r_1(xi)) + k_2 (T_2 - r_2(xi)) - (X - omega) Q) / (X - xi), with
    /// k_1 = 1 / (xi - 1/omega), k_2 = k_1 / (xi - zeta), and likewise an evaluation argument's.
    ///
    /// T_0 takes no part: what it adds to (X - xi) W' is (T_0 - v_0) - (xi - omega)(T_0 - v_0) / (X - omega),
    /// which is X - xi times what it adds to W. Constants r_i(xi) fall away in the division.
    pub fn correction(&self, small_quotient: &[Scalar], xi: Scalar) -> Vec<Scalar> {
        let [omega, inverse, zeta] = self.points;
        // Verifiers refuse xi = 1/omega and xi = zeta, which come with probability 2 / r.
        let pair = (xi - inverse).inverse().unwrap_or_default();
        let triple = pair * (xi - zeta).inverse().unwrap_or_default();
        let shifted: Vec<Scalar> =
            std::iter::once(Scalar::ZERO).chain(small_quotient.iter().copied()).collect();
        let mut terms: Vec<(Scalar, &[Scalar])> = vec![
            (pair, &self.at_pair),
            (triple, &self.at_triple),
            (omega, small_quotient),
            (-Scalar::ONE, &shifted),
        ];
        terms.extend(self.packed.iter().flat_map(|packed| packed.weighted(omega, xi)));
        quotient(combination(&terms), xi)
    }
}

/// Adds weight * `polynomial`.
pub(crate) fn add(sum: &mut Vec<Scalar>, weight: Scalar, polynomial: &[Scalar]) {
    sum.resize(sum.len().max(polynomial.len()), Scalar::ZERO);
    sum.iter_mut().zip(polynomial).for_each(|(sum, value)| *sum += weight * value);
}

/// Sum of weight * polynomial.
fn combination(terms: &[(Scalar, &[Scalar])]) -> Vec<Scalar> {
    let length = terms.iter().map(|(_, polynomial)| polynomial.len()).max().unwrap_or_default();
    let mut sum = vec![Scalar::ZERO; length];
    for (weight, polynomial) in terms {
        add(&mut sum, *weight, polynomial);
    }
    sum
}

pub(crate) fn inner_product(left: &[Scalar], right: &[Scalar]) -> Scalar {
    left.iter().zip(right).map(|(left, right)| *left * right).sum()
}

/// Quotient and remainder of the division by X^width - zeta.
pub(crate) fn divide(polynomial: &[Scalar], width: usize, zeta: Scalar) -> (Vec<Scalar>, Vec<Scalar>) {
    // Coefficient k of the quotient is that of what is divided, k + width, and zeta quotient[k + width]; so are the
    // remainder's.
    let (low, high) = polynomial.split_at_checked(width).unwrap_or((polynomial, &[]));
    let mut quotient = high.to_vec();
    for start in (0..quotient.len().saturating_sub(width)).step_by(width).rev() {
        let (low, high) = quotient[start..].split_at_mut(width);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += zeta * high);
    }
    let mut remainder = low.to_vec();
    remainder.iter_mut().zip(&quotient).for_each(|(low, high)| *low += zeta * high);
    (quotient, remainder)
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
pub(crate) fn quotient(mut polynomial: Vec<Scalar>, point: Scalar) -> Vec<Scalar> {
    let mut carry = Scalar::ZERO;
    for value in polynomial.iter_mut().rev() {
        let own = *value + point * carry;
        *value = carry;
        carry = own;
    }
    polynomial.pop();
    polynomial
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Randomness;

    fn scalars(count: usize) -> Vec<Scalar> {
        let mut scalars = vec![Scalar::ZERO; count];
        crate::OsRandomness.fill(&mut scalars).unwrap();
        scalars
    }

    /// The polynomial less its remainder by the product of X - x: what vanishes at these points.
    fn vanishing(polynomial: &[Scalar], points: &[Scalar], at: Scalar) -> Scalar {
        let reduced = points.iter().fold(polynomial.to_vec(), |polynomial, x| quotient(polynomial, *x));
        points.iter().fold(evaluate(&reduced, at), |value, x| value * (at - x))
    }

    /// W and W' from their definitions, read at a random point.
    #[test]
    fn corrections_make_the_second_quotient_of_the_first() {
        for (large, pair, triple) in [(65, 8, 9), (129, 16, 9), (33, 3, 4), (9, 1, 1), (9, 0, 2)] {
            let (first, at_pair, at_triple) = (scalars(large), scalars(pair), scalars(triple));
            let [omega, zeta, xi, x] = scalars(4).try_into().unwrap();
            let inverse = omega.inverse().unwrap();
            let joint = Joint { at_pair, at_triple, points: [omega, inverse, zeta], packed: None };
            let small = joint.small_quotient();
            let mut w = quotient(first.clone(), omega);
            w.resize(w.len().max(small.len()), Scalar::ZERO);
            add(&mut w, Scalar::ONE, &small);

            let opened = [
                (&first, vec![omega]),
                (&joint.at_pair, vec![omega, inverse]),
                (&joint.at_triple, vec![omega, inverse, zeta]),
            ];
            let product = |at: Scalar, points: &[Scalar]| points.iter().map(|x| at - x).product::<Scalar>();
            let expected: Scalar =
                opened.iter().map(|(t, points)| vanishing(t, points, x) / product(x, points)).sum();
            assert_eq!(evaluate(&w, x), expected);

            // T_i - r_i(xi) at x: the constant r_i(xi) is T_i(xi) less what vanishes there.
            let dividend: Scalar = opened
                .iter()
                .map(|(t, points)| {
                    let remainder = evaluate(t, xi) - vanishing(t, points, xi);
                    (evaluate(t, x) - remainder) / product(xi, &points[1..])
                })
                .sum();
            let expected = (dividend - (xi - omega) * evaluate(&w, x)) / (x - xi);
            let correction = joint.correction(&small, xi);
            assert_eq!(evaluate(&w, x) + evaluate(&correction, x), expected);
            assert!(correction.len() <= joint.at_pair.len().max(joint.at_triple.len()));
        }
    }
}
