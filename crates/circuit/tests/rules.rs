//! Every rule of a description, broken once.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod common;

use common::{Random, circuit};
use zkattest_circuit::CircuitError;
use zkattest_circuit::error::{FormPlace, Owner};
use zkattest_circuit::index;
use zkattest_circuit::ir::*;

const FUNCTIONAL: FormPlace = FormPlace { owner: Owner::Functional, item: 0, form: 0 };
const STATEMENT: FormPlace = FormPlace { owner: Owner::Statement, item: 0, form: 0 };

fn rho(offset: u8, len: u8) -> Slice {
    Slice { point: Point::Rho, offset, len }
}

fn r(offset: u8, len: u8) -> Slice {
    Slice { point: Point::R, offset, len }
}

fn base() -> Circuit {
    let eq = |slice: Slice| Factor { div: 1, modulus: 1 << slice.len, kind: Kind::Eq(slice) };
    let group = |axes, size, factors| Group { axes, vector: Vector { size, factors } };
    let form = |groups| Form { coefficient: 1, unit: Unit::One, tensor: Some(0), groups };
    let groups = vec![group(1, 3, vec![eq(r(0, 2))]), group(1, 5, vec![eq(rho(0, 3))])];
    Circuit {
        log_row: 6,
        r_len: 4,
        rows: [1, 1, 0, 1, 1, 2, 1],
        public: 4,
        tables: vec![Table { bits: 2, low: 0, images: None }],
        tensors: vec![Tensor {
            region: Region::Model,
            base: 32,
            axes: vec![Axis { size: 3, allotted: 4 }, Axis { size: 5, allotted: 8 }],
        }],
        functionals: vec![Functional { variables: 3, forms: vec![form(groups)] }],
        statements: vec![Statement { forms: vec![form(vec![group(2, 15, vec![eq(r(0, 4))])])] }],
        terms: vec![Term { statement: 0, coefficient: 1, factors: vec![0] }],
    }
}

fn broken(change: impl Fn(&mut Circuit)) -> CircuitError {
    let mut circuit = base();
    assert_eq!(circuit.validate(), Ok(()));
    change(&mut circuit);
    circuit.validate().unwrap_err()
}

/// The error for a functional of one factor, of the kind and modulus, in its form's second group.
fn broken_factor(modulus: u32, kind: Kind) -> CircuitError {
    broken(|c| {
        let factor = Factor { div: 1, modulus, kind: kind.clone() };
        c.functionals[0].forms[0].groups[0].vector.factors.clear();
        c.functionals[0].forms[0].groups[1].vector.factors = vec![factor];
    })
}

#[test]
fn numbers() {
    for found in [0, 5, 29, 64, 255] {
        assert_eq!(broken(|c| c.log_row = found), CircuitError::RowSize { least: 6, most: 28, found });
    }
    assert_eq!(broken(|c| c.r_len = 65), CircuitError::PointLength { most: 64, found: 65 });
    assert_eq!(broken(|c| c.rows[5] = 3), CircuitError::MaskRows { found: 3 });
    // 6 + 1 + 3 n2 + 2 cells for n2 = ceil(log2(K + 2)); 30 are there: n2 = 7 fills them, K = 126.
    let mut full = base();
    full.terms = vec![full.terms[0].clone(); 126];
    assert_eq!(full.validate(), Ok(()));
    let layout = full.mask_layout();
    assert_eq!((layout.pads.end, layout.free.iter().min()), (30, Some(&30)));
    let error = broken(|c| c.terms = vec![c.terms[0].clone(); 127]);
    assert_eq!(error, CircuitError::MaskRoom { needed: 33, available: 30 });
}

#[test]
fn tables() {
    assert_eq!(broken(|c| c.tables[0].bits = 17), CircuitError::TableBits { table: 0, most: 16, found: 17 });
    let error = broken(|c| c.tables[0].images = Some(vec![0; 5]));
    assert_eq!(error, CircuitError::TableImages { table: 0, expected: 4, found: 5 });
    assert_eq!(broken(|c| c.tables[0].low = i64::MAX - 2), CircuitError::TableKeys { table: 0 });
    let mut last = base();
    last.tables[0].low = i64::MAX - 3;
    assert_eq!(last.validate(), Ok(()));
}

