//! Pieces beside the written table, folded.
#![allow(clippy::cast_possible_truncation, reason = "small numbers of our own")]

use super::*;
use crate::rows::{Assignment, Blinders};
use crate::tables::table;
use crate::tests::Stream;
use std::sync::Arc;
use zkattest_circuit::Challenges;
use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Group, Kind, Point, Region, Slice, Tensor, Unit, Vector,
};
use zkattest_cuda::{Gpu, Machine, SmallCells, Vector as DeviceVector};
use zkattest_cuda_twin::Twin;
use zkattest_kernels::Cells;

/// All tables are long; all are, and written down all the same; none is.
const ALL: Lengths = Lengths { short: 0, written: 0, unit: 1 };
const WHOLE: Lengths = Lengths { short: 0, written: 30, unit: 1 };
const NONE: Lengths = Lengths { short: 18, written: 18, unit: 1 };

/// (size, allotted) of an axis; whether a factor of eq(r, .) weights it.
type Dimension = (u32, u32, bool);

fn vector(size: u32, kinds: Vec<Kind>) -> Vector {
    let factors = kinds.into_iter().map(|kind| Factor { div: 1, modulus: size, kind }).collect();
    Vector { size, factors }
}

/// A functional over witness cells from `base` on: slots, then axes whose indices are x's bits.
fn circuit(base: u64, slots: &[i128], dimensions: &[Dimension]) -> Circuit {
    let mut axes = vec![Axis { size: slots.len() as u32, allotted: slots.len() as u32 }];
    let mut groups =
        vec![Group { axes: 1, vector: vector(slots.len() as u32, vec![Kind::Constants(slots.to_vec())]) }];
    let (mut rho, mut r) = (0, 0);
    for (size, allotted, weighted) in dimensions.iter().copied() {
        axes.push(Axis { size, allotted });
        let len = size.next_power_of_two().trailing_zeros() as u8;
        let mut kinds = vec![Kind::Eq(Slice { point: Point::Rho, offset: rho, len })];
        rho += len;
        if weighted {
            kinds.push(Kind::Eq(Slice { point: Point::R, offset: r, len }));
            r += len;
        }
        groups.push(Group { axes: 1, vector: vector(size, kinds) });
    }
    let form = Form { coefficient: -5, unit: Unit::Gamma, tensor: Some(0), groups };
    let mut forms = vec![form.clone()];
    if base > 0 {
        // The same axes without cells, and a sum of three beside them.
        let mut groups: Vec<Group> =
            form.groups[1..].iter().map(|g| Group { axes: 0, ..g.clone() }).collect();
        groups.insert(1, Group { axes: 0, vector: vector(3, vec![]) });
        if base == 128 {
            // Two of them, over fewer indices of the last axis.
            let last = groups.last_mut().unwrap();
            last.vector.size -= 3;
            last.vector.factors.iter_mut().for_each(|factor| factor.modulus -= 3);
            forms.push(Form { coefficient: 9, unit: Unit::One, tensor: None, groups: groups.clone() });
        }
        forms.insert(0, Form { coefficient: 7, unit: Unit::Gamma, tensor: None, groups });
    }
    let tensor = Tensor { region: Region::Witness, base, axes };
    let cells = tensor.last_cell().unwrap_or_default() + 1;
    Circuit {
        log_row: 6,
        r_len: 30,
        rows: [0, 0, 0, cells.div_ceil(64) as u32, 0, 2, 0],
        public: 0,
        tables: vec![],
        tensors: vec![tensor],
        functionals: vec![Functional { variables: rho, forms }],
        statements: vec![],
        terms: vec![],
    }
}

