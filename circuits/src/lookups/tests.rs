use ark_ff::Field;
use zkattest_circuit::ir::Region;
use zkattest_field::Scalar;

use crate::check::{Assignment, Challenges, Violation, assign, check};
use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};

fn case(columns: u8) -> Case {
    let net = Net::new(&[40, 20], 8).node("relu", &[0], &[40, 20], 8, 0).bounds(0, 127);
    Case::random(&net, Options { columns, ..OPTIONS }, 1)
}

/// Names of the statements broken by changed cells.
fn broken(case: &Case, spoil: impl Fn(&mut Assignment)) -> Vec<&'static str> {
    let circuit = &case.compiled.circuit;
    let challenges = Challenges::from_seed(circuit, 2);
    let mut cells = assign(circuit, &case.compiled.lookups, &case.model, &case.witness, &challenges);
    spoil(&mut cells);
    match check(circuit, &cells, &challenges) {
        Ok(()) => Vec::new(),
        Err(Violation { statements }) => {
            statements.iter().map(|index| case.compiled.labels[*index as usize].name).collect()
        }
    }
}

#[test]
fn any_number_of_columns_is_accepted() {
    for columns in 1..=8 {
        let case = case(columns);
        case.accept();
    }
    // seven columns leave some of the last lookup row absent
    assert_ne!(case(7).compiled.circuit.rows_of(Region::Witness) % 7, 0);
}

#[test]
fn every_cell_of_the_witness_is_in_range_padding_too() {
    let length = case(3).witness.witness.len();
    for value in [-1, 256, i16::MIN, i16::MAX] {
        // the last cell is no tensor's
        let mut case = case(3);
        case.witness.witness[length - 1] = value;
        case.refuse(&["balance"]);
    }
}

#[test]
fn inverses_multiplicities_and_sums_are_what_they_claim() {
    let case = case(3);
    let helper = Region::Helper as usize;
    let range = &case.compiled.lookups.ranges[0];
    let base = |tensor: u32| usize::try_from(case.compiled.circuit.tensors[tensor as usize].base).unwrap();
    let (sums, counts, inverses) = (base(range.sums), base(range.counts), base(range.helper));
    assert_eq!(broken(&case, |_| ()), [] as [&str; 0]);
    assert_eq!(
        broken(&case, |cells| cells.rows[helper][inverses + 7] += Scalar::ONE),
        ["inverses", "balance"]
    );
    assert_eq!(broken(&case, |cells| cells.rows[helper][sums + 3] += Scalar::ONE), ["table", "balance"]);
    let counted = Region::Counts as usize;
    assert_eq!(broken(&case, |cells| cells.rows[counted][counts + 3] += Scalar::ONE), ["table"]);
    // an inverse moved to another row leaves the balance alone
    let moved = |cells: &mut Assignment| cells.rows[helper].swap(inverses + 1, inverses + 513);
    assert_eq!(broken(&case, moved), ["inverses"]);
}
