//! mul: acc = a b, axes broadcast. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::operators::products;
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (_, values) = builder.inputs(node, 2..=2, false)?;
    let output = builder.output(node, products(1, values[0].range(), values[1].range()), 0)?;
    let mut operands = builder.elementwise(node)?;
    let shape = builder.sizes(node)?;
    let frame = builder.fit(&shape, 0, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.product(statement, scale, &operands[0], &operands[1], &frame)?;
    }
    Ok(output.value())
}