#[test]
fn tensors() {
    let axis = |axis, size, allotted| CircuitError::Axis { tensor: 0, axis, size, allotted };
    assert_eq!(broken(|c| c.tensors[0].axes[0].size = 0), axis(0, 0, 4));
    assert_eq!(broken(|c| c.tensors[0].axes[1].size = 9), axis(1, 9, 8));
    let huge = Axis { size: 1, allotted: u32::MAX };
    assert_eq!(broken(|c| c.tensors[0].axes = vec![huge; 4]), CircuitError::TensorTooLarge { tensor: 0 });
    assert_eq!(broken(|c| c.tensors[0].base = u64::MAX), CircuitError::TensorTooLarge { tensor: 0 });
    let outside = |last| CircuitError::TensorOutside { tensor: 0, last, cells: 64 };
    assert_eq!(broken(|c| c.tensors[0].base = 64), outside(64 + 20));
    let error = broken(|c| c.tensors[0] = Tensor { region: Region::Public, ..c.tensors[0].clone() });
    assert_eq!(error, CircuitError::TensorOutside { tensor: 0, last: 32 + 20, cells: 4 });
    let error = broken(|c| c.tensors[0].region = Region::Mask);
    assert_eq!(error, CircuitError::TensorOfMasks { tensor: 0 });
    for region in [Region::Counts, Region::Helper] {
        let mut other = base();
        other.tensors[0].region = region;
        assert_eq!(other.validate(), Ok(()));
    }
    let error = broken(|c| c.tensors[0].base = 16);
    assert_eq!(error, CircuitError::TensorAlignment { tensor: 0, base: 16, log_block: 5 });
    // An odd room before the last axis: only that one is inner. An odd last one: nothing is.
    let mut odd = base();
    odd.tensors[0].axes[0].allotted = 5;
    odd.tensors[0].base = 24;
    assert_eq!(odd.validate(), Ok(()));
    odd.tensors[0].axes[1].allotted = 7;
    odd.tensors[0].base = 21;
    assert_eq!(odd.validate(), Ok(()));
}

#[test]
fn forms() {
    let place = FUNCTIONAL;
    let form = |c: &mut Circuit, change: &dyn Fn(&mut Form)| change(&mut c.functionals[0].forms[0]);
    let error = broken(|c| c.functionals[0].variables = 41);
    assert_eq!(error, CircuitError::Variables { functional: 0, most: 40, found: 41 });
    for coefficient in [1 << 100, -(1 << 100), i128::MIN, i128::MAX] {
        let error = broken(|c| form(c, &|form| form.coefficient = coefficient));
        assert_eq!(error, CircuitError::Coefficient { place });
    }
    let error = broken(|c| form(c, &|form| form.tensor = Some(1)));
    assert_eq!(error, CircuitError::TensorIndex { place, found: 1, count: 1 });
    let error = broken(|c| form(c, &|form| form.tensor = None));
    assert_eq!(error, CircuitError::GroupAxes { place, expected: 0, found: 2 });
    let error = broken(|c| form(c, &|form| form.groups.truncate(1)));
    assert_eq!(error, CircuitError::GroupAxes { place, expected: 2, found: 1 });
    let error = broken(|c| form(c, &|form| form.groups[1].vector.size = 4));
    assert_eq!(error, CircuitError::VectorSize { place, group: 1, expected: 5, found: 4 });
    let error = broken(|c| form(c, &|form| form.groups[1].vector.size = 0));
    assert_eq!(error, CircuitError::VectorEmpty { place, group: 1 });
    let error = broken(|c| c.statements[0].forms[0].groups[0].vector.size = 16);
    assert_eq!(error, CircuitError::VectorSize { place: STATEMENT, group: 0, expected: 15, found: 16 });
    for change in [|factor: &mut Factor| factor.div = 0, |factor: &mut Factor| factor.modulus = 0] {
        let error = broken(|c| form(c, &|form| change(&mut form.groups[1].vector.factors[0])));
        assert_eq!(error, CircuitError::FactorZero { place, group: 1, factor: 0 });
    }
}

