//! Which machine proofs are made on, and which there are.

use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use zkattest_cuda::{CudaError, Device, Limited, Machine};

use crate::errors::{device_error, typed};

/// Shortest rows, in cells, that `auto` opens a device for: opening one takes longer than a proof over shorter ones.
const AUTO_ROW: usize = 1 << 16;

/// A word of `zkattest.devices.Choice`, and the most bytes of the device's memory to use, if not all that are free.
pub type Asked = (String, Option<usize>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Cpu,
    Cuda,
    Auto,
}

/// What the caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    wanted: Wanted,
    /// Bytes.
    memory: usize,
}

impl Choice {
    /// From its word.
    pub fn of(py: Python<'_>, (word, memory): &Asked) -> PyResult<Self> {
        let wanted = match word.as_str() {
            "cpu" => Wanted::Cpu,
            "cuda" => Wanted::Cuda,
            "auto" => Wanted::Auto,
            _ => {
                let remedy = "Choose 'auto', 'cpu' or 'cuda'.";
                return Err(typed(py, "InputError", "There is no such device.", remedy));
            }
        };
        Ok(Self { wanted, memory: memory.unwrap_or(usize::MAX) })
    }

    /// Whether the processor will do where a device will not.
    pub fn is_auto(self) -> bool {
        self.wanted == Wanted::Auto
    }

    /// The machine for rows of so many cells; none: the processor.
    pub fn machine(self, row: usize) -> Result<Option<Arc<dyn Machine>>, CudaError> {
        match self.wanted {
            Wanted::Cpu => Ok(None),
            Wanted::Cuda => self.first().map(Some),
            Wanted::Auto if row < AUTO_ROW => Ok(None),
            Wanted::Auto => Ok(self.first().ok()),
        }
    }

    /// The first device, of which no more memory is used than asked for by the last call.
    fn first(self) -> Result<Arc<dyn Machine>, CudaError> {
        if let Some(error) = LOST.get() {
            return Err(error.clone());
        }
        match opened() {
            Ok(Opened { limited, .. }) => {
                limited.set_limit(self.memory);
                Ok(limited.clone())
            }
            Err(error) => Err(error.clone()),
        }
    }
}

/// What the device failed at, once it has: its driver does nothing more for this process.
static LOST: OnceLock<CudaError> = OnceLock::new();

/// The device is not used any more.
pub fn lose(operation: &'static str, code: u32) {
    LOST.get_or_init(|| CudaError::Driver { operation, code });
}

struct Opened {
    device: Arc<Device>,
    limited: Arc<Limited>,
}

/// The first device, opened once.
fn opened() -> &'static Result<Opened, CudaError> {
    static DEVICE: OnceLock<Result<Opened, CudaError>> = OnceLock::new();
    let open = || {
        let device = Arc::new(Device::open(0)?);
        Ok(Opened { limited: Arc::new(Limited::new(device.clone(), usize::MAX)), device })
    };
    DEVICE.get_or_init(open)
}

/// The first device: name, capability, multiprocessors, bytes of memory in all and free.
#[pyfunction]
pub fn cuda_device(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let look = || {
        let Opened { device, .. } = opened().as_ref().map_err(CudaError::clone)?;
        Ok((device.facts(), device.available()?))
    };
    let (facts, free) = py.detach(look).map_err(|error| device_error(py, &error))?;
    let found = PyDict::new(py);
    found.set_item("name", &facts.name)?;
    found.set_item("capability", facts.capability)?;
    found.set_item("multiprocessors", facts.multiprocessors)?;
    found.set_item("memory", facts.memory)?;
    found.set_item("free", free)?;
    Ok(found)
}
