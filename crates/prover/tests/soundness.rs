//! What is not proved is not accepted: changed bytes, other statements, cheating witnesses.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod world;

use world::circuits::{all, convolution, function, gemm, gemm_with};
use world::{Cells, World};
use zkattest_circuit::lookup::RangeLookup;
use zkattest_field::Scalar;
use zkattest_prover::{Hooks, OsRandomness, ProverError};
use zkattest_verifier::VerifyError;

/// Start and length of each scalar and point of a proof.
fn fields(world: &World) -> Vec<(usize, usize)> {
    let shape = world.circuit.proof_shape();
    let scalars = 1
        + shape.rounds_1 * shape.degree_1
        + shape.rounds_2 * shape.degree_2
        + shape.factors
        + 2 * shape.rounds_3;
    let runs = [(shape.early_rows + shape.helper_rows, 64), (scalars, 32), (5, 64), (7, 32), (2, 64)];
    let mut fields = Vec::new();
    let mut at = 0;
    for (count, size) in runs {
        for _ in 0..count {
            fields.push((at, size));
            at += size;
        }
    }
    assert_eq!(at, world.circuit.proof_bytes());
    fields
}

#[test]
fn every_scalar_and_point_matters() {
    for world in all() {
        let proof = world.prove();
        let fields = fields(&world);
        for (i, (at, size)) in fields.iter().copied().enumerate() {
            let mut changed = proof.clone();
            changed[at + 31] ^= 1;
            let found = world.verify(&changed);
            if size == 64 {
                assert_eq!(found, Err(VerifyError::OffCurve { offset: at }), "{} point {i}", world.name);
                // The negative, and any other point of the proof.
                let mut negated = proof.clone();
                negate(&mut negated[at + 32..at + 64]);
                assert_eq!(world.verify(&negated), Ok(false), "{} point {i}, negated", world.name);
            } else {
                assert_eq!(found, Ok(false), "{} scalar {i}", world.name);
            }
            // The next field of its size, swapped with this one.
            if let Some((next, _)) = fields[i + 1..].iter().find(|(_, other)| *other == size) {
                let mut swapped = proof.clone();
                swapped.copy_within(at..at + size, *next);
                swapped[at..at + size].copy_from_slice(&proof[*next..next + size]);
                assert_ne!(swapped, proof, "{} field {i}", world.name);
                assert_eq!(world.verify(&swapped), Ok(false), "{} field {i}, swapped", world.name);
            }
        }
    }
}

/// y to q - y.
fn negate(bytes: &mut [u8]) {
    use zkattest_field::{Base, decode, encode};
    let y: Base = decode(&bytes.try_into().unwrap()).unwrap();
    bytes.copy_from_slice(&encode(&-y));
}

#[test]
fn lengths_are_the_circuits() {
    let world = function();
    let proof = world.prove();
    let expected = proof.len();
    for found in [0, 1, expected - 64, expected - 32, expected - 1, expected + 1, expected + 32] {
        let mut other = proof.clone();
        other.resize(found, 0);
        assert_eq!(world.verify(&other), Err(VerifyError::Length { expected, found }));
    }
}

#[test]
fn a_proof_is_of_one_statement() {
    let world = gemm();
    let proof = world.prove();
    for i in 0..world.cells.public.len() {
        let mut public = world.cells.public.clone();
        public[i] += 1;
        assert_eq!(world.verify_public(&public, &proof), Ok(false));
    }
    let mut other = gemm();
    other.circuit.statements[0].forms[2].coefficient -= 1;
    assert_eq!(other.verify(&proof), Ok(false), "another rounding");
    let mut other = gemm();
    other.blinders[0][0] += Scalar::from(1u64);
    assert_eq!(other.verify(&proof), Ok(false), "another model commitment");
    let mut other = gemm();
    other.cells.model[64] += 1;
    assert_eq!(other.verify(&proof), Ok(false), "another model");
}

/// The verdict on a proof made for these cells.
fn judge(world: &World, change: impl FnOnce(&mut Cells), hooks: Hooks) -> bool {
    let mut cells = world.cells.clone();
    change(&mut cells);
    let public = cells.public.clone();
    let proof = world
        .prove_cells(&cells, &world.blinders, &mut world.transcript(), &mut OsRandomness, &mut Some(hooks))
        .unwrap();
    world.verify_public(&public, &proof).unwrap()
}

