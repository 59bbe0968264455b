//! Rounding and saturation: the one form of every node (`docs/arithmetic.md`, "Rounding").
//!
//! With accumulator acc, shift s, bounds \[l, h\] and H = h - l the node's value is y = l + u where
//! 2^p (acc + 2^(s-1)) = 2^(p+s) (l + u + e+ - e-) + rho', e- u = 0, e+ (H - u) = 0, all cells >= 0.
//! rho' < 2^(p+s) fills its limbs exactly, which is what p is for: then t = (acc + 2^(s-1)) >> s =
//! l + u + e+ - e- is the only way to divide, and y = min(h, max(l, t)). Parts that the accumulator's range
//! makes zero have no cells. See `README.md`.

use std::ops::Range;

use zkattest_circuit::ir::Region;

use crate::architecture::ACCUMULATOR_LIMIT;
use crate::builder::{Builder, number};
use crate::error::CompileError;
use crate::frame::{Frame, Map, Operand};
use crate::value::{Source, Value};
use crate::witness::Fill;

#[cfg(test)]
mod tests;

/// Slots of a quantity, least significant limb first.
pub(crate) type Limbs = Range<u32>;

/// Cells of a node's output and of its rounding.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// All slots, weights zero: parts are made from it.
    pub cells: Value,
    node: usize,
    limb: u32,
    shift: u32,
    /// l and h, where bounds that the accumulator cannot reach are drawn in.
    low: i128,
    high: i128,
    value: Limbs,
    below: Limbs,
    above: Limbs,
    /// H - u, where it needs cells of its own.
    rest: Limbs,
    remainder: Limbs,
}

/// Limbs for integers from 0 to `most`.
pub(crate) fn limbs(most: i128, limb: u32) -> u32 {
    (i128::BITS - most.leading_zeros()).div_ceil(limb)
}

impl Builder<'_> {
    /// Cells for node `node`, whose accumulator lies in `range`, after `extra` slots for the operator's own use.
    pub fn output(&mut self, node: usize, range: (i128, i128), extra: u32) -> Result<Output, CompileError> {
        let architecture = self.architecture;
        let declared = &architecture.nodes[node];
        let shift = u32::from(declared.shift);
        let half = if shift == 0 { 0 } else { 1i128 << (shift - 1) };
        if range.0.abs().max(range.1.abs()) + half >= ACCUMULATOR_LIMIT || range.0 > range.1 {
            return Err(CompileError::Overflow { node });
        }
        let (least, most) = ((range.0 + half) >> shift, (range.1 + half) >> shift);
        let (low, high) = (i128::from(declared.low), i128::from(declared.high));
        let (low, high) = (least.clamp(low, high), most.clamp(low, high));
        let span = high - low;
        let limb = self.limb();
        let mut next = extra;
        let mut take = |count: u32| {
            let start = next;
            next += count;
            start..next
        };
        let (value, mut below, mut above, mut rest, mut remainder) =
            (take(limbs(span, limb)), 0..0, 0..0, 0..0, 0..0);
        if span > 0 {
            below = take(limbs((low - least).max(0), limb));
            above = take(limbs((most - high).max(0), limb));
            if !above.is_empty() && span + 1 != 1 << (limb * number(value.len())) {
                rest = take(number(value.len()));
            }
            remainder = take(shift.div_ceil(limb));
        }
        let sizes = self.sizes(node)?;
        let mut cells = self.store(Region::Witness, next.max(1), &sizes)?;
        if next == 0 {
            self.circuit.tensors.pop(); // a constant: nothing to store
            (cells.stored, cells.weights) = (None, Vec::new());
        }
        let output = Output { cells, node, limb, shift, low, high, value, below, above, rest, remainder };
        output.fill(self);
        output.bound(self)?;
        Ok(output)
    }

    /// Logical sizes of a node's output, the sample axis first.
    pub fn sizes(&self, node: usize) -> Result<Vec<u32>, CompileError> {
        let mut sizes = vec![self.options.batch];
        sizes.extend(&self.architecture.tensors[self.architecture.output_of(node)].shape);
        Ok(sizes)
    }

    /// Add to `statement` what ties an accumulator to the output: 2^p acc, to be added to the left side, equals it. Returns 2^p;
    /// None where the output is a constant, which nothing has to be tied to.
    pub fn rescale(
        &mut self,
        statement: u32,
        output: &Output,
        frame: &Frame,
    ) -> Result<Option<i128>, CompileError> {
        if output.low == output.high {
            return Ok(None);
        }
        let operand = output.same(output.scaled());
        self.linear(statement, 1, &operand, frame)?;
        Ok(Some(1 << output.padding()))
    }

    /// A node with a linear accumulator: the sum of coefficient * operand, each in `range`.
    pub fn linear_node(
        &mut self,
        node: usize,
        range: (i128, i128),
        mut operands: Vec<Operand>,
        coefficients: &[i128],
    ) -> Result<Value, CompileError> {
        let output = self.output(node, range, 0)?;
        let shape = self.sizes(node)?;
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement("accumulator");
        if let Some(scale) = self.rescale(statement, &output, &frame)? {
            for (operand, coefficient) in operands.iter().zip(coefficients) {
                self.linear(statement, -scale * coefficient, operand, &frame)?;
            }
        }
        Ok(output.value())
    }
}