#[test]
fn slices() {
    let place = FUNCTIONAL;
    let (group, factor) = (1, 0);
    let outside =
        |offset, end, available| CircuitError::SliceOutside { place, group, factor, offset, end, available };
    assert_eq!(broken_factor(4, Kind::Eq(rho(1, 3))), outside(1, 4, 3));
    assert_eq!(broken_factor(4, Kind::Eq(r(2, 3))), outside(2, 5, 4));
    assert_eq!(broken_factor(4, Kind::Eq(r(255, 255))), outside(255, 510, 4));
    let short = |found, len| CircuitError::SliceShort { place, group, factor, found, len };
    assert_eq!(broken_factor(5, Kind::Eq(r(0, 2))), short(5, 2));
    assert_eq!(broken_factor(2, Kind::Eq(r(0, 0))), short(2, 0));
    // Twice the same coordinate of rho, in one vector and in two.
    for at in 0..2 {
        let error = broken(|c| {
            let kind = Kind::Eq(rho(2, 1));
            c.functionals[0].forms[0].groups[at].vector.factors.push(Factor { div: 1, modulus: 2, kind });
        });
        // The first vector comes first, and then the second one's own slice is in its way.
        assert_eq!(error, CircuitError::SliceOverlap { place, point: Point::Rho, coordinate: 2 });
    }
    // Likewise of r, in all kinds of factors.
    let again = |at: usize, kind: Kind| {
        broken(|c| {
            let factor = Factor { div: 1, modulus: 1, kind: kind.clone() };
            c.functionals[0].forms[0].groups[at].vector.factors.push(factor);
        })
    };
    let (stride, dilation, offset) = (1, 1, 0);
    let affine = Kind::Affine { slice: r(1, 2), from: 0, to: 1, taps: 1, stride, dilation, offset };
    let window =
        Kind::Window { output: r(1, 1), input: rho(3, 0), outputs: 1, inputs: 1, stride, dilation, offset };
    for kind in [Kind::Eq(r(1, 3)), affine, window] {
        for at in 0..2 {
            let error = again(at, kind.clone());
            assert_eq!(error, CircuitError::SliceOverlap { place, point: Point::R, coordinate: 1 });
        }
    }
    let error = broken(|c| {
        let kind = Kind::Eq(r(3, 1));
        c.statements[0].forms[0].groups[0].vector.factors.push(Factor { div: 1, modulus: 2, kind });
    });
    assert_eq!(error, CircuitError::SliceOverlap { place: STATEMENT, point: Point::R, coordinate: 3 });
    let mut no_coordinate = base();
    let factor = Factor { div: 1, modulus: 1, kind: Kind::Eq(r(1, 0)) };
    no_coordinate.functionals[0].forms[0].groups[0].vector.factors.push(factor);
    assert_eq!(no_coordinate.validate(), Ok(()));
    let error = broken(|c| {
        c.statements[0].forms[0].groups[0].vector.factors[0] =
            Factor { div: 1, modulus: 1, kind: Kind::Eq(rho(0, 0)) };
    });
    assert_eq!(error, CircuitError::SlicePoint { place: STATEMENT, group: 0, factor: 0 });
}

#[test]
fn affine_factors() {
    let place = FUNCTIONAL;
    let (group, factor) = (1, 0);
    let kind =
        |slice, from, to, taps| Kind::Affine { slice, from, to, taps, stride: 1, dilation: 1, offset: 0 };
    let error = broken_factor(5, kind(rho(0, 3), 0, 4, 1));
    assert_eq!(error, CircuitError::SlicePoint { place, group, factor });
    let error = broken_factor(5, kind(r(0, 3), 5, 4, 1));
    assert_eq!(error, CircuitError::Outputs { place, group, factor, from: 5, to: 4 });
    let error = broken_factor(5, kind(r(0, 2), 0, 5, 1));
    assert_eq!(error, CircuitError::SliceShort { place, group, factor, found: 5, len: 2 });
    assert_eq!(broken_factor(5, kind(r(0, 2), 0, 4, 0)), CircuitError::Taps { place, group, factor });
    assert_eq!(broken_factor(5, kind(r(0, 4), 0, 16, 1 << 24)), CircuitError::Work { most: 1 << 26 });
}

