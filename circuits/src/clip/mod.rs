//! clip: acc = x; the node saturates to its limits. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::relu::saturated;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    saturated(builder, node)
}
