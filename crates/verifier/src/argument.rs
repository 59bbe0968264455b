//! The evaluation argument: a Plonk argument that the advice, which contracts take instead of evaluating the circuit's
//! forms, is what steps 6 and 8 compute (`docs/protocol.md`, "Evaluation argument"). Gabizon, Williamson and Ciobotaru
//! 2019 for gates and copies; Gabizon and Williamson 2021 for polynomials packed into one commitment; its values are
//! opened with those of [`crate::opening`].
//!
//! Nothing is secret here. This verifier evaluates the forms anyway and compares; it checks the argument too, so that it
//! accepts what contracts accept.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, FftField, Field, batch_inversion};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{G1, Scalar};

use crate::VerifyError;
use crate::opening;

/// log2 of the most gates: subgroups of the scalar field have up to 2^28 elements.
pub const MAX_LOG_GATES: u8 = 28;

/// What a verifying key holds of a circuit's gates table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvaluationKey {
    /// k: there are n = 2^k gates.
    pub log_gates: u8,
    /// C0, the commitment to the packed polynomials of selectors and wiring; a valid point.
    pub commitment: G1,
}

impl EvaluationKey {
    /// Whether there are as many gates as the circuit's public inputs need, and no more than there can be.
    ///
    /// # Errors
    /// [`VerifyError::Gates`].
    pub fn check(&self, circuit: &Circuit) -> Result<(), VerifyError> {
        let Self { log_gates, .. } = *self;
        let (least, most) = (circuit.evaluation_inputs(), MAX_LOG_GATES);
        let gates = 1usize.checked_shl(u32::from(log_gates)).unwrap_or(0);
        if log_gates > most || gates < least {
            return Err(VerifyError::Gates { log_gates, least, most });
        }
        Ok(())
    }
}

/// What an evaluation part adds to a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Constant, weight, and the weights of all rows but R.
    pub advice: Vec<Scalar>,
    /// C1, of a, b, c and T0.
    pub wires: G1,
    /// C2, of p, T1 and T2.
    pub product: G1,
    /// At chi and chi w.
    pub values: Values,
}

/// Values of the argument's polynomials; w is the n-th root of unity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values {
    /// qL, qR, qM, qO, qC at chi.
    pub selectors: [Scalar; 5],
    /// s1, s2, s3 at chi.
    pub successors: [Scalar; 3],
    /// a, b, c at chi.
    pub cells: [Scalar; 3],
    /// p(chi).
    pub product: Scalar,
    /// p, T1, T2 at chi w.
    pub next: [Scalar; 3],
}

impl Values {
    /// As sent.
    pub fn new(sent: [Scalar; 15]) -> Self {
        let [l, r, m, o, c, s1, s2, s3, a, b, d, product, next, t1, t2] = sent;
        Self {
            selectors: [l, r, m, o, c],
            successors: [s1, s2, s3],
            cells: [a, b, d],
            product,
            next: [next, t1, t2],
        }
    }
}

/// Challenges of the argument.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Added to each cell of the permutation's products: with lambda, error 6n/r.
    pub kappa: Scalar,
    /// Times a cell's identity.
    pub lambda: Scalar,
    /// Where the polynomials are read.
    pub chi: Scalar,
}

/// The points of the argument in general position: chi is not 0 and no n-th root of unity; xi is no root of what the
/// argument's polynomials are divided by.
#[derive(Debug, Clone, Copy)]
pub struct Points {
    chi: Scalar,
    xi: Scalar,
    /// w.
    root: Scalar,
    /// chi^n - 1, and its inverse.
    vanishing: (Scalar, Scalar),
    /// 1 / (chi (1 - w)).
    spread: Scalar,
    /// (xi - omega) over xi^8 - chi, xi^4 - chi, (xi^3 - chi)(xi^3 - chi w): k3, k4, k5.
    weights: [Scalar; 3],
}

impl Points {
    /// None where they are not in general position.
    pub fn new(log_gates: u8, chi: Scalar, omega: Scalar, xi: Scalar) -> Option<Self> {
        let gates = 1u64.checked_shl(u32::from(log_gates))?;
        let root = Scalar::get_root_of_unity(gates)?;
        let vanishing = chi.pow([gates]) - Scalar::ONE;
        let cube = xi.square() * xi;
        let fourth = xi.square().square();
        let triple = (cube - chi).inverse()? * (cube - chi * root).inverse()?;
        let weights = [(fourth.square() - chi).inverse()?, (fourth - chi).inverse()?, triple];
        Some(Self {
            chi,
            xi,
            root,
            vanishing: (vanishing, vanishing.inverse()?),
            spread: (chi * (Scalar::ONE - root)).inverse()?,
            weights: weights.map(|weight| weight * (xi - omega)),
        })
    }

