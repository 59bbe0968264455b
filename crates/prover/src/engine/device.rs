//! A device: the cells of a proof lie there from the first use to its end.

use super::{Engine, Host, Plan};
use crate::ProverError;
use crate::helper::Run;
use crate::rows::{Rows, Source};
use std::sync::{Arc, OnceLock};
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_cuda::{CudaError, Gpu, HelperRows, Machine, SmallCells, Vector};
use zkattest_kernels::Cells;

/// A device with a proof's cells.
#[derive(Debug)]
pub(crate) struct OnDevice<'a> {
    pub(super) host: Host<'a>,
    gpu: Gpu,
    plan: Plan,
    /// Small cells by region, once they were used.
    small: [OnceLock<SmallCells>; ROW_REGIONS],
    helper: OnceLock<Vector>,
    uniform: OnceLock<Vector>,
}

impl<'a> OnDevice<'a> {
    pub fn new(host: Host<'a>, machine: &Arc<dyn Machine>, plan: Plan) -> Self {
        Self {
            host,
            gpu: Gpu::new(machine.clone()),
            plan,
            small: Default::default(),
            helper: OnceLock::new(),
            uniform: OnceLock::new(),
        }
    }

    /// What may lie on it.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its kernels.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// All cells of a region of small cells: the model's, data's, output's and witness' of two bytes, counts of four.
    pub fn small(&self, rows: &Rows<'_>, region: Region) -> Result<&SmallCells, ProverError> {
        let copy = || match rows.source(region) {
            Source::I16(cells) => SmallCells::new(self.gpu.machine(), Cells::I16(cells)),
            Source::I32(cells) => SmallCells::new(self.gpu.machine(), Cells::I32(cells)),
            // No other region has small cells.
            Source::Field(_) | Source::Integers(_) | Source::Helper(_) => {
                SmallCells::new(self.gpu.machine(), Cells::I16(&[]))
            }
        };
        once(&self.small[region as usize], copy)
    }

    /// All cells of the helper rows, which are filled by now: those of lookups computed there, others as they are.
    pub fn helper(&self, rows: &Rows<'_>) -> Result<&Vector, ProverError> {
        match self.helper.get() {
            Some(found) => Ok(found),
            None => {
                let made = self.helper_there(rows)?;
                Ok(self.helper.get_or_init(|| made))
            }
        }
    }

    fn helper_there(&self, rows: &Rows<'_>) -> Result<Vector, ProverError> {
        let length = rows.helper.row_size();
        let mut out = Vector::room(self.gpu.machine(), rows.helper.len())?;
        for (at, run) in rows.helper.runs() {
            match run {
                Run::Written(cells) => out.write(at, cells)?,
                Run::Computed(column, lookup_rows) => {
                    let layout = HelperRows {
                        cells: self.small(rows, column.region)?,
                        length,
                        first: column.first_row,
                        rows: column.rows,
                        columns: column.columns,
                        zero: column.window.zero,
                    };
                    self.gpu.helper_cells(
                        &layout,
                        lookup_rows,
                        &column.inverses,
                        column.absent,
                        &mut out,
                        at,
                    )?;
                }
            }
        }
        Ok(out)
    }

    /// The row R, which is drawn by now.
    pub fn uniform(&self, rows: &Rows<'_>) -> Result<&Vector, ProverError> {
        once(&self.uniform, || Vector::new(self.gpu.machine(), &rows.mask.uniform))
    }
}

impl Engine for OnDevice<'_> {
    fn host(&self) -> &Host<'_> {
        &self.host
    }
}

/// What a place holds, made at the first call; another thread's, where two make it at once.
fn once<T>(place: &OnceLock<T>, make: impl FnOnce() -> Result<T, CudaError>) -> Result<&T, ProverError> {
    match place.get() {
        Some(found) => Ok(found),
        None => {
            let made = make()?;
            Ok(place.get_or_init(|| made))
        }
    }
}
