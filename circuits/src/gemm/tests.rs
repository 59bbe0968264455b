use crate::architecture::Attribute;
use crate::testing::{Case, Net, OPTIONS, impostor, other_constants};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 7], 8)
            .constant(&[7, 5], 8)
            .constant(&[5], 16)
            .node("gemm", &[0, 1, 2], &[1, 5], 8, 7)
            .integer("bias_shift", 2),
        Net::new(&[2, 3, 4], 8)
            .constant(&[4, 5], 8)
            .node("gemm", &[0, 1], &[2, 3, 5], 16, 0)
            .integer("bias_shift", 0),
        Net::new(&[1, 20], 12)
            .constant(&[20, 3], 8)
            .node("gemm", &[0, 1], &[1, 3], 8, 13)
            .integer("bias_shift", 0)
            .bounds(0, 100),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn the_bias_is_aligned() {
    let mut other = nets()[0].clone();
    other.0.nodes[0].attributes[0].1 = Attribute::Integer(3);
    impostor(&nets()[0], &other, "accumulator");
}

#[test]
fn weights_are_those_of_the_model() {
    // transposed: an [n, k] reading of the [k, n] cells
    other_constants(&nets()[1], |constants| {
        let old = constants[0].clone();
        (0..20).for_each(|i| constants[0][i] = old[i % 5 * 4 + i / 5]);
    });
    other_constants(&nets()[0], |constants| constants[0][34] ^= 1);
    other_constants(&nets()[0], |constants| constants[1].swap(0, 4));
}

#[test]
fn padding_is_read_by_no_statement() {
    let net = &nets()[0];
    let mut case = Case::random(net, OPTIONS, 2);
    // x has 7 cells of 8, w 7 lines of 5 cells of 8
    case.witness.data[7] = 99;
    let tensor = &case.compiled.model.tensors[0];
    assert_eq!(tensor.shape, [7, 8]);
    case.model[usize::try_from(tensor.base).unwrap() + 5] = 77;
    case.accept();
}
