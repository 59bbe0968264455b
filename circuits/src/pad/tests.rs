use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 3], 8)
            .node("pad", &[0], &[1, 5, 4], 8, 0)
            .tuple("pads", &[0, 1, 0, 0, 2, 1])
            .integer("value", -7),
        Net::new(&[1, 3], 8)
            .node("pad", &[0], &[2, 3], 8, 2)
            .tuple("pads", &[1, 0, 0, 0])
            .integer("value", 1000),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
