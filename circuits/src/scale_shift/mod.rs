//! scale_shift: acc\[n, c, ..\] = x\[n, c, ..\] w\[c\] + b\[c\] 2^bias_shift. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::{products, scaled, sum};
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, values) = builder.inputs(node, 3..=3, true)?;
    let x = &specs[0].shape;
    if x.len() < 2 || specs[1].shape != x[1..2] || specs[2].shape != x[1..2] {
        return Err(CompileError::Inputs { node });
    }
    builder.expect(node, x.iter().copied())?;
    let shift = builder.architecture.integer(node, "bias_shift", 0..=62)?;
    let range = sum(products(1, values[0].range(), values[1].range()), scaled(values[2].range(), 1 << shift));
    let output = builder.output(node, range, 0)?;
    let shape = builder.sizes(node)?;
    let maps = (0..shape.len()).map(Map::Same).collect();
    let mut operands = vec![Operand { value: values[0].clone(), maps }];
    operands
        .extend(values[1..].iter().map(|value| Operand { value: value.clone(), maps: vec![Map::Same(2)] }));
    let frame = builder.fit(&shape, 0, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.product(statement, scale, &operands[0], &operands[1], &frame)?;
        builder.linear(statement, -scale << shift, &operands[2], &frame)?;
    }
    Ok(output.value())
}
