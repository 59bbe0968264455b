//! Row weights and constants of random circuits, against dense weights over all cells.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

#[path = "../../circuit/tests/common/mod.rs"]
mod common;
mod slow;

use ark_ff::AdditiveGroup;
use common::{Random, Unused, VARIABLES, challenges, circuit, entry, eq, vector};
use slow::Dense;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;
use zkattest_verifier::claims::Combination;
use zkattest_verifier::closed;
use zkattest_verifier::functionals::Expansion;
use zkattest_verifier::rows::{RowWeights, dot};

fn compare(circuit: &Circuit, random: &mut Random) {
    let public: Vec<i64> =
        (0..circuit.public).map(|_| i64::from(random.below(1 << 20)) - (1 << 19)).collect();
    let challenges = challenges(circuit, usize::from(VARIABLES), random);
    let combination = Combination {
        functionals: random.scalars(circuit.functionals.len()),
        statements: random.scalars(circuit.statements.len()),
        constant: random.scalar(),
        masks: Vec::new(),
    };
    let z = random.scalars(usize::from(circuit.log_row));

    let mut dense = Dense::zero(circuit);
    dense.constant = combination.constant;
    for (functional, weight) in circuit.functionals.iter().zip(&combination.functionals) {
        for form in &functional.forms {
            dense.add(circuit, form, &challenges, usize::from(functional.variables), &public, *weight);
        }
    }
    for (statement, weight) in circuit.statements.iter().zip(&combination.statements) {
        statement.forms.iter().for_each(|form| dense.add(circuit, form, &challenges, 0, &public, *weight));
    }
    let expected: Vec<Scalar> = dense
        .cells
        .chunks(circuit.row_size())
        .map(|row| row.iter().zip(0u64..).map(|(weight, x)| *weight * eq(&z, x)).sum())
        .collect();

    let expansion = Expansion::new(circuit, &challenges, &public, &combination);
    assert_eq!(expansion.constant(), dense.constant);
    let mut weights = RowWeights::new(circuit, &z);
    expansion.weigh(&mut weights);
    assert_eq!(weights.finish(), expected);
}

#[test]
fn random_circuits_have_the_dense_weights() {
    let mut random = Random(1);
    for seed in 0..300 {
        let circuit = circuit(&mut Random(seed));
        assert_eq!(circuit.validate(), Ok(()), "seed {seed}");
        compare(&circuit, &mut random);
    }
}

/// Rows longer than the shared table: places have high bits, runs cross buckets.
#[test]
fn long_rows_have_the_dense_weights() {
    let mut random = Random(2);
    let mut compared = 0;
    for seed in 0..10 {
        let mut circuit = circuit(&mut Random(1000 + seed));
        circuit.log_row = 14;
        for tensor in &mut circuit.tensors {
            // Towards the end of the first buckets, and of the first row.
            tensor.base += if seed % 2 == 0 { 4096 - 128 } else { (1 << 14) - 128 };
            let block = 1 << tensor.log_inner(14);
            tensor.base -= tensor.base % block;
        }
        circuit.public += 1 << 14;
        circuit.rows = [3, 3, 3, 3, 3, 2, 3];
        if circuit.validate().is_ok() {
            compare(&circuit, &mut random);
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared}");
}

#[test]
fn closed_sums_are_sums() {
    let mut random = Random(3);
    let mut found = [0; 2];
    for round in 0..4000u64 {
        let circuit = circuit(&mut Random(round % 7));
        let variables = usize::from(VARIABLES);
        let challenges = challenges(&circuit, variables, &mut random);
        let size = 1 + random.below(70);
        let vector = vector(&mut random, size, &mut Unused::all(VARIABLES));
        let bits = size.next_power_of_two().trailing_zeros() + random.below(3);
        let at = random.scalars(bits.try_into().unwrap());
        let sum = |weight: &dyn Fn(u64) -> Scalar| -> Scalar {
            (0..size)
                .map(|i| entry(&circuit, &vector, &challenges, variables, i) * weight(u64::from(i)))
                .fold(Scalar::ZERO, |sum, value| sum + value)
        };
        if let Some(value) = closed::sum(&vector, &circuit, &challenges, variables, Some(&at)) {
            assert_eq!(value, sum(&|i| eq(&at, i)), "{vector:?}");
            found[0] += 1;
        }
        if let Some(value) = closed::sum(&vector, &circuit, &challenges, variables, None) {
            assert_eq!(value, sum(&|_| 1u64.into()), "{vector:?}");
            found[1] += 1;
        }
    }
    assert!(found.iter().all(|count| *count > 1000), "{found:?}");
}

#[test]
fn dot_products_at_every_length() {
    let mut random = Random(4);
    for length in 0..20 {
        let (a, b) = (random.scalars(length), random.scalars(length + 2));
        let expected: Scalar = a.iter().zip(&b).map(|(a, b)| *a * b).sum();
        assert_eq!(dot(&a, &b), expected);
        assert_eq!(dot(&b, &a), expected);
    }
}
