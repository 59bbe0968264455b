use crate::testing::{Case, Net, OPTIONS};

fn nets() -> Vec<Net> {
    vec![Net::new(&[2, 5], 8).node("relu", &[0], &[2, 5], 8, 0).bounds(0, 127)]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}
