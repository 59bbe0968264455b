use crate::architecture::Attribute;
use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

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

#[test]
fn factors_and_shifts_are_per_channel() {
    other_constants(&nets()[0], |constants| constants[0].rotate_left(1));
    other_constants(&nets()[0], |constants| constants[1].rotate_left(1));
    let mut other = nets()[0].clone();
    other.0.nodes[0].attributes[0].1 = Attribute::Integer(0);
    impostor(&nets()[0], &other, "accumulator");
}
