//! The set-up string made ready for commitments.

use crate::{Hooks, Plan, ProverError};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::lookup::Lookups;
use zkattest_cuda::{CudaError, Machine, Pending, ResidentBases, SmallCells, Terms, Vector};
use zkattest_evaluation::{Index, commit_key};
use zkattest_field::{G1, G1Projective, Scalar};
use zkattest_kernels::msm::{self, Bases, ByValue, Scalars};
use zkattest_kernels::{Cells, KernelError};
use zkattest_verifier::EvaluationKey;

/// Bits of a digit of a blinder: 32 tables of 255 points, half a megabyte.
const DIGIT: usize = 8;

/// Fewest terms of a sum that a device is faster at than a processor of several cores.
pub const DEVICE_TERMS: usize = 1 << 15;

/// Bytes of cells that go to a device at once.
const AT_ONCE: usize = 1 << 26;

/// \[tau^0\]_1, \[tau^1\]_1, .. prepared for multi-scalar multiplication, and multiples of \[tau^m\]_1 for
/// blinders.
pub struct ProvingString {
    bases: Bases,
    /// m.
    row_size: usize,
    /// The points on a device, which long sums are made on.
    device: Option<ResidentBases>,
    /// Fewest terms of a long one.
    long: usize,
    /// Multiple d 2^(8 i) of \[tau^m\]_1 at i * 255 + d - 1, for d from 1 to 255.
    multiples: Vec<G1>,
    /// The sum of the points of a row's cells.
    total: OnceLock<G1Projective>,
}

impl std::fmt::Debug for ProvingString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProvingString").field("points", &self.bases.len()).finish()
    }
}

impl ProvingString {
    /// Prepares the first powers for rows of m = `row_size` cells and their blinders, which need m + 1 of them; an
    /// evaluation argument may need more.
    pub fn new(points: &[G1], row_size: usize) -> Self {
        let mut multiples = Vec::with_capacity(32 * 255);
        let mut base = points.get(row_size).map_or(G1Projective::ZERO, |point| G1Projective::from(*point));
        for _ in 0..Scalar::MODULUS_BIT_SIZE.div_ceil(8) {
            let mut sum = base;
            for _ in 1..1usize << DIGIT {
                multiples.push(sum);
                sum += base;
            }
            base = sum;
        }
        Self {
            bases: Bases::new(points),
            row_size,
            device: None,
            long: usize::MAX,
            multiples: G1Projective::normalize_batch(&multiples),
            total: OnceLock::new(),
        }
    }

    /// Likewise, and sums of `long` terms or more ([`DEVICE_TERMS`], say) are made on `machine`, which keeps the
    /// points. Commitments are the same.
    ///
    /// # Errors
    /// Where the machine has no room for the points, or fails.
    pub fn on(
        points: &[G1],
        row_size: usize,
        machine: &Arc<dyn Machine>,
        long: usize,
    ) -> Result<Self, CudaError> {
        let device = Some(ResidentBases::new(machine, points)?);
        Ok(Self { device, long, ..Self::new(points, row_size) })
    }

    /// The machine that long sums are made on, where rows are long enough for it.
    pub(crate) fn machine(&self) -> Option<&Arc<dyn Machine>> {
        self.resident().map(ResidentBases::machine)
    }

    /// The points there, likewise.
    pub(crate) fn resident(&self) -> Option<&ResidentBases> {
        self.device.as_ref().filter(|_| self.row_size >= self.long)
    }

    /// What of a proof of a valid circuit lies on the machine that has the points: as much as it has room for. None where
    /// there is no machine, or rows are too short for it.
    ///
    /// # Errors
    /// What the machine fails at.
    pub fn plan(&self, circuit: &Circuit, lookups: &Lookups) -> Result<Option<Plan>, ProverError> {
        self.plan_with(circuit, lookups, None)
    }