#[test]
fn window_factors() {
    let place = FUNCTIONAL;
    let (group, factor) = (1, 0);
    let kind = |output, input, outputs, inputs| Kind::Window {
        output,
        input,
        outputs,
        inputs,
        stride: 1,
        dilation: 1,
        offset: 0,
    };
    let wrong = CircuitError::SlicePoint { place, group, factor };
    assert_eq!(broken_factor(5, kind(rho(0, 1), rho(1, 1), 1, 1)), wrong);
    assert_eq!(broken_factor(5, kind(r(0, 1), r(1, 1), 1, 1)), wrong);
    let short = |found, len| CircuitError::SliceShort { place, group, factor, found, len };
    assert_eq!(broken_factor(5, kind(r(0, 1), rho(0, 1), 3, 1)), short(3, 1));
    assert_eq!(broken_factor(5, kind(r(0, 1), rho(0, 1), 2, 3)), short(3, 1));
    assert_eq!(broken_factor(1 << 27, kind(r(0, 1), rho(0, 1), 1, 1)), CircuitError::Work { most: 1 << 26 });
    // Inputs are work, too: their values are tabulated.
    let error = broken(|c| {
        c.functionals[0].variables = 40;
        let factor = Factor { div: 1, modulus: 1, kind: kind(r(2, 1), rho(0, 40), 1, u32::MAX) };
        c.functionals[0].forms[0].groups[1].vector.factors = vec![factor];
    });
    assert_eq!(error, CircuitError::Work { most: 1 << 26 });
}

#[test]
fn constants_and_table_factors() {
    let place = FUNCTIONAL;
    let (group, factor) = (1, 0);
    let error = broken_factor(3, Kind::Constants(vec![1, 2]));
    assert_eq!(error, CircuitError::Constants { place, group, factor, expected: 3, found: 2 });
    let error = broken_factor(2, Kind::Constants(vec![1, -(1 << 100)]));
    assert_eq!(error, CircuitError::Constant { place, group, factor, index: 1 });
    let error = broken_factor(65_536, Kind::Constants(vec![0; 65_536]));
    assert_eq!(error, CircuitError::ListLength { what: "constants", most: 65_535, found: 65_536 });
    let error = broken_factor(4, Kind::Table(1));
    assert_eq!(error, CircuitError::TableIndex { place, group, factor, found: 1, count: 1 });
    let error = broken_factor(8, Kind::Table(0));
    assert_eq!(error, CircuitError::TableModulus { place, group, factor, expected: 4, found: 8 });
}

#[test]
fn terms() {
    let error = broken(|c| c.terms[0].statement = 1);
    assert_eq!(error, CircuitError::StatementIndex { term: 0, found: 1, count: 1 });
    assert_eq!(broken(|c| c.terms[0].coefficient = 1 << 100), CircuitError::TermCoefficient { term: 0 });
    assert_eq!(broken(|c| c.terms[0].factors.clear()), CircuitError::NoFactors { term: 0 });
    let error = broken(|c| c.terms[0].factors.push(1));
    assert_eq!(error, CircuitError::FunctionalIndex { term: 0, found: 1, count: 1 });
    let error = broken(|c| {
        c.functionals.push(Functional { variables: 2, forms: vec![] });
        c.terms[0].factors.push(1);
    });
    assert_eq!(error, CircuitError::TermVariables { term: 0, factor: 1, expected: 3, found: 2 });
    let error = broken(|c| c.terms[0].factors = vec![0; 256]);
    assert_eq!(error, CircuitError::ListLength { what: "factors", most: 255, found: 256 });
}

/// A coordinate of r belongs to one factor of a term, where any number of forms may use it.
#[test]
fn terms_are_multilinear_in_r() {
    let with = |slices: &[&[Slice]], factors: &[u32]| {
        let mut circuit = base();
        circuit.functionals = slices
            .iter()
            .map(|slices| {
                let forms = slices.iter().map(|slice| {
                    let factor = Factor { div: 1, modulus: 1, kind: Kind::Eq(*slice) };
                    let group = Group { axes: 0, vector: Vector { size: 1, factors: vec![factor] } };
                    Form { coefficient: 1, unit: Unit::One, tensor: None, groups: vec![group] }
                });
                Functional { variables: 3, forms: forms.collect() }
            })
            .collect();
        circuit.terms[0].factors = factors.to_vec();
        circuit.validate()
    };
    let overlap = |factor, coordinate| Err(CircuitError::TermOverlap { term: 0, factor, coordinate });
    assert_eq!(with(&[&[r(0, 2), r(1, 2)], &[r(3, 1)]], &[0, 1]), Ok(()));
    assert_eq!(with(&[&[r(0, 1), r(2, 2)], &[r(1, 1)], &[rho(0, 3)]], &[2, 0, 2, 1]), Ok(()));
    assert_eq!(with(&[&[r(0, 1), r(2, 2)], &[r(1, 1), r(3, 1)]], &[0, 1]), overlap(1, 3));
    assert_eq!(with(&[&[r(0, 1)], &[r(1, 1)]], &[1, 0, 0]), overlap(2, 0));
    assert_eq!(with(&[&[r(1, 3)], &[r(0, 1)], &[r(0, 4)]], &[1, 0, 2]), overlap(2, 0));
}

