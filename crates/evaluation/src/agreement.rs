//! A table beside the native verifier, at one random point.
//!
//! Both are ways to compute the same polynomials of the challenges. The verifier's is the measure: proofs are judged by
//! it, and contracts rely on the table alone. A table that is not of the same polynomials, by whatever mistake of what
//! made it, gives other advice at nearly every point. (That each gate fixes its output is plain from how a table is laid out.)

use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{Challenges, index};
use zkattest_field::Scalar;
use zkattest_verifier::evaluation::Evaluation;

use crate::{EvaluationError, Table};

impl Table {
    /// Whether the table is of this circuit and computes what its verifier does, at a point that follows from `seed`; and
    /// whether its gates say what its variables are.
    ///
    /// # Errors
    /// None, of a table that [`Table::of`] made.
    pub fn agrees(&self, circuit: &Circuit, seed: &[u8; 32]) -> Result<bool, EvaluationError> {
        let mut words = (0u64..).map(|counter| -> [u8; 32] {
            Keccak256::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize().into()
        });
        let mut many = |count: usize| -> Vec<Scalar> {
            words.by_ref().take(count).map(|word| Scalar::from_be_bytes_mod_order(&word)).collect()
        };
        let [gamma, beta, alpha, delta] = [(); 4].map(|()| many(1).into_iter().sum());
        let r = many(usize::from(circuit.r_len));
        let challenges = Challenges { gamma, beta, r, rho: many(circuit.rounds_1()) };
        let (sigma, z) = (many(circuit.rounds_2()), many(usize::from(circuit.log_row)));
        let public: Vec<i64> = words
            .take(index(circuit.public))
            .map(|word| word.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)))
            .collect();

        let evaluation = Evaluation::new(circuit, &challenges, alpha, &sigma, delta, &public);
        let mut advice = vec![evaluation.constant(), evaluation.weight()];
        // R's weight is 1.
        let unmasked = circuit.first_row(Region::Mask).saturating_add(1);
        let rows = evaluation.row_weights(&z).into_iter().enumerate();
        advice.extend(rows.filter(|(row, _)| *row != unmasked).map(|(_, weight)| weight));

        let inputs = challenges.evaluation_inputs(alpha, delta, &sigma, &z, &public);
        let values = self.assign(&inputs)?;
        Ok(self.advice(&values) == advice && self.violated(&values).is_none())
    }
}
