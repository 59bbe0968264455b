//! The ceremony's functions on files' bytes.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_commitment::srs::ceremony;

use crate::errors::srs_error;
use crate::srs::NativeSrs;

#[pyfunction]
pub fn ceremony_start(py: Python<'_>, degree: u64) -> PyResult<Bound<'_, PyBytes>> {
    let bytes = ceremony::start(degree).map_err(|error| srs_error(py, &error))?;
    Ok(PyBytes::new(py, &bytes))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "the buffer outlives the interpreter lock")]
pub fn ceremony_degree(py: Python<'_>, file: Vec<u8>) -> PyResult<u64> {
    py.detach(|| ceremony::degree(&file)).map_err(|error| srs_error(py, &error))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
pub fn ceremony_contribute(py: Python<'_>, previous: Vec<u8>, name: String) -> PyResult<Bound<'_, PyBytes>> {
    let bytes =
        py.detach(|| ceremony::contribute(&previous, &name)).map_err(|error| srs_error(py, &error))?;
    Ok(PyBytes::new(py, &bytes))
}

/// Start hash, (name, hash) per contribution, and the string.
type Verified<'py> = (Bound<'py, PyBytes>, Vec<(String, Bound<'py, PyBytes>)>, NativeSrs);

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
pub fn ceremony_verify(py: Python<'_>, files: Vec<Vec<u8>>) -> PyResult<Verified<'_>> {
    let report = py.detach(|| ceremony::verify(&files)).map_err(|error| srs_error(py, &error))?;
    let links =
        report.links.into_iter().map(|link| (link.name, PyBytes::new(py, &link.hash))).collect::<Vec<_>>();
    Ok((PyBytes::new(py, &report.start), links, report.srs.into()))
}
