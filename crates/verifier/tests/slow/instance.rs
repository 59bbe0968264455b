//! A small circuit with every kind of statement, and cells that satisfy it.

use ark_ff::Field;
use zkattest_circuit::ir::*;
use zkattest_field::Scalar;

use super::{Instance, Random};

fn slice(point: Point, offset: u8, len: u8) -> Slice {
    Slice { point, offset, len }
}

pub fn eq(point: Point, offset: u8, len: u8, modulus: u32) -> Factor {
    Factor { div: 1, modulus, kind: Kind::Eq(slice(point, offset, len)) }
}

pub fn group(axes: u8, size: u32, factors: Vec<Factor>) -> Group {
    Group { axes, vector: Vector { size, factors } }
}

fn form(coefficient: i128, tensor: Option<u32>, groups: Vec<Group>) -> Form {
    Form { coefficient, unit: Unit::One, tensor, groups }
}

fn tensor(region: Region, base: usize, axes: &[(u32, u32)]) -> Tensor {
    let axes = axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect();
    Tensor { region, base: base.try_into().unwrap(), axes }
}

const TAPS: [i64; 3] = [3, -1, 7];

/// Statements: a product of a 3 x 5 matrix and a vector; a strided, padded convolution of 8 inputs to 5 outputs;
/// inverses of 7 looked-up cells that lie across two rows; the sums of their table; the balance of the lookup;
/// the convolution's outputs are the public integers; a term of one factor in fewer variables.
pub fn instance(log_row: u8, random: &mut Random) -> Instance {
    use Point::{R, Rho};
    let m = 1usize << log_row;
    let tensors = vec![
        tensor(Region::Model, 0, &[(3, 4), (5, 8)]),
        tensor(Region::Model, 40, &[(3, 3)]),
        tensor(Region::Data, 8, &[(5, 8)]),
        tensor(Region::Data, 20, &[(8, 9)]),
        tensor(Region::Output, 0, &[(5, 8)]),
        tensor(Region::Witness, 4, &[(3, 4)]),
        tensor(Region::Witness, m - 3, &[(7, 7)]),
        tensor(Region::Counts, 16, &[(8, 8)]),
        tensor(Region::Helper, m - 2, &[(7, 7)]),
        tensor(Region::Helper, m + 16, &[(8, 8)]),
        tensor(Region::Public, 1, &[(5, 5)]),
    ];
    let window = Kind::Window {
        output: slice(R, 2, 3),
        input: slice(Rho, 0, 3),
        outputs: 5,
        inputs: 8,
        stride: 2,
        dilation: 1,
        offset: -1,
    };
    let window = Factor { div: 1, modulus: 3, kind: window };
    let gamma = Form { unit: Unit::Gamma, ..form(1, None, vec![group(0, 7, vec![eq(Rho, 0, 3, 8)])]) };
    let functional = |variables: u8, forms: Vec<Form>| Functional { variables, forms };
    let matrix = vec![group(1, 3, vec![eq(R, 0, 2, 3)]), group(1, 5, vec![eq(Rho, 0, 3, 8)])];
    let functionals = vec![
        functional(3, vec![form(1, Some(0), matrix)]),
        functional(3, vec![form(1, Some(2), vec![group(1, 5, vec![eq(Rho, 0, 3, 5)])])]),
        functional(3, vec![form(1, Some(3), vec![group(1, 8, vec![eq(Rho, 0, 3, 8)])])]),
        functional(3, vec![form(1, Some(1), vec![group(1, 3, vec![window])])]),
        functional(3, vec![form(1, Some(8), vec![group(1, 7, vec![eq(R, 5, 3, 8), eq(Rho, 0, 3, 7)])])]),
        functional(3, vec![form(1, Some(6), vec![group(1, 7, vec![eq(Rho, 0, 3, 8)])]), gamma]),
        functional(2, vec![form(1, Some(5), vec![group(1, 3, vec![eq(Rho, 0, 2, 4)])])]),
    ];
    let table = Factor { div: 1, modulus: 8, kind: Kind::Table(0) };
    let statement = |forms: Vec<Form>| Statement { forms };
    let statements = vec![
        statement(vec![form(1, Some(5), vec![group(1, 3, vec![eq(R, 0, 2, 4)])])]),
        statement(vec![form(1, Some(4), vec![group(1, 5, vec![eq(R, 2, 3, 8)])])]),
        statement(vec![form(1, None, vec![group(0, 7, vec![eq(R, 5, 3, 8)])])]),
        statement(vec![
            form(1, Some(9), vec![group(1, 8, vec![eq(R, 5, 3, 8), table])]),
            form(-1, Some(7), vec![group(1, 8, vec![eq(R, 5, 3, 8)])]),
        ]),
        statement(vec![
            form(1, Some(8), vec![group(1, 7, vec![])]),
            form(-1, Some(9), vec![group(1, 8, vec![])]),
        ]),
        statement(vec![
            form(1, Some(4), vec![group(1, 5, vec![eq(R, 2, 3, 8)])]),
            form(-1, Some(10), vec![group(1, 5, vec![eq(R, 2, 3, 8)])]),
        ]),
        statement(vec![form(3, Some(5), vec![group(1, 3, vec![])])]),
    ];
    let term = |statement: u32, coefficient: i128, factors: &[u32]| Term {
        statement,
        coefficient,
        factors: factors.to_vec(),
    };
    let terms = vec![term(0, 1, &[0, 1]), term(1, 1, &[2, 3]), term(2, 1, &[4, 5]), term(6, 3, &[6])];
    let circuit = Circuit {
        log_row,
        r_len: 8,
        rows: [1, 1, 1, 2, 1, 2, 2],
        public: 6,
        tables: vec![Table { bits: 3, low: -2, images: None }],
        tensors,
        functionals,
        statements,
        terms,
    };

    let mut small = |range: u32| i64::from(random.below(range)) - i64::from(range / 2);
    let mut rows = vec![vec![0i64; m]; 6];
    let (a, b, x): ([[i64; 5]; 3], [i64; 5], [i64; 8]) = (
        std::array::from_fn(|_| std::array::from_fn(|_| small(100))),
        std::array::from_fn(|_| small(100)),
        std::array::from_fn(|_| small(100)),
    );
    for (i, line) in a.iter().enumerate() {
        rows[0][8 * i..8 * i + 5].copy_from_slice(line);
        rows[3][4 + i] = line.iter().zip(&b).map(|(a, b)| a * b).sum();
    }
    rows[0][40..43].copy_from_slice(&TAPS);
    rows[1][8..13].copy_from_slice(&b);
    rows[1][20..28].copy_from_slice(&x);
    let mut public = vec![77];
    for o in 0..5usize {
        let taps = TAPS.iter().enumerate().filter_map(|(d, w)| Some(w * x.get((2 * o + d).checked_sub(1)?)?));
        public.push(taps.sum());
    }
    rows[2][..5].copy_from_slice(&public[1..]);
    for j in 0..7 {
        let key = usize::try_from(small(8) + 4).unwrap();
        rows[3 + (m - 3 + j) / m][(m - 3 + j) % m] = i64::try_from(key).unwrap() - 2;
        rows[5][16 + key] += 1;
    }
    let rows = rows.iter().map(|row| row.iter().map(|cell| Scalar::from(*cell)).collect()).collect();
    Instance { circuit, public, rows, helpers }
}

fn helpers(circuit: &Circuit, rows: &[Vec<Scalar>], gamma: Scalar, _beta: Scalar) -> Vec<Vec<Scalar>> {
    let m = circuit.row_size();
    let mut cells = vec![Scalar::from(0u64); 2 * m];
    for j in 0..7 {
        let cell = rows[3 + (m - 3 + j) / m][(m - 3 + j) % m];
        cells[m - 2 + j] = (gamma + cell).inverse().unwrap();
    }
    for key in 0..8u64 {
        let at = usize::try_from(key).unwrap();
        let denominator = gamma + Scalar::from(key) - Scalar::from(2u64);
        cells[m + 16 + at] = rows[5][16 + at] * denominator.inverse().unwrap();
    }
    cells.chunks(m).map(<[Scalar]>::to_vec).collect()
}
