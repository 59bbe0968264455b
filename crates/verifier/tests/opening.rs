//! The opening's points under chosen challenges, and what the transcript absorbs.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

#[path = "../../circuit/tests/common/mod.rs"]
mod common;
mod slow;

use ark_ff::{AdditiveGroup, Field};
use slow::instance::instance;
use slow::{Instance, Random, prove};
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;
use zkattest_transcript::{Oracle, Transcript};
use zkattest_verifier::opening::{Draws, Points};
use zkattest_verifier::{VerifyError, verify};

/// zeta, omega, xi.
type Chosen = [Scalar; 3];

/// Challenges of the transcript, but for zeta, omega and xi; and what was absorbed and drawn: bytes of each
/// message, none for a draw.
struct Choosing {
    transcript: Transcript,
    /// Draws until zeta; then come zeta, eta, omega, nu, xi.
    before: usize,
    chosen: Option<Chosen>,
    log: Vec<Option<usize>>,
}

impl Choosing {
    fn new(circuit: &Circuit, chosen: Option<Chosen>) -> Self {
        let before = 2
            + usize::from(circuit.r_len)
            + 1
            + circuit.rounds_1()
            + circuit.rounds_2()
            + 1
            + usize::from(circuit.log_row);
        let transcript = Transcript::new(&circuit.digest(), &[1; 32], &[2; 32]);
        Self { transcript, before, chosen, log: Vec::new() }
    }
}

impl Oracle for Choosing {
    fn absorb(&mut self, message: &[u8]) {
        self.transcript.absorb(message);
        self.log.push(Some(message.len()));
    }

    fn draw(&mut self) -> Scalar {
        let drawn = self.log.iter().filter(|entry| entry.is_none()).count();
        self.log.push(None);
        let challenge = self.transcript.draw();
        match (self.chosen, drawn.checked_sub(self.before)) {
            (Some([zeta, ..]), Some(0)) => zeta,
            (Some([_, omega, _]), Some(2)) => omega,
            (Some([.., xi]), Some(4)) => xi,
            _ => challenge,
        }
    }
}

/// The verdict on an honest proof where prover and verifier are given these challenges.
fn verdict(instance: &Instance, chosen: Chosen) -> Result<bool, VerifyError> {
    let circuit = &instance.circuit;
    let oracle = || Choosing::new(circuit, Some(chosen));
    let proven = prove(instance, &mut oracle(), &mut Random(3));
    verify(circuit, None, &proven.tau, &proven.model, &mut oracle(), &instance.public, &proven.proof)
}

fn general() -> Chosen {
    let mut random = Random(77);
    std::array::from_fn(|_| random.scalar())
}

/// In each, one rule alone is broken.
fn degenerate() -> Vec<(&'static str, Chosen)> {
    let [zeta, omega, xi] = general();
    let inverse = |x: Scalar| x.inverse().unwrap();
    vec![
        ("omega = 0", [zeta, Scalar::ZERO, xi]),
        ("omega = 1", [zeta, Scalar::ONE, xi]),
        ("omega = -1", [zeta, -Scalar::ONE, xi]),
        ("zeta = omega", [omega, omega, xi]),
        ("zeta = 1/omega", [inverse(omega), omega, xi]),
        ("xi = 1/omega", [zeta, omega, inverse(omega)]),
        ("xi = zeta", [zeta, omega, zeta]),
    ]
}

/// Points at which nothing is wrong.
fn ordinary() -> Vec<(&'static str, Chosen)> {
    let [zeta, omega, xi] = general();
    vec![
        ("random", [zeta, omega, xi]),
        ("xi = omega", [zeta, omega, omega]),
        ("xi = 0", [zeta, omega, Scalar::ZERO]),
        ("zeta = 0", [Scalar::ZERO, omega, xi]),
        ("zeta = 1", [Scalar::ONE, omega, xi]),
        ("xi = -omega", [zeta, omega, -omega]),
    ]
}

fn points([zeta, omega, xi]: Chosen) -> Option<Points> {
    Points::new(&Draws { zeta, eta: Scalar::ONE, omega, nu: Scalar::ONE, xi, argument: None })
}

#[test]
fn points_in_general_position_are_all_others() {
    for (name, chosen) in degenerate() {
        assert!(points(chosen).is_none(), "{name}");
    }
    for (name, chosen) in ordinary() {
        assert!(points(chosen).is_some(), "{name}");
    }
}

#[test]
fn no_proof_is_accepted_at_points_that_coincide() {
    for log_row in [6, 7] {
        let instance = instance(log_row, &mut Random(2));
        for (name, chosen) in ordinary() {
            assert_eq!(verdict(&instance, chosen), Ok(true), "{name}");
        }
        for (name, chosen) in degenerate() {
            assert_eq!(verdict(&instance, chosen), Ok(false), "{name}");
        }
    }
}

/// The table of the page. The last message is absorbed too, though nothing of this proof is drawn after it.
#[test]
fn messages_and_challenges_are_the_tables() {
    let instance = instance(7, &mut Random(4));
    let circuit = &instance.circuit;
    let mut proving = Choosing::new(circuit, None);
    let proven = prove(&instance, &mut proving, &mut Random(5));
    let mut verifying = Choosing::new(circuit, None);
    let found =
        verify(circuit, None, &proven.tau, &proven.model, &mut verifying, &instance.public, &proven.proof);
    assert_eq!(found, Ok(true));
    let shape = circuit.proof_shape();
    let mut expected = vec![Some(64 * shape.early_rows), None, None, Some(64 * shape.helper_rows)];
    expected.extend(vec![None; usize::from(circuit.r_len) + 1]);
    expected.push(Some(32));
    for (rounds, scalars) in [(shape.rounds_1, shape.degree_1), (shape.rounds_2, shape.degree_2)] {
        expected.extend([Some(32 * scalars), None].repeat(rounds));
    }
    expected.extend([Some(32 * shape.factors), None]);
    expected.extend([Some(64), None].repeat(shape.rounds_3));
    expected.extend([Some(64), None, Some(128), None, Some(128), None, Some(7 * 32), None]);
    expected.extend([Some(64), None, Some(64)]);
    assert_eq!(verifying.log, expected);
    assert_eq!(proving.log, expected);
    // Both end in the same state.
    assert_eq!(proving.transcript.draw(), verifying.transcript.draw());
}
