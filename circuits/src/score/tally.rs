//! Labels checked, and counts computed as their definition says, without a circuit.

use super::build::Scored;
use super::errors::parts;
use super::rank::before;
use super::selected::{logits, lowest};
use super::{Reveal, Score};
use crate::data_set::{Labels, Target};
use crate::error::CompileError;
use crate::witness::Trace;

/// Labels of all rows: the data tensors after the features, each flattened row-major.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    tensors: &'a [&'a [i64]],
    labels: &'a Labels,
}

impl<'a> Rows<'a> {
    /// Labels of `batch` rows.
    ///
    /// # Errors
    /// Another number of tensors or of elements; a row of l0 that is neither one-hot nor zero; a row that has not
    /// exactly one group of each column at its class and nothing elsewhere. Values are not named: they are secret.
    pub fn new(tensors: &'a [&'a [i64]], labels: &'a Labels, batch: usize) -> Result<Self, CompileError> {
        let elements = labels.elements();
        if tensors.len() != elements.len() {
            return Err(CompileError::Data { tensor: 1 + tensors.len().min(elements.len()) });
        }
        let short = tensors.iter().zip(&elements).position(|(tensor, count)| tensor.len() != batch * count);
        if let Some(tensor) = short {
            return Err(CompileError::Data { tensor: 1 + tensor });
        }
        let rows = Self { tensors, labels };
        for row in 0..batch {
            rows.check(row)?;
        }
        Ok(rows)
    }

    fn check(&self, row: usize) -> Result<(), CompileError> {
        let fail = |column: usize| {
            let tensor = 1 + column + usize::from(self.labels.target == Target::Value);
            CompileError::Label { tensor, row }
        };
        let all = self.column(0, row);
        let is_bit = |value: &i64| matches!(value, 0 | 1);
        if !all.iter().all(is_bit) || all.iter().sum::<i64>() > 1 {
            return Err(fail(0));
        }
        for column in 1..=self.labels.columns.len() {
            let values = self.column(column, row);
            let sums = |class: usize| values.iter().skip(class).step_by(all.len()).sum::<i64>();
            if !values.iter().all(is_bit) || (0..all.len()).any(|class| sums(class) != all[class]) {
                return Err(fail(column));
            }
        }
        Ok(())
    }

    /// Labels \[groups, classes\] of a row in a column; column 0 is l0.
    pub fn column(&self, column: usize, row: usize) -> &'a [i64] {
        let tensor = self.tensors[column + usize::from(self.labels.target == Target::Value)];
        let count = tensor.len() / self.rows();
        &tensor[row * count..(row + 1) * count]
    }

    fn rows(&self) -> usize {
        let classes = self.labels.classes() as usize;
        let all = self.tensors[usize::from(self.labels.target == Target::Value)];
        all.len() / classes
    }

    /// y of a row, in regression.
    pub fn value(&self, row: usize) -> Option<i64> {
        if self.labels.target == Target::Value { self.tensors.first()?.get(row).copied() } else { None }
    }

    /// Class of a row, if it is labelled.
    pub fn class(&self, row: usize) -> Option<usize> {
        self.column(0, row).iter().position(|label| *label == 1)
    }

    /// Group of a row in a column, if it is labelled; column 0 has one group.
    pub fn group(&self, column: usize, row: usize) -> Option<usize> {
        let classes = self.labels.classes() as usize;
        self.column(column, row).iter().position(|label| *label == 1).map(|index| index / classes)
    }
}

/// What the cells without sample axis and the public integers follow from.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// As the score orders them.
    pub counts: Vec<i128>,
    /// Of each ratio: its quotient; its remainder, and denominator - 1 - remainder.
    pub quotients: Vec<i128>,
    pub remainders: Vec<(i128, i128)>,
    /// Of each clause: what it exceeds its threshold by.
    pub slacks: Vec<i128>,
    /// The counts, or the thresholds.
    pub public: Vec<i64>,
}

impl Scored {
    /// The counts and all that follows from them.
    pub fn count(
        &self,
        samples: &[Trace<'_>],
        rows: &Rows<'_>,
        thresholds: &[i64],
    ) -> Result<Tally, CompileError> {
        let outputs: Option<Vec<&[i64]>> = samples.iter().map(|sample| sample.of(self.source)).collect();
        let counts = self.tally(&outputs.unwrap_or_default(), rows)?;
        let mut tally = Tally { counts, ..Tally::default() };
        match &self.score.bounds {
            Some(bounds) => bounds.settle(&mut tally, thresholds)?,
            None if thresholds.is_empty() => {
                let public = tally.counts.iter().map(|count| i64::try_from(*count)).collect::<Result<_, _>>();
                tally.public = public.map_err(|_| CompileError::TooLarge)?;
            }
            None => return Err(CompileError::Thresholds { expected: 0, found: thresholds.len() }),
        }
        Ok(tally)
    }

    /// The counts. `outputs`: what is scored, of each row.
    pub fn tally(&self, outputs: &[&[i64]], rows: &Rows<'_>) -> Result<Vec<i128>, CompileError> {
        let score = &self.score;
        let width = score.width() as usize;
        let mut counts = vec![0i128; score.counts() as usize];
        for (row, outputs) in outputs.iter().enumerate() {
            let Some(class) = rows.class(row) else { continue };
            let target = rows.value(row).unwrap_or_default();
            let own = row_counts(score, outputs, class, target).ok_or(CompileError::Input { sample: row })?;
            let mut first = 0;
            for (column, groups) in score.columns.iter().zip(score.groups()) {
                let group = rows.group(usize::from(*column), row).unwrap_or_default();
                for (index, value) in &own {
                    counts[first + group * width + index] += value;
                }
                first += groups as usize * width;
            }
        }
        Ok(counts)
    }
}

/// What a labelled row adds to its group's counts: (index, value).
fn row_counts(score: &Score, outputs: &[i64], class: usize, target: i64) -> Option<Vec<(usize, i128)>> {
    let classes = score.labels.classes() as usize;
    let hit = |right: bool| vec![(0, i128::from(right)), (1, 1)];
    Some(match score.reveal {
        Reveal::Hits => hit(lowest(&logits(score.task, outputs))? == class),
        Reveal::Confusion => vec![(class * classes + lowest(&logits(score.task, outputs))?, 1)],
        Reveal::TopK(k) => hit(before(outputs, class)? < k as usize),
        Reveal::Errors => {
            let (error, target) = parts(score, *outputs.first()?, target);
            let sums = [1, error.abs(), error * error, target, target * target];
            sums.into_iter().enumerate().collect()
        }
    })
}
