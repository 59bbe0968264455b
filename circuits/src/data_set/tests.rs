use super::*;
use crate::check::{Challenges, Violation, assign, check};
use crate::storage;
use crate::witness::Witness;

/// Five rows of 2 x 3 features, three classes and a column of two groups; or values.
fn spec(target: Target) -> DataSpec {
    let labels = Labels { target, columns: vec![2] };
    DataSpec { capacity: 5, bits: 8, features: vec![2, 3], labels }
}

struct Case {
    compiled: DataCircuit,
    witness: Witness,
}

impl Case {
    fn new(target: Target, padded: bool, tensors: &[Vec<i64>], labelled: i64) -> Self {
        let compiled = compile_data(&spec(target), 9, padded).unwrap();
        let slices: Vec<&[i64]> = tensors.iter().map(Vec::as_slice).collect();
        let data = compiled.cells(&slices).unwrap();
        let witness = Witness {
            data,
            output: Vec::new(),
            witness: Vec::new(),
            public: vec![labelled],
            keys: Vec::new(),
        };
        Self { compiled, witness }
    }

    fn classes(padded: bool) -> Self {
        Self::new(Target::Classes(3), padded, &classes(), 4)
    }

    fn cell(&mut self, tensor: usize, element: usize) -> &mut i16 {
        let (base, axes) = &self.compiled.tensors[tensor];
        let cell = usize::try_from(*base).unwrap() + storage::offsets(axes)[element];
        &mut self.witness.data[cell]
    }

    fn violations(&self) -> Vec<&'static str> {
        let circuit = &self.compiled.circuit;
        let challenges = Challenges::from_seed(circuit, 7);
        let cells = assign(circuit, &self.compiled.lookups, &[], &self.witness, &challenges);
        match check(circuit, &cells, &challenges) {
            Ok(()) => Vec::new(),
            Err(Violation { statements }) => {
                statements.iter().map(|index| self.compiled.labels[*index as usize].name).collect()
            }
        }
    }

    fn refuse(&self, names: &[&str]) {
        assert_eq!(self.violations(), names);
    }
}

/// Features; l0; l1. Row 3 has no label, rows 1 and 4 are of group 1.
fn classes() -> Vec<Vec<i64>> {
    let x = (0..30).map(|index| index * 8 - 128).collect();
    let mut all = vec![0; 15];
    let mut groups = vec![0; 30];
    for (row, class, group) in [(0, 2, 0), (1, 0, 1), (2, 1, 0), (4, 1, 1)] {
        all[row * 3 + class] = 1;
        groups[row * 6 + group * 3 + class] = 1;
    }
    vec![x, all, groups]
}

#[test]
fn honest_rows_register() {
    for padded in [false, true] {
        Case::classes(padded).refuse(&[]);
        let x = vec![-128; 30];
        let values = vec![127, -128, 0, 0, 5];
        let tensors = [x, values, vec![1, 1, 0, 1, 1], vec![1, 0, 0, 1, 0, 0, 1, 0, 0, 1]];
        let case = Case::new(Target::Value, padded, &tensors, 4);
        let shape: &[u64] = if padded { &[5, 2, 3] } else { &[5, 6] };
        assert_eq!(case.compiled.shapes()[0].0, shape);
        case.refuse(&[]);
    }
}

#[test]
fn a_feature_beyond_its_width_does_not_register() {
    for padded in [false, true] {
        for value in [128, -129, 300] {
            let mut case = Case::classes(padded);
            *case.cell(0, 7) = value;
            case.refuse(&["balance"]);
        }
        // cells that no tensor takes are looked up too
        let mut case = Case::classes(padded);
        *case.witness.data.last_mut().unwrap() = 128;
        case.refuse(&["balance"]);
    }
}

#[test]
fn a_label_of_2_is_none() {
    for padded in [false, true] {
        // 2 and -1: the row and the groups still sum to 1
        let mut case = Case::classes(padded);
        (*case.cell(1, 0), *case.cell(1, 2)) = (-1, 2);
        (*case.cell(2, 0), *case.cell(2, 2)) = (-1, 2);
        case.refuse(&["bit", "bit"]);
        // groups of 2 and -1
        let mut case = Case::classes(padded);
        (*case.cell(2, 2), *case.cell(2, 5)) = (2, -1);
        case.refuse(&["bit"]);
    }
}

