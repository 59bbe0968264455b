use crate::error::CompileError;
use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};
use crate::witness::Trace;

/// A relu behind an input of 12 bits, whose range limbs of 8 bits do not end at.
fn net() -> Net {
    Net::new(&[2, 3], 12).node("relu", &[0], &[2, 3], 12, 0).bounds(0, 2047)
}

const SINGLE: Options = Options { batch: 1, ..OPTIONS };

fn input(case: &Case, slot: usize, element: usize) -> usize {
    case.position(None, 0, slot, 0, element)
}

#[test]
fn inputs_are_in_their_declared_range() {
    let case = || Case::new(&net(), SINGLE, Vec::new(), vec![vec![0, 1, -1, 2047, -2048, 5]], Vec::new());
    case().accept();
    // slots: two limbs of x + 2048, two of 2047 - x; then the relu's
    let mut above = case();
    above.witness.data[3] += 1;
    let (low, rest) = (input(&above, 0, 3), input(&above, 2, 3));
    // 4096 = 16 * 256, and -1
    above.witness.witness[low] = 0;
    above.witness.witness[input(&case(), 1, 3)] = 16;
    above.witness.witness[rest] = -1;
    above.add(0, 0, 0, 3, 1 - 256);
    above.add(0, 1, 0, 3, 1);
    above.witness.public[3] += 1;
    let found = above.violations();
    assert!(found.contains(&"balance"), "{found:?}");

    let mut other = case();
    other.witness.data[0] += 1;
    other.refuse(&["input", "input", "accumulator"]);
}

#[test]
fn public_integers_are_the_input_and_the_output() {
    let options = Options { input_public: true, ..SINGLE };
    let inputs = vec![vec![0, 1, -1, 2047, -2048, 5]];
    let case = || Case::new(&net(), options, Vec::new(), inputs.clone(), Vec::new());
    assert_eq!(case().witness.public, [0, 1, 0, 2047, 0, 5, 0, 1, -1, 2047, -2048, 5]);
    case().accept();
    for (position, name) in [(2, "output"), (8, "public input")] {
        let mut case = case();
        case.witness.public[position] += 1;
        case.refuse(&[name]);
    }
}

#[test]
fn committed_outputs_are_the_output() {
    let options = Options { output_public: false, ..OPTIONS };
    let mut case = Case::random(&net(), options, 3);
    case.accept();
    assert_eq!(case.compiled.output_shape(), (vec![2, 6], vec![2, 6]));
    assert!(case.witness.public.is_empty());
    case.witness.output[8 + 4] += 1;
    case.refuse(&["output"]);
}

#[test]
fn samples_are_not_exchanged() {
    let mut case = Case::random(&net(), OPTIONS, 3);
    case.witness.public.rotate_left(6);
    case.refuse(&["output"]);
}

#[test]
fn constants_outside_their_width_do_not_register() {
    use crate::check::{Challenges, assign, check};
    let net = Net::new(&[1, 2], 8)
        .constant(&[2, 2], 8)
        .constant(&[2], 12)
        .node("gemm", &[0, 1, 2], &[1, 2], 8, 4)
        .integer("bias_shift", 0);
    let mut case = Case::random(&net, OPTIONS, 1);
    case.accept();
    let second = usize::try_from(case.compiled.model.tensors[1].base).unwrap();
    assert_eq!(second, 512, "each width has rows of its own");
    for (cell, value) in [(0, 128), (1, -129), (second, 2048), (second + 1, -2049), (511, 300)] {
        let old = std::mem::replace(&mut case.model[cell], value);
        let circuit = &case.compiled.registration;
        let challenges = Challenges::from_seed(circuit, 8);
        let lookups = &case.compiled.registration_lookups;
        let cells = assign(circuit, lookups, &case.model, &case.witness, &challenges);
        check(circuit, &cells, &challenges).unwrap_err();
        case.model[cell] = old;
    }
    let constants: [&[i64]; 2] = [&[0, 0, 0, 128], &[0, 0]];
    let refused = CompileError::Constant { constant: 0 };
    assert_eq!(case.compiled.model_cells(&constants).unwrap_err(), refused);
    assert_eq!(
        case.compiled.model_cells(&constants[..1]).unwrap_err(),
        CompileError::Constant { constant: 1 }
    );
}

#[test]
fn traces_that_no_executor_computed_are_refused() {
    let case = Case::random(&net(), SINGLE, 3);
    let trace = |input: &'static [i64], accumulators: &'static [i64], outputs: &'static [i64]| Trace {
        input,
        accumulators: vec![accumulators],
        outputs: vec![outputs],
    };
    let witness = |trace: Trace<'_>| case.compiled.witness(&[trace]).map(|_| ());
    let good: &[i64] = &[1, 2, 3, 4, 5, -6];
    assert_eq!(witness(trace(good, good, &[1, 2, 3, 4, 5, 0])), Ok(()));
    let refused = Err(CompileError::Trace { sample: 0, node: 0 });
    assert_eq!(witness(trace(good, good, &[1, 2, 3, 4, 5, -6])), refused);
    assert_eq!(witness(trace(good, good, &[1, 2, 3, 4, 5])), refused);
    let refused = Err(CompileError::Input { sample: 0 });
    assert_eq!(witness(trace(&[1, 2, 3, 4, 5], good, good)), refused);
    assert_eq!(witness(trace(&[1, 2, 3, 4, 5, 2048], good, good)), refused);
    assert_eq!(case.compiled.witness(&[]).unwrap_err(), CompileError::Samples { expected: 1, found: 0 });
}
