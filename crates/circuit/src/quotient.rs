//! How a prover fills helper cells that are quotients of two functionals: inverses of row fingerprints, for example. No part of
//! the canonical description: a verifier needs none of it.

use crate::ir::Functional;

/// Helper element x is numerator(x) / denominator(x), for all 2^n boolean points x of functionals of n variables. Terms of the
/// circuit have to say so: helper(x) denominator(x) - numerator(x) = 0.
///
/// Neither functional may look at r, which is drawn after the helpers are committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotient {
    /// Tensor of the quotients in `Region::Helper`: its elements in row-major order are those of x, coordinate 0 the most
    /// significant bit.
    pub helper: u32,
    /// Need not be one of the circuit's.
    pub numerator: Functional,
    /// Functional of the circuit.
    pub denominator: u32,
}
