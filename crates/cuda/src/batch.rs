//! Many sums of multiples together: rows of one shape in one run of launches, results of all in one copy.

use crate::memory::{Block, launch};
use crate::msm::unpacked;
use crate::shape::{FULL_BITS, MOST_ROW, Shape};
use crate::sums::offsets;
use crate::{CudaError, Kernel, Machine, ResidentBases, SIZES, Terms};
use ark_bn254::G1Projective;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::sync::Arc;

/// Points that one thread adds.
const RUN: usize = 8;

/// Threads that look at one row's cells.
const PARTS: usize = 1 << 10;

/// Shortest piece that a row is cut into for want of memory.
const LEAST_PIECE: usize = 1 << 8;

/// Scalars of one row, or of a piece of one.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Number of the sum that they belong to.
    sum: usize,
    /// Where they lie, and where their points do.
    scalars: u64,
    points: u64,
}

/// Sums that are asked for together.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    bases: &'a ResidentBases,
    room: usize,
    sums: usize,
    /// By shape and first point.
    groups: Vec<(Shape, Vec<Row>)>,
}

impl<'a> Batch<'a> {
    /// None so far; `room` is the memory in bytes to work with.
    pub fn new(bases: &'a ResidentBases, room: usize) -> Self {
        Self { bases, room, sums: 0, groups: Vec::new() }
    }

    /// Adds a sum for each of `terms`, which there are enough points for.
    pub fn push(&mut self, terms: &[Terms<'_>]) -> Result<(), CudaError> {
        let places = terms.iter().map(Terms::place).collect::<Result<Vec<_>, _>>()?;
        let widths = widths(self.bases.machine(), terms, &places)?;
        for ((terms, (scalars, bytes)), width) in terms.iter().zip(places).zip(widths) {
            let (sum, points) = (self.sums, self.bases.at(0));
            self.sums += 1;
            // of zeros, or of nothing, otherwise
            if width > 0 {
                self.cut(terms.range().len(), bytes, width, Row { sum, scalars, points });
            }
        }
        Ok(())
    }

    /// Adds a row, in pieces where it is too long.
    fn cut(&mut self, terms: usize, bytes: usize, width: u32, row: Row) {
        let shape = Shape::choose(terms, bytes, width);
        if terms > MOST_ROW || (terms > LEAST_PIECE && shape.together(1, 1, self.room) == 0) {
            let first = terms / 2;
            let second = Row {
                scalars: row.scalars + (first * bytes) as u64,
                points: row.points + (first * SIZES[2]) as u64,
                ..row
            };
            self.cut(first, bytes, width, row);
            self.cut(terms - first, bytes, width, second);
            return;
        }
        let alike = |(own, rows): &&mut (Shape, Vec<Row>)| {
            *own == shape && rows.first().is_some_and(|first| first.points == row.points)
        };
        match self.groups.iter_mut().find(alike) {
            Some((_, rows)) => rows.push(row),
            None => self.groups.push((shape, vec![row])),
        }
    }

    /// Launches all.
    pub fn launch(self) -> Result<Pending, CudaError> {
        let machine = self.bases.machine();
        let windows: usize = self.groups.iter().map(|(shape, rows)| shape.windows * rows.len()).sum();
        let out = Block::new(machine, windows * SIZES[3])?;
        let mut at = out.address();
        let mut pieces = Vec::new();
        for (shape, rows) in &self.groups {
            for rows in rows.chunks(shape.together(rows.len(), 1, self.room).max(1)) {
                let scalars: Vec<u64> = rows.iter().map(|row| row.scalars).collect();
                let buckets = buckets(machine, shape, rows[0].points, &scalars)?;
                weighed(machine, shape, &buckets, rows.len(), at)?;
                at += (rows.len() * shape.windows * SIZES[3]) as u64;
            }
            pieces.extend(rows.iter().map(|row| Piece {
                sum: row.sum,
                windows: shape.windows,
                bits: shape.bits,
            }));
        }
        Ok(Pending { out, sums: self.sums, pieces })
    }
}

/// A row's windows, of which a sum is made.
#[derive(Debug)]
struct Piece {
    sum: usize,
    windows: usize,
    bits: u32,
}

/// Sums that a machine is at.
#[derive(Debug)]
#[must_use = "the sums are what `finish` returns"]
pub struct Pending {
    out: Block,
    sums: usize,
    pieces: Vec<Piece>,
}

impl Pending {
    /// The sums, once they are made.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    pub fn finish(self) -> Result<Vec<G1Projective>, CudaError> {
        let mut sums = vec![G1Projective::ZERO; self.sums];
        let mut words = vec![[0u64; 16]; self.pieces.iter().map(|piece| piece.windows).sum()];
        self.out.read(&mut words)?;
        let mut rest = words.as_slice();
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let (own, others) = rest.split_at(piece.windows);
            pieces.push((piece, own));
            rest = others;
        }
        let joined: Vec<G1Projective> =
            pieces.into_par_iter().map(|(piece, own)| joined(own, piece.bits)).collect();
        self.pieces.iter().zip(joined).for_each(|(piece, own)| sums[piece.sum] += own);
        Ok(sums)
    }
}

