//! Polynomials on a machine, by their coefficients.

use crate::memory::Block;
use crate::{CudaError, Gpu, Kernel, Vector};
use ark_bn254::Fr;
use ark_ff::Field;
use std::ops::Range;
use zkattest_kernels::KernelError;

/// Positions that one thread goes through, as `kernels/polynomials.cuh` has it.
const STEPS: usize = 32;

impl Gpu {
    /// The division by X^width - point: suffix\[k\] = values\[k\] + point suffix\[k + width\], whose first `width` elements
    /// are the remainder and the others the quotient.
    ///
    /// Launches only.
    ///
    /// # Errors
    /// [`KernelError::Length`] for no width; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn divide(&self, values: &Vector, width: usize, point: Fr) -> Result<Vector, CudaError> {
        if width == 0 {
            return Err(KernelError::Length { expected: 1, found: 0 }.into());
        }
        let out = Vector::room(self.machine(), values.len())?;
        self.suffixes(values, width, point, &out)?;
        Ok(out)
    }

    /// Likewise in place.
    ///
    /// # Errors
    /// As [`Self::divide`].
    pub fn divide_in_place(&self, values: &mut Vector, width: usize, point: Fr) -> Result<(), CudaError> {
        if width == 0 {
            return Err(KernelError::Length { expected: 1, found: 0 }.into());
        }
        self.suffixes(values, width, point, values)
    }

    fn suffixes(&self, values: &Vector, width: usize, point: Fr, out: &Vector) -> Result<(), CudaError> {
        let length = values.len();
        let segments = length.div_ceil(width).div_ceil(STEPS);
        let at = Vector::new(self.machine(), &[point])?;
        let follows = if segments > 1 {
            let mut sums = Vector::room(self.machine(), segments * width)?;
            let words = [values.at(0), length as u64, width as u64, at.at(0), sums.at(0)];
            self.launch(Kernel::SegmentSums, sums.len(), &words)?;
            self.divide_in_place(&mut sums, width, point.pow([STEPS as u64]))?;
            Some(sums)
        } else {
            None
        };
        let following = follows.as_ref().map_or(0, Vector::len);
        let words = [
            values.at(0),
            length as u64,
            width as u64,
            at.at(0),
            follows.as_ref().map_or(0, |follows| follows.at(0)),
            following as u64,
            out.at(0),
        ];
        self.launch(Kernel::SegmentSuffixes, segments * width, &words)
    }

    /// out\[at + i\] += weight * values\[range\]\[i\].
    ///
    /// Launches only.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a range leaves its vector; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn add_multiple(
        &self,
        out: &mut Vector,
        at: usize,
        weight: Fr,
        values: &Vector,
        range: Range<usize>,
    ) -> Result<(), CudaError> {
        ends_within(range.end.max(range.start), values)?;
        ends_within(at.saturating_add(range.len()), out)?;
        let weight = Vector::new(self.machine(), &[weight])?;
        self.launch(Kernel::AddMultiple, range.len(), &[values.at(range.start), weight.at(0), out.at(at)])
    }

    /// out\[place\] += value for a few places, all different.
    ///
    /// Launches only.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a place is not there, or twice; [`CudaError::Memory`], [`CudaError::Driver`].
    pub fn add_sparse(&self, out: &mut Vector, entries: &[(usize, Fr)]) -> Result<(), CudaError> {
        let mut places: Vec<u64> = entries.iter().map(|(place, _)| *place as u64).collect();
        let values: Vec<Fr> = entries.iter().map(|(_, value)| *value).collect();
        let (there, values) = (Block::from(self.machine(), &places)?, Vector::new(self.machine(), &values)?);
        places.sort_unstable();
        entries.iter().try_for_each(|(place, _)| ends_within(place.saturating_add(1), out))?;
        if places.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(KernelError::Length { expected: entries.len(), found: entries.len() - 1 }.into());
        }
        self.launch(Kernel::AddSparse, entries.len(), &[there.address(), values.at(0), out.at(0)])
    }

    fn launch(&self, kernel: Kernel, n: usize, at: &[u64]) -> Result<(), CudaError> {
        crate::memory::launch(&**self.machine(), kernel, n, at)
    }
}

fn ends_within(expected: usize, vector: &Vector) -> Result<(), KernelError> {
    let found = vector.len();
    if expected <= found { Ok(()) } else { Err(KernelError::Length { expected, found }) }
}