    /// PI(chi) for the public inputs v: -sum v_i L_i(chi), L_i(chi) = w^i (chi^n - 1) / (n (chi - w^i)).
    pub fn public(&self, log_gates: u8, inputs: &[Scalar]) -> Option<Scalar> {
        let roots: Vec<Scalar> = std::iter::successors(Some(Scalar::ONE), |power| Some(*power * self.root))
            .take(inputs.len())
            .collect();
        let mut below: Vec<Scalar> = roots.iter().map(|root| self.chi - root).collect();
        batch_inversion(&mut below);
        let sum: Scalar = inputs
            .iter()
            .zip(&roots)
            .zip(&below)
            .map(|((input, root), inverse)| *input * root * inverse)
            .sum();
        let gates = Scalar::from(1u64.checked_shl(u32::from(log_gates))?);
        Some(-sum * self.vanishing.0 * gates.inverse()?)
    }

    /// T0, T1 and T2 at chi, which their definitions give: of the gates, of p(1) = 1, of the copies.
    pub fn quotients(&self, values: &Values, draws: &Draws, public: Scalar) -> Option<[Scalar; 3]> {
        let [l, r, m, o, constant] = values.selectors;
        let [a, b, c] = values.cells;
        let gates = l * a + r * b + m * a * b + o * c + constant + public;
        let start = (values.product - Scalar::ONE) * (self.chi - Scalar::ONE).inverse()?;
        // Coset k of the wire numbered k - 1.
        let identities = [self.chi, self.chi.double(), self.chi.double() + self.chi];
        let product = |identities: [Scalar; 3]| {
            let factors = values.cells.into_iter().zip(identities);
            factors.map(|(cell, identity)| cell + draws.lambda * identity + draws.kappa).product::<Scalar>()
        };
        let [next, _, _] = values.next;
        let copies = values.product * product(identities) - next * product(values.successors);
        Some([gates * self.vanishing.1, start, copies * self.vanishing.1])
    }

    /// The remainders at xi: of the table by X^8 - chi, of the wires by X^4 - chi, of the product by
    /// (X^3 - chi)(X^3 - chi w).
    pub fn remainders(&self, values: &Values, quotients: [Scalar; 3]) -> [Scalar; 3] {
        let horner =
            |values: &[Scalar]| values.iter().rev().fold(Scalar::ZERO, |sum, value| sum * self.xi + value);
        let [t0, t1, t2] = quotients;
        let [l, r, m, o, c] = values.selectors;
        let [s1, s2, s3] = values.successors;
        let [a, b, d] = values.cells;
        let cube = self.xi.square() * self.xi;
        let (here, next) = (horner(&[values.product, t1, t2]), horner(&values.next));
        let joint = here * (cube - self.chi * self.root) - next * (cube - self.chi);
        [horner(&[l, r, m, o, c, s1, s2, s3]), horner(&[a, b, d, t0]), joint * self.spread]
    }
}

