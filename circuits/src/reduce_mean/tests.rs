use crate::testing::{Case, Net, OPTIONS, impostor};

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

#[test]
fn means_are_over_the_declared_axes() {
    let with = |axis: i64, bits: i64| {
        Net::new(&[3, 3], 8)
            .node("reduce_mean", &[0], &[3], 8, 12)
            .tuple("axes", &[axis])
            .integer("keepdims", 0)
            .integer("reciprocal_bits", bits)
    };
    impostor(&with(0, 12), &with(1, 12), "accumulator");
    impostor(&with(0, 12), &with(0, 11), "accumulator");
}
