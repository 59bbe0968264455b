//! argmax: acc = lowest index of the maximum of x along an axis. See `README.md`.

use zkattest_circuit::ir::Region;

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::rescale::{Limbs, Output, add_limbs, limbs};
use crate::value::Value;
use crate::witness::Fill;

#[cfg(test)]
mod tests;

/// Cells of an argmax along an axis of `classes`.
struct Selection {
    /// Per input element: slot 0 is s, then the limbs of g.
    elements: Value,
    margin: Limbs,
    /// Per output: limbs of M - low, before those of the output.
    output: Output,
    maximum: Limbs,
    /// How the input's axes follow the output's; the axis itself is summed.
    follows: Vec<Map>,
    /// The axis, the sample axis counted.
    axis: usize,
    classes: u32,
    limb: u32,
}

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = &specs[0].shape;
    let rank = i64::try_from(shape.len()).unwrap_or(i64::MAX);
    let architecture = builder.architecture;
    let axis = usize::try_from(architecture.integer(node, "axis", 0..=rank - 1)?).unwrap_or(usize::MAX);
    let keep = architecture.integer(node, "keepdims", 0..=1)? == 1;
    let classes = shape[axis];
    let declared = builder.sizes(node)?;
    let mut expected = shape.clone();
    if keep {
        expected[axis] = 1;
    } else {
        expected.remove(axis);
    }
    builder.expect(node, expected)?;
    let mut follows: Vec<Map> = Vec::new();
    let mut next = 0;
    for position in 0..=shape.len() {
        let summed = position == 1 + axis;
        follows.push(if summed { Map::Sum } else { Map::Same(next) });
        next += usize::from(!summed || keep);
    }
    let x = values.swap_remove(0);
    let limb = builder.limb();
    let span = i128::from(x.high) - i128::from(x.low);
    // one class needs no maximum
    let maximum = 0..if classes == 1 { 0 } else { limbs(span, limb) };
    // M - x - 1, plus 1 from the selected index on: at most the span
    let margin = 1..1 + limbs(span, limb).max(1);
    let output = builder.output(node, (0, i128::from(classes) - 1), maximum.end)?;
    if classes == 1 {
        return Ok(output.value());
    }
    let mut sizes = vec![builder.options.batch];
    sizes.extend(shape);
    // the axis is read through a prefix sum, and nothing can be copied
    let elements = builder.store_as(Region::Witness, margin.end, &sizes, true)?;
    let selection = Selection { elements, margin, output, maximum, follows, axis: 1 + axis, classes, limb };
    selection.prove(builder, &x, &sizes, &declared)?;
    selection.fill(builder, node, &x, shape, axis);
    Ok(selection.output.value())
}

impl Selection {
    fn chosen(&self) -> Value {
        let mut weights = self.elements.weights.clone();
        weights[0] = 1;
        self.elements.with(weights, 0)
    }

    fn margin(&self) -> Value {
        let mut weights = self.elements.weights.clone();
        add_limbs(&mut weights, &self.margin, 1, self.limb);
        self.elements.with(weights, 0)
    }

    fn maximum(&self, low: i64) -> Value {
        self.output.part(&self.maximum, 1, i128::from(low))
    }

