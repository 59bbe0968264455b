use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 4, 5], 8)
            .node("slice", &[0], &[1, 2, 3], 8, 0)
            .tuple("starts", &[0, 3, 0])
            .tuple("steps", &[1, -2, 2])
            .tuple("sizes", &[1, 2, 3]),
        Net::new(&[4, 5], 8)
            .node("slice", &[0], &[1, 5], 8, 0)
            .tuple("starts", &[2, 0])
            .tuple("steps", &[1, 1])
            .tuple("sizes", &[1, 5]),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn indices_start_and_step_as_declared() {
    let with = |start: i64, step: i64| {
        Net::new(&[9, 2], 8)
            .node("slice", &[0], &[3, 2], 8, 0)
            .bounds(-100, 100)
            .tuple("starts", &[start, 0])
            .tuple("steps", &[step, 1])
            .tuple("sizes", &[3, 2])
    };
    impostor(&with(1, 2), &with(2, 2), "accumulator");
    impostor(&with(1, 2), &with(1, 3), "accumulator");
    impostor(&with(1, 2), &with(5, -2), "accumulator");
}
