//! Sums of points by the values of small cells, and sums of these with scalars; the steps are in `kernels/values.cuh`.

use crate::batch::{buckets, cell_bits, joined, weighed};
use crate::memory::{Block, launch};
use crate::msm::unpacked;
use crate::shape::Shape;
use crate::{CudaError, Kernel, ResidentBases, SIZES, SmallCells};
use ark_bn254::{Fr, G1Projective};
use ark_ff::PrimeField;
use rayon::prelude::*;
use std::sync::Arc;
use zkattest_kernels::KernelError;

/// Points that one thread adds.
const RUN: usize = 16;

/// log2 of the most values: 2 GB of sums for each row.
const MOST_BITS: u32 = 24;

/// Bits of a scalar, with room; and of what is joined on the machine.
const BITS: usize = 256;
const JOINED: usize = 8;

/// Cells whose values points are summed by.
#[derive(Debug, Clone, Copy)]
pub struct ValueRows<'a> {
    /// All cells of a region.
    pub cells: &'a SmallCells,
    /// Cells of a row.
    pub length: usize,
    /// Number of the first row.
    pub first: usize,
    /// Number of rows.
    pub rows: usize,
    /// Rows of a group; the last group may have fewer.
    pub columns: usize,
    /// Least value.
    pub low: i64,
    /// log2 of the number of values.
    pub bits: u32,
}

impl ValueRows<'_> {
    /// Bytes that one group's sums are made in.
    pub fn least_room(&self) -> usize {
        let rows = self.columns.min(self.rows).max(1);
        Shape::by_value(self.length, self.cells.width(), self.low, self.bits.min(MOST_BITS)).cut(rows).bytes()
    }
}

/// By group of rows and t from 1 on, the sum S_t of the bases whose cell has the value low + t in a row of the group. They
/// stay on the machine.
#[derive(Debug)]
pub struct ValueSums {
    machine: Arc<dyn crate::Machine>,
    points: Block,
    groups: usize,
    /// From a group to the next.
    stride: usize,
}

impl ResidentBases {
    /// Bases summed by the values of cells, and for each row the sum of its cells, less `low`, times bases. None where a
    /// cell has another value, or `room` bytes do not suffice for one group.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are fewer cells, or fewer bases than cells of a row; what the machine
    /// refuses.
    pub fn by_value(
        &self,
        rows: &ValueRows<'_>,
        room: usize,
    ) -> Result<Option<(ValueSums, Vec<G1Projective>)>, CudaError> {
        let ValueRows { cells, length, first, rows: count, columns, low, bits } = *rows;
        self.fits(length)?;
        let expected = first.saturating_add(count).saturating_mul(length);
        if expected > cells.len() {
            return Err(KernelError::Length { expected, found: cells.len() }.into());
        }
        let (machine, bytes) = (self.machine(), cells.width());
        if bits > MOST_BITS || length == 0 {
            return Ok(None);
        }
        let (shape, columns) = (Shape::by_value(length, bytes, low, bits), columns.clamp(1, count.max(1)));
        let groups_together = shape.together(count, columns, room);
        if groups_together == 0 {
            return Ok(None);
        }
        let places: Vec<u64> = (first..first + count).map(|row| cells.at(row * length)).collect();
        let list = Block::from(machine, &places)?;
        let mask = Block::zeros::<u32>(machine, count)?;
        cell_bits(machine, [list.address(), mask.address()], count, length, bytes, low, false)?;
        let mut found = vec![0u32; count];
        mask.read(&mut found)?;
        drop((list, mask));
        if found.iter().any(|mask| mask >> bits != 0) {
            return Ok(None);
        }
        let (groups, stride) = (count.div_ceil(columns), shape.buckets());
        let points = Block::new(machine, groups * stride * SIZES[3])?;
        let of_rows = Block::new(machine, count * SIZES[3])?;
        let (mut at, mut row_at) = (points.address(), of_rows.address());
        for rows in places.chunks(groups_together * columns) {
            let own = buckets(machine, &shape, self.at(0), rows)?;
            weighed(machine, &shape, &own, rows.len(), row_at)?;
            let groups = rows.len().div_ceil(columns);
            let sizes = [stride as u64, columns as u64, rows.len() as u64];
            let args = [own.address(), sizes[0], sizes[1], sizes[2], at];
            launch(&**machine, Kernel::AddBuckets, groups * stride, &args)?;
            at += (groups * stride * SIZES[3]) as u64;
            row_at += (rows.len() * SIZES[3]) as u64;
        }
        let mut words = vec![[0u64; 16]; count];
        of_rows.read(&mut words)?;
        let sums = ValueSums { machine: machine.clone(), points, groups, stride };
        Ok(Some((sums, words.iter().map(unpacked).collect())))
    }
}

impl ValueSums {
    /// Groups of rows.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// sum over t of scalars\[t - 1\] S_t for each group.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are more scalars than values; what the machine refuses.
    pub fn sums(&self, scalars: &[Fr]) -> Result<Vec<G1Projective>, CudaError> {
        if scalars.len() > self.stride {
            return Err(KernelError::Length { expected: self.stride, found: scalars.len() }.into());
        }
        let (machine, count) = (&self.machine, scalars.len());
        let integers: Vec<u64> = scalars.iter().flat_map(|scalar| scalar.into_bigint().0).collect();
        let integers = Block::from(machine, &integers)?;
        let mut parts = count.div_ceil(RUN).next_power_of_two();
        let bits = self.groups * BITS;
        let mut points = Block::new(machine, bits * parts * SIZES[3])?;
        let sizes = [self.stride as u64, count as u64, integers.address(), parts as u64];
        let at = [self.points.address(), sizes[0], sizes[1], sizes[2], sizes[3], points.address()];
        launch(&**machine, Kernel::SumBits, bits * parts, &at)?;
        while parts > 1 {
            let length = parts.min(RUN);
            parts /= length;
            let shorter = Block::new(machine, bits * parts * SIZES[3])?;
            let at = [points.address(), length as u64, shorter.address()];
            launch(&**machine, Kernel::SumPoints, bits * parts, &at)?;
            points = shorter;
        }
        let out = Block::new(machine, bits / JOINED * SIZES[3])?;
        launch(&**machine, Kernel::JoinBits, bits / JOINED, &[points.address(), out.address()])?;
        let mut words = vec![[0u64; 16]; bits / JOINED];
        out.read(&mut words)?;
        Ok(words.par_chunks(BITS / JOINED).map(|windows| joined(windows, JOINED as u32)).collect())
    }
}
