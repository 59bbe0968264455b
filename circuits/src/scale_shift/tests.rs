use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 3, 2, 2], 8)
            .constant(&[3], 8)
            .constant(&[3], 16)
            .node("scale_shift", &[0, 1, 2], &[1, 3, 2, 2], 8, 6)
            .integer("bias_shift", 1),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
