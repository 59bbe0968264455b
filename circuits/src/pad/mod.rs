//! pad: acc = x inside, a public value outside. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::value::{Source, Value};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = &specs[0].shape;
    let rank = shape.len();
    let pads = builder.architecture.tuple(node, "pads", 2 * rank, 0..=1 << 20)?;
    let value = builder.architecture.integer(node, "value", -(1 << 47)..=1 << 47)?;
    let mut maps = vec![Map::Same(0)];
    for (axis, size) in shape.iter().enumerate() {
        let (begin, end) = (pads[axis], pads[rank + axis]);
        let from = u32::try_from(begin).map_err(|_| CompileError::TooLarge)?;
        maps.push(if begin == 0 && end == 0 {
            Map::Same(1 + axis)
        } else {
            let to = from.checked_add(*size).ok_or(CompileError::TooLarge)?;
            Map::Affine(Affine { axis: 1 + axis, from, to, taps: 1, stride: 1, dilation: 1, offset: -begin })
        });
    }
    let padded = (0..rank).map(|axis| i64::from(shape[axis]) + pads[axis] + pads[rank + axis]);
    builder.expect(node, padded.filter_map(|size| u32::try_from(size).ok()))?;
    let x = values.swap_remove(0);
    let (low, high) = x.range();
    let value = i128::from(value);
    let range = (low.min(value), high.max(value));
    // (x - value) inside and 0 outside, plus value everywhere
    let everywhere = Value {
        stored: None,
        weights: Vec::new(),
        constant: value,
        digits: Vec::new(),
        source: Source::None,
        ..x.clone()
    };
    let operands = vec![Operand { value: x, maps }, Operand { value: everywhere, maps: Vec::new() }];
    builder.padded(node, range, operands, value)
}

impl Builder<'_> {
    /// A linear node of the sum of two operands, the first of them less `value`. The subtraction comes after the operand may
    /// have been replaced by a copy, which holds the trace's integers.
    fn padded(
        &mut self,
        node: usize,
        range: (i128, i128),
        mut operands: Vec<Operand>,
        value: i128,
    ) -> Result<Value, CompileError> {
        let output = self.output(node, range, 0)?;
        let shape = self.sizes(node)?;
        let frame = self.fit(&shape, 0, &mut operands)?;
        operands[0].value.constant -= value;
        let statement = self.statement("accumulator");
        if let Some(scale) = self.rescale(statement, &output, &frame)? {
            for operand in &operands {
                self.linear(statement, -scale, operand, &frame)?;
            }
        }
        Ok(output.value())
    }
}