/// Honest multiplicities.
fn counts(world: &World) -> Vec<i32> {
    let mut hooks = Some(Hooks::default());
    world
        .prove_cells(&world.cells, &world.blinders, &mut world.transcript(), &mut OsRandomness, &mut hooks)
        .unwrap();
    hooks.unwrap().counts.unwrap()
}

fn with_counts(counts: Vec<i32>) -> Hooks {
    Hooks { counts: Some(counts), ..Hooks::default() }
}

#[test]
fn hooks_alone_change_no_verdict() {
    for world in all() {
        let counts = counts(&world);
        assert!(judge(&world, |_| {}, with_counts(counts)), "{}", world.name);
    }
}

#[test]
fn cells_outside_the_table_are_an_error_and_no_proof() {
    let (world, m) = (gemm(), 128);
    let counts = counts(&world);
    for (row, cell, value) in [(0, 0, 16), (1, 5, -1), (2, 127, 300)] {
        let mut cells = world.cells.clone();
        cells.witness[row * m + cell] = value;
        let found =
            world.prove_cells(&cells, &world.blinders, &mut world.transcript(), &mut OsRandomness, &mut None);
        assert_eq!(found, Err(ProverError::OutOfRange { lookup: 0, row, cell }));
        let change = |cells: &mut Cells| cells.witness[row * m + cell] = value;
        assert!(!judge(&world, change, with_counts(counts.clone())));
    }
    let function = function();
    let mut cells = function.cells.clone();
    cells.keys[0][3] = 16;
    let found = function.prove_cells(
        &cells,
        &function.blinders,
        &mut function.transcript(),
        &mut OsRandomness,
        &mut None,
    );
    assert_eq!(found, Err(ProverError::OutOfTable { lookup: 0, element: 3 }));
}

#[test]
fn an_out_of_range_cell_that_keeps_all_equations_is_rejected() {
    // u + 1 and rem - 16 satisfy acc + 8 = 16 (u - 8) + rem; only the lookup forbids it.
    let world = gemm();
    let shift = |cells: &mut Cells| {
        cells.witness[4] += 1;
        cells.witness[128 + 4] -= 16;
    };
    let honest = counts(&world);
    assert!(!judge(&world, shift, with_counts(honest.clone())));
    // The key that is missed counted down, the one gained counted up.
    let mut moved = honest.clone();
    moved[usize::try_from(world.cells.witness[4]).unwrap()] -= 1;
    moved[usize::try_from(world.cells.witness[4] + 1).unwrap()] += 1;
    assert!(!judge(&world, shift, with_counts(moved)));
}

#[test]
fn broken_equations_are_rejected() {
    let gemm = gemm();
    let in_range = |cell: i16| if cell < 15 { cell + 1 } else { 0 };
    // Rescaling, at a quotient and at a remainder; limbs of the data; a public output; weights; data.
    for cell in [4, 128 + 4, 256] {
        let change = |cells: &mut Cells| cells.witness[cell] = in_range(cells.witness[cell]);
        assert!(!judge(&gemm, change, Hooks::default()), "witness cell {cell}");
    }
    assert!(!judge(&gemm, |cells| cells.public[1] += 1, Hooks::default()));
    assert!(!judge(&gemm, |cells| cells.data[1] += 1, Hooks::default()));
    assert!(!judge(&gemm, |cells| cells.model[64] += 1, Hooks::default()));
    let convolution = convolution();
    for cell in [0, 11, 64, 69] {
        assert!(
            !judge(&convolution, |cells| cells.output[cell] += 1, Hooks::default()),
            "output cell {cell}"
        );
    }
    assert!(!judge(&convolution, |cells| cells.public[0] += 1, Hooks::default()));
    let function = function();
    assert!(!judge(&function, |cells| cells.output[0] += 1, Hooks::default()), "an image");
    assert!(!judge(&function, |cells| cells.keys[0][0] ^= 1, Hooks::default()), "a key");
    assert!(!judge(&function, |cells| cells.public[0] += 1, Hooks::default()), "the sum");
    let swap = |cells: &mut Cells| {
        // The sum stays, images are of the wrong arguments.
        let other = (1..12).find(|i| cells.output[*i] != cells.output[0]).unwrap();
        cells.output.swap(0, other);
    };
    assert!(!judge(&function, swap, Hooks::default()), "two images swapped");
}

