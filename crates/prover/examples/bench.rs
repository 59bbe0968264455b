//! Time of each phase on circuits of the shape of LeNet-5's and VGG-16's: `cargo run --release -p
//! zkattest-prover --example bench -- [lenet|vgg] [repetitions] [log2 of a row's cells] [evaluation]`, on the processor
//! and, where there is one, with long sums on an NVIDIA device; with `evaluation`, proofs have an evaluation part. Cells are random and equations false: a prover takes the same time.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark"
)]

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;
use zkattest_circuit::ir::*;
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_cuda::{Device, Machine};
use zkattest_evaluation::Index;
use zkattest_prover::{Assignment, Blinders, DEVICE_TERMS, OsRandomness, Phase, ProvingString, prove};
use zkattest_transcript::Transcript;

/// Channels in and out, image size, kernel size; a dense layer has images of one pixel.
type Layer = (u32, u32, u32, u32);

const LENET: &[Layer] = &[(1, 6, 28, 5), (6, 16, 14, 5), (400, 120, 1, 1), (120, 84, 1, 1), (84, 10, 1, 1)];
const VGG: &[Layer] = &[
    (3, 64, 32, 3),
    (64, 64, 32, 3),
    (64, 128, 16, 3),
    (128, 128, 16, 3),
    (128, 256, 8, 3),
    (256, 256, 8, 3),
    (256, 256, 8, 3),
    (256, 512, 4, 3),
    (512, 512, 4, 3),
    (512, 512, 4, 3),
    (512, 512, 2, 3),
    (512, 512, 2, 3),
    (512, 512, 2, 3),
    (512, 512, 1, 1),
    (512, 10, 1, 1),
];

/// Limbs of an activation's quantities.
const SLOTS: u32 = 10;

fn log(size: u32) -> u8 {
    size.next_power_of_two().trailing_zeros() as u8
}

struct Space {
    used: u64,
}

impl Space {
    fn take(&mut self, axes: &[(u32, u32)], region: Region) -> Tensor {
        let axes: Vec<Axis> =
            axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect();
        let cells = axes.iter().map(|axis| u64::from(axis.allotted)).product::<u64>();
        let block = 1u64 << cells.next_power_of_two().trailing_zeros().min(16);
        let base = self.used.next_multiple_of(block);
        self.used = base + cells;
        Tensor { region, base, axes }
    }
}

