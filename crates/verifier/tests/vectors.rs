//! The golden vectors of `tests/vectors/sumcheck`, written by the Python specification's reference prover.

#![allow(clippy::unwrap_used, reason = "a failing test panics")]

use ark_bn254::{Fq2, G2Affine};
use serde_json::{Value, json};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{Base, G1, decode};
use zkattest_transcript::Transcript;
use zkattest_verifier::verify;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/sumcheck/cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn cases<'a>(vectors: &'a Value, kind: &str) -> Vec<&'a Value> {
    let all = vectors["cases"].as_array().unwrap();
    let chosen: Vec<_> = all.iter().filter(|case| case["type"] == kind).collect();
    assert!(chosen.len() > 100, "the file holds {kind} cases");
    chosen
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn digest(value: &Value) -> [u8; 32] {
    unhex(value).try_into().unwrap()
}

fn coordinate(bytes: &[u8]) -> Base {
    decode(bytes.try_into().unwrap()).unwrap()
}

fn g1(value: &Value) -> G1 {
    let bytes = unhex(value);
    G1::new(coordinate(&bytes[..32]), coordinate(&bytes[32..]))
}

/// Imaginary parts come first.
fn g2(value: &Value) -> G2Affine {
    let bytes = unhex(value);
    let half = |at: usize| Fq2::new(coordinate(&bytes[at + 32..at + 64]), coordinate(&bytes[at..at + 32]));
    G2Affine::new(half(0), half(64))
}

/// The case's field, or else its instance's.
fn given<'a>(vectors: &'a Value, case: &'a Value, field: &str) -> &'a Value {
    case["changes"].get(field).unwrap_or_else(|| {
        let index = usize::try_from(case["instance"].as_u64().unwrap()).unwrap();
        &vectors["instances"][index][field]
    })
}

fn proof(vectors: &Value, case: &Value) -> Vec<u8> {
    let mut bytes = unhex(given(vectors, case, "proof"));
    for splice in case["splices"].as_array().into_iter().flatten() {
        let at = usize::try_from(splice[0].as_u64().unwrap()).unwrap();
        let removed = usize::try_from(splice[1].as_u64().unwrap()).unwrap();
        bytes.splice(at..at + removed, unhex(&splice[2]));
    }
    bytes
}

/// True, false, or null for malformed.
fn verdict(vectors: &Value, case: &Value) -> Value {
    let of = |field| given(vectors, case, field);
    let index = usize::try_from(of("circuit").as_u64().unwrap()).unwrap();
    let circuit = Circuit::decode(&unhex(&vectors["circuits"][index])).unwrap();
    let model: Vec<_> = of("model_rows").as_array().unwrap().iter().map(g1).collect();
    let public: Vec<_> = of("public").as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    let (key, statement) = (digest(of("key_binding")), digest(of("statement_digest")));
    let oracle = &mut Transcript::new(&circuit.digest(), &key, &statement);
    verify(&circuit, None, &g2(of("tau_2")), &model, oracle, &public, &proof(vectors, case))
        .map_or(Value::Null, Value::Bool)
}

#[test]
fn proofs() {
    let vectors = vectors();
    let found = cases(&vectors, "proof");
    for expected in [json!(true), json!(false), Value::Null] {
        assert!(found.iter().filter(|case| case["expected"] == expected).count() > 4, "{expected}");
    }
    let wrong: Vec<_> = found
        .iter()
        .filter(|case| verdict(&vectors, case) != case["expected"])
        .map(|case| &case["name"])
        .collect();
    assert!(wrong.is_empty(), "judged otherwise: {wrong:#?}");
}

fn described(bytes: &[u8]) -> Value {
    let Ok(circuit) = Circuit::decode(bytes) else { return Value::Null };
    assert_eq!(circuit.encode(), bytes, "one encoding");
    let digest: String = circuit.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "digest": digest,
        "n1": circuit.rounds_1(),
        "n2": circuit.rounds_2(),
        "d1": circuit.degree_1(),
        "d2": circuit.degree_2(),
        "terms": circuit.terms.len(),
        "proof_bytes": circuit.proof_bytes(),
    })
}

#[test]
fn circuits() {
    let vectors = vectors();
    let wrong: Vec<_> = cases(&vectors, "circuit")
        .into_iter()
        .filter(|case| described(&unhex(&case["circuit"])) != case["expected"])
        .map(|case| format!("{}: {}", case["name"], case["expected"]))
        .collect();
    assert!(wrong.is_empty(), "judged otherwise: {wrong:#?}");
}
