use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![Net::new(&[2, 5], 8).node("relu", &[0], &[2, 5], 8, 0).bounds(0, 127)]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn negative_values_become_zero() {
    let inputs = vec![vec![-5, 5, 0, -128, 127, 1, 2, 3, 4, 6]];
    let options = Options { batch: 1, ..OPTIONS };
    let case = || Case::new(&nets()[0], options, Vec::new(), inputs.clone(), Vec::new());
    assert_eq!(case().witness.public, [0, 5, 0, 0, 127, 1, 2, 3, 4, 6]);
    // slots: value, below
    let cheat = |element: usize, value: i16, below: i16| {
        let mut case = case();
        case.witness.public[element] += i64::from(value);
        case.add(0, 0, 0, element, value);
        case.add(0, 1, 0, element, below);
        case
    };
    // -5 becomes -5, 1, or 5
    cheat(0, -5, -5).refuse(&["balance"]);
    cheat(0, 1, 1).refuse(&["below"]);
    cheat(0, 5, 0).refuse(&["below", "accumulator"]);
    // 5 becomes 0
    cheat(1, -5, -5).refuse(&["balance"]);
    cheat(1, -5, 0).refuse(&["accumulator"]);
}