/// Step 10: what the argument adds to A, as points and their factors; the last is G. `inputs` are all public inputs,
/// the advice among them. None where the points are not in general position.
pub fn terms(
    key: &EvaluationKey,
    proof: &Argument,
    inputs: &[Scalar],
    opening: &opening::Draws,
) -> Option<[(G1, Scalar); 4]> {
    let draws = opening.argument?;
    let points = Points::new(key.log_gates, draws.chi, opening.omega, opening.xi)?;
    let quotients = points.quotients(&proof.values, &draws, points.public(key.log_gates, inputs)?)?;
    let remainders = points.remainders(&proof.values, quotients);
    // nu^5, nu^6, nu^7.
    let nu = opening.nu;
    let fifth = nu.square().square() * nu;
    let powers = [fifth, fifth * nu, fifth * nu * nu];
    let [of_table, of_wires, of_product] = {
        let mut factors = points.weights;
        factors.iter_mut().zip(powers).for_each(|(factor, power)| *factor *= power);
        factors
    };
    let [table, wires, product] = remainders;
    let value = of_table * table + of_wires * wires + of_product * product;
    Some([
        (key.commitment, of_table),
        (proof.wires, of_wires),
        (proof.product, of_product),
        (G1::generator(), -value),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG_GATES: u8 = 4;

    fn scalars<const N: usize>(seed: u64) -> [Scalar; N] {
        let mut state = Scalar::from(seed);
        [(); N].map(|()| {
            state = state.square() + Scalar::from(seed | 1);
            state.square() * state
        })
    }

    #[test]
    fn cosets_of_the_wires_are_distinct() {
        let gates = [1u64 << MAX_LOG_GATES];
        let [two, three] = [2u64, 3].map(Scalar::from);
        assert_eq!(Scalar::get_root_of_unity(gates[0]).map(|root| root.pow(gates)), Some(Scalar::ONE));
        for ratio in [two, three, three * two.inverse().unwrap()] {
            assert_ne!(ratio.pow(gates), Scalar::ONE);
        }
    }

    /// The protocol's generator of the subgroup: 5^((r - 1) / n).
    #[test]
    fn roots_of_unity_are_powers_of_five() {
        use ark_ff::{BigInteger, PrimeField};
        for log_gates in [1, 4, 17, MAX_LOG_GATES] {
            let mut exponent = Scalar::MODULUS;
            exponent.sub_with_borrow(&1u64.into());
            (0..log_gates).for_each(|_| exponent.div2());
            let expected = Scalar::from(5u64).pow(exponent);
            assert_eq!(Scalar::get_root_of_unity(1 << log_gates), Some(expected));
        }
    }

    #[test]
    fn points_are_in_general_position() {
        let [free, root_8, omega, xi] = scalars(3);
        let new = |chi, xi| Points::new(LOG_GATES, chi, omega, xi).is_some();
        let root = Scalar::get_root_of_unity(1 << LOG_GATES).unwrap();
        assert!(new(free, xi));
        assert!(!new(Scalar::ZERO, xi), "chi is 0");
        for power in 0..16u64 {
            assert!(!new(root.pow([power]), xi), "chi^n is 1");
        }
        // xi is chosen first here, so that chi is what xi^8, xi^4, xi^3 and xi^3 / w are.
        assert!(!new(xi.pow([8u64]), xi), "xi^8 is chi");
        assert!(!new(xi.pow([4u64]), xi), "xi^4 is chi");
        assert!(!new(xi.pow([3u64]), xi), "xi^3 is chi");
        assert!(!new(xi.pow([3u64]) * root.inverse().unwrap(), xi), "xi^3 is chi w");
        assert!(new(xi.pow([3u64]) * root, xi) && new(root_8, xi));
        assert!(Points::new(0, free, omega, xi).is_none(), "one gate has no next one");
        assert!(Points::new(MAX_LOG_GATES + 1, free, omega, xi).is_none());
        assert!(Points::new(64, free, omega, xi).is_none());
    }

    /// Sum over j of value_j L_j(chi), by Lagrange's products.
    fn interpolated(values: &[Scalar], chi: Scalar) -> Scalar {
        let root = Scalar::get_root_of_unity(1 << LOG_GATES).unwrap();
        let nodes: Vec<Scalar> = (0..1u64 << LOG_GATES).map(|power| root.pow([power])).collect();
        let basis = |i: usize| -> Scalar {
            let others = nodes.iter().enumerate().filter(|(j, _)| *j != i);
            others.map(|(_, node)| (chi - node) * (nodes[i] - node).inverse().unwrap()).product()
        };
        values.iter().enumerate().map(|(i, value)| *value * basis(i)).sum()
    }

    #[test]
    fn public_inputs_are_interpolated() {
        let [chi, omega, xi] = scalars(5);
        let points = Points::new(LOG_GATES, chi, omega, xi).unwrap();
        for count in [0, 1, 5, 16] {
            let inputs = &scalars::<16>(6)[..count];
            assert_eq!(points.public(LOG_GATES, inputs), Some(-interpolated(inputs, chi)));
        }
    }

    /// Remainders have the values of what was packed, wherever X^8, X^4 and X^3 are chi, or X^3 is chi w.
    #[test]
    fn remainders_are_what_was_packed() {
        let root = Scalar::get_root_of_unity(1 << LOG_GATES).unwrap();
        let [x, omega] = scalars(7);
        let values = Values::new(scalars(8));
        let quotients = scalars(9);
        let horner = |values: &[Scalar]| values.iter().rev().fold(Scalar::ZERO, |sum, value| sum * x + value);
        // `remainders` reads xi alone, so that xi may be where no proof is accepted.
        let at = |chi: Scalar| {
            let points = Points::new(LOG_GATES, chi, omega, scalars::<1>(10)[0]).unwrap();
            Points { xi: x, ..points }.remainders(&values, quotients)
        };
        let [l, r, m, o, c] = values.selectors;
        let [s1, s2, s3] = values.successors;
        assert_eq!(at(x.pow([8u64]))[0], horner(&[l, r, m, o, c, s1, s2, s3]));
        let [a, b, c] = values.cells;
        assert_eq!(at(x.pow([4u64]))[1], horner(&[a, b, c, quotients[0]]));
        assert_eq!(at(x.pow([3u64]))[2], horner(&[values.product, quotients[1], quotients[2]]));
        assert_eq!(at(x.pow([3u64]) * root.inverse().unwrap())[2], horner(&values.next));
    }
}
