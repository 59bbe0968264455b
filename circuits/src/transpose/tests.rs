use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 3, 4], 8).node("transpose", &[0], &[4, 2, 3], 8, 0).tuple("perm", &[2, 0, 1]),
        Net::new(&[2, 3, 4], 8)
            .constant(&[8, 5], 8)
            .node("transpose", &[0], &[3, 2, 4], 8, 0)
            .tuple("perm", &[1, 0, 2])
            .node("reshape", &[2], &[3, 8], 8, 0)
            .tuple("shape", &[3, 8])
            .node("gemm", &[3, 1], &[3, 5], 8, 8)
            .integer("bias_shift", 0),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn axes_are_permuted_as_declared() {
    let with =
        |perm: &[i64]| Net::new(&[3, 3, 3], 8).node("transpose", &[0], &[3, 3, 3], 8, 0).tuple("perm", perm);
    // a view has no cells: the output's statement reads it
    impostor(&with(&[1, 2, 0]), &with(&[2, 0, 1]), "output");
    impostor(&with(&[1, 2, 0]).bounds(-99, 99), &with(&[0, 1, 2]).bounds(-99, 99), "accumulator");
}
