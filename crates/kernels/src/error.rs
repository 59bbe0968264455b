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
    /// A lookup challenge met -v for a cell v: one of the sums' denominators is zero.
    #[error("column {column}, row {row}: the cell plus the challenge is zero; draw another challenge")]
    ZeroDenominator {
        /// Index of the column.
        column: usize,
        /// Index of the cell.
        row: usize,
    },
}
