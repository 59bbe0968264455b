//! Where tensors lie in rows: a pure function of the row size, the names and the shapes.
//!
//! A tensor of n cells takes a block of the next power of two, flattened row-major, zero beyond n. Blocks are
//! placed by size, largest first, equal sizes in the order given, each directly after the one before. Sizes
//! being powers of two, every block is aligned to its size, so a block smaller than a row lies inside one row
//! and a larger one spans whole rows. Cells after the last block are zero.

use crate::error::CommitmentError;
use crate::keccak256;

/// Domain of the layout's digest.
pub const LAYOUT_DOMAIN: &[u8] = b"zkattest-layout-v1";

/// Largest row: 2^28 cells, the largest published ceremony's power.
pub const MAX_ROW_SIZE: u64 = 1 << 28;

/// Most cells of one commitment, so that every count fits the arithmetic below.
pub const MAX_CELLS: u64 = 1 << 40;

/// Most tensors of one commitment.
pub const MAX_TENSORS: usize = 1 << 20;

/// Most axes of a tensor.
pub const MAX_RANK: usize = 32;

/// A tensor's name and shape; an empty shape is a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    /// Unique, not empty.
    pub name: String,
    /// Sizes of the axes, each at least 1.
    pub shape: Vec<u64>,
}

/// Where a tensor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First row.
    pub row: u64,
    /// First cell in that row; a multiple of `block`, 0 for a block of a row or more.
    pub offset: u64,
    /// Size of the block: the power of two from `cells` upwards.
    pub block: u64,
    /// Number of cells of the tensor.
    pub cells: u64,
}

/// The layout of a commitment. `places` are in the order of `tensors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    row_size: u64,
    tensors: Vec<TensorShape>,
    places: Vec<Place>,
    rows: u64,
}

impl Layout {
    /// Lay `tensors` out in rows of `row_size` cells.
    ///
    /// # Errors
    /// A row size that is no power of two from 2 to 2^28, no tensor, an empty or repeated name, more than 32
    /// axes, an axis of size zero, more than 2^40 cells.
    pub fn pack(row_size: u64, tensors: Vec<TensorShape>) -> Result<Self, CommitmentError> {
        if !row_size.is_power_of_two() || !(2..=MAX_ROW_SIZE).contains(&row_size) {
            return Err(CommitmentError::RowSize { found: row_size });
        }
        if tensors.is_empty() {
            return Err(CommitmentError::NoTensors);
        }
        let cells = cell_counts(&tensors)?;
        let mut order: Vec<usize> = (0..tensors.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(cells[*index].next_power_of_two()));
        let mut places = vec![Place { row: 0, offset: 0, block: 0, cells: 0 }; tensors.len()];
        let mut cursor = 0u64;
        for index in order {
            let block = cells[index].next_power_of_two();
            places[index] =
                Place { row: cursor / row_size, offset: cursor % row_size, block, cells: cells[index] };
            cursor += block;
            if cursor > MAX_CELLS {
                return Err(CommitmentError::TooLarge { tensor: index as u64 });
            }
        }
        Ok(Self { row_size, tensors, places, rows: cursor.div_ceil(row_size) })
    }

