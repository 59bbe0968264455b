//! max_pool: acc\[n, c, p\] = max of x over the real cells of window p, by a tournament of taps. See `README.md`.

use zkattest_circuit::ir::Region;

use crate::builder::{Builder, number};
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::value::{Source, Value};
use crate::windows::{Window, windows};
use crate::witness::Fill;

#[cfg(test)]
mod tests;

/// Most taps of a window: each is two statements.
const MOST_TAPS: u64 = 1 << 12;

/// One offset of the window, with the outputs that it lies inside the input for along each axis.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tap {
    at: Vec<u32>,
    reached: Vec<std::ops::Range<u32>>,
}

/// The node's tournament: M_k = M_(k-1) + n_k with p_k - n_k = M_(k-1) - x_k where tap k is inside.
#[derive(Debug, Clone)]
struct Tournament {
    spatial: Vec<Window>,
    taps: Vec<Tap>,
    low: i64,
    limb: u32,
    /// Limbs of a gain or margin.
    width: u32,
    /// Sizes of the input's axes after the first two.
    sizes: Vec<u32>,
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
    let spatial = windows(architecture, node, &shape[2..], &kernel, &[])?;
    for window in &spatial {
        if window.runs(0, i64::from(window.inputs)).iter().any(|(_, _, count)| *count == 0) {
            return Err(CompileError::Attribute { node, name: "pads" });
        }
    }
    let sizes = shape[..2].iter().copied().chain(spatial.iter().map(|window| window.outputs));
    builder.expect(node, sizes)?;
    let taps_of_all: u64 = kernel.iter().map(|size| u64::from(*size)).product();
    if taps_of_all > MOST_TAPS {
        return Err(CompileError::TooLarge);
    }
    let x = values.swap_remove(0);
    let limb = builder.limb();
    let tournament = Tournament {
        taps: taps(&spatial),
        spatial,
        low: x.low,
        limb,
        width: limbs(i128::from(x.high) - i128::from(x.low), limb),
        sizes: shape[2..].to_vec(),
    };
    if tournament.width == 0 {
        // all elements are one public integer
        let maximum = Value { stored: None, weights: Vec::new(), digits: Vec::new(), ..x.clone() };
        let operands = vec![Operand { value: maximum, maps: Vec::new() }];
        return builder.linear_node(node, x.range(), operands, &[1]);
    }
    let declared = builder.sizes(node)?;
    if builder.passes(node, &x) {
        let cells = builder.store(Region::Witness, tournament.slots(), &declared)?;
        tournament.prove(builder, node, &cells, &x)?;
        return Ok(Value {
            low: x.low,
            high: x.high,
            source: Source::Node(node),
            ..tournament.after(&cells, None)
        });
    }
    let output = builder.output(node, x.range(), tournament.slots())?;
    tournament.prove(builder, node, &output.cells, &x)?;
    let mut operands = [output.same(tournament.after(&output.cells, None))];
    let frame = builder.fit(&declared, 0, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.linear(statement, -scale, &operands[0], &frame)?;
    }
    Ok(output.value())
}

/// All taps that are inside for some output, in row-major order.
fn taps(spatial: &[Window]) -> Vec<Tap> {
    let none = Tap { at: Vec::new(), reached: Vec::new() };
    spatial.iter().fold(vec![none], |taps, window| {
        let all = taps.iter().flat_map(|tap| {
            (0..window.kernel).map(move |offset| {
                let mut tap = tap.clone();
                tap.at.push(offset);
                tap.reached.push(window.reached(offset, 0, i64::from(window.inputs)));
                tap
            })
        });
        all.filter(|tap| tap.reached.iter().all(|range| !range.is_empty())).collect()
    })
}

impl Tournament {
    /// n_1 .. n_K, then p_2 .. p_K: the first tap meets the lowest value, which it never loses to.
    fn slots(&self) -> u32 {
        (2 * number(self.taps.len()) - 1) * self.width
    }

    fn gain(&self, tap: usize) -> Limbs {
        let start = number(tap) * self.width;
        start..start + self.width
    }

    fn margin(&self, tap: usize) -> Limbs {
        let start = number(self.taps.len() + tap - 1) * self.width;
        start..start + self.width
    }

