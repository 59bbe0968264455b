use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 3], 8)
            .node("pad", &[0], &[1, 5, 4], 8, 0)
            .tuple("pads", &[0, 1, 0, 0, 2, 1])
            .integer("value", -7),
        Net::new(&[1, 3], 8)
            .node("pad", &[0], &[2, 3], 8, 2)
            .tuple("pads", &[1, 0, 0, 0])
            .integer("value", 1000),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn cells_are_shifted_by_the_leading_pads_and_surrounded_by_the_value() {
    let with = |pads: &[i64], value: i64| {
        Net::new(&[2, 3], 8).node("pad", &[0], &[3, 5], 8, 0).tuple("pads", pads).integer("value", value)
    };
    impostor(&with(&[0, 1, 1, 1], 5), &with(&[0, 2, 1, 0], 5), "accumulator");
    impostor(&with(&[0, 1, 1, 1], 5), &with(&[0, 1, 1, 1], 6), "accumulator");
}
