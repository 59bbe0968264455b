//! A functional's values at every boolean point: the tables that sum-check 1 folds.

use crate::ProverError;
use crate::contract::{Leg, contract};
use crate::rows::Rows;
use crate::scope::{Action, Scatter, Scope, mask};
use crate::small::index;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_circuit::geometry::offsets;
use zkattest_circuit::ir::{Form, Functional, Tensor};
use zkattest_field::Scalar;

/// Values of a functional at all 2^n points, variable 1 the most significant bit.
pub(crate) fn table(
    scope: &Scope<'_>,
    rows: &Rows<'_>,
    functional: &Functional,
) -> Result<Vec<Scalar>, ProverError> {
    let variables = usize::from(functional.variables);
    let mut out = vec![Scalar::ZERO; 1 << variables];
    for form in &functional.forms {
        add_form(scope, rows, form, variables, &mut out)?;
    }
    Ok(out)
}

/// Distances in cells of the entries of `axes` consecutive axes, starting at axis `first`.
pub(crate) fn group_offsets(tensor: &Tensor, strides: &[u64], first: usize, axes: usize) -> Vec<usize> {
    let sizes: Vec<(u32, u64)> = tensor.axes[first..first + axes]
        .iter()
        .zip(&strides[first..])
        .map(|(axis, stride)| (axis.size, *stride))
        .collect();
    offsets(&sizes).into_iter().map(index).collect()
}

/// Cells of a tensor's elements in row-major order.
pub(crate) fn elements(tensor: &Tensor) -> Vec<usize> {
    let strides = tensor.strides().unwrap_or_default();
    let base = index(tensor.base);
    group_offsets(tensor, &strides, 0, tensor.axes.len()).into_iter().map(|offset| base + offset).collect()
}

/// One dimension of what is left of a form once its fixed groups are contracted.
struct Dimension {
    scatter: Scatter,
    /// Distance of neighbours in the contracted values; zero for a group without axes.
    stride: usize,
}

fn add_form(
    scope: &Scope<'_>,
    rows: &Rows<'_>,
    form: &Form,
    variables: usize,
    out: &mut [Scalar],
) -> Result<(), ProverError> {
    let mut scale = Scalar::from(form.coefficient) * scope.challenges.unit(form.unit);
    let used = form.groups.iter().fold(0, |used, group| used | mask(&group.vector, variables));
    let tensor = form.tensor.map(|number| &scope.circuit.tensors[zkattest_circuit::index(number)]);
    let strides = tensor.and_then(Tensor::strides).unwrap_or_default();
    let mut free = Vec::new();
    let mut actions = Vec::new();
    let mut axis = 0;
    for group in &form.groups {
        let action = scope.action(&group.vector, variables);
        match (tensor, group.axes) {
            (Some(tensor), axes) if axes > 0 => {
                let axes = usize::from(axes);
                actions.push((group_offsets(tensor, &strides, axis, axes), action));
                axis += axes;
            }
            _ => match action {
                Action::Fixed(weights) => scale *= weights.iter().sum::<Scalar>(),
                Action::Scatter(scatter) => free.push(Dimension { scatter, stride: 0 }),
                Action::Spread(entries) => {
                    let (places, weights) = entries.into_iter().flatten().unzip();
                    free.push(Dimension {
                        scatter: Scatter { places, coefficients: Some(weights) },
                        stride: 0,
                    });
                }
            },
        }
    }
    if scale == Scalar::ZERO {
        return Ok(());
    }
    let values = match tensor {
        None => vec![Scalar::ONE],
        Some(tensor) => {
            let legs: Vec<Leg<'_>> = actions
                .iter()
                .map(|(offsets, action)| Leg {
                    offsets: offsets.clone(),
                    weights: if let Action::Fixed(weights) = action { Some(weights) } else { None },
                })
                .collect();
            contract(&scope.cpu, rows.source(tensor.region), index(tensor.base), &legs)?
        }
    };
    let moving = actions.into_iter().filter(|(_, action)| !matches!(action, Action::Fixed(_)));
    let (values, mut dimensions) =
        gather(values, moving.map(|(offsets, action)| (offsets.len(), action)).collect());
    free.append(&mut dimensions);
    // The last is the innermost loop.
    let whole = (1usize << variables) - 1;
    if used == whole {
        scatter(&free, &values, scale, out);
    } else {
        let mut own = vec![Scalar::ZERO; out.len()];
        scatter(&free, &values, scale, &mut own);
        for bit in (0..variables).map(|bit| 1usize << bit).filter(|bit| used & bit == 0) {
            // Below: the bits already copied or used; points with this bit copy those without.
            for chunk in own.chunks_mut(2 * bit) {
                let (low, high) = chunk.split_at_mut(bit);
                high.copy_from_slice(low);
            }
        }
        out.iter_mut().zip(&own).for_each(|(sum, value)| *sum += value);
    }
    Ok(())
}

