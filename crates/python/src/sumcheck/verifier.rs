//! `zkattest._native.NativeVerifier`.

use pyo3::prelude::*;
use zkattest_circuit::ir::Circuit;
use zkattest_commitment::identity;
use zkattest_commitment::srs::points::{Encoding, G1_BYTES};
use zkattest_field::{G1, G2};
use zkattest_transcript::Transcript;
use zkattest_verifier::{EvaluationKey, verify};

use super::evaluation::read_key;
use super::errors::{description_error, key_error, proof_error};

#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeVerifier {
    circuit: Circuit,
    digest: [u8; 32],
    tau_g2: G2,
    model_rows: Vec<G1>,
    evaluation: Option<EvaluationKey>,
}

#[pymethods]
impl NativeVerifier {
    #[new]
    #[pyo3(signature = (circuit, tau_g2, model_rows, evaluation = Vec::new()))]
    #[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
    fn new(
        py: Python<'_>,
        circuit: Vec<u8>,
        tau_g2: [u8; 128],
        model_rows: Vec<u8>,
        evaluation: Vec<u8>,
    ) -> PyResult<Self> {
        let described =
            py.detach(|| Circuit::decode(&circuit)).map_err(|error| description_error(py, &error))?;
        let tau_g2 =
            Encoding::Canonical.g2(&tau_g2, "verifying key", 0).map_err(|error| key_error(py, &error))?;
        let count = (model_rows.len() / G1_BYTES) as u64;
        let model_rows =
            py.detach(|| identity::decode_rows(&model_rows, count)).map_err(|error| key_error(py, &error))?;
        let evaluation = match evaluation.as_slice() {
            [] => None,
            bytes => {
                let bytes = bytes.try_into().map_err(|_| key_error(py, &"an evaluation key has 65 bytes"))?;
                Some(read_key(py, bytes)?)
            }
        };
        Ok(Self { digest: described.digest(), circuit: described, tau_g2, model_rows, evaluation })
    }

    #[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
    fn verify(
        &self,
        py: Python<'_>,
        key_binding: [u8; 32],
        statement_digest: [u8; 32],
        public: Vec<i64>,
        proof: Vec<u8>,
    ) -> PyResult<bool> {
        let mut oracle = Transcript::new(&self.digest, &key_binding, &statement_digest);
        py.detach(|| {
            let evaluation = self.evaluation.as_ref();
            verify(&self.circuit, evaluation, &self.tau_g2, &self.model_rows, &mut oracle, &public, &proof)
        })
        .map_err(|error| proof_error(py, &error))
    }
}
