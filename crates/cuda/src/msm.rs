//! Sums of multiples of points that stay on a machine; the steps are in `kernels/buckets.cuh`.

use crate::memory::{Block, launch};
use crate::sums::offsets;
use crate::{CudaError, Kernel, Machine, SIZES, SmallCells, Vector};
use ark_bn254::{Fq, G1Affine, G1Projective};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, Field};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use zkattest_kernels::KernelError;
use zkattest_kernels::msm::Scalars;

/// Bits of the order of the group, and one for a carry.
const FULL_BITS: u32 = 255;

/// Widest digit, in bits.
const MOST_BITS: u32 = 16;

/// Tasks wanted: enough for every lane of a large card, several times over.
const TASKS: usize = 1 << 17;

/// Terms of a task.
const LEAST_TERMS: usize = 8;
const MOST_TERMS: usize = 128;

/// Buckets that one thread weighs, partial sums that one thread adds.
const SEGMENT: usize = 32;

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

    /// sum scalars\[i\] bases\[i\] for the first bases, as many as scalars.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are more scalars than bases, [`KernelError::Range`] for a scalar that is
    /// wider than declared; what the machine refuses.
    pub fn msm(&self, scalars: Scalars<'_>) -> Result<G1Projective, CudaError> {
        self.fits(scalars.len())?;
        self.msm_resident(&ResidentScalars::new(&self.machine, scalars)?)
    }

    /// [`Self::msm`] of scalars that are on the machine already.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are more scalars than bases; what the machine refuses.
    pub fn msm_resident(&self, scalars: &ResidentScalars) -> Result<G1Projective, CudaError> {
        self.fits(scalars.count)?;
        if scalars.count == 0 {
            return Ok(G1Projective::ZERO);
        }
        let sum = Sum::choose(scalars.count, scalars.bytes, scalars.width);
        sum.run(&self.machine, &self.points, scalars.block.address())
    }

    /// The sum of each of `terms`: scalar i of it times base i.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a range leaves its vector or cells, or has more scalars than there are bases; what
    /// the machine refuses.
    pub fn sums(&self, terms: &[Terms<'_>]) -> Result<Vec<G1Projective>, CudaError> {
        let sum = |terms: &Terms<'_>| {
            let (address, count, bytes, width) = terms.place()?;
            self.fits(count)?;
            if count == 0 {
                return Ok(G1Projective::ZERO);
            }
            Sum::choose(count, bytes, width).run(&self.machine, &self.points, address)
        };
        terms.iter().map(sum).collect()
    }

    fn fits(&self, scalars: usize) -> Result<(), CudaError> {
        if scalars > self.count {
            return Err(KernelError::Length { expected: self.count, found: scalars }.into());
        }
        Ok(())
    }
}

/// Scalars that stay on a machine. Secret like what they are made of.
#[derive(Debug)]
pub struct ResidentScalars {
    block: Block,
    count: usize,
    /// Of a scalar.
    bytes: usize,
    /// Bits with sign.
    width: u32,
}

impl ResidentScalars {
    /// Copies scalars to the machine.
    ///
    /// # Errors
    /// [`KernelError::Range`] for a scalar that is wider than declared; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn new(machine: &Arc<dyn Machine>, scalars: Scalars<'_>) -> Result<Self, CudaError> {
        let (block, bytes, width) = match scalars {
            Scalars::I8(cells) => (Block::from(machine, cells)?, 1, 8),
            Scalars::I16(cells) => (Block::from(machine, cells)?, 2, 16),
            Scalars::I32(cells) => (Block::from(machine, cells)?, 4, 32),
            Scalars::Unsigned { cells, bits } => {
                // negative ones have high bits, too
                let wide = |cell: &i16| bits > 15 || i32::from(*cell) >> bits != 0;
                if let Some(index) = cells.iter().position(wide) {
                    return Err(KernelError::Range { bits, index }.into());
                }
                (Block::from(machine, cells)?, 2, bits + 1)
            }
            Scalars::Full(elements) => (Block::from(machine, elements)?, 32, FULL_BITS),
        };
        Ok(Self { block, count: scalars.len(), bytes, width })
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
    /// Address, number, bytes, and bits with sign of the scalars.
    fn place(&self) -> Result<(u64, usize, usize, u32), CudaError> {
        let (range, found) = match self {
            Self::Elements(vector, range) => (range, vector.len()),
            Self::Cells(cells, range) => (range, cells.len()),
        };
        if range.start > range.end || range.end > found {
            return Err(KernelError::Length { expected: range.end, found }.into());
        }
        Ok(match self {
            Self::Elements(vector, range) => (vector.at(range.start), range.len(), 32, FULL_BITS),
            Self::Cells(cells, range) => {
                (cells.at(range.start), range.len(), cells.width(), 8 * cells.width() as u32)
            }
        })
    }
}

/// How one sum is cut.
#[derive(Debug, Clone, Copy)]
struct Sum {
    terms: usize,
    /// Of a scalar.
    bytes: usize,
    bits: u32,
    windows: usize,
}

