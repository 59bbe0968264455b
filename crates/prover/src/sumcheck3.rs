//! Sum-check 3: every linear claim at once, over the variables that all rows share.
//!
//! A part with weights lead(row, x_hi) inner(x_lo) is first a product of lead and D(row, x_hi) = sum over
//! x_lo of inner(x_lo) cell(row, x_hi, x_lo), and once x_hi is bound to z_hi a product of inner and G(x_lo) =
//! sum over rows and x_hi of lead(row, z_hi) eq(z_hi, x_hi) cell(row, x_hi, x_lo): two passes over the cells.

use crate::ProverError;
use crate::lookups::small;
use crate::masks::HALF;
use crate::parts::Part;
use crate::rows::Rows;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

/// A part between rounds.
struct State {
    part: Part,
    /// Weights: lead, later inner.
    left: Vec<Scalar>,
    /// Cells: D, later G.
    right: Vec<Scalar>,
    /// lead(row, z_hi) by row, once z_hi is known.
    heads: Vec<Scalar>,
    /// Sum over the variables not yet bound, once known.
    claim: Option<Scalar>,
}

/// The point z and the weight of every row there, by region.
pub(crate) struct Bound {
    pub z: Vec<Scalar>,
    pub weights: [Vec<Scalar>; ROW_REGIONS],
}

/// All rounds; `exchange` sends c0 and c2 and gives the challenge.
pub(crate) fn run(
    cpu: &Cpu,
    log_row: usize,
    rows: &Rows<'_>,
    counts: [u32; ROW_REGIONS],
    parts: Vec<Part>,
    mut exchange: impl FnMut(&[Scalar]) -> Result<Scalar, ProverError>,
) -> Result<Bound, ProverError> {
    let mut states = parts
        .into_par_iter()
        .map(|part| State::new(cpu, log_row, rows, part))
        .collect::<Result<Vec<_>, ProverError>>()?;
    let mut z = Vec::with_capacity(log_row);
    for _ in 0..log_row {
        let messages = states
            .par_iter()
            .map(|state| Ok(cpu.round(None, &[&state.left, &state.right], state.claim)?))
            .collect::<Result<Vec<_>, ProverError>>()?;
        let polynomials: Vec<[Scalar; 3]> = messages.iter().map(|values| coefficients(values)).collect();
        let sum = |power: usize| polynomials.iter().map(|polynomial| polynomial[power]).sum::<Scalar>();
        let challenge = exchange(&[sum(0), sum(2)])?;
        z.push(challenge);
        states.par_iter_mut().zip(&polynomials).try_for_each(|(state, [c0, c1, c2])| {
            state.claim = Some(*c0 + challenge * (*c1 + challenge * c2));
            cpu.fold(&mut state.left, challenge)?;
            cpu.fold(&mut state.right, challenge)?;
            if z.len() + state.part.log_block == log_row {
                state.heads = std::mem::take(&mut state.left);
                state.enter_blocks(cpu, log_row, rows, &z)?;
            }
            Ok::<(), ProverError>(())
        })?;
    }
    let mut weights = counts.map(|count| vec![Scalar::ZERO; zkattest_circuit::index(count)]);
    for State { part, left, heads, .. } in &states {
        for (row, head) in part.rows.iter().zip(heads) {
            weights[part.region as usize][*row] += *head * left[0];
        }
    }
    Ok(Bound { z, weights })
}

/// Coefficients of the polynomial with these values at 0, 1, 2.
fn coefficients(values: &[Scalar]) -> [Scalar; 3] {
    let c2 = (values[2] + values[0] - values[1].double()) * HALF;
    [values[0], values[1] - values[0] - c2, c2]
}

impl State {
    fn new(cpu: &Cpu, log_row: usize, rows: &Rows<'_>, mut part: Part) -> Result<Self, ProverError> {
        let lead = std::mem::take(&mut part.lead);
        let mut state = Self { part, left: Vec::new(), right: Vec::new(), heads: Vec::new(), claim: None };
        if state.part.log_block == log_row {
            state.heads = lead;
            state.enter_blocks(cpu, log_row, rows, &[])?;
            return Ok(state);
        }
        let (count, blocks) = (state.part.rows.len(), 1usize << (log_row - state.part.log_block));
        state.left = lead;
        state.right = vec![Scalar::ZERO; count * blocks];
        for (first, run) in runs(&state.part.rows) {
            let (from, to) = (state.part.rows[first] << log_row, (state.part.rows[first] + run) << log_row);
            let sums = rows.matrix(state.part.region, from, to).dot(cpu, &state.part.inner)?;
            for (row, sums) in sums.chunks(blocks).enumerate() {
                for (block, sum) in sums.iter().enumerate() {
                    state.right[block * count + first + row] = *sum;
                }
            }
        }
        Ok(state)
    }

    /// x_hi is bound to all of z so far: from here on the product is inner * G.
    fn enter_blocks(
        &mut self,
        cpu: &Cpu,
        log_row: usize,
        rows: &Rows<'_>,
        z: &[Scalar],
    ) -> Result<(), ProverError> {
        let part = &mut self.part;
        let eq = cpu.eq_table(z);
        let mut sum: Option<Vec<Scalar>> = None;
        for (first, run) in runs(&part.rows) {
            let (from, to) = (part.rows[first] << log_row, (part.rows[first] + run) << log_row);
            let heads = &self.heads[first..first + run];
            let weights: Vec<Scalar> = if z.is_empty() {
                heads.to_vec()
            } else {
                heads.iter().flat_map(|head| eq.iter().map(move |eq| *head * eq)).collect()
            };
            let cells = rows.matrix(part.region, from, to);
            // One column: the same as a dot product, which is read along the cells.
            let own =
                if part.log_block == 0 { cells.dot(cpu, &weights)? } else { cells.fold(cpu, &weights)? };
            match &mut sum {
                None => sum = Some(own),
                Some(sum) => sum.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own),
            }
        }
        self.left = std::mem::take(&mut part.inner);
        self.right = sum.unwrap_or_else(|| vec![Scalar::ZERO; self.left.len()]);
        Ok(())
    }
}

/// Runs of consecutive rows: (index of the first, length).
fn runs(rows: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match runs.last_mut() {
            Some((first, length)) if rows[*first] + *length == *row => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs
}

/// Columns of F computed at once.
const COLUMNS: usize = 2048;

/// F = sum of all rows, blinders at X^m, each times its weight: m + 1 coefficients.
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
