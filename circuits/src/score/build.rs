//! Statements of a score: which cells there are, and in which order.

use super::{Reveal, Score};
use crate::architecture::Architecture;
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

impl Builder<'_> {
    /// Count. `labels` are those of the data rows.
    pub fn score(&mut self, score: &Score, labels: &LabelValues) -> Result<Scored, CompileError> {
        let tensor = scored(self.architecture);
        let outputs = self.outputs(tensor, score)?;
        let source = outputs.source;
        let selected = match score.reveal {
            Reveal::Hits | Reveal::Confusion => self.answer(score, &outputs)?,
            Reveal::TopK(_) | Reveal::Errors => return Err(CompileError::Score { part: "reveal" }),
        };
        for (number, groups) in score.columns.iter().zip(score.groups()) {
            let column = &labels.columns[usize::from(*number)];
            let counts = self.public(&count_shape(score, groups))?;
            match score.reveal {
                Reveal::Hits => self.hits(column, &selected, &counts)?,
                _ => self.confusion(column, &selected, &counts)?,
            }
        }
        let stored = |value: &Value| value.stored.as_ref().map(|stored| stored.tensor);
        let tensors = labels.target.iter().chain(&labels.columns).filter_map(stored).collect();
        Ok(Scored { score: score.clone(), source, tensors })
    }

    /// The scored tensor as [samples, outputs].
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
