use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 3], 8).node("add", &[0, 0], &[2, 3], 8, 1).tuple("left_shifts", &[0, 0]),
        Net::new(&[2, 1, 3], 8)
            .constant(&[4, 1], 16)
            .node("add", &[0, 1], &[2, 4, 3], 8, 3)
            .tuple("left_shifts", &[5, 0]),
        Net::new(&[3], 8)
            .constant(&[2, 3], 8)
            .node("add", &[1, 0], &[2, 3], 8, 0)
            .tuple("left_shifts", &[0, 1]),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn operands_are_aligned_and_added() {
    let shifted = |shifts: &[i64]| {
        Net::new(&[2, 1, 3], 8)
            .constant(&[4, 1], 8)
            .node("add", &[0, 1], &[2, 4, 3], 8, 3)
            .tuple("left_shifts", shifts)
    };
    impostor(&shifted(&[2, 0]), &shifted(&[0, 2]), "accumulator");
    let mut other = shifted(&[2, 0]);
    other.0.nodes[0].op = "sub".to_owned();
    impostor(&shifted(&[2, 0]), &other, "accumulator");
    other_constants(&shifted(&[2, 0]), |constants| constants[0].rotate_left(1));
}
