//! Layouts, rows and identities.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_commitment::identity::{self as identities, Kind};
use zkattest_commitment::row::{self, Rows};
use zkattest_commitment::srs::points::encode_g1;
use zkattest_commitment::{CommitmentError, Layout, TensorShape};

use crate::errors::commitment_error;
use crate::srs::NativeSrs;

#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeLayout {
    inner: Layout,
}

#[pymethods]
impl NativeLayout {
    #[new]
    fn new(py: Python<'_>, row_size: u64, tensors: Vec<(String, Vec<u64>, u8)>) -> PyResult<Self> {
        let tensors =
            tensors.into_iter().map(|(name, shape, group)| TensorShape { name, shape, group }).collect();
        let inner = Layout::pack(row_size, tensors).map_err(|error| commitment_error(py, &error))?;
        Ok(Self { inner })
    }

    #[getter]
    fn row_size(&self) -> u64 {
        self.inner.row_size()
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.inner.rows()
    }

    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.digest())
    }

    #[getter]
    fn places(&self) -> Vec<(u64, u64, u64)> {
        self.inner.places().iter().map(|place| (place.row, place.offset, place.inner)).collect()
    }
}

#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeRows {
    inner: Rows,
}

#[pymethods]
impl NativeRows {
    #[new]
    fn new(py: Python<'_>, layout: &NativeLayout, tensors: Vec<PyReadonlyArray1<'_, i64>>) -> PyResult<Self> {
        let values = tensors.iter().map(|tensor| tensor.as_array().to_vec()).collect();
        let inner = Rows::new(layout.inner.clone(), values).map_err(|error| commitment_error(py, &error))?;
        Ok(Self { inner })
    }

    fn commit<'py>(
        &self,
        py: Python<'py>,
        srs: &NativeSrs,
        first: u64,
        blinders: Vec<u8>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let work = || -> Result<Vec<u8>, CommitmentError> {
            let blinders = row::decode_blinders(&blinders, (blinders.len() / 32) as u64)?;
            let points = self.inner.commit(&srs.inner, first, &blinders)?;
            Ok(points.iter().flat_map(encode_g1).collect())
        };
        let bytes = py.detach(work).map_err(|error| commitment_error(py, &error))?;
        Ok(PyBytes::new(py, &bytes))
    }
}

#[pyfunction]
pub fn draw_blinders(py: Python<'_>, rows: usize) -> PyResult<Bound<'_, PyBytes>> {
    let blinders = row::draw_blinders(rows).map_err(|error| commitment_error(py, &error))?;
    let bytes: Vec<u8> = blinders.iter().flat_map(zkattest_field::encode).collect();
    Ok(PyBytes::new(py, &bytes))
}

#[pyfunction]
pub fn check_blinders(py: Python<'_>, blinders: &[u8], rows: u64) -> PyResult<()> {
    row::decode_blinders(blinders, rows).map(|_| ()).map_err(|error| commitment_error(py, &error))
}

#[pyfunction]
pub fn check_rows(py: Python<'_>, rows: &[u8], count: u64) -> PyResult<()> {
    identities::decode_rows(rows, count).map(|_| ()).map_err(|error| commitment_error(py, &error))
}

#[pyfunction]
pub fn commitment_identity<'py>(
    py: Python<'py>,
    model: bool,
    row_size: u64,
    layout_digest: [u8; 32],
    srs_digest: [u8; 32],
    rows: &[u8],
) -> Bound<'py, PyBytes> {
    let kind = if model { Kind::Model } else { Kind::Data };
    PyBytes::new(py, &identities::identity(kind, row_size, &layout_digest, &srs_digest, rows))
}
