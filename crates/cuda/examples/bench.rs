//! Multi-scalar multiplication and vectors on a device beside this machine's processor, as JSON.
//!
//! `cargo run --release -p zkattest-cuda --example bench -- [largest log2, 22 by default]`. Times are medians of five,
//! ms, by the clock, results compared with the processor's.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people")]

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;
use zkattest_cuda::{Device, Gpu, Machine, ResidentBases, SmallCells, Terms, Vector};
use zkattest_kernels::msm::{Bases, Scalars};
use zkattest_kernels::{Cells, Cpu, Kernels};

const RUNS: usize = 5;

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

fn milliseconds<T>(mut step: impl FnMut() -> T) -> (f64, T) {
    let mut result = step();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            result = step();
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[RUNS / 2], result)
}

fn row(name: &str, log: u32, device: f64, with_copies: f64, cpu: f64) -> serde_json::Value {
    let round = |x: f64| (x * 1e3).round() / 1e3;
    serde_json::json!({"name": name, "log2": log, "device_ms": round(device), "with_copies_ms": round(with_copies),
        "processor_ms": round(cpu), "ratio": round(cpu / device)})
}

fn main() {
    let largest: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(22);
    let begin = Instant::now();
    let device = match Device::open(0) {
        Ok(device) => device,
        Err(error) => {
            println!("{}", serde_json::json!({"skipped": error.to_string()}));
            return;
        }
    };
    let opened = begin.elapsed().as_secs_f64();
    let facts = device.facts().clone();
    let machine: Arc<dyn Machine> = Arc::new(device);
    let mut rows = Vec::new();
    let all = points(1 << largest);
    for log in [14, 16, 18, 20, 22].into_iter().filter(|log| *log <= largest) {
        let n = 1usize << log;
        let resident = ResidentBases::new(&machine, &all[..n]).unwrap();
        let bases = Bases::new(&all[..n]);
        let full = elements(n, 1);
        let words: Vec<i16> = (0..n as u64).map(|i| mixed(i) as i16).collect();
        let limbs: Vec<i16> = words.iter().map(|word| word & 0xff).collect();
        let kinds = [
            ("msm full", Scalars::Full(&full)),
            ("msm 16 bits", Scalars::I16(&words)),
            ("msm 8 bits", Scalars::Unsigned { cells: &limbs, bits: 8 }),
        ];
        for (name, scalars) in kinds {
            let elements = Vector::new(&machine, &full).unwrap();
            let cells = match scalars {
                Scalars::I16(cells) | Scalars::Unsigned { cells, .. } => cells,
                _ => &[],
            };
            let cells = SmallCells::new(&machine, Cells::I16(cells)).unwrap();
            let terms =
                if cells.is_empty() { Terms::Elements(&elements, 0..n) } else { Terms::Cells(&cells, 0..n) };
            let (time, found) = milliseconds(|| resident.sums(std::slice::from_ref(&terms)).unwrap()[0]);
            let (copies, _) = milliseconds(|| resident.msm(scalars).unwrap());
            let (cpu, expected) = milliseconds(|| bases.msm(scalars).unwrap());
            assert_eq!(found, expected, "{name} 2^{log}");
            rows.push(row(name, log, time, copies, cpu));
        }
    }
    let (gpu, cpu, n) = (Gpu::new(machine), Cpu::detect(), 1usize << largest.min(20));
    let log = largest.min(20);
    let (left, right) = (elements(n, 2), elements(n, 3));
    let (mut found, mut expected) = (vec![Fr::ZERO; n], vec![Fr::ZERO; n]);
    let (time, ()) = milliseconds(|| gpu.multiply(&left, &right, &mut found).unwrap());
    let (slow, ()) = milliseconds(|| cpu.multiply(&left, &right, &mut expected).unwrap());
    assert_eq!(found, expected);
    rows.push(row("multiply", log, time, time, slow));
    let factors: Vec<&[Fr]> = vec![&left, &right, &left];
    let (time, found) = milliseconds(|| gpu.round(None, &factors, None).unwrap());
    let (slow, expected) = milliseconds(|| cpu.round(None, &factors, None).unwrap());
    assert_eq!(found, expected);
    rows.push(row("round of degree 3", log, time, time, slow));
    let (time, found) = milliseconds(|| {
        let mut values = left.clone();
        (gpu.invert(&mut values), values)
    });
    let (slow, expected) = milliseconds(|| {
        let mut values = left.clone();
        (cpu.invert(&mut values), values)
    });
    assert_eq!(found, expected);
    rows.push(row("invert", log, time, time, slow));
    let cells: Vec<i16> = (0..8 * n as u64).map(|i| (mixed(i) & 0xff) as i16).collect();
    let columns: Vec<Cells<'_>> = cells.chunks(n).map(Cells::I16).collect();
    let challenge = Fr::from(3u64).inverse().unwrap();
    let (time, found) = milliseconds(|| gpu.lookup_helper(&columns, challenge).unwrap());
    let (slow, expected) = milliseconds(|| cpu.lookup_helper(&columns, challenge).unwrap());
    assert_eq!(found, expected);
    rows.push(row("lookup helper of 8", log, time, time, slow));
    let weights = elements(8, 9);
    let (time, found) = milliseconds(|| gpu.fold_small(Cells::I16(&cells), &weights).unwrap());
    let (slow, expected) = milliseconds(|| cpu.fold_small(Cells::I16(&cells), &weights).unwrap());
    assert_eq!(found, expected);
    rows.push(row("8 rows of cells", log, time, time, slow));
    let document = serde_json::json!({
        "device": facts.name, "capability": [facts.capability.0, facts.capability.1],
        "multiprocessors": facts.multiprocessors, "clock_khz": facts.clock_khz, "memory": facts.memory,
        "open_s": (opened * 1e3).round() / 1e3, "processor_threads": rayon::current_num_threads(), "rows": rows,
    });
    println!("{}", serde_json::to_string_pretty(&document).unwrap());
}
