//! Evaluation parts of keys (`docs/protocol.md`, "Evaluation argument"): log2 of the number of gates (u8), C0, Q.

use pyo3::prelude::*;
use zkattest_commitment::srs::points::{Encoding, G1_BYTES};
use zkattest_field::G1;
use zkattest_verifier::EvaluationKey;

use super::errors::key_error;

/// What verifiers of proofs take: all but Q.
pub const KEY_BYTES: usize = 1 + G1_BYTES;
/// All.
pub const PART_BYTES: usize = KEY_BYTES + G1_BYTES;

/// An evaluation key.
pub fn read_key(py: Python<'_>, bytes: &[u8; KEY_BYTES]) -> PyResult<EvaluationKey> {
    let [log_gates, commitment @ ..] = bytes;
    Ok(EvaluationKey { log_gates: *log_gates, commitment: read_point(py, commitment)? })
}

/// An evaluation key, and the opening that shows whose it is.
pub fn read_part(py: Python<'_>, bytes: &[u8; PART_BYTES]) -> PyResult<(EvaluationKey, G1)> {
    let key = std::array::from_fn(|i| bytes[i]);
    let opening = std::array::from_fn(|i| bytes[KEY_BYTES + i]);
    Ok((read_key(py, &key)?, read_point(py, &opening)?))
}

fn read_point(py: Python<'_>, bytes: &[u8; G1_BYTES]) -> PyResult<G1> {
    Encoding::Canonical.g1(bytes, "evaluation part", 0).map_err(|error| key_error(py, &error))
}
