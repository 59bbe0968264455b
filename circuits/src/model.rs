//! Where constants lie in the model's rows.
//!
//! A constant is stored with its natural axes but for a convolution's weights, which are stored as \[kernel.., o, c\] so
//! that kernel offsets, of which there are few, are the enumerated axes. Axes of size 1 are dropped, the last axis is
//! padded to a power of two; in padded mode every axis that fits into a row with those after it (`padding`), and the
//! axis that a product sums has the digits of the activation (`contraction`). What the commitment's layout sees is that box with its inner part (the longest suffix of
//! axes that are powers of two, at most a row) flattened, so that its alignment is the one that a circuit needs.

use zkattest_circuit::ir::{Axis, Region};
use zkattest_commitment::{Layout, TensorShape};

use crate::architecture::{Architecture, Attribute};
use crate::builder::{Builder, number};
use crate::compile::Compiled;
use crate::contraction;
use crate::error::CompileError;
use crate::options::Options;
use crate::padding::{self, Extent};
use crate::storage;
use crate::value::{Digit, Source, Stored, Value, whole};

/// A constant as the commitment's layout knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTensor {
    /// Leading axes and the flattened inner part; empty for a scalar.
    pub shape: Vec<u64>,
    /// Declared bits: tensors of one width share rows.
    pub group: u8,
    /// First cell, through the model's rows laid end to end.
    pub base: u64,
    /// Where the elements lie in the box.
    pub plan: Plan,
}

/// How the elements of a constant lie in its box. Row-major over `digits`, the constant's axes cut, they are its elements in
/// its own order; digit `order[i]` is axis i of the box, which has room for `cells[i]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Sizes, all larger than 1.
    pub digits: Vec<u32>,
    /// By axis of the box.
    pub order: Vec<usize>,
    /// By axis of the box.
    pub cells: Vec<u32>,
}

impl Plan {
    /// Stride in cells of each digit.
    fn strides(&self) -> Vec<u64> {
        let mut strides = vec![0; self.digits.len()];
        let mut stride = 1;
        for (digit, cells) in self.order.iter().zip(&self.cells).rev() {
            strides[*digit] = stride;
            stride *= u64::from(*cells);
        }
        strides
    }
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

/// Whether axis `axis` of constant `tensor` may be stored as several: no operator reads it through a window, and no group of
/// channels ends within it.
fn is_divisible(architecture: &Architecture, tensor: usize, axis: usize) -> bool {
    architecture.nodes.iter().filter(|node| node.inputs.contains(&tensor)).all(|node| {
        match node.op.as_str() {
            "conv" if node.inputs.get(1) == Some(&tensor) => {
                let groups = node.attributes.iter().find(|(name, _)| name == "group");
                axis == 1 || (axis == 0 && matches!(groups, Some((_, Attribute::Integer(1)))))
            }
            "add" | "conv" | "gemm" | "matmul" | "mul" | "scale_shift" | "sub" => true,
            _ => false,
        }
    })
}

/// A box and how a constant lies in it: axes of the box, and for each axis of the constant the digits that it has.
type Boxed = (Vec<Axis>, Vec<Vec<Digit>>, Plan);

/// The box of constant `tensor` (counted through the architecture's tensors).
fn boxed(architecture: &Architecture, tensor: usize, options: &Options) -> Result<Boxed, CompileError> {
    let shape = &architecture.tensors[tensor].shape;
    let rank = shape.len();
    let parts: Vec<Vec<u32>> = if options.padded {
        contraction::digits(architecture, tensor)
    } else {
        shape.iter().map(|size| vec![*size]).collect()
    };
    let order: Vec<usize> = if is_kernel(architecture, tensor) && rank > 2 {
        (2..rank).chain([0, 1]).collect()
    } else {
        (0..rank).collect()
    };
    // (axis of the constant, size), in the order of the box
    let stored: Vec<(usize, u32)> = order
        .iter()
        .flat_map(|axis| parts[*axis].iter().map(move |size| (*axis, *size)))
        .filter(|(_, size)| *size > 1)
        .collect();
    let axes: Vec<Vec<Axis>> = if options.padded {
        let extents: Vec<Extent> = stored
            .iter()
            .map(|(axis, size)| Extent { size: *size, divisible: is_divisible(architecture, tensor, *axis) })
            .collect();
        padding::boxed(&extents, options.log_row, 1)?
    } else {
        let sizes: Vec<u32> = stored.iter().map(|(_, size)| *size).collect();
        storage::axes(&sizes, options.log_row)?.into_iter().map(|axis| vec![axis]).collect()
    };
    let mut digits = vec![Vec::new(); rank];
    let owners = stored.iter().zip(&axes).flat_map(|((axis, _), own)| own.iter().map(move |_| *axis));
    let axes: Vec<Axis> = axes.iter().flatten().copied().collect();
    for (position, (owner, axis)) in owners.zip(&axes).enumerate() {
        digits[owner].extend(whole(axis.size, position));
    }
    let flat: Vec<Digit> = digits.concat();
    let mut order = vec![0; axes.len()];
    flat.iter().enumerate().for_each(|(number, digit)| order[digit.axis] = number);
    let plan = Plan {
        digits: flat.iter().map(|digit| digit.size).collect(),
        order,
        cells: axes.iter().map(|axis| axis.allotted).collect(),
    };
    Ok((axes, digits, plan))
}

/// Boxes of all constants, in order; a function of the architecture, the row size and whether boxes are padded.
///
/// # Errors
/// Rows that are too small.
pub fn model_plans(
    architecture: &Architecture,
    log_row: u8,
    padded: bool,
) -> Result<Vec<Plan>, CompileError> {
    architecture.validate()?;
    // any row that a commitment may have, also those that are too short for a proof
    let options = Options { log_row, padded, ..Options::default() };
    if log_row > 28 {
        return Err(CompileError::Option { name: "log_row" });
    }
    let tensors = 1..=architecture.constants;
    tensors.map(|tensor| boxed(architecture, tensor, &options).map(|(_, _, plan)| plan)).collect()
}

impl Builder<'_> {
    /// Place all constants and make their values.
    pub fn constants(&mut self) -> Result<ModelLayout, CompileError> {
        let log_row = self.options.log_row;
        let mut tensors = Vec::new();
        let mut indices = Vec::new();
        for constant in 1..=self.architecture.constants {
            let spec = &self.architecture.tensors[constant];
            let (axes, digits, plan) = boxed(self.architecture, constant, &self.options)?;
            let sizes = axes.iter().map(|axis| axis.size).collect();
            tensors.push(ModelTensor { shape: flattened(&axes, log_row), group: spec.bits, base: 0, plan });
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
            let elements: usize = tensor.plan.digits.iter().map(|size| *size as usize).product();
            let strides = tensor.plan.strides();
            let limit = 1i64 << (tensor.group - 1);
            if values.len() != elements || values.iter().any(|value| !(-limit..limit).contains(value)) {
                return Err(fail);
            }
            for (element, value) in values.iter().enumerate() {
                let mut left = element as u64;
                let mut cell = tensor.base;
                for (size, stride) in tensor.plan.digits.iter().zip(&strides).rev() {
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
