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
