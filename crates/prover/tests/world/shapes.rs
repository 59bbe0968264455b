//! Circuits whose equations are false, with functionals of all forms that sum-check 1 treats apart. A prover takes no
//! notice.

use super::circuits::{r, rho, vector};
use super::{Cells, Stream, World};
use zkattest_circuit::ir::*;
use zkattest_circuit::lookup::Lookups;

fn over<const N: usize>(axes: u8, size: u32, kinds: [Kind; N]) -> Group {
    Group { axes, vector: vector(size, &kinds) }
}

fn form(tensor: Option<u32>, groups: Vec<Group>) -> Form {
    Form { coefficient: -3, unit: Unit::Gamma, tensor, groups }
}

/// Functionals of 6, 7 and no variables in these terms, over two rows of witness cells.
fn world(name: &'static str, terms: &[&[u32]]) -> World {
    let tensor = |base, axes: &[(u32, u32)]| Tensor {
        region: Region::Witness,
        base,
        axes: axes.iter().map(|(size, allotted)| Axis { size: *size, allotted: *allotted }).collect(),
    };
    let tensors = vec![
        tensor(0, &[(3, 3), (4, 4), (16, 16)]),
        tensor(256, &[(2, 2), (4, 4), (3, 4), (3, 4)]),
        tensor(384, &[(8, 8), (16, 16)]),
    ];
    let (of_r, of_rho) = (|at, len| Kind::Eq(r(at, len)), |at, len| Kind::Eq(rho(at, len)));
    let slots = |constants: &[i128]| over(1, constants.len() as u32, [Kind::Constants(constants.to_vec())]);
    let weighted = form(
        Some(0),
        vec![
            slots(&[1, -7, 1 << 90]),
            over(1, 4, [of_rho(0, 2), of_r(0, 2)]),
            over(1, 16, [of_rho(2, 4), of_r(2, 4)]),
        ],
    );
    // Runs over other indices.
    let added = form(None, vec![over(0, 4, [of_rho(0, 2)]), over(0, 13, [of_rho(2, 4)])]);
    let plain =
        form(Some(0), vec![slots(&[0, 1, 0]), over(1, 4, [of_rho(0, 2)]), over(1, 16, [of_rho(2, 4)])]);
    // Elements have padding between them.
    let padded = form(
        Some(1),
        vec![
            slots(&[1, 256]),
            over(1, 4, [of_rho(0, 2)]),
            over(1, 3, [of_rho(2, 2)]),
            over(1, 3, [of_rho(4, 2)]),
        ],
    );
    let long = form(Some(2), vec![over(1, 8, [of_rho(0, 3)]), over(1, 16, [of_rho(3, 4)])]);
    let number = form(Some(0), vec![slots(&[5, 0, 1]), over(1, 4, [of_r(0, 2)]), over(1, 16, [of_r(2, 4)])]);
    let total = form(Some(2), vec![over(1, 8, []), over(1, 16, [])]);
    let of = |variables, forms: &[&Form]| Functional {
        variables,
        forms: forms.iter().map(|form| (*form).clone()).collect(),
    };
    let functionals = vec![
        of(6, &[&weighted, &added]),
        of(6, &[&plain]),
        of(6, &[&padded]),
        // Of two tensors: no pieces are made of it.
        of(6, &[&plain, &padded]),
        of(0, &[&number]),
        of(7, &[&long]),
        of(0, &[&total]),
    ];
    let term = |factors: &&[u32]| Term { statement: 0, coefficient: 2, factors: factors.to_vec() };
    let circuit = Circuit {
        log_row: 8,
        r_len: 6,
        rows: [0, 0, 0, 2, 0, 2, 0],
        public: 0,
        tables: vec![],
        tensors,
        functionals,
        statements: vec![Statement { forms: vec![] }],
        terms: terms.iter().map(term).collect(),
    };
    let mut stream = Stream(17);
    let witness = (0..512).map(|_| stream.between(-(1 << 15), 1 << 15) as i16).collect();
    World::new(name, circuit, Lookups::default(), Cells { witness, ..Cells::default() })
}

/// Terms of one factor to four, some of no variables.
pub fn shapes() -> World {
    world("shapes", &[&[0, 1], &[0, 2, 3], &[2], &[1, 1, 2, 3], &[4], &[4, 6], &[5, 5]])
}

/// A term of more factors than any kernel multiplies.
pub fn many_factors() -> World {
    world("many factors", &[&[0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2], &[5]])
}