#[test]
fn wrong_multiplicities_and_inverses_are_rejected() {
    for world in [gemm_with(1), gemm(), gemm_with(3), function()] {
        let honest = counts(&world);
        for key in [0, 3, 15] {
            let mut wrong = honest.clone();
            let first = if world.name == "gemm" { 0 } else { 32 };
            wrong[first + key] += 1;
            assert!(!judge(&world, |_| {}, with_counts(wrong)), "{} key {key}", world.name);
        }
        let alter = |alter: fn(&mut [Scalar])| Hooks { alter_helper: Some(alter), ..Hooks::default() };
        assert!(!judge(&world, |_| {}, alter(|helper| helper[0] += Scalar::from(1u64))), "{}", world.name);
        let swap = |helper: &mut [Scalar]| {
            let other = helper.iter().position(|value| *value != helper[0]).unwrap();
            helper.swap(0, other);
        };
        assert!(!judge(&world, |_| {}, alter(swap)), "{}, swapped", world.name);
        // The balance is kept, the inverses are not.
        let keep = |helper: &mut [Scalar]| {
            helper[0] += Scalar::from(1u64);
            helper[1] -= Scalar::from(1u64);
        };
        assert!(!judge(&world, |_| {}, alter(keep)), "{}", world.name);
    }
}

#[test]
fn wrong_shapes_are_errors() {
    let world = gemm();
    let prove = |cells: &Cells| {
        world.prove_cells(cells, &world.blinders, &mut world.transcript(), &mut OsRandomness, &mut None)
    };
    let mut cells = world.cells.clone();
    cells.witness.pop();
    let shape = |what, expected, found| Err(ProverError::Shape { what, expected, found });
    assert_eq!(prove(&cells), shape("cells of the witness", 384, 383));
    let mut cells = world.cells.clone();
    cells.public.push(0);
    assert_eq!(prove(&cells), shape("public integers", 4, 5));
    let mut cells = world.cells.clone();
    cells.keys.push(vec![]);
    assert_eq!(prove(&cells), shape("lists of keys", 0, 1));
    let mut other = gemm();
    other.string = function().string;
    let assignment = zkattest_prover::Assignment {
        model: &world.cells.model,
        data: &world.cells.data,
        output: &[],
        witness: &world.cells.witness,
        public: &world.cells.public,
        keys: &[],
    };
    let [model, data, _] = &world.blinders;
    let found = zkattest_prover::prove(
        &other.circuit,
        None,
        &other.lookups,
        &other.string,
        &assignment,
        &zkattest_prover::Blinders { model, data, output: &[] },
        (&[], &[]),
        &mut other.transcript(),
        &mut OsRandomness,
        &mut |_| std::ops::ControlFlow::Continue(()),
    );
    assert_eq!(found, Err(ProverError::RowSize { expected: 128, found: 64 }));
}

#[test]
fn hints_that_do_not_fit_the_circuit_are_errors() {
    let prove = |world: &World| {
        world.prove_cells(
            &world.cells,
            &world.blinders,
            &mut world.transcript(),
            &mut OsRandomness,
            &mut None,
        )
    };
    let lookup = |change: fn(&mut RangeLookup)| {
        let mut world = gemm();
        change(&mut world.lookups.ranges[0]);
        prove(&world)
    };
    let changes: [fn(&mut RangeLookup); 8] = [
        |lookup| lookup.rows = 4,
        |lookup| lookup.rows = 0,
        |lookup| lookup.table = 1,
        |lookup| lookup.helper = 8,
        |lookup| lookup.counts = 6,
        |lookup| lookup.columns.clear(),
        |lookup| lookup.columns[1] = 0,
        |lookup| lookup.eq = 99,
    ];
    for (i, change) in changes.into_iter().enumerate() {
        assert!(matches!(lookup(change), Err(ProverError::Lookup { lookup: 0, .. })), "change {i}");
    }
    let mut world = function();
    world.lookups.functions[0].sums = 2;
    assert!(matches!(prove(&world), Err(ProverError::Lookup { lookup: 0, .. })));
    let mut world = function();
    world.circuit.log_row = 5;
    assert!(matches!(prove(&world), Err(ProverError::Circuit(_))));
}
