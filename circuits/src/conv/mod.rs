//! conv: acc\[n, o, p\] = sum over c, t of x\[n, g(o) C/G + c, s p + d t - pad\] w\[o, c, t\] + b\[o\] 2^bias_shift. See
//! `README.md`.

use zkattest_circuit::ir::{Kind, Point};

use crate::builder::{Builder, Factors, selected, sum_of};
use crate::error::CompileError;
use crate::frame::{Frame, Map, Operand, Part, parts};
use crate::operators::{products, scaled, sum};
use crate::value::{Digit, Value, regroup};
use crate::windows::{Window, windows};

#[cfg(test)]
mod tests;

pub(crate) fn build(builder: &mut Builder<'_>, node: usize) -> Result<Value, CompileError> {
    let (specs, values) = builder.inputs(node, 2..=3, true)?;
    let (x, w) = (&specs[0].shape, &specs[1].shape);
    if x.len() < 3 || x.len() != w.len() {
        return Err(CompileError::Inputs { node });
    }
    let architecture = builder.architecture;
    let groups = architecture.integer(node, "group", 1..=i64::from(x[1]))?;
    let groups = u32::try_from(groups).map_err(|_| CompileError::TooLarge)?;
    let bias_fits = specs.get(2).is_none_or(|bias| bias.shape == w[..1]);
    if u64::from(w[1]) * u64::from(groups) != u64::from(x[1]) || w[0] % groups != 0 || !bias_fits {
        return Err(CompileError::Inputs { node });
    }
    let shift = architecture.integer(node, "bias_shift", 0..=62)?;
    let spatial = windows(architecture, node, &x[2..], &w[2..], &[])?;

    let sizes = [x[0], w[0]].into_iter().chain(spatial.iter().map(|window| window.outputs));
    builder.expect(node, sizes)?;

    let taps = w[1..].iter().map(|size| u64::from(*size)).product();
    let mut range = products(taps, values[0].range(), values[1].range());
    if let Some(bias) = values.get(2) {
        range = sum(range, scaled(bias.range(), 1 << shift));
    }
    let output = builder.output(node, range, 0)?;

    let mut input = values[0].clone();
    if regroup(&input.digits[2], &[groups, w[1]]).is_none() {
        input = builder.copied(&input)?;
    }
    // channels as (group, channel within it); spatial axes whole
    let channels = regroup(&input.digits[2], &[groups, w[1]]).ok_or(CompileError::Geometry)?;
    input.digits.splice(2..3, channels);
    let mut left = vec![Map::Same(0), Map::Same(1), Map::Contract(0), Map::Contract(1)];
    let positions =
        spatial.iter().zip(3..).map(|(window, axis)| Map::Affine(window.affine(axis, 0, window.outputs)));
    left.extend(positions);
    let mut right = vec![Map::Same(2), Map::Contract(1)];
    right.extend(spatial.iter().map(|_| Map::Sum));
    let mut operands =
        vec![Operand { value: input, maps: left }, Operand { value: values[1].clone(), maps: right }];
    operands.extend(values.get(2).map(|bias| Operand { value: bias.clone(), maps: vec![Map::Same(2)] }));
    let shape = builder.sizes(node)?;
    let frame = builder.fit(&shape, 2, &mut operands)?;
    let statement = builder.statement("accumulator");
    if let Some(scale) = builder.rescale(statement, &output, &frame)? {
        let factors =
            functionals(builder, &operands[0].value, &operands[1].value, &spatial, &frame, w[0] / groups)?;
        builder.term(statement, scale, factors);
        if let Some(bias) = operands.get(2) {
            builder.linear(statement, -scale << shift, bias, &frame)?;
        }
    }
    Ok(output.value())
}

/// The two functionals over (group, channel, input positions). x: eq everywhere. w: eq(r) selects the output channel, whose
/// group is tied to rho's, and each kernel axis sums eq(r, p) eq(rho, s p + d t - pad) over the outputs p.
fn functionals(
    builder: &mut Builder<'_>,
    x: &Value,
    w: &Value,
    spatial: &[Window],
    frame: &Frame,
    per_group: u32,
) -> Result<Vec<u32>, CompileError> {
    let mut variables = 0;
    let groups = parts(Point::Rho, &mut variables, &frame.contractions[0]);
    let channels = parts(Point::Rho, &mut variables, &frame.contractions[1]);
    let positions: Vec<Part> = spatial
        .iter()
        .filter_map(|window| parts(Point::Rho, &mut variables, &[window.inputs]).pop())
        .collect();

    let mut factors = vec![
        selected(&x.digits[0], &frame.axes[0], &[])?,
        selected(&x.digits[1], &frame.axes[1], &[])?,
        selected(&x.digits[2], &groups, &[])?,
        selected(&x.digits[3], &channels, &[])?,
    ];
    for (digits, part) in x.digits[4..].iter().zip(&positions) {
        factors.push(digits.iter().map(|digit| (*digit, vec![Kind::Eq(part.slice)])).collect());
    }
    let forms = builder.forms(x, &factors, &[], 1)?;
    let left = builder.functional(variables, forms);

    let mut outputs = selected(&w.digits[0], &frame.axes[2], &[])?;
    outputs.extend(group_of(&w.digits[0], &groups, per_group));
    let mut factors = vec![outputs, selected(&w.digits[1], &channels, &[])?];
    let mut scalars = Vec::new();
    for (axis, window) in spatial.iter().enumerate() {
        let Some(output) = frame.axes[3 + axis].first().map(|part| part.slice) else {
            // a single output reads each input through one tap at most
            let empty = zkattest_circuit::ir::Slice { point: Point::R, offset: 0, len: 0 };
            push(&mut factors, &mut scalars, &w.digits[2 + axis], kernel(window, empty, &positions[axis]));
            continue;
        };
        push(&mut factors, &mut scalars, &w.digits[2 + axis], kernel(window, output, &positions[axis]));
    }
    let forms = builder.forms(w, &factors, &scalars, 1)?;
    Ok(vec![left, builder.functional(variables, forms)])
}

/// What ties output channel o to its group, o div (O / G).
fn group_of(digits: &[Digit], groups: &[Part], per_group: u32) -> Factors {
    let Some(whole) = digits.first() else { return Vec::new() };
    let mut div = whole.div * per_group;
    let mut factors = Vec::new();
    for part in groups.iter().rev() {
        factors.push((Digit { size: part.size, axis: whole.axis, div }, vec![Kind::Eq(part.slice)]));
        div *= part.size;
    }
    factors
}

fn kernel(window: &Window, output: zkattest_circuit::ir::Slice, input: &Part) -> Kind {
    Kind::Window {
        output,
        input: input.slice,
        outputs: window.outputs,
        inputs: window.inputs,
        stride: window.stride,
        dilation: window.dilation,
        offset: -window.begin,
    }
}

/// A kernel axis of size 1 has no digit: its only entry is a scalar.
fn push(
    factors: &mut Vec<Factors>,
    scalars: &mut Vec<zkattest_circuit::ir::Group>,
    digits: &[Digit],
    kind: Kind,
) {
    match digits.first() {
        Some(digit) => factors.push(vec![(*digit, vec![kind])]),
        None => {
            factors.push(Vec::new());
            scalars.push(sum_of(1, vec![kind]));
        }
    }
}
