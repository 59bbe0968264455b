//! What a verifier computes from challenges alone, as a table of gates (`docs/protocol.md`, "Evaluation argument").
//!
//! [`Table::of`] turns a circuit's description into gates that compute steps 6 and 8 of a verifier: the public
//! constant, the weight of sum-check 2, and every row's weight.
//!
//! | module | holds |
//! | --- | --- |
//! | `wire`, `gates` | affine functions of variables, and gates that are made once each |
//! | `eq`, `closed` | tables of eq and sums of vectors, in few gates |
//! | `symbols` | the challenges as wires, and vectors over them |
//! | `claims` | weights of terms, functionals, statements, masks |
//! | `forms`, `leading` | forms to a constant and to row weights |
//! | `table` | selectors and wiring, and the program that fills the wires |
//! | `index`, `polynomial` | the table's polynomials |
//! | `argument` | a prover's polynomials and values |
//! | `key` | the commitment to a table, and what shows that it is one |
//! | `agreement` | a table beside the native verifier |
#![forbid(unsafe_code)]

mod agreement;
mod argument;
mod claims;
mod closed;
mod eq;
mod error;
mod forms;
mod gates;
mod index;
mod key;
mod leading;
mod polynomial;
mod symbols;
mod table;
mod wire;

#[doc(hidden)]
pub use argument::Alterations;
pub use argument::{Argument, Permutation};
pub use error::EvaluationError;
pub use index::{Index, coefficients};
pub use key::{check_key, commit_key};
pub use table::Table;
