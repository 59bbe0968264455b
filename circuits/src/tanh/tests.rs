use crate::testing::{Case, Net, OPTIONS, Random};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[2, 5], 8).node("tanh", &[0], &[2, 5], 8, 0).integer("output_scale", 6),
        Net::new(&[2, 5], 8)
            .node("transpose", &[0], &[5, 2], 8, 0)
            .tuple("perm", &[1, 0])
            .node("tanh", &[1], &[5, 2], 8, 0)
            .integer("output_scale", 6)
            .bounds(-20, 30),
        Net::new(&[3], 10).node("tanh", &[0], &[3], 8, 0).integer("output_scale", 6),
    ]
}

fn case(net: &Net, seed: u64) -> Case {
    let mut random = Random(seed);
    let spec = &net.0.tensors[0];
    let inputs =
        (0..2).map(|_| (0..spec.elements()).map(|_| random.between(spec.low(), spec.high())).collect());
    let table = (0..1 << spec.bits).map(|x: i32| (x * x) % 129 - 64).collect();
    Case::new(net, OPTIONS, Vec::new(), inputs.collect(), vec![table])
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        case(&net, seed).accept();
    }
}

/// Every entry is another than in [`case`]'s table.
fn other(net: &Net) -> Vec<i32> {
    (0..1 << net.0.tensors[0].bits).map(|x: i32| (x * x + 1) % 129 - 64).collect()
}

fn table(net: &Net) -> Vec<i32> {
    (0..1 << net.0.tensors[0].bits).map(|x: i32| (x * x) % 129 - 64).collect()
}

#[test]
fn outputs_are_those_of_the_table() {
    let net = &nets()[0];
    let inputs = vec![vec![-128, -1, 0, 1, 127, 9, 8, 7, 6, 5]; 2];
    let tables = [other(net)];
    Case::pretending(net, (net, &[], &tables), OPTIONS, Vec::new(), inputs, vec![table(net)])
        .refuse(&["function"]);
    let mut case = case(net, 1);
    case.add(0, 0, 1, 4, 1);
    case.witness.public[14] += 1;
    case.refuse(&["function"]);
}
