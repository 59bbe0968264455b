//! Cells of a relation, or why it does not hold.

use std::collections::{BTreeMap, HashMap, HashSet};

use zkattest_circuit::ir::{Circuit, Region};

use super::disjoint::Table;
use super::error::RelationError;
use super::rows::Rows;
use super::subset::Chosen;
use super::{CompiledRelation, Part};
use crate::error::CompileError;
use crate::rescale::Limbs;
use crate::storage;
use crate::witness::Witness;

/// A set's cells: of each shard, of each of its tensors, \[capacity, ..\] row-major.
pub type Shards<'a> = [Vec<&'a [i64]>];

/// The real rows of a set.
struct Content<'a> {
    set: usize,
    rows: &'a Rows,
    shards: &'a Shards<'a>,
    widths: Vec<usize>,
}

impl<'a> Content<'a> {
    fn new(set: usize, rows: &'a Rows, shards: &'a Shards<'a>) -> Result<Self, RelationError> {
        let widths = rows.set.widths();
        let same = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(RelationError::Sizes { set, what, expected, found }) }
        };
        same("shards", rows.set.shards(), shards.len())?;
        for shard in shards {
            same("tensors", widths.len(), shard.len())?;
            for (width, values) in widths.iter().zip(shard) {
                same("elements of a tensor", width * rows.set.capacity as usize, values.len())?;
            }
        }
        let content = Self { set, rows, shards, widths };
        let last = content.shards.last().into_iter().flatten().zip(&content.widths);
        let mut after = last.flat_map(|(values, width)| &values[rows.set.last() as usize * width..]);
        if after.any(|value| *value != 0) {
            return Err(RelationError::Padding { set });
        }
        Ok(content)
    }

    fn count(&self) -> usize {
        (self.shards.len() - 1) * self.rows.set.capacity as usize + self.rows.set.last() as usize
    }

    /// Row `row` of the set in tensor `tensor`.
    fn row(&self, row: usize, tensor: usize) -> &'a [i64] {
        let (capacity, width) = (self.rows.set.capacity as usize, self.widths[tensor]);
        let within = row % capacity * width;
        &self.shards[row / capacity][tensor][within..within + width]
    }

    /// The first `tensors` tensors of a row.
    fn key(&self, row: usize, tensors: usize) -> Vec<&'a [i64]> {
        (0..tensors).map(|tensor| self.row(row, tensor)).collect()
    }

    /// Writes the set's data rows.
    fn write(&self, log_row: u8, data: &mut [i16]) -> Result<(), RelationError> {
        let fail = |tensor| RelationError::Cell { set: self.set, tensor };
        for (shard, tensors) in self.shards.iter().enumerate() {
            let start = (self.rows.first as usize + shard * self.rows.each as usize) << log_row;
            for (tensor, (placed, values)) in self.rows.tensors.iter().zip(tensors).enumerate() {
                let base = start + usize::try_from(placed.base).map_err(|_| CompileError::TooLarge)?;
                for (offset, value) in storage::offsets(&placed.axes).into_iter().zip(*values) {
                    let cell = data.get_mut(base + offset).ok_or(CompileError::Geometry)?;
                    *cell = i16::try_from(*value).map_err(|_| fail(tensor))?;
                }
            }
        }
        Ok(())
    }
}

