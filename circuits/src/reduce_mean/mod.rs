//! reduce_mean: acc = (sum of x over axes) * round_half_up(2^reciprocal_bits / count). See `README.md`.

use crate::average_pool::reciprocal;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::scaled;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = &specs[0].shape;
    let architecture = builder.architecture;
    let axes = architecture.axes(node, shape.len())?;
    let keep = architecture.integer(node, "keepdims", 0..=1)? == 1;
    let bits = architecture.integer(node, "reciprocal_bits", 0..=44)?;
    let mut maps = vec![Map::Same(0)];
    let mut next = 1;
    for axis in 0..shape.len() {
        let summed = axes.contains(&axis);
        maps.push(if summed { Map::Sum } else { Map::Same(next) });
        next += usize::from(!summed || keep);
    }
    let sizes = shape.iter().enumerate().filter_map(|(axis, size)| match (axes.contains(&axis), keep) {
        (true, true) => Some(1),
        (true, false) => None,
        (false, _) => Some(*size),
    });
    builder.expect(node, sizes)?;
    let count: i128 = axes.iter().map(|axis| i128::from(shape[*axis])).product();
    let multiplier = reciprocal(count, bits);
    let value = values.swap_remove(0);
    let range = scaled(value.range(), count * multiplier);
    builder.linear_node(node, range, vec![Operand { value, maps }], &[multiplier])
}
