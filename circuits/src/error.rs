//! Why an architecture does not compile, or a trace is no witness.

use thiserror::Error;
use zkattest_circuit::CircuitError;
use zkattest_evaluation::EvaluationError;

/// Causes, with the numbers that explain them. Nodes are counted from 0 in the architecture's order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CompileError {
    /// The bytes are no encoding of an architecture, a data set's rows, or a score.
    #[error("the {what}'s encoding is malformed at byte {offset}")]
    Encoding {
        /// What was read.
        what: &'static str,
        /// Where reading stopped.
        offset: usize,
    },
    /// A tensor's declaration is out of bounds.
    #[error("tensor {tensor} is declared malformed")]
    Tensor {
        /// Its index.
        tensor: usize,
    },
    /// No such operator.
    #[error("node {node}: unknown operator {op:?}")]
    Operator {
        /// Node.
        node: usize,
        /// Name found.
        op: String,
    },
    /// An attribute is missing, of the wrong kind, or out of range.
    #[error("node {node}: attribute {name} is missing or out of range")]
    Attribute {
        /// Node.
        node: usize,
        /// Attribute.
        name: &'static str,
    },
    /// Input shapes, number or kind (constant or not) do not fit the operator.
    #[error("node {node}: its inputs do not fit the operator")]
    Inputs {
        /// Node.
        node: usize,
    },
    /// The operator computes another shape than the one declared.
    #[error("node {node}: its output's shape differs from the one declared")]
    Shape {
        /// Node.
        node: usize,
    },
    /// Shift or saturation bounds are out of range.
    #[error("node {node}: shift or saturation bounds are out of range")]
    Rescale {
        /// Node.
        node: usize,
    },
    /// The accumulator could reach 2^62.
    #[error("node {node}: its accumulator could overflow")]
    Overflow {
        /// Node.
        node: usize,
    },
    /// One table per sigmoid or tanh node, of 2^bits entries, is expected.
    #[error("expected {expected} tables, found {found}, or a table of the wrong length")]
    Tables {
        /// Nodes that need one.
        expected: usize,
        /// Tables given.
        found: usize,
    },
    /// An option is out of range.
    #[error("option {name} is out of range")]
    Option {
        /// Field of `Options`.
        name: &'static str,
    },
    /// Rows of this size hold neither the masks nor the longest axis.
    #[error("rows of 2^{found} cells are too small; the least size is 2^{least}")]
    RowTooSmall {
        /// log2 of the row size asked for.
        found: u8,
        /// The least that fits.
        least: u8,
    },
    /// Sizes leave what a description can express.
    #[error("the circuit is too large")]
    TooLarge,
    /// The description breaks a rule of its own: circuits over a verifier's work limits do.
    #[error("the circuit is not well-formed: {0}")]
    Circuit(#[from] CircuitError),
    /// An axis is cut in a way that no vector expresses.
    #[error("an axis is cut in a way that circuits do not express")]
    Geometry,
    /// Number of constants, or a constant's length or range, differs from the declaration.
    #[error("constant {constant} does not fit its declaration")]
    Constant {
        /// Its index.
        constant: usize,
    },
    /// A data set's tensors are too few or many, or one has another length or an integer beyond the declared width.
    #[error("tensor {tensor} of the data rows does not fit its declaration")]
    Data {
        /// Its number: 0 features, then values in regression, then labels.
        tensor: usize,
    },
    /// A row's label is not one class or none, or not of one group of a column at its class.
    #[error("row {row} of tensor {tensor} of the data rows is no label")]
    Label {
        /// As of `Data`.
        tensor: usize,
        /// Row.
        row: usize,
    },
    /// A part of the score does not fit the others or the model.
    #[error("the score's {part} does not fit the model")]
    Score {
        /// Field of `Score`.
        part: &'static str,
    },
    /// The score's classes are not the model's outputs.
    #[error("the score is of {expected} outputs of a sample along the last axis, the model has {found}")]
    Outputs {
        /// As the score says.
        expected: u32,
        /// Elements.
        found: u32,
    },
    /// One threshold for each clause of the score is expected.
    #[error("expected {expected} thresholds, found {found}")]
    Thresholds {
        /// Clauses.
        expected: usize,
        /// Thresholds given.
        found: usize,
    },
    /// A ratio's denominator is not positive: no labelled row is in it.
    #[error("ratio {ratio} has no row in its denominator")]
    Denominator {
        /// Its number.
        ratio: usize,
    },
    /// A ratio is negative, or 2 or more.
    #[error("ratio {ratio} is out of the range that is proved")]
    Quotient {
        /// Its number.
        ratio: usize,
    },
    /// A clause does not reach its threshold.
    #[error("clause {clause} does not reach its threshold")]
    Bound {
        /// Its number.
        clause: usize,
    },
    /// A threshold is below all that its clause can be.
    #[error("the threshold of clause {clause} says nothing: the clause cannot be below it")]
    Threshold {
        /// Its number.
        clause: usize,
    },
    /// Another number of samples than the batch.
    #[error("expected {expected} samples, found {found}")]
    Samples {
        /// Batch.
        expected: usize,
        /// Found.
        found: usize,
    },
    /// The input leaves its declared range or has another length.
    #[error("sample {sample}: the input does not fit its declaration")]
    Input {
        /// Sample.
        sample: usize,
    },
    /// A trace is inconsistent: no witness exists for it.
    #[error("sample {sample}: the trace is inconsistent at node {node}")]
    Trace {
        /// Sample.
        sample: usize,
        /// Node.
        node: usize,
    },
    /// The circuit has no table of gates.
    #[error("no evaluation argument: {0}")]
    Evaluation(#[from] EvaluationError),
}
