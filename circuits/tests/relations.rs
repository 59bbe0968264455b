//! Relations of data sets are proved by the native prover and accepted by the native verifier, whose proof begins with the sets'
//! own commitments; false ones are not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use ark_bn254::{G1Projective, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use zkattest_circuit::ir::Region;
use zkattest_circuits::{CompiledRelation, RelatedSet, Relation, RelationKind, Witness, compile_relation};
use zkattest_field::{G2, Scalar, encode};
use zkattest_prover::{Assignment, Blinders, OsRandomness, ProverError, ProvingString, prove};
use zkattest_transcript::Transcript;
use zkattest_verifier::verify;

/// A set-up string of m + 1 points whose secret is 3.
fn string(log_row: u8) -> (ProvingString, G2) {
    let tau = Scalar::from(3u64);
    let powers: Vec<G1Projective> =
        std::iter::successors(Some(Scalar::from(1u64)), |power| Some(*power * tau))
            .take((1 << log_row) + 1)
            .map(|power| G1Projective::generator() * power)
            .collect();
    (
        ProvingString::new(&G1Projective::normalize_batch(&powers), 1 << log_row),
        (G2Projective::generator() * tau).into_affine(),
    )
}

/// Whether a proof of these cells is accepted.
fn proves(compiled: &CompiledRelation, witness: &Witness) -> bool {
    let circuit = &compiled.circuit;
    let (string, tau_g2) = string(circuit.log_row);
    let blinders = vec![Scalar::from(5u64); circuit.rows_of(Region::Data)];
    let rows = string.commit_small(&witness.data, &blinders).unwrap();
    let transcript = || Transcript::new(&circuit.digest(), &[1; 32], &[0; 32]);
    let proof = prove(
        circuit,
        None,
        &compiled.lookups,
        &string,
        &Assignment {
            model: &[],
            data: &witness.data,
            output: &[],
            witness: &witness.witness,
            public: &[],
            keys: &[],
        },
        &Blinders { model: &[], data: &blinders, output: &[] },
        (&rows, &[]),
        &mut transcript(),
        &mut OsRandomness,
        &mut |_| ControlFlow::Continue(()),
    )
    .unwrap();
    assert_eq!(proof.len(), circuit.proof_bytes());
    let points: Vec<u8> = rows.iter().flat_map(|row| [encode(&row.x), encode(&row.y)].concat()).collect();
    assert_eq!(proof[..points.len()], points);
    verify(circuit, None, &tau_g2, &[], &mut transcript(), &[], &proof).unwrap()
}

/// Rows of three features and a class, in shards.
type Set = (RelatedSet, Vec<Vec<Vec<i64>>>);

fn set(numbers: std::ops::Range<i64>, capacity: u32) -> Set {
    let rows: Vec<i64> = numbers.collect();
    let shape = RelatedSet { capacity, rows: rows.len() as u64, tensors: vec![vec![1, 3], vec![2]] };
    let shard = |rows: &[i64]| {
        let pad = |values: Vec<i64>, width: usize| {
            let mut values = values;
            values.resize(width * capacity as usize, 0);
            values
        };
        let features = rows.iter().flat_map(|row| [*row, row * row % 97, -row]).collect();
        let classes = rows.iter().flat_map(|row| [row % 2, 1 - row % 2]).collect();
        vec![pad(features, 3), pad(classes, 2)]
    };
    (shape, rows.chunks(capacity as usize).map(shard).collect())
}

fn witness(kind: RelationKind, sets: [&Set; 2], padded: bool) -> (CompiledRelation, Witness) {
    let relation = Relation { kind, seed: [4; 32], sets: sets.map(|set| set.0.clone()) };
    let compiled = compile_relation(&relation, 9, padded).unwrap();
    let shards = sets.map(|set| -> Vec<Vec<&[i64]>> {
        set.1.iter().map(|tensors| tensors.iter().map(Vec::as_slice).collect()).collect()
    });
    let witness = compiled.witness([&shards[0], &shards[1]]).unwrap();
    (compiled, witness)
}

#[test]
fn relations_are_proved() {
    for padded in [false, true] {
        let (parent, child, other) = (set(0..37, 20), set(5..20, 8), set(40..60, 16));
        for (kind, second) in [(RelationKind::Subset, &child), (RelationKind::Disjoint, &other)] {
            let (compiled, mut witness) = witness(kind, [&parent, second], padded);
            assert!(proves(&compiled, &witness), "{kind:?}");
            // a feature of the last row of set 1
            let cell = (0..witness.data.len()).rev().find(|cell| witness.data[*cell] < -1).unwrap();
            witness.data[cell] += 1;
            assert!(!proves(&compiled, &witness), "{kind:?}");
        }
    }
}

#[test]
fn quotients_that_do_not_fit_the_circuit_are_refused() {
    let (parent, child) = (set(0..37, 20), set(5..20, 8));
    type Spoil = fn(&mut CompiledRelation);
    let broken: [(Spoil, &str); 4] = [
        (|compiled| compiled.lookups.quotients[0].denominator = u32::MAX, "no denominator"),
        (
            |compiled| compiled.lookups.quotients[0].numerator.variables = 1,
            "numerator and denominator are of different numbers of variables",
        ),
        (
            // the functional of its tied helpers
            |compiled| compiled.lookups.quotients[0].denominator -= 1,
            "a functional looks at r, at helpers or at what the circuit does not have",
        ),
        (
            |compiled| compiled.lookups.quotients[0].helper = 0,
            "no helper tensor of as many elements as its functionals have points",
        ),
    ];
    let (string, _) = string(9);
    for (spoil, what) in broken {
        let (mut compiled, witness) = witness(RelationKind::Subset, [&parent, &child], false);
        spoil(&mut compiled);
        let circuit = &compiled.circuit;
        let blinders = vec![Scalar::from(5u64); circuit.rows_of(Region::Data)];
        let rows = string.commit_small(&witness.data, &blinders).unwrap();
        let found = prove(
            circuit,
            None,
            &compiled.lookups,
            &string,
            &Assignment {
                model: &[],
                data: &witness.data,
                output: &[],
                witness: &witness.witness,
                public: &[],
                keys: &[],
            },
            &Blinders { model: &[], data: &blinders, output: &[] },
            (&rows, &[]),
            &mut Transcript::new(&circuit.digest(), &[1; 32], &[0; 32]),
            &mut OsRandomness,
            &mut |_| ControlFlow::Continue(()),
        );
        assert_eq!(found, Err(ProverError::Lookup { lookup: 0, what }));
    }
}
