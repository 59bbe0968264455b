//! From a quantised model to a circuit, and from its trace to a witness.
//!
//! [`compile`] turns an architecture (`docs/arithmetic.md`) into statements about rows of cells
//! (`docs/protocol.md`), one folder per operator. [`Compiled::model_cells`] and [`Compiled::witness`] fill the rows.
//! [`check`] evaluates every statement by brute force: it is how tests show that an operator's
//! constraints hold for honest cells and for no others.
#![forbid(unsafe_code)]

mod architecture;
mod builder;
mod cells;
pub mod check;
mod choose;
mod compile;
mod contraction;
mod data_set;
mod error;
mod frame;
mod gas;
mod lookups;
mod model;
mod operators;
mod options;
mod padding;
mod product;
mod reader;
mod relation;
mod rescale;
mod score;
mod selection;
mod stats;
mod storage;
#[cfg(test)]
mod testing;
mod value;
mod widen;
mod windows;
mod witness;

mod add;
mod argmax;
mod average_pool;
mod clip;
mod concat;
mod conv;
mod gemm;
mod leaky_relu;
mod matmul;
mod max_pool;
mod mul;
mod pad;
mod reduce_mean;
mod relu;
mod reshape;
mod scale_shift;
mod sigmoid;
mod slice;
mod sub;
mod tanh;
mod transpose;

pub use architecture::{Architecture, Attribute, Node, Spec, decode_architecture};
pub use choose::choose;
pub use compile::{Compiled, Label, compile, compile_scored};
pub use data_set::{DataCircuit, DataSpec, Labels, Target, compile_data, decode_data_spec};
pub use error::CompileError;
pub use gas::Gas;
pub use model::{ModelLayout, ModelTensor, Plan, model_plans};
pub use options::{Goal, Options, Profile};
pub use relation::{
    CompiledRelation, RelatedSet, Relation, RelationError, RelationKind, Shards, compile_relation,
};
pub use score::{Bounds, Ratio, Reveal, Score, Task, Weights, decode_score};
pub use stats::{Stats, proving_bytes};
pub use witness::{Trace, Witness};
