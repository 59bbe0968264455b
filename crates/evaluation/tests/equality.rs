//! The table's advice is what the native verifier computes, on random circuits.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

#[path = "../../circuit/tests/common/mod.rs"]
mod common;

use common::{Random, circuit, circuit_of};
use zkattest_circuit::Challenges;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_evaluation::Table;
use zkattest_field::Scalar;
use zkattest_verifier::evaluation::Evaluation;

fn compare(circuit: &Circuit, random: &mut Random) {
    let table = Table::of(circuit).unwrap();
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
    let mut expected = vec![evaluation.constant(), evaluation.weight()];
    let mut rows = evaluation.row_weights(&z);
    assert_eq!(rows.remove(circuit.first_row(Region::Mask) + 1), Scalar::from(1u64));
    expected.extend(rows);

    let mut inputs = vec![challenges.gamma, challenges.beta, alpha, delta];
    inputs.extend(challenges.r.iter().chain(&challenges.rho).chain(&sigma).chain(&z));
    inputs.extend(public.iter().map(|value| Scalar::from(*value)));
    let values = table.assign(&inputs).unwrap();
    assert_eq!(table.advice(&values), expected);
    assert_eq!(table.violated(&values), None);
}

#[test]
fn random_circuits() {
    let mut random = Random(1);
    for seed in 0..200 {
        let circuit = circuit(&mut Random(seed));
        compare(&circuit, &mut random);
    }
}

#[test]
fn random_circuits_with_long_rows() {
    let mut random = Random(2);
    for seed in 0..10 {
        compare(&circuit_of(&mut Random(seed), 14), &mut random);
    }
}
