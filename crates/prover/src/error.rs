//! Why no proof was made: one variant per cause, indices and sizes, no secrets.

use thiserror::Error;
use zkattest_circuit::CircuitError;
use zkattest_cuda::CudaError;
use zkattest_evaluation::EvaluationError;
use zkattest_kernels::KernelError;

/// Why [`crate::prove`] stopped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named by each message")]
pub enum ProverError {
    #[error("{what}: {expected} expected, {found} found")]
    Shape { what: &'static str, expected: usize, found: usize },
    #[error("the set-up string has {found} points, at least {expected} are needed")]
    StringSize { expected: usize, found: usize },
    #[error("the set-up string is ready for rows of {found} cells, this circuit's have {expected}")]
    RowSize { expected: usize, found: usize },
    #[error("the evaluation table has {found} public inputs, this circuit has {expected}")]
    Table { expected: usize, found: usize },
    #[error("range lookup {lookup}: cell {cell} of row {row} of its region is not in the table")]
    OutOfRange { lookup: usize, row: usize, cell: usize },
    #[error("function lookup {lookup}: the key of element {element} is not in the table")]
    OutOfTable { lookup: usize, element: usize },
    #[error("lookup {lookup}: a denominator is zero at this challenge; prove again")]
    ZeroDenominator { lookup: usize },
    #[error("the circuit is none: {0}")]
    Circuit(#[from] CircuitError),
    #[error("lookup {lookup} does not fit the circuit: {what}")]
    Lookup { lookup: usize, what: &'static str },
    #[error("no evaluation argument was made: {0}")]
    Evaluation(#[from] EvaluationError),
    #[error("cancelled")]
    Cancelled,
    #[error("the random number generator failed")]
    Randomness,
    #[error("the device failed to {operation} (code {code})")]
    DeviceLost { operation: &'static str, code: u32 },
    #[error("the device ran out of memory: {needed} bytes are needed, {available} are left")]
    DeviceMemory { needed: usize, available: usize },
    #[error(transparent)]
    Kernel(KernelError),
}

impl ProverError {
    /// Whether a device failed: without one the proof may still be made.
    pub fn is_of_device(&self) -> bool {
        matches!(self, Self::DeviceLost { .. } | Self::DeviceMemory { .. })
    }
}

impl From<KernelError> for ProverError {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::Device { operation, code } => Self::DeviceLost { operation, code },
            KernelError::DeviceMemory { needed, available } => Self::DeviceMemory { needed, available },
            other => Self::Kernel(other),
        }
    }
}

impl From<CudaError> for ProverError {
    fn from(error: CudaError) -> Self {
        KernelError::from(error).into()
    }
}
