//! Micro-benchmarks in the same run beside arkworks (MSM) and the same kernels over arkworks' scalar
//! arithmetic (all else): `cargo run --release -p zkattest-kernels --example bench
//! -- [--json] [--threads N] [--large] [--alone] [filter]`. Each figure is the best of several repetitions.

use ark_bn254::{Fr, FrConfig, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field};
use std::hint::black_box;
use std::time::Instant;
use zkattest_kernels::msm::{Bases, Scalars, msm};
use zkattest_kernels::simd::{Ifma, PlaneOperation};
use zkattest_kernels::{Cells, Cpu, Kernels, Lanes, WIDTH};

struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn scalar(&mut self) -> Fr {
        (0..4).fold(Fr::ZERO, |sum, _| sum * Fr::from(u64::MAX) + Fr::from(self.next()))
    }
}

/// Nanoseconds per item: by the clock, and of processor time over all threads (robust on a busy machine).
#[derive(Clone, Copy)]
struct Time {
    wall: f64,
    cpu: f64,
}

/// Processor time of this process in ns.
#[allow(unsafe_code, reason = "the standard library has no clock of processor time")]
fn cpu_time() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for writing one timespec.
    if unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) } != 0 {
        return f64::NAN;
    }
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// Best of several repetitions.
fn time<T>(items: usize, mut work: impl FnMut() -> T) -> Time {
    let mut best = Time { wall: f64::INFINITY, cpu: f64::INFINITY };
    let begin = Instant::now();
    for repetition in 0..200 {
        let (start, cpu) = (Instant::now(), cpu_time());
        black_box(work());
        best.wall = best.wall.min(start.elapsed().as_secs_f64() * 1e9 / items as f64);
        best.cpu = best.cpu.min((cpu_time() - cpu) / items as f64);
        if repetition >= 2 && begin.elapsed().as_secs_f64() > 0.7 {
            break;
        }
    }
    best
}

struct Report {
    json: bool,
    /// Without the reference.
    alone: bool,
    filter: String,
    rows: Vec<serde_json::Value>,
}

impl Report {
    /// The reference's time, unless it was not wanted.
    fn reference<T>(&self, items: usize, work: impl FnMut() -> T) -> Time {
        if self.alone { Time { wall: f64::NAN, cpu: f64::NAN } } else { time(items, work) }
    }

    fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    fn add(&mut self, name: &str, size: usize, ours: Time, reference: Time) {
        let (ratio, cpu_ratio) = (reference.wall / ours.wall, reference.cpu / ours.cpu);
        let threads = rayon::current_num_threads();
        if !self.json {
            println!(
                "{name:<24} n={size:<8} {:>9.2} ns (cpu {:>9.2}), reference {:>9.2} (cpu {:>9.2}), ratio {ratio:.2} (cpu {cpu_ratio:.2})",
                ours.wall, ours.cpu, reference.wall, reference.cpu
            );
        }
        self.rows.push(serde_json::json!({
            "name": name, "size": size, "threads": threads,
            "ns": ours.wall, "cpu_ns": ours.cpu,
            "reference_ns": reference.wall, "reference_cpu_ns": reference.cpu,
            "ratio": ratio, "cpu_ratio": cpu_ratio,
        }));
    }
}

fn field(report: &mut Report) {
    let n = 1 << 12;
    let mut stream = Stream(1);
    let a: Vec<Fr> = (0..n).map(|_| stream.scalar()).collect();
    let mut out = a.clone();
    let scalar = time(n, || {
        for ((out, x), y) in out.iter_mut().zip(&a).zip(a.iter().rev()) {
            *out = *x * y;
        }
    });
    let inversion = time(100, || a.iter().take(100).filter_map(Field::inverse).sum::<Fr>());
    report.add("arkworks inversion", 1, inversion, inversion);
    let Some(ifma) = Ifma::detect() else { return };
    let planes: Vec<Lanes> = a
        .chunks_exact(WIDTH)
        .map(|chunk| Lanes::from_elements::<FrConfig>(chunk.try_into().unwrap_or(&[Fr::ZERO; WIDTH])))
        .take(64)
        .collect();
    let mut target = planes.clone();
    for (name, operation) in [
        ("lane product", PlaneOperation::Multiply),
        ("lane square", PlaneOperation::Square),
        ("lane addition", PlaneOperation::Add),
        ("lane canonical", PlaneOperation::Canonical),
    ] {
        let ours = time(64 * WIDTH * 100, || {
            for _ in 0..100 {
                ifma.apply_all::<FrConfig>(operation, black_box(&planes), &planes, &mut target);
            }
        });
        report.add(name, 64 * WIDTH, ours, scalar);
    }
}

