//! reshape: acc = x in row-major order: a view, without cells where axes are cut at divisors. See `README.md`.

use zkattest_circuit::ir::{Factor, Form, Group, Kind, Point, Unit, Vector};

use crate::builder::{Builder, sum_of};
use crate::error::CompileError;
use crate::frame::{Part, parts};
use crate::value::{Source, Value, regroup, whole};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, mut values) = builder.inputs(node, 1..=1, true)?;
    let shape = builder.sizes(node)?;
    let elements: u64 = shape[1..].iter().map(|size| u64::from(*size)).product();
    if elements != specs[0].elements() as u64 {
        return Err(CompileError::Shape { node });
    }
    let value = values.swap_remove(0);
    if let Some(view) = reshaped(&value, &shape[1..]) {
        return builder.view(node, view);
    }
    let flat = builder.flattened(&value, node)?;
    builder.view(node, flat)
}

/// The same cells in another shape (the sample axis not counted); None where an axis would be cut inside a digit.
fn reshaped(value: &Value, shape: &[u32]) -> Option<Value> {
    let axes = regroup(&value.digits[1..].concat(), shape)?;
    let mut digits = vec![value.digits[0].clone()];
    digits.extend(axes);
    Some(Value { digits, source: Source::None, ..value.clone() })
}

impl Builder<'_> {
    /// A copy of `value` in the shape of node `node`, tied to it by one index over all elements.
    fn flattened(&mut self, value: &Value, node: usize) -> Result<Value, CompileError> {
        let shape = self.sizes(node)?;
        let mut source = value.clone();
        if !in_order(&source) {
            source = self.copied(&source)?;
        }
        let elements = source.shape()[1..].iter().product();
        // the node may saturate: the copy is of its input, which `view` saturates then
        let passes = self.passes(node, value);
        let digits = shape.iter().enumerate().map(|(axis, size)| whole(*size, axis)).collect();
        let trace = if passes { Source::Node(node) } else { source.source };
        let copy = self.limbs_of(&Value { digits, source: trace, ..source.clone() })?;
        let mut offset = 0;
        let samples = parts(Point::R, &mut offset, &shape[..1]);
        let flat = parts(Point::R, &mut offset, &[elements]);
        self.reserve(offset);
        let statement = self.statement("copy");
        for (value, coefficient) in [(&copy, 1), (&source, -1)] {
            let forms = joint(value, &samples, &flat, coefficient)?;
            self.right(statement, forms);
        }
        Ok(copy)
    }
}

/// Whether the stored axes, laid end to end, are the logical ones.
fn in_order(value: &Value) -> bool {
    let Some(stored) = &value.stored else { return true };
    let flat = value.digits[1..].concat();
    let samples = value.digits[0].len();
    let sizes = &stored.axes[samples..];
    regroup(&flat, sizes).is_some_and(|axes| {
        axes.iter().enumerate().all(|(axis, digits)| *digits == whole(sizes[axis], samples + axis))
    })
}

/// Forms of a value at (sample, flat index), one vector over all axes after the sample's.
fn joint(
    value: &Value,
    samples: &[Part],
    flat: &[Part],
    coefficient: i128,
) -> Result<Vec<Form>, CompileError> {
    let factors = |parts: &[Part], size: u32| Vector {
        size,
        factors: parts
            .iter()
            .map(|part| Factor { div: 1, modulus: size, kind: Kind::Eq(part.slice) })
            .collect(),
    };
    let elements: u32 = flat.iter().map(|part| part.size).product();
    let mut forms = Vec::new();
    if let Some(stored) = &value.stored {
        let mut groups = Vec::new();
        if stored.slots > 0 {
            let kind = Kind::Constants(value.weights.clone());
            let factor = Factor { div: 1, modulus: stored.slots, kind };
            groups.push(Group { axes: 1, vector: Vector { size: stored.slots, factors: vec![factor] } });
        }
        let mut axes = stored.axes.len();
        if !value.digits[0].is_empty() {
            axes -= 1;
            groups.push(Group { axes: 1, vector: factors(samples, stored.axes[0]) });
        }
        let axes = u8::try_from(axes).map_err(|_| CompileError::TooLarge)?;
        groups.push(Group { axes, vector: factors(flat, elements) });
        forms.push(Form { coefficient, unit: Unit::One, tensor: Some(stored.tensor), groups });
    }
    if value.constant != 0 {
        let coefficient = coefficient.checked_mul(value.constant).ok_or(CompileError::TooLarge)?;
        let groups =
            samples.iter().chain(flat).map(|part| sum_of(part.size, vec![Kind::Eq(part.slice)])).collect();
        forms.push(Form { coefficient, unit: Unit::One, tensor: None, groups });
    }
    Ok(forms)
}
