//! Operators by their definition in `docs/arithmetic.md`: one loop per index, no tricks.

use crate::architecture::{Architecture, Attribute, Node};

pub(crate) struct Run {
    pub accumulators: Vec<Vec<i64>>,
    pub outputs: Vec<Vec<i64>>,
}

/// A tensor with its shape.
#[derive(Clone, Copy)]
struct View<'a> {
    shape: &'a [u32],
    data: &'a [i64],
}

impl View<'_> {
    /// Element at an index; None outside.
    fn at(&self, index: &[i64]) -> Option<i64> {
        let mut flat = 0;
        for (position, size) in index.iter().zip(self.shape) {
            if *position < 0 || *position >= i64::from(*size) {
                return None;
            }
            flat = flat * (*size as usize) + usize::try_from(*position).unwrap();
        }
        Some(self.data[flat])
    }

    /// Element at an index of a broadcast tensor.
    fn broadcast(&self, index: &[i64]) -> i64 {
        let own = &index[index.len() - self.shape.len()..];
        let own: Vec<i64> =
            own.iter().zip(self.shape).map(|(i, size)| if *size == 1 { 0 } else { *i }).collect();
        self.at(&own).unwrap()
    }
}

/// All indices of a shape in row-major order.
fn indices(shape: &[i64]) -> Vec<Vec<i64>> {
    shape.iter().fold(vec![Vec::new()], |prefixes, size| {
        prefixes
            .iter()
            .flat_map(|prefix| {
                (0..*size).map(move |i| {
                    let mut index = prefix.clone();
                    index.push(i);
                    index
                })
            })
            .collect()
    })
}

fn wide(shape: &[u32]) -> Vec<i64> {
    shape.iter().map(|size| i64::from(*size)).collect()
}

fn integer(node: &Node, name: &str) -> i64 {
    match node.attributes.iter().find(|(key, _)| key == name) {
        Some((_, Attribute::Integer(value))) => *value,
        _ => panic!("{} has no integer {name}", node.op),
    }
}

fn tuple(node: &Node, name: &str) -> Vec<i64> {
    match node.attributes.iter().find(|(key, _)| key == name) {
        Some((_, Attribute::Tuple(values))) => values.clone(),
        _ => panic!("{} has no tuple {name}", node.op),
    }
}

pub(crate) fn run(
    architecture: &Architecture,
    constants: &[Vec<i64>],
    input: &[i64],
    tables: &[Vec<i32>],
) -> Run {
    let mut values: Vec<Vec<i64>> = vec![input.to_vec()];
    values.extend_from_slice(constants);
    let mut tables = tables.iter();
    let mut accumulators = Vec::new();
    for (position, node) in architecture.nodes.iter().enumerate() {
        let inputs: Vec<View<'_>> = node
            .inputs
            .iter()
            .map(|index| View { shape: &architecture.tensors[*index].shape, data: &values[*index] })
            .collect();
        let shape = wide(&architecture.tensors[architecture.output_of(position)].shape);
        let accumulator: Vec<i64> = match node.op.as_str() {
            "sigmoid" | "tanh" => {
                let table = tables.next().unwrap();
                let low = architecture.tensors[node.inputs[0]].low();
                inputs[0].data.iter().map(|x| i64::from(table[usize::try_from(x - low).unwrap()])).collect()
            }
            "reshape" | "relu" | "clip" => inputs[0].data.to_vec(),
            _ => indices(&shape).iter().map(|index| element(node, &inputs, index, &shape)).collect(),
        };
        let half = if node.shift == 0 { 0 } else { 1i64 << (node.shift - 1) };
        let output =
            accumulator.iter().map(|acc| ((acc + half) >> node.shift).clamp(node.low, node.high)).collect();
        accumulators.push(accumulator);
        values.push(output);
    }
    Run { accumulators, outputs: values.split_off(1 + architecture.constants) }
}

