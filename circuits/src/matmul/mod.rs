//! matmul: acc\[.., m, n\] = sum over k of a\[.., m, k\] b\[.., k, n\], leading axes broadcast. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::{broadcast_shape, products};
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, values) = builder.inputs(node, 2..=2, false)?;
    let (a, b) = (&specs[0].shape, &specs[1].shape);
    if a.len() < 2 || b.len() < 2 || a.last() != b.get(b.len() - 2) {
        return Err(CompileError::Inputs { node });
    }
    let depth = a[a.len() - 1];
    let leading =
        broadcast_shape(&a[..a.len() - 2], &b[..b.len() - 2]).ok_or(CompileError::Inputs { node })?;
    builder.expect(node, leading.into_iter().chain([a[a.len() - 2], b[b.len() - 1]]))?;
    let output = builder.output(node, products(u64::from(depth), values[0].range(), values[1].range()), 0)?;
    let shape = builder.sizes(node)?;
    let rank = shape.len() - 1;
    let mut operands = Vec::new();
    for (position, value) in values.into_iter().enumerate() {
        let activation = !builder.architecture.is_constant(builder.architecture.nodes[node].inputs[position]);
        let mut operand = builder.broadcast(value, activation, rank)?;
        let last = operand.maps.len() - 1;
        // rows and columns are no broadcast axes
        (operand.maps[last - 1], operand.maps[last]) = if position == 0 {
            (Map::Same(rank - 1), Map::Contract(0))
        } else {
            (Map::Contract(0), Map::Same(rank))
        };
        operands.push(operand);
    }
    let frame = builder.fit(&shape, 1, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        let [left, right]: &[Operand; 2] =
            operands.as_slice().try_into().map_err(|_| CompileError::Inputs { node })?;
        builder.product(statement, scale, left, right, &frame)?;
    }
    Ok(output.value())
}