    /// [`Self::plan`] with hooks.
    ///
    /// # Errors
    /// As [`Self::plan`].
    #[doc(hidden)]
    pub fn plan_with(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        hooks: Option<&Hooks>,
    ) -> Result<Option<Plan>, ProverError> {
        let Some(machine) = self.machine() else { return Ok(None) };
        let points = self.points();
        let available = machine.available()?.saturating_add(Plan::string(points));
        Ok(Some(Plan::with(circuit, lookups, points, available, hooks)))
    }

    /// sum scalars\[i\] \[tau^i\]_1.
    fn sum(&self, scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
        match &self.device {
            Some(device) if scalars.len() >= self.long => Ok(device.msm(scalars)?),
            _ => self.bases.msm(scalars),
        }
    }

    /// m: cells of a row.
    pub fn row_size(&self) -> usize {
        self.row_size
    }

    /// Number of powers.
    pub fn points(&self) -> usize {
        self.bases.len()
    }

    /// The evaluation key of a table, and \[Q\], its opening for who has no string; `circuit` and `srs` are digests.
    ///
    /// # Errors
    /// [`ProverError::StringSize`] where there are fewer powers than the table's polynomial has coefficients.
    pub fn evaluation_key(
        &self,
        index: &Index,
        circuit: &[u8; 32],
        srs: &[u8; 32],
    ) -> Result<(EvaluationKey, G1), ProverError> {
        let (expected, found) = (index.coefficients(), self.points());
        if found < expected {
            return Err(ProverError::StringSize { expected, found });
        }
        commit_key(index, circuit, srs, |polynomial| Ok(self.sum(Scalars::Full(polynomial))?.into_affine()))
    }

    /// Rows of small cells laid end to end, one blinder each, committed.
    ///
    /// # Errors
    /// [`ProverError::Shape`] where there is not one row of m cells for each blinder, [`ProverError::StringSize`] where
    /// there are not m + 1 powers.
    pub fn commit_small(&self, cells: &[i16], blinders: &[Scalar]) -> Result<Vec<G1>, ProverError> {
        if let Some(device) = self.resident() {
            return self.commit_there(cells, blinders, |cells, m, room| {
                sums_of_cells(device, Cells::I16(cells), m, room)
            });
        }
        self.commit(cells, blinders, |row| self.small(row))
    }

    /// A row of small cells in the narrowest type that holds them: the fewer bits, the fewer buckets. Limbs are
    /// unsigned and narrower than their type, weights are mostly signed bytes.
    fn small(&self, row: &[i16]) -> Result<G1Projective, KernelError> {
        let (low, high) =
            row.iter().fold((0i16, 0i16), |(low, high), cell| (low.min(*cell), high.max(*cell)));
        if low == 0 {
            return self.sum(Scalars::Unsigned { cells: row, bits: i16::BITS - high.leading_zeros() });
        }
        if i8::try_from(low).is_ok() && i8::try_from(high).is_ok() {
            let bytes: Vec<i8> = row.iter().map(|cell| i8::try_from(*cell).unwrap_or_default()).collect();
            return self.sum(Scalars::I8(&bytes));
        }
        self.sum(Scalars::I16(row))
    }

    /// Likewise for multiplicities.
    ///
    /// # Errors
    /// As [`Self::commit_small`].
    pub fn commit_counts(&self, cells: &[i32], blinders: &[Scalar]) -> Result<Vec<G1>, ProverError> {
        if let Some(device) = self.resident() {
            return self.commit_there(cells, blinders, |cells, m, room| {
                sums_of_cells(device, Cells::I32(cells), m, room)
            });
        }
        self.commit(cells, blinders, |row| {
            match row.iter().map(|count| i16::try_from(*count)).collect::<Result<Vec<i16>, _>>() {
                Ok(narrow) => self.small(&narrow),
                Err(_) => self.sum(Scalars::I32(row)),
            }
        })
    }

