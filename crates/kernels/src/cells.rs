//! Small signed integers: the cells of committed tensors.

use ark_bn254::Fr;

/// An integer type of cells.
pub trait Cell: Copy + Default + Into<i64> + Send + Sync + 'static {
    /// Added to a cell it gives a non-negative integer: 2^(bits - 1).
    const OFFSET: u64;
}

impl Cell for i8 {
    const OFFSET: u64 = 1 << 7;
}

impl Cell for i16 {
    const OFFSET: u64 = 1 << 15;
}

impl Cell for i32 {
    const OFFSET: u64 = 1 << 31;
}

/// Cells of one width.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Signed bytes.
    I8(&'a [i8]),
    /// Signed 16-bit integers.
    I16(&'a [i16]),
    /// Signed 32-bit integers.
    I32(&'a [i32]),
}

impl Cells<'_> {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::I8(cells) => cells.len(),
            Self::I16(cells) => cells.len(),
            Self::I32(cells) => cells.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cell i.
    ///
    /// # Panics
    /// Where there is no cell i.
    #[inline]
    pub fn get(&self, i: usize) -> i64 {
        match self {
            Self::I8(cells) => cells[i].into(),
            Self::I16(cells) => cells[i].into(),
            Self::I32(cells) => cells[i].into(),
        }
    }
}

/// An integer as an element of the scalar field.
pub fn to_field(value: i64) -> Fr {
    let magnitude = Fr::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}