/// sum 2^(bits k) windows\[k\].
pub(crate) fn joined(windows: &[[u64; 16]], bits: u32) -> G1Projective {
    windows.iter().rev().fold(G1Projective::ZERO, |mut total, window| {
        for _ in 0..bits {
            total.double_in_place();
        }
        total + unpacked(window)
    })
}

/// Bits with sign of the widest scalar of each; 0 where all are zero.
fn widths(
    machine: &Arc<dyn Machine>,
    terms: &[Terms<'_>],
    places: &[(u64, usize)],
) -> Result<Vec<u32>, CudaError> {
    let mut widths: Vec<u32> =
        terms.iter().map(|terms| if terms.range().is_empty() { 0 } else { FULL_BITS }).collect();
    // Rows of one length and type in one launch.
    let mut groups: Vec<((usize, usize), Vec<usize>)> = Vec::new();
    for (index, (terms, (_, bytes))) in terms.iter().zip(places).enumerate() {
        let key = (terms.range().len(), *bytes);
        if key.0 == 0 || key.1 == 32 {
            continue;
        }
        match groups.iter_mut().find(|(own, _)| *own == key) {
            Some((_, group)) => group.push(index),
            None => groups.push((key, vec![index])),
        }
    }
    let indices: Vec<usize> = groups.iter().flat_map(|(_, group)| group.iter().copied()).collect();
    if indices.is_empty() {
        return Ok(widths);
    }
    let rows: Vec<u64> = indices.iter().map(|index| places[*index].0).collect();
    let (list, masks) = (Block::from(machine, &rows)?, Block::zeros::<u32>(machine, rows.len())?);
    let mut done = 0;
    for ((count, bytes), group) in &groups {
        let place = [list.address() + 8 * done as u64, masks.address() + 4 * done as u64];
        cell_bits(machine, place, group.len(), *count, *bytes, 0, true)?;
        done += group.len();
    }
    let mut found = vec![0u32; rows.len()];
    masks.read(&mut found)?;
    for (index, mask) in indices.into_iter().zip(found) {
        // A row of -1 and 0 has no bit but the sign.
        widths[index] = u32::BITS - mask.leading_zeros() + 1;
    }
    Ok(widths)
}

/// Which bits `rows` rows of `count` cells have: see the kernel. `place`: of the list of rows, of the masks.
pub(crate) fn cell_bits(
    machine: &Arc<dyn Machine>,
    place: [u64; 2],
    rows: usize,
    count: usize,
    bytes: usize,
    low: i64,
    folds: bool,
) -> Result<(), CudaError> {
    let [list, masks] = place;
    let parts = count.min(PARTS);
    let at = [list, count as u64, bytes as u64, low.cast_unsigned(), u64::from(folds), parts as u64, masks];
    launch(&**machine, Kernel::CellBits, rows * parts, &at)
}

/// The points of every bucket of rows of scalars, by row, window and bucket.
pub(crate) fn buckets(
    machine: &Arc<dyn Machine>,
    shape: &Shape,
    points: u64,
    rows: &[u64],
) -> Result<Block, CudaError> {
    let counts = shape.cut(rows.len());
    let (buckets, most) = (counts.buckets, counts.most as u64);
    let go = |kernel, n, at: &[u64]| launch(&**machine, kernel, n, at);
    let rows_there = Block::from(machine, rows)?;
    let cut = |further: &[u64]| {
        let cut = [
            rows_there.address(),
            shape.terms as u64,
            shape.bytes as u64,
            u64::from(shape.bits),
            shape.windows as u64,
            shape.low.cast_unsigned(),
        ];
        [&cut, further].concat()
    };
    let terms = rows.len() * shape.terms;
    let sizes = Block::zeros::<u32>(machine, buckets)?;
    go(Kernel::CountDigits, terms, &cut(&[sizes.address()]))?;
    let ends = offsets(machine, &sizes, buckets)?;
    let order = Block::of::<u32>(machine, counts.digits)?;
    go(Kernel::PlaceDigits, terms, &cut(&[ends.address(), order.address()]))?;

    let tasks = Block::of::<u32>(machine, buckets)?;
    go(Kernel::CountTasks, buckets, &[sizes.address(), most, tasks.address()])?;
    let first = offsets(machine, &tasks, buckets)?;
    let list = Block::zeros::<u32>(machine, 2 * counts.tasks)?;
    let at = [sizes.address(), ends.address(), most, first.address(), list.address()];
    go(Kernel::ListTasks, buckets, &at)?;
    drop((sizes, ends));
    let partial = Block::new(machine, counts.tasks * SIZES[3])?;
    go(Kernel::SumTasks, counts.tasks, &[list.address(), order.address(), points, partial.address()])?;
    drop((list, order, rows_there));

    let sums = Block::new(machine, buckets * counts.parts * SIZES[3])?;
    let parts = counts.parts as u64;
    let at = [partial.address(), first.address(), tasks.address(), parts, sums.address()];
    go(Kernel::SumBuckets, buckets * counts.parts, &at)?;
    drop((partial, first, tasks));
    if counts.parts == 1 {
        return Ok(sums);
    }
    let out = Block::new(machine, buckets * SIZES[3])?;
    go(Kernel::SumPoints, buckets, &[sums.address(), parts, out.address()])?;
    Ok(out)
}

/// sum (b + 1) buckets\[b\] of each window of each row, to the address `out`.
pub(crate) fn weighed(
    machine: &Arc<dyn Machine>,
    shape: &Shape,
    buckets: &Block,
    rows: usize,
    out: u64,
) -> Result<(), CudaError> {
    let (windows, length) = (rows * shape.windows, shape.cut(rows).segment);
    let mut left = shape.buckets() / length;
    let room = |left: usize| {
        if left > 1 { Block::new(machine, windows * left * SIZES[3]).map(Some) } else { Ok(None) }
    };
    let place = |block: &Option<Block>| block.as_ref().map_or(out, Block::address);
    let mut points = room(left)?;
    let at = [buckets.address(), length as u64, left as u64, place(&points)];
    launch(&**machine, Kernel::WeighSegments, windows * left, &at)?;
    while let Some(segments) = points {
        let length = left.min(RUN);
        left /= length;
        let next = room(left)?;
        let at = [segments.address(), length as u64, place(&next)];
        launch(&**machine, Kernel::SumPoints, windows * left, &at)?;
        points = next;
    }
    Ok(())
}
