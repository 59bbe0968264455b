//! Errors of the native proof system to classes of `zkattest.errors`.

use std::fmt::Display;

use pyo3::prelude::*;
use zkattest_circuit::CircuitError;
use zkattest_circuits::{CompileError, RelationError};
use zkattest_evaluation::EvaluationError;
use zkattest_prover::ProverError;
use zkattest_verifier::VerifyError;

use crate::errors::{DEVICE_LOST, DEVICE_MEMORY, sentence, typed};

/// `FormatError`: a description in a key.
pub fn description_error(py: Python<'_>, error: &CircuitError) -> PyErr {
    let message = format!("The circuit description is refused: {error}.");
    typed(py, "FormatError", &message, "Get the verifying key again from its owner.")
}

/// `FormatError`: a point in a key.
pub fn key_error(py: Python<'_>, error: &dyn Display) -> PyErr {
    let message = format!("A point of the verifying key is refused: {error}.");
    typed(py, "FormatError", &message, "Get the verifying key again from its owner.")
}

/// `MalformedProofError`.
pub fn proof_error(py: Python<'_>, error: &VerifyError) -> PyErr {
    typed(
        py,
        "MalformedProofError",
        &sentence(&error.to_string()),
        "Copy the proof again from its source, and check that the key is of the same set-up.",
    )
}

/// `UnsupportedByBackendError`, `SrsTooSmallError`, `InputError`, `FormatError` or `ProvingError`; where a node, ratio or clause
/// is named, its number is the exception's `node`, `ratio` or `clause`.
pub fn compile_error(py: Python<'_>, error: &CompileError) -> PyErr {
    let (class, remedy) = match error {
        CompileError::RowTooSmall { .. } => {
            ("SrsTooSmallError", "Use longer rows: a larger row_size, and a set-up string of that degree.")
        }
        CompileError::Encoding { what: "data set" | "score", .. } => {
            ("FormatError", "Make it again with this version of zkattest.")
        }
        CompileError::Data { .. } => {
            ("ProvingError", "Check that the data are those that were committed to; then report it.")
        }
        CompileError::Denominator { .. } => (
            "ProvingError",
            "Use rows of that kind, or a metric without that ratio: an empty group has none.",
        ),
        CompileError::Quotient { .. } => {
            ("ProvingError", "A ratio is proved from 0 to below 2: use a metric that stays within that.")
        }
        CompileError::Bound { .. } => {
            ("ProvingError", "Claim no more than the metric is; nothing was shown of how far it is.")
        }
        CompileError::Threshold { .. } => ("InputError", "Choose a threshold that the metric could miss."),
        CompileError::Label { .. } | CompileError::Thresholds { .. } => {
            ("InputError", "Give one threshold for each clause, and the labels that were committed to.")
        }
        CompileError::Score { .. } | CompileError::Outputs { .. } => {
            ("InputError", "Use a metric of the model's task, on data of its classes.")
        }
        CompileError::Option { .. } => ("InputError", "Choose another value."),
        CompileError::TooLarge => {
            ("UnsupportedByBackendError", "Use a smaller model or batch, or longer rows.")
        }
        CompileError::Samples { .. }
        | CompileError::Input { .. }
        | CompileError::Trace { .. }
        | CompileError::Constant { .. } => {
            ("ProvingError", "Check that the keys were made for this model; then report the model.")
        }
        _ => ("UnsupportedByBackendError", "Use a model made of the operators that docs/operators.md lists."),
    };
    let node = match error {
        CompileError::Operator { node, .. }
        | CompileError::Attribute { node, .. }
        | CompileError::Inputs { node }
        | CompileError::Shape { node }
        | CompileError::Rescale { node }
        | CompileError::Overflow { node }
        | CompileError::Trace { node, .. } => Some(*node),
        _ => None,
    };
    let raised = typed(py, class, &sentence(&error.to_string()), remedy);
    // an exception that takes no attribute still says the node's number
    let _ = raised.value(py).setattr("node", node);
    let (name, number) = match error {
        CompileError::Denominator { ratio } | CompileError::Quotient { ratio } => ("ratio", *ratio),
        CompileError::Bound { clause } | CompileError::Threshold { clause } => ("clause", *clause),
        _ => return raised,
    };
    let _ = raised.value(py).setattr(name, number);
    raised
}

/// `FalseRelationError`, `FingerprintError`, `DataSetMismatchError`, `ProvingError`, or as [`compile_error`].
pub fn relation_error(py: Python<'_>, error: &RelationError) -> PyErr {
    let (class, remedy) = match error {
        RelationError::Compile(CompileError::TooLarge | CompileError::Circuit(_)) => {
            ("UnsupportedByBackendError", "Use data sets of fewer or larger shards, or longer rows.")
        }
        RelationError::Compile(error) => return compile_error(py, error),
        RelationError::NotContained { .. } | RelationError::Overlap { .. } => {
            ("FalseRelationError", "There is no proof of what is not so; nothing was written.")
        }
        RelationError::Collision => ("FingerprintError", "Try again with other coefficients."),
        RelationError::Shapes { .. } | RelationError::Set { .. } => {
            ("DataSetMismatchError", "Commit to both with the same columns.")
        }
        _ => ("ProvingError", "Restore the directories of the data sets as they were written."),
    };
    typed(py, class, &sentence(&error.to_string()), remedy)
}

/// `ProvingError`, `SrsTooSmallError`, `OperationalError`, `DeviceLostError` or `DeviceMemoryError`.
pub fn prover_error(py: Python<'_>, error: &ProverError) -> PyErr {
    let (class, remedy) = match error {
        ProverError::StringSize { .. } | ProverError::RowSize { .. } => {
            ("SrsTooSmallError", "Use a set-up string of the key's degree.")
        }
        ProverError::Randomness => {
            ("OperationalError", "Try again on a system with a working random generator.")
        }
        ProverError::DeviceLost { .. } => ("DeviceLostError", DEVICE_LOST),
        ProverError::DeviceMemory { .. } => ("DeviceMemoryError", DEVICE_MEMORY),
        ProverError::ZeroDenominator { .. } | ProverError::Cancelled => ("ProvingError", "Prove again."),
        _ => ("ProvingError", "Check that the keys were made for this model; then report the model."),
    };
    typed(py, class, &format!("No proof was made: {error}."), remedy)
}

/// `UnsupportedByBackendError`: a circuit has no table of gates, or a key names another size of it.
pub fn evaluation_error(py: Python<'_>, error: &EvaluationError) -> PyErr {
    let message = format!("The circuit's table of gates is refused: {error}.");
    typed(py, "UnsupportedByBackendError", &message, "Use a smaller model or batch, or the profile speed.")
}
