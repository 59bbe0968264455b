//! Proves circuits of real models again and again, on the processor and on a device: `cargo run --release -p zkattest-circuits
//! --example replay -- [--on device|counting|none] [--runs N] [--terms N] FILE..`
//!
//! Files are what `benchmarks/gpu.py prepare` writes. One line of JSON for each: medians of N proofs with fresh randomness, ms,
//! of both provers, and whether their proofs with the same randomness are the same bytes. `--on counting`, slow, says what the
//! device's kernels would read, write and multiply instead; `--terms`: sums and rows from how many cells on are the
//! device's, those of the product by default.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people, with small numbers of its own"
)]

mod case;
mod measure;

use case::{Case, Stream};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;
use zkattest_cuda::{Device, Limited, Machine};
use zkattest_cuda_twin::Counting;
use zkattest_prover::{DEVICE_TERMS, OsRandomness, ProvingString};

/// Seed of the proofs that are compared.
const SAME: u64 = 11;

/// Bytes of the machine that counts: as much as a small card.
const COUNTING_BYTES: usize = 8 << 30;

struct Options {
    on: String,
    runs: usize,
    terms: usize,
    files: Vec<String>,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self { on: "device".to_owned(), runs: 5, terms: DEVICE_TERMS, files: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} lacks its value"));
            match argument.as_str() {
                "--on" => options.on = value()?,
                "--runs" => options.runs = value()?.parse::<usize>()?.max(1),
                "--terms" => options.terms = value()?.parse()?,
                _ => options.files.push(argument),
            }
        }
        Ok(options)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let device: Option<Arc<Limited>> = match options.on.as_str() {
        "device" => match Device::open(0) {
            Ok(device) => {
                let available = device.available()?;
                Some(Arc::new(Limited::new(Arc::new(device), available)))
            }
            Err(error) => {
                eprintln!("SKIPPED on a device: {error}");
                None
            }
        },
        "none" | "counting" => None,
        other => return Err(format!("--on {other}: device, counting or none is expected").into()),
    };
    let mut different = Vec::new();
    for file in &options.files {
        let case = Case::read(file)?;
        let mut row = json!({"circuit": case.name, "log2_row": case.circuit.log_row, "rows": case.circuit.rows,
            "small_cells": case.small_cells(), "evaluation": case.index.is_some(),
            "rounds": case.circuit.rounds_1(), "terms": case.circuit.terms.len()});
        let points = case.points();
        let string = ProvingString::new(&points, case.circuit.row_size());
        let expected = measure::once(&case, &string, &mut Stream(SAME), &mut |_| {})?.bytes;
        row["proof_bytes"] = json!(expected.len());
        let mut compare = |machine: &dyn Machine, found: &[u8]| {
            if found != expected {
                different.push(format!("{} on {}", case.name, machine.name()));
            }
            found == expected
        };
        let on = |machine: &Arc<dyn Machine>| {
            ProvingString::on(&points, case.circuit.row_size(), machine, options.terms)
        };
        if options.on == "counting" {
            let counting = Arc::new(Counting::new(COUNTING_BYTES)?);
            let machine: Arc<dyn Machine> = counting.clone();
            let string = on(&machine)?;
            let (proof, counts) = measure::counted(&case, &string, &counting, &mut Stream(SAME))?;
            row["same_bytes"] = json!(compare(&*machine, &proof.bytes));
            row["counts"] = counts;
        } else {
            row["processor"] = repeated(&case, &string, options.runs)?;
            row["processor"]["peak_rss_kb"] = peak_rss();
        }
        if let Some(limited) = &device {
            limited.forget_peak();
            let machine: &Arc<dyn Machine> = &(limited.clone() as Arc<dyn Machine>);
            let begin = Instant::now();
            let string = on(machine)?;
            let prepared = begin.elapsed();
            let found = measure::once(&case, &string, &mut Stream(SAME), &mut |_| {})?.bytes;
            row["same_bytes"] = json!(compare(&**machine, &found));
            let mut timed = repeated(&case, &string, options.runs)?;
            timed["name"] = json!(machine.name());
            timed["string_ms"] = json!((prepared.as_secs_f64() * 1e4).round() / 10.0);
            timed["memory_bytes"] = json!(limited.peak());
            timed["times_faster"] = json!(ratio(&row["processor"]["total_ms"], &timed["total_ms"]));
            row["device"] = timed;
        }
        println!("{row}");
    }
    if different.is_empty() { Ok(()) } else { Err(format!("other bytes: {}", different.join(", ")).into()) }
}

/// Medians, after one proof more that is not counted.
fn repeated(case: &Case, string: &ProvingString, runs: usize) -> Result<Value, Box<dyn Error>> {
    measure::once(case, string, &mut OsRandomness, &mut |_| {})?;
    let proofs = (0..runs)
        .map(|_| measure::once(case, string, &mut OsRandomness, &mut |_| {}))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(measure::medians(&proofs))
}

fn ratio(slow: &Value, fast: &Value) -> f64 {
    (slow.as_f64().unwrap_or_default() / fast.as_f64().unwrap_or(f64::NAN) * 100.0).round() / 100.0
}

/// Peak resident memory of this process, KiB; null where the system does not say.
fn peak_rss() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    json!(line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<u64>().ok()))
}
