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
