//! What the compiler makes is proved by the native prover and accepted by the native verifier, and a spoilt cell is not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod golden;
mod scored;

use std::ops::ControlFlow;

use ark_bn254::{G1Projective, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use golden::models;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_circuits::{Compiled, Options, Witness, compile, decode_architecture};
use zkattest_field::{G1, G2, Scalar};
use zkattest_prover::{Assignment, Blinders, OsRandomness, ProvingString, prove};
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
fn proves(circuit: &Circuit, lookups: &Lookups, model: &[i16], witness: &Witness) -> bool {
    let (string, tau_g2) = string(circuit.log_row);
    let blinders = [Region::Model, Region::Data, Region::Output]
        .map(|region| vec![Scalar::from(5u64); circuit.rows_of(region)]);
    let commit =
        |cells: &[i16], blinders: &[Scalar]| -> Vec<G1> { string.commit_small(cells, blinders).unwrap() };
    let rows = commit(model, &blinders[0]);
    let committed = (commit(&witness.data, &blinders[1]), commit(&witness.output, &blinders[2]));
    let transcript = || Transcript::new(&circuit.digest(), &[1; 32], &[2; 32]);
    let proof = prove(
        circuit,
        None,
        lookups,
        &string,
        &Assignment {
            model,
            data: &witness.data,
            output: &witness.output,
            witness: &witness.witness,
            public: &witness.public,
            keys: &witness.keys,
        },
        &Blinders { model: &blinders[0], data: &blinders[1], output: &blinders[2] },
        (&committed.0, &committed.1),
        &mut transcript(),
        &mut OsRandomness,
        &mut |_| ControlFlow::Continue(()),
    )
    .unwrap();
    assert_eq!(proof.len(), circuit.proof_bytes());
    verify(circuit, None, &tau_g2, &rows, &mut transcript(), &witness.public, &proof).unwrap()
}

fn inference(compiled: &Compiled, model: &[i16], witness: &Witness) -> bool {
    proves(&compiled.circuit, &compiled.lookups, model, witness)
}

#[test]
fn compiled_models_are_proved() {
    let options = Options {
        log_row: 9,
        columns: 3,
        limb_bits: 8,
        padded: false,
        batch: 2,
        input_public: true,
        output_public: false,
    };
    for golden in models() {
        let architecture = decode_architecture(&golden.architecture).unwrap();
        for options in [
            options,
            Options { batch: 1, output_public: true, input_public: false, ..options },
            Options { padded: true, ..options },
            Options { padded: true, batch: 1, output_public: true, ..options },
        ] {
            let compiled = compile(&architecture, &golden.tables, &options).unwrap();
            let (model, witness) = golden.fill(&compiled);
            assert!(inference(&compiled, &model, &witness));

            let mut spoilt = witness.clone();
            spoilt.witness[0] ^= 1;
            assert!(!inference(&compiled, &model, &spoilt));
            let mut other = model.clone();
            other[0] ^= 1;
            assert!(!inference(&compiled, &other, &witness));

            // what a registration proof is about has no witness of its own
            let none = Witness {
                data: Vec::new(),
                output: Vec::new(),
                witness: Vec::new(),
                public: Vec::new(),
                keys: Vec::new(),
            };
            assert!(proves(&compiled.registration, &compiled.registration_lookups, &model, &none));
        }
    }
}
