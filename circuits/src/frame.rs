//! The index of a statement: which coordinates of r select which output, and how operands follow it.

use zkattest_circuit::ir::{Point, Slice};

use crate::builder::Builder;
use crate::error::CompileError;
use crate::storage::bits;
use crate::value::{Source, Value, refine};

/// How an axis of an operand follows the output's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Map {
    /// Its index is that of an output axis.
    Same(usize),
    /// It is summed with another operand: contraction number `0`.
    Contract(usize),
    /// It is summed.
    Sum,
    /// It is summed with these weights.
    Weighted(Vec<i128>),
    /// Output o of an axis reads o * stride + d * dilation + offset for d < taps, where that is inside.
    Affine(Affine),
}

/// See [`Map::Affine`]; only outputs in from..to read anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affine {
    /// Output axis.
    pub axis: usize,
    pub from: u32,
    pub to: u32,
    pub taps: u32,
    pub stride: i64,
    pub dilation: i64,
    pub offset: i64,
}

/// A value and how each of its logical axes follows the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub value: Value,
    pub maps: Vec<Map>,
}

impl Operand {
    /// A public constant, the same at every output.
    pub fn constant(constant: i128) -> Self {
        let value = Value {
            stored: None,
            weights: Vec::new(),
            constant,
            low: 0,
            high: 0,
            digits: Vec::new(),
            source: Source::None,
        };
        Self { value, maps: Vec::new() }
    }

    /// A value whose axes follow the outputs' one by one.
    pub fn same(value: Value) -> Self {
        let maps = (0..value.digits.len()).map(Map::Same).collect();
        Self { value, maps }
    }
}

/// A digit of an output axis and its coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub size: u32,
    pub slice: Slice,
}

/// Coordinates of r for each output axis, cut into digits that all operands share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub axes: Vec<Vec<Part>>,
    /// Digits of each contraction.
    pub contractions: Vec<Vec<u32>>,
}

/// Slices of one point, one after the other, for digits of the given sizes.
pub(crate) fn parts(point: Point, offset: &mut u8, sizes: &[u32]) -> Vec<Part> {
    let mut result = Vec::with_capacity(sizes.len());
    for size in sizes {
        let len = bits(*size);
        result.push(Part { size: *size, slice: Slice { point, offset: *offset, len } });
        *offset = offset.saturating_add(len);
    }
    result
}

impl Builder<'_> {
    /// The frame of a statement over outputs of `shape`. Operands whose digits do not fit it are replaced by copies.
    pub fn fit(
        &mut self,
        shape: &[u32],
        contractions: usize,
        operands: &mut [Operand],
    ) -> Result<Frame, CompileError> {
        for operand in operands.iter_mut() {
            let windows = operand.maps.iter().zip(&operand.value.digits);
            let windows = windows.filter(|(map, _)| matches!(map, Map::Affine(_) | Map::Weighted(_)));
            if windows.clone().any(|(_, digits)| digits.len() > 1) {
                operand.value = self.copied(&operand.value)?;
            }
        }
        let mut frame = Frame { axes: Vec::new(), contractions: Vec::new() };
        let mut offset = 0;
        for (axis, size) in shape.iter().enumerate() {
            let whole = operands.iter().flat_map(|operand| &operand.maps);
            let whole = whole.clone().any(|map| matches!(map, Map::Affine(affine) if affine.axis == axis));
            let seed = if whole && *size > 1 { vec![*size] } else { Vec::new() };
            let sizes = self.common(operands, &Map::Same(axis), &seed)?;
            let sizes = if sizes.is_empty() && *size > 1 { vec![*size] } else { sizes };
            frame.axes.push(parts(Point::R, &mut offset, &sizes));
        }
        for contraction in 0..contractions {
            frame.contractions.push(self.common(operands, &Map::Contract(contraction), &[])?);
        }
        self.reserve(offset);
        Ok(frame)
    }

    /// The common digits of all axes with this map (and of `seed`: one whole axis, or nothing).
    fn common(
        &mut self,
        operands: &mut [Operand],
        map: &Map,
        seed: &[u32],
    ) -> Result<Vec<u32>, CompileError> {
        let lists = |operands: &[Operand]| {
            let mut lists: Vec<Vec<u32>> = vec![seed.to_vec()];
            for operand in operands {
                for (digits, found) in operand.value.digits.iter().zip(&operand.maps) {
                    if found == map {
                        lists.push(digits.iter().map(|digit| digit.size).collect());
                    }
                }
            }
            lists
        };
        let whole = |sizes: &Vec<u32>| seed.is_empty() || sizes.len() <= 1;
        if let Some(sizes) = refine(&lists(operands)).filter(whole) {
            return Ok(sizes);
        }
        // the digits of some operand lie across those of another: a copy's axes are one digit each
        for operand in operands.iter_mut() {
            let axes = operand.value.digits.iter().zip(&operand.maps);
            if operand.value.source != Source::None
                && axes.clone().any(|(digits, found)| found == map && digits.len() > 1)
            {
                operand.value = self.copied(&operand.value)?;
            }
        }
        refine(&lists(operands)).filter(whole).ok_or(CompileError::Geometry)
    }
}
