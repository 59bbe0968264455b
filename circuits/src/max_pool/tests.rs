use crate::options::Options;
use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 4, 6], 8)
            .node("max_pool", &[0], &[1, 2, 2, 3], 8, 0)
            .tuple("kernel", &[2, 2])
            .tuple("strides", &[2, 2])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[0, 0, 0, 0]),
        Net::new(&[1, 2, 5], 8)
            .node("max_pool", &[0], &[1, 2, 3], 8, 0)
            .tuple("kernel", &[3])
            .tuple("strides", &[2])
            .tuple("dilations", &[1])
            .tuple("pads", &[1, 1])
            .bounds(-50, 60),
        Net::new(&[2, 1, 4, 3], 12)
            .node("max_pool", &[0], &[2, 1, 4, 2], 12, 0)
            .tuple("kernel", &[3, 2])
            .tuple("strides", &[1, 1])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[1, 0, 1, 0]),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

/// Windows 10 30 20 5 and 1 2 3 4 of one sample; slots n_1 .. n_4, then p_2 .. p_4.
fn case() -> Case {
    let net = Net::new(&[1, 1, 2, 4], 8)
        .node("max_pool", &[0], &[1, 1, 1, 2], 8, 0)
        .tuple("kernel", &[2, 2])
        .tuple("strides", &[2, 2])
        .tuple("dilations", &[1, 1])
        .tuple("pads", &[0, 0, 0, 0]);
    let inputs = vec![vec![10, 30, 1, 2, 20, 5, 3, 4]];
    let case = Case::new(&net, Options { batch: 1, ..OPTIONS }, Vec::new(), inputs, Vec::new());
    assert_eq!(case.witness.public, [30, 4]);
    case
}

fn cheat(output: i64, changes: &[(usize, i16)]) -> Case {
    let mut case = case();
    case.witness.public[0] = output;
    changes.iter().for_each(|(slot, change)| case.add(0, *slot, 0, 0, *change));
    case
}

#[test]
fn the_maximum_is_reached_and_not_exceeded() {
    // 31: the second tap gains one more than it wins by
    cheat(31, &[(1, 1), (4, 1), (5, 1), (6, 1)]).refuse(&["winner"]);
    // 29: it gains one less
    cheat(29, &[(1, -1), (4, -1), (5, -1), (6, -1)]).refuse(&["winner", "balance"]);
    // 20: the third tap wins over the first, the second is left out
    cheat(20, &[(1, -10), (5, -10), (6, -10)]).refuse(&["tap"]);
    // 10: the first tap is kept
    cheat(10, &[(1, -20), (5, -10), (6, -20)]).refuse(&["tap", "tap"]);
}

#[test]
fn padding_never_wins() {
    // sample 1, channel 0, output 0: its first tap lies on padding, which gains nothing
    let net = &nets()[1];
    let mut case = Case::random(net, OPTIONS, 4);
    case.add(0, 0, 1, 0, 1);
    assert!(case.violations().contains(&"tap"));
    // output 2: its last tap lies on padding, and gains what it also loses
    let mut case = Case::random(net, OPTIONS, 4);
    case.add(0, 2, 1, 2, 1);
    case.add(0, 4, 1, 2, 1);
    assert!(case.violations().contains(&"winner"));
}
