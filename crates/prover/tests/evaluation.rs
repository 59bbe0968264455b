//! Proofs with an evaluation part: complete, and refused where one thing of it is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::cast_possible_truncation, reason = "small numbers of our own")]

mod world;

use world::circuits::{all, function, function_of_rows, gemm};
use world::{SRS_DIGEST, Stream, World};
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::shape::{POINT_BYTES, SCALAR_BYTES};
use zkattest_evaluation::{Alterations, Index, check_key};
use zkattest_field::{G1, G2, Scalar};
use zkattest_prover::{Hooks, OsRandomness, ProverError, ProvingString};
use zkattest_verifier::{EvaluationKey, VerifyError};

const ONE: u64 = 1;

/// Proves honest cells with an argument made otherwise.
fn prove(world: &World, evaluation: Alterations) -> Vec<u8> {
    let mut hooks = Some(Hooks { evaluation, ..Hooks::default() });
    let (mut oracle, mut randomness) = (world.transcript(), Stream(31));
    world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks).unwrap()
}

/// What a verifier says that compares the advice, and one that does not.
fn verdicts(world: &World, proof: &[u8]) -> [Result<bool, VerifyError>; 2] {
    [world.verify(proof), world.verify_argument(proof)]
}

const ACCEPTED: [Result<bool, VerifyError>; 2] = [Ok(true), Ok(true)];
const REFUSED: [Result<bool, VerifyError>; 2] = [Ok(false), Ok(false)];

#[test]
fn honest_proofs_are_accepted() {
    let (mut shorter, mut longer) = (0, 0);
    for world in all().into_iter().chain([function_of_rows(16)]) {
        let without = world.prove().len();
        let (world, _) = world.with_evaluation();
        let (index, _) = world.evaluation.as_ref().unwrap();
        if index.coefficients() > world.circuit.row_size() {
            longer += 1
        } else {
            shorter += 1
        }
        let proof = world.prove();
        let advice = 1 + world.circuit.row_count();
        assert_eq!(proof.len(), without + SCALAR_BYTES * (advice + 15) + 2 * POINT_BYTES, "{}", world.name);
        assert_eq!(verdicts(&world, &proof), ACCEPTED, "{}", world.name);
    }
    assert!(
        longer > 3 && shorter > 0,
        "rows longer than the argument's polynomials: {shorter}, else {longer}"
    );
}

#[test]
fn proofs_depend_on_no_thread_and_no_power_beyond_what_is_needed() {
    let (mut world, _) = gemm().with_evaluation();
    let with = |world: &World, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| prove(world, Alterations::default()))
    };
    let expected = with(&world, 1);
    assert_eq!(with(&world, 3), expected);
    let points: Vec<G1> = [world.points(), world.points()].concat();
    world.string = ProvingString::new(&points, world.circuit.row_size());
    assert_eq!(with(&world, 2), expected);
}

/// Start of the evaluation part's scalars, and of its points: advice, then values; C1, C2.
fn places(world: &World, proof: &[u8]) -> (Vec<usize>, [usize; 2]) {
    let advice = 1 + world.circuit.row_count();
    // Behind the values: W and W'. Before them, backwards: d, s, C2, g, q, h, C1, advice.
    let values = proof.len() - 2 * POINT_BYTES - 22 * SCALAR_BYTES;
    let (c2, c1) = (values - 3 * POINT_BYTES, values - 7 * POINT_BYTES);
    let scalars = |start: usize, count: usize| (0..count).map(move |i| start + i * SCALAR_BYTES);
    (scalars(c1 - advice * SCALAR_BYTES, advice).chain(scalars(values, 22)).collect(), [c1, c2])
}

#[test]
fn every_scalar_and_point_matters() {
    for world in [gemm(), function()] {
        let (world, _) = world.with_evaluation();
        let proof = world.prove();
        let (scalars, points) = places(&world, &proof);
        for (i, at) in scalars.into_iter().enumerate() {
            let mut changed = proof.clone();
            changed[at + 31] ^= 1;
            assert_eq!(verdicts(&world, &changed), REFUSED, "{} scalar {i}", world.name);
            changed[at..at + 32].fill(0xff);
            assert_eq!(world.verify(&changed), Err(VerifyError::Scalar { offset: at }));
        }
        let [c1, c2] = points;
        for at in points {
            let mut changed = proof.clone();
            changed[at + 31] ^= 1;
            assert_eq!(world.verify(&changed), Err(VerifyError::OffCurve { offset: at }));
            changed[at..at + 64].fill(0);
            assert_eq!(world.verify(&changed), Err(VerifyError::Infinity { offset: at }));
        }
        for (to, from) in [(c1, c2), (c2, c1), (c1, c1 + POINT_BYTES), (c2, c2 - POINT_BYTES)] {
            let mut changed = proof.clone();
            changed.copy_within(from..from + POINT_BYTES, to);
            assert_eq!(verdicts(&world, &changed), REFUSED, "{} point {to} from {from}", world.name);
        }
    }
}

