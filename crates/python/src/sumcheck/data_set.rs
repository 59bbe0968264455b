//! `zkattest._native.NativeDataCircuit`: the circuit that registers a shard of a data set.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_circuits::{DataCircuit, compile_data, decode_data_spec};

use super::circuit::{Boxes, Numbers, numbers};
use super::errors::compile_error;

/// The circuit that registers a shard, with what a prover needs besides.
#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeDataCircuit {
    pub inner: DataCircuit,
}

#[pymethods]
impl NativeDataCircuit {
    #[staticmethod]
    #[pyo3(signature = (spec, *, log_row, padded))]
    #[expect(clippy::needless_pass_by_value, reason = "the buffer outlives the interpreter lock")]
    fn compile(py: Python<'_>, spec: Vec<u8>, log_row: u8, padded: bool) -> PyResult<Self> {
        let inner = py
            .detach(|| compile_data(&decode_data_spec(&spec)?, log_row, padded))
            .map_err(|error| compile_error(py, &error))?;
        Ok(Self { inner })
    }

    /// Canonical description.
    #[getter]
    fn circuit<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.circuit.encode())
    }

    /// Entries of the circuit's tables, points of its functionals, and bytes of a proof.
    #[getter]
    fn numbers(&self) -> Numbers {
        numbers(&self.inner.circuit)
    }

    /// Shape and box of each tensor.
    #[getter]
    fn tensors(&self) -> Boxes {
        self.inner.shapes()
    }
}
