//! A gemm with rescaling and a range lookup, a convolution with stride, padding and pooling, a function
//! table.

use super::{Cells, Stream, World};
use zkattest_circuit::ir::*;
use zkattest_circuit::lookup::{FunctionLookup, Lookups, RangeLookup};

pub fn r(offset: u8, len: u8) -> Slice {
    Slice { point: Point::R, offset, len }
}

pub fn rho(offset: u8, len: u8) -> Slice {
    Slice { point: Point::Rho, offset, len }
}

pub fn factor(modulus: u32, kind: Kind) -> Factor {
    Factor { div: 1, modulus, kind }
}

pub fn vector(size: u32, kinds: &[Kind]) -> Vector {
    Vector { size, factors: kinds.iter().map(|kind| factor(size, kind.clone())).collect() }
}

pub fn over<const N: usize>(size: u32, kinds: [Kind; N]) -> Group {
    Group { axes: 1, vector: vector(size, &kinds) }
}

pub fn scalar<const N: usize>(size: u32, kinds: [Kind; N]) -> Group {
    Group { axes: 0, vector: vector(size, &kinds) }
}

pub fn form(coefficient: i128, tensor: Option<u32>, groups: &[Group]) -> Form {
    Form { coefficient, unit: Unit::One, tensor, groups: groups.to_vec() }
}

pub fn times(unit: Unit, form: Form) -> Form {
    Form { unit, ..form }
}

pub fn tensor(region: Region, base: u64, axes: &[(u32, u32)]) -> Tensor {
    Tensor {
        region,
        base,
        axes: axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect(),
    }
}

pub fn functional(variables: u8, forms: &[Form]) -> Functional {
    Functional { variables, forms: forms.to_vec() }
}

pub fn statement(forms: &[Form]) -> Statement {
    Statement { forms: forms.to_vec() }
}

pub fn term(statement: u32, coefficient: i128, factors: &[u32]) -> Term {
    Term { statement, coefficient, factors: factors.to_vec() }
}

fn put(row: &mut [i16], cell: usize, value: i64) {
    row[cell] = i16::try_from(value).unwrap();
}

/// acc = X W, X: [4, 3] data, W: [3, 4] model; acc + 8 = 16 (u - 8) + rem with u and rem in [0, 16); the
/// first row of u - 8 is public. Witness rows: u; rem; x + 8; all are looked up, two columns a lookup row,
/// the last has one.
pub fn gemm_cells(x: &[i64; 12]) -> Option<Cells> {
    let (m, mut weights) = (128, Stream(99));
    let w: Vec<i64> = (0..12).map(|_| weights.between(-4, 5)).collect();
    let mut cells =
        Cells { model: vec![0; m], data: vec![0; m], witness: vec![0; 3 * m], ..Cells::default() };
    for k in 0..12 {
        put(&mut cells.model, 64 + k, w[k]);
        put(&mut cells.data, k / 3 * 4 + k % 3, x[k]);
        put(&mut cells.witness, 2 * m + k / 3 * 4 + k % 3, x[k] + 8);
    }
    for i in 0..4 {
        for j in 0..4 {
            let acc: i64 = (0..3).map(|k| x[3 * i + k] * w[4 * k + j]).sum::<i64>() + 8;
            let u = (acc >> 4) + 8;
            if !(0..16).contains(&u) {
                return None;
            }
            put(&mut cells.witness, 4 * i + j, u);
            put(&mut cells.witness, m + 4 * i + j, acc & 15);
            if i == 0 {
                cells.public.push(u - 8);
            }
        }
    }
    Some(cells)
}

pub fn gemm() -> World {
    gemm_with(2)
}

