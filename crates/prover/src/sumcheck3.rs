//! Sum-check 3: every linear claim at once, over the variables that all rows share; and the combination of all rows with
//! the weights that it gives them.

use crate::ProverError;
use crate::lookups::small;
use crate::products::Products;
use crate::rows::Rows;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

/// The point z and the weight of every row there, by region.
pub(crate) struct Bound {
    pub z: Vec<Scalar>,
    pub weights: [Vec<Scalar>; ROW_REGIONS],
}

/// All rounds over rows of 2^`log_row` cells; `exchange` sends c0 and c2 and gives the challenge.
pub(crate) fn run(
    mut products: impl Products,
    log_row: usize,
    counts: [u32; ROW_REGIONS],
    mut exchange: impl FnMut(&[Scalar]) -> Result<Scalar, ProverError>,
) -> Result<Bound, ProverError> {
    let mut z = Vec::with_capacity(log_row);
    for _ in 0..log_row {
        let [c0, _, c2] = products.round()?;
        let challenge = exchange(&[c0, c2])?;
        z.push(challenge);
        products.bind(challenge)?;
    }
    Ok(Bound { z, weights: products.weights(counts) })
}

/// Columns of F computed at once.
const COLUMNS: usize = 2048;

/// F = sum of all rows, blinders at X^m, each times its weight: m + 1 coefficients; on the processor.
pub(crate) fn combine(
    cpu: &Cpu,
    log_row: usize,
    rows: &Rows<'_>,
    weights: &[Vec<Scalar>; ROW_REGIONS],
) -> Result<Vec<Scalar>, ProverError> {
    let m = 1usize << log_row;
    let mut polynomial = vec![Scalar::ZERO; m + 1];
    let of_small = [Region::Model, Region::Data, Region::Output, Region::Witness]
        .map(|region| (small(rows, region), &weights[region as usize]));
    let (of_counts, of_masks, of_helper) = (
        &weights[Region::Counts as usize],
        &weights[Region::Mask as usize],
        &weights[Region::Helper as usize],
    );
    // Column by column, for whole sums of regions would be as long as F.
    polynomial[..m].par_chunks_mut(COLUMNS).enumerate().try_for_each(|(number, out)| {
        let span = number * COLUMNS..number * COLUMNS + out.len();
        let mut sum = vec![Scalar::ZERO; out.len()];
        let all = of_small.iter().flat_map(|(cells, weights)| cells.chunks(m).zip(*weights));
        let used = all.filter(|(_, weight)| **weight != Scalar::ZERO);
        let (cells, own): (Vec<&[i16]>, Vec<Scalar>) =
            used.map(|(row, weight)| (&row[span.clone()], *weight)).unzip();
        cpu.combine_small(&cells, &own, Scalar::ZERO, out)?;
        for (row, weight) in rows.counts.chunks(m).zip(of_counts) {
            let counts = row[span.clone()].iter().zip(&mut *out).filter(|(count, _)| **count != 0);
            counts.for_each(|(count, out)| *out += Scalar::from(*count) * weight);
        }
        if let Some(weight) = of_masks.get(1) {
            let uniform = rows.mask.uniform[span.clone()].iter().zip(&mut *out);
            uniform.for_each(|(cell, out)| *out += *cell * weight);
        }
        let helpers = of_helper.iter().enumerate().map(|(row, weight)| (row * m + span.start, *weight));
        rows.helper.combine(cpu, &helpers.collect::<Vec<_>>(), &mut sum)?;
        out.iter_mut().zip(&sum).for_each(|(out, sum)| *out += sum);
        Ok::<(), ProverError>(())
    })?;
    if let Some(weight) = of_masks.first() {
        rows.mask.cells().for_each(|(cell, value)| polynomial[cell] += value * weight);
    }
    let all = weights.iter().flatten().zip(rows.blinders.iter().flatten());
    polynomial[m] = all.map(|(weight, blinder)| *weight * blinder).sum();
    Ok(polynomial)
}
