//! Why there is no circuit of a relation, or no witness of it. No variant holds a cell of a data set.

use thiserror::Error;

use crate::error::CompileError;

/// Causes. Sets are counted 0 (parent, or first) and 1 (child, or second).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RelationError {
    /// A number of a set is out of bounds.
    #[error("data set {set}: {what} is out of bounds")]
    Set {
        /// Which one.
        set: usize,
        /// Which number.
        what: &'static str,
    },
    /// The sets' rows cannot be compared.
    #[error("rows of the two data sets have other shapes: tensor {tensor} differs")]
    Shapes {
        /// First tensor that differs.
        tensor: usize,
    },
    /// The encoding, or the circuit.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Another number of shards, tensors or elements than the relation says.
    #[error("data set {set}: {what}: {expected} expected, {found} found")]
    Sizes {
        /// Which one.
        set: usize,
        /// Of what.
        what: &'static str,
        /// By the relation.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A cell is none of a data set.
    #[error("data set {set}: an element of tensor {tensor} is no 16-bit integer")]
    Cell {
        /// Which one.
        set: usize,
        /// Its tensor.
        tensor: usize,
    },
    /// A row after the declared ones holds something.
    #[error("data set {set}: a row after the last one is not empty")]
    Padding {
        /// Which one.
        set: usize,
    },
    /// The claim is false: rows of the child that the parent has not, or not as often.
    #[error("the subset is none: {missing} of its {rows} rows are no rows of the other data set")]
    NotContained {
        /// So many rows.
        missing: usize,
        /// Rows of the child.
        rows: usize,
    },
    /// The claim is false: rows that both sets have.
    #[error("the data sets are not disjoint: {rows} rows of the second are rows of the first")]
    Overlap {
        /// Rows of the second set.
        rows: usize,
    },
    /// Different rows have equal fingerprints with these coefficients.
    #[error("two different rows have the same fingerprint; other coefficients are needed")]
    Collision,
}
