//! Products on the processor.

use super::{Products, coefficients, runs, sum, value, weights};
use crate::ProverError;
use crate::parts::Part;
use crate::rows::Rows;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use zkattest_circuit::ir::ROW_REGIONS;
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

/// All parts, on the processor.
pub(crate) struct HostProducts<'a> {
    cpu: Cpu,
    log_row: usize,
    rows: &'a Rows<'a>,
    z: Vec<Scalar>,
    states: Vec<State>,
}

impl<'a> HostProducts<'a> {
    pub fn new(cpu: &Cpu, log_row: usize, rows: &'a Rows<'a>, parts: Vec<Part>) -> Result<Self, ProverError> {
        let state = |part| State::new(cpu, log_row, rows, part);
        let states = parts.into_par_iter().map(state).collect::<Result<_, _>>()?;
        Ok(Self { cpu: *cpu, log_row, rows, z: Vec::with_capacity(log_row), states })
    }
}

impl Products for HostProducts<'_> {
    fn round(&mut self) -> Result<[Scalar; 3], ProverError> {
        let cpu = &self.cpu;
        self.states.par_iter_mut().try_for_each(|state| state.table.round(cpu))?;
        Ok(sum(self.states.iter().map(|state| &state.table.polynomial)))
    }

    fn bind(&mut self, challenge: Scalar) -> Result<(), ProverError> {
        self.z.push(challenge);
        let (cpu, log_row, rows, z) = (&self.cpu, self.log_row, self.rows, &self.z);
        self.states.par_iter_mut().try_for_each(|state| {
            state.table.bind(cpu, challenge)?;
            if z.len() + state.part.log_block == log_row {
                state.heads = std::mem::take(&mut state.table.left);
                state.enter_blocks(cpu, log_row, rows, z)?;
            }
            Ok(())
        })
    }

    fn weights(&self, counts: [u32; ROW_REGIONS]) -> [Vec<Scalar>; ROW_REGIONS] {
        weights(counts, self.states.iter().map(|state| (&state.part, &*state.heads, state.table.left[0])))
    }
}

/// A product of two tables.
#[derive(Default)]
pub(super) struct Table {
    /// Weights: lead, later inner.
    pub left: Vec<Scalar>,
    /// Cells: D, later G.
    pub right: Vec<Scalar>,
    /// Sum over the variables not yet bound, once known.
    pub claim: Option<Scalar>,
    /// This round's.
    pub polynomial: [Scalar; 3],
}

impl Table {
    pub fn round(&mut self, cpu: &Cpu) -> Result<(), ProverError> {
        self.polynomial = coefficients(&cpu.round(None, &[&self.left, &self.right], self.claim)?);
        Ok(())
    }

    pub fn bind(&mut self, cpu: &Cpu, challenge: Scalar) -> Result<(), ProverError> {
        self.claim = Some(value(&self.polynomial, challenge));
        cpu.fold(&mut self.left, challenge)?;
        cpu.fold(&mut self.right, challenge)?;
        Ok(())
    }
}

/// A part between rounds.
struct State {
    part: Part,
    table: Table,
    /// lead(row, z_hi) by row, once z_hi is known.
    heads: Vec<Scalar>,
}

impl State {
    fn new(cpu: &Cpu, log_row: usize, rows: &Rows<'_>, mut part: Part) -> Result<Self, ProverError> {
        let lead = std::mem::take(&mut part.lead);
        let mut state = Self { part, table: Table::default(), heads: Vec::new() };
        if state.part.log_block == log_row {
            state.heads = lead;
            state.enter_blocks(cpu, log_row, rows, &[])?;
        } else {
            state.table.left = lead;
            state.table.right = block_sums(cpu, log_row, rows, &state.part)?;
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
        self.table.right = folded(cpu, log_row, rows, &self.part, &self.heads, z)?;
        self.table.left = std::mem::take(&mut self.part.inner);
        Ok(())
    }
}

/// D: for each block and row of a part, the sum of inner times cells.
pub(super) fn block_sums(
    cpu: &Cpu,
    log_row: usize,
    rows: &Rows<'_>,
    part: &Part,
) -> Result<Vec<Scalar>, ProverError> {
    let (count, blocks) = (part.rows.len(), 1usize << (log_row - part.log_block));
    let mut out = vec![Scalar::ZERO; count * blocks];
    for (first, run) in runs(&part.rows) {
        let (from, to) = (part.rows[first] << log_row, (part.rows[first] + run) << log_row);
        let sums = rows.matrix(part.region, from, to).dot(cpu, &part.inner)?;
        for (row, sums) in sums.chunks(blocks).enumerate() {
            for (block, sum) in sums.iter().enumerate() {
                out[block * count + first + row] = *sum;
            }
        }
    }
    Ok(out)
}

/// G: the sum over a part's rows and their blocks of cells times head(row) eq(z, block).
pub(super) fn folded(
    cpu: &Cpu,
    log_row: usize,
    rows: &Rows<'_>,
    part: &Part,
    heads: &[Scalar],
    z: &[Scalar],
) -> Result<Vec<Scalar>, ProverError> {
    let eq = cpu.eq_table(z);
    let mut sum: Option<Vec<Scalar>> = None;
    for (first, run) in runs(&part.rows) {
        let (from, to) = (part.rows[first] << log_row, (part.rows[first] + run) << log_row);
        let heads = &heads[first..first + run];
        let weights: Vec<Scalar> = if z.is_empty() {
            heads.to_vec()
        } else {
            heads.iter().flat_map(|head| eq.iter().map(move |eq| *head * eq)).collect()
        };
        let cells = rows.matrix(part.region, from, to);
        // One column: the same as a dot product, which is read along the cells.
        let own = if part.log_block == 0 { cells.dot(cpu, &weights)? } else { cells.fold(cpu, &weights)? };
        match &mut sum {
            None => sum = Some(own),
            Some(sum) => sum.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own),
        }
    }
    Ok(sum.unwrap_or_else(|| vec![Scalar::ZERO; part.inner.len()]))
}
