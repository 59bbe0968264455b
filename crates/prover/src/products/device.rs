//! Products on a device: long tables stay there, short ones are the processor's.
//!
//! Small cells are read once for D, whatever the number of parts (`Gpu::dots`), and once more for G: rows are bound
//! to z_hi for all parts of a region together, and what is left of them for the parts of shorter blocks, later.

use super::host::{Table, block_sums, folded};
use super::{Products, coefficients, runs, sum, value, weights};
use crate::engine::{Engine, OnDevice};
use crate::parts::Part;
use crate::rows::Rows;
use crate::{Hooks, ProverError};
use rayon::prelude::*;
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_cuda::{Blocks, Fold, Halves, Resident, RoundForm, RoundRows, RoundSums, Vector};
use zkattest_field::Scalar;
use zkattest_kernels::Kernels;

/// log2 of the longest tables that the processor works on: a device has not launched its kernels when these are folded.
const SHORT: usize = 11;

/// Bytes of an element.
const ELEMENT: usize = 32;

/// All parts, their long tables on a device.
pub(crate) struct DeviceProducts<'a> {
    engine: &'a OnDevice<'a>,
    log_row: usize,
    rows: &'a Rows<'a>,
    /// Entries of the longest tables that come to the processor.
    short: usize,
    /// Bytes that tables may take together.
    room: usize,
    z: Vec<Scalar>,
    states: Vec<State>,
    /// By region, rows bound to the first coordinates of z.
    bound: [Option<BoundRows>; ROW_REGIONS],
}

/// A part between rounds.
struct State {
    part: Part,
    /// Rows as they are numbered on the device; none where the processor has the cells.
    there: Option<Vec<usize>>,
    /// Left and right, while these are on the device.
    tables: Option<[Vector; 2]>,
    /// Left and right while they are here, and what is known of the round.
    table: Table,
    /// lead(row, z_hi) by row, once z_hi is known.
    heads: Vec<Scalar>,
    /// Whether x_hi is bound.
    entered: bool,
}

/// Cells sum_x_hi eq(z_hi, x_hi) cell(row, x_hi, x_lo) of some rows.
struct BoundRows {
    rows: Vec<usize>,
    /// log2 of what is left of a row.
    log_block: usize,
    cells: Vector,
}

impl<'a> DeviceProducts<'a> {
    pub fn new(
        engine: &'a OnDevice<'a>,
        log_row: usize,
        rows: &'a Rows<'a>,
        parts: Vec<Part>,
        hooks: Option<&Hooks>,
    ) -> Result<Self, ProverError> {
        let mut products = Self {
            engine,
            log_row,
            rows,
            short: 1 << hooks.and_then(|hooks| hooks.short).unwrap_or(SHORT),
            room: hooks.and_then(|hooks| hooks.room).unwrap_or_else(|| engine.plan().working()),
            z: Vec::with_capacity(log_row),
            states: parts.into_iter().map(State::new).collect(),
            bound: Default::default(),
        };
        let (whole, blocks): (Vec<usize>, Vec<usize>) =
            (0..products.states.len()).partition(|number| products.states[*number].part.log_block == log_row);
        for number in &whole {
            let state = &mut products.states[*number];
            state.heads = std::mem::take(&mut state.part.lead);
        }
        products.enter(&whole)?;
        products.sum_blocks(&blocks)?;
        Ok(products)
    }

