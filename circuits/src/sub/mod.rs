//! sub: acc = a 2^left_shift_a - b 2^left_shift_b, axes broadcast. See `README.md`.

use crate::add::aligned;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    aligned(builder, node, -1)
}
