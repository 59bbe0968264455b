//! sigmoid: acc = round_half_up(2^output_scale / (1 + exp(-x 2^-scale))), by a table. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::value::{Source, Value};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    table(builder, node)
}

/// y = table\[x - low\], saturated to the node's bounds: pairs (x, y) are looked up.
pub(crate) fn table(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    builder.expect(node, specs[0].shape.iter().copied())?;
    let architecture = builder.architecture;
    let declared = &architecture.nodes[node];
    let images = builder.images.next().filter(|images| images.len() == 1 << specs[0].bits);
    let Some(mut images) = images else { return Err(CompileError::Tables { expected: 1, found: 0 }) };
    if declared.shift != 0 {
        return Err(CompileError::Rescale { node });
    }
    // bounds are bounds of 16 bits
    let (least, most) = (i32::try_from(declared.low), i32::try_from(declared.high));
    let (Ok(least), Ok(most)) = (least, most) else { return Err(CompileError::Rescale { node }) };
    images.iter_mut().for_each(|image| *image = (*image).clamp(least, most));
    let (low, high) = (images.iter().min(), images.iter().max());
    let (Some(low), Some(high)) = (low, high) else { return Err(CompileError::Rescale { node }) };
    let x = values.swap_remove(0);
    let (low, high) = (i64::from(*low), i64::from(*high));
    let y = builder.limbs_of(&Value { low, high, source: Source::Node(node), ..x.clone() })?;
    builder.function_lookup(x, y.clone(), specs[0].low(), images)?;
    Ok(y)
}