/// Applies groups whose entries count at several x, so that every dimension scatters.
fn gather(mut values: Vec<Scalar>, mut groups: Vec<(usize, Action)>) -> (Vec<Scalar>, Vec<Dimension>) {
    for number in (0..groups.len()).rev() {
        let after: usize = groups[number + 1..].iter().map(|(size, _)| *size).product();
        let (size, action) = &mut groups[number];
        let Action::Spread(entries) = action else { continue };
        let mut places: Vec<usize> = entries.iter().flatten().map(|(place, _)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let width = places.len();
        let entries: Vec<Vec<(usize, Scalar)>> = entries
            .iter()
            .map(|entries| {
                let find = |place: &usize| places.binary_search(place).unwrap_or(0);
                entries.iter().map(|(place, weight)| (find(place), *weight)).collect()
            })
            .collect();
        let before = *size * after;
        let mut spread = vec![Scalar::ZERO; values.len() / before.max(1) * width * after];
        let one = |(out, values): (&mut [Scalar], &[Scalar])| {
            for (values, entries) in values.chunks(after).zip(&entries) {
                for (place, weight) in entries {
                    let out = &mut out[place * after..(place + 1) * after];
                    out.iter_mut().zip(values).for_each(|(sum, value)| *sum += *weight * value);
                }
            }
        };
        if width > 0 && before > 0 {
            spread.par_chunks_mut(width * after).zip(values.par_chunks(before)).for_each(one);
        }
        values = spread;
        *size = width;
        *action = Action::Scatter(Scatter { places, coefficients: None });
    }
    let mut stride = values.len();
    let mut dimensions = Vec::new();
    for (size, action) in groups {
        stride /= size.max(1);
        if let Action::Scatter(scatter) = action {
            dimensions.push(Dimension { scatter, stride });
        }
    }
    (values, dimensions)
}

/// out\[or of places\] += scale * product of coefficients * value, over all combinations.
fn scatter(dimensions: &[Dimension], values: &[Scalar], scale: Scalar, out: &mut [Scalar]) {
    // A window that no tap reaches leaves nothing.
    let Some(first) = values.first() else { return };
    let Some((inner, outer)) = dimensions.split_last() else {
        out[0] += scale * first;
        return;
    };
    // (place, first value, coefficient) of each combination of the outer dimensions.
    let mut heads = vec![(0usize, 0usize, scale)];
    for dimension in outer {
        heads = heads
            .iter()
            .flat_map(|(place, at, weight)| {
                let entry = move |(i, own): (usize, &usize)| {
                    let weight = match &dimension.scatter.coefficients {
                        None => *weight,
                        Some(coefficients) => *weight * coefficients[i],
                    };
                    (place | own, at + i * dimension.stride, weight)
                };
                dimension.scatter.places.iter().enumerate().map(entry)
            })
            .collect();
    }
    let places = &inner.scatter.places;
    if inner.stride == 0 {
        // A group without axes: its values are all the head's.
        heads.iter_mut().for_each(|(_, at, weight)| *weight *= values[*at]);
    }
    let add = |weight: Scalar, at: usize, i: usize, sum: &mut Scalar| {
        let own = inner.scatter.coefficients.as_ref().map(|coefficients| coefficients[i]);
        let value = (inner.stride != 0).then(|| values[at + i * inner.stride]);
        *sum += match (own, value) {
            (None, None) => weight,
            (Some(other), None) | (None, Some(other)) if weight == Scalar::ONE => other,
            (Some(other), None) | (None, Some(other)) => weight * other,
            (Some(own), Some(value)) if weight == Scalar::ONE => own * value,
            (Some(own), Some(value)) => weight * own * value,
        };
    };
    let width = places.len().next_power_of_two();
    let run = places.iter().enumerate().all(|(i, place)| i == *place);
    let mut by_chunk: Vec<Option<(usize, Scalar)>> = Vec::new();
    if run && out.len() >= 8192 && heads.iter().all(|(place, ..)| place % width == 0) {
        by_chunk = vec![None; out.len() / width];
        for (place, at, weight) in &heads {
            if by_chunk[place / width].replace((*at, *weight)).is_some() {
                by_chunk.clear();
                break;
            }
        }
    }
    if by_chunk.is_empty() {
        for (place, at, weight) in heads {
            for (i, own) in places.iter().enumerate() {
                add(weight, at, i, &mut out[place | own]);
            }
        }
        return;
    }
    out.par_chunks_mut(width).zip(by_chunk).for_each(|(out, head)| {
        if let Some((at, weight)) = head {
            for (i, sum) in out.iter_mut().enumerate().take(places.len()) {
                add(weight, at, i, sum);
            }
        }
    });
}
