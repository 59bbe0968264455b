//! How long verification takes: `cargo run --release -p zkattest-verifier --example time`.
//!
//! With files of encoded circuits as arguments: of those. Without: a made-up circuit of 150 forms of about 2,000 blocks each, in three mixtures, and a proof of the right shape. It is
//! refused, but a verifier has no earlier refusal: the time is that of an accepted one.

use std::time::Instant;

use ark_ec::{AffineRepr, CurveGroup};
use zkattest_circuit::index;
use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Functional, Group, Kind, Point, Region, Slice, Statement, Table, Tensor,
    Term, Unit, Vector,
};
use zkattest_field::{G1, G2, Scalar, encode};
use zkattest_transcript::Transcript;
use zkattest_verifier::verify;

fn eq(point: Point, offset: u8, size: u32) -> Factor {
    let len = u8::try_from(size.next_power_of_two().trailing_zeros()).unwrap_or(u8::MAX);
    Factor { div: 1, modulus: size, kind: Kind::Eq(Slice { point, offset, len }) }
}

/// Forms over tensors of these axes, each axis under eq of r or of rho.
fn circuit(axes: &[(u32, u32)], merged: bool, rows: u32) -> Circuit {
    let axes: Vec<Axis> =
        axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect();
    // From the first quarter row to the last that there is room for.
    let cells: u64 = axes.iter().map(|axis| u64::from(axis.allotted)).product();
    let spacing = (((u64::from(rows) << 16) - cells) >> 14) / 149;
    let tensors: Vec<Tensor> = (0..150)
        .map(|i| Tensor { region: Region::Model, base: (i * spacing) << 14, axes: axes.clone() })
        .collect();
    let functionals = (0..150u8)
        .map(|i| {
            let sizes: Vec<u32> = match axes.as_slice() {
                axes if merged => vec![axes.iter().map(|axis| axis.size).product()],
                axes => axes.iter().map(|axis| axis.size).collect(),
            };
            let mut groups = Vec::new();
            for (g, size) in (0u8..).zip(sizes) {
                let mut factors = vec![eq(Point::R, (i + 7 * g) % 40, size)];
                if g == 0 {
                    factors.push(eq(Point::Rho, i % 3, size));
                }
                let own = if merged { axes.len() } else { 1 };
                groups.push(Group {
                    axes: u8::try_from(own).unwrap_or(u8::MAX),
                    vector: Vector { size, factors },
                });
            }
            let form = Form { coefficient: 1, unit: Unit::One, tensor: Some(u32::from(i)), groups };
            Functional { variables: 14, forms: vec![form] }
        })
        .collect();
    let terms =
        (0..75).map(|i| Term { statement: 0, coefficient: 1, factors: vec![2 * i, 2 * i + 1] }).collect();
    Circuit {
        log_row: 16,
        r_len: 64,
        rows: [rows, 1, 0, 4, 1, 2, 4],
        public: 0,
        tables: vec![Table { bits: 8, low: 0, images: None }],
        tensors,
        functionals,
        statements: vec![Statement::default()],
        terms,
    }
}

/// Name, (size, allotted) of axes, whether one group has all of them, model rows.
type Case = (&'static str, &'static [(u32, u32)], bool, u32);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    for file in &files {
        time(file, &Circuit::decode(&std::fs::read(file)?)?);
    }
    if !files.is_empty() {
        return Ok(());
    }
    let cases: [Case; 5] = [
        ("one axis of 2,000 blocks of 1 cell", &[(2000, 2000)], false, 28),
        ("axes of 40 and 50, odd room", &[(40, 40), (50, 51)], false, 28),
        ("axes of 40 and 50, one merged group", &[(40, 40), (50, 51)], true, 28),
        ("axes of 40, 50 and 4, the last one inner", &[(40, 40), (50, 51), (4, 4)], false, 28),
        ("2,000 blocks of a quarter row each, 1,500 rows", &[(2000, 2000), (16384, 16384)], false, 1488),
    ];
    for (name, axes, merged, rows) in cases {
        time(name, &circuit(axes, merged, rows));
    }
    Ok(())
}

/// Prints the least time of 20 verifications.
fn time(name: &str, circuit: &Circuit) {
    let shape = circuit.proof_shape();
    let point = |i: usize| {
        let scalar = Scalar::from(u64::try_from(i).unwrap_or(u64::MAX)) + Scalar::from(2u64);
        (G1::generator() * scalar).into_affine()
    };
    let bytes = |point: G1| [encode(&point.x), encode(&point.y)].concat();
    let early = shape.early_rows + shape.helper_rows;
    let scalars = shape.bytes() / 32 - 2 * (early + 7) - 7;
    let mut proof: Vec<u8> = (0..early).flat_map(|i| bytes(point(i))).collect();
    proof.extend((0..scalars).flat_map(|i| encode(&Scalar::from(u64::try_from(i).unwrap_or(0)))));
    proof.extend((0..5).flat_map(|i| bytes(point(i))));
    proof.extend((0..7u64).flat_map(|i| encode(&Scalar::from(i))));
    proof.extend((0..2).flat_map(|i| bytes(point(i))));
    let model: Vec<G1> = (0..circuit.rows_of(Region::Model)).map(point).collect();
    let public = vec![0; index(circuit.public)];
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        let mut oracle = Transcript::new(&[0; 32], &[0; 32], &[0; 32]);
        let verdict = verify(circuit, None, &G2::generator(), &model, &mut oracle, &public, &proof);
        best = best.min(start.elapsed().as_secs_f64());
        assert_eq!(verdict, Ok(false));
    }
    println!("{name}: {:.2} ms, {} rows, {} terms", best * 1e3, circuit.row_count(), circuit.terms.len());
}
