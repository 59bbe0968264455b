//! What the on-chain verifier pays for a proof with an evaluation argument, modelled well enough to choose parameters. (What a
//! user is told is found by running the contract, `zkattest/backends/sumcheck/rehearsal.py`.)
//!
//! The verifier interprets nothing: a proof's shape alone says what it does. Prices were fitted to runs of the contract on 123 circuits
//! of 9 to 216 rows, 2 to 1,280 public integers and degrees 2 to 5, and are within 0.3% of all of them.

use zkattest_circuit::ir::{Circuit, ROW_REGIONS};

/// Gas of one more of each, in the verifier contract.
mod price {
    /// Intrinsic gas of a transaction.
    pub const TRANSACTION: u64 = 21_000;
    /// A pairing check of two pairs: 45,000 + 2 * 34,000 (EIP-1108).
    pub const PAIRING: u64 = 113_000;
    /// What every proof has besides: the key's head, a cold account; eleven points of arguments and opening times a scalar, added up
    /// (precompiles 6 and 7, EIP-1108: 6,000 + 150); inversions, identities, memory.
    pub const BASE: u64 = 92_500;
    /// A row: likewise; and one of the model, which is read from the key.
    pub const ROW: u64 = 5_670;
    pub const MODEL_ROW: u64 = 715;
    /// A byte of the statement or the proof that is not zero (EIP-2028).
    pub const CALLDATA: u64 = 16;
    /// A round of a sum-check of degree 2, and what one degree more adds.
    pub const ROUND: u64 = 180;
    pub const DEGREE: u64 = 207;
    /// A public input of the table of gates: each row's weight is one.
    pub const INPUT: u64 = 373;
}

/// Counts of a circuit that gas follows from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gas {
    /// Rows by region.
    pub rows: [u32; ROW_REGIONS],
    /// Rounds of the three sum-checks.
    pub rounds: [u64; 3],
    /// Their degrees.
    pub degrees: [u64; 3],
    /// Public integers.
    pub public: u64,
    /// Public inputs of the table of gates.
    pub inputs: u64,
    /// Bytes of a proof.
    pub proof_bytes: u64,
    /// Gas of a transaction that verifies a proof, without what records it.
    pub total: u64,
}

impl Gas {
    /// Counts and gas of a valid circuit.
    pub fn of(circuit: &Circuit) -> Self {
        let shape = circuit.proof_shape().with_evaluation();
        let mut found = Self {
            rows: circuit.rows,
            rounds: [count(shape.rounds_1), count(shape.rounds_2), count(shape.rounds_3)],
            degrees: [count(shape.degree_1), count(shape.degree_2), 2],
            public: circuit.public.into(),
            inputs: count(circuit.evaluation_inputs()),
            proof_bytes: count(shape.bytes()),
            total: 0,
        };
        found.total = found.price();
        found
    }

    fn price(&self) -> u64 {
        let rows: u64 = self.rows.iter().map(|rows| u64::from(*rows)).sum();
        let rounds: u64 = self
            .rounds
            .iter()
            .zip(self.degrees)
            .map(|(rounds, degree)| rounds * (price::ROUND + price::DEGREE * degree.saturating_sub(2)))
            .sum();
        price::TRANSACTION
            + price::PAIRING
            + price::BASE
            + price::ROW * rows
            + price::MODEL_ROW * u64::from(self.rows[0])
            + price::CALLDATA * (self.proof_bytes + OUTPUT_BYTES * self.public)
            + price::INPUT * self.inputs
            + rounds
    }
}

/// Of a public integer in a statement.
const OUTPUT_BYTES: u64 = 8;

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Case, Net, OPTIONS};

    fn gas(outputs: u32) -> Gas {
        let net = Net::new(&[1, 8], 8)
            .constant(&[8, outputs], 8)
            .node("gemm", &[0, 1], &[1, outputs], 8, 8)
            .integer("bias_shift", 0);
        let options = crate::options::Options { padded: true, ..OPTIONS };
        Gas::of(&Case::random(&net, options, 1).compiled.circuit)
    }

    #[test]
    fn a_wider_layer_costs_rounds_and_public_values_alone() {
        let (narrow, wide) = (gas(4), gas(8));
        assert_eq!(narrow.rows, wide.rows);
        assert_eq!(narrow.public + 2 * 4, wide.public, "the outputs of two samples");
        assert!(narrow.total < wide.total && wide.total < narrow.total + 20_000);
    }
}