fn circuit(layers: &[Layer], log_row: u8, b: u32) -> (Circuit, Lookups) {
    let m = 1u32 << log_row;
    let r = |offset, len| Kind::Eq(Slice { point: Point::R, offset, len });
    let rho = |offset, len| Kind::Eq(Slice { point: Point::Rho, offset, len });
    let vector = |size, kinds: Vec<Kind>| Vector {
        size,
        factors: kinds.into_iter().map(|kind| Factor { div: 1, modulus: size, kind }).collect(),
    };
    let over = |size, kinds| Group { axes: 1, vector: vector(size, kinds) };
    let form = |tensor: Option<usize>, groups| Form {
        coefficient: 3,
        unit: Unit::One,
        tensor: tensor.map(|t| t as u32),
        groups,
    };
    let (mut tensors, mut functionals, mut statements, mut terms) = (vec![], vec![], vec![], vec![]);
    let (mut model, mut witness) = (Space { used: 0 }, Space { used: 0 });
    let mut input: Option<usize> = None;
    for (cin, cout, size, k) in layers.iter().copied() {
        let (lc, lo, ls) = (log(cin), log(cout), log(size));
        let room = size.next_power_of_two();
        tensors
            .push(model.take(&[(k, k), (k, k), (cout, cout), (cin, cin.next_power_of_two())], Region::Model));
        let w = tensors.len() - 1;
        let x = input.filter(|x| {
            let axes: &Vec<Axis> = &tensors[*x].axes;
            axes[1].size == cin && axes[2].size == size
        });
        let x = x.unwrap_or_else(|| {
            tensors.push(witness.take(&[(2, 2), (cin, cin), (size, room), (size, room)], Region::Witness));
            tensors.len() - 1
        });
        tensors
            .push(witness.take(&[(SLOTS, SLOTS), (cout, cout), (size, room), (size, room)], Region::Witness));
        let y = tensors.len() - 1;
        let mut read = tensors[y].clone();
        read.axes[0].size = 2;
        tensors.push(read);
        input = Some(tensors.len() - 1);
        let slots =
            |n: u32| over(n, vec![Kind::Constants((0..n).map(|i| 1i128 << (8 * i.min(6))).collect())]);
        let window = |at| Kind::Window {
            output: Slice { point: Point::R, offset: lo + at * ls, len: ls },
            input: Slice { point: Point::Rho, offset: lc + at * ls, len: ls },
            outputs: size,
            inputs: size,
            stride: 1,
            dilation: 1,
            offset: -i64::from(k / 2),
        };
        let first = functionals.len() as u32;
        let n = lc + 2 * ls;
        functionals.push(Functional {
            variables: n,
            forms: vec![form(
                Some(x),
                vec![
                    slots(2),
                    over(cin, vec![rho(0, lc)]),
                    over(size, vec![rho(lc, ls)]),
                    over(size, vec![rho(lc + ls, ls)]),
                ],
            )],
        });
        functionals.push(Functional {
            variables: n,
            forms: vec![form(
                Some(w),
                vec![
                    over(k, vec![window(0)]),
                    over(k, vec![window(1)]),
                    over(cout, vec![r(0, lo)]),
                    over(cin, vec![rho(0, lc)]),
                ],
            )],
        });
        let n = lo + 2 * ls;
        let at = |with: bool| {
            let own = |offset, len| {
                if with { vec![r(offset, len), rho(offset, len)] } else { vec![rho(offset, len)] }
            };
            vec![over(cout, own(0, lo)), over(size, own(lo, ls)), over(size, own(lo + ls, ls))]
        };
        for with in [true, false] {
            let mut groups = vec![slots(SLOTS)];
            groups.extend(at(with));
            functionals.push(Functional { variables: n, forms: vec![form(Some(y), groups)] });
        }
        let mut groups = vec![slots(SLOTS)];
        groups.extend([
            over(cout, vec![r(0, lo)]),
            over(size, vec![r(lo, ls)]),
            over(size, vec![r(lo + ls, ls)]),
        ]);
        statements.push(Statement { forms: vec![form(Some(y), groups)] });
        statements.push(Statement::default());
        let k = statements.len() as u32;
        terms.push(Term { statement: k - 2, coefficient: 1, factors: vec![first, first + 1] });
        terms.push(Term { statement: k - 1, coefficient: 1, factors: vec![first + 2, first + 3] });
        terms.push(Term { statement: k - 1, coefficient: 5, factors: vec![first + 3, first + 2] });
    }
    let witness_rows = witness.used.div_ceil(u64::from(m)) as u32;
    let b = b.min(witness_rows);
    let model_rows = model.used.div_ceil(u64::from(m)) as u32;
    let rows = witness_rows.div_ceil(b);
    let (lr, n) = (log(rows), log(rows) + log_row);
    let first = tensors.len();
    for j in 0..b {
        let own = (witness_rows - j).div_ceil(b);
        let axes = [(own, own), (1, b), (m, m)].map(|(size, allotted)| Axis { size, allotted }).to_vec();
        tensors.push(Tensor { region: Region::Witness, base: u64::from(j * m), axes });
    }
    let axes = [(rows, rows), (m, m)].map(|(size, allotted)| Axis { size, allotted }).to_vec();
    tensors.push(Tensor { region: Region::Helper, base: 0, axes });
    let table = vec![Axis { size: 256, allotted: 256 }];
    tensors.push(Tensor { region: Region::Counts, base: 0, axes: table.clone() });
    tensors.push(Tensor { region: Region::Helper, base: u64::from(rows * m), axes: table });
    let helper = first + b as usize;
    let (hi, lo) = (rho(0, lr), rho(lr, log_row));
    let (r_hi, r_lo) = (r(0, lr), r(lr, log_row));
    let scalar = |size, kinds| Group { axes: 0, vector: vector(size, kinds) };
    let both = vec![scalar(rows, vec![r_hi.clone(), hi.clone()]), scalar(m, vec![r_lo.clone(), lo.clone()])];
    let gamma = |groups| Form { coefficient: 1, unit: Unit::Gamma, tensor: None, groups };
    let column = |j: u32, with: bool| {
        let own = (witness_rows - j).div_ceil(b);
        let (mut high, mut low) = (vec![hi.clone()], vec![lo.clone()]);
        if with {
            high.push(r_hi.clone());
            low.push(r_lo.clone());
        }
        let groups = vec![over(own, high), over(1, vec![]), over(m, low)];
        Form { coefficient: 1, unit: Unit::One, tensor: Some(first as u32 + j), groups }
    };
    let at = functionals.len() as u32;
    let sums = vec![over(rows, vec![r_hi.clone(), hi.clone()]), over(m, vec![r_lo.clone(), lo.clone()])];
    functionals.push(Functional { variables: n, forms: vec![form(Some(helper), sums)] });
    functionals.push(Functional { variables: n, forms: vec![gamma(both.clone())] });
    functionals.push(Functional { variables: n, forms: vec![gamma(both), column(0, true)] });
    for j in 0..b {
        functionals.push(Functional { variables: n, forms: vec![gamma(vec![]), column(j, false)] });
    }
    let columns: Vec<u32> = (0..b).map(|j| at + 3 + j).collect();
    statements.push(Statement::default());
    statements.push(Statement { forms: vec![form(Some(helper), vec![over(rows, vec![]), over(m, vec![])])] });
    let statement = statements.len() as u32 - 2;
    let mut add = |coefficient, factors| terms.push(Term { statement, coefficient, factors });
    add(1, [&[at], columns.as_slice()].concat());
    add(-1, [&[at + 1], &columns[1..]].concat());
    for j in 1..b as usize {
        let others = columns[1..].iter().copied().filter(|column| *column != columns[j]);
        add(-1, std::iter::once(at + 2).chain(others).collect());
    }
    let circuit = Circuit {
        log_row,
        r_len: n.max(32),
        rows: [model_rows, 1, 0, witness_rows, 1, 2, rows + 1],
        public: 0,
        tables: vec![Table { bits: 8, low: 0, images: None }],
        tensors,
        functionals,
        statements,
        terms,
    };
    let range = RangeLookup {
        region: Region::Witness,
        first_row: 0,
        rows: witness_rows,
        offset: 0,
        table: 0,
        counts: helper as u32 + 1,
        sums: helper as u32 + 2,
        helper: helper as u32,
        eq_helper: at,
        eq: at + 1,
        eq_first: at + 2,
        columns,
    };
    (circuit, Lookups { ranges: vec![range], ..Lookups::default() })
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let vgg = arguments.get(1).is_some_and(|name| name == "vgg");
    let repetitions = arguments.get(2).and_then(|count| count.parse().ok()).unwrap_or(5);
    let (layers, log_row, b) = if vgg { (VGG, 16, 8) } else { (LENET, 13, 8) };
    let log_row = arguments.get(3).and_then(|bits| bits.parse().ok()).unwrap_or(log_row);
    let (circuit, lookups) = circuit(layers, log_row, b);
    circuit.validate().unwrap();
    println!("rows {:?}, n1 {}, terms {}", circuit.rows, circuit.rounds_1(), circuit.terms.len());
    let m = circuit.row_size();
    let index = arguments.get(4).map(|_| Index::of(&circuit).unwrap());
    if let Some(index) = &index {
        println!("{} gates of 2^{}", index.table().gates(), index.log_gates());
    }
    let count = index.as_ref().map_or(0, Index::coefficients).max(m + 1);
    let mut point = G1Projective::generator();
    let points: Vec<G1Projective> = (0..count)
        .map(|_| {
            point += G1Projective::generator();
            point
        })
        .collect();
    let points = G1Projective::normalize_batch(&points);
    let mut strings = vec![("processor".to_owned(), ProvingString::new(&points, m))];
    match Device::open(0) {
        Ok(device) => {
            let machine: Arc<dyn Machine> = Arc::new(device);
            let string = ProvingString::on(&points, m, &machine, DEVICE_TERMS).unwrap();
            strings.push((machine.name().to_owned(), string));
        }
        Err(error) => println!("no device: {error}"),
    }
    let mut state = 1u64;
    let mut cells = |region, low: i64, high: i64| -> Vec<i16> {
        (0..circuit.rows_of(region) * m)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (low + ((state >> 33) as i64) % (high - low)) as i16
            })
            .collect()
    };
    let (model, data, witness) =
        (cells(Region::Model, -99, 99), cells(Region::Data, -99, 99), cells(Region::Witness, 0, 256));
    let assignment =
        Assignment { model: &model, data: &data, output: &[], witness: &witness, public: &[], keys: &[] };
    let of_model = vec![Fr::from(5u64); circuit.rows_of(Region::Model)];
    let blinders = Blinders { model: &of_model, data: &[Fr::from(6u64)], output: &[] };
    for (name, string) in strings.iter().flat_map(|each| std::iter::repeat_n(each, repetitions)) {
        let mut marks: Vec<(Option<Phase>, Instant)> = vec![(None, Instant::now())];
        let proof = prove(
            &circuit,
            index.as_ref(),
            &lookups,
            string,
            &assignment,
            &blinders,
            (&[G1Affine::generator()], &[]),
            &mut Transcript::new(&[0; 32], &[0; 32], &[0; 32]),
            &mut OsRandomness,
            &mut |phase| {
                marks.push((Some(phase), Instant::now()));
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        let end = Instant::now();
        let total = (end - marks[0].1).as_secs_f64() * 1e3;
        let mut line = format!("{name}: {total:7.1} ms, {} bytes:", proof.len());
        for (i, (phase, start)) in marks.iter().enumerate().skip(1) {
            let next = marks.get(i + 1).map_or(end, |mark| mark.1);
            line += &format!("  {:?} {:.1}", phase.unwrap(), (next - *start).as_secs_f64() * 1e3);
        }
        println!("{line}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}

trait Generator {
    fn generator() -> Self;
}

impl Generator for G1Affine {
    fn generator() -> Self {
        G1Projective::generator().into_affine()
    }
}
