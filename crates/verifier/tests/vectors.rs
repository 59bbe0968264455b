//! The golden vectors of `tests/vectors/sumcheck`, written by the Python specification's reference prover.

#![allow(clippy::unwrap_used, reason = "a failing test panics")]

use ark_bn254::{Fq2, G2Affine};
use ark_ec::AffineRepr;
use serde_json::{Value, json};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{Base, G1, decode};
use zkattest_transcript::Transcript;
use zkattest_verifier::{EvaluationKey, VerifyError, verify, verify_argument};

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

/// None where the bytes are no point of the curve, or infinity.
fn point(bytes: &[u8]) -> Option<G1> {
    let [x, y] = [0, 32].map(|at| decode(bytes[at..at + 32].try_into().unwrap()));
    let point = G1::new_unchecked(x.ok()?, y.ok()?);
    (point.is_on_curve() && !point.is_zero()).then_some(point)
}

/// A proof with all that it is judged by.
struct Case {
    circuit: Circuit,
    /// None where it is malformed; none in it where the key has no evaluation part.
    evaluation: Option<Option<EvaluationKey>>,
    tau: G2Affine,
    model: Vec<G1>,
    oracle: Transcript,
    public: Vec<i64>,
    proof: Vec<u8>,
}

impl Case {
    fn new(vectors: &Value, case: &Value) -> Self {
        let of = |field| given(vectors, case, field);
        let index = usize::try_from(of("circuit").as_u64().unwrap()).unwrap();
        let circuit = Circuit::decode(&unhex(&vectors["circuits"][index])).unwrap();
        let (key, statement) = (digest(of("key_binding")), digest(of("statement_digest")));
        let evaluation = match unhex(of("evaluation")).as_slice() {
            [] => Some(None),
            [log_gates, point_bytes @ ..] if point_bytes.len() == 64 => {
                point(point_bytes).map(|commitment| Some(EvaluationKey { log_gates: *log_gates, commitment }))
            }
            _ => None,
        };
        Self {
            evaluation,
            tau: g2(of("tau_2")),
            model: of("model_rows").as_array().unwrap().iter().map(g1).collect(),
            oracle: Transcript::new(&circuit.digest(), &key, &statement),
            public: of("public").as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect(),
            proof: proof(vectors, case),
            circuit,
        }
    }

    /// True, false, or null for malformed.
    fn verdict(mut self) -> Value {
        let Some(evaluation) = self.evaluation else { return Value::Null };
        let (tau, public) = (&self.tau, &self.public);
        verify(&self.circuit, evaluation.as_ref(), tau, &self.model, &mut self.oracle, public, &self.proof)
            .map_or(Value::Null, Value::Bool)
    }

    /// Whether the evaluation argument allows the advice. The key has an evaluation part.
    fn argued(mut self) -> Result<bool, VerifyError> {
        let (key, tau) = (self.evaluation.flatten().unwrap(), &self.tau);
        verify_argument(&self.circuit, &key, tau, &self.model, &mut self.oracle, &self.public, &self.proof)
    }
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
        .filter(|case| Case::new(&vectors, case).verdict() != case["expected"])
        .map(|case| &case["name"])
        .collect();
    assert!(wrong.is_empty(), "judged otherwise: {wrong:#?}");
}

/// Lies in the advice, and whatever else is false, are refused without evaluating the circuit's forms.
#[test]
fn arguments() {
    let vectors = vectors();
    let wellformed = |case: &Value| {
        !case["expected"].is_null() && !given(&vectors, case, "evaluation").as_str().unwrap().is_empty()
    };
    let found: Vec<_> = cases(&vectors, "proof").into_iter().filter(|case| wellformed(case)).collect();
    assert!(found.len() > 200, "the file holds proofs with evaluation arguments");
    let wrong: Vec<_> = found
        .into_iter()
        .filter(|case| Value::Bool(Case::new(&vectors, case).argued().unwrap()) != case["expected"])
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