/// [`gemm`] with b columns a lookup row, one to three.
pub fn gemm_with(b: u32) -> World {
    let mut stream = Stream(1);
    let cells = gemm_cells(&std::array::from_fn(|_| stream.between(-5, 6))).unwrap();
    let (m, lookup_rows) = (128u32, 3u32.div_ceil(b));
    let log_rows = lookup_rows.next_power_of_two().trailing_zeros() as u8;
    let variables = log_rows + 7;
    let [x, w, u, rem, limbs, out, helper, counts, sums, shown] = std::array::from_fn(|i| Some(i as u32));
    let mut tensors = vec![
        tensor(Region::Data, 0, &[(4, 4), (3, 4)]),
        tensor(Region::Model, 64, &[(3, 3), (4, 4)]),
        tensor(Region::Witness, 0, &[(4, 4), (4, 4)]),
        tensor(Region::Witness, 128, &[(4, 4), (4, 4)]),
        tensor(Region::Witness, 256, &[(4, 4), (3, 4)]),
        tensor(Region::Public, 0, &[(4, 4)]),
        tensor(Region::Helper, 0, &[(lookup_rows, lookup_rows), (m, m)]),
        tensor(Region::Counts, 0, &[(16, 16)]),
        tensor(Region::Helper, u64::from(lookup_rows * m), &[(16, 16)]),
        tensor(Region::Witness, 0, &[(4, 4)]),
    ];
    let eq = |slice: Slice| Kind::Eq(slice);
    let (i, j, i_rho, x_rho) = (eq(r(0, 2)), eq(r(2, 2)), eq(rho(0, log_rows)), eq(rho(log_rows, 7)));
    let (row_r, cell_r) = (eq(r(0, log_rows)), eq(r(log_rows, 7)));
    let both =
        [scalar(lookup_rows, [row_r.clone(), i_rho.clone()]), scalar(m, [cell_r.clone(), x_rho.clone()])];
    let rows_of = |column: u32| (3 - column).div_ceil(b);
    let first_eq = [
        over(rows_of(0), [i_rho.clone(), row_r.clone()]),
        over(1, []),
        over(m, [x_rho.clone(), cell_r.clone()]),
    ];
    let of_helper = [over(lookup_rows, [row_r, i_rho.clone()]), over(m, [cell_r, x_rho.clone()])];
    let gamma = |groups: &[Group]| times(Unit::Gamma, form(1, None, groups));
    let mut functionals = vec![
        functional(2, &[form(1, x, &[over(4, [i.clone()]), over(3, [eq(rho(0, 2))])])]),
        functional(2, &[form(1, w, &[over(3, [eq(rho(0, 2))]), over(4, [j.clone()])])]),
        functional(variables, &[form(1, helper, &of_helper)]),
        functional(variables, &[gamma(&both)]),
        functional(variables, &[gamma(&both), form(1, Some(10), &first_eq)]),
    ];
    functionals[3].forms[0].unit = Unit::One;
    for column in 0..b {
        let rows = rows_of(column);
        tensors.push(tensor(Region::Witness, u64::from(column * m), &[(rows, rows), (1, b), (m, m)]));
        let own = [over(rows, [i_rho.clone()]), over(1, []), over(m, [x_rho.clone()])];
        functionals.push(functional(variables, &[gamma(&[]), form(1, Some(10 + column), &own)]));
    }
    let at = [over(4, [i.clone()]), over(4, [j.clone()])];
    let ones = [scalar(4, [i.clone()]), scalar(4, [j.clone()])];
    let statements = vec![
        statement(&[form(16, u, &at), form(1, rem, &at), form(-136, None, &ones)]),
        statement(&[
            form(1, x, &[over(4, [i.clone()]), over(3, [j.clone()])]),
            form(8, None, &[scalar(4, [i.clone()]), scalar(3, [j.clone()])]),
            form(-1, limbs, &[over(4, [i]), over(3, [j.clone()])]),
        ]),
        statement(&[]),
        statement(&[
            form(1, sums, &[over(16, [eq(r(0, 4)), Kind::Table(0)])]),
            form(-1, counts, &[over(16, [eq(r(0, 4))])]),
        ]),
        statement(&[form(1, helper, &[over(lookup_rows, []), over(m, [])]), form(-1, sums, &[over(16, [])])]),
        statement(&[
            form(1, shown, &[over(4, [j.clone()])]),
            form(-8, None, &[scalar(4, [j.clone()])]),
            form(-1, out, &[over(4, [j])]),
        ]),
    ];
    let columns: Vec<u32> = (5..5 + b).collect();
    let mut terms = vec![
        term(0, 1, &[0, 1]),
        term(2, 1, &[&[2], columns.as_slice()].concat()),
        term(2, -1, &[&[3], &columns[1..]].concat()),
    ];
    for j in 1..columns.len() {
        let others = (1..columns.len()).filter(|i| *i != j).map(|i| columns[i]);
        terms.push(term(2, -1, &std::iter::once(4).chain(others).collect::<Vec<_>>()));
    }
    let circuit = Circuit {
        log_row: 7,
        r_len: 9,
        rows: [1, 1, 0, 3, 1, 2, lookup_rows + 1],
        public: 4,
        tables: vec![Table { bits: 4, low: 0, images: None }],
        tensors,
        functionals,
        statements,
        terms,
    };
    let lookups = Lookups {
        ranges: vec![RangeLookup {
            region: Region::Witness,
            first_row: 0,
            rows: 3,
            offset: 0,
            table: 0,
            counts: 7,
            sums: 8,
            helper: 6,
            eq_helper: 2,
            eq: 3,
            eq_first: 4,
            columns,
        }],
        ..Lookups::default()
    };
    World::new("gemm", circuit, lookups, cells)
}

