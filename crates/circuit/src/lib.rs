//! What is proved: the canonical description of tensors, functionals, terms and statements.
#![forbid(unsafe_code)]

pub mod ir;
pub mod lookup;
