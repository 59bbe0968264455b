//! Coefficients of row fingerprints.
//!
//! A fingerprint of a row is sum over tensors and cells of (prod over the tensor's axes of c_axis\[index\]) * cell: as many
//! constants as the axes are long, not as many as there are cells, so that images fit a circuit's limits.
//!
//! *Subset*, two fingerprints f0 + beta f1 with constants uniform in \[0, 2^99): the difference of two unequal rows is a non-zero
//! polynomial of degree at most d (the most axes of a tensor) in the constants, so it vanishes with a probability of at most
//! d / 2^99 (Schwartz and Zippel), and in both fingerprints with (d / 2^99)^2. The constants come from a hash over both
//! commitments.
//!
//! *Disjoint*: equal rows have equal fingerprints whatever the constants are, so these are small: odd, and so short that a
//! fingerprint stays below 2^98 and its limbs' weights below 2^100.

use sha3::{Digest, Keccak256};

use super::error::RelationError;
use super::spec::{Relation, RelationKind};
use crate::error::CompileError;

/// Bits of a constant of a subset: coefficients of a circuit are below 2^100 in size.
const LONG: u32 = 99;
/// Most bits of a constant of a disjointness.
const SHORT: u32 = 40;
/// Twice a fingerprint of a disjointness is below 2 to this.
const FINGERPRINT: u32 = 98;
/// Cells are at most 2^15 in size.
const CELL: u32 = 15;

/// Of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coefficients {
    /// Of all cells, where no axis has constants of its own.
    pub scalar: i128,
    /// Of each axis of a row; empty for one of size 1.
    pub axes: Vec<Vec<i128>>,
}

impl Coefficients {
    /// Of each cell of a row.
    pub fn flat(&self) -> Vec<i128> {
        self.axes.iter().filter(|axis| !axis.is_empty()).fold(vec![self.scalar], |product, axis| {
            product.iter().flat_map(|left| axis.iter().map(move |right| left * right)).collect()
        })
    }
}

impl Relation {
    /// Of the compared tensors, for fingerprint `which` (0, or 1 of a subset).
    pub(super) fn coefficients(&self, which: u8) -> Result<Vec<Coefficients>, RelationError> {
        self.sets[0]
            .tensors
            .iter()
            .take(self.compared())
            .zip(0u8..)
            .map(|(shape, tensor)| {
                let bits = match self.kind {
                    RelationKind::Subset => LONG,
                    RelationKind::Disjoint => short(shape).ok_or(CompileError::TooLarge)?,
                };
                let draw = |axis: u8, index: u32| self.draw(which, tensor, axis, index, bits);
                let axes: Vec<Vec<i128>> = shape
                    .iter()
                    .zip(0u8..)
                    .map(|(size, axis)| match size {
                        1 => Vec::new(),
                        size => (0..*size).map(|index| draw(axis, index)).collect(),
                    })
                    .collect();
                let alone = axes.iter().all(Vec::is_empty);
                Ok(Coefficients { scalar: if alone { draw(u8::MAX, 0) } else { 1 }, axes })
            })
            .collect()
    }

    /// An upper bound of a fingerprint's size, of a disjointness.
    pub(super) fn bound(coefficients: &[Coefficients]) -> i128 {
        let of = |tensor: &Coefficients| tensor.flat().iter().sum::<i128>() << CELL;
        coefficients.iter().map(of).sum()
    }

    fn draw(&self, which: u8, tensor: u8, axis: u8, index: u32, bits: u32) -> i128 {
        let digest = Keccak256::new()
            .chain_update(self.seed)
            .chain_update([which, tensor, axis])
            .chain_update(index.to_be_bytes())
            .finalize();
        let mask = (1i128 << bits) - 1;
        let value =
            digest.iter().rev().take(16).fold(0i128, |value, byte| value << 8 ^ i128::from(*byte)) & mask;
        match self.kind {
            RelationKind::Subset => value,
            RelationKind::Disjoint => value | 1,
        }
    }
}

/// Bits of a disjointness' constants: so many that the bound stays below 2^(FINGERPRINT - 1); none if there is no room for one bit.
fn short(shape: &[u32]) -> Option<u32> {
    let real = shape.iter().filter(|size| **size > 1);
    let cells: u32 = real.clone().map(|size| u32::BITS - size.saturating_sub(1).leading_zeros()).sum();
    let axes = u32::try_from(real.count()).ok()?.max(1);
    let room = (FINGERPRINT - 1).checked_sub(CELL + cells)?;
    Some((room / axes).min(SHORT)).filter(|bits| *bits > 0)
}