/// out\[o, p\] = sum_(c, t) X\[c, 2 p + t - 1\] W\[o, c, t\] + 4^o-fold bias, O = 3, C = 2, 8 inputs, 3 taps,
/// 4 outputs; pooled\[o, q\] = out\[o, 2 q\] + out\[o, 2 q + 1\] stays private but for its first four.
/// Weights span two rows.
pub fn convolution() -> World {
    let (m, mut stream) = (64usize, Stream(2));
    let x: Vec<i64> = (0..16).map(|_| stream.between(-9, 10)).collect();
    let w: Vec<i64> = (0..18).map(|_| stream.between(-9, 10)).collect();
    let bias: Vec<i64> = (0..3).map(|_| stream.between(-99, 100)).collect();
    let out: Vec<i64> = (0..12)
        .map(|at| {
            let (o, p) = (at / 4, (at % 4) as i64);
            let taps = (0..6usize).map(|tap| {
                let (c, t) = (tap / 3, tap % 3);
                let place = 2 * p + t as i64 - 1;
                if (0..8).contains(&place) { x[8 * c + place as usize] * w[6 * o + tap] } else { 0 }
            });
            taps.sum::<i64>() + [1, 4, 16][o] * bias[o]
        })
        .collect();
    let pooled: Vec<i64> =
        (0..6).map(|at| out[4 * (at / 2) + 2 * (at % 2)] + out[4 * (at / 2) + 2 * (at % 2) + 1]).collect();
    let mut cells =
        Cells { model: vec![0; 2 * m], data: vec![0; m], output: vec![0; 2 * m], ..Cells::default() };
    (0..3).for_each(|o| put(&mut cells.model, o, bias[o]));
    (0..18).for_each(|i| put(&mut cells.model, 56 + 8 * (i / 6) + 4 * (i % 6 / 3) + i % 3, w[i]));
    (0..16).for_each(|i| put(&mut cells.data, i, x[i]));
    (0..12).for_each(|i| put(&mut cells.output, i, out[i]));
    (0..6).for_each(|i| put(&mut cells.output, m + i, pooled[i]));
    cells.public = pooled[..4].to_vec();
    let [x, w, bias, out, pooled, shown, shown_flat] = std::array::from_fn(|i| Some(i as u32));
    let tensors = vec![
        tensor(Region::Data, 0, &[(2, 2), (8, 8)]),
        tensor(Region::Model, 56, &[(3, 3), (2, 2), (3, 4)]),
        tensor(Region::Model, 0, &[(3, 4)]),
        tensor(Region::Output, 0, &[(3, 3), (4, 4)]),
        tensor(Region::Output, 64, &[(3, 3), (2, 2)]),
        tensor(Region::Output, 64, &[(2, 2), (2, 2)]),
        tensor(Region::Public, 0, &[(4, 4)]),
    ];
    let eq = |slice: Slice| Kind::Eq(slice);
    let (o, p, q, c_rho, u_rho) = (eq(r(0, 2)), eq(r(2, 2)), eq(r(2, 1)), eq(rho(0, 1)), rho(1, 3));
    let taps = Kind::Window {
        output: r(2, 2),
        input: u_rho,
        outputs: 4,
        inputs: 8,
        stride: 2,
        dilation: 1,
        offset: -1,
    };
    let pool = Kind::Affine { slice: r(2, 1), from: 0, to: 2, taps: 2, stride: 2, dilation: 1, offset: 0 };
    let functionals = vec![
        functional(4, &[form(1, x, &[over(2, [c_rho.clone()]), over(8, [eq(u_rho)])])]),
        functional(4, &[form(1, w, &[over(3, [o.clone()]), over(2, [c_rho]), over(3, [taps])])]),
    ];
    let flat = Group {
        axes: 2,
        vector: Vector {
            size: 4,
            factors: vec![Factor { div: 2, modulus: 2, kind: eq(r(0, 1)) }, factor(2, eq(r(1, 1)))],
        },
    };
    let statements = vec![
        statement(&[
            form(1, out, &[over(3, [o.clone()]), over(4, [p.clone()])]),
            form(-1, bias, &[over(3, [o.clone(), Kind::Constants(vec![1, 4, 16])]), scalar(4, [p])]),
        ]),
        statement(&[
            form(1, pooled, &[over(3, [o.clone()]), over(2, [q])]),
            form(-1, out, &[over(3, [o]), over(4, [pool])]),
        ]),
        statement(&[form(1, shown, &[flat]), form(-1, shown_flat, &[over(4, [eq(r(0, 2))])])]),
    ];
    let circuit = Circuit {
        log_row: 6,
        r_len: 4,
        rows: [2, 1, 2, 0, 0, 2, 0],
        public: 4,
        tables: vec![],
        tensors,
        functionals,
        statements,
        terms: vec![term(0, 1, &[0, 1])],
    };
    World::new("convolution", circuit, Lookups::default(), cells)
}

