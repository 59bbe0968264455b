//! A device's ceilings and its kernels beside them and beside this machine's processor: `cargo run --release -p zkattest-cuda
//! --example bench -- [--on device|counting] [--largest LOG2] [--runs N] [--facts]`.
//!
//! A line of JSON for each: first the device, or `skipped`, and with `--facts` nothing else; then medians of N, ms, by the
//! clock, of work on what lies on the device, results compared with the processor's. `--on counting`, slow, says what kernels read, write and multiply instead.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people")]

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use zkattest_cuda::{
    CHAIN_MULTIPLY_ADDS, Device, Gpu, Machine, ResidentBases, Round, RoundForm, SIZES, SmallCells, Terms,
    Vector,
};
use zkattest_cuda_twin::{Counting, Counts, since};
use zkattest_kernels::msm::{Bases, Scalars};
use zkattest_kernels::{Cells, Cpu, Kernels};

/// Bytes of the machine that counts.
const COUNTING_BYTES: usize = 8 << 30;

/// log2 of the elements that a ceiling is measured with: 4 GiB read and written by a copy, far more than caches hold.
const CEILING: u32 = 26;

/// Rounds of chains of multiply-adds: so many that what a thread reads and writes does not matter.
const ROUNDS: usize = 1 << 12;

/// What is measured, and on what.
struct Bench {
    machine: Arc<dyn Machine>,
    counting: Option<Arc<Counting>>,
    runs: usize,
}

impl Bench {
    /// Median of the times of `step`, ms, or what its kernels do; and its last result.
    fn measured<T>(&self, mut step: impl FnMut() -> T) -> (Value, T) {
        let Some(counting) = &self.counting else {
            let (time, result) = milliseconds(self.runs, step);
            return (json!(time), result);
        };
        let before = counting.counts();
        let result = step();
        let fields = |counts: &Counts| counts.fields().map(|(name, count)| (name.to_owned(), json!(count)));
        let kernels = since(&before, &counting.counts());
        let kernels = kernels
            .iter()
            .map(|(name, counts)| ((*name).to_owned(), Value::Object(fields(counts).into_iter().collect())));
        (Value::Object(kernels.collect()), result)
    }

    /// The name of the column that [`Self::measured`] fills.
    fn column(&self) -> &'static str {
        if self.counting.is_some() { "kernels" } else { "device_ms" }
    }

    /// Copies of the device's own memory, and multiply-adds in registers; of no use on a twin.
    fn ceilings(&self) {
        let gpu = Gpu::new(self.machine.clone());
        let room = self.machine.available().unwrap() / 4 / SIZES[1];
        let length = (1usize << CEILING).min(room);
        let from = Vector::zeros(&self.machine, length).unwrap();
        let mut to = Vector::room(&self.machine, length).unwrap();
        // A kernel after the one that is measured, whose result is waited for.
        let one = Vector::new(&self.machine, &[Fr::from(1u64)]).unwrap();
        let mut end = Vector::room(&self.machine, 1).unwrap();
        let mut wait = || {
            gpu.copy(&one, &mut end).unwrap();
            end.read().unwrap();
        };
        let (time, ()) = milliseconds(self.runs, || {
            gpu.copy(&from, &mut to).unwrap();
            wait();
        });
        let bytes = 2 * SIZES[1] * length;
        let rate = bytes as f64 / time / 1e6;
        println!(
            "{}",
            json!({"name": "copy", "bytes": bytes, "device_ms": time, "gigabytes_s": rounded(rate)})
        );
        drop((from, to));
        let values = Vector::new(&self.machine, &elements(1 << 20, 5)).unwrap();
        let (time, _) = milliseconds(self.runs, || {
            let sums = gpu.multiply_add_chains(&values, ROUNDS).unwrap();
            wait();
            sums
        });
        let count = CHAIN_MULTIPLY_ADDS * ROUNDS * values.len();
        let rate = count as f64 / time / 1e9;
        println!(
            "{}",
            json!({"name": "multiply-add chains", "multiply_adds": count, "device_ms": time, "tera_s": rounded(rate)})
        );
    }

    /// Round polynomials of sum-check 1 over tables of 2^log entries.
    fn rounds(&self, log: u32) {
        let (gpu, cpu) = (Gpu::new(self.machine.clone()), Cpu::detect());
        let tables: Vec<Vec<Fr>> = (0..11).map(|seed| elements(1 << log, seed)).collect();
        let there: Vec<Vector> =
            tables.iter().map(|table| Vector::new(&self.machine, table).unwrap()).collect();
        let slices: Vec<&[Fr]> = tables.iter().map(Vec::as_slice).collect();
        let forms = [
            ("round of 2 factors", RoundForm::Product { factors: 2 }, 2),
            ("round of 3 factors", RoundForm::Product { factors: 3 }, 3),
            ("lookup round of 8 columns", RoundForm::Lookup { columns: 8 }, 11),
        ];
        for (name, form, count) in forms {
            let round = Round { form, tables: there[..count].iter().collect(), claim: None };
            let (on_device, found) =
                self.measured(|| gpu.rounds(std::slice::from_ref(&round)).unwrap().swap_remove(0));
            let (processor, expected) = milliseconds(self.processor_runs(), || match form {
                RoundForm::Product { factors } => cpu.round(None, &slices[..factors], None).unwrap(),
                RoundForm::Lookup { .. } => {
                    cpu.lookup_round(slices[0], slices[1], slices[2], &slices[3..], None).unwrap()
                }
            });
            assert_eq!(found, expected, "{name}");
            self.print(name, log, on_device, processor, None);
        }
    }

    fn processor_runs(&self) -> usize {
        if self.counting.is_some() { 1 } else { self.runs }
    }

    /// A line; times of the processor, and with copies, stand beside times only.
    fn print(&self, name: &str, log: u32, on_device: Value, processor: f64, with_copies: Option<f64>) {
        let mut row = json!({"name": name, "log2": log, self.column(): on_device});
        if self.counting.is_none() {
            row["processor_ms"] = json!(processor);
            row["times_faster"] = json!(row["device_ms"].as_f64().map(|time| rounded(processor / time)));
            if let Some(time) = with_copies {
                row["with_copies_ms"] = json!(time);
            }
        }
        println!("{row}");
    }

    fn sums(&self, largest: u32) {
        let all = points(1 << largest);
        for log in [14, 16, 18, 20, 22].into_iter().filter(|log| *log <= largest) {
            let n = 1usize << log;
            let resident = ResidentBases::new(&self.machine, &all[..n]).unwrap();
            let bases = Bases::new(&all[..n]);
            let full = elements(n, 1);
            let words: Vec<i16> = (0..n as u64).map(|i| mixed(i) as i16).collect();
            let limbs: Vec<i16> = words.iter().map(|word| word & 0xff).collect();
            let elements = Vector::new(&self.machine, &full).unwrap();
            let wide = SmallCells::new(&self.machine, Cells::I16(&words)).unwrap();
            let narrow = SmallCells::new(&self.machine, Cells::I16(&limbs)).unwrap();
            let kinds = [
                ("msm full", Terms::Elements(&elements, 0..n), Scalars::Full(&full)),
                ("msm 16 bits", Terms::Cells(&wide, 0..n), Scalars::I16(&words)),
                ("msm 8 bits", Terms::Cells(&narrow, 0..n), Scalars::Unsigned { cells: &limbs, bits: 8 }),
            ];
            for (name, terms, scalars) in kinds {
                let (on_device, found) =
                    self.measured(|| resident.sums(std::slice::from_ref(&terms)).unwrap()[0]);
                let (cpu, expected) = milliseconds(self.processor_runs(), || bases.msm(scalars).unwrap());
                assert_eq!(found, expected, "{name} 2^{log}");
                let copied = || milliseconds(self.runs, || resident.msm(scalars).unwrap()).0;
                let copies = self.counting.is_none().then(copied);
                self.print(name, log, on_device, cpu, copies);
            }
        }
    }
}

