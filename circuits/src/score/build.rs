//! Statements of a score: which cells there are, and in which order.

use super::{Reveal, Score, errors};
use crate::architecture::{ACCUMULATOR_LIMIT, Architecture};
use crate::builder::Builder;
use crate::data_set::LabelValues;
use crate::error::CompileError;
use crate::value::{Source, Value};

/// What a prover needs of a score besides fills.
#[derive(Debug, Clone)]
pub(crate) struct Scored {
    pub score: Score,
    /// Where traces hold what is scored.
    pub source: Source,
    /// Tensors of the data rows after the features.
    pub tensors: Vec<u32>,
}

/// What a score works on: the input of a last node that is an argmax, else the output. Its index among the tensors.
pub(crate) fn scored(architecture: &Architecture) -> usize {
    let node = &architecture.nodes[architecture.output - 1 - architecture.constants];
    if node.op == "argmax" { node.inputs[0] } else { architecture.output }
}

/// Hidden counts stay below this in size.
const MOST_HIDDEN: i128 = 1 << 80;

/// The range of all counts of a group: they share cells of one width.
fn span(ranges: &[(i128, i128)]) -> (i128, i128) {
    ranges.iter().fold((0, 0), |(low, high), (from, to)| (low.min(*from), high.max(*to)))
}

impl Builder<'_> {
    /// Count. `labels` are those of the data rows.
    pub fn score(&mut self, score: &Score, labels: &LabelValues) -> Result<Scored, CompileError> {
        let tensor = scored(self.architecture);
        let outputs = self.outputs(tensor, score)?;
        let source = outputs.source;
        let own = self.answers(score, &outputs, labels)?;
        let ranges = self.ranges(score, &outputs, labels)?;
        let (mut counts, mut first) = (Vec::new(), 0);
        for (number, groups) in score.columns.iter().zip(score.groups()) {
            let shape = count_shape(score, groups);
            let found = match &score.bounds {
                None => self.public(&shape)?,
                Some(_) => self.hidden(&shape, span(&ranges), first)?,
            };
            first += groups as usize * score.width() as usize;
            let column = &labels.columns[usize::from(*number)];
            match (score.reveal, &labels.target) {
                (Reveal::Hits, _) => self.hits(column, &own, &found)?,
                (Reveal::Confusion, _) => self.confusion(column, &own, &found)?,
                (Reveal::TopK(_), _) => self.ranks(column, &own, &found)?,
                (Reveal::Errors, Some(target)) => self.errors(score, column, (&own, target), &found)?,
                (Reveal::Errors, None) => return Err(CompileError::Score { part: "labels" }),
            }
            counts.push(found);
        }
        if let Some(bounds) = &score.bounds {
            // by number of the count: each group has all of them
            let groups: u32 = score.groups().iter().sum();
            let all: Vec<(i128, i128)> = (0..groups).flat_map(|_| ranges.clone()).collect();
            self.bounds(score, bounds, &counts, &all)?;
        }
        let stored = |value: &Value| value.stored.as_ref().map(|stored| stored.tensor);
        let tensors = labels.target.iter().chain(&labels.columns).filter_map(stored).collect();
        Ok(Scored { score: score.clone(), source, tensors })
    }

    /// What is counted of each sample: its answer, whether it is right, or the size of its error.
    fn answers(
        &mut self,
        score: &Score,
        outputs: &Value,
        labels: &LabelValues,
    ) -> Result<Value, CompileError> {
        match (score.reveal, &labels.target) {
            (Reveal::Hits | Reveal::Confusion, _) => self.answer(score, outputs),
            (Reveal::TopK(k), _) => self.ranked(k, outputs, &labels.columns[0]),
            (Reveal::Errors, Some(target)) => self.sizes_of_errors(score, outputs, target),
            (Reveal::Errors, None) => Err(CompileError::Score { part: "labels" }),
        }
    }

    /// Ranges of a group's counts.
    fn ranges(
        &self,
        score: &Score,
        outputs: &Value,
        labels: &LabelValues,
    ) -> Result<Vec<(i128, i128)>, CompileError> {
        let rows = self.options.batch;
        let ranges = match &labels.target {
            Some(target) => errors::ranges(score, rows, outputs, target),
            None => vec![(0, rows.into()); score.width() as usize],
        };
        // public integers have 64 bits
        let most = if score.bounds.is_some() { MOST_HIDDEN } else { ACCUMULATOR_LIMIT };
        let fits = ranges.iter().all(|(low, high)| low.abs().max(high.abs()) < most);
        if fits { Ok(ranges) } else { Err(CompileError::Score { part: "range of errors" }) }
    }

    /// The scored tensor as \[samples, outputs\].
    fn outputs(&self, tensor: usize, score: &Score) -> Result<Value, CompileError> {
        let architecture = self.architecture;
        let value = self.values.get(tensor).ok_or(CompileError::Score { part: "task" })?;
        let expected = match score.task {
            super::Task::Argmax => score.labels.classes(),
            super::Task::Sign { .. } | super::Task::Value => 1,
        };
        // classes are the last axis, and a sample has one answer
        let shape = &architecture.tensors[tensor].shape;
        let last = shape.last().copied().unwrap_or(1);
        if last != expected || shape.iter().product::<u32>() != expected {
            return Err(CompileError::Outputs { expected, found: shape.iter().product() });
        }
        let source = match tensor.checked_sub(1 + architecture.constants) {
            Some(node) => Source::Node(node),
            None => Source::Input,
        };
        let (sample, rest) = value.digits.split_at(1);
        let digits = vec![sample.concat(), rest.concat()];
        Ok(Value { digits, source, ..value.clone() })
    }
}

/// Shape of a column's counts.
pub(super) fn count_shape(score: &Score, groups: u32) -> Vec<u32> {
    match score.reveal {
        Reveal::Confusion => vec![groups, score.labels.classes(), score.labels.classes()],
        _ => vec![groups, score.width()],
    }
}
