//! Proofs of a slow, literal prover: accepted as sent, refused whatever is changed.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

#[path = "../../circuit/tests/common/mod.rs"]
mod common;
mod slow;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};
use slow::instance::instance;
use slow::{Instance, Proven, Random, prove};
use zkattest_circuit::ir::Region;
use zkattest_field::{Base, G1, Scalar, decode, encode};
use zkattest_transcript::Transcript;
use zkattest_verifier::{VerifyError, region_rows, verify};

fn transcript(instance: &Instance) -> Transcript {
    Transcript::new(&instance.circuit.digest(), &[1; 32], &[2; 32])
}

fn proven(log_row: u8, seed: u64) -> (Instance, Proven) {
    let mut random = Random(seed);
    let instance = instance(log_row, &mut random);
    let proven = prove(&instance, &mut transcript(&instance), &mut random);
    (instance, proven)
}

fn check(instance: &Instance, proven: &Proven) -> Result<bool, VerifyError> {
    let oracle = &mut transcript(instance);
    verify(&instance.circuit, None, &proven.tau, &proven.model, oracle, &instance.public, &proven.proof)
}

fn with_proof(proven: &Proven, proof: Vec<u8>) -> Proven {
    Proven { proof, ..proven.clone() }
}

/// (offset, is a point) of every item of the proof.
fn items(instance: &Instance) -> Vec<(usize, bool)> {
    let shape = instance.circuit.proof_shape();
    let scalars = 1
        + shape.rounds_1 * shape.degree_1
        + shape.rounds_2 * shape.degree_2
        + shape.factors
        + 2 * shape.rounds_3;
    let runs =
        [(shape.early_rows + shape.helper_rows, true), (scalars, false), (5, true), (7, false), (2, true)];
    let mut items = Vec::new();
    let mut offset = 0;
    for (count, point) in runs {
        for _ in 0..count {
            items.push((offset, point));
            offset += if point { 64 } else { 32 };
        }
    }
    assert_eq!(offset, instance.circuit.proof_bytes());
    items
}

fn point(bytes: &[u8]) -> G1 {
    let half = |at: usize| decode::<Base>(bytes[at..at + 32].try_into().unwrap()).unwrap();
    G1::new_unchecked(half(0), half(32))
}

fn point_bytes(point: G1) -> Vec<u8> {
    [encode(&point.x), encode(&point.y)].concat()
}

#[test]
fn honest_proofs_are_accepted() {
    for (log_row, seed) in [(6, 1), (6, 2), (7, 3), (8, 4)] {
        let (instance, proven) = proven(log_row, seed);
        assert_eq!(instance.circuit.validate(), Ok(()));
        assert_eq!(proven.proof.len(), instance.circuit.proof_bytes());
        assert_eq!(check(&instance, &proven), Ok(true), "row size 2^{log_row}");
    }
}

/// n1 is at least 1, though no functional is in a term; the three linear statements remain.
#[test]
fn circuits_without_terms_are_proved() {
    for change in [0u64, 1] {
        let mut random = Random(14);
        let mut instance = instance(6, &mut random);
        instance.circuit.terms.clear();
        instance.circuit.statements = instance.circuit.statements[3..6].to_vec();
        assert_eq!((instance.circuit.rounds_1(), instance.circuit.rounds_2()), (1, 1));
        instance.rows[5][18] += Scalar::from(change);
        // The prover's helpers follow the changed counts; the lookups themselves stay as they were.
        let proven = prove(&instance, &mut transcript(&instance), &mut random);
        assert_eq!(check(&instance, &proven), Ok(change == 0));
    }
}

#[test]
fn every_field_counts() {
    let (instance, proven) = proven(6, 5);
    for (offset, is_point) in items(&instance) {
        let mut proof = proven.proof.clone();
        let changes: Vec<Vec<u8>> = if is_point {
            let point = point(&proof[offset..offset + 64]);
            vec![point_bytes(-point), point_bytes((point + G1::generator()).into_affine())]
        } else {
            let scalar: Scalar = decode(proof[offset..offset + 32].try_into().unwrap()).unwrap();
            vec![encode(&(scalar + Scalar::ONE)).to_vec(), encode(&-scalar).to_vec()]
        };
        for change in changes {
            proof[offset..offset + change.len()].copy_from_slice(&change);
            let changed = with_proof(&proven, proof.clone());
            assert_eq!(check(&instance, &changed), Ok(false), "item at byte {offset}");
        }
    }
}

#[test]
fn what_the_verifier_knows_counts() {
    let (instance, proven) = proven(6, 6);
    let Instance { circuit, public, .. } = &instance;
    let Proven { model, tau, proof } = &proven;
    let run = |model: &[G1], tau, oracle: &mut Transcript, public: &[i64]| {
        verify(circuit, None, tau, model, oracle, public, proof)
    };
    let start = || transcript(&instance);
    assert_eq!(run(model, tau, &mut start(), public), Ok(true));
    assert_eq!(run(&[-model[0]], tau, &mut start(), public), Ok(false));
    let other_tau = -*tau;
    assert_eq!(run(model, &other_tau, &mut start(), public), Ok(false));
    let mut other = Transcript::new(&circuit.digest(), &[1; 32], &[3; 32]);
    assert_eq!(run(model, tau, &mut other, public), Ok(false));
    for i in 1..public.len() {
        let mut public = public.clone();
        public[i] += 1;
        assert_eq!(run(model, tau, &mut start(), &public), Ok(false), "public integer {i}");
    }
}

