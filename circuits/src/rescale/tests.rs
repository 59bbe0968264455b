use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};

/// Slots of a value of 4 bits behind a shift of 3: one limb each.
const VALUE: usize = 0;
const BELOW: usize = 1;
const ABOVE: usize = 2;
const REST: usize = 3;
const REMAINDER: usize = 4;

const INPUTS: [i64; 6] = [20, 127, -128, -4, 68, -44];
/// (x + 4) >> 3, saturated to -5 ..= 9: tie up, above, below, a tie that is half of -1, the ends themselves.
const OUTPUTS: [i64; 6] = [3, 9, -5, 0, 9, -5];

fn case() -> Case {
    let net = Net::new(&[6], 8).node("clip", &[0], &[6], 8, 3).bounds(-5, 9);
    let options = Options { batch: 1, ..OPTIONS };
    let case = Case::new(&net, options, Vec::new(), vec![INPUTS.to_vec()], Vec::new());
    assert_eq!(case.witness.public, OUTPUTS);
    case
}

/// The honest witness with these cells of an element changed, and the output claimed to follow.
fn cheat(element: usize, changes: &[(usize, i16)]) -> Case {
    let mut case = case();
    for (slot, change) in changes {
        case.add(0, *slot, 0, element, *change);
        if *slot == VALUE {
            case.witness.public[element] += i64::from(*change);
        }
    }
    case
}

#[test]
fn honest_rounding_and_saturation_are_accepted() {
    case().accept();
}

#[test]
fn rounding_is_half_up() {
    // 20 / 8 = 2.5 is 3, not 2; -4 / 8 = -0.5 is 0, not -1: the remainder would not fit its limb
    for element in [0, 3] {
        cheat(element, &[(VALUE, -1), (REST, 1), (REMAINDER, 256)]).refuse(&["balance"]);
        cheat(element, &[(VALUE, -1), (REST, 1)]).refuse(&["accumulator"]);
        cheat(element, &[(VALUE, 1), (REST, -1), (REMAINDER, -256)]).refuse(&["balance"]);
    }
}

#[test]
fn the_remainder_is_what_is_left() {
    cheat(0, &[(REMAINDER, 1)]).refuse(&["accumulator"]);
}

#[test]
fn values_inside_are_not_saturated() {
    // 3 claimed to be the upper end, or less than it is
    cheat(0, &[(VALUE, 6), (REST, -6), (BELOW, 6)]).refuse(&["below"]);
    cheat(0, &[(VALUE, -1), (REST, 1), (ABOVE, 1)]).refuse(&["above"]);
    // the ends themselves
    cheat(4, &[(VALUE, -1), (REST, 1), (ABOVE, 1)]).refuse(&["above"]);
    cheat(5, &[(VALUE, 1), (REST, -1), (BELOW, 1)]).refuse(&["below"]);
}

#[test]
fn values_outside_are_saturated() {
    // 16 instead of 9: u leaves 0 ..= 14
    cheat(1, &[(VALUE, 1), (ABOVE, -1)]).refuse(&["bound"]);
    cheat(1, &[(VALUE, 1), (ABOVE, -1), (REST, -1)]).refuse(&["above", "balance"]);
    cheat(1, &[(VALUE, 7), (ABOVE, -7), (REST, -7)]).refuse(&["balance"]);
    // saturated short of the end
    cheat(1, &[(VALUE, -1), (ABOVE, 1), (REST, 1)]).refuse(&["above"]);
    cheat(2, &[(VALUE, 1), (BELOW, 1), (REST, -1)]).refuse(&["below"]);
    // -6 instead of -5
    cheat(2, &[(VALUE, -1), (BELOW, -1), (REST, 1)]).refuse(&["below", "balance"]);
    cheat(2, &[(VALUE, -11), (BELOW, -11), (REST, 11)]).refuse(&["balance"]);
}

#[test]
fn an_excess_on_both_sides_is_none() {
    cheat(0, &[(BELOW, 1), (ABOVE, 1)]).refuse(&["below", "above"]);
    cheat(1, &[(BELOW, 1), (ABOVE, 1)]).refuse(&["below"]);
}

#[test]
fn no_cells_are_spent_on_what_cannot_happen() {
    let slots = |net: &Net, limb_bits: u8| {
        let case = Case::random(net, Options { limb_bits, ..OPTIONS }, 0);
        case.accept();
        let fill = case.compiled.fills.iter().find(|fill| fill.node == Some(0)).unwrap();
        case.compiled.stored[fill.tensor as usize].axes[0].size
    };
    let clip = |shift: u8, low: i64, high: i64| {
        Net::new(&[6], 8).node("clip", &[0], &[6], 8, shift).bounds(low, high)
    };
    // a relu saturates below alone, and its value is what is left
    assert_eq!(slots(&clip(0, 0, 127), 8), 2);
    // 8 of 16 bits: value 1, excess of 14 bits 2 each side, remainder 1; limbs of 12 bits are no value's complement
    let wide = Net::new(&[6], 16).node("clip", &[0], &[6], 8, 1);
    assert_eq!(slots(&wide, 8), 1 + 2 + 2 + 1);
    assert_eq!(slots(&wide, 12), 1 + 2 + 2 + 1 + 1);
}