/// Slice kernels, per element of output (fold, round: per pair; fold_small, dot_small: per cell).
fn slices(report: &mut Report, n: usize) {
    let mut stream = Stream(2);
    let a: Vec<Fr> = (0..2 * n).map(|_| stream.scalar()).collect();
    let b: Vec<Fr> = a.iter().rev().copied().collect();
    let c: Vec<Fr> = a.iter().map(|x| *x + Fr::from(1u64)).collect();
    let mut out = vec![Fr::ZERO; n];
    let fast = Cpu::detect();
    compare(report, "slice multiply", n, |k| consume(k.multiply(&a[..n], &b[..n], &mut out)), &fast);
    compare(report, "slice add", n, |k| consume(k.add(&a[..n], &b[..n], &mut out)), &fast);
    compare(report, "slice inner product", n, |k| consume(k.inner_product(&a[..n], &b[..n])), &fast);
    let inputs = a[..1 << 12].to_vec();
    compare(report, "slice invert", 1 << 12, |k| consume(k.invert(&mut inputs.clone())), &fast);
    let point: Vec<Fr> = a[..n.ilog2() as usize].to_vec();
    compare(report, "eq table", n, |k| consume(k.eq_table(&point)), &fast);
    // The copy of the table is part of it: a fold is in place.
    let mut table = Vec::with_capacity(2 * n);
    let copy = time(n, || table.clone_from(&a));
    println_unless(report.json, &format!("(fold: of it, copying the table {:.2} ns)", copy.wall));
    compare(
        report,
        "fold, and copy",
        n,
        |k| {
            table.clone_from(&a);
            consume(k.fold(&mut table, a[5]));
        },
        &fast,
    );
    let claim = a[0];
    compare(report, "round of 2, claim", n, |k| consume(k.round(None, &[&a, &b], Some(claim))), &fast);
    compare(report, "round of 2", n, |k| consume(k.round(None, &[&a, &b], None)), &fast);
    compare(report, "round of 3, claim", n, |k| consume(k.round(None, &[&a, &b, &c], Some(claim))), &fast);
    let weights = &c[..n];
    compare(
        report,
        "weighted round of 2, claim",
        n,
        |k| consume(k.round(Some(weights), &[&a, &b], Some(claim))),
        &fast,
    );
    let bytes: Vec<i8> = (0..1 << 22).map(|_| stream.next() as i8).collect();
    let words: Vec<i16> = bytes.iter().map(|v| i16::from(*v) * 255).collect();
    let doubles: Vec<i32> = words.iter().map(|v| i32::from(*v) * 65_535).collect();
    for (name, cells) in [
        ("fold_small i8", Cells::I8(&bytes)),
        ("fold_small i16", Cells::I16(&words)),
        ("fold_small i32", Cells::I32(&doubles)),
    ] {
        compare(report, name, 1 << 22, |k| consume(k.fold_small(cells, &a[..256])), &fast);
    }
    for (width, rows) in [(1, 1 << 16), (16, 1 << 16), (256, 1 << 14), (4096, 1 << 10), (1 << 20, 4)] {
        let weights = &a.repeat((width >> 13).max(1))[..width];
        for (name, cells) in
            [("i8", Cells::I8(&bytes[..rows * width])), ("i16", Cells::I16(&words[..rows * width]))]
        {
            let name = format!("dot_small {name} of {width}");
            compare(report, &name, rows * width, |k| consume(k.dot_small(cells, weights)), &fast);
        }
    }
    for columns in [1, 3, 4, 8] {
        let tables: [&[Fr]; 8] = [&a, &b, &c, &a, &b, &c, &a, &b];
        let round = |k: &dyn Kernels| consume(k.lookup_round(&a, &b, &c, &tables[..columns], Some(claim)));
        compare(report, &format!("lookup round of {columns}, claim"), n, round, &fast);
    }
    let (b8, w16, d32) = (&bytes[..n], &words[..n], &doubles[..n]);
    compare(report, "lookup helper i8", n, |k| consume(k.lookup_helper(&[Cells::I8(b8)], claim)), &fast);
    compare(
        report,
        "lookup helper 2 x i16",
        2 * n,
        |k| consume(k.lookup_helper(&[Cells::I16(w16), Cells::I16(w16)], claim)),
        &fast,
    );
    compare(report, "lookup helper i32", n, |k| consume(k.lookup_helper(&[Cells::I32(d32)], claim)), &fast);
}

