use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[3, 5], 8).node("leaky_relu", &[0], &[3, 5], 8, 16).integer("slope", 6554),
        Net::new(&[3, 5], 8).node("leaky_relu", &[0], &[3, 5], 8, 14).integer("slope", -70000),
        Net::new(&[3, 5], 8)
            .node("relu", &[0], &[3, 5], 8, 0)
            .bounds(0, 127)
            .node("leaky_relu", &[1], &[3, 5], 8, 16)
            .integer("slope", 5),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
