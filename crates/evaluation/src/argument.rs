//! The prover's end of the argument: what it commits to, and its values.
//!
//! Quotients are computed on cosets of H and so are polynomials whatever the cells are: those of cells that break a
//! gate or a copy are not the quotients that a verifier computes.

use ark_ff::{AdditiveGroup, FftField, Field, batch_inversion};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zkattest_field::Scalar;

use crate::polynomial::{evaluate, interleave};
use crate::{EvaluationError, Index};

/// Changes a, b, c of all gates.
type AlterCells = fn(&Index, &mut [Vec<Scalar>; 3]);

/// For tests of soundness: what to do otherwise.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Alterations {
    /// Applied to the public inputs but the advice, before variables are assigned.
    pub inputs: Option<fn(&mut [Scalar])>,
    /// Applied to the values of all variables, of which the advice is a part.
    pub values: Option<fn(&Index, &mut [Scalar])>,
    /// Applied to the cells a, b, c of all gates, which the values were copied to.
    pub cells: Option<AlterCells>,
    /// Applied to what is sent as advice, after all that.
    pub advice: Option<fn(&mut [Scalar])>,
    /// Applied to T0's coefficients.
    pub quotient: Option<fn(&mut [Scalar])>,
    /// Applied to the values of p on H.
    pub product: Option<fn(&mut [Scalar])>,
    /// Applied to T1's coefficients.
    pub start: Option<fn(&mut [Scalar])>,
}

/// Cells of all gates, and the first commitment's polynomial.
#[derive(Debug)]
pub struct Argument<'a> {
    index: &'a Index,
    alterations: Alterations,
    advice: Vec<Scalar>,
    /// Values of a, b, c on H.
    cells: [Vec<Scalar>; 3],
    /// Coefficients of a, b, c, T0.
    wires: Vec<Vec<Scalar>>,
}

impl<'a> Argument<'a> {
    /// Assigns the table from its public inputs but the advice.
    ///
    /// # Errors
    /// As [`crate::Table::assign`].
    pub fn new(index: &'a Index, inputs: &[Scalar]) -> Result<Self, EvaluationError> {
        Self::with(index, inputs, Alterations::default())
    }

    /// [`Self::new`] of a prover that does otherwise.
    ///
    /// # Errors
    /// As [`Self::new`].
    #[doc(hidden)]
    pub fn with(
        index: &'a Index,
        inputs: &[Scalar],
        alterations: Alterations,
    ) -> Result<Self, EvaluationError> {
        let table = index.table();
        let mut inputs = inputs.to_vec();
        if let Some(alter) = alterations.inputs {
            alter(&mut inputs);
        }
        let mut values = table.assign(&inputs)?;
        if let Some(alter) = alterations.values {
            alter(index, &mut values);
        }
        let mut advice = table.advice(&values).to_vec();
        let of_wire = |wire: &Vec<u32>| {
            let value = |variable: &u32| values.get(*variable as usize).copied().unwrap_or_default();
            wire.iter().map(value).collect::<Vec<Scalar>>()
        };
        let mut cells = table.wires.each_ref().map(of_wire);
        if let Some(alter) = alterations.cells {
            alter(index, &mut cells);
        }
        if let Some(alter) = alterations.advice {
            alter(&mut advice);
        }
        inputs.extend(&advice);
        let mut wires: Vec<Vec<Scalar>> =
            cells.par_iter().map(|values| index.domain().ifft(values)).collect();
        let mut quotient = gates_quotient(index, &inputs, &wires);
        if let Some(alter) = alterations.quotient {
            alter(&mut quotient);
        }
        wires.push(quotient);
        Ok(Self { index, alterations, advice, cells, wires })
    }

