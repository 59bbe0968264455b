use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 3], 8)
            .constant(&[3], 8)
            .node("sub", &[0, 1], &[2, 3], 8, 1)
            .tuple("left_shifts", &[1, 0]),
        Net::new(&[2, 3], 8)
            .constant(&[1], 8)
            .node("sub", &[1, 0], &[2, 3], 8, 0)
            .tuple("left_shifts", &[0, 0]),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn the_second_operand_is_subtracted() {
    let with = |op: &str, inputs: &[usize]| {
        Net::new(&[2, 3], 8)
            .constant(&[2, 3], 8)
            .node(op, inputs, &[2, 3], 8, 1)
            .tuple("left_shifts", &[1, 1])
    };
    impostor(&with("sub", &[0, 1]), &with("sub", &[1, 0]), "accumulator");
    impostor(&with("sub", &[0, 1]), &with("add", &[0, 1]), "accumulator");
}
