//! transpose: acc\[i_0, i_1, ..\] = x\[..\] with i_k at axis perm\[k\]: a view, without cells. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::value::{Source, Value};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let rank = specs[0].shape.len();
    let perm = builder.architecture.tuple(node, "perm", rank, 0..=15)?;
    let perm: Vec<usize> = perm.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect();
    if (0..rank).any(|axis| !perm.contains(&axis)) {
        return Err(CompileError::Attribute { node, name: "perm" });
    }
    let value = values.swap_remove(0);
    let mut digits = vec![value.digits[0].clone()];
    digits.extend(perm.iter().map(|axis| value.digits[1 + axis].clone()));
    // no trace holds the input in this order but the node's own output, which may be saturated
    let source = if builder.passes(node, &value) { Source::Node(node) } else { Source::None };
    builder.view(node, Value { digits, source, ..value })
}
