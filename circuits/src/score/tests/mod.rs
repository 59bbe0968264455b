//! What the tests of scores share: small tasks with ties, their labels, honest witnesses, and ways to spoil them.

mod bounds;
mod codec;
mod counts;
mod unique;

use super::*;
use crate::check::{Challenges, Violation, assign, check};
use crate::compile::{Compiled, compile_scored};
use crate::data_set::Target;
use crate::error::CompileError;
use crate::options::Options;
use crate::testing::{BOTH, Net, Random, executor};
use crate::witness::{Trace, Witness};

/// Rows that a model answers, and their labels.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub net: Net,
    pub inputs: Vec<Vec<i64>>,
    pub classes: Vec<Option<usize>>,
    pub values: Vec<i64>,
    /// Of each group column: its number of groups, and each row's group.
    pub columns: Vec<(u32, Vec<usize>)>,
    pub target: Target,
}

impl Data {
    /// `rows` random rows with outputs of few values, so that many are equal; one row in four has no label.
    pub fn random(task: Task, classes: u32, rows: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let outputs = if task == Task::Argmax { classes } else { 1 };
        let (low, high) = if task == Task::Value { (-100, 100) } else { (-2, 2) };
        let net = Net::new(&[1, outputs], 8).node("clip", &[0], &[1, outputs], 8, 0).bounds(low, high);
        let mut pick = |count: u32| usize::try_from(random.between(0, i64::from(count) - 1)).unwrap();
        let labelled: Vec<bool> = (0..rows).map(|_| pick(4) > 0).collect();
        let classes: Vec<Option<usize>> = labelled
            .iter()
            .map(|labelled| labelled.then(|| if task == Task::Value { 0 } else { pick(classes) }))
            .collect();
        let columns = [2, 3].map(|groups| (groups, (0..rows).map(|_| pick(groups)).collect())).to_vec();
        let inputs =
            (0..rows).map(|_| (0..outputs).map(|_| random.between(low - 1, high + 1)).collect()).collect();
        let values =
            classes.iter().map(|class| if class.is_some() { random.between(-128, 127) } else { 0 }).collect();
        let target = if task == Task::Value { Target::Value } else { Target::Classes(outputs.max(2)) };
        Self { net, inputs, classes, values, columns, target }
    }

    pub fn labels(&self) -> Labels {
        Labels { target: self.target, columns: self.columns.iter().map(|(groups, _)| *groups).collect() }
    }

    /// The data tensors after the features.
    pub fn tensors(&self) -> Vec<Vec<i64>> {
        let classes = self.labels().classes() as usize;
        let mut tensors = Vec::new();
        if self.target == Target::Value {
            tensors.push(self.values.clone());
        }
        let all = (1, vec![0; self.classes.len()]);
        for (groups, of) in std::iter::once(&all).chain(&self.columns) {
            let mut cells = vec![0; self.classes.len() * *groups as usize * classes];
            for (row, class) in self.classes.iter().enumerate() {
                if let Some(class) = class {
                    cells[(row * *groups as usize + of[row]) * classes + class] = 1;
                }
            }
            tensors.push(cells);
        }
        tensors
    }

    /// A score over all rows and both columns.
    pub fn score(&self, task: Task, reveal: Reveal) -> Score {
        let shifts = if reveal == Reveal::Errors { (1, 2) } else { (0, 0) };
        Score {
            task,
            labels: self.labels(),
            reveal,
            output_shift: shifts.0,
            target_shift: shifts.1,
            columns: vec![0, 1, 2],
            bounds: None,
        }
    }

    /// Outputs of the model.
    pub fn outputs(&self) -> Vec<Vec<i64>> {
        let run = |input: &Vec<i64>| executor::run(&self.net.0, &[], input, &[]).outputs.pop().unwrap();
        self.inputs.iter().map(run).collect()
    }
}

/// A compiled score with a witness.
#[derive(Debug)]
pub(super) struct Case {
    pub compiled: Compiled,
    pub witness: Witness,
}

impl Case {
    pub fn of(
        data: &Data,
        score: &Score,
        thresholds: &[i64],
        options: Options,
    ) -> Result<Self, CompileError> {
        let batch = u32::try_from(data.inputs.len()).unwrap();
        let options = Options { batch, ..options };
        let compiled = compile_scored(&data.net.0, &[], &options, Some(score))?;
        let runs: Vec<_> =
            data.inputs.iter().map(|input| executor::run(&data.net.0, &[], input, &[])).collect();
        let traces: Vec<Trace<'_>> = data
            .inputs
            .iter()
            .zip(&runs)
            .map(|(input, run)| Trace {
                input,
                accumulators: run.accumulators.iter().map(Vec::as_slice).collect(),
                outputs: run.outputs.iter().map(Vec::as_slice).collect(),
            })
            .collect();
        let tensors = data.tensors();
        let labels: Vec<&[i64]> = tensors.iter().map(Vec::as_slice).collect();
        let witness = compiled.witness_of(&traces, &labels, thresholds)?;
        Ok(Self { compiled, witness })
    }

    pub fn new(data: &Data, score: &Score, options: Options) -> Self {
        Self::of(data, score, &[], options).unwrap()
    }

    /// Names of the statements that do not hold.
    pub fn violations(&self) -> Vec<&'static str> {
        let circuit = &self.compiled.circuit;
        let challenges = Challenges::from_seed(circuit, 7);
        let cells = assign(circuit, &self.compiled.lookups, &[], &self.witness, &challenges);
        match check(circuit, &cells, &challenges) {
            Ok(()) => Vec::new(),
            Err(Violation { statements }) => {
                statements.iter().map(|index| self.compiled.labels[*index as usize].name).collect()
            }
        }
    }

    pub fn accept(&self) {
        assert_eq!(self.violations(), [] as [&str; 0]);
    }

    pub fn refuse(&self, names: &[&str]) {
        assert_eq!(self.violations(), names);
    }

    /// Cell of data tensor `tensor` (0: the features).
    pub fn data(&mut self, tensor: usize, element: usize) -> &mut i16 {
        let tensor = &self.compiled.stored[self.compiled.data[tensor] as usize];
        let cell = usize::try_from(tensor.base).unwrap() + crate::storage::offsets(&tensor.axes)[element];
        &mut self.witness.data[cell]
    }

    /// Cell of the tensor that the score's `nth` fill owns. `element` counts through samples.
    pub fn cell(&mut self, nth: usize, slot: usize, element: usize) -> &mut i16 {
        let fill = self.compiled.fills.iter().filter(|fill| fill.node.is_none()).nth(nth).unwrap();
        let tensor = &self.compiled.stored[fill.tensor as usize];
        let slots: usize = tensor.axes[1..].iter().map(|axis| axis.allotted as usize).product();
        let within = crate::storage::offsets(&tensor.axes[1..])[element];
        &mut self.witness.witness[usize::try_from(tensor.base).unwrap() + slot * slots + within]
    }
}