    /// Likewise for field elements.
    ///
    /// # Errors
    /// As [`Self::commit_small`].
    pub fn commit_full(&self, cells: &[Scalar], blinders: &[Scalar]) -> Result<Vec<G1>, ProverError> {
        if let Some(device) = self.resident() {
            return self.commit_there(cells, blinders, |cells, m, room| {
                let there = Vector::new(device.machine(), cells)?;
                let row = |row: usize| Terms::Elements(&there, row * m..(row + 1) * m);
                device.start(&(0..cells.len() / m).map(row).collect::<Vec<_>>(), room)
            });
        }
        self.commit(cells, blinders, |row| {
            let zeros = row.iter().filter(|cell| **cell == Scalar::ZERO).count();
            // Points picked for the others are made ready anew.
            if zeros > row.len() / 4 * 3 {
                self.sparse(row.iter().copied().enumerate())
            } else {
                self.sum(Scalars::Full(row))
            }
        })
    }

    /// Sums of the points by the values of rows of cells: see [`Bases::by_value`].
    pub(crate) fn by_value(&self, rows: &[&[i16]], low: i64, values: usize) -> Option<ByValue> {
        // A device that makes long sums is faster cell by cell.
        if self.resident().is_some() {
            return None;
        }
        self.bases.by_value(rows, low, values)
    }

    /// sum scalars\[t\] sums\[t\] + all * sum over the cells' points.
    ///
    /// # Errors
    /// [`ProverError::Kernel`] where there are not as many scalars as sums.
    pub(crate) fn commit_by_value(
        &self,
        sums: &[G1],
        scalars: &[Scalar],
        all: Scalar,
    ) -> Result<G1Projective, ProverError> {
        Ok(msm::msm(sums, Scalars::Full(scalars))? + self.total()? * all)
    }

    /// The sum over the cells' points.
    pub(crate) fn total(&self) -> Result<G1Projective, ProverError> {
        if let Some(total) = self.total.get() {
            return Ok(*total);
        }
        let ones = vec![1i16; self.row_size()];
        let total = self.sum(Scalars::Unsigned { cells: &ones, bits: 1 })?;
        Ok(*self.total.get_or_init(|| total))
    }

    /// Points plus their blinders' multiples of \[tau^m\]_1.
    pub(crate) fn blind_all(&self, points: Vec<G1Projective>, blinders: &[Scalar]) -> Vec<G1> {
        let blinded: Vec<G1Projective> = points
            .into_par_iter()
            .zip(blinders)
            .map(|(point, blinder)| point + self.blind(*blinder))
            .collect();
        G1Projective::normalize_batch(&blinded)
    }

    /// One row that is mostly zero: cells with their places.
    ///
    /// # Errors
    /// As [`Self::commit_small`].
    pub(crate) fn commit_sparse(
        &self,
        cells: impl Iterator<Item = (usize, Scalar)>,
        blinder: Scalar,
    ) -> Result<G1, ProverError> {
        let sum = self.sparse(cells)?;
        Ok((sum + self.blind(blinder)).into_affine())
    }

    /// sum of cells times the points at their places.
    pub(crate) fn sparse(
        &self,
        cells: impl Iterator<Item = (usize, Scalar)>,
    ) -> Result<G1Projective, KernelError> {
        let (bases, scalars): (Vec<G1>, Vec<Scalar>) = cells
            .filter(|(_, scalar)| *scalar != Scalar::ZERO)
            .filter_map(|(i, scalar)| Some((self.bases.get(i)?, scalar)))
            .unzip();
        msm::msm(&bases, Scalars::Full(&scalars))
    }

    /// Polynomials of no more coefficients than there are powers, committed without blinders.
    ///
    /// # Errors
    /// [`ProverError::Kernel`] where a polynomial is longer.
    pub(crate) fn commit_polynomials(&self, polynomials: &[&[Scalar]]) -> Result<Vec<G1>, ProverError> {
        Ok(G1Projective::normalize_batch(&self.sums(polynomials)?))
    }

