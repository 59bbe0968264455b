//! The part of a circuit after the model's last node that counts: right answers, confusions, errors. See `README.md`.

mod bounds;
mod build;
mod codec;
mod counts;
mod errors;
mod rank;
mod selected;
mod tally;
#[cfg(test)]
mod tests;

use crate::data_set::Labels;

pub(crate) use build::Scored;
pub use codec::decode_score;
pub(crate) use tally::{Rows, Tally};

/// What the model's outputs answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// The lowest index of the maximum of the outputs, of which a sample has one for each class.
    Argmax,
    /// Class 1 where the one output is at least `cut`, else class 0.
    Sign {
        /// The least output of class 1.
        cut: i64,
    },
    /// The one output is the answer.
    Value,
}

/// Which counts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal {
    /// Right answers and labelled rows.
    Hits,
    /// Labelled rows by true and predicted class.
    Confusion,
    /// Rows whose class is among the k largest outputs, and labelled rows.
    TopK(u32),
    /// Labelled rows, and sums of |e|, e^2, y' and y'^2.
    Errors,
}

/// A weighted sum: (index, weight), indices ascending, no weight zero.
pub type Weights = Vec<(u16, i64)>;

/// Two sums of counts, of which a quotient is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratio {
    /// Of counts.
    pub numerator: Weights,
    /// Of counts.
    pub denominator: Weights,
}

/// What is shown of counts that stay hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Bits of a quotient floor(2^16 numerator / denominator).
    pub quotient_bits: u8,
    /// Quotients.
    pub ratios: Vec<Ratio>,
    /// Sums of quotients that reach the statement's thresholds.
    pub clauses: Vec<Weights>,
}

/// A score: `ZKSC` (`codec`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// What the outputs answer.
    pub task: Task,
    /// Tensors of the data rows after the features.
    pub labels: Labels,
    /// Which counts there are.
    pub reveal: Reveal,
    /// e = output 2^output_shift - y 2^target_shift; zero unless errors are counted.
    pub output_shift: u8,
    /// See there; y' = y 2^target_shift.
    pub target_shift: u8,
    /// Columns counted over: 0 for all rows, k for group column k.
    pub columns: Vec<u8>,
    /// None: the counts are public.
    pub bounds: Option<Bounds>,
}

impl Score {
    /// Counts of one group.
    pub fn width(&self) -> u32 {
        match self.reveal {
            Reveal::Hits | Reveal::TopK(_) => 2,
            Reveal::Confusion => self.labels.classes() * self.labels.classes(),
            Reveal::Errors => 5,
        }
    }

    /// Groups of each column that is counted over.
    pub fn groups(&self) -> Vec<u32> {
        let groups: Vec<u32> = self.labels.groups().collect();
        self.columns.iter().filter_map(|column| groups.get(usize::from(*column)).copied()).collect()
    }

    /// Number of counts.
    pub fn counts(&self) -> u32 {
        self.groups().iter().fold(0u32, |sum, groups| sum.saturating_add(groups.saturating_mul(self.width())))
    }
}
