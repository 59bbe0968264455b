//! What a device refuses.

use thiserror::Error;
use zkattest_kernels::KernelError;

/// Why there is no device, or why one gave no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CudaError {
    /// The driver's library is not installed.
    #[error("no NVIDIA driver is installed (libcuda was not found)")]
    NoDriver,
    /// There is a driver, and no such device.
    #[error("there is no CUDA device number {ordinal}; the driver has {found}")]
    NoDevice {
        /// Number asked for.
        ordinal: usize,
        /// Devices there are.
        found: usize,
    },
    /// The card is older than the kernels' target.
    #[error("the device has compute capability {major}.{minor}; the kernels need 7.5")]
    TooOld {
        /// Of the card.
        major: i32,
        /// Of the card.
        minor: i32,
    },
    /// The driver compiled no module of the kernels: usually it is older than their PTX.
    #[error("the driver refuses the kernels (code {code}); they need a driver of version 550 or newer")]
    Module {
        /// `CUresult`.
        code: u32,
    },
    /// The device's memory does not suffice.
    #[error("the device has {available} bytes left; {needed} are needed")]
    Memory {
        /// Bytes asked for.
        needed: usize,
        /// Bytes left.
        available: usize,
    },
    /// The driver failed otherwise.
    #[error("the CUDA driver failed to {operation} (code {code})")]
    Driver {
        /// What was asked of it.
        operation: &'static str,
        /// `CUresult`.
        code: u32,
    },
    /// The work itself makes no sense.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

impl From<CudaError> for KernelError {
    fn from(error: CudaError) -> Self {
        match error {
            CudaError::Kernel(error) => error,
            CudaError::Memory { needed, available } => Self::DeviceMemory { needed, available },
            CudaError::Driver { operation, code } => Self::Device { operation, code },
            CudaError::Module { code } => Self::Device { operation: "load the kernels", code },
            CudaError::NoDriver | CudaError::NoDevice { .. } | CudaError::TooOld { .. } => {
                Self::Device { operation: "be opened", code: 0 }
            }
        }
    }
}
