//! Where tensors lie in rows: a pure function of the row size and of names, shapes and groups.
//!
//! A tensor is flattened row-major with its last axis padded to a power of two, the *inner* size (1 for a
//! scalar); the padding is zero. Groups come in ascending order, each on a fresh row. Within a group tensors
//! are placed by inner size, largest first, equal ones in the order given, each directly after the one before.
//! So every tensor starts at a multiple of its inner size, and an inner line that is no longer than a row lies
//! inside one row. Cells that no tensor takes are zero. Tensors of one group are range-checked together: the
//! group of a model's constant is its declared bits.

use crate::error::CommitmentError;
use crate::keccak256;

/// Domain of the layout's digest.
pub const LAYOUT_DOMAIN: &[u8] = b"zkattest-layout-v2";

/// Largest row: 2^28 cells, the largest published ceremony's power.
pub const MAX_ROW_SIZE: u64 = 1 << 28;

/// Most cells of one commitment, padding included, so that every count fits the arithmetic below.
pub const MAX_CELLS: u64 = 1 << 40;

/// Most tensors of one commitment.
pub const MAX_TENSORS: usize = 1 << 20;

/// Most axes of a tensor.
pub const MAX_RANK: usize = 32;

/// A tensor's name, shape and group; an empty shape is a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    /// Unique, not empty.
    pub name: String,
    /// Sizes of the axes, each at least 1.
    pub shape: Vec<u64>,
    /// Tensors of one group share rows: a model constant's declared bits; 0 for data.
    pub group: u8,
}

