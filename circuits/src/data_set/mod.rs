//! Rows of a data set: which tensors a shard commits to, and the circuit that registers one. See `README.md`.

mod codec;
mod register;
#[cfg(test)]
mod tests;

use zkattest_circuit::ir::{Axis, Region};

use crate::builder::Builder;
use crate::error::CompileError;
use crate::options::Options;
use crate::value::{Value, regroup};

pub use codec::decode_data_spec;
pub(crate) use codec::read_labels;
pub use register::{DataCircuit, compile_data};

/// Most classes, and most groups of a column.
pub const MOST_GROUPS: u32 = 1 << 12;
/// Most group columns.
pub const MOST_COLUMNS: u8 = 64;

/// What a row is labelled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One of so many classes, at least 2.
    Classes(u32),
    /// A quantised value.
    Value,
}

/// Tensors of a shard besides the features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// What a row is labelled with.
    pub target: Target,
    /// Groups of each column.
    pub columns: Vec<u32>,
}

/// A shard's rows: `ZKDS` (`codec`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSpec {
    /// Rows.
    pub capacity: u32,
    /// Width of features and values, 8 to 16.
    pub bits: u8,
    /// Shape of a row's features.
    pub features: Vec<u32>,
    /// The further tensors.
    pub labels: Labels,
}

impl Labels {
    /// Classes; 1 for values.
    pub fn classes(&self) -> u32 {
        match self.target {
            Target::Classes(classes) => classes,
            Target::Value => 1,
        }
    }

    /// Groups of each of the tensors l0, l1, ..: one for all rows, then the columns'.
    pub fn groups(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(1).chain(self.columns.iter().copied())
    }

    /// Elements of a row in each of the tensors after the features.
    pub(crate) fn elements(&self) -> Vec<usize> {
        let value = (self.target == Target::Value).then_some(1);
        let classes = self.classes() as usize;
        value.into_iter().chain(self.groups().map(|groups| groups as usize * classes)).collect()
    }

    pub(crate) fn is_valid(&self) -> bool {
        let classes = match self.target {
            Target::Classes(classes) => (2..=MOST_GROUPS).contains(&classes),
            Target::Value => true,
        };
        let groups = self.columns.iter().all(|groups| (1..=MOST_GROUPS).contains(groups));
        classes && groups && self.columns.len() <= usize::from(MOST_COLUMNS)
    }
}

/// The label tensors of a circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelValues {
    /// y \[capacity\].
    pub target: Option<Value>,
    /// l0, l1, ..: \[capacity, groups, classes\].
    pub columns: Vec<Value>,
}

impl Builder<'_> {
    /// Cells of the data rows after the features, in the order in which a shard commits to them.
    pub fn labels(&mut self, labels: &Labels, bits: u8) -> Result<LabelValues, CompileError> {
        let capacity = self.options.batch;
        let limit = 1i64 << (bits - 1);
        let target = match labels.target {
            Target::Classes(_) => None,
            Target::Value => {
                let cells = self.store(Region::Data, 0, &[capacity])?;
                Some(Value { low: -limit, high: limit - 1, ..cells })
            }
        };
        let mut columns = Vec::new();
        for (number, groups) in labels.groups().enumerate() {
            let mut sizes = vec![capacity];
            sizes.extend((number > 0).then_some(groups));
            sizes.extend((number == 0 || labels.target != Target::Value).then_some(labels.classes()));
            let cells = self.store(Region::Data, 0, &sizes)?;
            let digits = regroup(&cells.digits.concat(), &[capacity, groups, labels.classes()])
                .ok_or(CompileError::Geometry)?;
            if digits.iter().any(|axis| axis.len() > 1) {
                return Err(CompileError::Geometry); // labels have no copies
            }
            columns.push(Value { low: 0, high: 1, digits, ..cells });
        }
        Ok(LabelValues { target, columns })
    }
}

/// Shape in which a tensor is committed to, row-major: elements, and the box of cells that they are in the first corner of.
/// Without padding the commitment pads the last axis itself.
pub(crate) fn committed(axes: &[Axis], options: &Options) -> (Vec<u64>, Vec<u64>) {
    let sizes: Vec<u64> = axes.iter().map(|axis| u64::from(axis.size)).collect();
    let cells = axes.iter().map(|axis| u64::from(axis.allotted)).collect();
    if options.padded { (sizes, cells) } else { (sizes.clone(), sizes) }
}
