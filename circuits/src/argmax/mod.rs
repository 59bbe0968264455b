//! argmax: acc = lowest index of the maximum of x along an axis. See `README.md`.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::rescale::{Limbs, Output, limbs};
use crate::selection::Selection;
use crate::value::Value;
use crate::witness::Fill;

#[cfg(test)]
mod tests;

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
    let output = builder.output(node, (0, i128::from(classes) - 1), maximum.end)?;
    if classes == 1 {
        return Ok(output.value());
    }
    let mut sizes = vec![builder.options.batch];
    sizes.extend(shape);
    let selection = Selection::new(builder, &sizes, 1 + axis, span)?;
    let most = output.part(&maximum, 1, i128::from(x.low));
    let elements = [Operand::same(x.clone())];
    selection.prove(builder, &elements, most, &follows, &declared)?;
    follows[1 + axis] = Map::Weighted((0..i128::from(classes)).collect());
    let mut operands = [Operand { value: selection.chosen(), maps: follows }];
    let frame = builder.fit(&declared, 0, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        builder.linear(statement, -scale, &operands[0], &frame)?;
    }
    let after = shape[axis + 1..].iter().map(|size| *size as usize).product();
    fill(builder, node, &x, (&output, maximum), selection, after);
    Ok(output.value())
}

/// Fill M's limbs in the output's cells, and the selection's. `after`: elements of the axes after the axis.
fn fill(
    builder: &mut Builder<'_>,
    node: usize,
    x: &Value,
    (output, maximum): (&Output, Limbs),
    selection: Selection,
    after: usize,
) {
    let tensor = |value: &Value| value.stored.as_ref().map_or(0, |stored| stored.tensor);
    let classes = selection.classes as usize;
    let (source, low) = (x.source, x.low);
    builder.fills.push(Fill::new(Some(node), tensor(&output.cells), move |trace, cells| {
        let values = trace.of(source)?;
        for element in 0..cells.elements() {
            let best = best(values, element, classes, after)?;
            cells.limbs(&maximum, element, i128::from(best.1) - i128::from(low))?;
        }
        Some(())
    }));
    builder.fills.push(Fill::new(Some(node), tensor(&selection.elements), move |trace, cells| {
        let values = trace.of(source)?;
        (values.len() == cells.elements()).then_some(())?;
        for element in 0..values.len() / classes {
            let (index, most) = best(values, element, classes, after)?;
            (trace.accumulators.get(node)?.get(element) == Some(&i64::try_from(index).ok()?)).then_some(())?;
            for class in 0..classes {
                let at = element / after * after * classes + class * after + element % after;
                let difference = i128::from(most) - i128::from(*values.get(at)?);
                selection.fill(cells, at, class == index, difference - i128::from(class < index))?;
            }
        }
        Some(())
    }));
}

/// Lowest index of the maximum of output `element`, and the maximum.
pub(crate) fn best(values: &[i64], element: usize, classes: usize, after: usize) -> Option<(usize, i64)> {
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
