//! Where constants lie in the model's rows.
//!
//! A constant is stored with its natural axes but for a convolution's weights, which are stored as \[kernel.., o, c\] so
//! that kernel offsets, of which there are few, are the enumerated axes. Axes of size 1 are dropped, the last axis is
//! padded to a power of two. What the commitment's layout sees is that box with its inner part (the longest suffix of
//! axes that are powers of two, at most a row) flattened, so that its alignment is the one that a circuit needs.

use zkattest_circuit::ir::{Axis, Region};
use zkattest_commitment::{Layout, TensorShape};

use crate::architecture::Architecture;
use crate::builder::{Builder, number};
use crate::compile::Compiled;
use crate::error::CompileError;
use crate::storage;
use crate::value::{Source, Stored, Value, whole};

/// A constant as the commitment's layout knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTensor {
    /// Leading axes and the flattened inner part; empty for a scalar.
    pub shape: Vec<u64>,
    /// Declared bits: tensors of one width share rows.
    pub group: u8,
    /// First cell, through the model's rows laid end to end.
    pub base: u64,
    /// Cells of the constant's elements, in its own row-major order, relative to `base`: strides by axis.
    pub(crate) strides: Vec<u64>,
    pub(crate) sizes: Vec<u32>,
}

/// The model's part of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelLayout {
    /// By constant.
    pub tensors: Vec<ModelTensor>,
    /// Rows of each group: bits, first row, number of rows.
    pub groups: Vec<(u8, u32, u32)>,
    /// Rows.
    pub rows: u32,
}

/// Whether constant `tensor` is a convolution's kernel.
fn is_kernel(architecture: &Architecture, tensor: usize) -> bool {
    architecture.nodes.iter().any(|node| node.op == "conv" && node.inputs.get(1) == Some(&tensor))
}

impl Builder<'_> {
    /// Place all constants and make their values.
    pub fn constants(&mut self) -> Result<ModelLayout, CompileError> {
        let log_row = self.options.log_row;
        let mut tensors = Vec::new();
        let mut indices = Vec::new();
        for constant in 0..self.architecture.constants {
            let spec = &self.architecture.tensors[1 + constant];
            let rank = spec.shape.len();
            let order: Vec<usize> = if is_kernel(self.architecture, 1 + constant) && rank > 2 {
                (2..rank).chain([0, 1]).collect()
            } else {
                (0..rank).collect()
            };
            let stored: Vec<usize> = order.into_iter().filter(|axis| spec.shape[*axis] > 1).collect();
            let sizes: Vec<u32> = stored.iter().map(|axis| spec.shape[*axis]).collect();
            let axes = storage::axes(&sizes, log_row)?;
            let mut strides = vec![0; rank];
            let mut stride = 1u64;
            let mut digits = vec![Vec::new(); rank];
            for (position, axis) in stored.iter().enumerate().rev() {
                strides[*axis] = stride;
                stride *= u64::from(axes[position].allotted);
                digits[*axis] = whole(sizes[position], position);
            }
            tensors.push(ModelTensor {
                shape: flattened(&axes, log_row),
                group: spec.bits,
                base: 0,
                strides,
                sizes: spec.shape.clone(),
            });
            let tensor = self.tensor(Region::Model, axes);
            indices.push(tensor);
            self.values.push(Value {
                stored: Some(Stored { tensor, slots: 0, axes: sizes }),
                weights: Vec::new(),
                constant: 0,
                low: spec.low(),
                high: spec.high(),
                digits,
                source: Source::None,
            });
        }
        let layout = place(tensors, log_row)?;
        for (tensor, index) in layout.tensors.iter().zip(indices) {
            self.circuit.tensors[index as usize].base = tensor.base;
        }
        self.circuit.rows[Region::Model as usize] = layout.rows;
        Ok(layout)
    }
}

fn flattened(axes: &[Axis], log_row: u8) -> Vec<u64> {
    let inner = storage::inner(axes, log_row);
    let mut left = inner;
    let mut cut = axes.len();
    while left > 1 && cut > 0 {
        cut -= 1;
        left /= u64::from(axes[cut].allotted);
    }
    let mut shape: Vec<u64> = axes[..cut].iter().map(|axis| u64::from(axis.size)).collect();
    if !axes.is_empty() {
        shape.push(inner);
    }
    shape
}

fn place(mut tensors: Vec<ModelTensor>, log_row: u8) -> Result<ModelLayout, CompileError> {
    if tensors.is_empty() {
        return Ok(ModelLayout::default());
    }
    let shapes = tensors
        .iter()
        .enumerate()
        .map(|(index, tensor)| TensorShape {
            name: index.to_string(),
            shape: tensor.shape.clone(),
            group: tensor.group,
        })
        .collect();
    let layout = Layout::pack(1 << log_row, shapes).map_err(|_| CompileError::TooLarge)?;
    for (tensor, place) in tensors.iter_mut().zip(layout.places()) {
        tensor.base = (place.row << log_row) + place.offset;
    }
    let rows = u32::try_from(layout.rows()).map_err(|_| CompileError::TooLarge)?;
    let mut starts: Vec<(u8, u32)> = Vec::new();
    for tensor in &tensors {
        let row = number(usize::try_from(tensor.base >> log_row).unwrap_or(usize::MAX));
        match starts.iter_mut().find(|(group, _)| *group == tensor.group) {
            Some((_, first)) => *first = row.min(*first),
            None => starts.push((tensor.group, row)),
        }
    }
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|(_, first)| *first).chain([rows]);
    let groups = starts.iter().zip(ends).map(|((group, first), end)| (*group, *first, end - first)).collect();
    Ok(ModelLayout { tensors, groups, rows })
}

impl Compiled {
    /// The model's rows, rows * m cells.
    ///
    /// # Errors
    /// Another number of constants, or one of another length or out of its declared range.
    pub fn model_cells(&self, constants: &[&[i64]]) -> Result<Vec<i16>, CompileError> {
        let layout = &self.model;
        if constants.len() != layout.tensors.len() {
            return Err(CompileError::Constant { constant: constants.len().min(layout.tensors.len()) });
        }
        let mut cells = vec![0i16; (layout.rows as usize) << self.circuit.log_row];
        for (constant, (values, tensor)) in constants.iter().zip(&layout.tensors).enumerate() {
            let fail = CompileError::Constant { constant };
            let elements: usize = tensor.sizes.iter().map(|size| *size as usize).product();
            let limit = 1i64 << (tensor.group - 1);
            if values.len() != elements || values.iter().any(|value| !(-limit..limit).contains(value)) {
                return Err(fail);
            }
            for (element, value) in values.iter().enumerate() {
                let mut left = element as u64;
                let mut cell = tensor.base;
                for (size, stride) in tensor.sizes.iter().zip(&tensor.strides).rev() {
                    cell += left % u64::from(*size) * stride;
                    left /= u64::from(*size);
                }
                let cell = usize::try_from(cell).ok().and_then(|cell| cells.get_mut(cell));
                *cell.ok_or_else(|| fail.clone())? = i16::try_from(*value).map_err(|_| fail.clone())?;
            }
        }
        Ok(cells)
    }
}
