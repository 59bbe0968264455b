//! The operators by name: one folder each, next to this file.

use crate::architecture::Spec;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::value::Value;

/// Whether the operator is a public table of one variable.
pub(crate) fn is_function(op: &str) -> bool {
    matches!(op, "sigmoid" | "tanh")
}

/// Add what proves node `node`; its value.
pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let value = match builder.architecture.nodes[node].op.as_str() {
        "add" => crate::add::build(builder, node),
        "argmax" => crate::argmax::build(builder, node),
        "average_pool" => crate::average_pool::build(builder, node),
        "clip" => crate::clip::build(builder, node),
        "concat" => crate::concat::build(builder, node),
        "conv" => crate::conv::build(builder, node),
        "gemm" => crate::gemm::build(builder, node),
        "leaky_relu" => crate::leaky_relu::build(builder, node),
        "matmul" => crate::matmul::build(builder, node),
        "max_pool" => crate::max_pool::build(builder, node),
        "mul" => crate::mul::build(builder, node),
        "pad" => crate::pad::build(builder, node),
        "reduce_mean" => crate::reduce_mean::build(builder, node),
        "relu" => crate::relu::build(builder, node),
        "reshape" => crate::reshape::build(builder, node),
        "scale_shift" => crate::scale_shift::build(builder, node),
        "sigmoid" => crate::sigmoid::build(builder, node),
        "slice" => crate::slice::build(builder, node),
        "sub" => crate::sub::build(builder, node),
        "tanh" => crate::tanh::build(builder, node),
        "transpose" => crate::transpose::build(builder, node),
        op => Err(CompileError::Operator { node, op: op.to_owned() }),
    }?;
    let declared = builder.sizes(node)?;
    if value.shape() == declared { Ok(value) } else { Err(CompileError::Shape { node }) }
}

impl<'a> Builder<'a> {
    /// Specs and values of the node's inputs: the first is an activation, the others constants where `constants`.
    pub fn inputs(
        &self,
        node: usize,
        count: std::ops::RangeInclusive<usize>,
        constants: bool,
    ) -> Result<(Vec<&'a Spec>, Vec<Value>), CompileError> {
        let architecture = self.architecture;
        let inputs = &architecture.nodes[node].inputs;
        let kinds = inputs.iter().enumerate();
        let fits = |(position, tensor): (usize, &usize)| architecture.is_constant(*tensor) == (position > 0);
        if !count.contains(&inputs.len()) || (constants && !kinds.clone().all(fits)) {
            return Err(CompileError::Inputs { node });
        }
        let values = inputs.iter().map(|tensor| self.values[*tensor].clone()).collect();
        Ok((architecture.input_specs(node), values))
    }

    /// Refuse a node whose declared output shape is not `computed`.
    pub fn expect(&self, node: usize, computed: impl IntoIterator<Item = u32>) -> Result<(), CompileError> {
        let declared = &self.architecture.tensors[self.architecture.output_of(node)].shape;
        let fits = declared.iter().copied().eq(computed);
        if fits { Ok(()) } else { Err(CompileError::Shape { node }) }
    }

    /// A view of an activation as it is: a node with shift 0 whose bounds contain its input's range computes nothing.
    pub fn passes(&self, node: usize, value: &Value) -> bool {
        let declared = &self.architecture.nodes[node];
        declared.shift == 0 && declared.low <= value.low && value.high <= declared.high
    }

    /// The two operands of an elementwise node.
    pub fn elementwise(&self, node: usize) -> Result<Vec<Operand>, CompileError> {
        let (specs, values) = self.inputs(node, 2..=2, false)?;
        let shape = &self.architecture.tensors[self.architecture.output_of(node)].shape;
        let rank = shape.len();
        let sizes = broadcast_shape(&specs[0].shape, &specs[1].shape);
        self.expect(node, sizes.ok_or(CompileError::Inputs { node })?)?;
        let mut operands = Vec::new();
        for (position, value) in values.into_iter().enumerate() {
            let activation = !self.architecture.is_constant(self.architecture.nodes[node].inputs[position]);
            operands.push(self.broadcast(value, activation, rank)?);
        }
        Ok(operands)
    }

    /// An operand that broadcasts as in NumPy to outputs of rank `rank` (the sample axis not counted).
    pub fn broadcast(&self, value: Value, activation: bool, rank: usize) -> Result<Operand, CompileError> {
        let sample = usize::from(activation);
        let shape = value.shape();
        let own = shape.len() - sample;
        let mut maps = vec![Map::Same(0); sample];
        let skipped = rank.checked_sub(own).ok_or(CompileError::TooLarge)?;
        for (axis, size) in shape[sample..].iter().enumerate() {
            // an axis of size 1 repeats: it has no digits to follow with
            maps.push(if *size == 1 { Map::Sum } else { Map::Same(1 + skipped + axis) });
        }
        Ok(Operand { value, maps })
    }
}

/// Shape that two shapes broadcast to, as in NumPy; None where they do not.
pub(crate) fn broadcast_shape(a: &[u32], b: &[u32]) -> Option<Vec<u32>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[u32], axis: usize| {
        (axis + shape.len()).checked_sub(rank).map_or(1, |position| shape[position])
    };
    let sizes = (0..rank).map(|axis| match (size(a, axis), size(b, axis)) {
        (x, y) if x == y => Some(x),
        (1, x) | (x, 1) => Some(x),
        _ => None,
    });
    sizes.collect()
}

/// Range of a sum of `count` products, each of values in two ranges; a sum may also be of none.
pub(crate) fn products(count: u64, left: (i128, i128), right: (i128, i128)) -> (i128, i128) {
    let corners = [left.0 * right.0, left.0 * right.1, left.1 * right.0, left.1 * right.1];
    let count = i128::from(count);
    let (mut low, mut high) = (corners[0], corners[0]);
    for corner in corners {
        (low, high) = (low.min(corner), high.max(corner));
    }
    (low * count, high * count)
}

/// A range times a public factor.
pub(crate) fn scaled(range: (i128, i128), factor: i128) -> (i128, i128) {
    let (a, b) = (range.0 * factor, range.1 * factor);
    (a.min(b), a.max(b))
}

/// The sum of two ranges.
pub(crate) fn sum(a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    (a.0 + b.0, a.1 + b.1)
}
