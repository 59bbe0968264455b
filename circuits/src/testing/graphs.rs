//! Random graphs of all operators: whatever is composed, honest witnesses are accepted.

use crate::options::Options;
use crate::testing::{BOTH, Case, Net, Random};

/// What a node reads.
#[derive(Clone, Copy)]
enum Tensor {
    Activation(usize),
    Constant(usize),
}

/// One node, before the constants are counted.
struct Step {
    op: &'static str,
    inputs: Vec<Tensor>,
    shape: Vec<u32>,
    shift: u8,
    bounds: (i64, i64),
    integers: Vec<(&'static str, i64)>,
    tuples: Vec<(&'static str, Vec<i64>)>,
}

struct Graph {
    random: Random,
    /// Shapes of the activations, the input first.
    shapes: Vec<Vec<u32>>,
    constants: Vec<(Vec<u32>, u8)>,
    steps: Vec<Step>,
}

impl Graph {
    fn pick(&mut self, low: i64, high: i64) -> i64 {
        self.random.between(low, high)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.pick(0, i64::try_from(count).unwrap() - 1)).unwrap()
    }

    fn constant(&mut self, shape: &[u32], bits: u8) -> Tensor {
        self.constants.push((shape.to_vec(), bits));
        Tensor::Constant(self.constants.len() - 1)
    }

    /// Random bounds, now and then narrower than 8 bits.
    fn bounds(&mut self) -> (i64, i64) {
        match self.pick(0, 3) {
            0 => (0, 127),
            1 => (self.pick(-100, 0), self.pick(1, 100)),
            _ => (-128, 127),
        }
    }

    fn push(&mut self, op: &'static str, inputs: Vec<Tensor>, shape: Vec<u32>, shift: u8) -> &mut Step {
        let bounds = if op == "relu" { (0, 127) } else { self.bounds() };
        self.shapes.push(shape.clone());
        self.steps.push(Step { op, inputs, shape, shift, bounds, integers: Vec::new(), tuples: Vec::new() });
        self.steps.last_mut().unwrap()
    }

    /// Strides, dilations and pads of windows that fit `sizes`, and the outputs' sizes.
    #[allow(clippy::type_complexity, reason = "three attributes and the sizes")]
    fn windows(
        &mut self,
        sizes: &[u32],
        kernel: &[i64],
        most: i64,
    ) -> (Vec<(&'static str, Vec<i64>)>, Vec<u32>) {
        let (mut strides, mut dilations, mut begins, mut ends, mut outputs) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (size, kernel) in sizes.iter().zip(kernel) {
            let (stride, dilation) = (self.pick(1, 2), self.pick(1, 2));
            let (begin, end) = (self.pick(0, most.min(kernel - 1)), self.pick(0, most.min(kernel - 1)));
            let span = dilation * (kernel - 1) + 1;
            let dilation = if i64::from(*size) + begin + end < span { 1 } else { dilation };
            let room = i64::from(*size) + begin + end - (dilation * (kernel - 1) + 1);
            strides.push(stride);
            dilations.push(dilation);
            begins.push(begin);
            ends.push(end);
            outputs.push(u32::try_from(room / stride + 1).unwrap());
        }
        begins.extend(ends);
        (vec![("strides", strides), ("dilations", dilations), ("pads", begins)], outputs)
    }

    /// Append a node that reads activation `source`, if one of this kind fits.
    fn step(&mut self, kind: i64) {
        let source = self.below(self.shapes.len());
        let x = self.shapes[source].clone();
        let input = Tensor::Activation(source);
        let rank = x.len();
        match kind {
            0 if rank >= 2 => {
                let outputs = u32::try_from(self.pick(1, 5)).unwrap();
                let weights = self.constant(&[x[rank - 1], outputs], 8);
                let bias = self.constant(&[outputs], 16);
                let mut shape = x;
                shape[rank - 1] = outputs;
                self.push("gemm", vec![input, weights, bias], shape, 9).integers = vec![("bias_shift", 1)];
            }
            1 if rank >= 3 => self.conv(input, &x),
            2 | 3 if rank >= 3 => self.pool(input, &x, kind == 2),
            4 if rank >= 1 => {
                let mut perm: Vec<i64> = (0..i64::try_from(rank).unwrap()).collect();
                (1..rank).for_each(|i| perm.swap(i, self.below(i + 1)));
                let shape = perm.iter().map(|axis| x[usize::try_from(*axis).unwrap()]).collect();
                self.push("transpose", vec![input], shape, 0).tuples = vec![("perm", perm)];
            }
            5 | 6 => {
                // random factors of the number of elements
                let mut left: u32 = x.iter().product();
                let mut shape = Vec::new();
                for divisor in [2, 3, 2, 5, 7] {
                    if left.is_multiple_of(divisor) && self.pick(0, 2) > 0 {
                        shape.push(divisor);
                        left /= divisor;
                    }
                }
                let at = self.below(shape.len() + 1);
                shape.insert(at, left);
                let sizes = shape.iter().map(|size| i64::from(*size)).collect();
                self.push("reshape", vec![input], shape, 0).tuples = vec![("shape", sizes)];
            }
            7 => {
                let shifts = vec![("left_shifts", vec![self.pick(0, 1), self.pick(0, 1)])];
                let other = self.operand(&x);
                self.push("add", vec![other, input], x, 1).tuples = shifts;
            }
            8 => {
                let other = self.operand(&x);
                self.push("mul", vec![input, other], x, 7);
            }
            9 if rank >= 2 => {
                // x x^T over the last two axes
                let mut perm: Vec<i64> = (0..i64::try_from(rank).unwrap()).collect();
                perm.swap(rank - 1, rank - 2);
                let mut shape = x.clone();
                shape.swap(rank - 1, rank - 2);
                self.push("transpose", vec![input], shape, 0).tuples = vec![("perm", perm)];
                self.steps.last_mut().unwrap().bounds = (-128, 127);
                let transposed = Tensor::Activation(self.shapes.len() - 1);
                let mut shape = x;
                shape[rank - 1] = shape[rank - 2];
                self.push("matmul", vec![input, transposed], shape, 9);
            }
            10 if rank >= 1 => {
                let axis = self.below(rank);
                let mut shape = x;
                shape[axis] = shape[axis] * 2 + 1;
                let mut extra = shape.clone();
                extra[axis] = 1;
                let one = self.constant(&extra, 8);
                let step = self.push("concat", vec![input, one, input], shape, 0);
                step.integers = vec![("axis", i64::try_from(axis).unwrap())];
                step.tuples = vec![("left_shifts", vec![0, 1, 0])];
            }
            11 if rank >= 1 => {
                let axis = self.below(rank);
                let backwards = self.pick(0, 1) == 1;
                let (mut starts, mut steps) = (vec![0; rank], vec![1; rank]);
                let mut shape = x;
                shape[axis] = shape[axis].div_ceil(2);
                steps[axis] = if backwards { -2 } else { 2 };
                starts[axis] = if backwards { i64::from(shape[axis] - 1) * 2 } else { 0 };
                let sizes = shape.iter().map(|size| i64::from(*size)).collect();
                self.push("slice", vec![input], shape, 0).tuples =
                    vec![("starts", starts), ("steps", steps), ("sizes", sizes)];
            }
            12 if rank >= 1 => {
                let pads: Vec<i64> = (0..2 * rank).map(|_| self.pick(0, 1)).collect();
                let grown = |axis: usize| u32::try_from(pads[axis] + pads[rank + axis]).unwrap();
                let shape = (0..rank).map(|axis| x[axis] + grown(axis)).collect();
                let value = self.pick(-200, 200);
                let step = self.push("pad", vec![input], shape, 0);
                step.integers = vec![("value", value)];
                step.tuples = vec![("pads", pads)];
            }
            13 if rank >= 1 => {
                let axis = self.below(rank);
                let mut shape = x;
                shape.remove(axis);
                let step = self.push("reduce_mean", vec![input], shape, 12);
                step.integers = vec![("keepdims", 0), ("reciprocal_bits", 12)];
                step.tuples = vec![("axes", vec![i64::try_from(axis).unwrap()])];
            }
            14 => {
                let slope = self.pick(-70_000, 70_000);
                self.push("leaky_relu", vec![input], x, 16).integers = vec![("slope", slope)];
            }
            15 => {
                self.push("relu", vec![input], x, 0);
            }
            16 if rank >= 2 => {
                let (scale, shift) = (self.constant(&x[1..2], 8), self.constant(&x[1..2], 16));
                self.push("scale_shift", vec![input, scale, shift], x, 8).integers = vec![("bias_shift", 0)];
            }
            17 if rank >= 1 && x.iter().all(|size| *size < 100) => {
                let axis = self.below(rank);
                let keep = self.pick(0, 1);
                let mut shape = x;
                if keep == 1 {
                    shape[axis] = 1;
                } else {
                    shape.remove(axis);
                }
                let step = self.push("argmax", vec![input], shape, 0);
                step.bounds = (-128, 127);
                step.integers = vec![("axis", i64::try_from(axis).unwrap()), ("keepdims", keep)];
            }
            _ => {}
        }
    }

    /// A second operand of `shape` or of one that broadcasts to it.
    fn operand(&mut self, shape: &[u32]) -> Tensor {
        let same: Vec<usize> = (0..self.shapes.len()).filter(|index| self.shapes[*index] == shape).collect();
        if self.pick(0, 1) == 0 {
            let first = self.below(shape.len() + 1);
            let mut own = shape[first..].to_vec();
            for size in &mut own {
                *size = if self.pick(0, 2) == 0 { 1 } else { *size };
            }
            return self.constant(&own, 8);
        }
        let at = self.below(same.len());
        Tensor::Activation(same[at])
    }

    fn conv(&mut self, input: Tensor, x: &[u32]) {
        let kernel: Vec<i64> =
            x[2..].iter().map(|size| self.random.between(1, i64::from(*size).min(3))).collect();
        let (tuples, sizes) = self.windows(&x[2..], &kernel, 2);
        let groups = if x[1].is_multiple_of(2) && self.pick(0, 1) == 1 { 2 } else { 1 };
        let outputs = groups * u32::try_from(self.pick(1, 3)).unwrap();
        let mut shape = vec![outputs, x[1] / groups];
        shape.extend(kernel.iter().map(|size| u32::try_from(*size).unwrap()));
        let weights = self.constant(&shape, 8);
        let shape = [x[0], outputs].into_iter().chain(sizes).collect();
        let step = self.push("conv", vec![input, weights], shape, 8);
        step.tuples = tuples;
        step.integers = vec![("group", i64::from(groups)), ("bias_shift", 0)];
    }

    fn pool(&mut self, input: Tensor, x: &[u32], largest: bool) {
        let kernel: Vec<i64> =
            x[2..].iter().map(|size| self.random.between(1, i64::from(*size).min(3))).collect();
        // no window of padding alone
        let (mut tuples, sizes) = self.windows(&x[2..], &kernel, 0);
        tuples.push(("kernel", kernel));
        let shape = [x[0], x[1]].into_iter().chain(sizes).collect();
        if largest {
            self.push("max_pool", vec![input], shape, 0).tuples = tuples;
        } else {
            tuples.push(("overhang", vec![0; x.len() - 2]));
            let include = self.pick(0, 1);
            let step = self.push("average_pool", vec![input], shape, 12);
            step.tuples = tuples;
            step.integers = vec![("count_include_pad", include), ("reciprocal_bits", 12)];
        }
    }

    fn net(&self) -> Net {
        let mut net = Net::new(&self.shapes[0], 8);
        for (shape, bits) in &self.constants {
            net = net.constant(shape, *bits);
        }
        for step in &self.steps {
            let inputs: Vec<usize> = step
                .inputs
                .iter()
                .map(|input| match input {
                    Tensor::Activation(0) => 0,
                    Tensor::Activation(index) => self.constants.len() + index,
                    Tensor::Constant(index) => 1 + index,
                })
                .collect();
            net = net.node(step.op, &inputs, &step.shape, 8, step.shift).bounds(step.bounds.0, step.bounds.1);
            for (name, value) in &step.integers {
                net = net.integer(name, *value);
            }
            for (name, values) in &step.tuples {
                net = net.tuple(name, values);
            }
        }
        net
    }
}

fn graph(seed: u64) -> Graph {
    let mut random = Random(seed);
    let rank = random.between(1, 4);
    let shape: Vec<u32> = (0..rank).map(|_| u32::try_from(random.between(1, 5)).unwrap()).collect();
    let mut graph = Graph { random, shapes: vec![shape], constants: Vec::new(), steps: Vec::new() };
    let nodes = graph.pick(1, 6);
    while graph.steps.len() < usize::try_from(nodes).unwrap() {
        let kind = graph.pick(0, 17);
        let largest = graph.shapes.iter().map(|shape| shape.iter().product::<u32>()).max().unwrap();
        let grows = matches!(kind, 10 | 12);
        if !grows || largest < 150 {
            graph.step(kind);
        }
    }
    graph
}

#[test]
fn no_cell_is_free() {
    for seed in 200..240 {
        let mut case = Case::random(&graph(seed).net(), BOTH[usize::from(seed % 2 == 1)], seed);
        let mut random = Random(seed);
        let tensors: Vec<_> = case.compiled.fills.iter().map(|fill| fill.tensor as usize).collect();
        for tensor in tensors {
            let tensor = &case.compiled.stored[tensor];
            let (mut cell, mut stride) = (tensor.base, 1);
            for axis in tensor.axes.iter().rev() {
                cell += u64::try_from(random.between(0, i64::from(axis.size) - 1)).unwrap() * stride;
                stride *= u64::from(axis.allotted);
            }
            let cell = usize::try_from(cell).unwrap();
            case.witness.witness[cell] ^= 1;
            assert_ne!(case.violations(), [] as [&str; 0], "graph {seed}, cell {cell}");
            case.witness.witness[cell] ^= 1;
        }
    }
}

#[test]
fn random_graphs_are_accepted() {
    for seed in 0..150 {
        let graph = graph(seed);
        let mut random = Random(seed ^ 0xabcd);
        let options = Options {
            log_row: 10,
            columns: u8::try_from(random.between(2, 5)).unwrap(),
            limb_bits: u8::try_from(random.between(8, 12)).unwrap(),
            padded: false,
            batch: u32::try_from(random.between(1, 3)).unwrap(),
            input_public: random.between(0, 1) == 1,
            output_public: random.between(0, 1) == 1,
        };

        Case::random(&graph.net(), options, seed).accept();
    }
}
