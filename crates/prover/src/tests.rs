//! The fast paths beside the definitions, on random forms.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of our own")]

use std::ops::Range;

use crate::helper::Helper;
use crate::parts::{parts, split};
use crate::polynomial::evaluate;
use crate::products::HostProducts;
use crate::rows::{Assignment, Blinders, Rows};
use crate::scope::Scope;
use crate::{sumcheck3, tables};
use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::*;
use zkattest_circuit::{Challenges, eq_table, index};
use zkattest_field::Scalar;
use zkattest_kernels::Cpu;

const LOG_ROW: u8 = 7;
const VARIABLES: u8 = 6;
const R_LEN: u8 = 18;

pub(crate) struct Stream(pub u64);

impl Stream {
    pub fn integer(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below n.
    pub fn below(&mut self, n: u32) -> u32 {
        (self.integer() % u64::from(n)) as u32
    }

    pub fn scalar(&mut self) -> Scalar {
        (0..5).fold(Scalar::ZERO, |sum, _| sum * Scalar::from(u64::MAX) + Scalar::from(self.integer()))
    }

    pub fn cells(&mut self, count: usize) -> Vec<i16> {
        (0..count).map(|_| self.integer() as i16).collect()
    }
}

/// Coordinates that no other factor of the form uses: those of rho from `rho` on, and `r` of r.
struct Coordinates {
    rho: u8,
    r: Range<u8>,
}

impl Coordinates {
    fn take(&mut self, stream: &mut Stream) -> Option<Slice> {
        let len = stream.below(4) as u8;
        let offset = self.rho;
        (offset + len <= VARIABLES).then(|| {
            self.rho = offset + len;
            Slice { point: Point::Rho, offset, len }
        })
    }

