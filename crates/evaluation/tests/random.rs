//! Random circuits, with tensors anywhere and vectors of all kinds.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod native;

use native::common::{Random, circuit, circuit_of};
use native::compare;

#[test]
fn random_circuits() {
    let mut random = Random(1);
    for seed in 0..300 {
        compare(&circuit(&mut Random(seed)), &mut random);
    }
}

/// Rows with many places: axes begin anywhere in them, and leave them.
#[test]
fn random_circuits_with_long_rows() {
    let mut random = Random(2);
    let mut compared = 0;
    for seed in 0..60 {
        let mut circuit = circuit(&mut Random(1000 + seed));
        circuit.log_row = 14;
        for tensor in &mut circuit.tensors {
            tensor.base += [4096 - 128, (1 << 14) - 128, 1 << 13, 77][usize::try_from(seed % 4).unwrap()];
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
    assert!(compared >= 30, "{compared}");
    for seed in 0..10 {
        compare(&circuit_of(&mut Random(seed), 14), &mut random);
    }
}
