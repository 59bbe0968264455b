use crate::architecture::Attribute;
use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[3, 5], 8).node("leaky_relu", &[0], &[3, 5], 8, 16).integer("slope", 6554),
        Net::new(&[3, 5], 8).node("leaky_relu", &[0], &[3, 5], 8, 14).integer("slope", -70000),
        Net::new(&[3, 5], 8)
            .node("relu", &[0], &[3, 5], 8, 0)
            .bounds(0, 127)
            .node("leaky_relu", &[1], &[3, 5], 8, 16)
            .integer("slope", 5),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

fn steep() -> Net {
    nets()[0].clone()
}

#[test]
fn the_slope_is_the_declared_one() {
    let mut other = steep();
    other.0.nodes[0].attributes[0].1 = Attribute::Integer(5000);
    impostor(&steep(), &other, "accumulator");
}

#[test]
fn a_value_has_one_sign() {
    // slots: p, n, then the output's
    let (p, n) = (0, 1);
    let mut case = Case::random(&steep(), OPTIONS, 3);
    case.add(0, p, 0, 4, 1);
    case.refuse(&["parts", "accumulator"]);

    let mut case = Case::random(&steep(), OPTIONS, 3);
    case.add(0, p, 0, 4, 3);
    case.add(0, n, 0, 4, 3);
    case.refuse(&["sign", "accumulator"]);
}
