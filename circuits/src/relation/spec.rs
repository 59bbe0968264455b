//! What a relation is between, as bytes and as numbers.

use super::error::RelationError;
use crate::error::CompileError;
use crate::reader::Reader;

/// Most rows of a set, of its capacity, of its tensors' elements in a row, most tensors and axes: far beyond what a circuit's
/// limits allow, and small enough that products do not overflow.
const MOST_ROWS: u64 = 1 << 30;
const MOST_ELEMENTS: u64 = 1 << 24;
const MOST_TENSORS: usize = 64;
const MOST_AXES: usize = 16;
/// Most shards of a set: each has forms of its own.
const MOST_SHARDS: u64 = 1 << 12;

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// Every row of set 1 is a row of set 0, with all tensors, and each row of set 0 is used for one of set 1 at most.
    Subset,
    /// No row of one set has the features (tensor 0) of a row of the other.
    Disjoint,
}

/// A data set as far as a relation looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedSet {
    /// Rows that a shard has room for.
    pub capacity: u32,
    /// Declared rows: all shards are full but for the last.
    pub rows: u64,
    /// Shapes of the tensors of one row, in the order in which they are committed; features first.
    pub tensors: Vec<Vec<u32>>,
}

/// What a circuit of a relation is compiled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What is claimed.
    pub kind: RelationKind,
    /// Where the fingerprints' coefficients come from: for a subset it has to depend on both commitments.
    pub seed: [u8; 32],
    /// Parent and child; or the two sets.
    pub sets: [RelatedSet; 2],
}

impl RelatedSet {
    /// Number of shards.
    pub fn shards(&self) -> usize {
        usize::try_from(self.rows.div_ceil(u64::from(self.capacity.max(1)))).unwrap_or(usize::MAX)
    }

    /// Rows of the last shard: 1 to `capacity`.
    pub fn last(&self) -> u32 {
        let before =
            (self.rows.saturating_sub(1)) / u64::from(self.capacity.max(1)) * u64::from(self.capacity);
        u32::try_from(self.rows.saturating_sub(before)).unwrap_or(self.capacity)
    }

    /// Elements of one row of each tensor.
    pub(super) fn widths(&self) -> Vec<usize> {
        self.tensors.iter().map(|shape| shape.iter().map(|size| *size as usize).product()).collect()
    }

    fn check(&self, set: usize) -> Result<(), RelationError> {
        let elements = |shape: &Vec<u32>| {
            shape.iter().try_fold(1u64, |product, size| {
                product.checked_mul(u64::from(*size)).filter(|product| (1..=MOST_ELEMENTS).contains(product))
            })
        };
        let checks = [
            ("the capacity", (1..=MOST_ROWS).contains(&u64::from(self.capacity))),
            ("the number of rows", (1..=MOST_ROWS).contains(&self.rows)),
            ("the number of tensors", (1..=MOST_TENSORS).contains(&self.tensors.len())),
            ("a number of axes", self.tensors.iter().all(|shape| shape.len() <= MOST_AXES)),
            ("a tensor's size", self.tensors.iter().all(|shape| elements(shape).is_some())),
            ("the number of shards", self.shards() as u64 <= MOST_SHARDS),
        ];
        match checks.iter().find(|(_, valid)| !valid) {
            Some((what, _)) => Err(RelationError::Set { set, what }),
            None => Ok(()),
        }
    }
}

impl Relation {
    /// Tensors whose cells make a row's fingerprint.
    pub fn compared(&self) -> usize {
        match self.kind {
            RelationKind::Subset => self.sets[0].tensors.len(),
            RelationKind::Disjoint => 1,
        }
    }

    pub(super) fn validate(&self) -> Result<(), RelationError> {
        let [first, second] = &self.sets;
        first.check(0)?;
        second.check(1)?;
        let most = match self.kind {
            RelationKind::Subset => first.tensors.len().max(second.tensors.len()),
            RelationKind::Disjoint => 1,
        };
        match (0..most).find(|tensor| first.tensors.get(*tensor) != second.tensors.get(*tensor)) {
            Some(tensor) => Err(RelationError::Shapes { tensor }),
            None => Ok(()),
        }
    }

    /// Decodes `ZKRL`, u16 1, u8 kind (0 subset, 1 disjoint), 32 bytes seed, then for each set u32 capacity, u64 rows, u8
    /// tensors, and of each tensor u8 axes and u32 each. Big-endian.
    ///
    /// # Errors
    /// [`CompileError::Encoding`] for other, missing and trailing bytes; [`RelationError::Set`] and [`RelationError::Shapes`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RelationError> {
        let mut reader = Reader::new("relation", bytes);
        let header = reader.take(6)?;
        reader.expect(header == b"ZKRL\0\x01")?;
        let kind = match reader.u8()? {
            0 => RelationKind::Subset,
            1 => RelationKind::Disjoint,
            _ => reader.fail()?,
        };
        let mut seed = [0; 32];
        seed.copy_from_slice(reader.take(32)?);
        let sets = [set(&mut reader)?, set(&mut reader)?];
        reader.finish()?;
        let relation = Self { kind, seed, sets };
        relation.validate()?;
        Ok(relation)
    }
}

fn set(reader: &mut Reader<'_>) -> Result<RelatedSet, CompileError> {
    let (capacity, rows) = (reader.u32()?, reader.unsigned(8)?);
    let tensors = (0..reader.u8()?)
        .map(|_| (0..reader.u8()?).map(|_| reader.u32()).collect())
        .collect::<Result<_, _>>()?;
    Ok(RelatedSet { capacity, rows, tensors })
}
