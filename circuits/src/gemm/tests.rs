use crate::testing::{Case, Net, OPTIONS};

fn net() -> Net {
    Net::new(&[1, 7], 8)
        .constant(&[7, 5], 8)
        .constant(&[5], 16)
        .node("gemm", &[0, 1, 2], &[1, 5], 8, 7)
        .integer("bias_shift", 2)
}

#[test]
fn honest_witnesses_are_accepted() {
    for seed in 0..4 {
        Case::random(&net(), OPTIONS, seed).accept();
    }
}