/// A long product of eq over all indices of some bits is summed bit by bit, if it is not enumerated.
#[test]
fn long_products_of_eq_are_as_much_work_as_their_bits() {
    let with = |axes: u8, size: u32, modulus: u32, lengths: &[u8]| {
        let mut circuit = base();
        (circuit.r_len, circuit.log_row, circuit.rows[0]) = (64, 20, 1 << 10);
        let mut offset = 0;
        let mut eq = |len: &u8| {
            offset += len;
            Factor { div: 1, modulus, kind: Kind::Eq(r(offset - len, *len)) }
        };
        let factors = lengths.iter().map(&mut eq).collect();
        let group = Group { axes, vector: Vector { size, factors } };
        circuit.tensors[0].base = 0;
        circuit.tensors[0].axes = vec![Axis { size, allotted: size }];
        let tensor = (axes > 0).then_some(0);
        let form = Form { coefficient: 1, unit: Unit::One, tensor, groups: vec![group] };
        circuit.functionals[0].forms.clear();
        circuit.statements[0].forms = vec![form; 1 << 11];
        circuit.validate()
    };
    let work = Err(CircuitError::Work { most: 1 << 26 });
    for axes in [0, 1] {
        assert_eq!(with(axes, 1 << 20, 1 << 20, &[20, 20]), Ok(()));
        assert_eq!(with(axes, 1 << 16, 1 << 16, &[16]), Ok(()));
        assert_eq!(with(axes, 1 << 15, 1 << 15, &[15]), work);
        // Not all indices, not every factor, none.
        assert_eq!(with(axes, 1 << 20, 1 << 20, &[20, 21]), work);
        assert_eq!(with(axes, 1 << 20, 1 << 19, &[20]), work);
        assert_eq!(with(axes, 1 << 20, 1, &[]), work);
    }
    assert_eq!(with(0, (1 << 20) - 1, (1 << 20) - 1, &[20]), work);
    // An axis longer than a row is enumerated.
    assert_eq!(with(1, 1 << 21, 1 << 21, &[21]), work);
}

#[test]
fn work_adds_up_over_forms() {
    // 2^16 forms are too many; 2^15 of 2^11 entries are not.
    let statement = |count: usize, size: u32, factors: usize| {
        let factor = Factor { div: 1, modulus: 1, kind: Kind::Constants(vec![2]) };
        let group = Group { axes: 0, vector: Vector { size, factors: vec![factor; factors] } };
        let form = Form { coefficient: 1, unit: Unit::One, tensor: None, groups: vec![group] };
        let mut circuit = base();
        circuit.functionals[0].forms.clear();
        circuit.statements[0].forms = vec![form; count];
        circuit.validate()
    };
    let work = Err(CircuitError::Work { most: 1 << 26 });
    assert_eq!(statement(65_535, 8, 0), Ok(()));
    assert_eq!(statement(1 << 15, 1 << 11, 0), Ok(()));
    assert_eq!(statement(1 << 15, (1 << 11) + 1, 0), work);
    // Each factor is one more pass over its vector.
    assert_eq!(statement(1, 1 << 26, 0), Ok(()));
    assert_eq!(statement(1, 1 << 25, 1), Ok(()));
    assert_eq!(statement(1, (1 << 25) + 1, 1), work);
    assert_eq!(statement(1, 1 << 24, 3), Ok(()));
    assert_eq!(statement(1, 1 << 24, 4), work);
}

