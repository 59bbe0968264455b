//! What a circuit costs, in numbers that are exact, and in time that is estimated.

use zkattest_circuit::ir::{Circuit, Region};

use crate::compile::Compiled;

/// Nanoseconds of one core, measured on a two-core server (Zen 4): what one more of each costs a prover or verifier.
mod nanoseconds {
    /// Full-width commitments and opening rounds over a row's cells: R, q and W.
    pub const ROW_CELL: f64 = 3.0 * 1250.0;
    /// One full-width helper cell.
    pub const HELPER: f64 = 1300.0;
    /// One witness cell: commitment and folding.
    pub const WITNESS: f64 = 80.0;
    /// One lookup's share of the first sum-check.
    pub const LOOKUP: f64 = 60.0;
    /// One entry of the range table: its sum is a full-width cell.
    pub const ENTRY: f64 = 1300.0;
    /// One cell of the model in the opening.
    pub const MODEL: f64 = 1.0;
    /// One row, which a verifier multiplies and a proof carries.
    pub const ROW: f64 = 30_000.0;
}

/// Sizes of a circuit and of its proof.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// Rows of all regions.
    pub rows: usize,
    /// Rows of the model.
    pub model_rows: usize,
    /// Cells of the witness rows, padding included.
    pub witness_cells: usize,
    /// Cells of the helper rows.
    pub helper_cells: usize,
    /// Cells that are looked up.
    pub lookups: usize,
    /// Exact length of a proof.
    pub proof_bytes: usize,
    /// Bytes of a verifying key: the model's rows and the circuit's description.
    pub key_bytes: usize,
    /// Estimated time of a proof, seconds on one core.
    pub seconds: f64,
}

impl Stats {
    pub(crate) fn of(compiled: &Compiled) -> Self {
        let circuit = &compiled.circuit;
        let model_rows = circuit.rows_of(Region::Model);
        Self {
            rows: circuit.row_count(),
            model_rows,
            witness_cells: cells(circuit, Region::Witness),
            helper_cells: cells(circuit, Region::Helper),
            lookups: lookups(circuit),
            proof_bytes: circuit.proof_bytes(),
            key_bytes: 64 * model_rows + circuit.encode().len(),
            seconds: seconds(circuit),
        }
    }
}

fn cells(circuit: &Circuit, region: Region) -> usize {
    circuit.rows_of(region) << circuit.log_row
}

fn lookups(circuit: &Circuit) -> usize {
    cells(circuit, Region::Witness)
}

/// Estimated time of a proof.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn seconds(circuit: &Circuit) -> f64 {
    let entries: usize = circuit.tables.iter().map(|table| 1usize << table.bits).sum();
    let costs = [
        (circuit.row_size(), nanoseconds::ROW_CELL),
        (cells(circuit, Region::Helper).saturating_sub(entries), nanoseconds::HELPER),
        (cells(circuit, Region::Witness), nanoseconds::WITNESS),
        (lookups(circuit), nanoseconds::LOOKUP),
        (entries, nanoseconds::ENTRY),
        (cells(circuit, Region::Model), nanoseconds::MODEL),
        (circuit.row_count(), nanoseconds::ROW),
    ];
    costs.iter().map(|(count, cost)| *count as f64 * cost).sum::<f64>() * 1e-9
}
