//! The golden vectors of `tests/vectors/transcript`, written by the Python specification.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use ark_ec::{AffineRepr, CurveGroup};
use serde_json::{Value, json};
use std::collections::HashSet;
use zkattest_field::{G1, Scalar, decode, encode};
use zkattest_transcript::{Kind, Label, Transcript, TranscriptError, encode_point};

const A: Label = Label::new(b"a");
const B: Label = Label::new(b"b");
const LONGEST: Label = Label::new(b"twenty-three-characters");

fn label(value: &Value) -> Label {
    [A, B, LONGEST].into_iter().find(|label| label.text() == value.as_str().unwrap()).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/transcript/cases.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = all["cases"].as_array().unwrap().clone();
    assert!(cases.len() > 20);
    cases
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Protocol => "protocol",
        Kind::Bytes => "bytes",
        Kind::Scalars => "scalars",
        Kind::Points => "points",
        Kind::Integer => "integer",
        Kind::Challenge => "challenge",
    }
}

#[test]
fn states_challenges_and_manifests() {
    for case in cases() {
        let mut transcript = Transcript::new(label(&case["protocol"]));
        let mut states = vec![hex(&transcript.state())];
        let mut challenges = Vec::new();
        for operation in case["operations"].as_array().unwrap() {
            let (name, payload) = (label(&operation[1]), &operation[2]);
            match operation[0].as_str().unwrap() {
                "bytes" => transcript.absorb_bytes(name, &unhex(payload)),
                "integer" => transcript.absorb_integer(name, payload.as_u64().unwrap()),
                "scalars" => {
                    let scalars: Vec<Scalar> = payload
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|scalar| decode(&unhex(scalar).try_into().unwrap()).unwrap())
                        .collect();
                    transcript.absorb_scalars(name, &scalars);
                }
                "points" => {
                    let points: Vec<G1> = payload
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|k| (G1::generator() * Scalar::from(k.as_u64().unwrap())).into_affine())
                        .collect();
                    transcript.absorb_points(name, &points);
                }
                "challenge" => challenges.push(hex(&encode(&transcript.challenge(name)))),
                other => panic!("{other}"),
            }
            states.push(hex(&transcript.state()));
        }
        let manifest: Vec<Value> = transcript
            .manifest()
            .iter()
            .map(|step| json!([step.label.text(), kind_name(step.kind), step.bytes, step.round]))
            .collect();
        let found = json!({"states": states, "challenges": challenges, "manifest": manifest});
        assert_eq!(found, case["expected"], "{}", case["name"]);
    }
}

#[test]
fn every_history_has_its_own_challenge() {
    let challenges: Vec<_> =
        cases().iter().map(|case| case["expected"]["challenges"][0].as_str().unwrap().to_owned()).collect();
    assert_eq!(challenges.iter().collect::<HashSet<_>>().len(), challenges.len());
}

#[test]
fn infinity_is_refused_where_it_is_not_allowed_and_nothing_absorbed() {
    let mut transcript = Transcript::new(A);
    let before = transcript.state();
    let points = [G1::generator(), G1::zero()];
    assert_eq!(transcript.absorb_finite_points(B, &points), Err(TranscriptError::Infinity { index: 1 }));
    assert_eq!((transcript.state(), transcript.manifest().len()), (before, 1));
    let mut other = transcript.clone();
    transcript.absorb_finite_points(B, &points[..1]).unwrap();
    other.absorb_points(B, &points[..1]);
    assert_eq!(transcript.state(), other.state());
}

#[test]
fn encodings_of_points() {
    assert_eq!(encode_point(&G1::zero()), [0; 64]);
    let mut generator = [0u8; 64];
    (generator[31], generator[63]) = (1, 2);
    assert_eq!(encode_point(&G1::generator()), generator);
}

#[test]
fn labels_cannot_imitate_padding() {
    const WITH_ZERO: Label = Label::new(b"a\0");
    assert_ne!(WITH_ZERO, A);
    assert_eq!(WITH_ZERO.text(), "a?");
}
