//! What steps 5, 6 and 8 compute from the challenges alone: the weight of sum-check 2 at sigma, the public constant
//! and every row's weight at z. A proof with an evaluation part claims the same numbers.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{Challenges, eq_table};
use zkattest_field::Scalar;

use crate::claims::{Combination, Entries, Points, combine, term_weights};
use crate::functionals::Expansion;
use crate::rows::{RowWeights, dot};

/// A circuit's combination of claims at one set of challenges.
pub struct Evaluation<'a> {
    circuit: &'a Circuit,
    combination: Combination,
    expansion: Expansion<'a>,
    weight: Scalar,
}

impl<'a> Evaluation<'a> {
    /// Steps 5 and 6.
    ///
    /// * `challenges`: gamma, beta, r and rho, n1 coordinates.
    /// * `alpha`: joins statements; `sigma`: where sum-check 2 ended, n2 coordinates; `delta`: joins claims.
    /// * `public`: the circuit's public integers.
    pub fn new(
        circuit: &'a Circuit,
        challenges: &'a Challenges,
        alpha: Scalar,
        sigma: &[Scalar],
        delta: Scalar,
        public: &[i64],
    ) -> Self {
        let entries = Entries::new(circuit, sigma);
        let weight = entries.weight(&term_weights(circuit, alpha));
        let combination = combine(circuit, &entries, alpha, Points { rho: &challenges.rho, sigma, delta });
        let expansion = Expansion::new(circuit, challenges, public, &combination);
        Self { circuit, combination, expansion, weight }
    }

    /// The extension of sum-check 2's weights at sigma.
    pub fn weight(&self) -> Scalar {
        self.weight
    }

    /// The public part of the sum of all claims.
    pub fn constant(&self) -> Scalar {
        self.expansion.constant()
    }

    /// Step 8: weights at z, c coordinates, of the rows of regions 0 to 6 in order.
    pub fn row_weights(self, z: &[Scalar]) -> Vec<Scalar> {
        let mut weights = RowWeights::new(self.circuit, z);
        self.expansion.weigh(&mut weights);
        // M: the masks' own weights, and j for all j (claim 0), whose extension is sum 2^(c - a) z_a. R: 1.
        let masks = &self.combination.masks;
        let index_extension = z.iter().fold(Scalar::ZERO, |value, coordinate| value.double() + coordinate);
        let row = self.circuit.first_row(Region::Mask);
        weights.add_row(row, dot(masks, &eq_table(z, masks.len())) + index_extension);
        weights.add_row(row.saturating_add(1), Scalar::ONE);
        weights.finish()
    }
}
