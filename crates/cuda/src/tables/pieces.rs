//! A functional's table: a tensor's cells, summed by slots, times a weight for each axis.

use super::{ABSENT, RAISED, bind_weights, check, check_cells, threads};
use crate::memory::Block;
use crate::packing::Packing;
use crate::{CudaError, Gpu, Kernel, SmallCells, Vector};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use std::ops::Range;
use zkattest_kernels::KernelError;

/// What a table is made of. Its index is (first, outer, inner), the first most significant, and its entry
/// `outer[o] inner[w] first[f] (constant + sum over slots of slot (cell))` for the cell at the sum of all offsets and w,
/// plus what is added: zero where there is no f or o, or w is in a gap or none of the cells.
#[derive(Debug, Clone)]
pub struct PiecesLayout<'a> {
    /// Cells from the region's first one, and weights.
    pub slots: &'a [(usize, Fr)],
    /// Added to the slots' sum.
    pub constant: Fr,
    /// Offset and weight by index, a power of two of them; none where an index is none of an axis.
    pub first: &'a [Option<(usize, Fr)>],
    /// Likewise.
    pub outer: &'a [Option<(usize, Fr)>],
    /// log2 of the inner indices.
    pub inner_bits: usize,
    /// Cells of an inner block.
    pub inner_cells: usize,
    /// Their weights, if not all one.
    pub inner: Option<&'a [Fr]>,
    /// Which of them are no elements.
    pub gaps: &'a [Range<usize>],
    /// Products of three functions that are added.
    pub added: Vec<AddedLayout<'a>>,
}

/// A product of functions of the first, the outer and the inner index.
#[derive(Debug, Clone, Copy)]
pub struct AddedLayout<'a> {
    /// By index.
    pub first: &'a [Fr],
    /// Likewise.
    pub outer: &'a [Fr],
    /// Likewise.
    pub inner: &'a [Fr],
}

/// A table on a machine, of which pieces are made, with some of the first index's bits bound.
#[derive(Debug)]
pub struct PiecesTable {
    gpu: Gpu,
    /// All lists.
    lists: Block,
    at: Places,
    slots: usize,
    firsts: usize,
    left: usize,
    outers: usize,
    inner_bits: usize,
    added: Vec<Added>,
    /// Cells that a region has at least.
    cells: usize,
}

/// Where lists begin in the block.
#[derive(Debug)]
struct Places {
    /// Numbers of slots, of first indices, log2 of the outer and the inner indices.
    layout: usize,
    /// By first index and slot: the offset, and the weight with what is bound.
    offsets: usize,
    weights: usize,
    /// By what is left of the first index: what cells' being raised and the constant make.
    base: usize,
    /// By outer index; no weights where all are one.
    outer_offsets: usize,
    outer: Option<usize>,
    /// By inner index: weights if not all one, and a byte that says whether there is an element.
    inner: Option<usize>,
    real: usize,
}

/// See [`AddedLayout`], by where lists begin; `scales` are products of what is left of the first function and the outer
/// one.
#[derive(Debug)]
struct Added {
    first: usize,
    outer: usize,
    inner: usize,
    scales: Vector,
}

impl Gpu {
    /// Copies a table's layout.
    ///
    /// # Errors
    /// [`KernelError::Length`] for lists of other lengths than the index has; [`CudaError::Memory`],
    /// [`CudaError::Driver`].
    pub fn pieces_table(&self, layout: &PiecesLayout<'_>) -> Result<PiecesTable, CudaError> {
        let room = 1 << layout.inner_bits;
        for list in [layout.first.len(), layout.outer.len()] {
            check(list.next_power_of_two(), list)?;
        }
        check(layout.inner_cells, room)?;
        check(layout.inner_cells, layout.inner.map_or(room, <[Fr]>::len))?;
        for added in &layout.added {
            check(layout.first.len(), added.first.len())?;
            check(layout.outer.len(), added.outer.len())?;
            check(room, added.inner.len())?;
        }
        let slot_sum: Fr = layout.slots.iter().map(|(_, weight)| weight).sum();
        let constant = layout.constant - Fr::from(RAISED) * slot_sum;
        let (mut offsets, mut weights, mut base) = (Vec::new(), Vec::new(), Vec::new());
        for first in layout.first {
            for (slot, weight) in layout.slots {
                let (at, scale) = first.map_or((ABSENT, Fr::ZERO), |(at, scale)| ((at + slot) as u64, scale));
                offsets.push(at);
                weights.push(scale * weight);
            }
            base.push(first.map_or(Fr::ZERO, |(_, scale)| scale * constant));
        }
        let real: Vec<u8> = (0..room)
            .map(|w| u8::from(w < layout.inner_cells && !layout.gaps.iter().any(|gap| gap.contains(&w))))
            .collect();
        let greatest = |list: &[Option<(usize, Fr)>]| list.iter().flatten().map(|(at, _)| *at).max();
        let slot = layout.slots.iter().map(|(at, _)| *at).max();
        let last = greatest(layout.first).zip(greatest(layout.outer)).zip(slot);
        let cells = last.map_or(0, |((first, outer), slot)| first + outer + slot + layout.inner_cells);
        let outer_offsets: Vec<u64> =
            layout.outer.iter().map(|outer| outer.map_or(ABSENT, |(at, _)| at as u64)).collect();
        let outer: Vec<Fr> =
            layout.outer.iter().map(|outer| outer.map_or(Fr::ONE, |(_, weight)| weight)).collect();
        let mut lists = Packing::default();
        let numbers = [layout.slots.len(), layout.first.len(), log2(layout.outer.len()), layout.inner_bits];
        let weighted = outer.iter().any(|weight| *weight != Fr::ONE);
        let at = Places {
            layout: lists.numbers(numbers.map(|number| number as u64)),
            offsets: lists.numbers(offsets),
            weights: lists.elements(&weights),
            base: lists.elements(&base),
            outer_offsets: lists.numbers(outer_offsets),
            outer: weighted.then(|| lists.elements(&outer)),
            inner: layout.inner.map(|inner| lists.elements(inner)),
            real: lists.bytes(&real),
        };
        let added = layout.added.iter().map(|added| {
            let scales = Vector::room(self.machine(), added.first.len() * added.outer.len())?;
            let [first, outer, inner] =
                [added.first, added.outer, added.inner].map(|values| lists.elements(values));
            Ok(Added { first, outer, inner, scales })
        });
        let added = added.collect::<Result<_, CudaError>>()?;
        let table = PiecesTable {
            gpu: self.clone(),
            lists: lists.put(self.machine())?,
            at,
            slots: layout.slots.len(),
            firsts: layout.first.len(),
            left: layout.first.len(),
            outers: layout.outer.len(),
            inner_bits: layout.inner_bits,
            added,
            cells,
        };
        table.scale()?;
        Ok(table)
    }
}

