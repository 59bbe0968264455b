//! From the executor's traces to the cells of a proof.

use zkattest_circuit::ir::{Axis, Region, Tensor};

use crate::compile::Compiled;
use crate::error::CompileError;
use crate::rescale::Limbs;
use crate::storage;
use crate::value::Source;

/// What the executor computed for one sample, flattened row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace<'a> {
    /// The input.
    pub input: &'a [i64],
    /// The exact accumulator of each node.
    pub accumulators: Vec<&'a [i64]>,
    /// The output of each node.
    pub outputs: Vec<&'a [i64]>,
}

impl Trace<'_> {
    pub(crate) fn of(&self, source: Source) -> Option<&[i64]> {
        match source {
            Source::None => None,
            Source::Input => Some(self.input),
            Source::Node(node) => self.outputs.get(node).copied(),
        }
    }
}

/// Cells of the rows that hold integers, rows * m each, and what a prover needs for lookups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Region::Data.
    pub data: Vec<i16>,
    /// Region::Output.
    pub output: Vec<i16>,
    /// Region::Witness.
    pub witness: Vec<i16>,
    /// The public integers.
    pub public: Vec<i64>,
    /// For each function lookup, the entry of its table that each element is.
    pub keys: Vec<Vec<u32>>,
}

type Run = dyn Fn(&Trace<'_>, &mut Cells<'_>) -> Option<()> + Send + Sync;

/// How the cells of one tensor follow from a trace.
pub(crate) struct Fill {
    pub node: Option<usize>,
    pub tensor: u32,
    run: Box<Run>,
}

impl Fill {
    /// `run` returns None where the trace is inconsistent.
    pub fn new(
        node: Option<usize>,
        tensor: u32,
        run: impl Fn(&Trace<'_>, &mut Cells<'_>) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        Self { node, tensor, run: Box::new(run) }
    }
}

impl std::fmt::Debug for Fill {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Fill({:?}, {})", self.node, self.tensor)
    }
}

/// One sample's cells of one tensor with slots.
pub(crate) struct Cells<'a> {
    cells: &'a mut [i16],
    first: usize,
    slot: usize,
    /// Distances of the sample's elements from its first.
    offsets: Vec<usize>,
    limb: u32,
}

impl<'a> Cells<'a> {
    fn new(tensor: &Tensor, sample: usize, batch: usize, cells: &'a mut [i16]) -> Self {
        let room = |axes: &[Axis]| -> usize { axes.iter().map(|axis| axis.allotted as usize).product() };
        let axes = tensor.axes.get(1..).unwrap_or_default();
        // a batch of one has no sample axis
        let own = if batch > 1 { axes.get(1..).unwrap_or_default() } else { axes };
        let first = usize::try_from(tensor.base).unwrap_or(usize::MAX) + sample * room(own);
        Self { cells, first, slot: room(axes), offsets: storage::offsets(own), limb: 0 }
    }

    /// Number of elements of a sample.
    pub fn elements(&self) -> usize {
        self.offsets.len()
    }

    /// Set one cell.
    pub fn put(&mut self, slot: u32, element: usize, value: i128) -> Option<()> {
        let within = self.offsets.get(element)?;
        let cell = self.cells.get_mut(self.first + slot as usize * self.slot + within)?;
        *cell = i16::try_from(value).ok()?;
        Some(())
    }

    /// Set the limbs of a quantity; None where it is negative or too wide.
    pub fn limbs(&mut self, limbs: &Limbs, element: usize, value: i128) -> Option<()> {
        let mut left = value;
        for slot in limbs.clone() {
            self.put(slot, element, left & ((1 << self.limb) - 1))?;
            left >>= self.limb;
        }
        (left == 0).then_some(())
    }
}

impl Compiled {
    /// The witness of a batch.
    ///
    /// # Errors
    /// Another number of samples than the batch; an input outside its range; a trace that the executor did not
    /// compute.
    pub fn witness(&self, samples: &[Trace<'_>]) -> Result<Witness, CompileError> {
        let batch = self.options.batch as usize;
        if samples.len() != batch {
            return Err(CompileError::Samples { expected: batch, found: samples.len() });
        }
        let cells_of = |region: Region| vec![0i16; self.circuit.rows_of(region) << self.circuit.log_row];
        let mut witness = cells_of(Region::Witness);
        let mut data = cells_of(Region::Data);
        let mut output = cells_of(Region::Output);
        let mut public = Vec::new();
        let places = (storage::offsets(&self.data_axes), storage::offsets(&self.output_axes));
        let mut keys = vec![Vec::new(); self.functions.len()];
        for (number, sample) in samples.iter().enumerate() {
            self.check_input(number, sample)?;
            let fail = |node: Option<usize>| match node {
                Some(node) => CompileError::Trace { sample: number, node },
                None => CompileError::Input { sample: number },
            };
            for fill in &self.fills {
                let tensor = &self.stored[fill.tensor as usize];
                let mut cells = Cells::new(tensor, number, batch, &mut witness);
                cells.limb = u32::from(self.options.limb_bits);
                (fill.run)(sample, &mut cells).ok_or_else(|| fail(fill.node))?;
            }
            let result = sample.of(Source::Node(self.output_node)).unwrap_or_default();
            copy(&mut data, &places.0, number, sample.input).ok_or_else(|| fail(None))?;
            if self.options.output_public {
                public.extend_from_slice(result);
            } else {
                copy(&mut output, &places.1, number, result).ok_or_else(|| fail(Some(self.output_node)))?;
            }
            for (function, keys) in self.functions.iter().zip(&mut keys) {
                let inputs = sample.of(function.source).ok_or_else(|| fail(Some(function.node)))?;
                for value in inputs {
                    keys.push(u32::try_from(value - function.low).map_err(|_| fail(Some(function.node)))?);
                }
            }
        }
        if self.options.input_public {
            samples.iter().for_each(|sample| public.extend_from_slice(sample.input));
        }
        Ok(Witness { data, output, witness, public, keys })
    }

    fn check_input(&self, sample: usize, trace: &Trace<'_>) -> Result<(), CompileError> {
        let (low, high, elements) = self.input;
        let valid =
            trace.input.len() == elements && trace.input.iter().all(|value| (low..=high).contains(value));
        if valid { Ok(()) } else { Err(CompileError::Input { sample }) }
    }
}

/// Copy one sample's elements to their cells, which `places` has for all samples.
fn copy(cells: &mut [i16], places: &[usize], sample: usize, values: &[i64]) -> Option<()> {
    for (element, value) in values.iter().enumerate() {
        let cell = cells.get_mut(*places.get(sample * values.len() + element)?)?;
        *cell = i16::try_from(*value).ok()?;
    }
    Some(())
}