#[test]
fn a_row_has_one_class_at_most() {
    for padded in [false, true] {
        let mut case = Case::classes(padded);
        (*case.cell(1, 0), *case.cell(2, 0)) = (1, 1);
        case.witness.public[0] = 5;
        case.refuse(&["class"]);
    }
}

#[test]
fn groups_are_those_of_labelled_rows() {
    for padded in [false, true] {
        // in both groups, in none, in one without a label, in one of another class
        let cheats: [&[(usize, i16)]; 4] = [&[(5, 1)], &[(2, 0)], &[(18, 1)], &[(2, 0), (1, 1)]];
        for cheat in cheats {
            let mut case = Case::classes(padded);
            for (element, value) in cheat {
                *case.cell(2, *element) = *value;
            }
            case.refuse(&["group"]);
        }
    }
}

#[test]
fn the_number_of_labelled_rows_is_public() {
    for padded in [false, true] {
        let mut case = Case::classes(padded);
        case.witness.public[0] = 5;
        case.refuse(&["labelled"]);
        // a row that loses its label
        let mut case = Case::classes(padded);
        (*case.cell(1, 2), *case.cell(2, 2)) = (0, 0);
        case.refuse(&["labelled"]);
        case.witness.public[0] = 3;
        case.refuse(&[]);
    }
}

#[test]
fn tensors_that_do_not_fit_are_refused() {
    let compiled = compile_data(&spec(Target::Classes(3)), 9, false).unwrap();
    let cells = |tensors: &[Vec<i64>]| {
        let slices: Vec<&[i64]> = tensors.iter().map(Vec::as_slice).collect();
        compiled.cells(&slices).map(|_| ())
    };
    assert_eq!(cells(&classes()), Ok(()));
    assert_eq!(cells(&classes()[..2]), Err(CompileError::Data { tensor: 2 }));
    let mut long = classes();
    long[1].push(0);
    assert_eq!(cells(&long), Err(CompileError::Data { tensor: 1 }));
    let mut wide = classes();
    wide[0][0] = 128;
    assert_eq!(cells(&wide), Err(CompileError::Data { tensor: 0 }));
}

#[test]
fn rows_that_are_too_small_say_how_large_they_must_be() {
    let value = DataSpec { capacity: 1000, ..spec(Target::Value) };
    let refused = CompileError::RowTooSmall { found: 9, least: 10 };
    assert_eq!(compile_data(&value, 9, false).unwrap_err(), refused);
    compile_data(&value, 10, false).unwrap();
}

#[test]
fn specs_are_read_strictly() {
    let head = b"ZKDS\0\x01\0\0\0\x05\x08\x02\0\0\0\x02\0\0\0\x03";
    let good = [&head[..], b"\0\0\0\0\x03\x01\0\0\0\x02"].concat();
    assert_eq!(decode_data_spec(&good), Ok(spec(Target::Classes(3))));
    let value = [&head[..], b"\x01\0\0\0\x01\x01\0\0\0\x02"].concat();
    assert_eq!(decode_data_spec(&value), Ok(spec(Target::Value)));
    let refuse = |data: &[u8], what: &str| {
        let found = decode_data_spec(data);
        assert!(matches!(found, Err(CompileError::Encoding { what: "data set", .. })), "{what}: {found:?}");
    };
    for end in 0..good.len() {
        refuse(&good[..end], "truncated");
    }
    refuse(&[&good[..], &[0]].concat(), "trailing");
    // magic, version, no rows, too many, bits, an axis of 0, target, classes, groups
    for (at, value) in
        [(0, b'Y'), (5, 2), (9, 0), (6, 1), (10, 7), (10, 17), (15, 0), (20, 1), (20, 2), (24, 1), (29, 0)]
    {
        let mut other = good.clone();
        other[at] = value;
        refuse(&other, &format!("byte {at} = {value}"));
    }
}
