//! What operators' tests share: small models, a naive executor, honest witnesses and ways to spoil them.

pub(crate) mod executor;
mod graphs;

use zkattest_circuit::ir::{Region, Tensor};

use crate::architecture::{Architecture, Attribute, Node, Spec};
use crate::check::{Challenges, Violation, assign, check};
use crate::compile::{Compiled, compile};
use crate::options::Options;
use crate::witness::{Trace, Witness};

/// Reproducible integers (Steele, Lea, Flood: SplitMix64).
pub(crate) struct Random(pub u64);

impl Random {
    /// Uniform enough in low..=high.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let span = u64::try_from(high - low + 1).unwrap();
        low + i64::try_from((z ^ (z >> 31)) % span).unwrap()
    }
}

/// A model under construction.
#[derive(Debug, Clone)]
pub(crate) struct Net(pub Architecture);

impl Net {
    pub fn new(shape: &[u32], bits: u8) -> Self {
        let input = Spec { shape: shape.to_vec(), bits, scale: 0 };
        Net(Architecture { tensors: vec![input], constants: 0, nodes: Vec::new(), output: 0 })
    }

    /// Constants come before nodes.
    pub fn constant(mut self, shape: &[u32], bits: u8) -> Self {
        self.0.tensors.push(Spec { shape: shape.to_vec(), bits, scale: 0 });
        self.0.constants += 1;
        self
    }

    /// A node of `bits` whose bounds are those of its width; `shape` is its output's.
    pub fn node(mut self, op: &str, inputs: &[usize], shape: &[u32], bits: u8, shift: u8) -> Self {
        self.0.tensors.push(Spec { shape: shape.to_vec(), bits, scale: 0 });
        self.0.nodes.push(Node {
            op: op.to_owned(),
            inputs: inputs.to_vec(),
            attributes: Vec::new(),
            shift,
            low: -(1 << (bits - 1)),
            high: (1 << (bits - 1)) - 1,
        });
        self.0.output = self.0.tensors.len() - 1;
        self
    }

    /// Bounds of the last node.
    pub fn bounds(mut self, low: i64, high: i64) -> Self {
        let node = self.0.nodes.last_mut().unwrap();
        (node.low, node.high) = (low, high);
        self
    }

    /// An integer attribute of the last node.
    pub fn integer(mut self, name: &str, value: i64) -> Self {
        let node = self.0.nodes.last_mut().unwrap();
        node.attributes.push((name.to_owned(), Attribute::Integer(value)));
        self
    }

    /// A tuple attribute of the last node.
    pub fn tuple(mut self, name: &str, values: &[i64]) -> Self {
        let node = self.0.nodes.last_mut().unwrap();
        node.attributes.push((name.to_owned(), Attribute::Tuple(values.to_vec())));
        self
    }
}

pub(crate) const OPTIONS: Options = Options {
    log_row: 9,
    columns: 3,
    limb_bits: 8,
    padded: false,
    batch: 2,
    input_public: false,
    output_public: true,
};

/// Merged and padded axes.
pub(crate) const BOTH: [Options; 2] = [OPTIONS, Options { padded: true, ..OPTIONS }];

/// Random constants and inputs over their whole ranges.
pub(crate) fn draw(net: &Net, batch: u32, seed: u64) -> (Vec<Vec<i64>>, Vec<Vec<i64>>) {
    let mut random = Random(seed);
    let mut fill = |spec: &Spec| -> Vec<i64> {
        (0..spec.elements()).map(|_| random.between(spec.low(), spec.high())).collect()
    };
    let constants = (0..net.0.constants).map(|index| fill(&net.0.tensors[1 + index])).collect();
    let inputs = (0..batch).map(|_| fill(&net.0.tensors[0])).collect();
    (constants, inputs)
}

/// A prover who computes `other` instead of `net`, on the same constants, breaks the statement `name` and no other.
pub(crate) fn impostor(net: &Net, other: &Net, name: &str) {
    let (constants, inputs) = draw(net, OPTIONS.batch, 5);
    for options in BOTH {
        let (constants, inputs) = (constants.clone(), inputs.clone());
        let used = constants.clone();
        Case::pretending(net, (other, &used, &[]), options, constants, inputs, Vec::new()).refuse(&[name]);
    }
}

/// A prover who computes with other constants breaks the accumulator and nothing else.
pub(crate) fn other_constants(net: &Net, alter: impl Fn(&mut Vec<Vec<i64>>)) {
    let (constants, inputs) = draw(net, OPTIONS.batch, 6);
    let mut used = constants.clone();
    alter(&mut used);
    assert_ne!(used, constants);
    for options in BOTH {
        let (constants, inputs) = (constants.clone(), inputs.clone());
        Case::pretending(net, (net, &used, &[]), options, constants, inputs, Vec::new())
            .refuse(&["accumulator"]);
    }
}

/// A compiled model with an honest witness.
pub(crate) struct Case {
    pub compiled: Compiled,
    pub model: Vec<i16>,
    pub witness: Witness,
    /// The same with padded axes where these are merged, and the reverse.
    twin: Option<Box<Case>>,
}

