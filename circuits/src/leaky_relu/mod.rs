//! leaky_relu: acc = x 2^16 where x >= 0, x slope where x < 0. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::scaled;
use crate::rescale::{add_limbs, limbs};
use crate::value::Value;
use crate::witness::Fill;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    builder.expect(node, specs[0].shape.iter().copied())?;
    let slope = i128::from(builder.architecture.integer(node, "slope", -(1 << 23)..=1 << 23)?);
    let x = values.swap_remove(0);
    let (low, high) = x.range();
    let maps: Vec<Map> = (0..x.digits.len()).map(Map::Same).collect();
    if low >= 0 || high <= 0 {
        // the input has one sign: nothing to decide
        let factor = if low >= 0 { 1 << 16 } else { slope };
        let range = scaled(x.range(), factor);
        return builder.linear_node(node, range, vec![Operand { value: x, maps }], &[factor]);
    }
    let limb = builder.limb();
    let positive = 0..limbs(high, limb);
    let negative = positive.end..positive.end + limbs(-low, limb);
    let ends = [low * slope, 0, high << 16];
    let range = (ends[0].min(0), ends[0].max(ends[2]));
    let output = builder.output(node, range, negative.end)?;
    let parts = |above: i128, below: i128| {
        let mut weights = output.cells.weights.clone();
        add_limbs(&mut weights, &positive, above, limb);
        add_limbs(&mut weights, &negative, below, limb);
        output.cells.with(weights, 0)
    };
    // x = p - n with p n = 0 leaves p = max(x, 0), n = max(-x, 0)
    builder.exclusive("sign", &parts(1, 0), &parts(0, 1))?;
    let shape = builder.sizes(node)?;
    let mut operands = vec![Operand { value: x.clone(), maps }];
    let frame = builder.fit(&shape, 0, &mut operands)?;
    let statement = builder.statement("parts");
    builder.linear(statement, 1, &output.same(parts(1, -1)), &frame)?;
    builder.linear(statement, -1, &operands[0], &frame)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.linear(statement, -scale, &output.same(parts(1 << 16, -slope)), &frame)?;
    }
    if let Some(stored) = &output.cells.stored {
        let source = x.source;
        builder.fills.push(Fill::new(Some(node), stored.tensor, move |trace, cells| {
            let values = trace.of(source)?;
            (values.len() == cells.elements()).then_some(())?;
            for (element, value) in values.iter().enumerate() {
                cells.limbs(&positive, element, i128::from(*value).max(0))?;
                cells.limbs(&negative, element, (-i128::from(*value)).max(0))?;
            }
            Some(())
        }));
    }
    Ok(output.value())
}
