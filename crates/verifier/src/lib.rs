//! The native verifier of proof system `sumcheck-bn254-v1` (`docs/protocol.md`, "Verifier").
//!
//! [`verify`] interprets a circuit's description: it knows no operators. Its steps carry the numbers of the page.
//!
//! | module | steps |
//! | --- | --- |
//! | [`proof`] | 1: shape |
//! | [`verifier`] | 2, 3: binding, and the order of all others |
//! | [`sumcheck`] | 4, 5, 7: rounds |
//! | [`claims`] | 5, 6: weights of terms, functionals, statements, masks |
//! | [`functionals`], [`rows`], [`closed`] | 6, 8: forms to a constant and to row weights |
//! | [`evaluation`] | 5, 6, 8: all that follows from the challenges alone |
//! | [`opening`] | 9, 10: Mercury's identity and the pairing |
//! | [`argument`] | 9, 10: what the evaluation argument adds to them |
//!
//! What the caller still has to check: that `tau_g2`, `model_rows` and the evaluation key are those of the verifying
//! key and valid points, that the oracle is started from the digests of circuit, key and statement, and that the identities of
//! the data and output rows ([`region_rows`]) are those of the statement.
//!
//! No unsafe code, no indexing, no casts, no hash maps, no clocks.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

pub mod argument;
pub mod claims;
pub mod closed;
pub mod error;
pub mod evaluation;
pub mod functionals;
pub mod opening;
pub mod proof;
pub mod rows;
pub mod sumcheck;
pub mod verifier;

pub use argument::EvaluationKey;
pub use error::VerifyError;
pub use proof::region_rows;
pub use verifier::verify;
#[doc(hidden)]
pub use verifier::verify_argument;