/// What the encoding has room for.
#[test]
fn lists_are_limited() {
    let error = |what, most, found| CircuitError::ListLength { what, most, found };
    let forms = |count| vec![Form { coefficient: 1, unit: Unit::One, tensor: None, groups: vec![] }; count];
    let group = |factors| Group { axes: 0, vector: Vector { size: 1, factors } };
    let with_groups = |forms: usize, groups: Vec<Group>| {
        let form = Form { coefficient: 1, unit: Unit::One, tensor: None, groups };
        move |c: &mut Circuit| {
            c.functionals[0].forms.clear();
            c.statements[0].forms = vec![form.clone(); forms];
        }
    };
    let valid = |change: &dyn Fn(&mut Circuit)| {
        let mut circuit = base();
        change(&mut circuit);
        assert_eq!(circuit.validate(), Ok(()));
        assert_eq!(Circuit::decode(&circuit.encode()), Ok(circuit));
    };

    valid(&|c| c.statements[0].forms = forms(65_535));
    assert_eq!(broken(|c| c.statements[0].forms = forms(65_536)), error("forms", 65_535, 65_536));
    assert_eq!(broken(|c| c.functionals[0].forms = forms(65_536)), error("forms", 65_535, 65_536));
    let count = |list: usize, count: usize| {
        move |c: &mut Circuit| match list {
            0 => c.tables = vec![c.tables[0].clone(); count],
            1 => c.tensors = vec![c.tensors[0].clone(); count],
            2 => c.functionals.resize(count, Functional { variables: 0, forms: vec![] }),
            3 => c.statements.resize(count, Statement::default()),
            _ => c.terms = vec![c.terms[0].clone(); count],
        }
    };
    for (list, what) in ["tables", "tensors", "functionals", "statements", "terms"].into_iter().enumerate() {
        assert_eq!(broken(count(list, 65_536)), error(what, 65_535, 65_536));
        if what != "terms" {
            valid(&count(list, 65_535));
        }
    }

    let empty = Slice { point: Point::R, offset: 0, len: 0 };
    let one = Factor { div: 1, modulus: 1, kind: Kind::Eq(empty) };
    valid(&with_groups(1, vec![group(vec![one.clone(); 63])]));
    assert_eq!(broken(with_groups(1, vec![group(vec![one.clone(); 64])])), error("factors", 63, 64));
    valid(&with_groups(1, vec![group(vec![]); 31]));
    assert_eq!(broken(with_groups(1, vec![group(vec![]); 32])), error("groups", 31, 32));
    valid(&with_groups(13_107, vec![group(vec![]); 5]));
    let groups = error("groups of all forms", 65_535, 65_536);
    assert_eq!(broken(with_groups(1 << 14, vec![group(vec![]); 4])), groups);

    let zeros = |count: u32| Factor { div: 1, modulus: count, kind: Kind::Constants(vec![0; index(count)]) };
    let mut most = vec![group(vec![zeros(65_535)]); 16];
    valid(&with_groups(1, most.clone()));
    most.push(group(vec![one]));
    assert_eq!(broken(with_groups(1, most)), CircuitError::Parts { most: 1 << 20 });

    // Sizes and rooms of one byte each, but for the last: 63 takes one byte, 64 takes two.
    let axes = |last: u32| {
        let mut axes = vec![Axis { size: 1, allotted: 1 }; 126];
        axes.push(Axis { size: 1, allotted: last });
        move |c: &mut Circuit| c.tensors.push(Tensor { region: Region::Model, base: 0, axes: axes.clone() })
    };
    valid(&axes(64));
    assert_eq!(broken(axes(1 << 14)), error("bytes of axes", 255, 257));
}

/// Blocks are what is enumerated: elements of leading axes and of public tensors.
#[test]
fn blocks_are_work() {
    let with = |axes: &[(u32, u32)], region: Region| {
        let mut circuit = base();
        circuit.log_row = 20;
        circuit.rows[0] = 1 << 10;
        circuit.public = 1 << 30;
        let tensor = &mut circuit.tensors[0];
        tensor.region = region;
        tensor.base = 0;
        tensor.axes = axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect();
        let groups = axes.iter().map(|(size, _)| {
            let vector = Vector { size: *size, factors: vec![] };
            Group { axes: 1, vector }
        });
        circuit.statements[0].forms[0].groups = groups.collect();
        circuit.functionals[0].forms.clear();
        circuit.validate()
    };
    let work = Err(CircuitError::Work { most: 1 << 26 });
    assert_eq!(with(&[(1 << 10, 1 << 10), (1 << 19, 1 << 19)], Region::Model), Ok(()));
    assert_eq!(with(&[(1 << 10, 1 << 10), ((1 << 19) - 1, (1 << 19) - 1)], Region::Model), work);
    assert_eq!(with(&[(1 << 10, 1 << 10), (1 << 19, 1 << 19)], Region::Public), work);
    assert_eq!(with(&[(1 << 10, 1 << 10), (1 << 15, 1 << 15)], Region::Public), Ok(()));
}

#[test]
fn random_circuits_keep_the_rules() {
    for seed in 300..400 {
        assert_eq!(circuit(&mut Random(seed)).validate(), Ok(()));
    }
}
