use crate::architecture::Attribute;
use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

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

/// `nets()[index]` with another tuple attribute.
fn with(index: usize, name: &str, values: &[i64]) -> Net {
    let mut net = nets()[index].clone();
    let node = &mut net.0.nodes[0];
    let attribute = node.attributes.iter_mut().find(|(key, _)| key == name).unwrap();
    attribute.1 = Attribute::Tuple(values.to_vec());
    net
}

#[test]
fn windows_are_where_pads_strides_and_dilations_put_them() {
    impostor(&nets()[0], &with(0, "pads", &[0, 1, 2, 0]), "accumulator");
    impostor(&nets()[1], &with(1, "pads", &[2, 0]), "accumulator");
    impostor(&nets()[1], &with(1, "dilations", &[1]), "accumulator");
    impostor(&nets()[2], &with(2, "strides", &[1, 1]), "accumulator");
    impostor(&nets()[4], &with(4, "pads", &[0, 0, 2, 0]), "accumulator");
}

#[test]
fn groups_read_their_own_channels() {
    // the second group's outputs computed by the first group's weights, and the reverse
    other_constants(&nets()[1], |constants| constants[0].rotate_left(18));
}

#[test]
fn kernels_are_not_transposed_or_mirrored() {
    other_constants(&nets()[3], |constants| {
        let old = constants[0].clone();
        (0..18).for_each(|i| constants[0][i] = old[i / 9 * 9 + i % 3 * 3 + i % 9 / 3]);
    });
    other_constants(&nets()[3], |constants| constants[0].chunks_mut(9).for_each(<[i64]>::reverse));
}

#[test]
fn the_bias_is_per_channel() {
    other_constants(&nets()[0], |constants| constants[1].rotate_left(1));
}
