//! The native proof system: circuits of models, the prover, the verifier.

mod circuit;
mod errors;
mod prover;
mod supervise;
mod verifier;

pub use circuit::{NativeCircuit, NativeWitness, model_plans, sumcheck_choose};
pub use prover::{sumcheck_prove, sumcheck_register};
pub use verifier::NativeVerifier;
