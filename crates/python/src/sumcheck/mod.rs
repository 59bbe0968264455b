//! The native proof system: circuits of models, the prover, the verifier.

mod circuit;
mod data_set;
mod errors;
mod evaluation;
mod placing;
mod prover;
mod relation;
mod supervise;
mod verifier;

pub use circuit::{NativeCircuit, NativeWitness, model_plans, sumcheck_choose};
pub use data_set::NativeDataCircuit;
pub use prover::{sumcheck_prove, sumcheck_prove_relation, sumcheck_register, sumcheck_register_data};
pub use relation::NativeRelation;
pub use verifier::NativeVerifier;
