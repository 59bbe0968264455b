//! Sum-check 3: products of its parts, and the combination of all rows that is opened.

use super::{Host, OnDevice, Openings};
use crate::parts::Part;
use crate::products::{DeviceProducts, HostProducts, Products};
use crate::rows::Rows;
use crate::sumcheck3::combine;
use crate::{Hooks, ProverError};
use ark_ff::AdditiveGroup;
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_cuda::{Fold, Resident};
use zkattest_field::Scalar;

/// Where sum-check 3 finds cells, and keeps its tables.
pub(crate) trait Claims: Openings + Sized {
    /// The products of all parts.
    type Products<'a>: Products
    where
        Self: 'a;

    /// Parts over rows of 2^`log_row` cells, no variable bound.
    fn products<'a>(
        &'a self,
        log_row: usize,
        rows: &'a Rows<'a>,
        parts: Vec<Part>,
        hooks: Option<&Hooks>,
    ) -> Result<Self::Products<'a>, ProverError>;

    /// F = sum of all rows, blinders at X^m, each times its weight: m + 1 coefficients.
    fn combine(
        &self,
        log_row: usize,
        rows: &Rows<'_>,
        weights: &[Vec<Scalar>; ROW_REGIONS],
    ) -> Result<Self::Polynomial, ProverError>;
}

impl Claims for Host<'_> {
    type Products<'a>
        = HostProducts<'a>
    where
        Self: 'a;

    fn products<'a>(
        &'a self,
        log_row: usize,
        rows: &'a Rows<'a>,
        parts: Vec<Part>,
        _: Option<&Hooks>,
    ) -> Result<HostProducts<'a>, ProverError> {
        HostProducts::new(&self.cpu, log_row, rows, parts)
    }

    fn combine(
        &self,
        log_row: usize,
        rows: &Rows<'_>,
        weights: &[Vec<Scalar>; ROW_REGIONS],
    ) -> Result<Vec<Scalar>, ProverError> {
        combine(&self.cpu, log_row, rows, weights)
    }
}

impl Claims for OnDevice<'_> {
    type Products<'a>
        = DeviceProducts<'a>
    where
        Self: 'a;

    fn products<'a>(
        &'a self,
        log_row: usize,
        rows: &'a Rows<'a>,
        parts: Vec<Part>,
        hooks: Option<&Hooks>,
    ) -> Result<DeviceProducts<'a>, ProverError> {
        DeviceProducts::new(self, log_row, rows, parts, hooks)
    }

    fn combine(
        &self,
        log_row: usize,
        rows: &Rows<'_>,
        weights: &[Vec<Scalar>; ROW_REGIONS],
    ) -> Result<Self::Polynomial, ProverError> {
        let m = 1usize << log_row;
        let mut all: Vec<(Resident<'_>, usize, &[Scalar])> = Vec::new();
        for region in [Region::Model, Region::Data, Region::Output, Region::Witness, Region::Counts] {
            if let Some((first, weights)) = used(&weights[region as usize]) {
                all.push((Resident::Small(self.small(rows, region)?), first, weights));
            }
        }
        if let Some((first, weights)) = used(&weights[Region::Helper as usize]) {
            all.push((Resident::Elements(self.helper(rows)?), first, weights));
        }
        // Row 1 is R, which is all of its vector.
        let of_masks = &weights[Region::Mask as usize];
        if let Some((_, weights)) = used(of_masks.get(1..).unwrap_or_default()) {
            all.push((Resident::Elements(self.uniform(rows)?), 0, weights));
        }
        let fold = |(cells, row, weights)| Fold {
            cells,
            first: row * m,
            rows: 1,
            width: m,
            weights,
            result: 0,
            at: 0,
        };
        // M has some hundred cells; blinders are one more coefficient.
        let of_first = of_masks.first().copied().unwrap_or_default();
        let mut sparse: Vec<(usize, Scalar)> =
            rows.mask.cells().map(|(cell, value)| (cell, value * of_first)).collect();
        let blinders = weights.iter().flatten().zip(rows.blinders.iter().flatten());
        sparse.push((m, blinders.map(|(weight, blinder)| *weight * blinder).sum()));
        let folds: Vec<Fold<'_>> = all.into_iter().map(fold).collect();
        let mut sums = self.gpu().folds(&[m + 1], &folds)?;
        let mut polynomial = sums.remove(0);
        self.gpu().add_sparse(&mut polynomial, &sparse)?;
        Ok(polynomial)
    }
}

/// The weights from the first to the last that is not zero, and the place of the first.
fn used(weights: &[Scalar]) -> Option<(usize, &[Scalar])> {
    let first = weights.iter().position(|weight| *weight != Scalar::ZERO)?;
    let last = weights.iter().rposition(|weight| *weight != Scalar::ZERO)?;
    Some((first, &weights[first..=last]))
}
