//! What a circuit costs, in numbers that are exact, and in time that is estimated.

use zkattest_circuit::ir::{Circuit, Region, Tensor};
use zkattest_circuit::lookup::Lookups;

use crate::compile::Compiled;

/// Nanoseconds of one core, measured on a two-core server (Zen 4): what one more of each costs a prover or verifier.
mod nanoseconds {
    /// Full-width commitments and opening rounds over a row's cells: R, q and W.
    pub const ROW_CELL: f64 = 3.0 * 1250.0;
    /// One helper cell: inverses and folding.
    pub const HELPER: f64 = 60.0;
    /// One full-width cell of a commitment.
    pub const FULL: f64 = 1300.0;
    /// One witness cell: commitment and folding.
    pub const WITNESS: f64 = 30.0;
    /// One element of a functional's table.
    pub const POINT: f64 = 28.0;
    /// One lookup row of b columns in the first sum-check: `LOOKUP` + `COLUMN` b + `PAIR` b^2.
    pub const LOOKUP: f64 = 40.0;
    pub const COLUMN: f64 = 25.0;
    pub const PAIR: f64 = 3.0;
    /// One entry of the range table for each looked-up row, whose bases are summed by value.
    pub const ENTRY: f64 = 210.0;
    /// One entry of the range table for each helper row, which is a sum over values.
    pub const ENTRY_OF_HELPERS: f64 = 1000.0;
    /// One cell of the model in the opening.
    pub const MODEL: f64 = 1.0;
    /// One row, which a verifier multiplies and a proof carries.
    pub const ROW: f64 = 30_000.0;
    /// One gate of a table: wires and products committed, quotients opened.
    pub const GATE: f64 = 40_000.0;
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
            lookups: cells(circuit, Region::Witness),
            proof_bytes: circuit.proof_bytes(),
            key_bytes: 64 * model_rows + circuit.encode().len(),
            seconds: seconds(circuit, &compiled.lookups),
        }
    }
}

fn cells(circuit: &Circuit, region: Region) -> usize {
    circuit.rows_of(region) << circuit.log_row
}

/// Cells of a row for each entry of its table from which on helper rows are committed by value, as provers do.
const CELLS_PER_VALUE: usize = 4;

/// Estimated time of a proof.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn seconds(circuit: &Circuit, lookups: &Lookups) -> f64 {
    let entries: usize = circuit.tables.iter().map(|table| 1usize << table.bits).sum();
    let mut points: usize = circuit.functionals.iter().map(|functional| 1usize << functional.variables).sum();
    let mut full = cells(circuit, Region::Helper);
    let mut nanoseconds = 0.0;
    for range in &lookups.ranges {
        let (rows, columns) = (range.rows as usize, range.columns.len());
        let helper_rows = rows.div_ceil(columns.max(1));
        let domain = 1usize << circuit.functionals[range.eq as usize].variables;
        let b = columns as f64;
        nanoseconds +=
            domain as f64 * (nanoseconds::LOOKUP + (nanoseconds::COLUMN + nanoseconds::PAIR * b) * b);
        // eq, eq h, eq A_1 and the columns
        points = points.saturating_sub(domain.saturating_mul(columns + 3));
        let values = 1usize << circuit.tables[range.table as usize].bits;
        if values * CELLS_PER_VALUE <= circuit.row_size() {
            full = full.saturating_sub(helper_rows << circuit.log_row);
            let both = nanoseconds::ENTRY * rows as f64 + nanoseconds::ENTRY_OF_HELPERS * helper_rows as f64;
            nanoseconds += values as f64 * both;
        }
    }
    let costs = [
        (circuit.row_size(), nanoseconds::ROW_CELL),
        (points, nanoseconds::POINT),
        (cells(circuit, Region::Helper), nanoseconds::HELPER),
        // sums of tables lie in rows that are zero elsewhere
        (if full <= circuit.row_size() { full.min(entries) } else { full }, nanoseconds::FULL),
        (cells(circuit, Region::Witness), nanoseconds::WITNESS),
        (cells(circuit, Region::Model), nanoseconds::MODEL),
        (circuit.row_count(), nanoseconds::ROW),
    ];
    (nanoseconds + costs.iter().map(|(count, cost)| *count as f64 * cost).sum::<f64>()) * 1e-9
}

/// Estimated time of an evaluation argument over 2^`log_gates` gates, seconds on one core.
pub(crate) fn argument_seconds(log_gates: u8) -> f64 {
    nanoseconds::GATE * 1e-9 * f64::from(log_gates).exp2()
}

/// log2 of the longest tables that a prover writes down.
const WRITTEN: u8 = 18;

/// Buffers of any proof, bytes: two threads' buckets.
const BUFFERS: usize = 40 << 20;

/// Most cells of helper rows that a prover writes down, if they can be computed from looked-up cells wherever they are read.
const WRITTEN_HELPERS: usize = 1 << 21;

/// Cells of helper rows that are written down: of many, only those of rows that are no range lookup's.
fn helpers(circuit: &Circuit) -> usize {
    let (m, all) = (circuit.row_size(), cells(circuit, Region::Helper));
    if all <= WRITTEN_HELPERS {
        return all;
    }
    let whole = |cells: u64| cells.is_multiple_of(m as u64);
    let computed = |tensor: &&Tensor| whole(tensor.base) && tensor.elements().is_some_and(whole);
    let tensors = circuit.tensors.iter().filter(|tensor| tensor.region == Region::Helper);
    let rows: u64 = tensors.filter(computed).map(|tensor| tensor.elements().unwrap_or(0)).sum();
    all.saturating_sub(usize::try_from(rows).unwrap_or(all))
}

/// Memory that a proof adds to a process that holds the set-up string, bytes: cells, the string made ready, and what
/// the largest of commitments, sum-checks 1 and 3 and the opening needs besides. Within a fifth for circuits that need
/// much.
pub fn proving_bytes(circuit: &Circuit) -> u64 {
    let m = circuit.row_size();
    let scalar = size_of::<zkattest_field::Scalar>();
    let small = [Region::Model, Region::Data, Region::Output, Region::Witness];
    let held = small.map(|region| 2 * cells(circuit, region)).iter().sum::<usize>()
        + 4 * cells(circuit, Region::Counts);
    // points and their images
    let string = 128 * m;
    let written = |variables: u8| scalar << variables.min(WRITTEN);
    let tables = circuit.functionals.iter().map(|functional| written(functional.variables)).sum::<usize>();
    // weights and sums of blocks, of two inner vectors
    let blocks = |tensor: &Tensor| {
        let rows =
            (tensor.last_cell().unwrap_or(0) >> circuit.log_row) - (tensor.base >> circuit.log_row) + 1;
        let inner = tensor.log_inner(circuit.log_row).min(u32::from(circuit.log_row.div_ceil(2)));
        usize::try_from(rows).unwrap_or(0) << (u32::from(circuit.log_row) - inner)
    };
    let with_rows = circuit.tensors.iter().filter(|tensor| tensor.region != Region::Public);
    let parts = 4 * scalar * with_rows.map(blocks).sum::<usize>();
    // Vectors as long as a row: R, until F is known, and the halves of what is committed; F, a quotient and halves in the
    // opening.
    let row = scalar * m;
    let before = row + (scalar * helpers(circuit) + tables.max(parts)).max(row);
    (BUFFERS + string + held + before.max(3 * row)) as u64
}
