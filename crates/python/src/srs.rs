//! `zkattest._native.NativeSrs`.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_commitment::srs::points::{encode_g1, encode_g2};
use zkattest_commitment::srs::source::Source;
use zkattest_commitment::srs::{halo2, ignition, ptau};
use zkattest_commitment::{Srs, SrsError};
use zkattest_cuda::{CudaError, Machine};
use zkattest_prover::{DEVICE_TERMS, ProvingString};

use crate::errors::srs_error;

/// The string last made ready for a prover.
struct Prepared {
    row_size: usize,
    degree: usize,
    on_device: bool,
    string: Arc<ProvingString>,
}

#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeSrs {
    pub inner: Arc<Srs>,
    prepared: Mutex<Option<Prepared>>,
}

impl From<Srs> for NativeSrs {
    fn from(srs: Srs) -> Self {
        Self { inner: Arc::new(srs), prepared: Mutex::new(None) }
    }
}

impl NativeSrs {
    /// The powers up to `degree` at least, made ready for a prover whose rows have `row_size` cells and on `machine`, if any;
    /// kept for the next proof. The inner error is the machine's.
    pub fn proving_string(
        &self,
        py: Python<'_>,
        row_size: usize,
        degree: usize,
        machine: Option<&Arc<dyn Machine>>,
    ) -> PyResult<Result<Arc<ProvingString>, CudaError>> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = prepared.as_ref()
            && found.row_size == row_size
            && found.degree >= degree
            && found.on_device == machine.is_some()
        {
            return Ok(Ok(found.string.clone()));
        }
        let available = self.inner.max_degree();
        let points = self
            .inner
            .powers()
            .get(..=degree)
            .ok_or(SrsError::TooSmall { needed: degree as u64, available })
            .map_err(|error| srs_error(py, &error))?;
        // The old one makes room first.
        *prepared = None;
        let made = py.detach(|| match machine {
            Some(machine) => ProvingString::on(points, row_size, machine, DEVICE_TERMS),
            None => Ok(ProvingString::new(points, row_size)),
        });
        Ok(made.map(|string| {
            let string = Arc::new(string);
            let on_device = machine.is_some();
            *prepared = Some(Prepared { row_size, degree, on_device, string: string.clone() });
            string
        }))
    }
}

fn open(path: &PathBuf) -> Result<Source<File>, SrsError> {
    Source::new(File::open(path)?)
}

/// Open, hash, and compare with the expected hash where there is one.
fn open_hashed(
    path: &PathBuf,
    expected: Option<&[u8]>,
    section: &'static str,
) -> Result<(Source<File>, [u8; 64]), SrsError> {
    let mut source = open(path)?;
    let hash = source.blake2b()?;
    if expected.is_some_and(|expected| expected != hash) {
        return Err(SrsError::HashMismatch { section });
    }
    Ok((source, hash))
}

/// Run without the interpreter lock.
fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, SrsError> + Send) -> PyResult<T> {
    py.detach(work).map_err(|error| srs_error(py, &error))
}

#[pymethods]
impl NativeSrs {
    #[staticmethod]
    fn development(py: Python<'_>, log2_size: u32) -> PyResult<Self> {
        detached(py, || Srs::development(log2_size)).map(Self::from)
    }

    #[staticmethod]
    fn read(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        detached(py, || Srs::read(&mut open(&path)?)).map(Self::from)
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: Vec<u8>) -> PyResult<Self> {
        detached(py, || Srs::read(&mut Source::new(std::io::Cursor::new(data))?)).map(Self::from)
    }

    #[staticmethod]
    #[pyo3(signature = (path, max_degree, expected))]
    fn import_ptau<'py>(
        py: Python<'py>,
        path: PathBuf,
        max_degree: Option<u64>,
        expected: Option<Vec<u8>>,
    ) -> PyResult<(Self, Bound<'py, PyBytes>, u32, u32)> {
        let (srs, hash, header) = detached(py, || {
            let (mut source, hash) = open_hashed(&path, expected.as_deref(), "ptau file")?;
            let (srs, header) = ptau::read(&mut source, max_degree)?;
            Ok((srs, hash, header))
        })?;
        Ok((srs.into(), PyBytes::new(py, &hash), header.power, header.ceremony_power))
    }

    #[staticmethod]
    #[pyo3(signature = (paths, max_degree))]
    fn import_ignition(py: Python<'_>, paths: Vec<PathBuf>, max_degree: Option<u64>) -> PyResult<Self> {
        detached(py, || {
            let mut transcripts = ignition::Transcripts::default();
            for path in &paths {
                transcripts.push(&mut open(path)?)?;
            }
            transcripts.finish(max_degree)
        })
        .map(Self::from)
    }

    #[staticmethod]
    #[pyo3(signature = (path, max_degree, expected))]
    fn import_halo2<'py>(
        py: Python<'py>,
        path: PathBuf,
        max_degree: Option<u64>,
        expected: Option<Vec<u8>>,
    ) -> PyResult<(Self, Bound<'py, PyBytes>)> {
        let (srs, hash) = detached(py, || {
            let (mut source, hash) = open_hashed(&path, expected.as_deref(), "halo2 file")?;
            Ok((halo2::read(&mut source, max_degree)?, hash))
        })?;
        Ok((srs.into(), PyBytes::new(py, &hash)))
    }

    fn check(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.inner.check("whole string"))
    }

    fn prefix(&self, py: Python<'_>, degree: u64) -> PyResult<Self> {
        detached(py, || self.inner.prefix(degree)).map(Self::from)
    }

    fn labelled(&self, provenance: String, is_unsafe: bool) -> Self {
        Srs::clone(&self.inner).with_provenance(provenance).with_unsafe(is_unsafe).into()
    }

    fn with_lagrange(&self, py: Python<'_>, k: u32) -> PyResult<Self> {
        detached(py, || Srs::clone(&self.inner).with_lagrange(k)).map(Self::from)
    }

    fn without_lagrange(&self) -> Self {
        Srs::clone(&self.inner).without_lagrange().into()
    }

    fn digest_at<'py>(&self, py: Python<'py>, degree: u64) -> PyResult<Bound<'py, PyBytes>> {
        let digest = self.inner.digest_at(degree).map_err(|error| srs_error(py, &error))?;
        Ok(PyBytes::new(py, &digest))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.inner.to_bytes());
        PyBytes::new(py, &bytes)
    }

    fn halo2_bytes<'py>(&self, py: Python<'py>, k: u32) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = detached(py, || self.inner.halo2_bytes(k))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn power<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyBytes>> {
        let point = self.inner.powers().get(index).ok_or_else(|| {
            let available = self.inner.max_degree();
            srs_error(py, &SrsError::TooSmall { needed: index as u64, available })
        })?;
        Ok(PyBytes::new(py, &encode_g1(point)))
    }

    #[getter]
    fn tau_g2<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &encode_g2(self.inner.tau_g2()))
    }

    #[getter]
    fn max_degree(&self) -> u64 {
        self.inner.max_degree()
    }

    #[getter]
    fn is_unsafe(&self) -> bool {
        self.inner.is_unsafe()
    }

    #[getter]
    fn provenance(&self) -> String {
        self.inner.provenance().to_owned()
    }
}
