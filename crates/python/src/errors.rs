//! Rust errors to the classes of `zkattest.errors`, with what to do about each.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use zkattest_commitment::{CommitmentError, SrsError};
use zkattest_cuda::CudaError;

/// An instance of `zkattest.errors.<class>`.
pub fn typed(py: Python<'_>, class: &str, message: &str, remedy: &str) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let keywords = PyDict::new(py);
        keywords.set_item("remedy", remedy)?;
        let error = py.import("zkattest.errors")?.getattr(class)?.call((message,), Some(&keywords))?;
        Ok(PyErr::from_value(error))
    };
    build().unwrap_or_else(|error| error)
}

pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// `SrsTooSmallError`, `StorageError`, `OperationalError` or `SrsError`.
pub fn srs_error(py: Python<'_>, error: &SrsError) -> PyErr {
    let (class, remedy) = match error {
        SrsError::TooSmall { .. } => {
            ("SrsTooSmallError", "Use a reference string with more powers, or smaller rows.")
        }
        SrsError::Io { .. } => ("StorageError", "Check the path and that the file can be read."),
        SrsError::Field(_) => ("OperationalError", "Try again on a system with a working random generator."),
        SrsError::HashMismatch { .. } | SrsError::Truncated { .. } | SrsError::Checksum { .. } => {
            ("SrsError", "Download or copy the file again from its source.")
        }
        SrsError::ContributionOrder { .. } | SrsError::ContributionChain { .. } => {
            ("SrsError", "Give the start file and then every contribution, in the order they were made.")
        }
        SrsError::Magic { .. } | SrsError::WrongField { .. } => {
            ("SrsError", "Check that the right file, and its right format, was given.")
        }
        SrsError::Range { .. } => {
            ("SrsError", "Choose a value in this range, or check that the right file was given.")
        }
        _ => ("SrsError", "Do not use this string; get it again from a source that you trust."),
    };
    typed(py, class, &format!("The reference string is refused: {error}."), remedy)
}

/// `SrsTooSmallError`, `OperationalError` or `CommitmentError`.
pub fn commitment_error(py: Python<'_>, error: &CommitmentError) -> PyErr {
    let (class, remedy) = match error {
        CommitmentError::SrsTooSmall { .. } => {
            ("SrsTooSmallError", "Use a reference string with more powers, or smaller rows.")
        }
        CommitmentError::Field(_) => {
            ("OperationalError", "Try again on a system with a working random generator.")
        }
        CommitmentError::RowSize { .. } => ("CommitmentError", "Choose a power of two."),
        CommitmentError::NoTensors | CommitmentError::EmptyAxis { .. } => {
            ("CommitmentError", "Give tensors with at least one value.")
        }
        CommitmentError::TensorCount { .. } | CommitmentError::Length { .. } => {
            ("CommitmentError", "Give exactly the tensors that were committed to.")
        }
        CommitmentError::BlinderCount { .. } | CommitmentError::Blinder { .. } => {
            ("CommitmentError", "Use the secret that was made with this commitment.")
        }
        CommitmentError::RowBytes { .. }
        | CommitmentError::RowNotCanonical { .. }
        | CommitmentError::RowOffCurve { .. }
        | CommitmentError::RowInfinity { .. } => {
            ("CommitmentError", "Get the commitment again from its owner.")
        }
        _ => ("CommitmentError", "Check the tensors' names and shapes."),
    };
    typed(py, class, &sentence(&error.to_string()), remedy)
}

/// `DeviceMemoryError`, `DeviceLostError` or `DeviceError`.
pub fn device_error(py: Python<'_>, error: &CudaError) -> PyErr {
    let (class, remedy) = match error {
        CudaError::Module { .. } => {
            ("DeviceError", "Install a newer NVIDIA driver, or prove with device='cpu'.")
        }
        CudaError::Memory { .. } => ("DeviceMemoryError", DEVICE_MEMORY),
        CudaError::Driver { .. } => ("DeviceLostError", DEVICE_LOST),
        _ => (
            "DeviceError",
            "Prove with device='cpu', or with 'auto', which takes a device where there is one.",
        ),
    };
    typed(py, class, &sentence(&error.to_string()), remedy)
}

/// What to do where a device's memory does not suffice, and where its driver does nothing more.
pub const DEVICE_MEMORY: &str = "End what else runs on the device, raise ZKATTEST_DEVICE_MEMORY where it is set, or prove with device='auto' or 'cpu'.";
pub const DEVICE_LOST: &str =
    "Start the process anew, or prove with device='auto' or 'cpu'; look at the driver if it happens again.";
