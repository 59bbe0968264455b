//! Circuits that the compiler makes: all operators, scores, registrations, data sets; stored closely and in padded boxes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../circuits/tests/golden/mod.rs"]
mod golden;
mod native;

use golden::models;
use native::common::Random;
use native::compare;
use zkattest_circuits::{
    Architecture, DataSpec, Goal, Labels, Node, Options, Profile, Reveal, Score, Spec, Target, Task, choose,
    compile, compile_data, compile_scored, decode_architecture,
};

const OPTIONS: Options = Options {
    log_row: 9,
    columns: 3,
    limb_bits: 8,
    padded: false,
    batch: 1,
    input_public: false,
    output_public: true,
};

#[test]
fn operators() {
    let mut random = Random(1);
    for golden in models() {
        let architecture = decode_architecture(&golden.architecture).unwrap();
        for options in [
            OPTIONS,
            Options { batch: 3, input_public: true, output_public: false, ..OPTIONS },
            Options { log_row: 12, batch: 6, columns: 1, limb_bits: 11, ..OPTIONS },
            Options { padded: true, log_row: 12, ..OPTIONS },
            Options { padded: true, batch: 5, ..OPTIONS },
        ] {
            let compiled = compile(&architecture, &golden.tables, &options).unwrap();
            compare(&compiled.circuit, &mut random);
            compare(&compiled.registration, &mut random);
        }
    }
}

/// What the compiler chooses for a contract takes far fewer gates than cells or blocks.
#[test]
fn chosen_for_a_contract() {
    let mut random = Random(2);
    for golden in models() {
        let architecture = decode_architecture(&golden.architecture).unwrap();
        for goal in [Goal::Gas, Goal::Balanced] {
            let profile = Profile {
                log_row: None,
                padded: None,
                powers: None,
                goal,
                batch: 1,
                input_public: false,
                output_public: true,
            };
            let options = choose(&architecture, &profile, None).unwrap();
            let compiled = compile(&architecture, &golden.tables, &options).unwrap();
            let table = compare(&compiled.circuit, &mut random);
            assert!(table.log_gates <= 13, "{}", table.gates());
        }
    }
}

#[test]
fn scores_and_data_sets() {
    let spec = |shape: &[u32]| Spec { shape: shape.to_vec(), bits: 8, scale: 0 };
    let clip =
        Node { op: "clip".to_owned(), inputs: vec![0], attributes: Vec::new(), shift: 0, low: -3, high: 3 };
    let architecture =
        Architecture { output: 1, tensors: vec![spec(&[1, 4]); 2], constants: 0, nodes: vec![clip] };
    let labels = Labels { target: Target::Classes(4), columns: vec![2] };
    let mut random = Random(3);
    for (batch, padded) in [(6, false), (100, true), (64, true)] {
        for reveal in [Reveal::Hits, Reveal::Confusion, Reveal::TopK(2)] {
            let score = Score {
                task: Task::Argmax,
                labels: labels.clone(),
                reveal,
                output_shift: 0,
                target_shift: 0,
                columns: vec![0, 1],
                bounds: None,
            };
            let options = Options { batch, padded, ..OPTIONS };
            let compiled = compile_scored(&architecture, &[], &options, Some(&score)).unwrap();
            compare(&compiled.circuit, &mut random);
        }
        let spec = DataSpec { capacity: batch, bits: 8, features: vec![1, 4], labels: labels.clone() };
        compare(&compile_data(&spec, 9, padded).unwrap().circuit, &mut random);
    }
}