/// Median, after one run more that is not counted.
fn milliseconds<T>(runs: usize, mut step: impl FnMut() -> T) -> (f64, T) {
    let mut result = step();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begin = Instant::now();
            result = step();
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (rounded(times[runs / 2]), result)
}

fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn elements(n: usize, seed: u64) -> Vec<Fr> {
    (0..n as u64)
        .into_par_iter()
        .map(|i| {
            (0..4).fold(Fr::ZERO, |sum, k| sum * Fr::from(u64::MAX) + Fr::from(mixed(seed ^ (4 * i + k))))
        })
        .collect()
}

fn points(n: usize) -> Vec<G1Affine> {
    let chunk = 1 << 12;
    (0..n.div_ceil(chunk))
        .into_par_iter()
        .flat_map_iter(|block| {
            let mut current = G1Projective::generator() * Fr::from(mixed(block as u64));
            let step = G1Projective::generator() * Fr::from(mixed(block as u64 + (1 << 40)));
            let all: Vec<_> = (0..chunk.min(n - block * chunk))
                .map(|_| {
                    current += step;
                    current
                })
                .collect();
            G1Projective::normalize_batch(&all)
        })
        .collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)
    };
    let largest = option("--largest").and_then(|text| text.parse().ok()).unwrap_or(22);
    let runs = option("--runs").and_then(|text| text.parse().ok()).unwrap_or(5).max(1);
    if option("--on").is_some_and(|machine| machine == "counting") {
        let counting = Arc::new(Counting::new(COUNTING_BYTES).unwrap());
        let bench = Bench { machine: counting.clone(), counting: Some(counting), runs };
        bench.rounds(largest.min(16));
        return bench.sums(largest);
    }
    let begin = Instant::now();
    let device = match Device::open(0) {
        Ok(device) => device,
        Err(error) => {
            println!("{}", json!({"skipped": error.to_string()}));
            return;
        }
    };
    let facts = device.facts();
    println!(
        "{}",
        json!({"device": facts.name, "capability": [facts.capability.0, facts.capability.1],
            "multiprocessors": facts.multiprocessors, "clock_khz": facts.clock_khz, "memory": facts.memory,
            "cache": facts.cache, "open_s": rounded(begin.elapsed().as_secs_f64()),
            "processor_threads": rayon::current_num_threads()})
    );
    if arguments.iter().any(|argument| argument == "--facts") {
        return;
    }
    let bench = Bench { machine: Arc::new(device), counting: None, runs };
    bench.ceilings();
    bench.rounds(largest);
    bench.sums(largest);
}
