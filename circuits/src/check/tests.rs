use ark_ff::{Field, Zero};
use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Functional, Group, Kind, Point, Region, Slice, Statement, Tensor, Term,
    Unit, Vector,
};
use zkattest_field::Scalar;

use super::{Assignment, Challenges, Violation, check};

fn slice(point: Point, offset: u8, len: u8) -> Slice {
    Slice { point, offset, len }
}

fn group(axes: u8, size: u32, kinds: &[Kind]) -> Group {
    let factors = kinds.iter().map(|kind| Factor { div: 1, modulus: size, kind: kind.clone() }).collect();
    Group { axes, vector: Vector { size, factors } }
}

fn form(coefficient: i128, tensor: Option<u32>, groups: Vec<Group>) -> Form {
    Form { coefficient, unit: Unit::One, tensor, groups }
}

/// One data row of 128 cells with a tensor [3, 5 of 8].
fn circuit(functionals: Vec<Functional>, statements: Vec<Statement>, terms: Vec<Term>) -> Circuit {
    Circuit {
        log_row: 7,
        r_len: 5,
        rows: [0, 1, 0, 0, 0, 2, 0],
        public: 0,
        tables: Vec::new(),
        tensors: vec![Tensor {
            region: Region::Data,
            base: 8,
            axes: vec![Axis { size: 3, allotted: 3 }, Axis { size: 5, allotted: 8 }],
        }],
        functionals,
        statements,
        terms,
    }
}

fn cells() -> Assignment {
    let mut rows: [Vec<Scalar>; 7] = Default::default();
    rows[1] = (0..128u64).map(|cell| Scalar::from(cell * cell + 1)).collect();
    Assignment { rows, public: Vec::new() }
}

fn challenges(circuit: &Circuit) -> Challenges {
    Challenges::from_seed(circuit, 1)
}

/// Cell (i, j) of the tensor.
fn at(i: u64, j: u64) -> Scalar {
    let cell = 8 + 8 * i + j;
    Scalar::from(cell * cell + 1)
}

#[test]
fn products_sum_over_boolean_points() {
    // sum over (i, j) of x(i, j) x(2 - i, j): two functionals of 2 + 3 variables and a public constant
    let reversed = Kind::Eq(slice(Point::Rho, 2, 3));
    let rows = |kind: Kind| {
        form(1, Some(0), vec![group(1, 3, &[kind]), group(1, 5, std::slice::from_ref(&reversed))])
    };
    let straight = Functional { variables: 5, forms: vec![rows(Kind::Eq(slice(Point::Rho, 0, 2)))] };
    let sum: Scalar = (0..3).flat_map(|i| (0..5).map(move |j| at(i, j) * at(i, j))).sum();
    // the statement: sum of squares = a constant, spelled as cell (0, 0) times what is missing; here sum = 15 terms
    let constant = form(1, None, Vec::new());
    let statement = |value: i128| Statement { forms: vec![Form { coefficient: value, ..constant.clone() }] };
    let expected: i128 = (0..3i128)
        .flat_map(|i| (0..5).map(move |j| 8 + 8 * i + j))
        .map(|cell| (cell * cell + 1) * (cell * cell + 1))
        .sum();
    assert_eq!(sum, Scalar::from(expected.unsigned_abs()));
    let term = Term { statement: 0, coefficient: 1, factors: vec![0, 0] };
    let with = |value: i128| circuit(vec![straight.clone()], vec![statement(value)], vec![term.clone()]);
    let good = with(expected);
    good.validate().unwrap();
    assert_eq!(check(&good, &cells(), &challenges(&good)), Ok(()));
    let bad = with(expected + 1);
    assert_eq!(check(&bad, &cells(), &challenges(&bad)), Err(Violation { statements: vec![0] }));
}

#[test]
fn windows_tie_outputs_to_inputs() {
    // sum over u of x(0, u) K(d, u) with K(d, u) = sum over o of eq(r, o) [u = 2 o + d - 1], for kernel cells x(1, d)
    let (r, rho) = (slice(Point::R, 0, 2), slice(Point::Rho, 0, 3));
    let window =
        Kind::Window { output: r, input: rho, outputs: 3, inputs: 5, stride: 2, dilation: 1, offset: -1 };
    let first = |row: i128| Kind::Constants((0..3).map(|i| i128::from(i == row)).collect());
    let x = Functional {
        variables: 3,
        forms: vec![form(1, Some(0), vec![group(1, 3, &[first(0)]), group(1, 5, &[Kind::Eq(rho)])])],
    };
    let w = Functional {
        variables: 3,
        forms: vec![form(1, Some(0), vec![group(1, 3, &[first(1)]), group(1, 5, &[window])])],
    };
    let circuit = circuit(
        vec![x, w],
        vec![Statement::default()],
        vec![Term { statement: 0, coefficient: 1, factors: vec![0, 1] }],
    );
    circuit.validate().unwrap();
    let challenges = challenges(&circuit);
    let eq = |o: usize| {
        let bit =
            |a: usize| if o >> (1 - a) & 1 == 1 { challenges.r[a] } else { Scalar::ONE - challenges.r[a] };
        bit(0) * bit(1)
    };
    let mut expected = Scalar::zero();
    for o in 0..3u64 {
        for d in 0..5 {
            if let Some(u) = (2 * o + d).checked_sub(1).filter(|u| *u < 5) {
                expected += eq(usize::try_from(o).unwrap()) * at(0, u) * at(1, d);
            }
        }
    }
    // shown by cancelling it: a data cell that no tensor holds yet carries the negated sum
    let mut cancelled = circuit.clone();
    cancelled.tensors.push(Tensor { region: Region::Data, base: 0, axes: Vec::new() });
    cancelled.statements[0].forms.push(form(1, Some(1), Vec::new()));
    let mut cells = cells();
    cells.rows[1][0] = expected;
    assert_eq!(check(&cancelled, &cells, &challenges), Ok(()));
    cells.rows[1][0] += Scalar::ONE;
    assert!(check(&cancelled, &cells, &challenges).is_err());
}