impl PiecesTable {
    /// Entries, with what is bound.
    pub fn len(&self) -> usize {
        (self.left * self.outers) << self.inner_bits
    }

    /// Whether there are none: never, as every index has one value at least.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values that are left of the first index; at one nothing more can be bound.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Binds the next variable.
    ///
    /// # Errors
    /// [`KernelError::OddTable`] where no variable of the first index is left; [`CudaError::Memory`],
    /// [`CudaError::Driver`].
    pub fn bind(&mut self, challenge: Fr) -> Result<(), CudaError> {
        if self.left == 1 {
            return Err(KernelError::OddTable { found: 1 }.into());
        }
        self.left /= 2;
        let weights = [self.list(self.at.weights), (self.firsts * self.slots) as u64];
        bind_weights(&self.gpu, weights, self.slots, self.left, challenge)?;
        let lists = std::iter::once(self.at.base).chain(self.added.iter().map(|added| added.first));
        let lists: Vec<(u64, usize)> = lists.map(|at| (self.list(at), self.left)).collect();
        self.gpu.fold_at(&lists, challenge)?;
        self.scale()
    }

    /// Where a list lies.
    fn list(&self, at: usize) -> u64 {
        self.lists.address() + at as u64
    }

    /// The products of what is left of first functions and outer ones.
    fn scale(&self) -> Result<(), CudaError> {
        self.added.iter().try_for_each(|Added { first, outer, scales, .. }| {
            let at = [self.list(*first), self.list(*outer), self.outers as u64, scales.at(0)];
            self.gpu.go(Kernel::OuterProducts, self.left * self.outers, &at)
        })
    }

    /// Writes entries start .. start + count to out\[at .. at + count\]. `cells`: all of the region.
    ///
    /// # Errors
    /// [`KernelError::Length`] where the table, the cells or `out` end before, or cells have not two bytes;
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn fill(
        &self,
        cells: &SmallCells,
        start: usize,
        count: usize,
        out: &mut Vector,
        at: usize,
    ) -> Result<(), CudaError> {
        check_cells(cells, self.cells)?;
        check(start.saturating_add(count), self.len())?;
        check(at.saturating_add(count), out.len())?;
        let to = out.at(at);
        let words = [
            cells.at(0),
            self.list(self.at.offsets),
            self.list(self.at.weights),
            self.list(self.at.layout),
            self.left as u64,
            self.list(self.at.base),
            self.list(self.at.outer_offsets),
            self.at.outer.map_or(0, |outer| self.list(outer)),
            self.at.inner.map_or(0, |inner| self.list(inner)),
            self.list(self.at.real),
            start as u64,
            count as u64,
            to,
        ];
        self.gpu.go(Kernel::FillPieces, threads(self.inner_bits, start, count), &words)?;
        for Added { inner, scales, .. } in &self.added {
            let words = [scales.at(0), self.list(*inner), self.inner_bits as u64, start as u64, to];
            self.gpu.go(Kernel::AddPieces, count, &words)?;
        }
        Ok(())
    }

    /// The whole table.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn table(&self, cells: &SmallCells) -> Result<Vector, CudaError> {
        let mut table = Vector::room(self.gpu.machine(), self.len())?;
        self.fill(cells, 0, self.len(), &mut table, 0)?;
        Ok(table)
    }
}

/// log2 of a power of two.
fn log2(count: usize) -> usize {
    count.trailing_zeros() as usize
}
