//! What the on-chain verifier pays for a proof with an evaluation argument, modelled well enough to choose parameters. (What a
//! user is told is found by running the contract, `zkattest/backends/sumcheck/rehearsal.py`.)
//!
//! The verifier interprets nothing: a proof's shape alone says what it does.

use zkattest_circuit::ir::{Circuit, ROW_REGIONS};

/// Gas of one more of each, in the verifier contract.
mod price {
    /// Intrinsic gas of a transaction.
    pub const TRANSACTION: u64 = 21_000;
    /// A pairing check of two pairs: 45,000 + 2 * 34,000 (EIP-1108).
    pub const PAIRING: u64 = 113_000;
    /// Reading the key, a cold account, and what every proof has: inversions, the identities, memory.
    pub const BASE: u64 = 30_000;
    /// A point times a scalar, added up: precompiles 6 and 7 (6,000 + 150, EIP-1108), calls and memory; and its place in the
    /// proof or the key.
    pub const POINT: u64 = 6_400;
    /// Points besides the rows: C0, C1, C2, h, q, g, s, d, W, W' and G.
    pub const ARGUMENTS: u64 = 11;
    /// A byte of the proof that is not zero (EIP-2028).
    pub const CALLDATA: u64 = 16;
    /// A round of a sum-check of degree 2, 3 and 4; one degree more adds as much as the last.
    pub const ROUND: [u64; 3] = [450, 800, 1_000];
    /// A public input of the circuit's table of gates.
    pub const INPUT: u64 = 300;
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
            .map(|(rounds, degree)| rounds * stepped(&price::ROUND, degree.saturating_sub(2)))
            .sum();
        // R has weight 1
        let points = (rows + price::ARGUMENTS).saturating_sub(1);
        price::TRANSACTION
            + price::PAIRING
            + price::BASE
            + price::POINT * points
            + price::CALLDATA * (self.proof_bytes + 32 * self.public)
            + price::INPUT * self.inputs
            + rounds
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Entry `index` of a table that goes on in steps of its last difference.
fn stepped(table: &[u64; 3], index: u64) -> u64 {
    let beyond = index.saturating_sub(2);
    let within = usize::try_from(index.min(2)).unwrap_or(2);
    table[within] + beyond * (table[2] - table[1])
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

    #[test]
    fn steps_go_on_as_they_end() {
        let found: Vec<u64> = (0..5).map(|index| stepped(&[500, 750, 950], index)).collect();
        assert_eq!(found, [500, 750, 950, 1150, 1350]);
    }
}