    /// Likewise, not yet normalised.
    ///
    /// # Errors
    /// Where a polynomial is longer, or the device fails.
    pub(crate) fn sums(&self, polynomials: &[&[Scalar]]) -> Result<Vec<G1Projective>, KernelError> {
        let long = |coefficients: &[Scalar]| self.device.is_some() && coefficients.len() >= self.long;
        let pending = match &self.device {
            Some(device) => {
                let there =
                    polynomials.iter().filter(|own| long(own)).map(|own| Vector::new(device.machine(), own));
                let there = there.collect::<Result<Vec<_>, _>>()?;
                let terms = there.iter().map(|own| Terms::Elements(own, 0..own.len())).collect::<Vec<_>>();
                Some(device.start(&terms, device.room()?)?)
            }
            None => None,
        };
        let short: Vec<&[Scalar]> = polynomials.iter().copied().filter(|own| !long(own)).collect();
        let short = short
            .par_iter()
            .map(|coefficients| self.bases.msm(Scalars::Full(coefficients)))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut there, mut short) =
            (pending.map(Pending::finish).transpose()?.unwrap_or_default().into_iter(), short.into_iter());
        let sums: Vec<G1Projective> = polynomials
            .iter()
            .filter_map(|own| if long(own) { there.next() } else { short.next() })
            .collect();
        Ok(sums)
    }

    /// Rows committed on a device: `start` launches the sums of some rows of m cells in so much room. As many at once as take it,
    /// and 64 MB.
    fn commit_there<T>(
        &self,
        cells: &[T],
        blinders: &[Scalar],
        start: impl Fn(&[T], usize, usize) -> Result<Pending, CudaError>,
    ) -> Result<Vec<G1>, ProverError> {
        self.check(cells.len(), blinders)?;
        let m = self.row_size().max(1);
        let room = self.device.as_ref().map_or(Ok(0), ResidentBases::room)?;
        let rows = (AT_ONCE.min(room) / m.saturating_mul(size_of::<T>())).max(1);
        let pending: Vec<Pending> =
            cells.chunks(rows * m).map(|cells| start(cells, m, room)).collect::<Result<_, _>>()?;
        let mut sums = Vec::with_capacity(blinders.len());
        for pending in pending {
            sums.extend(pending.finish()?);
        }
        Ok(self.blind_all(sums, blinders))
    }

    fn commit<T: Sync>(
        &self,
        cells: &[T],
        blinders: &[Scalar],
        msm: impl Fn(&[T]) -> Result<G1Projective, KernelError> + Sync,
    ) -> Result<Vec<G1>, ProverError> {
        self.check(cells.len(), blinders)?;
        let sums = cells
            .par_chunks(self.row_size().max(1))
            .zip(blinders)
            .map(|(row, blinder)| Ok(msm(row)? + self.blind(*blinder)))
            .collect::<Result<Vec<_>, ProverError>>()?;
        Ok(G1Projective::normalize_batch(&sums))
    }

    /// Whether there is a row of m cells for each blinder, and a point for it.
    fn check(&self, cells: usize, blinders: &[Scalar]) -> Result<(), ProverError> {
        let expected = blinders.len().saturating_mul(self.row_size());
        if self.bases.len() <= self.row_size {
            return Err(ProverError::StringSize {
                expected: self.row_size.saturating_add(1),
                found: self.bases.len(),
            });
        }
        if cells != expected {
            return Err(ProverError::Shape { what: "cells of rows", expected, found: cells });
        }
        Ok(())
    }

    /// blinder * \[tau^m\]_1.
    fn blind(&self, blinder: Scalar) -> G1Projective {
        let digits = blinder.into_bigint().to_bytes_le();
        let mut sum = G1Projective::ZERO;
        for (digit, multiples) in digits.iter().zip(self.multiples.chunks(255)) {
            if let Some(point) = usize::from(*digit).checked_sub(1).and_then(|index| multiples.get(index)) {
                sum += point;
            }
        }
        sum
    }
}

/// Launches the sums of rows of m small cells.
fn sums_of_cells(
    device: &ResidentBases,
    cells: Cells<'_>,
    m: usize,
    room: usize,
) -> Result<Pending, CudaError> {
    let there = SmallCells::new(device.machine(), cells)?;
    let row = |row: usize| Terms::Cells(&there, row * m..(row + 1) * m);
    device.start(&(0..there.len() / m).map(row).collect::<Vec<_>>(), room)
}
