use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 7], 8).node("argmax", &[0], &[1], 8, 0).integer("axis", 1).integer("keepdims", 0),
        Net::new(&[2, 3, 4], 8)
            .node("argmax", &[0], &[2, 1, 4], 8, 0)
            .integer("axis", 1)
            .integer("keepdims", 1),
        Net::new(&[5], 8).node("argmax", &[0], &[], 8, 0).integer("axis", 0).integer("keepdims", 0),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

/// x = 3 9 9 1 0, so that index 1 is selected and M = 9, g = 5 0 0 8 9.
fn cheat(index: i64, maximum: i16, selected: [i16; 5], margins: [i16; 5]) -> Case {
    let net = &nets()[2];
    let options = Options { batch: 1, ..OPTIONS };
    let mut case = Case::new(net, options, Vec::new(), vec![vec![3, 9, 9, 1, 0]], Vec::new());
    assert_eq!(case.witness.public, [1]);
    case.witness.public[0] = index;
    // the output's tensor: M - low, index; the elements': s, g
    *case.cell(0, 0, 0, 0) = maximum + 128;
    *case.cell(0, 1, 0, 0) = i16::try_from(index).unwrap();
    for (slot, values) in [selected, margins].iter().enumerate() {
        for (element, value) in values.iter().enumerate() {
            let position = case.position(Some(0), 2, slot, 0, element);
            case.witness.witness[position] = *value;
        }
    }
    case
}

#[test]
fn the_lowest_index_of_the_maximum_is_selected() {
    cheat(1, 9, [0, 1, 0, 0, 0], [5, 0, 0, 8, 9]).accept();
    // of equal values the second: the first would be below it by -1
    cheat(2, 9, [0, 0, 1, 0, 0], [5, -1, 0, 8, 9]).refuse(&["balance"]);
    cheat(2, 9, [0, 0, 1, 0, 0], [5, 0, 0, 8, 9]).refuse(&["margin"]);
    // a value that is not the maximum: it would not be 0 below it, or others would be negative
    cheat(0, 9, [1, 0, 0, 0, 0], [6, 0, 0, 8, 9]).refuse(&["selected"]);
    cheat(0, 3, [1, 0, 0, 0, 0], [0, -6, -6, 2, 3]).refuse(&["balance"]);
    // a maximum that no value reaches, and no selection
    cheat(0, 10, [0, 0, 0, 0, 0], [6, 0, 0, 8, 9]).refuse(&["one"]);
    // two selections
    cheat(3, 9, [0, 1, 1, 0, 0], [5, 0, 1, 9, 10]).refuse(&["selected", "one"]);
    // a selection of 2 and one of -1
    cheat(0, 9, [0, 2, -1, 0, 0], [5, 1, 0, 8, 9]).refuse(&["selected", "balance"]);
    // another index than the selected one
    cheat(4, 9, [0, 1, 0, 0, 0], [5, 0, 0, 8, 9]).refuse(&["accumulator"]);
}
