//! Where tensors lie in rows: a pure function of the row size and of names, shapes and groups.
//!
//! Axes of size 1 do not count. A tensor is flattened row-major with its last axis padded to a power of two; the
//! padding is zero. Its *inner size* is that padded axis times the axes before it, as long as they are powers of
//! two and the product is at most a row; 1 for a single cell. Groups come in ascending order, each on a fresh row.
//! Within a group tensors are placed by inner size, largest first, equal ones in the order given, each directly
//! after the one before. So every tensor starts at a multiple of its inner size: an inner block that is no longer
//! than a row lies inside one row, and its axes are bits of the cell's position there. Cells that no tensor takes
//! are zero. Tensors of one group are range-checked together: the group of a model's constant is its declared
//! bits.

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
    /// The axes that count, those larger than 1.
    fn axes(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.shape.iter().copied().filter(|size| *size > 1)
    }

    /// Cells of a line: of the last axis; 1 for a single cell.
    pub fn line(&self) -> u64 {
        self.axes().next_back().unwrap_or(1)
    }

    /// Cells from line to line: [`Self::line`] padded to a power of two.
    pub fn step(&self) -> u64 {
        self.line().next_power_of_two()
    }

    /// Number of lines.
    pub fn lines(&self) -> u64 {
        self.axes().rev().skip(1).product()
    }

    /// Cells, padding not counted.
    pub fn cells(&self) -> u64 {
        self.axes().product()
    }

    /// The inner size in rows of `row_size` cells.
    pub fn inner(&self, row_size: u64) -> u64 {
        let mut inner = self.step();
        for size in self.axes().rev().skip(1) {
            if !size.is_power_of_two() || inner * size > row_size {
                break;
            }
            inner *= size;
        }
        inner
    }
}

/// Where a tensor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// First row.
    pub row: u64,
    /// First cell in that row; a multiple of `inner`, or 0 where `inner` is a row or more.
    pub offset: u64,
    /// The tensor's inner size, a power of two.
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
        let inner = |index: usize| tensors[index].inner(row_size);
        order.sort_by_key(|index| (tensors[*index].group, std::cmp::Reverse(inner(*index))));
        let mut places = vec![Place::default(); tensors.len()];
        let mut cursor = 0u64;
        let mut group = None;
        for index in order {
            let tensor = &tensors[index];
            if group.replace(tensor.group) != Some(tensor.group) {
                cursor = cursor.next_multiple_of(row_size);
            }
            places[index] = Place { row: cursor / row_size, offset: cursor % row_size, inner: inner(index) };
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
        let mut axes = tensor.axes().rev();
        let step = axes.next().unwrap_or(1).checked_next_power_of_two();
        let cells = axes
            .try_fold(step.unwrap_or(u64::MAX), u64::checked_mul)
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
                    assert!(tensor.step() >= tensor.line() && tensor.step() < 2 * tensor.line());
                    assert_eq!(place.inner % tensor.step(), 0);
                    assert!(place.inner <= row_size || place.inner == tensor.step());
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
                    end = start + tensor.lines() * tensor.step();
                    before = Some((tensor.group, place.inner));
                }
                assert_eq!(layout.rows(), end.div_ceil(row_size));
            }
        }
    }

    /// Axes of size 1 and the division of an inner block into axes make no difference.
    #[test]
    fn inner_blocks_are_powers_of_two_of_at_most_a_row() {
        let cases: [(&[u64], u64, &[u64]); 9] = [
            (&[3, 4, 8, 2], 64, &[3, 64]),
            (&[4, 8, 8], 64, &[4, 64]),
            (&[2, 3, 4, 5], 32, &[2, 3, 32]),
            (&[2, 3, 4, 5], 16, &[2, 3, 4, 8]),
            (&[5, 1, 6, 1], 64, &[5, 8]),
            (&[1, 1], 8, &[]),
            (&[2, 200], 64, &[2, 256]),
            (&[7], 64, &[8]),
            (&[16, 3], 64, &[64]),
        ];
        for (shape, row_size, same) in cases {
            let layout = |shape: &[u64]| {
                let tensors = vec![tensor("a", &[1, 3]), tensor("b", shape), tensor("c", &[16])];
                let layout = Layout::pack(row_size, tensors).unwrap();
                (layout.places().to_vec(), layout.rows())
            };
            let inner = same.last().copied().unwrap_or(1);
            assert_eq!(tensor("b", shape).inner(row_size), inner, "{shape:?}");
            assert_eq!(layout(shape), layout(same), "{shape:?}");
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
