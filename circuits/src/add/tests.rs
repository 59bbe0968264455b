use crate::testing::{Case, Net, OPTIONS};

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
