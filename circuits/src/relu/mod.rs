//! relu: acc = x; the node saturates below at 0. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::value::{Source, Value};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    saturated(builder, node)
}

/// acc = x, rescaled and saturated to the node's bounds; x itself where that changes nothing.
pub(crate) fn saturated(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (_, mut values) = builder.inputs(node, 1..=1, true)?;
    let value = values.swap_remove(0);
    builder.view(node, value)
}

impl Builder<'_> {
    /// Node `node` with acc = `value`, seen in the node's shape already.
    pub fn view(&mut self, node: usize, value: Value) -> Result<Value, CompileError> {
        if self.passes(node, &value) {
            return Ok(Value { source: Source::Node(node), ..value });
        }
        if value.shape() != self.sizes(node)? {
            return Err(CompileError::Shape { node });
        }
        let maps = (0..value.digits.len()).map(Map::Same).collect();
        self.linear_node(node, value.range(), vec![Operand { value, maps }], &[1])
    }
}