/// One element of the accumulator.
fn element(node: &Node, inputs: &[View<'_>], index: &[i64], shape: &[i64]) -> i64 {
    let x = inputs[0];
    let last = index.len() - usize::from(!index.is_empty());
    match node.op.as_str() {
        "gemm" => {
            let w = inputs[1];
            let mut sum = inputs.get(2).map_or(0, |b| b.data[usize::try_from(index[last]).unwrap()])
                << integer(node, "bias_shift");
            for k in 0..i64::from(w.shape[0]) {
                let mut at = index.to_vec();
                at[last] = k;
                sum += x.at(&at).unwrap() * w.at(&[k, index[last]]).unwrap();
            }
            sum
        }
        "matmul" => {
            let (a, b) = (inputs[0], inputs[1]);
            let depth = i64::from(a.shape[a.shape.len() - 1]);
            let mut sum = 0;
            for k in 0..depth {
                let (mut left, mut right) = (index.to_vec(), index.to_vec());
                left[last] = k;
                right[last - 1] = k;
                sum += a.broadcast(&left) * b.broadcast(&right);
            }
            sum
        }
        "scale_shift" => {
            let channel = usize::try_from(index[1]).unwrap();
            x.at(index).unwrap() * inputs[1].data[channel]
                + (inputs[2].data[channel] << integer(node, "bias_shift"))
        }
        "add" | "sub" => {
            let shifts = tuple(node, "left_shifts");
            let (a, b) = (inputs[0].broadcast(index) << shifts[0], inputs[1].broadcast(index) << shifts[1]);
            if node.op == "add" { a + b } else { a - b }
        }
        "mul" => inputs[0].broadcast(index) * inputs[1].broadcast(index),
        "concat" => {
            let axis = usize::try_from(integer(node, "axis")).unwrap();
            let mut at = index.to_vec();
            for (input, shift) in inputs.iter().zip(tuple(node, "left_shifts")) {
                if let Some(value) = input.at(&at) {
                    return value << shift;
                }
                at[axis] -= i64::from(input.shape[axis]);
            }
            panic!("outside all inputs")
        }
        "transpose" => {
            let mut at = vec![0; index.len()];
            for (position, axis) in tuple(node, "perm").iter().enumerate() {
                at[usize::try_from(*axis).unwrap()] = index[position];
            }
            x.at(&at).unwrap()
        }
        "slice" => {
            let (starts, steps) = (tuple(node, "starts"), tuple(node, "steps"));
            let at: Vec<i64> = (0..index.len()).map(|a| starts[a] + steps[a] * index[a]).collect();
            x.at(&at).unwrap()
        }
        "pad" => {
            let pads = tuple(node, "pads");
            let at: Vec<i64> = index.iter().zip(&pads).map(|(i, pad)| i - pad).collect();
            x.at(&at).unwrap_or_else(|| integer(node, "value"))
        }
        "leaky_relu" => {
            let value = x.at(index).unwrap();
            value * if value >= 0 { 1 << 16 } else { integer(node, "slope") }
        }
        "argmax" => argmax(node, x, index, shape),
        "reduce_mean" => reduce_mean(node, x, index),
        "conv" => conv(node, inputs, index),
        "max_pool" => {
            window(node, x, index, &tuple(node, "kernel")).filter_map(|(_, value)| value).max().unwrap()
        }
        "average_pool" => average_pool(node, x, index),
        op => panic!("unknown operator {op}"),
    }
}

fn argmax(node: &Node, x: View<'_>, index: &[i64], shape: &[i64]) -> i64 {
    let axis = usize::try_from(integer(node, "axis")).unwrap();
    let mut at = index.to_vec();
    if shape.len() == x.shape.len() {
        at.remove(axis);
    }
    at.insert(axis, 0);
    let mut best = (i64::MIN, 0);
    for i in 0..i64::from(x.shape[axis]) {
        at[axis] = i;
        let value = x.at(&at).unwrap();
        if value > best.0 {
            best = (value, i);
        }
    }
    best.1
}

fn reduce_mean(node: &Node, x: View<'_>, index: &[i64]) -> i64 {
    let axes: Vec<usize> = tuple(node, "axes").iter().map(|axis| usize::try_from(*axis).unwrap()).collect();
    let sizes: Vec<i64> = axes.iter().map(|axis| i64::from(x.shape[*axis])).collect();
    let count: i64 = sizes.iter().product();
    let mut sum = 0;
    for inner in indices(&sizes) {
        let mut at = index.to_vec();
        for (axis, i) in axes.iter().zip(&inner) {
            if integer(node, "keepdims") == 1 {
                at[*axis] = *i;
            } else {
                at.insert(*axis, *i);
            }
        }
        sum += x.at(&at).unwrap();
    }
    sum * reciprocal(node, count)
}

/// round_half_up(2^bits / count).
fn reciprocal(node: &Node, count: i64) -> i64 {
    let doubled = 1i64 << (integer(node, "reciprocal_bits") + 1);
    (doubled + count) / (2 * count)
}

/// Taps of a pooling window: (position of the cell along each axis, its value; None for padding).
fn window<'a>(
    node: &'a Node,
    x: View<'a>,
    index: &'a [i64],
    kernel: &[i64],
) -> impl Iterator<Item = (Vec<i64>, Option<i64>)> + 'a {
    let (strides, dilations, pads) = (tuple(node, "strides"), tuple(node, "dilations"), tuple(node, "pads"));
    indices(kernel).into_iter().map(move |tap| {
        let mut at = index[..2].to_vec();
        let spatial: Vec<i64> =
            (0..tap.len()).map(|a| index[2 + a] * strides[a] + tap[a] * dilations[a] - pads[a]).collect();
        at.extend(&spatial);
        let value = x.at(&at);
        (spatial, value)
    })
}

fn average_pool(node: &Node, x: View<'_>, index: &[i64]) -> i64 {
    let pads = tuple(node, "pads");
    let rank = pads.len() / 2;
    let include = integer(node, "count_include_pad") == 1;
    let (mut sum, mut count) = (0, 0);
    for (position, value) in window(node, x, index, &tuple(node, "kernel")) {
        let padding = (0..rank)
            .all(|a| position[a] >= -pads[a] && position[a] < i64::from(x.shape[2 + a]) + pads[rank + a]);
        count += i64::from(value.is_some() || (include && padding));
        sum += value.unwrap_or(0);
    }
    sum * reciprocal(node, count)
}

fn conv(node: &Node, inputs: &[View<'_>], index: &[i64]) -> i64 {
    let (x, w) = (inputs[0], inputs[1]);
    let (strides, dilations, pads) = (tuple(node, "strides"), tuple(node, "dilations"), tuple(node, "pads"));
    let channel = index[1];
    let per_group = i64::from(w.shape[0]) / integer(node, "group");
    let first = channel / per_group * i64::from(w.shape[1]);
    let mut sum =
        inputs.get(2).map_or(0, |b| b.data[usize::try_from(channel).unwrap()]) << integer(node, "bias_shift");
    for tap in indices(&wide(&w.shape[2..])) {
        for c in 0..i64::from(w.shape[1]) {
            let mut at = vec![index[0], first + c];
            at.extend((0..tap.len()).map(|a| index[2 + a] * strides[a] + tap[a] * dilations[a] - pads[a]));
            let mut kernel = vec![channel, c];
            kernel.extend(&tap);
            sum += x.at(&at).unwrap_or(0) * w.at(&kernel).unwrap();
        }
    }
    sum
}
