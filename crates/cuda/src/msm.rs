//! Points that stay on a machine, and sums of their multiples by scalars that lie there; how is in `shape`, `batch` and
//! `kernels/buckets.cuh`.

use crate::batch::{Batch, Pending};
use crate::memory::Block;
use crate::{CudaError, Machine, SmallCells, Vector};
use ark_bn254::{Fq, G1Affine, G1Projective};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use zkattest_kernels::msm::Scalars;
use zkattest_kernels::{Cells, KernelError};

/// Most bytes that sums work with beside what they are of, unless a call says otherwise.
pub const ROOM: usize = 1 << 31;

/// Points that stay on a machine, 64 bytes each.
#[derive(Debug)]
pub struct ResidentBases {
    machine: Arc<dyn Machine>,
    points: Block,
    count: usize,
}

impl ResidentBases {
    /// Copies points of the curve, or infinity, to the machine.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn new(machine: &Arc<dyn Machine>, points: &[G1Affine]) -> Result<Self, CudaError> {
        let packed: Vec<[u64; 8]> = points.par_iter().with_min_len(1024).map(packed).collect();
        let points = Block::from(machine, &packed)?;
        Ok(Self { machine: machine.clone(), points, count: packed.len() })
    }

    /// Where they lie.
    pub fn machine(&self) -> &Arc<dyn Machine> {
        &self.machine
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where point `index` lies.
    pub(crate) fn at(&self, index: usize) -> u64 {
        debug_assert!(index <= self.count, "one of the points, or the end");
        self.points.address() + 64 * index as u64
    }

    /// sum scalars\[i\] bases\[i\] for the first bases, as many as scalars.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are more scalars than bases, [`KernelError::Range`] for a scalar that is
    /// wider than declared; what the machine refuses.
    pub fn msm(&self, scalars: Scalars<'_>) -> Result<G1Projective, CudaError> {
        self.fits(scalars.len())?;
        let cells = match scalars {
            Scalars::I8(cells) => Cells::I8(cells),
            Scalars::I16(cells) => Cells::I16(cells),
            Scalars::I32(cells) => Cells::I32(cells),
            Scalars::Unsigned { cells, bits } => {
                // negative ones have high bits, too
                let wide = |cell: &i16| bits > 15 || i32::from(*cell) >> bits != 0;
                if let Some(index) = cells.iter().position(wide) {
                    return Err(KernelError::Range { bits, index }.into());
                }
                Cells::I16(cells)
            }
            Scalars::Full(elements) => {
                let elements = Vector::new(&self.machine, elements)?;
                return self.sum(&Terms::Elements(&elements, 0..elements.len()));
            }
        };
        let cells = SmallCells::new(&self.machine, cells)?;
        self.sum(&Terms::Cells(&cells, 0..cells.len()))
    }

    fn sum(&self, terms: &Terms<'_>) -> Result<G1Projective, CudaError> {
        Ok(self.sums(std::slice::from_ref(terms))?.first().copied().unwrap_or_default())
    }

    /// The sum of each of `terms`: scalar i of it times base i. One batch of launches, and one copy back; one more before
    /// where there are small cells, whose widths are found there.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a range leaves its vector or cells, or has more scalars than there are bases; what
    /// the machine refuses.
    pub fn sums(&self, terms: &[Terms<'_>]) -> Result<Vec<G1Projective>, CudaError> {
        self.start(terms, self.room()?)?.finish()
    }

    /// Bytes that sums work with unless a call says otherwise: a part of what is left, as several may be at work.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    pub fn room(&self) -> Result<usize, CudaError> {
        Ok(ROOM.min(self.machine.available()? / 4))
    }

    /// Launches what [`Self::sums`] does, and does not wait for it. It works with no more than about `room` bytes at
    /// once: the less there are, the fewer rows are summed together, and long ones in pieces.
    ///
    /// # Errors
    /// As [`Self::sums`].
    pub fn start(&self, terms: &[Terms<'_>], room: usize) -> Result<Pending, CudaError> {
        let mut batch = Batch::new(self, room);
        for terms in terms {
            self.fits(terms.range().len())?;
        }
        batch.push(terms)?;
        batch.launch()
    }

    pub(crate) fn fits(&self, scalars: usize) -> Result<(), CudaError> {
        if scalars > self.count {
            return Err(KernelError::Length { expected: self.count, found: scalars }.into());
        }
        Ok(())
    }
}

/// Scalars of one sum that lie on the machine already.
#[derive(Debug, Clone)]
pub enum Terms<'a> {
    /// Elements of a vector.
    Elements(&'a Vector, Range<usize>),
    /// Small cells.
    Cells(&'a SmallCells, Range<usize>),
}

impl Terms<'_> {
    pub(crate) fn range(&self) -> &Range<usize> {
        match self {
            Self::Elements(_, range) | Self::Cells(_, range) => range,
        }
    }

    /// Where the scalars lie, and the bytes of one; 32 are an element.
    pub(crate) fn place(&self) -> Result<(u64, usize), CudaError> {
        let (range, found) = match self {
            Self::Elements(vector, range) => (range, vector.len()),
            Self::Cells(cells, range) => (range, cells.len()),
        };
        if range.start > range.end || range.end > found {
            return Err(KernelError::Length { expected: range.end, found }.into());
        }
        Ok(match self {
            Self::Elements(vector, range) => (vector.at(range.start), 32),
            Self::Cells(cells, range) => (cells.at(range.start), cells.width()),
        })
    }
}

/// x and y; (0, 0) for infinity.
fn packed(point: &G1Affine) -> [u64; 8] {
    let mut words = [0; 8];
    if let Some((x, y)) = point.xy() {
        words[..4].copy_from_slice(&x.0.0);
        words[4..].copy_from_slice(&y.0.0);
    }
    words
}

/// From (X, Y, ZZ, ZZZ) with x = X / ZZ, y = Y / ZZZ and ZZ^3 = ZZZ^2: Z = ZZZ, hence x Z^2 = X ZZ^2, y Z^3 = Y ZZZ^2.
pub(crate) fn unpacked(words: &[u64; 16]) -> G1Projective {
    let coordinate = |index: usize| {
        let mut limbs = [0; 4];
        limbs.copy_from_slice(&words[4 * index..4 * index + 4]);
        Fq::new_unchecked(BigInt(limbs))
    };
    let (zz, zzz) = (coordinate(2), coordinate(3));
    if zz == Fq::ZERO {
        return G1Projective::ZERO;
    }
    G1Projective::new_unchecked(coordinate(0) * zz * zz, coordinate(1) * zzz * zzz, zzz)
}