    /// The table's polynomials.
    pub fn index(&self) -> &'a Index {
        self.index
    }

    /// Constant, weight, and the weights of all rows but R.
    pub fn advice(&self) -> &[Scalar] {
        &self.advice
    }

    /// P1(X) = a(X^4) + X b(X^4) + X^2 c(X^4) + X^3 T0(X^4): 8n coefficients.
    pub fn packed(&self) -> Vec<Scalar> {
        interleave(&self.wires)
    }

    /// The permutation's product and its quotients.
    pub fn permute(&self, kappa: Scalar, lambda: Scalar) -> Permutation {
        let mut values = self.product(kappa, lambda);
        if let Some(alter) = self.alterations.product {
            alter(&mut values);
        }
        let product = self.index.domain().ifft(&values);
        let (mut start, copies) = (start_quotient(&product), self.copies_quotient(&product, kappa, lambda));
        if let Some(alter) = self.alterations.start {
            alter(&mut start);
        }
        Permutation { polynomials: vec![product, start, copies] }
    }

    /// Values of p on H: p(1) = 1, then a factor for each gate.
    fn product(&self, kappa: Scalar, lambda: Scalar) -> Vec<Scalar> {
        let (domain, successors) = (self.index.domain(), self.index.successors());
        let roots: Vec<Scalar> = domain.elements().collect();
        let [a, b, c] = &self.cells;
        let [s1, s2, s3] = successors;
        let factors = |j: usize| {
            let root = lambda * roots[j];
            let own = [root, root.double(), root.double() + root];
            let next = [s1[j], s2[j], s3[j]].map(|identity| lambda * identity);
            let product = |identities: [Scalar; 3]| {
                (a[j] + identities[0] + kappa)
                    * (b[j] + identities[1] + kappa)
                    * (c[j] + identities[2] + kappa)
            };
            (product(own), product(next))
        };
        // A factor is zero with probability 6n / r; such a proof is refused.
        let (above, mut below): (Vec<Scalar>, Vec<Scalar>) =
            (0..roots.len()).into_par_iter().map(factors).unzip();
        batch_inversion(&mut below);
        let steps = above.iter().zip(&below).scan(Scalar::ONE, |product, (above, below)| {
            let own = *product;
            *product *= *above * below;
            Some(own)
        });
        steps.collect()
    }

    /// T2: 3n coefficients.
    fn copies_quotient(&self, product: &[Scalar], kappa: Scalar, lambda: Scalar) -> Vec<Scalar> {
        // The dividend has degree below 4n, the quotient below 3n.
        let coset = Coset::new(self.index, 2);
        let [p, a, b, c] = [product, &self.wires[0], &self.wires[1], &self.wires[2]].map(|f| coset.values(f));
        let [.., s1, s2, s3] = self.index.polynomials() else { return Vec::new() };
        let [s1, s2, s3] = [s1, s2, s3].map(|f| coset.values(f));
        let points: Vec<Scalar> = coset.domain.elements().collect();
        let step = coset.points_a_root();
        let value = |i: usize| {
            let point = lambda * points[i];
            let own = p[i]
                * (a[i] + point + kappa)
                * (b[i] + point.double() + kappa)
                * (c[i] + point.double() + point + kappa);
            // p(w X) is the value as many points on as lead from one root of unity of H to the next.
            let next = p[(i + step) % points.len()]
                * (a[i] + lambda * s1[i] + kappa)
                * (b[i] + lambda * s2[i] + kappa)
                * (c[i] + lambda * s3[i] + kappa);
            own - next
        };
        let mut quotient = coset.quotient((0..points.len()).into_par_iter().map(value).collect());
        quotient.truncate(3 * self.index.gates());
        quotient
    }

    /// The values that a proof sends: qL, qR, qM, qO, qC, s1, s2, s3, a, b, c at chi, p(chi), p(chi w), T1(chi w),
    /// T2(chi w).
    pub fn values(&self, permutation: &Permutation, chi: Scalar) -> Vec<Scalar> {
        let mut values = self.index.values(chi);
        values.extend(self.wires.iter().take(3).map(|polynomial| evaluate(polynomial, chi)));
        values.extend(permutation.polynomials.iter().take(1).map(|polynomial| evaluate(polynomial, chi)));
        let next = chi * self.index.root();
        values.extend(permutation.polynomials.iter().map(|polynomial| evaluate(polynomial, next)));
        values
    }
}