    /// The cells of a region's rows on the device.
    fn resident(&self, region: Region) -> Result<Resident<'a>, ProverError> {
        Ok(match region {
            Region::Helper => Resident::Elements(self.engine.helper(self.rows)?),
            Region::Mask => Resident::Elements(self.engine.uniform(self.rows)?),
            _ => Resident::Small(self.engine.small(self.rows, region)?),
        })
    }

    /// Leads and D of these parts: as many at once as there is room for.
    fn sum_blocks(&mut self, numbers: &[usize]) -> Result<(), ProverError> {
        let (rows, log_row) = (self.rows, self.log_row);
        let (there, here): (Vec<usize>, Vec<usize>) =
            numbers.iter().partition(|number| self.states[**number].there.is_some());
        // Values, and sums of pieces of blocks, of which there is one for 32 cells at most.
        let bytes =
            |state: &State| ELEMENT * (state.part.lead.len() + (state.part.rows.len() << log_row >> 5));
        let mut kept = 0usize;
        let mut rest = there.as_slice();
        while !rest.is_empty() {
            let mut left = (self.room / 2).saturating_sub(kept);
            let mut count = 0;
            for number in rest {
                let needed = bytes(&self.states[*number]);
                if count > 0 && needed > left {
                    break;
                }
                left = left.saturating_sub(needed);
                count += 1;
            }
            let (batch, others) = rest.split_at(count);
            rest = others;
            let mut blocks = Vec::with_capacity(batch.len());
            for number in batch {
                let State { part, there, .. } = &self.states[*number];
                blocks.push(Blocks {
                    cells: self.resident(part.region)?,
                    log_row,
                    rows: there.as_deref().unwrap_or_default(),
                    log_block: part.log_block,
                    weights: &part.inner,
                });
            }
            let sums = self.engine.gpu().dots(&blocks)?;
            let mut short = Vec::new();
            for (number, right) in batch.iter().zip(sums) {
                let lead = std::mem::take(&mut self.states[*number].part.lead);
                let own = 2 * ELEMENT * lead.len();
                if lead.len() > self.short && kept + own <= self.room / 2 {
                    kept += own;
                    let left = Vector::new(self.engine.gpu().machine(), &lead)?;
                    self.states[*number].tables = Some([left, right]);
                } else {
                    self.states[*number].table.left = lead;
                    short.push((*number, right));
                }
            }
            let vectors: Vec<&Vector> = short.iter().map(|(_, right)| right).collect();
            let tables = self.engine.gpu().read_all(&vectors)?;
            for ((number, _), right) in short.iter().zip(tables) {
                self.states[*number].table.right = right;
            }
        }
        let cpu = &self.engine.host().cpu;
        for number in here {
            let State { part, table, .. } = &mut self.states[number];
            table.right = block_sums(cpu, log_row, rows, part)?;
            table.left = std::mem::take(&mut part.lead);
        }
        Ok(())
    }

    /// For these parts x_hi is bound to all of z so far: from here on their products are inner * G.
    fn enter(&mut self, numbers: &[usize]) -> Result<(), ProverError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let (there, here): (Vec<usize>, Vec<usize>) =
            numbers.iter().partition(|number| self.states[**number].there.is_some());
        self.bind_rows(&there)?;
        let eq = self.engine.host().cpu.eq_table(&self.z);
        let log_block = self.log_row - self.z.len();
        let width = 1usize << log_block;
        let mut all: Vec<(Resident<'_>, usize, usize, Vec<Scalar>)> = Vec::new();
        for (result, number) in there.iter().enumerate() {
            let State { part, there, heads, .. } = &self.states[*number];
            let there = there.as_deref().unwrap_or_default();
            let bound = self.bound[part.region as usize].as_ref();
            match bound.filter(|bound| bound.log_block == log_block).and_then(|bound| bound.places(there)) {
                Some((bound, places)) => {
                    for (first, run) in runs(&places) {
                        let heads = heads[first..first + run].to_vec();
                        all.push((Resident::Elements(bound), places[first] << log_block, result, heads));
                    }
                }
                None => {
                    let cells = self.resident(part.region)?;
                    for (first, run) in runs(there) {
                        let heads = &heads[first..first + run];
                        let weights = heads.iter().flat_map(|head| eq.iter().map(move |eq| *head * eq));
                        all.push((cells, there[first] << self.log_row, result, weights.collect()));
                    }
                }
            }
        }
        let folds: Vec<Fold<'_>> = all
            .iter()
            .map(|(cells, first, result, weights)| Fold {
                cells: *cells,
                first: *first,
                rows: 1,
                width,
                weights,
                result: *result,
                at: 0,
            })
            .collect();
        let gpu = self.engine.gpu();
        let sums = gpu.folds(&vec![width; there.len()], &folds)?;
        drop(all);
        if width > self.short {
            for (number, right) in there.iter().zip(sums) {
                let left = Vector::new(gpu.machine(), &self.states[*number].part.inner)?;
                self.states[*number].tables = Some([left, right]);
            }
        } else {
            let tables = gpu.read_all(&sums.iter().collect::<Vec<_>>())?;
            for (number, right) in there.iter().zip(tables) {
                let State { part, table, .. } = &mut self.states[*number];
                (table.left, table.right) = (std::mem::take(&mut part.inner), right);
            }
        }
        let cpu = &self.engine.host().cpu;
        for number in &here {
            let State { part, table, heads, .. } = &mut self.states[*number];
            table.right = folded(cpu, self.log_row, self.rows, part, heads, &self.z)?;
            table.left = std::mem::take(&mut part.inner);
        }
        numbers.iter().for_each(|number| self.states[*number].entered = true);
        Ok(())
    }

    /// Binds the rows of these parts' regions to z so far, with those that parts need later, where there is room.
    fn bind_rows(&mut self, numbers: &[usize]) -> Result<(), ProverError> {
        if self.z.is_empty() {
            return Ok(());
        }
        let log_block = self.log_row - self.z.len();
        let mut regions: Vec<Region> = numbers.iter().map(|at| self.states[*at].part.region).collect();
        regions.sort_unstable_by_key(|region| *region as usize);
        regions.dedup();
        let cpu = &self.engine.host().cpu;
        // Rows to bind, with the coordinates of z.
        let mut plans: Vec<(Region, Vec<usize>, Vec<Scalar>)> = Vec::new();
        for region in regions {
            let own = |state: &&State| state.part.region == region && !state.entered;
            let mut rows: Vec<usize> = self
                .states
                .iter()
                .filter(own)
                .flat_map(|state| state.there.iter().flatten())
                .copied()
                .collect();
            rows.sort_unstable();
            rows.dedup();
            match &self.bound[region as usize] {
                // What is left of these rows covers all that follow.
                Some(bound) => {
                    let from = self.log_row - bound.log_block;
                    plans.push((region, bound.rows.clone(), cpu.eq_table(&self.z[from..])));
                }
                None => {
                    let bytes = ELEMENT * (rows.len() << log_block);
                    let of_cells = self.resident(region)?.width() * (rows.len() << self.log_row);
                    // They lie beside tables, and for a moment beside what is left of them.
                    if bytes <= (self.room / 4).min(4 * of_cells) {
                        plans.push((region, rows, cpu.eq_table(&self.z)));
                    }
                }
            }
        }
        let width = 1usize << log_block;
        let mut folds = Vec::new();
        for (result, (region, rows, eq)) in plans.iter().enumerate() {
            let fold = |cells, first, rows, at| Fold { cells, first, rows, width, weights: eq, result, at };
            match &self.bound[*region as usize] {
                Some(bound) => folds.push(fold(Resident::Elements(&bound.cells), 0, rows.len(), 0)),
                None => {
                    let cells = self.resident(*region)?;
                    for (first, run) in runs(rows) {
                        folds.push(fold(cells, rows[first] << self.log_row, run, first * width));
                    }
                }
            }
        }
        let lengths: Vec<usize> = plans.iter().map(|(_, rows, _)| rows.len() * width).collect();
        let bound = self.engine.gpu().folds(&lengths, &folds)?;
        drop(folds);
        for ((region, rows, _), cells) in plans.into_iter().zip(bound) {
            self.bound[region as usize] = Some(BoundRows { rows, log_block, cells });
        }
        Ok(())
    }
}