#[test]
fn rows_in_another_order_are_refused() {
    let (instance, proven) = proven(6, 7);
    let mut proof = proven.proof.clone();
    // The two witness rows.
    let start = 64 * (instance.circuit.first_row(Region::Witness) - 1);
    let (first, second) = proof[start..start + 128].split_at_mut(64);
    first.swap_with_slice(second);
    assert_eq!(check(&instance, &Proven { proof, ..proven }), Ok(false));
}

#[test]
fn malformed_proofs_say_why() {
    let (instance, proven) = proven(6, 8);
    let items = items(&instance);
    let expected = instance.circuit.proof_bytes();
    for found in [0, expected - 1, expected + 1, 2 * expected] {
        let mut proof = proven.proof.clone();
        proof.resize(found, 0);
        let changed = with_proof(&proven, proof);
        assert_eq!(check(&instance, &changed), Err(VerifyError::Length { expected, found }));
    }
    let modulus =
        |limbs: [u64; 4]| -> Vec<u8> { limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect() };
    for (offset, is_point) in items {
        let with = |change: &[u8], at: usize| {
            let mut proof = proven.proof.clone();
            proof[at..at + change.len()].copy_from_slice(change);
            check(&instance, &with_proof(&proven, proof))
        };
        if is_point {
            assert_eq!(with(&[0; 64], offset), Err(VerifyError::Infinity { offset }));
            let base = modulus(Base::MODULUS.0);
            assert_eq!(with(&base, offset), Err(VerifyError::Coordinate { offset }));
            assert_eq!(with(&base, offset + 32), Err(VerifyError::Coordinate { offset }));
            assert_eq!(with(&encode(&Base::from(5u64)), offset + 32), Err(VerifyError::OffCurve { offset }));
        } else {
            assert_eq!(with(&modulus(Scalar::MODULUS.0), offset), Err(VerifyError::Scalar { offset }));
            assert_eq!(with(&[0xff; 32], offset), Err(VerifyError::Scalar { offset }));
        }
    }
}

#[test]
fn wrong_counts_are_malformed() {
    let (instance, proven) = proven(6, 9);
    let Instance { circuit, public, .. } = &instance;
    let run = |model: &[G1], public: &[i64]| {
        verify(circuit, None, &proven.tau, model, &mut transcript(&instance), public, &proven.proof)
    };
    assert_eq!(run(&[], public), Err(VerifyError::ModelRows { expected: 1, found: 0 }));
    assert_eq!(
        run(&[proven.model[0], proven.model[0]], public),
        Err(VerifyError::ModelRows { expected: 1, found: 2 })
    );
    assert_eq!(run(&proven.model, &public[1..]), Err(VerifyError::PublicIntegers { expected: 6, found: 5 }));
}

/// One cell of each row that a statement reads.
#[test]
fn cells_that_break_a_statement_are_refused() {
    let m = 64;
    let cells = [(0, 8), (0, 41), (1, 9), (1, 24), (2, 3), (3, 6), (3, m - 1), (4, 2), (5, 19)];
    for (row, cell) in cells {
        let mut random = Random(10);
        let mut instance = instance(6, &mut random);
        instance.rows[row][cell] += Scalar::ONE;
        let proven = prove(&instance, &mut transcript(&instance), &mut random);
        assert_eq!(check(&instance, &proven), Ok(false), "row {row}, cell {cell}");
    }
}

/// Cells outside all tensors take part in nothing.
#[test]
fn padding_is_free() {
    let mut random = Random(11);
    let mut instance = instance(6, &mut random);
    for (row, cell) in [(0, 5), (0, 63), (1, 13), (1, 28), (2, 5), (3, 7), (4, 4), (5, 24)] {
        instance.rows[row][cell] = random.scalar();
    }
    let proven = prove(&instance, &mut transcript(&instance), &mut random);
    assert_eq!(check(&instance, &proven), Ok(true));
}

#[test]
fn rows_of_regions_are_found_in_the_proof() {
    let (instance, proven) = proven(6, 12);
    let rows = |region| region_rows(&instance.circuit, &proven.proof, region);
    assert_eq!(rows(Region::Model), None);
    assert_eq!(rows(Region::Public), None);
    let regions =
        [Region::Data, Region::Output, Region::Witness, Region::Counts, Region::Mask, Region::Helper];
    let joined: Vec<u8> = regions.iter().flat_map(|region| rows(*region).unwrap().to_vec()).collect();
    assert_eq!(joined, proven.proof[..64 * 9]);
    assert_eq!(rows(Region::Data).unwrap(), &proven.proof[..64]);
    assert_eq!(region_rows(&instance.circuit, &[0; 63], Region::Data), None);
}

/// 100,000 proofs with some bytes changed: nothing panics, nothing is accepted.
#[test]
fn mutations_are_never_accepted() {
    let (instance, proven) = proven(6, 13);
    std::thread::scope(|scope| {
        for thread in 0..2u64 {
            let (instance, proven) = (&instance, &proven);
            scope.spawn(move || {
                let mut random = Random(1000 + thread);
                for round in 0..50_000 {
                    let mut proof = proven.proof.clone();
                    let length = u32::try_from(proof.len()).unwrap();
                    for _ in 0..=random.below(3) {
                        let at = usize::try_from(random.below(length)).unwrap();
                        let byte = u8::try_from(1 + random.below(255)).unwrap();
                        proof[at] ^= byte;
                    }
                    if random.below(50) == 0 {
                        proof.truncate(usize::try_from(random.below(length)).unwrap());
                    }
                    let changed = with_proof(proven, proof);
                    let same = changed.proof == proven.proof;
                    assert!(same || check(instance, &changed) != Ok(true), "thread {thread}, round {round}");
                }
            });
        }
    });
}
