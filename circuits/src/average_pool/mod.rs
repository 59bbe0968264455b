//! average_pool: acc\[n, c, p\] = (sum of x over window p) * round_half_up(2^reciprocal_bits / count\[p\]). See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::value::Value;
use crate::windows::windows;

#[cfg(test)]
mod tests;

/// Most cells that a window counts, which a pad of any size adds to.
const MOST_CELLS: i128 = 1 << 28;

/// Most boxes: each is an operand of its own.
const MOST_BOXES: usize = 1 << 12;

/// round_half_up(2^bits / count), exactly.
pub(crate) fn reciprocal(count: i128, bits: i64) -> i128 {
    ((1i128 << (bits + 1)) + count) / (2 * count)
}

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = &specs[0].shape;
    let rank = shape.len().checked_sub(2).filter(|rank| *rank > 0).ok_or(CompileError::Inputs { node })?;
    let architecture = builder.architecture;
    let kernel: Vec<u32> = architecture
        .tuple(node, "kernel", rank, 1..=1 << 20)?
        .iter()
        .filter_map(|size| u32::try_from(*size).ok())
        .collect();
    let overhang = architecture.tuple(node, "overhang", rank, 0..=1 << 20)?;
    let include = architecture.integer(node, "count_include_pad", 0..=1)? == 1;
    let bits = architecture.integer(node, "reciprocal_bits", 0..=44)?;
    let spatial = windows(architecture, node, &shape[2..], &kernel, &overhang)?;

    let sizes = shape[..2].iter().copied().chain(spatial.iter().map(|window| window.outputs));
    builder.expect(node, sizes)?;

    // boxes of outputs whose windows count equally many cells
    let mut boxes: Vec<(Vec<Map>, i128)> = vec![(vec![Map::Same(0), Map::Same(1), Map::Same(2)], 1)];
    for (axis, window) in spatial.iter().enumerate() {
        let inputs = i64::from(window.inputs);
        let (low, high) = if include { (-window.begin, inputs + window.end) } else { (0, inputs) };
        let runs = window.runs(low, high);
        if runs.iter().any(|(_, _, count)| *count == 0) {
            return Err(CompileError::Attribute { node, name: "kernel" });
        }
        let widest = boxes.iter().map(|(_, cells)| *cells).max().unwrap_or(1);
        let widens = runs.iter().map(|(_, _, count)| i128::from(*count)).max().unwrap_or(1);
        if widest * widens > MOST_CELLS || boxes.len() * runs.len() > MOST_BOXES {
            return Err(CompileError::TooLarge);
        }
        boxes = boxes
            .iter()
            .flat_map(|(maps, cells)| {
                runs.iter().map(move |(from, to, count)| {
                    let map = Map::Affine(window.affine(3 + axis, *from, *to));
                    ([maps.as_slice(), &[map]].concat(), cells * i128::from(*count))
                })
            })
            .collect();
    }
    let value = values.swap_remove(0);
    let (low, high) = value.range();
    // a window sums at most the cells that it counts
    let most = boxes.iter().map(|(_, cells)| cells * reciprocal(*cells, bits)).max().unwrap_or(0);
    let range = (low.min(0) * most, high.max(0) * most);
    let coefficients: Vec<i128> = boxes.iter().map(|(_, cells)| reciprocal(*cells, bits)).collect();
    let operands = boxes.into_iter().map(|(maps, _)| Operand { value: value.clone(), maps }).collect();
    builder.linear_node(node, range, operands, &coefficients)
}