impl State {
    fn new(part: Part) -> Self {
        // M is mostly zero, and the processor's; R is all of its vector.
        let there = match part.region {
            Region::Mask => (part.rows == [1]).then(|| vec![0]),
            _ => Some(part.rows.clone()),
        };
        Self { part, there, tables: None, table: Table::default(), heads: Vec::new(), entered: false }
    }
}

impl BoundRows {
    /// The cells, and these rows' places among them, where all are.
    fn places(&self, rows: &[usize]) -> Option<(&Vector, Vec<usize>)> {
        let places = rows.iter().map(|row| self.rows.binary_search(row).ok()).collect::<Option<_>>()?;
        Some((&self.cells, places))
    }
}

impl Products for DeviceProducts<'_> {
    fn round(&mut self) -> Result<[Scalar; 3], ProverError> {
        let gpu = self.engine.gpu();
        let (mut there, mut here): (Vec<&mut State>, Vec<&mut State>) =
            self.states.iter_mut().partition(|state| state.tables.is_some());
        let form = RoundForm::Product { factors: 2 };
        let mut sums = there
            .iter()
            .map(|state| RoundSums::new(form, state.table.claim))
            .collect::<Result<Vec<_>, _>>()?;
        let tables = there.iter().filter_map(|state| state.tables.as_ref());
        let mut rows: Vec<RoundRows<'_>> = sums
            .iter_mut()
            .zip(tables)
            .map(|(sums, [left, right])| RoundRows {
                sums,
                tables: vec![Halves::of(left), Halves::of(right)],
                rows: left.len() / 2,
            })
            .collect();
        gpu.add_rounds(&mut rows)?;
        drop(rows);
        let cpu = &self.engine.host().cpu;
        here.par_iter_mut().try_for_each(|state| state.table.round(cpu))?;
        for (state, values) in there.iter_mut().zip(gpu.finish_rounds(sums)?) {
            state.table.polynomial = coefficients(&values);
        }
        Ok(sum(self.states.iter().map(|state| &state.table.polynomial)))
    }

    fn bind(&mut self, challenge: Scalar) -> Result<(), ProverError> {
        self.z.push(challenge);
        let (gpu, cpu) = (self.engine.gpu(), &self.engine.host().cpu);
        let (mut there, mut here): (Vec<&mut State>, Vec<&mut State>) =
            self.states.iter_mut().partition(|state| state.tables.is_some());
        for state in &mut there {
            state.table.claim = Some(value(&state.table.polynomial, challenge));
        }
        let mut tables: Vec<&mut Vector> =
            there.iter_mut().filter_map(|state| state.tables.as_mut()).flatten().collect();
        gpu.fold_all(&mut tables, challenge)?;
        drop(tables);
        here.par_iter_mut().try_for_each(|state| state.table.bind(cpu, challenge))?;
        let bound = self.z.len();
        let ends = |state: &State| !state.entered && bound + state.part.log_block == self.log_row;
        // What has become short, and the heads.
        let mut moved: Vec<(&mut State, [Vector; 2])> = Vec::new();
        for state in there {
            match state.tables.take() {
                Some(tables) if tables[0].len() <= self.short || ends(state) => moved.push((state, tables)),
                tables => state.tables = tables,
            }
        }
        let vectors: Vec<&Vector> = moved.iter().flat_map(|(_, tables)| tables).collect();
        let mut tables = gpu.read_all(&vectors)?.into_iter();
        for (state, _) in &mut moved {
            state.table.left = tables.next().unwrap_or_default();
            state.table.right = tables.next().unwrap_or_default();
        }
        drop(moved);
        let numbers: Vec<usize> =
            (0..self.states.len()).filter(|number| ends(&self.states[*number])).collect();
        for number in &numbers {
            let state = &mut self.states[*number];
            state.heads = std::mem::take(&mut state.table.left);
        }
        self.enter(&numbers)
    }

    fn weights(&self, counts: [u32; ROW_REGIONS]) -> [Vec<Scalar>; ROW_REGIONS] {
        weights(counts, self.states.iter().map(|state| (&state.part, &*state.heads, state.table.left[0])))
    }
}
