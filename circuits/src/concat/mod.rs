//! concat: acc = the inputs x_i 2^left_shift_i, one after the other along an axis. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::operators::scaled;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, values) = builder.inputs(node, 1..=255, false)?;
    let architecture = builder.architecture;
    let rank = i64::try_from(specs[0].shape.len()).unwrap_or(i64::MAX);
    let axis = usize::try_from(architecture.integer(node, "axis", 0..=rank - 1)?).unwrap_or(usize::MAX);
    let shifts = architecture.tuple(node, "left_shifts", specs.len(), 0..=62)?;
    let shape = builder.sizes(node)?;
    if shape.len() != 1 + specs[0].shape.len() {
        return Err(CompileError::Shape { node });
    }
    let mut operands = Vec::new();
    let mut range = (i128::MAX, i128::MIN);
    let mut start = 0u32;
    for (position, value) in values.into_iter().enumerate() {
        let size = specs[position].shape.get(axis).copied().ok_or(CompileError::Inputs { node })?;
        let mut expected = shape.clone();
        expected[1 + axis] = size;
        if specs[position].shape != expected[1..] {
            return Err(CompileError::Inputs { node });
        }
        let end = start.checked_add(size).ok_or(CompileError::TooLarge)?;
        let sample = usize::from(!architecture.is_constant(architecture.nodes[node].inputs[position]));
        let mut maps: Vec<Map> = (1 - sample..shape.len()).map(Map::Same).collect();
        maps[sample + axis] = Map::Affine(Affine {
            axis: 1 + axis,
            from: start,
            to: end,
            taps: 1,
            stride: 1,
            dilation: 1,
            offset: -i64::from(start),
        });
        let (low, high) = scaled(value.range(), 1 << shifts[position]);
        range = (range.0.min(low), range.1.max(high));
        operands.push(Operand { value, maps });
        start = end;
    }
    if start != shape[1 + axis] {
        return Err(CompileError::Shape { node });
    }
    let coefficients: Vec<i128> = shifts.iter().map(|shift| 1 << shift).collect();
    builder.linear_node(node, range, operands, &coefficients)
}
