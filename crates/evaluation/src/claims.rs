//! Steps 5 and 6 over wires: weights of terms, functionals, statements and masks.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::index;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;

use crate::gates::Gates;
use crate::symbols::Symbols;
use crate::wire::Wire;

/// Weights of everything that the claims are linear in.
pub struct Combination {
    /// The extension of sum-check 2's weights at sigma.
    pub weight: Wire,
    /// Of each functional; none where no term has it.
    pub functionals: Vec<Option<Wire>>,
    /// Of each statement's right side.
    pub statements: Vec<Wire>,
    /// Public part: absent factors, and entry K for j > 0.
    pub constant: Wire,
    /// Row M's weight at z.
    pub masks: Wire,
}

impl Combination {
    /// The weights at the challenges.
    pub fn new(gates: &mut Gates, circuit: &Circuit, symbols: &Symbols) -> Self {
        let factors = circuit.factors();
        let count = circuit.terms.len();
        let entries = gates.eq_table(&symbols.sigma, count.saturating_add(2));
        let entry = |place: usize| entries.get(place).copied().unwrap_or(Wire::ZERO);
        let (linear, pad) = (entry(count), entry(count.saturating_add(1)));
        // delta^2 .. delta^(D + 2).
        let deltas = gates.powers(symbols.delta, factors.saturating_add(2)).split_off(1);

        let mut functionals = vec![None; circuit.functionals.len()];
        let mut constant = Wire::ZERO;
        for (place, delta) in deltas.iter().take(factors).enumerate() {
            let mut sums: Vec<Option<Wire>> = vec![None; circuit.functionals.len()];
            let mut absent = if place > 0 { linear } else { Wire::ZERO };
            for (term, eq) in circuit.terms.iter().zip(&entries) {
                match term.factors.get(place) {
                    Some(factor) => {
                        if let Some(sum) = sums.get_mut(index(*factor)) {
                            *sum = Some(sum.map_or(*eq, |sum| gates.sum(sum, *eq)));
                        }
                    }
                    // An absent factor is 1.
                    None => absent = gates.sum(absent, *eq),
                }
            }
            let absent = gates.product(absent, *delta);
            constant = gates.sum(constant, absent);
            for (functional, sum) in functionals.iter_mut().zip(sums) {
                let Some(sum) = sum else {
                    continue;
                };
                let weight = gates.product(sum, *delta);
                *functional = Some(functional.map_or(weight, |known| gates.sum(known, weight)));
            }
        }
        let mut power = symbols.delta;
        let mut statements = Vec::with_capacity(circuit.statements.len());
        for _ in &circuit.statements {
            statements.push(power);
            power = gates.product(power, symbols.alpha);
        }
        let weight = term_weights(gates, circuit, symbols, &entries);
        let weight = gates.sum(weight, linear);
        let masks = masks(gates, circuit, symbols, &deltas, (linear, pad));
        Self { weight, functionals, statements, constant, masks }
    }
}

/// Sum over terms of alpha^k(t) * coefficient_t * 2^-(n1 - n_t) * eq(sigma, t), by Horner's rule in alpha.
fn term_weights(gates: &mut Gates, circuit: &Circuit, symbols: &Symbols, entries: &[Wire]) -> Wire {
    let mut sums = vec![Wire::ZERO; circuit.statements.len()];
    for (term, eq) in circuit.terms.iter().zip(entries) {
        let functional = term.factors.first().and_then(|factor| circuit.functionals.get(index(*factor)));
        let variables = functional.map_or(0, |functional| usize::from(functional.variables));
        let missing = circuit.rounds_1().saturating_sub(variables);
        let scale = half_to(missing) * Scalar::from(term.coefficient);
        if let Some(sum) = sums.get_mut(index(term.statement)) {
            *sum = gates.sum(*sum, eq.scaled(scale));
        }
    }
    sums.into_iter().rev().fold(Wire::ZERO, |value, sum| {
        let value = gates.product(value, symbols.alpha);
        gates.sum(value, sum)
    })
}

/// Row M's weight at z: the masks' own, and j for all j (claim 0), whose extension is sum 2^(c - a) z_a.
fn masks(
    gates: &mut Gates,
    circuit: &Circuit,
    symbols: &Symbols,
    deltas: &[Wire],
    (linear, pad): (Wire, Wire),
) -> Wire {
    let layout = circuit.mask_layout();
    let eq = gates.eq_table(&symbols.z, layout.pads.end);
    let factors = circuit.factors();
    let first = deltas.first().copied().unwrap_or(Wire::ZERO);
    let last = deltas.get(factors).copied().unwrap_or(Wire::ZERO);

    let g1 = eq.get(layout.g1.clone()).unwrap_or_default();
    let g1 = zero_sum(gates, &symbols.rho, g1, circuit.degree_1());
    let all = gates.eq_prefix(&symbols.z, layout.g1.end);
    let g1 = gates.sum(g1, all.scaled(-half_to(1)));
    let mu = eq.get(layout.mu_s).copied().unwrap_or(Wire::ZERO);
    let of_linear = gates.sum(g1, mu.scaled(half_to(circuit.rounds_1())));
    let scale = gates.product(first, linear);
    let of_linear = gates.product(scale, of_linear);
    let mu = gates.product(symbols.delta, mu);

    let g2 = eq.get(layout.g2.clone()).unwrap_or_default();
    let g2 = zero_sum(gates, &symbols.sigma, g2, circuit.degree_2());
    let before = gates.eq_prefix(&symbols.z, layout.g2.start);
    let through = gates.eq_prefix(&symbols.z, layout.g2.end);
    let all = gates.difference(through, before);
    let g2 = gates.sum(g2, all.scaled(-half_to(1)));
    let of_last = gates.product(last, g2);

    let pads = eq.get(layout.pads.clone()).unwrap_or_default();
    let pads = gates.dot(deltas.get(..factors).unwrap_or_default(), pads);
    let of_pads = gates.product(pad, pads);

    let mut weight = Scalar::ONE;
    let mut index_extension = Wire::ZERO;
    for coordinate in symbols.z.iter().rev() {
        index_extension = gates.sum(index_extension, coordinate.scaled(weight));
        weight.double_in_place();
    }
    gates.total([of_linear, mu, of_last, of_pads, index_extension])
}

/// Sum over i and 1 <= k <= degree of x_i^k * entries\[i * degree + k - 1\].
fn zero_sum(gates: &mut Gates, x: &[Wire], entries: &[Wire], degree: usize) -> Wire {
    let mut sum = Wire::ZERO;
    for (x, entries) in x.iter().zip(entries.chunks(degree.max(1))) {
        let value = entries.iter().rev().fold(Wire::ZERO, |value, entry| {
            let value = gates.sum(value, *entry);
            gates.product(value, *x)
        });
        sum = gates.sum(sum, value);
    }
    sum
}

/// 2^-power; 2 has an inverse in a field of odd order.
fn half_to(power: usize) -> Scalar {
    let half = Scalar::from(2u64).inverse().unwrap_or(Scalar::ZERO);
    half.pow([u64::try_from(power).unwrap_or(u64::MAX)])
}
