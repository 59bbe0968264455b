use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 3, 2, 5], 8)
            .node("reduce_mean", &[0], &[1, 3, 1, 1], 8, 12)
            .tuple("axes", &[2, 3])
            .integer("keepdims", 1)
            .integer("reciprocal_bits", 12),
        Net::new(&[2, 4, 3], 8)
            .node("reduce_mean", &[0], &[2, 3], 8, 2)
            .tuple("axes", &[1])
            .integer("keepdims", 0)
            .integer("reciprocal_bits", 2),
        Net::new(&[2, 4], 8)
            .node("reduce_mean", &[0], &[], 8, 3)
            .tuple("axes", &[0, 1])
            .integer("keepdims", 0)
            .integer("reciprocal_bits", 3),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
