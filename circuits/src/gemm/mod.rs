//! gemm: acc\[m, n\] = sum over k of x\[m, k\] w\[k, n\] + b\[n\] 2^bias_shift. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::{products, scaled, sum};
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, values) = builder.inputs(node, 2..=3, true)?;
    let (x, w) = (&specs[0].shape, &specs[1].shape);
    let rank = x.len();
    let channels = w.last().copied();
    let bias_fits = specs
        .get(2)
        .is_none_or(|bias| Some(bias.shape.as_slice()) == channels.as_ref().map(std::slice::from_ref));
    if rank < 2 || w.len() != 2 || x.last() != w.first() || !bias_fits {
        return Err(CompileError::Inputs { node });
    }
    builder.expect(node, x[..rank - 1].iter().chain(&w[1..]).copied())?;
    let shift = builder.architecture.integer(node, "bias_shift", 0..=62)?;
    let mut range = products(u64::from(w[0]), values[0].range(), values[1].range());
    if let Some(bias) = values.get(2) {
        range = sum(range, scaled(bias.range(), 1 << shift));
    }
    let output = builder.output(node, range, 0)?;

    // sample and leading axes of x follow the output, k is contracted
    let mut left: Vec<Map> = (0..rank).map(Map::Same).collect();
    left.push(Map::Contract(0));
    let mut operands = vec![
        Operand { value: values[0].clone(), maps: left },
        Operand { value: values[1].clone(), maps: vec![Map::Contract(0), Map::Same(rank)] },
    ];
    operands.extend(values.get(2).map(|bias| Operand { value: bias.clone(), maps: vec![Map::Same(rank)] }));
    let shape = builder.sizes(node)?;
    let frame = builder.fit(&shape, 1, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.product(statement, scale, &operands[0], &operands[1], &frame)?;
        if let Some(bias) = operands.get(2) {
            builder.linear(statement, -scale << shift, bias, &frame)?;
        }
    }
    Ok(output.value())
}
