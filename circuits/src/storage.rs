//! Where tensors lie in rows: which axes are merged, and at which cell each tensor begins.

use zkattest_circuit::ir::{Axis, Tensor};

use crate::error::CompileError;
use crate::options::Options;
use crate::padding::{Extent, boxed};
use crate::value::{Digit, whole};

/// Cells that a verifier pays as much for as for one block of cells: a block costs a few field products in every
/// form over it, a cell of a merged axis one product.
const CELLS_PER_BLOCK: u64 = 4;

/// Axes of a stored activation, after slots: sizes, and the digits of each logical axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub axes: Vec<u32>,
    pub digits: Vec<Vec<Digit>>,
}

/// A box for `slots` parts (0: no such axis) of elements of `sizes` (logical axes, the sample axis first), and the tensor's
/// axes. `whole`: no logical axis may be cut.
pub(crate) fn store(
    slots: u32,
    sizes: &[u32],
    options: &Options,
    whole: bool,
) -> Result<(Shape, Vec<Axis>), CompileError> {
    if options.padded {
        return padded(slots, sizes, options.log_row, whole);
    }
    let shape = shape(sizes, options.log_row)?;
    let mut real = shape.axes.clone();
    if slots > 0 {
        real.insert(0, slots);
    }
    let mut axes = axes(&real, options.log_row)?;
    if slots > 0
        && shape.axes.is_empty()
        && let Some(axis) = axes.first_mut()
    {
        axis.allotted = axis.size; // the slots are not an inner axis
    }
    Ok((shape, axes))
}

/// A box for `slots` parts of `count` elements, which are one axis in either mode.
pub(crate) fn flat(slots: u32, count: u32, options: &Options) -> Result<Vec<Axis>, CompileError> {
    let sizes: Vec<u32> = std::iter::once(slots).chain((count > 1).then_some(count)).collect();
    if !options.padded {
        let mut axes = axes(&sizes, options.log_row)?;
        if let [slots] = axes.as_mut_slice() {
            slots.allotted = slots.size; // the slots are not an inner axis
        }
        return Ok(axes);
    }
    let extents: Vec<Extent> = sizes.iter().map(|size| Extent { size: *size, divisible: false }).collect();
    Ok(boxed(&extents, options.log_row, FORMS)?.concat())
}

/// Forms that read an activation: its rounding's, its consumer's, and about one in two a bound's.
const FORMS: u64 = 2;

/// [`store`] where every logical axis is an axis of its own (`padding`). Axes that windows may slide over stay whole, which are
/// all but the first two of a sample of three and more. Samples of the witness may be cut always, for many do not fit into a row;
/// those of commitments stay whole, as whoever reads their rows expects.
fn padded(
    slots: u32,
    sizes: &[u32],
    log_row: u8,
    whole_only: bool,
) -> Result<(Shape, Vec<Axis>), CompileError> {
    let mut extents: Vec<Extent> = Vec::new();
    if slots > 0 {
        extents.push(Extent { size: slots, divisible: false });
    }
    let rank = sizes.len().saturating_sub(1);
    let real = || sizes.iter().enumerate().filter(|(_, size)| **size > 1);
    extents.extend(real().map(|(axis, size)| Extent {
        size: *size,
        divisible: if axis == 0 { slots > 0 } else { !whole_only && (rank <= 2 || axis <= 2) },
    }));
    let mut boxed = boxed(&extents, log_row, FORMS)?.into_iter();
    let mut axes = if slots > 0 { boxed.next().unwrap_or_default() } else { Vec::new() };
    let mut digits = vec![Vec::new(); sizes.len()];
    let mut stored = Vec::new();
    for ((axis, _), own) in real().zip(boxed) {
        for part in own {
            digits[axis].extend(whole(part.size, stored.len()));
            stored.push(part.size);
            axes.push(part);
        }
    }
    Ok((Shape { axes: stored, digits }, axes))
}

/// Store `sizes` (logical axes, the sample axis first) row-major: trailing axes are merged into one that is padded to
/// a power of two, at most a row; leading axes stay as they are. The cut with the fewest cells wins, where a
/// block counts as [`CELLS_PER_BLOCK`]; of equals the one that merges least.
fn shape(sizes: &[u32], log_row: u8) -> Result<Shape, CompileError> {
    let real: Vec<(usize, u32)> = sizes
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, size)| **size > 1)
        .map(|(axis, size)| (axis, *size))
        .collect();
    let mut best: Option<(u64, usize)> = None;
    for cut in (0..real.len()).rev() {
        let inner: u64 = real[cut..].iter().map(|(_, size)| u64::from(*size)).product();
        let blocks: u64 = real[..cut].iter().map(|(_, size)| u64::from(*size)).product();
        let padded = inner.next_power_of_two();
        let cost = blocks * (padded + CELLS_PER_BLOCK);
        if padded <= 1 << log_row && best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, cut));
        }
    }
    if best.is_none()
        && let Some((_, last)) = real.last()
    {
        return Err(too_small(log_row, *last));
    }
    let cut = best.map_or(real.len(), |(_, cut)| cut);
    let samples = sizes.first().copied().unwrap_or(1);
    let mut axes = Vec::new();
    let mut digits = vec![Vec::new(); sizes.len()];
    if samples > 1 {
        digits[0] = whole(samples, 0);
        axes.push(samples);
    }
    for (logical, size) in &real[..cut] {
        digits[*logical] = whole(*size, axes.len());
        axes.push(*size);
    }
    let mut div = 1;
    for (logical, size) in real[cut..].iter().rev() {
        digits[*logical] = vec![Digit { size: *size, axis: axes.len(), div }];
        div *= *size;
    }
    if cut < real.len() {
        axes.push(div);
    }
    Ok(Shape { axes, digits })
}

