//! Why a circuit has no table, or a table no assignment.

use thiserror::Error;
use zkattest_circuit::CircuitError;

/// One variant per cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// The circuit breaks a rule.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// What a verifier computes from the challenges takes too many gates.
    #[error("the evaluation argument takes {found} gates or more, and {most} at most are supported")]
    Gates {
        /// Gates at which counting stopped.
        found: usize,
        /// Most gates of a table.
        most: usize,
    },
    /// Inputs of an assignment.
    #[error("{expected} inputs of the evaluation argument expected, found {found}")]
    Inputs {
        /// Public inputs without the advice.
        expected: usize,
        /// Those given.
        found: usize,
    },
}
