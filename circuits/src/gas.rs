//! What the on-chain verifier pays for a proof of a circuit: counts that are exact, and gas that is modelled, well enough to choose
//! parameters. (What a user is told is found by running the contract, `zkattest/backends/sumcheck/rehearsal.py`.)
//!
//! The verifier interprets the canonical description (`docs/protocol.md`, "Encoding") in one pass, so what it pays is linear in counts of
//! the description.

use zkattest_circuit::codec::Place;
use zkattest_circuit::ir::{Circuit, Factor, Form, Group, Kind, ROW_REGIONS, Region, Vector};

/// Gas of one more of each, in the verifier contract.
mod price {
    /// Intrinsic gas of a transaction.
    pub const TRANSACTION: u64 = 21_000;
    /// A pairing check of two pairs: 45,000 + 2 * 34,000 (EIP-1108).
    pub const PAIRING: u64 = 113_000;
    /// Reading key and circuit, two cold accounts, and what every proof has: inversions, the opening's identity, memory.
    pub const BASE: u64 = 42_000;
    /// A point times a scalar, added up: precompiles 6 and 7 (6,000 + 150, EIP-1108), calls and memory.
    pub const POINT: u64 = 6_250;
    /// Points of the opening: h, q, g, s, d, W, W' and G.
    pub const OPENING: u64 = 8;
    /// A byte of the proof that is not zero (EIP-2028).
    pub const CALLDATA: u64 = 16;
    /// A byte of the circuit copied to memory: 3 a word, and as much for the memory.
    pub const CODE_WORD: u64 = 6;
    /// A round of a sum-check of degree 2, 3 and 4; one degree more adds as much as the last.
    pub const ROUND: [u64; 3] = [450, 800, 1_000];
    /// A term, with its factors.
    pub const TERM: u64 = 700;
    /// A form, with the products of its kernels.
    pub const FORM: u64 = 1_270;
    /// A tensor, and one bit of a block's place in its row.
    pub const TENSOR: u64 = 600;
    pub const PLACE_BIT: u64 = 75;
    /// A block that a form enumerates.
    pub const BLOCK: u64 = 280;
    /// A kernel that is a product of eq, and a bit of it at 1, 2 and 3 points; one point more adds as much as the last.
    pub const KERNEL: u64 = 1_120;
    pub const KERNEL_BIT: [u64; 3] = [83, 165, 283];
    /// A kernel of constants, and each that is not zero.
    pub const CONSTANTS: u64 = 1_475;
    pub const CONSTANT: u64 = 380;
    /// A pair of output and tap of a window, and an entry of the tables of eq that it is summed over.
    pub const WINDOW: u64 = 130;
    pub const WINDOW_ENTRY: u64 = 71;
    /// An entry of a factor that is evaluated entry by entry.
    pub const ENTRY: u64 = 118;
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
    /// Terms.
    pub terms: u64,
    /// Forms.
    pub forms: u64,
    /// Kernels, by place: scalars, leading ones, inner ones.
    pub kernels: [u64; 3],
    /// Gas of all kernels.
    pub kernel_gas: u64,
    /// Tensors.
    pub tensors: u64,
    /// Bits of their blocks' places in rows.
    pub place_bits: u64,
    /// Blocks that forms enumerate, over forms that have more than one.
    pub blocks: u64,
    /// Public integers.
    pub public: u64,
    /// Bytes of a proof.
    pub proof_bytes: u64,
    /// Bytes of the description.
    pub circuit_bytes: u64,
    /// Gas of a transaction that verifies a proof, without what records it.
    pub total: u64,
}

