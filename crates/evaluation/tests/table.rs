//! The table itself: its gates one by one, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod native;

use native::common::{Random, circuit};
use native::inputs;
use zkattest_circuit::CircuitError;
use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Group, Kind, Point, Region, Slice, Tensor, Unit, Vector,
};
use zkattest_evaluation::{EvaluationError, Table};
use zkattest_field::Scalar;

const ZERO: Scalar = Scalar::new(ark_ff::BigInt([0; 4]));

/// Values of all variables that satisfy every gate but number `except`, whose output is one too large.
fn spoilt(table: &Table, values: &[Scalar], except: usize) -> Vec<Scalar> {
    let mut values = values.to_vec();
    let [left, right, product, output, constant] = &table.selectors;
    let [a, b, c] = &table.wires;
    for gate in table.public..table.gates() {
        let value = |wire: &[u32]| values[usize::try_from(wire[gate]).unwrap()];
        let (x, y) = (value(a), value(b));
        assert_eq!(output[gate], -Scalar::from(1u64));
        let mut result = left[gate] * x + right[gate] * y + product[gate] * x * y + constant[gate];
        if gate == except {
            result += Scalar::from(1u64);
        }
        values[usize::try_from(c[gate]).unwrap()] = result;
    }
    values
}

#[test]
fn every_gate_counts() {
    let mut random = Random(1);
    for seed in 0..3 {
        let circuit = circuit(&mut Random(seed));
        let table = Table::of(&circuit).unwrap();
        let (inputs, _) = inputs(&circuit, &mut random);
        let values = table.assign(&inputs).unwrap();
        assert_eq!(spoilt(&table, &values, 0), values);
        let gates = table.public..table.gates();
        let step = gates.len().div_ceil(400);
        for gate in gates.step_by(step) {
            let values = spoilt(&table, &values, gate);
            assert_eq!(table.violated(&values), Some(gate));
        }
        // The advice alone, without what it was made from.
        for place in 0..table.advice(&values).len() {
            let mut values = values.clone();
            values[table.inputs() + place] += Scalar::from(1u64);
            assert!(table.violated(&values).is_some());
        }
    }
}

#[test]
fn public_inputs_come_first_and_the_rest_is_empty() {
    let circuit = circuit(&mut Random(4));
    let table = Table::of(&circuit).unwrap();
    let n = 1 << table.log_gates;
    let one = Scalar::from(1u64);
    assert!(n / 2 < table.gates() && table.gates() <= n);
    assert!(table.selectors.iter().all(|selector| selector.len() == n));
    assert!(table.wires.iter().all(|wire| wire.len() == n));
    for gate in 0..table.public {
        assert_eq!(table.selectors.each_ref().map(|selector| selector[gate]), [one, ZERO, ZERO, ZERO, ZERO]);
        assert_eq!(usize::try_from(table.wires[0][gate]).unwrap(), gate);
    }
    for gate in table.gates()..n {
        assert!(table.selectors.iter().all(|selector| selector[gate] == ZERO));
    }
    let l = 4
        + usize::from(circuit.r_len)
        + circuit.rounds_1()
        + circuit.rounds_2()
        + usize::from(circuit.log_row)
        + usize::try_from(circuit.public).unwrap();
    assert_eq!((table.inputs(), table.public), (l, l + 2 + circuit.row_count() - 1));
}

#[test]
fn tables_are_deterministic() {
    for seed in 0..20 {
        let circuit = circuit(&mut Random(seed));
        assert_eq!(Table::of(&circuit).unwrap(), Table::of(&circuit).unwrap());
    }
}

#[test]
fn tables_agree_with_the_verifier_of_their_circuit_alone() {
    for seed in 0..20 {
        let circuit = circuit(&mut Random(seed));
        let table = Table::of(&circuit).unwrap();
        for seed in 0..3 {
            assert_eq!(table.agrees(&circuit, &[seed; 32]), Ok(true));
        }
        // One gate that says something else, of whichever selector.
        for (selector, gate) in [(0, table.public), (4, table.gates() - 1)] {
            let mut table = table.clone();
            table.selectors[selector][gate] += Scalar::from(1u64);
            assert_eq!(table.agrees(&circuit, &[0; 32]), Ok(false));
        }
        // As if what made the table had read one coefficient wrong.
        let mut other = circuit.clone();
        let forms = other.statements.iter_mut().flat_map(|statement| &mut statement.forms);
        let Some(form) = forms.into_iter().find(|form| form.coefficient != 0) else { continue };
        form.coefficient += 1;
        let made = Table::of(&other).unwrap();
        assert_eq!(made.agrees(&circuit, &[0; 32]), Ok(made == table));
    }
}

#[test]
fn wrong_numbers_of_inputs_are_refused() {
    let circuit = circuit(&mut Random(5));
    let table = Table::of(&circuit).unwrap();
    for found in [0, table.inputs() - 1, table.inputs() + 1] {
        let expected = table.inputs();
        assert_eq!(table.assign(&vec![ZERO; found]), Err(EvaluationError::Inputs { expected, found }));
    }
}

#[test]
fn circuits_that_break_a_rule_are_refused() {
    let circuit = Circuit { log_row: 5, ..circuit(&mut Random(6)) };
    let error = CircuitError::RowSize { least: 6, most: 28, found: 5 };
    assert_eq!(Table::of(&circuit), Err(EvaluationError::Circuit(error)));
}

/// A statement over every cell of long rows, each with another product of eq, that is no product over bits.
fn enumerated(size: u32) -> Circuit {
    let mut circuit = circuit(&mut Random(7));
    circuit.log_row = 21;
    circuit.r_len = 21;
    circuit.tensors.push(Tensor {
        region: Region::Witness,
        base: 0,
        axes: vec![Axis { size, allotted: size }],
    });
    let factor =
        |div| Factor { div, modulus: size, kind: Kind::Eq(Slice { point: Point::R, offset: 0, len: 21 }) };
    circuit.functionals.truncate(0);
    circuit.terms.truncate(0);
    circuit.statements.truncate(1);
    circuit.statements[0].forms = vec![Form {
        coefficient: 1,
        unit: Unit::One,
        tensor: Some(u32::try_from(circuit.tensors.len() - 1).unwrap()),
        groups: vec![Group { axes: 1, vector: Vector { size, factors: vec![factor(3)] } }],
    }];
    circuit
}

#[test]
fn too_many_gates_are_refused() {
    let most = 1 << 20;
    // More values than gates; and fewer, each of which takes more than one gate.
    for (size, found) in [(3 << 19, 3 << 19), (3 << 18, most)] {
        let refused = Table::of(&enumerated(size));
        assert_eq!(refused, Err(EvaluationError::Gates { found, most }));
    }
    assert!(Table::of(&enumerated(3 << 10)).is_ok());
}
