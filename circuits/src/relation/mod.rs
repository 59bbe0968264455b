//! Relations between committed data sets: one is a subset of another, or two have no row in common.
//!
//! A relation's circuit has the rows of all shards of both sets as its data rows, in the order of the sets and of their shards, and
//! compares rows by fingerprints, which are linear in a row's cells. See `README.md`.
//!
//! | module | holds |
//! | --- | --- |
//! | `spec` | the relation, and its bytes |
//! | `coefficients` | constants of fingerprints |
//! | `rows` | where a set's cells are, which rows are real, forms of fingerprints |
//! | `cube` | boxes of helpers and witness |
//! | `inverses` | the two sides of a sum of inverses |
//! | `subset`, `disjoint` | the statements |
//! | `witness` | cells, or why there are none |

mod coefficients;
mod cube;
mod disjoint;
mod error;
mod inverses;
mod rows;
mod spec;
mod subset;
#[cfg(test)]
mod tests;
mod witness;

use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::Lookups;

pub use error::RelationError;
pub use spec::{RelatedSet, Relation, RelationKind};
pub use witness::Shards;

use crate::architecture::Architecture;
use crate::builder::{Builder, number};
use crate::compile::Label;
use crate::error::CompileError;
use crate::options::Options;
use crate::storage;
use rows::Rows;

/// What the witness fills.
#[derive(Debug, Clone)]
enum Part {
    Subset(subset::Chosen),
    Disjoint(disjoint::Table),
}

/// A relation's circuit, with all that a prover needs to fill it.
#[derive(Debug)]
pub struct CompiledRelation {
    /// What is proved.
    pub circuit: Circuit,
    /// How lookups and quotients are filled.
    pub lookups: Lookups,
    /// What each statement says.
    pub labels: Vec<Label>,
    /// As given.
    pub relation: Relation,
    sets: [Rows; 2],
    part: Part,
}

impl CompiledRelation {
    /// Data rows of one shard of each set.
    pub fn shard_rows(&self) -> [u32; 2] {
        [self.sets[0].each, self.sets[1].each]
    }
}

/// Compile a relation for commitments of rows of 2^`log_row` cells, whose tensors are stored padded or not.
///
/// # Errors
/// Sets that cannot be compared, rows that are too small, circuits that are too large.
pub fn compile_relation(
    relation: &Relation,
    log_row: u8,
    padded: bool,
) -> Result<CompiledRelation, RelationError> {
    relation.validate()?;
    let options = Options { log_row, padded, ..Options::default() };
    options.validate()?;
    let none = Architecture { tensors: Vec::new(), constants: 0, nodes: Vec::new(), output: 0 };
    let mut builder = Builder::new(&none, options, Vec::new());
    let sets = [Rows::place(&mut builder, &relation.sets[0])?, Rows::place(&mut builder, &relation.sets[1])?];
    for rows in &sets {
        rows.check_size(relation.compared())?;
    }
    let part = match relation.kind {
        RelationKind::Subset => Part::Subset(subset::subset(&mut builder, relation, &sets[0], &sets[1])?),
        RelationKind::Disjoint => Part::Disjoint(disjoint::disjoint(&mut builder, relation, &sets)?),
    };
    for rows in &sets {
        rows.empty_padding(&mut builder);
    }
    let count = place(&mut builder, Region::Witness)?;
    if let Part::Disjoint(table) = &part {
        disjoint::limbs_in_range(&mut builder, table, count)?;
    }
    place(&mut builder, Region::Counts)?;
    place(&mut builder, Region::Helper)?;
    let Builder { circuit, lookups, labels, .. } = builder;
    circuit.validate().map_err(CompileError::from)?;
    Ok(CompiledRelation { circuit, lookups, labels, relation: relation.clone(), sets, part })
}

/// Place the tensors of a region; number of rows.
fn place(builder: &mut Builder<'_>, region: Region) -> Result<u32, CompileError> {
    let log_row = builder.options.log_row;
    let tensors = &mut builder.circuit.tensors;
    let indices: Vec<u32> =
        (0..tensors.len()).filter(|index| tensors[*index].region == region).map(number).collect();
    let cells = storage::place(tensors, &indices, 0, log_row)?;
    let rows = u32::try_from(cells.div_ceil(1 << log_row)).map_err(|_| CompileError::TooLarge)?;
    builder.circuit.rows[region as usize] = rows;
    Ok(rows)
}