impl Output {
    /// p: bits that the remainder is shifted by so that it fills its limbs.
    fn padding(&self) -> u32 {
        self.shift.div_ceil(self.limb) * self.limb - self.shift
    }

    /// Part `limbs` of the cells, times `scale`, plus `constant`.
    pub fn part(&self, limbs: &Limbs, scale: i128, constant: i128) -> Value {
        let mut weights = self.cells.weights.clone();
        add_limbs(&mut weights, limbs, scale, self.limb);
        self.cells.with(weights, constant)
    }

    /// y = l + u.
    pub fn value(&self) -> Value {
        let bounded = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        let value = self.part(&self.value, 1, self.low);
        let constant = self.low == self.high;
        Value {
            low: bounded(self.low),
            high: bounded(self.high),
            source: Source::Node(self.node),
            stored: value.stored.clone().filter(|_| !constant),
            weights: if constant { Vec::new() } else { value.weights.clone() },
            ..value
        }
    }

    /// 2^(p+s) (l + u + e+ - e-) + rho' - 2^p 2^(s-1), which equals 2^p acc.
    fn scaled(&self) -> Value {
        let scale = 1i128 << (self.padding() + self.shift);
        let half = if self.shift == 0 { 0 } else { scale >> 1 };
        let mut weights = self.cells.weights.clone();
        add_limbs(&mut weights, &self.value, scale, self.limb);
        add_limbs(&mut weights, &self.above, scale, self.limb);
        add_limbs(&mut weights, &self.below, -scale, self.limb);
        add_limbs(&mut weights, &self.remainder, 1, self.limb);
        self.cells.with(weights, scale * self.low - half)
    }

    /// The operand that follows the output's index itself.
    pub fn same(&self, value: Value) -> Operand {
        let maps = (0..value.digits.len()).map(Map::Same).collect();
        Operand { value, maps }
    }

    /// e- u = 0, e+ (H - u) = 0, and u + v = H where v = H - u has cells.
    fn bound(&self, builder: &mut Builder<'_>) -> Result<(), CompileError> {
        let span = self.high - self.low;
        if !self.below.is_empty() {
            builder.exclusive("below", &self.part(&self.value, 1, 0), &self.part(&self.below, 1, 0))?;
        }
        if !self.rest.is_empty() {
            let mut sum = self.part(&self.value, 1, -span);
            add_limbs(&mut sum.weights, &self.rest, 1, self.limb);
            builder.vanishes("bound", &sum)?;
        }
        if !self.above.is_empty() {
            let rest = if self.rest.is_empty() {
                self.part(&self.value, -1, span)
            } else {
                self.part(&self.rest, 1, 0)
            };
            builder.exclusive("above", &self.part(&self.above, 1, 0), &rest)?;
        }
        Ok(())
    }

    fn fill(&self, builder: &mut Builder<'_>) {
        let Some(stored) = &self.cells.stored else { return };
        let output = self.clone();
        builder.fills.push(Fill::new(Some(self.node), stored.tensor, move |trace, cells| {
            let accumulators = trace.accumulators.get(output.node)?;
            let outputs = trace.outputs.get(output.node)?;
            (accumulators.len() == outputs.len() && outputs.len() == cells.elements()).then_some(())?;
            let half = if output.shift == 0 { 0 } else { 1i128 << (output.shift - 1) };
            for (element, (accumulator, value)) in accumulators.iter().zip(outputs.iter()).enumerate() {
                let sum = i128::from(*accumulator) + half;
                let rounded = sum >> output.shift;
                let bounded = rounded.clamp(output.low, output.high);
                (bounded == i128::from(*value)).then_some(())?;
                if output.low == output.high {
                    continue;
                }
                let remainder = (sum - (rounded << output.shift)) << output.padding();
                cells.limbs(&output.value, element, bounded - output.low)?;
                cells.limbs(&output.below, element, (bounded - rounded).max(0))?;
                cells.limbs(&output.above, element, (rounded - bounded).max(0))?;
                if !output.rest.is_empty() {
                    cells.limbs(&output.rest, element, output.high - bounded)?;
                }
                cells.limbs(&output.remainder, element, remainder)?;
            }
            Some(())
        }));
    }
}

/// Add scale * 2^(T i) to the weight of limb i.
pub(crate) fn add_limbs(weights: &mut [i128], limbs: &Limbs, scale: i128, limb: u32) {
    for (power, slot) in limbs.clone().enumerate() {
        weights[slot as usize] += scale << (limb * number(power));
    }
}
