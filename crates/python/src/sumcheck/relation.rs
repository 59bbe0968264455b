//! `zkattest._native.NativeRelation`: the circuit that relates two data sets.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_circuits::{CompiledRelation, Relation, compile_relation};

use super::circuit::{NativeWitness, Numbers, numbers};
use super::errors::relation_error;

/// The circuit of a relation, with what a prover needs besides.
#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeRelation {
    pub inner: CompiledRelation,
}

/// Of each shard, each of its tensors.
type Shards<'py> = Vec<Vec<PyReadonlyArray1<'py, i64>>>;

#[pymethods]
impl NativeRelation {
    #[staticmethod]
    #[pyo3(signature = (relation, *, log_row, padded))]
    #[expect(clippy::needless_pass_by_value, reason = "the buffer outlives the interpreter lock")]
    fn compile(py: Python<'_>, relation: Vec<u8>, log_row: u8, padded: bool) -> PyResult<Self> {
        let inner = py
            .detach(|| compile_relation(&Relation::decode(&relation)?, log_row, padded))
            .map_err(|error| relation_error(py, &error))?;
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

    /// Data rows of a shard of each set.
    #[getter]
    fn shard_rows(&self) -> [u32; 2] {
        self.inner.shard_rows()
    }

    #[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
    fn witness(&self, py: Python<'_>, first: Shards<'_>, second: Shards<'_>) -> PyResult<NativeWitness> {
        let (first, second) = (slices(&first)?, slices(&second)?);
        let inner = py
            .detach(|| self.inner.witness([&first, &second]))
            .map_err(|error| relation_error(py, &error))?;
        Ok(NativeWitness { inner })
    }
}

fn slices<'a>(shards: &'a Shards<'_>) -> Result<Vec<Vec<&'a [i64]>>, numpy::AsSliceError> {
    let of = |tensors: &'a Vec<PyReadonlyArray1<'_, i64>>| {
        tensors.iter().map(PyReadonlyArray1::as_slice).collect()
    };
    shards.iter().map(of).collect()
}