pub(crate) fn too_small(log_row: u8, size: u32) -> CompileError {
    CompileError::RowTooSmall { found: log_row, least: bits(size) }
}

/// Coordinates of an index below `size`: ceil(log2 size).
pub(crate) fn bits(size: u32) -> u8 {
    let bits = u32::BITS - size.saturating_sub(1).leading_zeros();
    u8::try_from(bits).unwrap_or(u8::MAX)
}

/// Axes of a tensor: all as large as they are, but for the last, which is padded to a power of two.
pub(crate) fn axes(sizes: &[u32], log_row: u8) -> Result<Vec<Axis>, CompileError> {
    let last = sizes.len().saturating_sub(1);
    sizes
        .iter()
        .enumerate()
        .map(|(axis, size)| {
            let allotted = if axis == last { size.next_power_of_two() } else { *size };
            if axis == last && bits(*size) > log_row {
                return Err(too_small(log_row, *size));
            }
            Ok(Axis { size: *size, allotted })
        })
        .collect()
}

/// Distances in cells of a box's elements from its first, in row-major order.
pub(crate) fn offsets(axes: &[Axis]) -> Vec<usize> {
    axes.iter().fold(vec![0], |offsets: Vec<usize>, axis| {
        let (size, allotted) = (axis.size as usize, axis.allotted as usize);
        offsets.iter().flat_map(|offset| (0..size).map(move |index| offset * allotted + index)).collect()
    })
}

/// Cells that a tensor takes.
pub(crate) fn cells(axes: &[Axis]) -> u64 {
    axes.iter().map(|axis| u64::from(axis.allotted)).product()
}

/// Cells of its inner part: the longest suffix of axes whose allotted sizes are powers of two, at most a row.
pub(crate) fn inner(axes: &[Axis], log_row: u8) -> u64 {
    let mut inner = 1u64;
    for axis in axes.iter().rev() {
        let next = inner * u64::from(axis.allotted);
        if !axis.allotted.is_power_of_two() || next > 1 << log_row {
            break;
        }
        inner = next;
    }
    inner
}

/// Place tensors from cell `start` (a row's first) on, largest inner part first, equal ones in the order given, each directly
/// after the one before. Sizes being multiples of inner parts, each is aligned to its own.
/// Returns the number of cells used, `start` included.
pub(crate) fn place(
    tensors: &mut [Tensor],
    indices: &[u32],
    start: u64,
    log_row: u8,
) -> Result<u64, CompileError> {
    let mut order = indices.to_vec();
    order.sort_by_key(|index| std::cmp::Reverse(inner(&tensors[*index as usize].axes, log_row)));
    let mut cursor = start;
    for index in order {
        let tensor = &mut tensors[index as usize];
        tensor.base = cursor;
        cursor += cells(&tensor.axes);
        if cursor > 1 << 40 {
            return Err(CompileError::TooLarge);
        }
    }
    Ok(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_cut_is_taken() {
        // 3 * (32 + 4) = 108 beats 15 * (8 + 4) and 128 + 4
        assert_eq!(shape(&[1, 3, 5, 5], 9).unwrap().axes, [3, 25]);
        assert_eq!(shape(&[4, 1, 10], 9).unwrap().axes, [4, 10]);
        assert_eq!(shape(&[1, 1], 9).unwrap().axes, [] as [u32; 0]);
        assert_eq!(shape(&[1, 600], 9), Err(CompileError::RowTooSmall { found: 9, least: 10 }));
    }

    #[test]
    fn merged_axes_are_row_major_digits() {
        let shape = shape(&[2, 3, 5, 5], 9).unwrap();
        assert_eq!(shape.digits[0], [Digit { size: 2, axis: 0, div: 1 }]);
        assert_eq!(shape.digits[1], [Digit { size: 3, axis: 1, div: 1 }]);
        assert_eq!(shape.digits[2], [Digit { size: 5, axis: 2, div: 5 }]);
        assert_eq!(shape.digits[3], [Digit { size: 5, axis: 2, div: 1 }]);
    }
}
