//! What sum-checks 1 and 2 leave: a combination of functionals, statements and masks (steps 5 and 6).

use std::iter::successors;

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::{eq_table, index};
use zkattest_field::Scalar;

/// 1, x, x^2, ..
pub fn powers(x: Scalar) -> impl Iterator<Item = Scalar> {
    successors(Some(Scalar::ONE), move |power| Some(*power * x))
}

/// w_t = alpha^k(t) * coefficient_t * 2^-(n1 - n_t) of each term.
pub fn term_weights(circuit: &Circuit, alpha: Scalar) -> Vec<Scalar> {
    let alphas: Vec<Scalar> = powers(alpha).take(circuit.statements.len()).collect();
    let rounds = circuit.rounds_1();
    let halves: Vec<Scalar> = powers(half()).take(rounds.saturating_add(1)).collect();
    circuit
        .terms
        .iter()
        .map(|term| {
            let functional = term.factors.first().and_then(|factor| circuit.functionals.get(index(*factor)));
            let variables = functional.map_or(0, |functional| usize::from(functional.variables));
            let missing = rounds.saturating_sub(variables);
            let alpha = alphas.get(index(term.statement)).copied().unwrap_or(Scalar::ZERO);
            let scale = halves.get(missing).copied().unwrap_or(Scalar::ZERO);
            alpha * scale * Scalar::from(term.coefficient)
        })
        .collect()
}

/// The challenges that the combination is made of.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// Where sum-check 1 ended.
    pub rho: &'a [Scalar],
    /// Where sum-check 2 ended.
    pub sigma: &'a [Scalar],
    /// Joins the claims.
    pub delta: Scalar,
}

/// Weights of everything that the claims 0 .. D + 2 are linear in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// Of each functional; zero where no term has it.
    pub functionals: Vec<Scalar>,
    /// Of each statement's right side.
    pub statements: Vec<Scalar>,
    /// Public part: absent factors, and entry K for j > 0.
    pub constant: Scalar,
    /// Of the first cells of M, up to the pads, beyond claim 0's j * delta^0.
    pub masks: Vec<Scalar>,
}

/// eq(sigma, k) for the terms, for entry K (linear) and for entry K + 1 (pad).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    /// Of the terms.
    pub terms: Vec<Scalar>,
    /// Of entry K.
    pub linear: Scalar,
    /// Of entry K + 1.
    pub pad: Scalar,
}

impl Entries {
    /// The entries at sigma.
    pub fn new(circuit: &Circuit, sigma: &[Scalar]) -> Self {
        let mut terms = eq_table(sigma, circuit.terms.len().saturating_add(2));
        let pad = terms.pop().unwrap_or(Scalar::ZERO);
        let linear = terms.pop().unwrap_or(Scalar::ZERO);
        Self { terms, linear, pad }
    }

    /// The extension of the weights of sum-check 2 at sigma: w of the terms, 1 of entry K, 0 of the pad.
    pub fn weight(&self, term_weights: &[Scalar]) -> Scalar {
        self.terms.iter().zip(term_weights).map(|(eq, weight)| *eq * weight).sum::<Scalar>() + self.linear
    }
}

/// Weights of functionals, statements and masks in sum delta^i v_i.
pub fn combine(circuit: &Circuit, entries: &Entries, alpha: Scalar, points: Points<'_>) -> Combination {
    let Points { rho, sigma, delta } = points;
    // Claim 1 has delta; claim 2 + j, of u_(j + 1), has `factor_weights[j]`; then comes g2's claim.
    let mut deltas = powers(delta).skip(2);
    let factor_weights: Vec<Scalar> = deltas.by_ref().take(circuit.factors()).collect();
    let last = deltas.next().unwrap_or(Scalar::ZERO);

    let mut functionals = vec![Scalar::ZERO; circuit.functionals.len()];
    let mut constant = Scalar::ZERO;
    for (term, eq) in circuit.terms.iter().zip(&entries.terms) {
        let mut factors = term.factors.iter();
        for weight in &factor_weights {
            match factors.next() {
                Some(factor) => {
                    if let Some(sum) = functionals.get_mut(index(*factor)) {
                        *sum += *weight * eq;
                    }
                }
                // An absent factor is 1.
                None => constant += *weight * eq,
            }
        }
    }
    constant += entries.linear * factor_weights.iter().skip(1).sum::<Scalar>();

    let linear = factor_weights.first().copied().unwrap_or(Scalar::ZERO) * entries.linear;
    let scale = powers(half()).nth(circuit.rounds_1()).unwrap_or(Scalar::ZERO);
    let mut masks = Vec::with_capacity(circuit.mask_layout().pads.end);
    masks.extend(zero_sum_basis(rho, circuit.degree_1()).map(|value| linear * value));
    masks.push(delta + linear * scale);
    masks.extend(zero_sum_basis(sigma, circuit.degree_2()).map(|value| last * value));
    masks.extend(factor_weights.iter().map(|weight| *weight * entries.pad));

    let statements = powers(alpha).take(circuit.statements.len()).map(|power| power * delta).collect();
    Combination { functionals, statements, constant, masks }
}

/// x_i^k - 1/2, i outermost, 1 <= k <= degree: what a mask's coefficients a_ik are multiplied by.
fn zero_sum_basis(x: &[Scalar], degree: usize) -> impl Iterator<Item = Scalar> {
    let half = half();
    x.iter().flat_map(move |x| powers(*x).skip(1).take(degree).map(move |power| power - half))
}

/// 1/2 = (r + 1) / 2; r is odd, so that the inverse exists.
fn half() -> Scalar {
    Scalar::from(2u64).inverse().unwrap_or(Scalar::ZERO)
}
