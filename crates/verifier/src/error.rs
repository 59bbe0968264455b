//! Why a proof is malformed. A well-formed proof that is wrong is no error: the answer is `false`.

use thiserror::Error;
use zkattest_circuit::CircuitError;

/// Steps 1 and 2 of the verifier: what is missing before there is anything to check.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named by each message")]
pub enum VerifyError {
    #[error("the circuit is none: {0}")]
    Circuit(#[from] CircuitError),
    #[error("the proof has {found} bytes, expected {expected}")]
    Length { expected: usize, found: usize },
    #[error("the scalar at byte {offset} is not smaller than the group's order")]
    Scalar { offset: usize },
    #[error("a coordinate of the point at byte {offset} is not smaller than the field's order")]
    Coordinate { offset: usize },
    #[error("the point at byte {offset} is not on the curve")]
    OffCurve { offset: usize },
    #[error("the point at byte {offset} is infinity")]
    Infinity { offset: usize },
    #[error("{found} model rows, expected {expected}")]
    ModelRows { expected: usize, found: usize },
    #[error("{found} public integers, expected {expected}")]
    PublicIntegers { expected: usize, found: usize },
    #[error("the evaluation key is of 2^{log_gates} gates, expected at least {least} and at most 2^{most}")]
    Gates { log_gates: u8, least: usize, most: u8 },
}