fn image(key: i64) -> i64 {
    key * key / 3 - 5
}

/// y = f(x) for 12 numbers in [-8, 8); x are data, y the private output, their sum is public.
pub fn function_cells(x: &[i64; 12]) -> Cells {
    let mut cells = Cells { data: vec![0; 64], output: vec![0; 64], ..Cells::default() };
    for (i, x) in x.iter().enumerate() {
        put(&mut cells.data, 16 + i, *x);
        put(&mut cells.output, i, image(*x));
    }
    cells.public = vec![x.iter().map(|x| image(*x)).sum()];
    cells.keys = vec![x.iter().map(|x| u32::try_from(x + 8).unwrap()).collect()];
    cells
}

pub fn function() -> World {
    function_of_rows(6)
}

/// The same with rows of 2^`log_row` cells.
pub fn function_of_rows(log_row: u8) -> World {
    let mut stream = Stream(3);
    let mut cells = function_cells(&std::array::from_fn(|_| stream.between(-8, 8)));
    cells.data.resize(1 << log_row, 0);
    cells.output.resize(1 << log_row, 0);
    let [x, y, counts, helper, sums, total] = std::array::from_fn(|i| Some(i as u32));
    let tensors = vec![
        tensor(Region::Data, 16, &[(12, 16)]),
        tensor(Region::Output, 0, &[(12, 16)]),
        tensor(Region::Counts, 32, &[(16, 16)]),
        tensor(Region::Helper, 0, &[(12, 16)]),
        tensor(Region::Helper, 16, &[(16, 16)]),
        tensor(Region::Public, 0, &[]),
    ];
    let (at_r, at_rho) = (Kind::Eq(r(0, 4)), Kind::Eq(rho(0, 4)));
    let functionals = vec![
        functional(4, &[form(1, helper, &[over(12, [at_r.clone(), at_rho.clone()])])]),
        functional(
            4,
            &[
                times(Unit::Gamma, form(1, None, &[])),
                form(1, x, &[over(12, [at_rho.clone()])]),
                times(Unit::Beta, form(1, y, &[over(12, [at_rho])])),
            ],
        ),
    ];
    let statements = vec![
        statement(&[form(1, None, &[scalar(12, [at_r.clone()])])]),
        statement(&[
            form(1, sums, &[over(16, [at_r.clone(), Kind::Table(0)])]),
            form(-1, counts, &[over(16, [at_r])]),
        ]),
        statement(&[form(1, helper, &[over(12, [])]), form(-1, sums, &[over(16, [])])]),
        statement(&[form(1, y, &[over(12, [])]), form(-1, total, &[])]),
    ];
    let images = (-8..8).map(|key| i32::try_from(image(key)).unwrap()).collect();
    let circuit = Circuit {
        log_row,
        r_len: 4,
        rows: [0, 1, 1, 0, 1, 2, 1],
        public: 1,
        tables: vec![Table { bits: 4, low: -8, images: Some(images) }],
        tensors,
        functionals,
        statements,
        terms: vec![term(0, 1, &[0, 1])],
    };
    let lookups = Lookups {
        functions: vec![FunctionLookup {
            table: 0,
            counts: 2,
            sums: 4,
            helper: 3,
            eq_helper: 0,
            denominator: 1,
        }],
        ..Lookups::default()
    };
    World::new("function", circuit, lookups, cells)
}

pub fn all() -> Vec<World> {
    vec![gemm_with(1), gemm(), gemm_with(3), convolution(), function()]
}
