//! Geometry of sliding windows, shared by convolution and pooling.

use crate::architecture::Architecture;
use crate::error::CompileError;
use crate::frame::Affine;

/// Largest axis, kernel, stride, dilation or padding, as the executor's.
const LIMIT: i64 = 1 << 20;

/// One spatial axis: output o, tap d reads input o * stride + d * dilation - begin, where that is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub inputs: u32,
    pub outputs: u32,
    pub kernel: u32,
    pub stride: i64,
    pub dilation: i64,
    pub begin: i64,
    pub end: i64,
}

/// The windows of a node over spatial `sizes`; `overhang` is ceil mode's extra room at the end.
pub(crate) fn windows(
    architecture: &Architecture,
    node: usize,
    sizes: &[u32],
    kernel: &[u32],
    overhang: &[i64],
) -> Result<Vec<Window>, CompileError> {
    let rank = sizes.len();
    let strides = architecture.tuple(node, "strides", rank, 1..=LIMIT)?;
    let dilations = architecture.tuple(node, "dilations", rank, 1..=LIMIT)?;
    let pads = architecture.tuple(node, "pads", 2 * rank, 0..=LIMIT)?;
    let mut result = Vec::with_capacity(rank);
    for axis in 0..rank {
        let span = dilations[axis] * (i64::from(kernel[axis]) - 1) + 1;
        let extra = overhang.get(axis).copied().unwrap_or(0);
        let room = i64::from(sizes[axis]) + pads[axis] + pads[rank + axis] + extra - span;
        let outputs = u32::try_from(room.div_euclid(strides[axis]) + 1).ok().filter(|count| *count > 0);
        result.push(Window {
            inputs: sizes[axis],
            outputs: outputs.ok_or(CompileError::Inputs { node })?,
            kernel: kernel[axis],
            stride: strides[axis],
            dilation: dilations[axis],
            begin: pads[axis],
            end: pads[rank + axis],
        });
    }
    Ok(result)
}

impl Window {
    /// Outputs whose tap `tap` lies on a cell `low..high` along this axis: a range, as windows only move forward.
    pub fn reached(&self, tap: u32, low: i64, high: i64) -> std::ops::Range<u32> {
        let first = i64::from(tap) * self.dilation - self.begin;
        // o * stride + first >= low, and < high
        let from = (low - first + self.stride - 1).div_euclid(self.stride).max(0);
        let to = ((high - first + self.stride - 1).div_euclid(self.stride)).min(i64::from(self.outputs));
        let bound = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        bound(from)..bound(to.max(from))
    }

    /// The cell that an output's tap reads.
    pub fn cell(&self, output: u32, tap: u32) -> Option<u32> {
        let cell = i64::from(output) * self.stride + i64::from(tap) * self.dilation - self.begin;
        u32::try_from(cell).ok().filter(|cell| *cell < self.inputs)
    }

    /// All taps of outputs `from..to`, as what an operand follows; `axis` is the output's.
    pub fn affine(&self, axis: usize, from: u32, to: u32) -> Affine {
        Affine {
            axis,
            from,
            to,
            taps: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            offset: -self.begin,
        }
    }

    /// One tap of all outputs.
    pub fn tap(&self, axis: usize, tap: u32) -> Affine {
        let offset = i64::from(tap) * self.dilation - self.begin;
        Affine { taps: 1, offset, ..self.affine(axis, 0, self.outputs) }
    }

    /// How many cells `low..high` each output's window holds, as runs of equal counts: (from, to, count).
    pub fn runs(&self, low: i64, high: i64) -> Vec<(u32, u32, i64)> {
        let mut runs: Vec<(u32, u32, i64)> = Vec::new();
        let reached: Vec<_> = (0..self.kernel).map(|tap| self.reached(tap, low, high)).collect();
        for output in 0..self.outputs {
            let count = (0..).zip(&reached).filter(|(_, range)| range.contains(&output)).count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            match runs.last_mut() {
                Some((_, to, last)) if *last == count => *to = output + 1,
                _ => runs.push((output, output + 1, count)),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_runs_agree_with_cells() {
        for (stride, dilation, begin) in [(1, 1, 0), (2, 1, 1), (3, 2, 2), (1, 3, 4)] {
            let window = Window { inputs: 7, outputs: 4, kernel: 3, stride, dilation, begin, end: 0 };
            for tap in 0..3 {
                let range = window.reached(tap, 0, 7);
                for output in 0..4 {
                    assert_eq!(range.contains(&output), window.cell(output, tap).is_some());
                }
            }
            for (from, to, count) in window.runs(0, 7) {
                for output in from..to {
                    let inside = (0..3).filter(|tap| window.cell(output, *tap).is_some()).count();
                    assert_eq!(i64::try_from(inside).unwrap(), count);
                }
            }
        }
    }
}
