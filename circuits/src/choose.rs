//! Row size, helper width, limb width and boxes that make a proof cheapest: in time by the cost model in `stats`, in gas by
//! that in `gas`.
//!
//! Where a contract is to take the proofs, what counts besides is the table of gates that an evaluation argument is about: it
//! costs proving time, and has to fit the set-up string. To make one takes longer than all other counts of a circuit together,
//! so candidates are compared by their other costs first, which no table makes less.

use zkattest_evaluation::Table;

use crate::architecture::Architecture;
use crate::compile::{Compiled, assemble};
use crate::error::CompileError;
use crate::gas::Gas;
use crate::operators;
use crate::options::{Goal, Options, Profile};
use crate::score::Score;
use crate::stats::{argument_seconds, proving_bytes, seconds};

/// Seconds of proving that a byte of the proof is worth: proofs are stored, sent, and paid for by the byte on a
/// chain, and a tenth more time often saves half of them.
const SECONDS_PER_BYTE: f64 = 6e-6;

/// Gas that a second of proving is worth in a balanced choice.
const GAS_PER_SECOND: f64 = 200_000.0;

/// Most rows of a fast choice: a verifier multiplies each of them.
const MOST_ROWS: usize = 400;

/// log2 of the longest rows that are chosen without more ado, and the gas that each doubling beyond has to save: it takes
/// some seconds and half a gigabyte of memory more.
const USUAL_LOG_ROW: u8 = 20;
const LONGER_ROW: f64 = 300_000.0;

/// Most memory that a choice may add to a process, if any adds less: with the executor's values for 1,000 inputs and a
/// set-up string of a million powers it stays below 2 GB.
const MOST_BYTES: u64 = 1_300 << 20;

/// Powers of a set-up string that a choice may count on, if nobody says how many there are.
const USUAL_POWERS: u64 = 1 << 18;

/// Tables that are made at most in search of one that fits the string: candidates beyond are as good, and hardly smaller.
const MOST_TABLES: usize = 24;

/// Options for `architecture`, with a score where one is given: the cheapest of all that compile. For speed within 400 rows, or with the fewest rows
/// where none do. Where a contract is to take the proofs, with a table of gates that fits the set-up string, or else a small one.
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
    let compiled = |options: &Options| assemble(architecture, &tables, options, score);
    let mut found: Vec<((bool, f64), Options)> = Vec::new();
    let mut failure = CompileError::TooLarge;
    for options in candidates(profile) {
        options.validate()?;
        let compiled = match compiled(&options) {
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
        found.push((cost(&compiled, profile.goal), options));
    }
    // stable: of equals the first candidate
    found.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    if profile.goal == Goal::Speed || profile.input_public || !profile.output_public {
        return found.first().map(|(_, options)| *options).ok_or(failure);
    }
    let mut best: Option<((bool, bool, f64), Options)> = None;
    for ((over, price), options) in found.iter().take(MOST_TABLES) {
        if best.is_some_and(|(least, _)| (*over, false, *price) >= least) {
            break;
        }
        let circuit = compiled(options)?.circuit;
        let log_gates = Table::of(&circuit)?.log_gates;
        let powers = profile.powers.unwrap_or_else(|| USUAL_POWERS.max(1 << circuit.log_row));
        let too_long = zkattest_evaluation::coefficients(log_gates) as u64 > powers;
        let price = match profile.goal {
            // the smallest of tables that are all too long
            _ if too_long => f64::from(log_gates),
            Goal::Balanced => price + GAS_PER_SECOND * argument_seconds(log_gates),
            Goal::Gas | Goal::Speed => *price,
        };
        let cost = (*over, too_long, price);
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, *options));
        }
    }
    best.map(|(_, options)| options).ok_or(failure)
}

/// All options that may be chosen.
fn candidates(profile: &Profile) -> Vec<Options> {
    let (sizes, columns) = match profile.goal {
        Goal::Speed => (9..=20, 2..=8),
        Goal::Gas | Goal::Balanced => (12..=22, 1..=4),
    };
    let sizes = profile.log_row.map_or(sizes, |log_row| log_row..=log_row);
    let padded = match (profile.padded, profile.goal) {
        (Some(padded), _) => padded,
        (None, Goal::Speed) => false,
        // a tenth of the gates, at the same gas
        (None, Goal::Gas | Goal::Balanced) => true,
    };
    let mut found = Vec::new();
    for log_row in sizes {
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
    found
}

/// What a circuit costs; the first part says that it has too many rows, or needs too much memory.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn cost(compiled: &Compiled, goal: Goal) -> (bool, f64) {
    let circuit = &compiled.circuit;
    let seconds = || seconds(circuit, &compiled.lookups);
    let price = match goal {
        Goal::Speed => seconds() + SECONDS_PER_BYTE * circuit.proof_bytes() as f64,
        Goal::Gas => {
            let longer = circuit.log_row.saturating_sub(USUAL_LOG_ROW);
            Gas::of(circuit).total as f64 + LONGER_ROW * f64::from(longer)
        }
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