    fn prove(
        &self,
        builder: &mut Builder<'_>,
        x: &Value,
        sizes: &[u32],
        declared: &[u32],
    ) -> Result<(), CompileError> {
        let same: Vec<Map> = (0..sizes.len()).map(Map::Same).collect();
        // g = M - x - 1 + (s up to and with this index)
        let maximum = self.maximum(x.low);
        let mut repeats: Vec<Map> = vec![Map::Sum; maximum.digits.len()];
        for (position, map) in self.follows.iter().enumerate() {
            if let Map::Same(output) = map {
                repeats[*output] = Map::Same(position);
            }
        }
        let mut prefix = same.clone();
        prefix[self.axis] = Map::Affine(Affine {
            axis: self.axis,
            from: 0,
            to: self.classes,
            taps: self.classes,
            stride: 1,
            dilation: -1,
            offset: 0,
        });
        let margin = self.margin();
        let margin = margin.with(margin.weights.clone(), 1);
        let mut operands = [
            Operand { value: margin, maps: same.clone() },
            Operand { value: maximum, maps: repeats },
            Operand { value: x.clone(), maps: same },
            Operand { value: self.chosen(), maps: prefix },
        ];
        let frame = builder.fit(sizes, 0, &mut operands)?;
        let statement = builder.statement("margin");
        for (operand, coefficient) in operands.iter().zip([1, -1, 1, -1]) {
            builder.linear(statement, coefficient, operand, &frame)?;
        }
        builder.exclusive("selected", &self.chosen(), &self.margin())?;
        // one s is 1: they are non-negative integers, and too few for their sum to wrap
        let one =
            Value { stored: None, weights: Vec::new(), constant: 1, digits: Vec::new(), ..self.chosen() };
        let mut operands = [
            Operand { value: self.chosen(), maps: self.follows.clone() },
            Operand { value: one, maps: Vec::new() },
        ];
        let frame = builder.fit(declared, 0, &mut operands)?;
        let statement = builder.statement("one");
        for (operand, coefficient) in operands.iter().zip([1, -1]) {
            builder.linear(statement, coefficient, operand, &frame)?;
        }
        let mut maps = self.follows.clone();
        maps[self.axis] = Map::Weighted((0..i128::from(self.classes)).collect());
        let mut operands = [Operand { value: self.chosen(), maps }];
        let frame = builder.fit(declared, 0, &mut operands)?;
        let statement = builder.statement("accumulator");
        if let Some(scale) = builder.rescale(statement, &self.output, &frame)? {
            builder.linear(statement, -scale, &operands[0], &frame)?;
        }
        Ok(())
    }

    fn fill(&self, builder: &mut Builder<'_>, node: usize, x: &Value, shape: &[u32], axis: usize) {
        let tensor = |value: &Value| value.stored.as_ref().map_or(0, |stored| stored.tensor);
        let after: usize = shape[axis + 1..].iter().map(|size| *size as usize).product();
        let classes = self.classes as usize;
        let (source, low) = (x.source, x.low);
        let maximum = self.maximum.clone();
        builder.fills.push(Fill::new(Some(node), tensor(&self.output.cells), move |trace, cells| {
            let values = trace.of(source)?;
            for element in 0..cells.elements() {
                let best = best(values, element, classes, after)?;
                cells.limbs(&maximum, element, i128::from(best.1) - i128::from(low))?;
            }
            Some(())
        }));
        let margin = self.margin.clone();
        builder.fills.push(Fill::new(Some(node), tensor(&self.elements), move |trace, cells| {
            let values = trace.of(source)?;
            (values.len() == cells.elements()).then_some(())?;
            for element in 0..values.len() / classes {
                let (index, most) = best(values, element, classes, after)?;
                (trace.accumulators.get(node)?.get(element) == Some(&i64::try_from(index).ok()?))
                    .then_some(())?;
                for class in 0..classes {
                    let at = element / after * after * classes + class * after + element % after;
                    let difference = i128::from(most) - i128::from(*values.get(at)?);
                    cells.put(0, at, i128::from(class == index))?;
                    cells.limbs(&margin, at, difference - i128::from(class < index))?;
                }
            }
            Some(())
        }));
    }
}

/// Lowest index of the maximum of output `element`, and the maximum.
fn best(values: &[i64], element: usize, classes: usize, after: usize) -> Option<(usize, i64)> {
    let first = element / after * after * classes + element % after;
    let mut best = (0, *values.get(first)?);
    for class in 1..classes {
        let value = *values.get(first + class * after)?;
        if value > best.1 {
            best = (class, value);
        }
    }
    Some(best)
}
