//! add: acc = a 2^left_shift_a + b 2^left_shift_b, axes broadcast. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::operators::{scaled, sum};
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    aligned(builder, node, 1)
}

/// a 2^left_shift_a + sign * b 2^left_shift_b.
pub(crate) fn aligned(builder: &mut Builder<'_>, node: usize, sign: i128) -> Result<Value, CompileError> {
    let shifts = builder.architecture.tuple(node, "left_shifts", 2, 0..=62)?;
    let operands = builder.elementwise(node)?;
    let coefficients = [1i128 << shifts[0], sign << shifts[1]];
    let ranges: Vec<_> = operands
        .iter()
        .zip(coefficients)
        .map(|(operand, coefficient)| scaled(operand.value.range(), coefficient))
        .collect();
    builder.linear_node(node, sum(ranges[0], ranges[1]), operands, &coefficients)
}
