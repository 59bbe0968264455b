//! Honest proofs are accepted; they depend on inputs, challenges and randomness alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use ark_bn254::G1Projective;
use ark_ec::{CurveGroup, PrimeGroup};
use sha3::{Digest, Keccak256};
use std::collections::HashSet;
use std::ops::ControlFlow;
use world::circuits::{all, function, gemm, gemm_with};
use world::{Stream, World};
use zkattest_field::{Scalar, encode};
use zkattest_prover::{Assignment, Blinders, Hooks, OsRandomness, Phase, ProverError, Randomness, prove};

#[test]
fn honest_proofs_are_accepted() {
    for world in all() {
        let proof = world.prove();
        assert_eq!(proof.len(), world.circuit.proof_bytes(), "{}", world.name);
        assert_eq!(world.verify(&proof), Ok(true), "{}", world.name);
    }
}

/// An evaluation part changes nothing of proofs that have none. Digests' first bytes.
#[test]
fn proofs_without_an_evaluation_part_are_what_they_were() {
    let expected = [
        [0xc0, 0xa3, 0x01, 0xf9],
        [0x95, 0xb3, 0x3c, 0xc9],
        [0x37, 0xf0, 0xbe, 0x87],
        [0x84, 0x57, 0x4d, 0xe6],
        [0x25, 0x63, 0x8f, 0xc2],
    ];
    for (world, expected) in all().iter().zip(expected) {
        let (mut oracle, mut randomness) = (world.transcript(), Stream(31));
        let proof = world
            .prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut None)
            .unwrap();
        assert_eq!(Keccak256::digest(&proof)[..4], expected, "{}", world.name);
    }
}

#[test]
fn proofs_do_not_depend_on_the_number_of_threads() {
    for world in all() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (mut oracle, mut randomness) = (world.transcript(), Stream(9));
            pool.install(|| {
                world
                    .prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut None)
                    .unwrap()
            })
        };
        assert_eq!(with(1), with(3), "{}", world.name);
    }
}

#[test]
fn tables_that_are_not_written_down_change_no_byte() {
    let (mut streamed, mut computed) = (0, 0);
    for world in all().into_iter().chain([gemm_with(1), gemm_with(2), gemm_with(3)]) {
        let prove = |written, written_helpers| {
            let mut hooks = Some(Hooks { written, written_helpers, ..Hooks::default() });
            let (mut oracle, mut randomness) = (world.transcript(), Stream(31));
            let proof = world
                .prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks)
                .unwrap();
            let hooks = hooks.unwrap();
            (proof, hooks.streamed, hooks.computed)
        };
        let (expected, none, no_row) = prove(None, None);
        assert_eq!((none, no_row), (0, 0), "{}", world.name);
        for written in [0, 3, 7, 8] {
            for helpers in [None, Some(0)] {
                let (proof, count, _) = prove(Some(written), helpers);
                assert_eq!(proof, expected, "{} {written}", world.name);
                streamed += count;
            }
        }
        // Helper cells that are computed wherever they are read.
        let (proof, _, rows) = prove(None, Some(0));
        assert_eq!(proof, expected, "{}", world.name);
        computed += rows;
    }
    assert!(streamed > 5 && computed > 5, "{streamed}, {computed}");
}

/// Helpers that a hook may have altered are committed cell by cell.
#[test]
fn helpers_committed_by_value_are_those_committed_by_cell() {
    for world in all().into_iter().chain([gemm_with(1), gemm_with(2), gemm_with(3)]) {
        let prove = |alter_helper| {
            let mut hooks = Some(Hooks { alter_helper, ..Hooks::default() });
            let (mut oracle, mut randomness) = (world.transcript(), Stream(32));
            world
                .prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks)
                .unwrap()
        };
        let unaltered: fn(&mut [Scalar]) = |_| ();
        assert_eq!(prove(None), prove(Some(unaltered)), "{}", world.name);
    }
}

