//! From the executor's traces to the cells of a proof.

use rayon::prelude::*;
use zkattest_circuit::ir::{Region, Tensor};

pub(crate) use crate::cells::Cells;
use crate::cells::Layout;
use crate::compile::{Compiled, FunctionKeys};
use crate::error::CompileError;
use crate::score::{Rows, Tally};
use crate::storage;
use crate::value::Source;

/// What the executor computed for one sample, flattened row-major.
#[derive(Clone, PartialEq, Eq)]
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

/// Sizes only: what a prover computes with is secret.
impl std::fmt::Debug for Trace<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Trace").field("input", &self.input.len()).finish_non_exhaustive()
    }
}

/// Cells of the rows that hold integers, rows * m each, and what a prover needs for lookups.
#[derive(Clone, PartialEq, Eq)]
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

/// Sizes, and what is public.
impl std::fmt::Debug for Witness {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Witness")
            .field("data", &self.data.len())
            .field("output", &self.output.len())
            .field("witness", &self.witness.len())
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

type OfSample = dyn Fn(&Trace<'_>, &mut Cells<'_>) -> Option<()> + Send + Sync;
type OfRow = dyn Fn(&Trace<'_>, &Rows<'_>, usize, &mut Cells<'_>) -> Option<()> + Send + Sync;
type OfBatch = dyn Fn(&Tally, &mut Cells<'_>) -> Option<()> + Send + Sync;

/// What the cells of one tensor follow from.
enum Run {
    /// A sample's trace.
    Sample(Box<OfSample>),
    /// A sample's trace and labels, and its number.
    Row(Box<OfRow>),
    /// Counts of all samples: the tensor has no sample axis.
    Batch(Box<OfBatch>),
}

/// How the cells of one tensor follow from a trace.
pub(crate) struct Fill {
    pub node: Option<usize>,
    pub tensor: u32,
    run: Run,
}

impl Fill {
    /// `run` returns None where the trace is inconsistent.
    pub fn new(
        node: Option<usize>,
        tensor: u32,
        run: impl Fn(&Trace<'_>, &mut Cells<'_>) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        Self { node, tensor, run: Run::Sample(Box::new(run)) }
    }

    /// [`Self::new`] from labels too, of a score.
    pub fn of_row(
        tensor: u32,
        run: impl Fn(&Trace<'_>, &Rows<'_>, usize, &mut Cells<'_>) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        Self { node: None, tensor, run: Run::Row(Box::new(run)) }
    }

    /// A tensor without sample axis, of a score.
    pub fn of_batch(
        tensor: u32,
        run: impl Fn(&Tally, &mut Cells<'_>) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        Self { node: None, tensor, run: Run::Batch(Box::new(run)) }
    }
}

impl std::fmt::Debug for Fill {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Fill({:?}, {})", self.node, self.tensor)
    }
}

impl Compiled {
    /// The witness of a batch.
    ///
    /// # Errors
    /// Another number of samples than the batch; an input outside its range; a trace that the executor did not
    /// compute.
    pub fn witness(&self, samples: &[Trace<'_>]) -> Result<Witness, CompileError> {
        self.witness_of(samples, &[], &[])
    }

    /// The witness of a batch and of its score. `labels`: the data tensors after the features, each flattened row-major;
    /// `thresholds`: of the score's clauses.
    ///
    /// # Errors
    /// As of [`Self::witness`]; labels that are none; another number of thresholds; a denominator that is not positive, a quotient
    /// that is out of range, a threshold that is not reached.
    pub fn witness_of(
        &self,
        samples: &[Trace<'_>],
        labels: &[&[i64]],
        thresholds: &[i64],
    ) -> Result<Witness, CompileError> {
        let batch = self.options.batch as usize;
        if samples.len() != batch {
            return Err(CompileError::Samples { expected: batch, found: samples.len() });
        }
        for (number, sample) in samples.iter().enumerate() {
            self.check_input(number, sample)?;
        }
        let cells_of = |region: Region| vec![0i16; self.circuit.rows_of(region) << self.circuit.log_row];
        let mut found = Witness {
            data: cells_of(Region::Data),
            output: cells_of(Region::Output),
            witness: cells_of(Region::Witness),
            public: Vec::new(),
            keys: Vec::new(),
        };
        let scored = match &self.score {
            None => None,
            Some(scored) => {
                let rows = Rows::new(labels, &scored.score.labels, batch)?;
                Some((rows, scored.count(samples, &rows, thresholds)?))
            }
        };
        for fill in &self.fills {
            self.fill(fill, samples, scored.as_ref(), &mut found.witness)?;
        }
        for (tensor, values) in self.data.iter().skip(1).zip(labels) {
            place(&mut found.data, &self.stored[*tensor as usize], values);
        }
        self.inputs(samples, &mut found)?;
        match scored {
            Some((_, tally)) => found.public = tally.public,
            None => self.outputs(samples, &mut found)?,
        }
        found.keys =
            self.functions.iter().map(|function| keys(function, samples)).collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Fill one tensor.
    fn fill(
        &self,
        fill: &Fill,
        samples: &[Trace<'_>],
        scored: Option<&(Rows<'_>, Tally)>,
        witness: &mut [i16],
    ) -> Result<(), CompileError> {
        let limb = u32::from(self.options.limb_bits);
        let tensor = &self.stored[fill.tensor as usize];
        let batch = if matches!(fill.run, Run::Batch(_)) { 1 } else { samples.len() };
        let layout = Layout::new(tensor, batch);
        let fail = |sample: usize| match fill.node {
            Some(node) => CompileError::Trace { sample, node },
            None => CompileError::Input { sample },
        };
        if let Run::Batch(run) = &fill.run {
            let mut cells =
                layout.cut(witness, 1, limb).and_then(|mut all| all.pop()).ok_or(CompileError::TooLarge)?;
            return scored.and_then(|(_, tally)| run(tally, &mut cells)).ok_or(CompileError::TooLarge);
        }
        let one = |number: usize, cells: &mut Cells<'_>| {
            let sample = samples.get(number)?;
            cells.go(number)?;
            match (&fill.run, scored) {
                (Run::Sample(run), _) => run(sample, cells),
                (Run::Row(run), Some((rows, _))) => run(sample, rows, number, cells),
                _ => None,
            }
        };
        // side by side; of several samples that fail, the first is named
        let together = batch.div_ceil(4 * rayon::current_num_threads()).max(1);
        let failed = layout
            .cut(witness, together, limb)
            .ok_or(CompileError::TooLarge)?
            .into_par_iter()
            .filter_map(|mut cells| cells.samples().find(|number| one(*number, &mut cells).is_none()))
            .min();
        failed.map_or(Ok(()), |sample| Err(fail(sample)))
    }

    /// Cells of the inputs.
    fn inputs(&self, samples: &[Trace<'_>], found: &mut Witness) -> Result<(), CompileError> {
        let first = self.data.first().map_or(0, |tensor| self.stored[*tensor as usize].base);
        let first = usize::try_from(first).map_err(|_| CompileError::TooLarge)?;
        let places = storage::offsets(&self.data_axes);
        for (number, sample) in samples.iter().enumerate() {
            let cells = found.data.get_mut(first..).unwrap_or_default();
            copy(cells, &places, number, sample.input).ok_or(CompileError::Input { sample: number })?;
        }
        Ok(())
    }

    /// Public integers, and cells of private outputs.
    fn outputs(&self, samples: &[Trace<'_>], found: &mut Witness) -> Result<(), CompileError> {
        let places = storage::offsets(&self.output_axes);
        let node = self.output_node;
        for (sample, trace) in samples.iter().enumerate() {
            let result = trace.of(Source::Node(node)).unwrap_or_default();
            if self.options.output_public {
                found.public.extend_from_slice(result);
            } else {
                copy(&mut found.output, &places, sample, result)
                    .ok_or(CompileError::Trace { sample, node })?;
            }
        }
        if self.options.input_public {
            samples.iter().for_each(|sample| found.public.extend_from_slice(sample.input));
        }
        Ok(())
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

/// Put a data tensor's elements into their cells; both have as many as the score says.
fn place(cells: &mut [i16], tensor: &Tensor, values: &[i64]) {
    let base = usize::try_from(tensor.base).unwrap_or(usize::MAX);
    for (offset, value) in storage::offsets(&tensor.axes).iter().zip(values) {
        if let (Some(cell), Ok(value)) = (cells.get_mut(base + offset), i16::try_from(*value)) {
            *cell = value;
        }
    }
}

/// Entries of a function's table that its inputs are, sample after sample.
fn keys(function: &FunctionKeys, samples: &[Trace<'_>]) -> Result<Vec<u32>, CompileError> {
    let mut keys = Vec::new();
    for (sample, trace) in samples.iter().enumerate() {
        let fail = || CompileError::Trace { sample, node: function.node };
        for value in trace.of(function.source).ok_or_else(fail)? {
            keys.push(u32::try_from(value - function.low).map_err(|_| fail())?);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_secrets_is_their_size() {
        let witness = Witness {
            data: vec![1234; 2],
            output: vec![2345],
            witness: vec![3456; 3],
            public: vec![7],
            keys: vec![vec![4567]],
        };
        let text = format!("{witness:?}");
        assert_eq!(text, "Witness { data: 2, output: 1, witness: 3, public: [7], .. }");
        let trace = Trace { input: &[1234], accumulators: vec![&[2345]], outputs: vec![&[3456]] };
        assert_eq!(format!("{trace:?}"), "Trace { input: 1, .. }");
    }
}