/// Values of all variables such that one gate is violated that computes a number of the advice, and all copies are kept:
/// the number is another one wherever it is.
fn another_result(index: &Index, values: &mut [Scalar]) {
    let table = index.table();
    let gates = |variable: usize| {
        let has = |j: &usize| table.wires.iter().any(|wire| wire[*j] as usize == variable);
        (table.public..index.gates()).filter(has).count()
    };
    let advice = table.public - table.advice(values).len()..table.public;
    let variable = advice.rev().find(|variable| gates(*variable) == 1).expect("one is in a single gate");
    values[variable] += Scalar::from(ONE);
}

/// The last number of the advice is another one in its public gate alone.
fn another_copy(index: &Index, cells: &mut [Vec<Scalar>; 3]) {
    cells[0][index.table().public - 1] += Scalar::from(ONE);
}

fn another_last(advice: &mut [Scalar]) {
    *advice.last_mut().unwrap() += Scalar::from(ONE);
}

#[test]
fn cheating_in_one_thing_is_refused() {
    let honest = Alterations::default();
    let twice: fn(&mut [Scalar]) = |product| product.iter_mut().for_each(|value| *value += *value);
    // T1 is no quotient then; it is not zero, so that C2 is a point.
    let zero = Alterations {
        product: Some(|product| product.fill(Scalar::from(0u64))),
        start: Some(|start| start[0] = Scalar::from(ONE)),
        ..honest
    };
    let cheats = [
        ("advice, of an argument for the honest", Alterations { advice: Some(another_last), ..honest }),
        ("constant", Alterations { advice: Some(|advice| advice[0] += Scalar::from(ONE)), ..honest }),
        ("a gate", Alterations { values: Some(another_result), ..honest }),
        ("a copy", Alterations { cells: Some(another_copy), advice: Some(another_last), ..honest }),
        (
            "a copy, and p = 0, which needs no copies",
            Alterations { cells: Some(another_copy), advice: Some(another_last), ..zero },
        ),
        ("p = 0", zero),
        ("p(1) = 2", Alterations { product: Some(twice), ..honest }),
        ("p elsewhere", Alterations { product: Some(|product| product[7] += Scalar::from(ONE)), ..honest }),
        ("delta", Alterations { inputs: Some(|inputs| inputs[3] += Scalar::from(ONE)), ..honest }),
        (
            "public",
            Alterations { inputs: Some(|inputs| *inputs.last_mut().unwrap() += Scalar::from(ONE)), ..honest },
        ),
        ("T0", Alterations { quotient: Some(|quotient| quotient[1] += Scalar::from(ONE)), ..honest }),
        ("T1", Alterations { start: Some(|start| start[1] += Scalar::from(ONE)), ..honest }),
    ];
    for world in [gemm(), function()] {
        let (world, _) = world.with_evaluation();
        assert_eq!(verdicts(&world, &prove(&world, honest)), ACCEPTED, "{}", world.name);
        for (what, cheat) in cheats {
            assert_eq!(verdicts(&world, &prove(&world, cheat)), REFUSED, "{}: {what}", world.name);
        }
    }
}

/// A circuit that differs in one coefficient, and so in its table.
fn other() -> World {
    let mut world = gemm();
    world.circuit.statements[0].forms[2].coefficient -= 1;
    world
}

#[test]
fn keys_are_of_one_table() {
    let (mut world, _) = gemm().with_evaluation();
    let (index, key) = world.evaluation.clone().unwrap();
    let (other_index, other_key) = other().with_evaluation().0.evaluation.unwrap();
    assert_eq!(other_index.log_gates(), index.log_gates());
    let proof = world.prove();
    world.evaluation = Some((index.clone(), other_key));
    assert_eq!(verdicts(&world, &proof), REFUSED, "a key of another table");
    world.evaluation = Some((other_index.clone(), key));
    assert_eq!(verdicts(&world, &world.prove()), REFUSED, "an argument about another table");
    // Whose results are others: a verifier that compares refuses them, a contract with this key would not.
    world.evaluation = Some((other_index, other_key));
    assert_eq!(world.verify(&world.prove()), Ok(false));
}

