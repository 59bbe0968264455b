use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 3], 8)
            .constant(&[2, 2], 8)
            .node("concat", &[0, 1, 0], &[2, 8], 8, 1)
            .integer("axis", 1)
            .tuple("left_shifts", &[0, 1, 0]),
        Net::new(&[1, 3], 8)
            .constant(&[2, 3], 8)
            .node("concat", &[0, 1], &[3, 3], 8, 0)
            .integer("axis", 0)
            .tuple("left_shifts", &[0, 0]),
        Net::new(&[2, 3, 2], 8)
            .node("transpose", &[0], &[3, 2, 2], 8, 0)
            .tuple("perm", &[1, 0, 2])
            .node("reshape", &[1], &[6, 2], 8, 0)
            .tuple("shape", &[6, 2])
            .node("concat", &[2, 2], &[12, 2], 8, 0)
            .integer("axis", 0)
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
fn inputs_keep_their_order_and_shifts() {
    let with = |inputs: &[usize], shifts: &[i64]| {
        Net::new(&[2, 3], 8)
            .constant(&[2, 3], 8)
            .node("concat", inputs, &[2, 6], 8, 1)
            .integer("axis", 1)
            .tuple("left_shifts", shifts)
    };
    impostor(&with(&[0, 1], &[0, 1]), &with(&[1, 0], &[0, 1]), "accumulator");
    impostor(&with(&[0, 1], &[0, 1]), &with(&[0, 1], &[1, 0]), "accumulator");
}

#[test]
fn outputs_of_another_rank_are_refused() {
    use crate::compile::compile;
    use crate::error::CompileError;
    for shape in [&[4][..], &[1, 2, 4]] {
        let net = Net::new(&[1, 2], 8)
            .node("concat", &[0, 0], shape, 8, 0)
            .integer("axis", 1)
            .tuple("left_shifts", &[0, 0]);
        let found = compile(&net.0, &[], &OPTIONS).unwrap_err();
        assert_eq!(found, CompileError::Shape { node: 0 });
    }
}