/// Proves through the public function, until `stop`; the phases that were entered.
fn phases(world: &World, stop: Option<Phase>) -> (Result<Vec<u8>, ProverError>, Vec<Phase>) {
    let mut entered = Vec::new();
    let commit = |cells: &[i16], blinders: &[Scalar]| world.string.commit_small(cells, blinders).unwrap();
    let cells = &world.cells;
    let result = prove(
        &world.circuit,
        None,
        &world.lookups,
        &world.string,
        &Assignment {
            model: &cells.model,
            data: &cells.data,
            output: &cells.output,
            witness: &cells.witness,
            public: &cells.public,
            keys: &cells.keys,
        },
        &Blinders { model: &world.blinders[0], data: &world.blinders[1], output: &world.blinders[2] },
        (&commit(&cells.data, &world.blinders[1]), &commit(&cells.output, &world.blinders[2])),
        &mut world.transcript(),
        &mut OsRandomness,
        &mut |phase| {
            entered.push(phase);
            if stop == Some(phase) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    (result, entered)
}

#[test]
fn every_phase_can_be_the_last() {
    let all = [
        Phase::Witness,
        Phase::Helpers,
        Phase::Tables,
        Phase::Constraints,
        Phase::Claims,
        Phase::Rows,
        Phase::Opening,
    ];
    for world in [gemm(), function()] {
        let (proof, entered) = phases(&world, None);
        assert_eq!(world.verify(&proof.unwrap()), Ok(true));
        assert_eq!(entered, all);
        for (i, phase) in all.into_iter().enumerate() {
            assert_eq!(phases(&world, Some(phase)), (Err(ProverError::Cancelled), all[..=i].to_vec()));
        }
    }
}

#[test]
fn the_systems_scalars_are_spread_over_the_field() {
    // More than one buffer.
    let mut scalars = vec![Scalar::default(); 5000];
    OsRandomness.fill(&mut scalars).unwrap();
    let encodings: Vec<[u8; 32]> = scalars.iter().map(encode).collect();
    assert_eq!(encodings.iter().collect::<HashSet<_>>().len(), 5000);
    // Every bit of a uniform element is set in some and clear in others; the topmost two are clear.
    for bit in 0..256 {
        let set = encodings.iter().filter(|bytes| bytes[bit / 8] >> (7 - bit % 8) & 1 == 1).count();
        if bit < 2 {
            assert_eq!(set, 0);
        } else {
            // The top bits of r, 0x30644e.., make the leading ones uneven; nine deviations elsewhere.
            assert!((500..3900).contains(&set), "bit {bit}: {set}");
        }
    }
    assert_eq!(OsRandomness.fill(&mut []), Ok(()));
}

/// C = (sum v_i tau^i + b tau^m) G for cells of every width.
#[test]
fn commitments_are_polynomials_at_the_secret() {
    let world = function();
    let (m, mut stream) = (64, Stream(20));
    let expected = |row: Vec<Scalar>, blinder: Scalar| {
        let value = row.iter().rev().fold(blinder, |sum, cell| sum * world.tau + cell);
        (G1Projective::generator() * value).into_affine()
    };
    let ranges =
        [(0, 1), (0, 2), (0, 256), (0, 1 << 15), (-128, 128), (-129, 5), (-1, 129), (-(1 << 15), 1 << 15)];
    for (low, high) in ranges {
        let mut cells: Vec<i64> = (0..m).map(|_| stream.between(low, high)).collect();
        (cells[3], cells[4]) = (low, high - 1);
        let blinder = stream.scalar();
        let of: Vec<Scalar> = cells.iter().map(|cell| Scalar::from(*cell)).collect();
        let expected = expected(of.clone(), blinder);
        let small: Vec<i16> = cells.iter().map(|cell| i16::try_from(*cell).unwrap()).collect();
        assert_eq!(world.string.commit_small(&small, &[blinder]), Ok(vec![expected]), "{low} to {high}");
        let counts: Vec<i32> = small.iter().map(|cell| i32::from(*cell)).collect();
        assert_eq!(world.string.commit_counts(&counts, &[blinder]), Ok(vec![expected]), "{low} to {high}");
        assert_eq!(world.string.commit_full(&of, &[blinder]), Ok(vec![expected]), "{low} to {high}");
    }
    let counts: Vec<i32> = (0..64).map(|i| i32::MAX - i).collect();
    let of = counts.iter().map(|count| Scalar::from(*count)).collect();
    let (zero, wide) = (Scalar::default(), expected(of, Scalar::default()));
    assert_eq!(world.string.commit_counts(&counts, &[zero]), Ok(vec![wide]));
    let shape = ProverError::Shape { what: "cells of rows", expected: 2 * m, found: m };
    assert_eq!(world.string.commit_small(&vec![0; m], &[zero, zero]), Err(shape));
}