    /// Cells of a row, m.
    pub fn row_size(&self) -> u64 {
        self.row_size
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The tensors in the order given.
    pub fn tensors(&self) -> &[TensorShape] {
        &self.tensors
    }

    /// Their places.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// keccak256 of the canonical encoding: domain, m, number of tensors, and for each in the order given its
    /// name (4-byte length first), rank (4 bytes), axes, row, offset and block (8 bytes each, big-endian).
    pub fn digest(&self) -> [u8; 32] {
        let mut encoding = Vec::with_capacity(64 * self.tensors.len() + 32);
        encoding.extend_from_slice(LAYOUT_DOMAIN);
        encoding.extend_from_slice(&self.row_size.to_be_bytes());
        push_length(&mut encoding, self.tensors.len());
        for (tensor, place) in self.tensors.iter().zip(&self.places) {
            push_length(&mut encoding, tensor.name.len());
            encoding.extend_from_slice(tensor.name.as_bytes());
            push_length(&mut encoding, tensor.shape.len());
            for value in tensor.shape.iter().chain([&place.row, &place.offset, &place.block]) {
                encoding.extend_from_slice(&value.to_be_bytes());
            }
        }
        keccak256(&[&encoding])
    }
}

/// A length as four bytes; [`cell_counts`] bounded all of them far below 2^32.
fn push_length(encoding: &mut Vec<u8>, length: usize) {
    encoding.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn cell_counts(tensors: &[TensorShape]) -> Result<Vec<u64>, CommitmentError> {
    let mut seen = std::collections::HashSet::with_capacity(tensors.len());
    let mut counts = Vec::with_capacity(tensors.len());
    let mut total = 0u64;
    if tensors.len() > MAX_TENSORS {
        return Err(CommitmentError::TooLarge { tensor: MAX_TENSORS as u64 });
    }
    for (index, tensor) in tensors.iter().enumerate() {
        let number = index as u64;
        if tensor.name.is_empty() || tensor.name.len() > usize::from(u16::MAX) {
            return Err(CommitmentError::Name { tensor: number });
        }
        if !seen.insert(tensor.name.as_str()) {
            return Err(CommitmentError::DuplicateName { tensor: number });
        }
        if tensor.shape.len() > MAX_RANK {
            return Err(CommitmentError::Rank { tensor: number, found: tensor.shape.len() as u64 });
        }
        let mut cells = 1u64;
        for (axis, size) in tensor.shape.iter().enumerate() {
            if *size == 0 {
                return Err(CommitmentError::EmptyAxis { tensor: number, axis: axis as u64 });
            }
            cells = cells
                .checked_mul(*size)
                .filter(|cells| *cells <= MAX_CELLS)
                .ok_or(CommitmentError::TooLarge { tensor: number })?;
        }
        total += cells.next_power_of_two();
        if total > MAX_CELLS {
            return Err(CommitmentError::TooLarge { tensor: number });
        }
        counts.push(cells);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[u64]) -> TensorShape {
        TensorShape { name: name.into(), shape: shape.to_vec() }
    }

    #[test]
    fn blocks_are_aligned_disjoint_and_dense() {
        for row_size in [2u64, 8, 64] {
            for seed in 1..40u64 {
                let tensors: Vec<_> = (0..7)
                    .map(|i| tensor(&format!("t{i}"), &[(seed * (i + 3)) % 41 + 1, i % 3 + 1]))
                    .collect();
                let layout = Layout::pack(row_size, tensors).unwrap();
                let mut taken = std::collections::BTreeMap::new();
                for place in layout.places() {
                    let start = place.row * row_size + place.offset;
                    assert_eq!(start % place.block, 0, "aligned to its size");
                    assert!(place.cells <= place.block && place.block < 2 * place.cells);
                    assert!(place.block >= row_size || place.offset + place.block <= row_size);
                    assert!(taken.insert(start, place.block).is_none());
                }
                let mut end = 0;
                for (start, block) in taken {
                    assert_eq!(start, end, "no gap, no overlap");
                    end = start + block;
                }
                assert_eq!(layout.rows(), end.div_ceil(row_size));
            }
        }
    }

    #[test]
    fn malformed_layouts_are_refused() {
        let one = vec![tensor("a", &[3])];
        for size in [0, 1, 3, 1 << 29] {
            assert_eq!(Layout::pack(size, one.clone()), Err(CommitmentError::RowSize { found: size }));
        }
        assert_eq!(Layout::pack(8, vec![]), Err(CommitmentError::NoTensors));
        let cases = [
            (vec![tensor("", &[1])], CommitmentError::Name { tensor: 0 }),
            (vec![tensor("a", &[1]), tensor("a", &[2])], CommitmentError::DuplicateName { tensor: 1 }),
            (vec![tensor("a", &[2, 0])], CommitmentError::EmptyAxis { tensor: 0, axis: 1 }),
            (vec![tensor("a", &[1; 33])], CommitmentError::Rank { tensor: 0, found: 33 }),
            (vec![tensor("a", &[1 << 41])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[u64::MAX, u64::MAX])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[1 << 40]), tensor("b", &[1])], CommitmentError::TooLarge { tensor: 1 }),
        ];
        for (tensors, error) in cases {
            assert_eq!(Layout::pack(8, tensors), Err(error));
        }
    }

    #[test]
    fn the_digest_depends_on_everything() {
        let base = Layout::pack(8, vec![tensor("a", &[2, 3]), tensor("b", &[6])]).unwrap();
        let others = [
            Layout::pack(16, vec![tensor("a", &[2, 3]), tensor("b", &[6])]).unwrap(),
            Layout::pack(8, vec![tensor("a", &[3, 2]), tensor("b", &[6])]).unwrap(),
            Layout::pack(8, vec![tensor("b", &[6]), tensor("a", &[2, 3])]).unwrap(),
            Layout::pack(8, vec![tensor("a", &[2, 3]), tensor("c", &[6])]).unwrap(),
            Layout::pack(8, vec![tensor("a", &[2, 3]), tensor("b", &[6, 1])]).unwrap(),
        ];
        for other in others {
            assert_ne!(base.digest(), other.digest());
        }
    }
}
