//! Which machine long sums are made on, and which there are.

use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use zkattest_cuda::{CudaError, Device, Machine};

use crate::errors::{device_error, typed};

/// Shortest rows, in cells, that `auto` opens a device for: opening one takes longer than a proof over shorter ones.
const AUTO_ROW: usize = 1 << 16;

/// What the caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The processor.
    Cpu,
    /// The first device, or an error.
    Cuda,
    /// The first device where there is one and rows are long, else the processor.
    Auto,
}

impl Choice {
    /// From its word.
    pub fn parse(py: Python<'_>, word: &str) -> PyResult<Self> {
        match word {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            "auto" => Ok(Self::Auto),
            _ => Err(typed(py, "InputError", "There is no such device.", "Choose 'auto', 'cpu' or 'cuda'.")),
        }
    }

    /// The machine for rows of so many cells; none: the processor.
    pub fn machine(self, row: usize) -> Result<Option<Arc<dyn Machine>>, CudaError> {
        match self {
            Self::Cpu => Ok(None),
            Self::Cuda => first().map(Some),
            Self::Auto if row < AUTO_ROW => Ok(None),
            Self::Auto => Ok(first().ok()),
        }
    }
}

/// The first device, opened once.
fn opened() -> &'static Result<Arc<Device>, CudaError> {
    static DEVICE: OnceLock<Result<Arc<Device>, CudaError>> = OnceLock::new();
    DEVICE.get_or_init(|| Device::open(0).map(Arc::new))
}

fn first() -> Result<Arc<dyn Machine>, CudaError> {
    match opened() {
        Ok(device) => Ok(device.clone()),
        Err(error) => Err(error.clone()),
    }
}

/// The first device: name, capability, multiprocessors, memory in bytes.
#[pyfunction]
pub fn cuda_device(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let device = py.detach(opened).as_ref().map_err(|error| device_error(py, error))?;
    let facts = device.facts();
    let found = PyDict::new(py);
    found.set_item("name", &facts.name)?;
    found.set_item("capability", facts.capability)?;
    found.set_item("multiprocessors", facts.multiprocessors)?;
    found.set_item("memory", facts.memory)?;
    Ok(found)
}