fn consume<T>(result: T) {
    black_box(result);
}

fn println_unless(quiet: bool, line: &str) {
    if !quiet {
        println!("{line}");
    }
}

fn compare(report: &mut Report, name: &str, items: usize, mut work: impl FnMut(&dyn Kernels), fast: &Cpu) {
    if !report.wants(name) {
        return;
    }
    let ours = time(items, || work(fast));
    let reference = report.reference(items, || work(&Cpu::portable()));
    report.add(name, items, ours, reference);
}

fn points(n: usize) -> Vec<G1Affine> {
    let step = G1Projective::generator() * Stream(7).scalar();
    let mut current = G1Projective::generator();
    let all: Vec<_> = (0..n)
        .map(|_| {
            current += step;
            current
        })
        .collect();
    G1Projective::normalize_batch(&all)
}

fn msms(report: &mut Report, large: bool) {
    for log in if large { vec![14, 16, 18] } else { vec![14, 16] } {
        let n = 1usize << log;
        let bases = points(n);
        let mut stream = Stream(log);
        let bytes: Vec<i8> = (0..n).map(|_| stream.next() as i8).collect();
        let words: Vec<i16> = (0..n).map(|_| stream.next() as i16).collect();
        let limbs: Vec<i16> = words.iter().map(|word| word & 255).collect();
        let full: Vec<Fr> = (0..n).map(|_| stream.scalar()).collect();
        let prepared = Bases::new(&bases);
        for (name, scalars) in [
            ("msm i8", Scalars::I8(&bytes)),
            ("msm i16", Scalars::I16(&words)),
            ("msm 8 bits unsigned", Scalars::Unsigned { cells: &limbs, bits: 8 }),
            ("msm full", Scalars::Full(&full)),
        ] {
            if !report.wants(name) {
                continue;
            }
            let wide = scalars.to_field();
            let reference = report.reference(n, || G1Projective::msm_unchecked(&bases, &wide));
            report.add(name, n, time(n, || msm(&bases, scalars)), reference);
            report.add(&format!("{name}, prepared"), n, time(n, || prepared.msm(scalars)), reference);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut report = Report { json: false, alone: false, filter: String::new(), rows: Vec::new() };
    let (mut threads, mut large) = (0, false);
    let mut remaining = arguments.iter();
    while let Some(argument) = remaining.next() {
        match argument.as_str() {
            "--json" => report.json = true,
            "--alone" => report.alone = true,
            "--large" => large = true,
            "--threads" => threads = remaining.next().and_then(|n| n.parse().ok()).unwrap_or(0),
            filter => report.filter = filter.to_owned(),
        }
    }
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
        eprintln!("cannot start {threads} threads");
        std::process::exit(2);
    };
    pool.install(|| {
        if report.wants("lane") {
            field(&mut report);
        }
        for log in [12, 16] {
            slices(&mut report, 1 << log);
        }
        if "msm i8 i16 8 bits unsigned full".contains(&report.filter) || report.filter.starts_with("msm") {
            msms(&mut report, large);
        }
    });
    if report.json {
        println!("{}", serde_json::json!({ "unit": "ns per item, best of several", "results": report.rows }));
    }
}
