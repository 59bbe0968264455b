//! Row size, helper width and limb width that make a proof cheapest: time by the cost model in `stats`, and bytes.

use crate::architecture::Architecture;
use crate::compile::assemble;
use crate::error::CompileError;
use crate::operators;
use crate::options::{Options, Profile};
use crate::stats::seconds;

/// Seconds of proving that a byte of the proof is worth: proofs are stored, sent, and paid for by the byte on a
/// chain, and a tenth more time often saves half of them.
const SECONDS_PER_BYTE: f64 = 6e-6;

/// Most rows: a verifier multiplies each of them.
const MOST_ROWS: usize = 400;

/// Options for `architecture`: the cheapest of all that compile within 400 rows, or with the fewest rows
/// where none do.
///
/// # Errors
/// The architecture is malformed, or fits no row size.
pub fn choose(architecture: &Architecture, profile: &Profile) -> Result<Options, CompileError> {
    architecture.validate()?;
    // the size of a table counts, its entries do not
    let functions = architecture.nodes.iter().filter(|node| operators::is_function(&node.op));
    let tables: Vec<Vec<i32>> =
        functions.map(|node| vec![0; 1 << architecture.tensors[node.inputs[0]].bits]).collect();
    let sizes = profile.log_row.map_or(9..=20, |log_row| log_row..=log_row);
    let mut best: Option<((bool, f64), Options)> = None;
    let mut failure = CompileError::TooLarge;
    for log_row in sizes {
        for limb_bits in 8..=14 {
            for columns in 2..=8 {
                let options = Options {
                    log_row,
                    columns,
                    limb_bits,
                    padded: profile.padded,
                    batch: profile.batch,
                    input_public: profile.input_public,
                    output_public: profile.output_public,
                };
                options.validate()?;
                let compiled = match assemble(architecture, &tables, &options) {
                    Ok(compiled) if compiled.fits() => compiled,
                    Ok(_) => continue,
                    Err(error @ CompileError::RowTooSmall { .. }) => {
                        failure = error;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let rows = compiled.circuit.row_count();
                let price =
                    seconds(&compiled.circuit) + SECONDS_PER_BYTE * compiled.circuit.proof_bytes() as f64;
                let cost = if rows <= MOST_ROWS { (false, price) } else { (true, price * rows as f64) };
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, options));
                }
            }
        }
    }
    best.map(|(_, options)| options).ok_or(failure)
}