#[test]
fn keys_of_the_wrong_shape_and_proofs_of_the_other_kind_are_malformed() {
    let plain = gemm();
    let (mut world, _) = gemm().with_evaluation();
    let (index, key) = world.evaluation.clone().unwrap();
    let (with, without) = (world.prove(), plain.prove());
    let length = |expected: &[u8], found: &[u8]| {
        Err(VerifyError::Length { expected: expected.len(), found: found.len() })
    };
    assert_eq!(world.verify(&without), length(&with, &without));
    assert_eq!(plain.verify(&with), length(&without, &with));
    let least = world.circuit.evaluation_inputs();
    let small = least.next_power_of_two().trailing_zeros() as u8 - 1;
    for log_gates in [0, 1, small, 29, 64, 255] {
        world.evaluation = Some((index.clone(), EvaluationKey { log_gates, ..key }));
        assert_eq!(world.verify(&with), Err(VerifyError::Gates { log_gates, least, most: 28 }));
    }
    world.evaluation = Some((index.clone(), EvaluationKey { log_gates: index.log_gates() + 1, ..key }));
    assert_eq!(verdicts(&world, &with), REFUSED, "another size");
}

#[test]
fn keys_are_checked_without_a_string() {
    let (world, opening) = gemm().with_evaluation();
    let (_, key) = world.evaluation.clone().unwrap();
    let check = |circuit: &Circuit, key: &EvaluationKey, opening: &G1, tau: &G2, srs: &[u8; 32]| {
        check_key(circuit, key, opening, tau, srs).unwrap()
    };
    let (circuit, tau) = (&world.circuit, &world.tau_g2);
    assert!(check(circuit, &key, &opening, tau, &SRS_DIGEST));
    let (others, others_opening) = other().with_evaluation();
    let (_, others_key) = others.evaluation.unwrap();
    assert!(check(&others.circuit, &others_key, &others_opening, tau, &SRS_DIGEST));
    assert!(!check(circuit, &others_key, &opening, tau, &SRS_DIGEST), "another C0");
    assert!(!check(circuit, &others_key, &others_opening, tau, &SRS_DIGEST), "another table's");
    assert!(!check(circuit, &key, &others_opening, tau, &SRS_DIGEST), "another Q");
    assert!(!check(circuit, &key, &-opening, tau, &SRS_DIGEST), "the negative of Q");
    assert!(!check(&others.circuit, &key, &opening, tau, &SRS_DIGEST), "another circuit");
    assert!(!check(circuit, &key, &opening, &-*tau, &SRS_DIGEST), "another string");
    let mut srs = SRS_DIGEST;
    srs[31] ^= 1;
    assert!(!check(circuit, &key, &opening, tau, &srs), "a string of another digest");
    let log_gates = key.log_gates + 1;
    assert!(!check(circuit, &EvaluationKey { log_gates, ..key }, &opening, tau, &SRS_DIGEST), "another size");
}

#[test]
fn strings_and_tables_that_do_not_fit_are_errors() {
    let prove = |world: &World| {
        let (mut oracle, cells) = (world.transcript(), &world.cells);
        world.prove_cells(cells, &world.blinders, &mut oracle, &mut OsRandomness, &mut None)
    };
    let (mut world, _) = gemm().with_evaluation();
    let (index, key) = world.evaluation.clone().unwrap();
    let (m, expected) = (world.circuit.row_size(), index.coefficients());
    let points = world.points();
    world.string = ProvingString::new(&points[..expected - 1], m);
    let short = ProverError::StringSize { expected, found: expected - 1 };
    assert_eq!(prove(&world), Err(short.clone()));
    let digest = world.circuit.digest();
    assert_eq!(world.string.evaluation_key(&index, &digest, &SRS_DIGEST), Err(short));
    world.string = ProvingString::new(&points, m);
    assert!(prove(&world).is_ok());
    let another = Index::of(&function().circuit).unwrap();
    let found = another.table().public;
    world.evaluation = Some((another, key));
    let expected = world.circuit.evaluation_inputs();
    assert_eq!(prove(&world), Err(ProverError::Table { expected, found }));
    // Rows need m + 1 powers.
    let mut plain = gemm();
    plain.string = ProvingString::new(&points[..m], m);
    assert_eq!(prove(&plain), Err(ProverError::StringSize { expected: m + 1, found: m }));
}