/// Compares all rounds that pieces allow; how many there were.
fn rounds(base: u64, slots: &[i128], dimensions: &[Dimension]) -> Option<usize> {
    let mut stream = Stream(7);
    let circuit = circuit(base, slots, dimensions);
    let witness = stream.cells(circuit.rows_of(Region::Witness) * 64);
    let given = Assignment { model: &[], data: &[], output: &[], witness: &witness, public: &[], keys: &[] };
    let rows = Rows::new(&circuit, given, Blinders { model: &[], data: &[], output: &[] }).unwrap();
    let r = (0..30).map(|_| stream.scalar()).collect();
    let challenges = Challenges { gamma: stream.scalar(), r, ..Challenges::default() };
    let scope = Scope::new(&circuit, &challenges, Cpu::detect());
    let functional = &circuit.functionals[0];
    let mut written = table(&scope, &rows, functional).unwrap();
    let mut pieces = Pieces::new(&scope, &rows, functional, ALL)?;
    let machine: Arc<dyn Machine> = Arc::new(Twin);
    let (gpu, cells) = (Gpu::new(machine.clone()), SmallCells::new(&machine, Cells::I16(&witness)).unwrap());
    let mut there = gpu.pieces_table(&pieces.layout()).unwrap();
    // At once, where nothing is to be bound.
    let whole = Pieces::new(&scope, &rows, functional, WHOLE)?;
    let table = gpu.pieces_table(&whole.layout()).unwrap().table(&cells).unwrap();
    assert_eq!((whole.left(), table.read().unwrap()), (1, written.clone()), "{slots:?} {dimensions:?}");
    let mut count = 0;
    loop {
        assert_eq!((pieces.len(), there.len()), (written.len(), written.len()));
        assert_eq!(pieces.table(&scope.cpu).unwrap(), written, "{slots:?} {dimensions:?}, round {count}");
        let table = there.table(&cells).unwrap().read().unwrap();
        assert_eq!(table, written, "{slots:?} {dimensions:?}, round {count} on {}", machine.name());
        // Any run of entries.
        let (from, to) = (written.len() / 3, written.len() - written.len() / 5);
        let mut some = vec![Scalar::ONE; to - from];
        pieces.fill(&scope.cpu, from, &mut some).unwrap();
        assert_eq!(some, written[from..to]);
        let mut some = DeviceVector::zeros(&machine, to - from + 1).unwrap();
        there.fill(&cells, from, to - from, &mut some, 1).unwrap();
        assert_eq!(some.read().unwrap()[1..], written[from..to]);
        if pieces.is_short() {
            return Some(count);
        }
        let challenge = stream.scalar();
        pieces.bind(challenge);
        there.bind(challenge).unwrap();
        scope.cpu.fold(&mut written, challenge).unwrap();
        count += 1;
    }
}

#[test]
fn pieces_are_the_written_table_in_every_round() {
    let slots: [&[i128]; 3] = [&[1], &[0, 1, -4096], &[0, 0, 3, 0]];
    for slots in slots {
        for base in [0, 64, 128] {
            // The padding between elements holds cells, too.
            assert_eq!(rounds(base, slots, &[(9, 9, true), (5, 6, true), (17, 32, true)]), Some(7));
            assert_eq!(rounds(base, slots, &[(9, 16, false), (5, 6, false), (17, 32, false)]), Some(7));
            assert_eq!(
                rounds(base, slots, &[(10, 10, true), (3, 3, false), (7, 7, true), (28, 32, false)]),
                Some(9)
            );
            assert_eq!(rounds(base, slots, &[(5, 5, false), (3, 8, true), (11, 16, false)]), Some(5));
            // Powers of two are cut into bits, and all but those of the inner block bound: but not where another form
            // runs over fewer indices.
            let [few, many] = if base == 128 { [3, 2] } else { [4, 5] };
            assert_eq!(rounds(base, slots, &[(2, 2, true), (4, 8, true), (32, 32, true)]), Some(few));
            assert_eq!(rounds(base, slots, &[(4, 4, false), (128, 128, false)]), Some(many));
            assert_eq!(rounds(base, slots, &[(2, 2, true), (2500, 4096, true)]), Some(1));
        }
    }
}

#[test]
fn other_functionals_are_written_down() {
    // One axis, a small inner block, and an inner block whose cells do not lie side by side.
    assert_eq!(rounds(0, &[1], &[(40, 64, true)]), None);
    assert_eq!(rounds(0, &[1], &[(40, 64, true), (5, 8, true)]), None);
    let mut last = circuit(0, &[1], &[(5, 5, true), (16, 16, true)]);
    last.tensors[0].axes.push(Axis { size: 1, allotted: 2 });
    let group = Group { axes: 1, vector: vector(1, vec![]) };
    last.functionals[0].forms[0].groups.push(group);
    let witness = vec![1; 64 * 64];
    let given = Assignment { model: &[], data: &[], output: &[], witness: &witness, public: &[], keys: &[] };
    last.rows[Region::Witness as usize] = 64;
    let rows = Rows::new(&last, given, Blinders { model: &[], data: &[], output: &[] }).unwrap();
    let challenges = Challenges { r: vec![Scalar::ONE; 30], ..Challenges::default() };
    let scope = Scope::new(&last, &challenges, Cpu::detect());
    assert!(Pieces::new(&scope, &rows, &last.functionals[0], ALL).is_none());
    // A form without a tensor that has other axes.
    let mut other = circuit(0, &[1], &[(5, 5, true), (16, 16, true)]);
    other.rows[Region::Witness as usize] = 64;
    let rows = Rows::new(&other, given, Blinders { model: &[], data: &[], output: &[] }).unwrap();
    let scope = Scope::new(&other, &challenges, Cpu::detect());
    assert!(Pieces::new(&scope, &rows, &other.functionals[0], ALL).is_some());
    let constant = Form { coefficient: 1, unit: Unit::One, tensor: None, groups: vec![] };
    let mut functional = other.functionals[0].clone();
    functional.forms.push(constant);
    assert!(Pieces::new(&scope, &rows, &functional, ALL).is_none());
    // Short tables are.
    assert!(Pieces::new(&scope, &rows, &last.functionals[0], NONE).is_none());
}
