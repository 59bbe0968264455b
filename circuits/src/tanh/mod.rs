//! tanh: acc = round_half_up(2^output_scale tanh(x 2^-scale)), by a table. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::sigmoid::table;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    table(builder, node)
}
