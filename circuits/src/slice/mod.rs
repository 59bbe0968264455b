//! slice: acc\[i, ..\] = x\[start + step i, ..\] on each axis. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::value::Value;

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = &specs[0].shape;
    let architecture = builder.architecture;
    let limit = 1 << 28;
    let starts = architecture.tuple(node, "starts", shape.len(), 0..=limit)?;
    let steps = architecture.tuple(node, "steps", shape.len(), -limit..=limit)?;
    let sizes = architecture.tuple(node, "sizes", shape.len(), 1..=limit)?;
    let mut maps = vec![Map::Same(0)];
    for (axis, size) in shape.iter().enumerate() {
        let (start, step, count) = (starts[axis], steps[axis], sizes[axis]);
        let last = start + step * (count - 1);
        let inside = 0..i64::from(*size);
        if step == 0 || !inside.contains(&start) || !inside.contains(&last) {
            return Err(CompileError::Attribute { node, name: "starts" });
        }
        let whole = step == 1 && count == i64::from(*size);
        maps.push(if whole {
            Map::Same(1 + axis)
        } else {
            Map::Affine(Affine {
                axis: 1 + axis,
                from: 0,
                to: u32::try_from(count).map_err(|_| CompileError::TooLarge)?,
                taps: 1,
                stride: step,
                dilation: 1,
                offset: start,
            })
        });
    }
    builder.expect(node, sizes.iter().filter_map(|size| u32::try_from(*size).ok()))?;
    let value = values.swap_remove(0);
    builder.linear_node(node, value.range(), vec![Operand { value, maps }], &[1])
}
