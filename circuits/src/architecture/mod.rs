//! The public part of a quantised model: shapes, widths, scales and nodes, no values.
//!
//! `docs/arithmetic.md` defines what a node computes. Only what a circuit needs is checked here; everything
//! else was checked when the model was made.

mod codec;
#[cfg(test)]
mod tests;

use crate::error::CompileError;

pub use codec::decode_architecture;

/// Bound of |accumulator| + rounding, as the executor's.
pub const ACCUMULATOR_LIMIT: i128 = 1 << 62;

/// A declared tensor: integers in [-2^(bits-1), 2^(bits-1) - 1].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Sizes, row-major.
    pub shape: Vec<u32>,
    /// Width, 8 to 16.
    pub bits: u8,
    /// Power-of-two exponent of the scale.
    pub scale: i64,
}

impl Spec {
    /// Lowest integer.
    pub fn low(&self) -> i64 {
        -(1 << (self.bits - 1))
    }

    /// Highest integer.
    pub fn high(&self) -> i64 {
        (1 << (self.bits - 1)) - 1
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().map(|size| *size as usize).product()
    }
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// One integer.
    Integer(i64),
    /// A tuple.
    Tuple(Vec<i64>),
}

/// One operation; its output is tensor 1 + constants + its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Operator.
    pub op: String,
    /// Indices of the tensors read.
    pub inputs: Vec<usize>,
    /// By name.
    pub attributes: Vec<(String, Attribute)>,
    /// Right shift of the accumulator.
    pub shift: u8,
    /// Lower saturation bound.
    pub low: i64,
    /// Upper saturation bound.
    pub high: i64,
}

/// A quantised model without its constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// Input, constants, node outputs.
    pub tensors: Vec<Spec>,
    /// Number of constants.
    pub constants: usize,
    /// In topological order.
    pub nodes: Vec<Node>,
    /// Index of the output tensor, computed by a node.
    pub output: usize,
}

impl Architecture {
    /// Tensor that node `node` computes.
    pub fn output_of(&self, node: usize) -> usize {
        1 + self.constants + node
    }

    /// Whether tensor `tensor` is a constant.
    pub fn is_constant(&self, tensor: usize) -> bool {
        (1..=self.constants).contains(&tensor)
    }

    /// Declared tensors that node `node` reads.
    pub(crate) fn input_specs(&self, node: usize) -> Vec<&Spec> {
        self.nodes[node].inputs.iter().map(|tensor| &self.tensors[*tensor]).collect()
    }

    /// Widths, sizes, indices, shifts and bounds; operators check the rest.
    pub(crate) fn validate(&self) -> Result<(), CompileError> {
        if self.nodes.is_empty() || self.tensors.len() != 1 + self.constants + self.nodes.len() {
            return Err(CompileError::Tensor { tensor: 0 });
        }
        for (tensor, spec) in self.tensors.iter().enumerate() {
            let elements =
                spec.shape.iter().try_fold(1u64, |count, size| count.checked_mul(u64::from(*size)));
            let sized = elements.is_some_and(|count| (1..=1 << 28).contains(&count));
            if !(8..=16).contains(&spec.bits) || !sized || spec.shape.len() > 16 {
                return Err(CompileError::Tensor { tensor });
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let output = self.output_of(index);
            let spec = &self.tensors[output];
            let reads = node.inputs.iter().any(|tensor| !self.is_constant(*tensor));
            if !reads || node.inputs.iter().any(|tensor| *tensor >= output) {
                return Err(CompileError::Inputs { node: index });
            }
            let bounds = spec.low() <= node.low && node.low <= node.high && node.high <= spec.high();
            if node.shift > 62 || !bounds {
                return Err(CompileError::Rescale { node: index });
            }
        }
        if self.output < 1 + self.constants || self.output >= self.tensors.len() {
            return Err(CompileError::Tensor { tensor: self.output });
        }
        Ok(())
    }

    /// Integer attribute of node `node` in `range`.
    pub(crate) fn integer(
        &self,
        node: usize,
        name: &'static str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, CompileError> {
        match self.attribute(node, name) {
            Some(Attribute::Integer(value)) if range.contains(value) => Ok(*value),
            _ => Err(CompileError::Attribute { node, name }),
        }
    }

    /// Tuple attribute of node `node`: `length` integers, each in `range`.
    pub(crate) fn tuple(
        &self,
        node: usize,
        name: &'static str,
        length: usize,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Vec<i64>, CompileError> {
        match self.attribute(node, name) {
            Some(Attribute::Tuple(values))
                if values.len() == length && values.iter().all(|value| range.contains(value)) =>
            {
                Ok(values.clone())
            }
            _ => Err(CompileError::Attribute { node, name }),
        }
    }

    /// Attribute `axes` of node `node`: ascending, below `rank`, not empty.
    pub(crate) fn axes(&self, node: usize, rank: usize) -> Result<Vec<usize>, CompileError> {
        let fail = CompileError::Attribute { node, name: "axes" };
        let Some(Attribute::Tuple(axes)) = self.attribute(node, "axes") else { return Err(fail) };
        let axes: Vec<usize> = axes.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect();
        let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
        let valid = ascending && axes.last().is_some_and(|last| *last < rank);
        if valid { Ok(axes) } else { Err(fail) }
    }

    /// The attribute, if present.
    pub(crate) fn attribute(&self, node: usize, name: &str) -> Option<&Attribute> {
        self.nodes[node].attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}