/// Sizes of shapes that [`Layout::pack`] accepts.
impl TensorShape {
    /// Cells of the last axis; 1 for a scalar.
    pub fn last(&self) -> u64 {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Cells of the last axis, padded to a power of two.
    pub fn inner(&self) -> u64 {
        self.last().next_power_of_two()
    }

    /// Product of the axes before the last.
    pub fn outer(&self) -> u64 {
        self.shape.split_last().map_or(1, |(_, leading)| leading.iter().product())
    }

    /// Cells, padding not counted.
    pub fn cells(&self) -> u64 {
        self.outer() * self.last()
    }
}

/// Where a tensor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// First row.
    pub row: u64,
    /// First cell in that row; a multiple of `inner`, or 0 where `inner` is a row or more.
    pub offset: u64,
    /// Cells of the last axis, padded to a power of two: the step of the axis before it.
    pub inner: u64,
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
        let cells = padded_cells(&tensors)?;
        let mut order: Vec<usize> = (0..tensors.len()).collect();
        order.sort_by_key(|index| (tensors[*index].group, std::cmp::Reverse(tensors[*index].inner())));
        let mut places = vec![Place::default(); tensors.len()];
        let mut cursor = 0u64;
        let mut group = None;
        for index in order {
            let tensor = &tensors[index];
            if group.replace(tensor.group) != Some(tensor.group) {
                cursor = cursor.next_multiple_of(row_size);
            }
            places[index] =
                Place { row: cursor / row_size, offset: cursor % row_size, inner: tensor.inner() };
            cursor += cells[index];
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
    /// name (4-byte length first), group (1 byte), rank (4 bytes), axes, row, offset and inner size (8 bytes
    /// each, big-endian).
    pub fn digest(&self) -> [u8; 32] {
        let mut encoding = Vec::with_capacity(64 * self.tensors.len() + 32);
        encoding.extend_from_slice(LAYOUT_DOMAIN);
        encoding.extend_from_slice(&self.row_size.to_be_bytes());
        push_length(&mut encoding, self.tensors.len());
        for (tensor, place) in self.tensors.iter().zip(&self.places) {
            push_length(&mut encoding, tensor.name.len());
            encoding.extend_from_slice(tensor.name.as_bytes());
            encoding.push(tensor.group);
            push_length(&mut encoding, tensor.shape.len());
            for value in tensor.shape.iter().chain([&place.row, &place.offset, &place.inner]) {
                encoding.extend_from_slice(&value.to_be_bytes());
            }
        }
        keccak256(&[&encoding])
    }
}

/// A length as four bytes; [`padded_cells`] bounded all of them far below 2^32.
fn push_length(encoding: &mut Vec<u8>, length: usize) {
    encoding.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Cells of each tensor, padding included; refuses impossible names and shapes.
fn padded_cells(tensors: &[TensorShape]) -> Result<Vec<u64>, CommitmentError> {
    let mut seen = std::collections::HashSet::with_capacity(tensors.len());
    let mut counts = Vec::with_capacity(tensors.len());
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
        if let Some(axis) = tensor.shape.iter().position(|size| *size == 0) {
            return Err(CommitmentError::EmptyAxis { tensor: number, axis: axis as u64 });
        }
        let (last, leading) =
            tensor.shape.split_last().map_or((1, &[][..]), |(last, leading)| (*last, leading));
        let cells = leading
            .iter()
            .try_fold(last.checked_next_power_of_two().unwrap_or(u64::MAX), |cells, size| {
                cells.checked_mul(*size)
            })
            .filter(|cells| *cells <= MAX_CELLS)
            .ok_or(CommitmentError::TooLarge { tensor: number })?;
        counts.push(cells);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[u64]) -> TensorShape {
        TensorShape { name: name.into(), shape: shape.to_vec(), group: 0 }
    }

    fn grouped(name: &str, shape: &[u64], group: u8) -> TensorShape {
        TensorShape { group, ..tensor(name, shape) }
    }

    #[test]
    fn tensors_are_aligned_disjoint_and_dense_in_their_groups() {
        for row_size in [2u64, 8, 64] {
            for seed in 1..40u64 {
                let tensors: Vec<_> = (0..9u64)
                    .map(|i| {
                        let shape = [seed % (i + 2) + 1, i % 3 + 1, (seed * (i + 3)) % 41 + 1];
                        grouped(&format!("t{i}"), &shape[usize::from(i % 4 == 0)..], (seed * i % 3) as u8)
                    })
                    .collect();
                let layout = Layout::pack(row_size, tensors).unwrap();
                let mut taken = std::collections::BTreeMap::new();
                for (tensor, place) in layout.tensors().iter().zip(layout.places()) {
                    let start = place.row * row_size + place.offset;
                    assert!(place.offset < row_size && place.inner.is_power_of_two());
                    assert!(place.inner >= tensor.last() && place.inner < 2 * tensor.last());
                    assert_eq!(start % place.inner.min(row_size), 0, "aligned to its inner size");
                    assert!(taken.insert(start, (tensor, place)).is_none());
                }
                let (mut end, mut before) = (0, None::<(u8, u64)>);
                for (start, (tensor, place)) in taken {
                    match before {
                        Some((group, inner)) if group == tensor.group => {
                            assert_eq!(start, end, "no gap, no overlap");
                            assert!(place.inner <= inner, "largest first");
                        }
                        _ => {
                            assert!(before.is_none_or(|(group, _)| group < tensor.group));
                            assert_eq!(start, end.next_multiple_of(row_size), "a fresh row");
                        }
                    }
                    end = start + tensor.outer() * place.inner;
                    before = Some((tensor.group, place.inner));
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
            (vec![tensor("a", &[u64::MAX, 0])], CommitmentError::EmptyAxis { tensor: 0, axis: 1 }),
            (vec![tensor("a", &[1; 33])], CommitmentError::Rank { tensor: 0, found: 33 }),
            (vec![tensor("a", &[1 << 41])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[u64::MAX])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[1 << 38, 5])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[u64::MAX, u64::MAX])], CommitmentError::TooLarge { tensor: 0 }),
            (vec![tensor("a", &[1 << 40]), tensor("b", &[1])], CommitmentError::TooLarge { tensor: 1 }),
            (vec![grouped("a", &[1], 1), tensor("b", &[1 << 40])], CommitmentError::TooLarge { tensor: 0 }),
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
            Layout::pack(8, vec![grouped("a", &[2, 3], 1), grouped("b", &[6], 1)]).unwrap(),
        ];
        for other in others {
            assert_ne!(base.digest(), other.digest());
        }
    }
}