/// The second commitment's polynomials.
#[derive(Debug)]
pub struct Permutation {
    /// Coefficients of p, T1, T2.
    polynomials: Vec<Vec<Scalar>>,
}

impl Permutation {
    /// P2(X) = p(X^3) + X T1(X^3) + X^2 T2(X^3): 9n coefficients.
    pub fn packed(&self) -> Vec<Scalar> {
        interleave(&self.polynomials)
    }
}

/// A coset of the subgroup that is some times as large as H.
struct Coset {
    domain: Radix2EvaluationDomain<Scalar>,
    /// 1 / Z_H on the first points: it repeats.
    inverses: Vec<Scalar>,
}

impl Coset {
    /// Of 2^`log` n points; [`Index::new`] makes sure that there are up to 4n.
    fn new(index: &Index, log: u32) -> Self {
        let gates = index.gates();
        let domain = Radix2EvaluationDomain::new(gates << log).unwrap_or(*index.domain());
        let domain = domain.get_coset(Scalar::GENERATOR).unwrap_or(domain);
        let vanishing = |point: Scalar| point.pow([gates as u64]) - Scalar::ONE;
        let mut inverses: Vec<Scalar> = domain.elements().take(1 << log).map(vanishing).collect();
        batch_inversion(&mut inverses);
        Self { domain, inverses }
    }

    fn values(&self, polynomial: &[Scalar]) -> Vec<Scalar> {
        self.domain.fft(polynomial)
    }

    /// Points from one to w times it.
    fn points_a_root(&self) -> usize {
        self.inverses.len()
    }

    /// Coefficients of the polynomial whose values are these over Z_H's.
    fn quotient(&self, mut dividend: Vec<Scalar>) -> Vec<Scalar> {
        dividend.par_chunks_mut(self.inverses.len()).for_each(|values| {
            values.iter_mut().zip(&self.inverses).for_each(|(value, inverse)| *value *= inverse);
        });
        self.domain.ifft_in_place(&mut dividend);
        dividend
    }
}

/// T0 = (qL a + qR b + qM a b + qO c + qC + PI) / Z_H: 2n coefficients. `public` are all public inputs.
fn gates_quotient(index: &Index, public: &[Scalar], wires: &[Vec<Scalar>]) -> Vec<Scalar> {
    let (domain, polynomials) = (index.domain(), index.polynomials());
    let ([l, r, m, o, constant, ..], [a, b, c]) = (polynomials, wires) else { return Vec::new() };
    let mut inputs: Vec<Scalar> = public.iter().map(|value| -*value).collect();
    inputs.resize(index.gates(), Scalar::ZERO);
    domain.ifft_in_place(&mut inputs);
    inputs.iter_mut().zip(constant).for_each(|(sum, constant)| *sum += constant);
    // The dividend has degree below 3n, the quotient below 2n: as many of its values give it.
    let coset = Coset::new(index, 1);
    let mut sum = coset.values(&inputs);
    let [a, b] = [a, b].map(|f| coset.values(f));
    let mut add = |selector: &[Scalar], value: &(dyn Fn(usize) -> Scalar + Sync)| {
        let selector = coset.values(selector);
        sum.par_iter_mut()
            .zip(&selector)
            .enumerate()
            .for_each(|(i, (sum, selector))| *sum += *selector * value(i));
    };
    add(l, &|i| a[i]);
    add(r, &|i| b[i]);
    add(m, &|i| a[i] * b[i]);
    let c = coset.values(c);
    add(o, &|i| c[i]);
    coset.quotient(sum)
}

/// T1 = (p - 1) / (X - 1), without a remainder.
fn start_quotient(product: &[Scalar]) -> Vec<Scalar> {
    let mut carry = Scalar::ZERO;
    let mut quotient: Vec<Scalar> = product
        .iter()
        .rev()
        .map(|coefficient| {
            let own = carry;
            carry += coefficient;
            own
        })
        .collect();
    quotient.reverse();
    quotient
}
