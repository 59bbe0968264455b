use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 5], 8).node("clip", &[0], &[2, 5], 8, 0).bounds(-20, 77),
        Net::new(&[2, 5], 8).node("clip", &[0], &[2, 5], 8, 0).bounds(5, 5),
        Net::new(&[2, 5], 8)
            .node("clip", &[0], &[2, 5], 8, 0)
            .node("relu", &[1], &[2, 5], 8, 0)
            .bounds(0, 127),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn a_constant_output_is_that_constant() {
    let mut case = Case::random(&nets()[1], OPTIONS, 1);
    assert!(case.witness.public.iter().all(|value| *value == 5));
    case.witness.public[3] = 6;
    case.refuse(&["output"]);
}

#[test]
fn a_clip_that_changes_nothing_has_no_cells() {
    let case = Case::random(&nets()[2], OPTIONS, 1);
    assert!(case.compiled.fills.iter().all(|fill| fill.node != Some(0)));
    assert!(case.compiled.fills.iter().any(|fill| fill.node == Some(1)));
}

#[test]
fn both_limits_hold() {
    // slots: value, below, above, rest
    for (slot, name) in [(1, "below"), (2, "above")] {
        let net = &nets()[0];
        let inputs = vec![vec![0; 10], vec![7; 10]];
        let mut case = Case::new(net, OPTIONS, Vec::new(), inputs, Vec::new());
        case.add(0, slot, 1, 9, 1);
        case.add(0, 0, 1, 9, if slot == 1 { 1 } else { -1 });
        case.add(0, 3, 1, 9, if slot == 1 { -1 } else { 1 });
        case.witness.public[19] += if slot == 1 { 1 } else { -1 };
        case.refuse(&[name]);
    }
}
