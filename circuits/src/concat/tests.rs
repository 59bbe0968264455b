use crate::testing::{Case, Net, OPTIONS};

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
