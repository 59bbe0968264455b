//! The advice of a table next to what the native verifier computes.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part; a failed conversion fails the test"
)]

#[path = "../../../circuit/tests/common/mod.rs"]
pub mod common;

use common::Random;
use zkattest_circuit::Challenges;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_evaluation::Table;
use zkattest_field::Scalar;
use zkattest_verifier::evaluation::Evaluation;

/// Random inputs of a circuit's table, and the advice that the native verifier computes from them.
pub fn inputs(circuit: &Circuit, random: &mut Random) -> (Vec<Scalar>, Vec<Scalar>) {
    let public: Vec<i64> =
        (0..circuit.public).map(|_| i64::from(random.below(1 << 20)) - (1 << 19)).collect();
    let challenges = Challenges {
        gamma: random.scalar(),
        beta: random.scalar(),
        r: random.scalars(usize::from(circuit.r_len)),
        rho: random.scalars(circuit.rounds_1()),
    };
    let (alpha, delta) = (random.scalar(), random.scalar());
    let (sigma, z) = (random.scalars(circuit.rounds_2()), random.scalars(usize::from(circuit.log_row)));
    let evaluation = Evaluation::new(circuit, &challenges, alpha, &sigma, delta, &public);
    let mut advice = vec![evaluation.constant(), evaluation.weight()];
    let mut rows = evaluation.row_weights(&z);
    assert_eq!(rows.remove(circuit.first_row(Region::Mask) + 1), Scalar::from(1u64));
    advice.extend(rows);

    let mut inputs = vec![challenges.gamma, challenges.beta, alpha, delta];
    inputs.extend(challenges.r.iter().chain(&challenges.rho).chain(&sigma).chain(&z));
    inputs.extend(public.iter().map(|value| Scalar::from(*value)));
    (inputs, advice)
}

/// A circuit's table computes what the native verifier computes.
pub fn compare(circuit: &Circuit, random: &mut Random) -> Table {
    let table = Table::of(circuit).unwrap();
    let (inputs, advice) = inputs(circuit, random);
    assert_eq!(table.inputs(), inputs.len());
    assert_eq!(table.public, inputs.len() + advice.len());
    let values = table.assign(&inputs).unwrap();
    assert_eq!(values[..inputs.len()], inputs);
    assert_eq!(table.advice(&values), advice);
    assert_eq!(table.violated(&values), None);
    table
}