impl Case {
    /// Random constants and inputs.
    pub fn random(net: &Net, options: Options, seed: u64) -> Self {
        let (constants, inputs) = draw(net, options.batch, seed);
        Self::new(net, options, constants, inputs, Vec::new())
    }

    pub fn new(
        net: &Net,
        options: Options,
        constants: Vec<Vec<i64>>,
        inputs: Vec<Vec<i64>>,
        tables: Vec<Vec<i32>>,
    ) -> Self {
        Self::pretending(net, (net, &constants, &tables), options, constants.clone(), inputs, tables.clone())
    }

    /// The circuit and model of `net`, and a witness that is right for another architecture, other constants or other tables.
    pub fn pretending(
        net: &Net,
        (other, used, looked_up): (&Net, &[Vec<i64>], &[Vec<i32>]),
        options: Options,
        constants: Vec<Vec<i64>>,
        inputs: Vec<Vec<i64>>,
        tables: Vec<Vec<i32>>,
    ) -> Self {
        let twin = Options { padded: !options.padded, ..options };
        let twin = Self::single(net, (other, used, looked_up), twin, &constants, &inputs, &tables);
        let case = Self::single(net, (other, used, looked_up), options, &constants, &inputs, &tables);
        assert_eq!(case.witness.public, twin.witness.public);
        Self { twin: Some(Box::new(twin)), ..case }
    }

    fn single(
        net: &Net,
        (other, used, looked_up): (&Net, &[Vec<i64>], &[Vec<i32>]),
        options: Options,
        constants: &[Vec<i64>],
        inputs: &[Vec<i64>],
        tables: &[Vec<i32>],
    ) -> Self {
        let compiled = compile(&net.0, tables, &options).unwrap();
        let slices: Vec<&[i64]> = constants.iter().map(Vec::as_slice).collect();
        let model = compiled.model_cells(&slices).unwrap();
        let runs: Vec<_> =
            inputs.iter().map(|input| executor::run(&other.0, used, input, looked_up)).collect();
        let traces: Vec<Trace<'_>> = inputs
            .iter()
            .zip(&runs)
            .map(|(input, run)| Trace {
                input,
                accumulators: run.accumulators.iter().map(Vec::as_slice).collect(),
                outputs: run.outputs.iter().map(Vec::as_slice).collect(),
            })
            .collect();
        let witness = compiled.witness(&traces).unwrap();
        Self { compiled, model, witness, twin: None }
    }

    /// Names of the statements that do not hold, of either circuit.
    pub fn violations(&self) -> Vec<&'static str> {
        let circuit = &self.compiled.circuit;
        let challenges = Challenges::from_seed(circuit, 7);
        let cells = assign(circuit, &self.compiled.lookups, &self.model, &self.witness, &challenges);
        match check(circuit, &cells, &challenges) {
            Ok(()) => Vec::new(),
            Err(Violation { statements }) => {
                statements.iter().map(|index| self.compiled.labels[*index as usize].name).collect()
            }
        }
    }

    /// Every statement holds, and the registration's; so they do with the axes stored the other way.
    pub fn accept(&self) {
        assert_eq!(self.violations(), [] as [&str; 0]);
        let circuit = &self.compiled.registration;
        let challenges = Challenges::from_seed(circuit, 8);
        let cells =
            assign(circuit, &self.compiled.registration_lookups, &self.model, &self.witness, &challenges);
        check(circuit, &cells, &challenges).unwrap();
        if let Some(twin) = &self.twin {
            twin.accept();
        }
    }

    /// The spoilt cells break the statements of these names and no others.
    pub fn refuse(&self, names: &[&str]) {
        assert_eq!(self.violations(), names);
    }

    /// Position in the witness rows of a cell of the `nth` tensor that node `node` (or the input) owns.
    pub fn position(
        &self,
        node: Option<usize>,
        nth: usize,
        slot: usize,
        sample: usize,
        element: usize,
    ) -> usize {
        let fill = self.compiled.fills.iter().filter(|fill| fill.node == node).nth(nth).unwrap();
        let tensor: &Tensor = &self.compiled.stored[fill.tensor as usize];
        assert_eq!(tensor.region, Region::Witness);
        let batch = self.compiled.options.batch as usize;
        let sizes: Vec<usize> = tensor.axes[1..].iter().map(|axis| axis.size as usize).collect();
        let elements = sizes.iter().product::<usize>() / batch;
        let mut left = sample * elements + element;
        let (mut cell, mut stride) = (usize::try_from(tensor.base).unwrap(), 1);
        for axis in tensor.axes[1..].iter().rev() {
            cell += left % axis.size as usize * stride;
            left /= axis.size as usize;
            stride *= axis.allotted as usize;
        }
        cell + slot * stride
    }

    /// Add to a cell of a node's first tensor.
    pub fn add(&mut self, node: usize, slot: usize, sample: usize, element: usize, value: i16) {
        *self.cell(node, slot, sample, element) += value;
    }

    /// A cell of a node's first tensor.
    pub fn cell(&mut self, node: usize, slot: usize, sample: usize, element: usize) -> &mut i16 {
        let position = self.position(Some(node), 0, slot, sample, element);
        &mut self.witness.witness[position]
    }
}