    /// The maximum of the taps before `tap`, or of all.
    fn after(&self, cells: &Value, tap: Option<usize>) -> Value {
        let mut value = cells.with(cells.weights.clone(), i128::from(self.low));
        for before in 0..tap.unwrap_or(self.taps.len()) {
            add_limbs(&mut value.weights, &self.gain(before), 1, self.limb);
        }
        value
    }

    fn part(&self, cells: &Value, limbs: &Limbs) -> Value {
        let mut value = cells.with(cells.weights.clone(), 0);
        add_limbs(&mut value.weights, limbs, 1, self.limb);
        value
    }

    fn prove(
        &self,
        builder: &mut Builder<'_>,
        node: usize,
        cells: &Value,
        x: &Value,
    ) -> Result<(), CompileError> {
        let shape = cells.shape();
        let same: Vec<Map> = (0..shape.len()).map(Map::Same).collect();
        for (number, tap) in self.taps.iter().enumerate() {
            let gain = self.part(cells, &self.gain(number));
            let mut difference = gain.with(gain.weights.iter().map(|weight| -weight).collect(), 0);
            if number > 0 {
                let margin = self.part(cells, &self.margin(number));
                builder.exclusive("winner", &margin, &gain)?;
                add_limbs(&mut difference.weights, &self.margin(number), 1, self.limb);
            }
            let mut inside = same[..3].to_vec();
            let mut reads = same[..3].to_vec();
            for (axis, window) in self.spatial.iter().enumerate() {
                let std::ops::Range { start: from, end: to } = tap.reached[axis];
                let affine = window.tap(3 + axis, tap.at[axis]);
                reads.push(Map::Affine(affine));
                inside.push(if (from, to) == (0, window.outputs) {
                    Map::Same(3 + axis)
                } else {
                    Map::Affine(Affine { from, to, stride: 1, offset: 0, ..affine })
                });
            }
            let mut operands = [
                Operand { value: difference, maps: same.clone() },
                Operand { value: self.after(cells, Some(number)), maps: inside },
                Operand { value: x.clone(), maps: reads },
            ];
            let frame = builder.fit(&shape, 0, &mut operands)?;
            let statement = builder.statement("tap");
            for (operand, coefficient) in operands.iter().zip([1, -1, 1]) {
                builder.linear(statement, coefficient, operand, &frame)?;
            }
        }
        self.fill(builder, node, cells, x.source);
        Ok(())
    }

    fn fill(&self, builder: &mut Builder<'_>, node: usize, cells: &Value, source: Source) {
        let Some(stored) = &cells.stored else { return };
        let tournament = self.clone();
        let tensor = stored.tensor;
        builder.fills.push(Fill::new(Some(node), tensor, move |trace, cells| {
            let values = trace.of(source)?;
            let outputs: usize = tournament.spatial.iter().map(|window| window.outputs as usize).product();
            let inputs: usize = tournament.sizes.iter().map(|size| *size as usize).product();
            let planes = values.len() / inputs;
            (values.len() == planes * inputs && cells.elements() == planes * outputs).then_some(())?;
            for element in 0..cells.elements() {
                let plane = element / outputs * inputs;
                let mut best = i128::from(tournament.low);
                for (number, tap) in tournament.taps.iter().enumerate() {
                    let Some(cell) = tournament.cell(tap, element % outputs) else { continue };
                    let difference = best - i128::from(*values.get(plane + cell)?);
                    cells.limbs(&tournament.gain(number), element, (-difference).max(0))?;
                    if number > 0 {
                        cells.limbs(&tournament.margin(number), element, difference.max(0))?;
                    }
                    best -= difference.min(0);
                }
                (trace.accumulators.get(node)?.get(element) == Some(&i64::try_from(best).ok()?))
                    .then_some(())?;
            }
            Some(())
        }));
    }

    /// The input cell within its plane that a tap of an output reads.
    fn cell(&self, tap: &Tap, output: usize) -> Option<usize> {
        let mut left = output;
        let mut cell = 0;
        let mut stride = 1;
        for (window, at) in self.spatial.iter().zip(&tap.at).rev() {
            let size = window.outputs as usize;
            let position = window.cell(number(left % size), *at)?;
            cell += position as usize * stride;
            stride *= window.inputs as usize;
            left /= size;
        }
        Some(cell)
    }
}