impl Gas {
    /// Counts and gas of a valid circuit.
    pub fn of(circuit: &Circuit) -> Self {
        let shape = circuit.proof_shape();
        let functionals = circuit.functionals.iter().flat_map(|functional| &functional.forms);
        let forms =
            || functionals.clone().chain(circuit.statements.iter().flat_map(|statement| &statement.forms));
        let kernels = circuit.kernels();
        let mut by_place = [0; 3];
        for (_, place) in &kernels {
            by_place[match place {
                Place::Scalar => 0,
                Place::Leading => 1,
                Place::Inner { .. } => 2,
            }] += 1;
        }
        let mut found = Self {
            rows: circuit.rows,
            rounds: [count(shape.rounds_1), count(shape.rounds_2), count(shape.rounds_3)],
            degrees: [count(shape.degree_1), count(shape.degree_2), 2],
            terms: count(circuit.terms.len()),
            forms: count(forms().count()),
            kernels: by_place,
            kernel_gas: kernels.iter().map(|(group, place)| kernel(circuit, group, *place)).sum(),
            tensors: count(circuit.tensors.len()),
            place_bits: circuit.tensors.iter().map(|tensor| place_bits(circuit, tensor)).sum(),
            blocks: forms().map(|form| blocks(circuit, form)).filter(|blocks| *blocks > 1).sum(),
            public: circuit.public.into(),
            proof_bytes: count(circuit.proof_bytes()),
            circuit_bytes: count(circuit.encode().len()),
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
        let points = (rows + price::OPENING).saturating_sub(1);
        price::TRANSACTION
            + price::PAIRING
            + price::BASE
            + price::POINT * points
            + price::CALLDATA * (self.proof_bytes + 32 * self.public)
            + price::CODE_WORD * self.circuit_bytes.div_ceil(32)
            + rounds
            + price::TERM * self.terms
            + price::FORM * self.forms
            + price::TENSOR * self.tensors
            + price::PLACE_BIT * self.place_bits
            + price::BLOCK * self.blocks
            + self.kernel_gas
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

/// Bits of the place of a tensor's first block in its row.
fn place_bits(circuit: &Circuit, tensor: &zkattest_circuit::ir::Tensor) -> u64 {
    match tensor.region {
        Region::Public => 0,
        _ => u64::from(u32::from(circuit.log_row).saturating_sub(tensor.log_inner(circuit.log_row))),
    }
}

fn blocks(circuit: &Circuit, form: &Form) -> u64 {
    let tensor = form.tensor.and_then(|tensor| circuit.tensors.get(tensor as usize));
    let blocks = tensor.and_then(|tensor| form.blocks(tensor, circuit.log_row));
    blocks.map_or(1, |blocks| blocks.count())
}

/// Gas of a kernel, which is evaluated once.
fn kernel(circuit: &Circuit, group: &Group, place: Place) -> u64 {
    let vector = &group.vector;
    let whole = |factor: &Factor| factor.div == 1 && factor.modulus == vector.size;
    let eqs = vector.factors.iter().all(|factor| whole(factor) && matches!(factor.kind, Kind::Eq(_)));
    let points = count(vector.factors.len());
    let size = u64::from(vector.size);
    let bits = u64::from(u32::BITS - vector.size.saturating_sub(1).leading_zeros());
    match (place, vector.factors.as_slice()) {
        (Place::Leading, factors) => factors.iter().map(|factor| entries(factor, vector)).sum(),
        (Place::Scalar, _) if eqs => per_bit(points, bits),
        (Place::Inner { bits, .. }, _) if eqs => per_bit(points + 1, bits.into()),
        (_, [factor]) if whole(factor) => {
            let table = match place {
                Place::Inner { bits, .. } => price::WINDOW_ENTRY << bits,
                _ => 0,
            };
            match &factor.kind {
                Kind::Affine { from, to, taps, .. } => {
                    price::WINDOW * u64::from(to - from) * u64::from(*taps)
                        + price::WINDOW_ENTRY * u64::from(*to)
                        + table
                }
                Kind::Window { outputs, inputs, .. } => {
                    price::WINDOW * u64::from(*outputs) * size
                        + price::WINDOW_ENTRY * u64::from(outputs + inputs)
                        + table
                }
                Kind::Constants(values) => {
                    price::CONSTANTS
                        + price::CONSTANT * count(values.iter().filter(|value| **value != 0).count())
                }
                Kind::Table(_) | Kind::Eq(_) => price::ENTRY * size + table,
            }
        }
        (_, factors) if factors.iter().all(|factor| ranged(circuit, factor)) => per_bit(points + 1, bits),
        (_, factors) => {
            factors.iter().map(|factor| entries(factor, vector)).sum::<u64>() + price::ENTRY * size
        }
    }
}

/// A factor whose product with others is summed bit by bit.
fn ranged(circuit: &Circuit, factor: &Factor) -> bool {
    let range = |table: u32| circuit.tables.get(table as usize).is_some_and(|table| table.images.is_none());
    match factor.kind {
        Kind::Eq(_) => factor.div.is_power_of_two() && factor.modulus.is_power_of_two(),
        Kind::Table(table) => range(table),
        _ => false,
    }
}

fn per_bit(points: u64, bits: u64) -> u64 {
    match points {
        0 => price::KERNEL,
        _ => price::KERNEL + stepped(&price::KERNEL_BIT, points - 1) * bits,
    }
}

/// A factor entry by entry.
fn entries(factor: &Factor, vector: &Vector) -> u64 {
    let own = match &factor.kind {
        Kind::Affine { from, to, taps, .. } => u64::from(to - from) * u64::from(*taps) + u64::from(*to),
        Kind::Window { outputs, inputs, .. } => {
            u64::from(*outputs) * u64::from(factor.modulus) + u64::from(outputs + inputs)
        }
        Kind::Constants(_) | Kind::Eq(_) | Kind::Table(_) => u64::from(factor.modulus),
    };
    price::WINDOW_ENTRY * own + price::ENTRY * u64::from(vector.size)
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
    fn a_wider_layer_costs_bits_and_public_values_alone() {
        let (narrow, wide) = (gas(4), gas(8));
        assert_eq!(narrow.forms, wide.forms);
        assert_eq!(narrow.blocks + 2 * 4, wide.blocks, "the outputs of two samples");
        assert!(narrow.total < wide.total && wide.total < narrow.total + 40_000);
    }

    #[test]
    fn steps_go_on_as_they_end() {
        let found: Vec<u64> = (0..5).map(|index| stepped(&[500, 750, 950], index)).collect();
        assert_eq!(found, [500, 750, 950, 1150, 1350]);
    }
}