impl Sum {
    /// Digits for `terms` scalars of `width` bits with sign.
    fn choose(terms: usize, bytes: usize, width: u32) -> Self {
        // A bucket costs about as much as eight terms: two complete additions, and what is idle meanwhile.
        let cost = |bits: u32| u64::from(width.div_ceil(bits)) * (terms as u64 + (8u64 << (bits - 1)));
        let bits = (2..=MOST_BITS.min(width.max(2))).min_by_key(|bits| cost(*bits)).unwrap_or(2);
        Self { terms, bytes, bits, windows: width.div_ceil(bits) as usize }
    }

    /// Of a window.
    fn buckets(&self) -> usize {
        1 << (self.bits - 1)
    }

    fn run(
        &self,
        machine: &Arc<dyn Machine>,
        points: &Block,
        scalars: u64,
    ) -> Result<G1Projective, CudaError> {
        let buckets = self.windows * self.buckets();
        let digits = self.windows * self.terms;
        let most = (digits / TASKS).clamp(LEAST_TERMS, MOST_TERMS);
        let go = |kernel, n, at: &[u64]| launch(&**machine, kernel, n, at);
        let cut = |further: &[u64]| {
            let cut = [scalars, self.bytes as u64, u64::from(self.bits), self.windows as u64];
            [&cut, further].concat()
        };
        let sizes = Block::zeros::<u32>(machine, buckets)?;
        go(Kernel::CountDigits, self.terms, &cut(&[sizes.address()]))?;
        let starts = offsets(machine, &sizes, buckets)?;
        let next = offsets(machine, &sizes, buckets)?;
        let order = Block::of::<u32>(machine, digits)?;
        go(Kernel::PlaceDigits, self.terms, &cut(&[next.address(), order.address()]))?;
        drop(next);

        let counts = Block::of::<u32>(machine, buckets)?;
        go(Kernel::CountTasks, buckets, &[sizes.address(), most as u64, counts.address()])?;
        let first = offsets(machine, &counts, buckets)?;
        // no more than this; those that there are not have no terms
        let tasks = (digits / most + buckets).min(digits.max(1));
        let list = Block::zeros::<u32>(machine, 2 * tasks)?;
        let at = [sizes.address(), starts.address(), most as u64, first.address(), list.address()];
        go(Kernel::ListTasks, buckets, &at)?;
        let partial = Block::new(machine, tasks * SIZES[3])?;
        let at = [list.address(), order.address(), points.address(), partial.address()];
        go(Kernel::SumTasks, tasks, &at)?;
        drop((list, order, sizes, starts));

        // few buckets hold many tasks each
        let parts = if buckets >= TASKS / 4 { 1 } else { SEGMENT };
        let mut sums = Block::new(machine, buckets * parts * SIZES[3])?;
        let at = [partial.address(), first.address(), counts.address(), parts as u64, sums.address()];
        go(Kernel::SumBuckets, buckets * parts, &at)?;
        drop((partial, first, counts));
        if parts > 1 {
            sums = added(machine, &sums, buckets, parts)?;
        }
        let length = self.buckets().min(SEGMENT);
        let segments = self.buckets() / length;
        let mut weighed = Block::new(machine, self.windows * segments * SIZES[3])?;
        let at = [sums.address(), length as u64, segments as u64, weighed.address()];
        go(Kernel::WeighSegments, self.windows * segments, &at)?;
        let mut left = segments;
        while left > 1 {
            let length = left.min(SEGMENT);
            left /= length;
            weighed = added(machine, &weighed, self.windows * left, length)?;
        }
        let mut words = vec![[0u64; 16]; self.windows];
        weighed.read(&mut words)?;
        Ok(words.iter().rev().fold(G1Projective::ZERO, |mut total, window| {
            for _ in 0..self.bits {
                total.double_in_place();
            }
            total + unpacked(window)
        }))
    }
}

/// Sums of runs of `length` points, `count` of them.
fn added(
    machine: &Arc<dyn Machine>,
    points: &Block,
    count: usize,
    length: usize,
) -> Result<Block, CudaError> {
    let out = Block::new(machine, count * SIZES[3])?;
    let at = [points.address(), length as u64, out.address()];
    launch(&**machine, Kernel::SumPoints, count, &at)?;
    Ok(out)
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

/// From (X, Y, ZZ, ZZZ): x = X / ZZ, y = Y / ZZZ.
fn unpacked(words: &[u64; 16]) -> G1Projective {
    let coordinate = |index: usize| {
        let mut limbs = [0; 4];
        limbs.copy_from_slice(&words[4 * index..4 * index + 4]);
        Fq::new_unchecked(BigInt(limbs))
    };
    let (Some(zz), Some(zzz)) = (coordinate(2).inverse(), coordinate(3).inverse()) else {
        return G1Projective::ZERO;
    };
    G1Affine::new_unchecked(coordinate(0) * zz, coordinate(1) * zzz).into_group()
}
