//! Row size, helper width, limb width and boxes that make a proof cheapest: in time by the cost model in `stats`, in gas by
//! that in `gas`.

use crate::architecture::Architecture;
use crate::compile::{Compiled, assemble};
use crate::error::CompileError;
use crate::gas::Gas;
use crate::operators;
use crate::options::{Goal, Options, Profile};
use crate::score::Score;
use crate::stats::{proving_bytes, seconds};

/// Seconds of proving that a byte of the proof is worth: proofs are stored, sent, and paid for by the byte on a
/// chain, and a tenth more time often saves half of them.
const SECONDS_PER_BYTE: f64 = 6e-6;

/// Gas that a second of proving is worth in a balanced choice.
const GAS_PER_SECOND: f64 = 200_000.0;

/// Most rows of a fast choice: a verifier multiplies each of them.
const MOST_ROWS: usize = 400;

/// Most memory that a choice may add to a process, if any adds less: with the executor's values for 1,000 inputs and a
/// set-up string of a million powers it stays below 2 GB.
const MOST_BYTES: u64 = 1_300 << 20;

/// Options for `architecture`, with a score where one is given: the cheapest of all that compile. For speed within 400 rows, or with the fewest rows
/// where none do.
///
/// # Errors
/// The architecture is malformed, or fits no row size.
pub fn choose(
    architecture: &Architecture,
    profile: &Profile,
    score: Option<&Score>,
) -> Result<Options, CompileError> {
    architecture.validate()?;
    // the size of a table counts, its entries do not
    let functions = architecture.nodes.iter().filter(|node| operators::is_function(&node.op));
    let tables: Vec<Vec<i32>> =
        functions.map(|node| vec![0; 1 << architecture.tensors[node.inputs[0]].bits]).collect();
    let mut best: Option<((bool, f64), Options)> = None;
    let mut failure = CompileError::TooLarge;
    for options in candidates(profile) {
        options.validate()?;
        let compiled = match assemble(architecture, &tables, &options, score) {
            Ok(compiled) if compiled.fits() => compiled,
            Ok(_) => continue,
            Err(error @ CompileError::RowTooSmall { .. }) => {
                failure = error;
                continue;
            }
            Err(error) => return Err(error),
        };
        // a large batch may be too much work for a verifier
        if let Err(error) = compiled.circuit.validate() {
            failure = error.into();
            continue;
        }
        let cost = cost(&compiled, profile.goal);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, options));
        }
    }
    best.map(|(_, options)| options).ok_or(failure)
}

/// All options that may be chosen.
fn candidates(profile: &Profile) -> Vec<Options> {
    let (sizes, columns) = match profile.goal {
        Goal::Speed => (9..=20, 2..=8),
        Goal::Gas | Goal::Balanced => (12..=20, 1..=4),
    };
    let sizes = profile.log_row.map_or(sizes, |log_row| log_row..=log_row);
    let boxes = match (profile.padded, profile.goal) {
        (Some(padded), _) => vec![padded],
        (None, Goal::Speed) => vec![false],
        (None, Goal::Gas) => vec![true],
        (None, Goal::Balanced) => vec![false, true],
    };
    let mut found = Vec::new();
    for padded in boxes {
        for log_row in sizes.clone() {
            for limb_bits in 8..=14 {
                found.extend(columns.clone().map(|columns| Options {
                    log_row,
                    columns,
                    limb_bits,
                    padded,
                    batch: profile.batch,
                    input_public: profile.input_public,
                    output_public: profile.output_public,
                }));
            }
        }
    }
    found
}

/// What a circuit costs; the first part says that it has too many rows, or needs too much memory.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn cost(compiled: &Compiled, goal: Goal) -> (bool, f64) {
    let circuit = &compiled.circuit;
    let seconds = || seconds(circuit, &compiled.lookups);
    let price = match goal {
        Goal::Speed => seconds() + SECONDS_PER_BYTE * circuit.proof_bytes() as f64,
        Goal::Gas => Gas::of(circuit).total as f64,
        Goal::Balanced => Gas::of(circuit).total as f64 + GAS_PER_SECOND * seconds(),
    };
    let (rows, bytes) = (circuit.row_count(), proving_bytes(circuit));
    if bytes > MOST_BYTES {
        // more than any that only has too many rows
        (true, price * bytes as f64)
    } else if goal == Goal::Speed && rows > MOST_ROWS {
        (true, price * rows as f64)
    } else {
        (false, price)
    }
}
