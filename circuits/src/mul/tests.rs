use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 5], 8).node("mul", &[0, 0], &[2, 5], 8, 7),
        Net::new(&[2, 1, 5], 8).constant(&[3, 1], 8).node("mul", &[0, 1], &[2, 3, 5], 16, 0),
        Net::new(&[4], 8).constant(&[], 8).node("mul", &[1, 0], &[4], 8, 5),
        Net::new(&[3, 4], 8)
            .node("transpose", &[0], &[4, 3], 8, 0)
            .tuple("perm", &[1, 0])
            .node("reshape", &[1], &[3, 4], 8, 0)
            .tuple("shape", &[3, 4])
            .node("mul", &[0, 2], &[3, 4], 8, 6),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn factors_are_broadcast_along_their_own_axes() {
    other_constants(&nets()[1], |constants| constants[0].rotate_left(1));
    let factor =
        |inputs: &[usize]| Net::new(&[3, 3], 8).constant(&[3, 3], 8).node("mul", inputs, &[3, 3], 16, 0);
    // x x instead of x c
    impostor(&factor(&[0, 1]), &factor(&[0, 0]), "accumulator");
}