impl CompiledRelation {
    /// The witness that the relation holds between two sets.
    ///
    /// # Errors
    /// Sizes other than the relation's; [`RelationError::NotContained`] and [`RelationError::Overlap`] where it does not hold;
    /// [`RelationError::Collision`] where other coefficients are needed.
    pub fn witness(&self, sets: [&Shards<'_>; 2]) -> Result<Witness, RelationError> {
        let content = [Content::new(0, &self.sets[0], sets[0])?, Content::new(1, &self.sets[1], sets[1])?];
        let cells = |region: Region| vec![0i16; self.circuit.rows_of(region) << self.circuit.log_row];
        let (mut data, mut witness) = (cells(Region::Data), cells(Region::Witness));
        for content in &content {
            content.write(self.circuit.log_row, &mut data)?;
        }
        match &self.part {
            Part::Subset(chosen) => self.choose(&content, chosen, &mut witness)?,
            Part::Disjoint(table) => self.sort(&content, table, &mut witness)?,
        }
        Ok(Witness { data, output: Vec::new(), witness, public: Vec::new(), keys: Vec::new() })
    }

    /// Marks a row of the parent for each of the child.
    fn choose(
        &self,
        [parent, child]: &[Content<'_>; 2],
        chosen: &Chosen,
        witness: &mut [i16],
    ) -> Result<(), RelationError> {
        let tensors = self.relation.compared();
        let mut free: HashMap<Vec<&[i64]>, Vec<usize>> = HashMap::new();
        for row in 0..parent.count() {
            free.entry(parent.key(row, tensors)).or_default().push(row);
        }
        let base = base(&self.circuit, chosen.tensor)?;
        let mut missing = 0;
        for row in 0..child.count() {
            match free.get_mut(&child.key(row, tensors)).and_then(Vec::pop) {
                Some(row) => {
                    let cell = base + parent.rows.point(row);
                    *witness.get_mut(cell).ok_or(CompileError::Geometry)? = 1;
                }
                None => missing += 1,
            }
        }
        let rows = child.count();
        if missing == 0 { Ok(()) } else { Err(RelationError::NotContained { missing, rows }) }
    }

    /// Writes the table of keys.
    fn sort(&self, sets: &[Content<'_>; 2], table: &Table, witness: &mut [i16]) -> Result<(), RelationError> {
        let tensors = self.relation.compared();
        let [first, second] = sets;
        let known: HashSet<Vec<&[i64]>> = (0..first.count()).map(|row| first.key(row, tensors)).collect();
        let overlap = (0..second.count()).filter(|row| known.contains(&second.key(*row, tensors))).count();
        if overlap > 0 {
            return Err(RelationError::Overlap { rows: overlap });
        }
        let flat: Vec<Vec<i128>> = self.relation.coefficients(0)?.iter().map(|c| c.flat()).collect();
        let mut keys: BTreeMap<i128, (i128, i128)> = BTreeMap::new();
        for (side, content) in (0i128..).zip(sets) {
            for row in 0..content.count() {
                let sum: i128 = (flat.iter().enumerate())
                    .flat_map(|(tensor, flat)| content.row(row, tensor).iter().zip(flat))
                    .map(|(cell, coefficient)| i128::from(*cell) * coefficient)
                    .sum();
                let entry = keys.entry(sum + table.offset).or_insert((side, 0));
                if entry.0 != side {
                    return Err(RelationError::Collision);
                }
                entry.1 += 1;
            }
        }
        let after = keys.keys().next_back().map_or(0, |last| last + 1);
        let more = (after..).map(|key| (key, (0, 0)));
        let entries: Vec<(i128, (i128, i128))> =
            keys.into_iter().chain(more).take(1 << table.cube.variables).collect();
        let next = entries.iter().skip(1).map(|(key, _)| *key).chain([table.end]);
        let room = 1usize << table.cube.variables;
        let base = base(&self.circuit, table.tensor)?;
        for (point, ((key, (side, count)), next)) in entries.iter().zip(next).enumerate() {
            let parts = [
                (&table.key, *key),
                (&table.gap, next - key - 1),
                (&table.side, *side),
                (&table.count, *count),
            ];
            for (limbs, value) in parts {
                let first = base + point;
                put(witness, limbs, value, table.limb, |slot| first + slot as usize * room)
                    .ok_or(CompileError::Geometry)?;
            }
        }
        Ok(())
    }
}

impl Rows {
    /// The point of a row: shard and row within it, in bits.
    pub(super) fn point(&self, row: usize) -> usize {
        let capacity = self.set.capacity as usize;
        ((row / capacity) << storage::bits(self.set.capacity)) + row % capacity
    }
}

fn base(circuit: &Circuit, tensor: u32) -> Result<usize, RelationError> {
    let base = circuit.tensors.get(tensor as usize).map(|tensor| tensor.base);
    base.and_then(|base| usize::try_from(base).ok()).ok_or(CompileError::Geometry.into())
}

/// Limbs of a quantity; none where it is negative or too wide.
fn put(cells: &mut [i16], limbs: &Limbs, value: i128, bits: u32, cell: impl Fn(u32) -> usize) -> Option<()> {
    let mut left = value;
    for slot in limbs.clone() {
        *cells.get_mut(cell(slot))? = i16::try_from(left & ((1 << bits) - 1)).ok()?;
        left >>= bits;
    }
    (left == 0).then_some(())
}
