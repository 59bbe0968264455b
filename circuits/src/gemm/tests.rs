use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 7], 8)
            .constant(&[7, 5], 8)
            .constant(&[5], 16)
            .node("gemm", &[0, 1, 2], &[1, 5], 8, 7)
            .integer("bias_shift", 2),
        Net::new(&[2, 3, 4], 8)
            .constant(&[4, 5], 8)
            .node("gemm", &[0, 1], &[2, 3, 5], 16, 0)
            .integer("bias_shift", 0),
        Net::new(&[1, 20], 12)
            .constant(&[20, 3], 8)
            .node("gemm", &[0, 1], &[1, 3], 8, 13)
            .integer("bias_shift", 0)
            .bounds(0, 100),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
