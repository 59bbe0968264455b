//! What a kernel refuses.

use thiserror::Error;

/// Why a kernel was given work that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KernelError {
    /// Two slices that belong together differ in length.
    #[error("expected {expected} elements, found {found}")]
    Length {
        /// Elements that the other slices have.
        expected: usize,
        /// Elements found.
        found: usize,
    },
    /// A table that is to be folded cannot be halved.
    #[error("a table of {found} elements cannot be folded: its length must be even and not zero")]
    OddTable {
        /// Elements found.
        found: usize,
    },
    /// A sum-check round without factors (columns), or of a degree beyond the kernels' buffers.
    #[error("a round needs 1 to {limit} factors, found {found}")]
    Degree {
        /// Most factors.
        limit: usize,
        /// Factors found.
        found: usize,
    },
    /// An unsigned scalar outside its declared range, or a range that the scalars' type cannot hold.
    #[error("scalar {index} is not in 0..2^{bits}, or 2^{bits} is more than 2^15")]
    Range {
        /// Declared width.
        bits: u32,
        /// Index of the scalar.
        index: usize,
    },
    /// A lookup challenge met -v for a cell v: one of the sums' denominators is zero.
    #[error("column {column}, row {row}: the cell plus the challenge is zero; draw another challenge")]
    ZeroDenominator {
        /// Index of the column.
        column: usize,
        /// Index of the cell.
        row: usize,
    },
    /// A device failed.
    #[error("the device failed to {operation} (code {code}); use the processor, or look at the driver")]
    Device {
        /// What was asked of it.
        operation: &'static str,
        /// The driver's code.
        code: u32,
    },
    /// A device's memory does not suffice.
    #[error("the device has {available} bytes left; {needed} are needed")]
    DeviceMemory {
        /// Bytes asked for.
        needed: usize,
        /// Bytes left.
        available: usize,
    },
}
