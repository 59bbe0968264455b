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
