use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 4, 6], 8)
            .node("reshape", &[0], &[2, 2, 3, 2], 8, 0)
            .tuple("shape", &[2, 2, 3, 2])
            .node("add", &[1, 1], &[2, 2, 3, 2], 8, 1)
            .tuple("left_shifts", &[0, 0]),
        Net::new(&[4, 3], 8).node("reshape", &[0], &[6, 2], 8, 0).tuple("shape", &[6, 2]),
        Net::new(&[4, 3], 8)
            .node("transpose", &[0], &[3, 4], 8, 0)
            .tuple("perm", &[1, 0])
            .node("reshape", &[1], &[2, 6], 8, 0)
            .tuple("shape", &[2, 6])
            .bounds(-9, 9)
            .node("reshape", &[2], &[3, 4], 8, 0)
            .tuple("shape", &[3, 4]),
        Net::new(&[4, 3], 8)
            .constant(&[6, 2], 8)
            .node("reshape", &[0], &[6, 2], 8, 0)
            .tuple("shape", &[6, 2])
            .node("mul", &[2, 1], &[6, 2], 8, 7),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn elements_keep_their_order() {
    let view = |perm: &[i64]| {
        Net::new(&[4, 4], 8)
            .node("transpose", &[0], &[4, 4], 8, 0)
            .tuple("perm", perm)
            .node("reshape", &[1], &[2, 8], 8, 0)
            .tuple("shape", &[2, 8])
    };
    impostor(&view(&[0, 1]), &view(&[1, 0]), "output");
}

#[test]
fn copies_are_of_every_element() {
    let net = &nets()[1];
    for element in [0, 5, 11] {
        let mut case = Case::random(net, OPTIONS, 9);
        case.add(0, 0, 1, element, 1);
        case.witness.public[12 + element] += 1;
        case.refuse(&["copy"]);
    }
}