    fn of_r(&mut self, stream: &mut Stream) -> Slice {
        let len = (stream.below(5) as u8).min(self.r.len() as u8);
        let offset = self.r.start;
        self.r.start += len;
        Slice { point: Point::R, offset, len }
    }
}

fn factor(stream: &mut Stream, coordinates: &mut Coordinates) -> Option<Factor> {
    let div = 1 + stream.below(3);
    let signed = |stream: &mut Stream| i64::from(stream.below(7)) - 3;
    let (modulus, kind) = match stream.below(6) {
        0 => {
            let slice = coordinates.of_r(stream);
            (1 + stream.below(1 << slice.len), Kind::Eq(slice))
        }
        1 | 2 => {
            let slice = coordinates.take(stream)?;
            (1 + stream.below(1 << slice.len), Kind::Eq(slice))
        }
        3 => {
            let slice = coordinates.of_r(stream);
            let to = stream.below((1 << slice.len) + 1);
            let from = stream.below(to + 1);
            let [stride, dilation, offset] = [(); 3].map(|()| signed(stream));
            (
                1 + stream.below(6),
                Kind::Affine { slice, from, to, taps: 1 + stream.below(3), stride, dilation, offset },
            )
        }
        4 => {
            let (output, input) = (coordinates.of_r(stream), coordinates.take(stream)?);
            let (outputs, inputs) = (stream.below((1 << output.len) + 1), stream.below((1 << input.len) + 1));
            let [stride, dilation, offset] = [(); 3].map(|()| signed(stream));
            (1 + stream.below(6), Kind::Window { output, input, outputs, inputs, stride, dilation, offset })
        }
        _ => {
            let modulus = 1 + stream.below(5);
            (modulus, Kind::Constants((0..modulus).map(|_| i128::from(stream.integer() as i64)).collect()))
        }
    };
    Some(Factor { div, modulus, kind })
}

fn vector(stream: &mut Stream, size: u32, coordinates: &mut Coordinates) -> Vector {
    let factors = (0..stream.below(3)).filter_map(|_| factor(stream, coordinates)).collect();
    Vector { size, factors }
}

/// Room in cells of each region that tensors are in.
fn room(circuit: &Circuit, region: Region) -> u64 {
    match region {
        Region::Public => u64::from(circuit.public),
        _ => (circuit.rows_of(region) * circuit.row_size()) as u64,
    }
}

fn tensor(stream: &mut Stream, circuit: &Circuit) -> Tensor {
    let region = [Region::Model, Region::Witness, Region::Helper, Region::Public][stream.below(4) as usize];
    loop {
        let axes = (0..stream.below(5))
            .map(|_| {
                let size = 1 + stream.below(4);
                let allotted =
                    if stream.below(2) == 0 { size.next_power_of_two() } else { size + stream.below(3) };
                Axis { size, allotted }
            })
            .collect();
        let mut tensor = Tensor { region, base: 0, axes };
        let block = 1u64 << tensor.log_inner(LOG_ROW);
        tensor.base = u64::from(stream.below(40)) * block;
        if tensor.last_cell().unwrap() < room(circuit, region) {
            return tensor;
        }
    }
}

fn form(stream: &mut Stream, circuit: &mut Circuit, mut coordinates: Coordinates) -> Form {
    let mut groups = Vec::new();
    let mut chosen = None;
    if stream.below(6) > 0 {
        let tensor = tensor(stream, circuit);
        let mut axes = tensor.axes.as_slice();
        while !axes.is_empty() {
            let count = (1 + stream.below(2) as usize).min(axes.len());
            let (own, rest) = axes.split_at(count);
            let size = own.iter().map(|axis| axis.size).product();
            groups.push(Group { axes: count as u8, vector: vector(stream, size, &mut coordinates) });
            axes = rest;
        }
        circuit.tensors.push(tensor);
        chosen = Some(circuit.tensors.len() as u32 - 1);
    }
    for _ in 0..stream.below(3) {
        let size = 1 + stream.below(5);
        let group = Group { axes: 0, vector: vector(stream, size, &mut coordinates) };
        groups.insert(stream.below(groups.len() as u32 + 1) as usize, group);
    }
    let unit = [Unit::One, Unit::Gamma, Unit::Beta][stream.below(3) as usize];
    Form { coefficient: i128::from(stream.below(9)) - 4, unit, tensor: chosen, groups }
}

/// A circuit of random functionals, each a factor of a term, and statements.
fn circuit(stream: &mut Stream) -> Circuit {
    let mut circuit = Circuit {
        log_row: LOG_ROW,
        r_len: R_LEN,
        rows: [3, 0, 0, 2, 0, 2, 2],
        public: 90,
        tables: vec![],
        tensors: vec![],
        functionals: vec![],
        statements: vec![],
        terms: vec![],
    };
    // The first two are factors of one term: each has its own half of r.
    for r in [0..R_LEN / 2, R_LEN / 2..R_LEN, 0..R_LEN] {
        let forms = (0..1 + stream.below(3))
            .map(|_| form(stream, &mut circuit, Coordinates { rho: 0, r: r.clone() }))
            .collect();
        circuit.functionals.push(Functional { variables: VARIABLES, forms });
    }
    for _ in 0..2 {
        // No coordinates are left: forms of statements know r alone.
        let forms = (0..1 + stream.below(3))
            .map(|_| form(stream, &mut circuit, Coordinates { rho: VARIABLES + 1, r: 0..R_LEN }))
            .collect();
        circuit.statements.push(Statement { forms });
    }
    circuit.terms.push(Term { statement: 0, coefficient: 1, factors: vec![0, 1] });
    circuit.terms.push(Term { statement: 1, coefficient: 1, factors: vec![2] });
    circuit.validate().unwrap();
    circuit
}

/// Products of all groups' entries, by element of the tensor.
fn weights(circuit: &Circuit, challenges: &Challenges, variables: usize, form: &Form) -> Vec<Scalar> {
    form.groups.iter().filter(|group| group.axes > 0).fold(
        vec![form.scale(circuit, challenges, variables)],
        |product, group| {
            let vector = group.vector.evaluate(circuit, challenges, variables);
            product.iter().flat_map(|left| vector.iter().map(move |right| *left * right)).collect()
        },
    )
}

/// A form's value by definition.
fn value(
    circuit: &Circuit,
    challenges: &Challenges,
    rows: &Rows<'_>,
    variables: usize,
    form: &Form,
) -> Scalar {
    let weights = weights(circuit, challenges, variables, form);
    match form.tensor {
        None => weights[0],
        Some(number) => {
            let tensor = &circuit.tensors[index(number)];
            let source = rows.source(tensor.region);
            tables::elements(tensor)
                .into_iter()
                .zip(weights)
                .map(|(cell, weight)| source.scalar(cell) * weight)
                .sum()
        }
    }
}

/// A circuit with cells: model, witness, public integers, helper.
fn with_cells(stream: &mut Stream, check: impl FnOnce(&mut Stream, &Circuit, &Rows<'_>, Challenges)) {
    let circuit = circuit(stream);
    let m = circuit.row_size();
    let (model, witness) = (stream.cells(3 * m), stream.cells(2 * m));
    let public: Vec<i64> = (0..90).map(|_| stream.integer() as i64).collect();
    let given =
        Assignment { model: &model, data: &[], output: &[], witness: &witness, public: &public, keys: &[] };
    let of_model: Vec<Scalar> = (0..3).map(|_| stream.scalar()).collect();
    let blinders = Blinders { model: &of_model, data: &[], output: &[] };
    let mut rows = Rows::new(&circuit, given, blinders).unwrap();
    rows.helper = Helper::zeros(m, 2);
    rows.helper.written_mut().unwrap().iter_mut().for_each(|cell| *cell = stream.scalar());
    rows.mask.named = (0..m).map(|_| stream.scalar()).collect();
    rows.mask.uniform = (0..m).map(|_| stream.scalar()).collect();
    for region in [Region::Witness, Region::Mask, Region::Helper] {
        rows.blinders[region as usize] = (0..2).map(|_| stream.scalar()).collect();
    }
    let challenges = Challenges {
        gamma: stream.scalar(),
        beta: stream.scalar(),
        r: (0..R_LEN).map(|_| stream.scalar()).collect(),
        rho: Vec::new(),
    };
    check(stream, &circuit, &rows, challenges);
}

#[test]
fn tables_are_functionals_at_boolean_points() {
    let mut stream = Stream(1);
    let mut moved = 0;
    for _ in 0..150 {
        with_cells(&mut stream, |_, circuit, rows, challenges| {
            let scope = Scope::new(circuit, &challenges, Cpu::detect());
            for functional in &circuit.functionals {
                let table = tables::table(&scope, rows, functional).unwrap();
                moved += usize::from(table.iter().any(|value| *value != table[0]));
                for (x, found) in table.iter().enumerate() {
                    let rho = (0..VARIABLES).rev().map(|bit| Scalar::from((x >> bit & 1) as u64)).collect();
                    let at = Challenges { rho, ..challenges.clone() };
                    let forms = functional.forms.iter();
                    let expected: Scalar =
                        forms.map(|form| value(circuit, &at, rows, usize::from(VARIABLES), form)).sum();
                    assert_eq!(*found, expected, "{functional:?} at {x}");
                }
            }
        });
    }
    assert!(moved > 100, "most functionals depend on x: {moved}");
}

#[test]
fn parts_and_their_sum_check_are_the_dense_ones() {
    let mut stream = Stream(2);
    for _ in 0..60 {
        with_cells(&mut stream, |stream, circuit, rows, mut challenges| {
            challenges.rho = (0..VARIABLES).map(|_| stream.scalar()).collect();
            let cpu = Cpu::detect();
            let scope = Scope::new(circuit, &challenges, cpu);
            let functionals = circuit.functionals.iter().flat_map(|functional| &functional.forms);
            let mut forms: Vec<(&Form, usize)> =
                functionals.map(|form| (form, usize::from(VARIABLES))).collect();
            forms.extend(
                circuit.statements.iter().flat_map(|statement| &statement.forms).map(|form| (form, 0)),
            );
            let weighted: Vec<(&Form, usize, Scalar)> =
                forms.iter().map(|(form, variables)| (*form, *variables, stream.scalar())).collect();
            // Weights of all cells, row after row, by definition.
            let m = circuit.row_size();
            let mut dense = vec![vec![Scalar::ZERO; m]; circuit.row_count()];
            for (form, variables, weight) in &weighted {
                let Some(number) = form.tensor else { continue };
                let tensor = &circuit.tensors[index(number)];
                if tensor.region == Region::Public {
                    continue;
                }
                let first = circuit.first_row(tensor.region);
                let products = weights(circuit, &challenges, *variables, form);
                for (cell, product) in tables::elements(tensor).into_iter().zip(products) {
                    dense[first + cell / m][cell % m] += *weight * product;
                }
            }
            let cells: Vec<Vec<Scalar>> = circuit
                .rows_by_region()
                .flat_map(|(region, count)| {
                    let source = rows.source(region);
                    (0..count).map(move |row| (0..m).map(|x| source.scalar(row * m + x)).collect())
                })
                .collect();
            let z: Vec<Scalar> = (0..LOG_ROW).map(|_| stream.scalar()).collect();
            let mut messages = Vec::new();
            let mut rounds = z.iter();
            let parts = parts(&scope, &weighted);
            let log_row = usize::from(LOG_ROW);
            let products = HostProducts::new(&cpu, log_row, rows, parts).unwrap();
            let bound = sumcheck3::run(products, log_row, circuit.rows, |message| {
                messages.push(message.to_vec());
                Ok(*rounds.next().unwrap())
            })
            .unwrap();
            assert_eq!(bound.z, z);
            assert_eq!(messages, dense_rounds(dense.clone(), cells.clone(), &z));
            let eq = eq_table(&z, m);
            let at_z = |row: &Vec<Scalar>| row.iter().zip(&eq).map(|(a, b)| *a * b).sum::<Scalar>();
            let expected: Vec<Scalar> = dense.iter().map(at_z).collect();
            assert_eq!(bound.weights.concat(), expected);
            let polynomial = sumcheck3::combine(&cpu, usize::from(LOG_ROW), rows, &bound.weights).unwrap();
            let blinders = rows.blinders.concat();
            let x = stream.scalar();
            let row = |row: &Vec<Scalar>, blinder: &Scalar| evaluate(row, x) + *blinder * x.pow([m as u64]);
            let sum: Scalar = cells
                .iter()
                .zip(&blinders)
                .zip(&expected)
                .map(|((cells, b), weight)| row(cells, b) * weight)
                .sum();
            assert_eq!(evaluate(&polynomial, x), sum);
        });
    }
}

/// c0 and c2 of the product sum-check over all rows.
fn dense_rounds(
    mut weights: Vec<Vec<Scalar>>,
    mut cells: Vec<Vec<Scalar>>,
    z: &[Scalar],
) -> Vec<Vec<Scalar>> {
    let fold = |row: &mut Vec<Scalar>, z: Scalar| {
        let half = row.len() / 2;
        *row = (0..half).map(|i| row[i] + z * (row[half + i] - row[i])).collect();
    };
    z.iter()
        .map(|z| {
            let mut message = vec![Scalar::ZERO; 2];
            for (weights, cells) in weights.iter_mut().zip(&mut cells) {
                let half = weights.len() / 2;
                for i in 0..half {
                    message[0] += weights[i] * cells[i];
                    message[1] += (weights[half + i] - weights[i]) * (cells[half + i] - cells[i]);
                }
                fold(weights, *z);
                fold(cells, *z);
            }
            message
        })
        .collect()
}

#[test]
fn split_vectors_multiply_to_the_whole() {
    let mut stream = Stream(3);
    let circuit = circuit(&mut stream);
    let challenges = Challenges {
        gamma: stream.scalar(),
        beta: stream.scalar(),
        r: (0..R_LEN).map(|_| stream.scalar()).collect(),
        rho: (0..VARIABLES).map(|_| stream.scalar()).collect(),
    };
    let (mut whole, mut eq) = (0, 0);
    for _ in 0..2000 {
        let factors: Vec<Factor> = (0..stream.below(4))
            .filter_map(|_| {
                let r = stream.below(u32::from(R_LEN)) as u8..R_LEN;
                let mut factor = factor(&mut stream, &mut Coordinates { rho: 0, r })?;
                factor.div = 1 << stream.below(6);
                match &factor.kind {
                    Kind::Eq(slice) => factor.modulus = 1 << slice.len,
                    Kind::Constants(values) => factor.modulus = values.len() as u32,
                    _ => factor.modulus = 1 << stream.below(3),
                }
                Some(factor)
            })
            .collect();
        let vector = Vector { size: 64 - 8 * stream.below(3), factors };
        let expected = vector.evaluate(&circuit, &challenges, usize::from(VARIABLES));
        for bits in 1..6 {
            let Some((outer, inner)) = split(&vector, bits) else { continue };
            let [outer, inner] =
                [&outer, &inner].map(|half| half.evaluate(&circuit, &challenges, usize::from(VARIABLES)));
            let found: Vec<Scalar> =
                outer.iter().flat_map(|left| inner.iter().map(move |right| *left * right)).collect();
            assert_eq!(found, expected, "{vector:?} at {bits}");
            whole += 1;
            let across = |factor: &Factor| factor.div < 1 << bits && factor.div * factor.modulus > 1 << bits;
            eq += usize::from(vector.factors.iter().any(across));
        }
    }
    assert!(whole > 1000 && eq > 100, "{whole} splits, {eq} of them across an eq");
}
