use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 3, 4], 8)
            .node("transpose", &[0], &[1, 2, 4, 3], 8, 0)
            .tuple("perm", &[0, 1, 3, 2])
            .node("matmul", &[0, 1], &[1, 2, 3, 3], 8, 9),
        Net::new(&[3, 4], 8).constant(&[2, 4, 5], 8).node("matmul", &[0, 1], &[2, 3, 5], 8, 8),
        Net::new(&[2, 4, 3], 8).constant(&[1, 4], 8).node("matmul", &[1, 0], &[2, 1, 3], 8, 8),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn operands_are_not_exchanged_or_transposed() {
    // x x instead of x x^T
    let square = |perm: &[i64]| {
        Net::new(&[4, 4], 8).node("transpose", &[0], &[4, 4], 8, 0).tuple("perm", perm).node(
            "matmul",
            &[0, 1],
            &[4, 4],
            8,
            9,
        )
    };
    impostor(&square(&[1, 0]), &square(&[0, 1]), "accumulator");
    let mut exchanged = square(&[1, 0]);
    exchanged.0.nodes[1].inputs = vec![1, 0];
    impostor(&square(&[1, 0]), &exchanged, "accumulator");
}

#[test]
fn each_batch_has_its_own_matrix() {
    other_constants(&nets()[1], |constants| constants[0].rotate_left(20));
}
