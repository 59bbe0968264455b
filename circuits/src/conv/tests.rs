use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 6, 5], 8)
            .constant(&[3, 2, 3, 2], 8)
            .constant(&[3], 16)
            .node("conv", &[0, 1, 2], &[1, 3, 6, 3], 8, 8)
            .tuple("strides", &[1, 2])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[1, 0, 1, 1])
            .integer("group", 1)
            .integer("bias_shift", 3),
        Net::new(&[1, 4, 7], 8)
            .constant(&[6, 2, 3], 8)
            .node("conv", &[0, 1], &[1, 6, 5], 8, 9)
            .tuple("strides", &[1])
            .tuple("dilations", &[2])
            .tuple("pads", &[1, 1])
            .integer("group", 2)
            .integer("bias_shift", 0),
        Net::new(&[1, 6, 4, 4], 8)
            .constant(&[6, 1, 2, 1], 8)
            .node("conv", &[0, 1], &[1, 6, 3, 2], 8, 7)
            .tuple("strides", &[1, 2])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[0, 0, 0, 0])
            .integer("group", 6)
            .integer("bias_shift", 0),
        Net::new(&[1, 1, 3, 3], 8)
            .constant(&[2, 1, 3, 3], 8)
            .node("conv", &[0, 1], &[1, 2, 1, 1], 8, 8)
            .tuple("strides", &[1, 1])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[0, 0, 0, 0])
            .integer("group", 1)
            .integer("bias_shift", 0),
        Net::new(&[2, 3, 1, 5], 8)
            .constant(&[4, 3, 3, 1], 8)
            .node("conv", &[0, 1], &[2, 4, 1, 5], 8, 8)
            .tuple("strides", &[1, 1])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[1, 0, 1, 0])
            .integer("group", 1)
            .integer("bias_shift", 0),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
