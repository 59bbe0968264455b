//! The table's and the argument's polynomials beside their definitions, at a random point.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::*;
use zkattest_evaluation::{Argument, Index, coefficients};
use zkattest_field::{Scalar, random_scalar};

/// One functional over a row of data, and a statement about public integers.
fn circuit() -> Circuit {
    let axis = |size| Axis { size, allotted: size };
    let eq = |point, len| {
        let slice = Slice { point, offset: 0, len };
        Factor { div: 1, modulus: 1 << len, kind: Kind::Eq(slice) }
    };
    let group = |size, factors| Group { axes: 1, vector: Vector { size, factors } };
    let form =
        |tensor, group| Form { coefficient: 3, unit: Unit::One, tensor: Some(tensor), groups: vec![group] };
    Circuit {
        log_row: 6,
        r_len: 2,
        rows: [0, 1, 0, 0, 0, 2, 0],
        public: 4,
        tables: vec![],
        tensors: vec![
            Tensor { region: Region::Data, base: 0, axes: vec![axis(8)] },
            Tensor { region: Region::Public, base: 0, axes: vec![axis(4)] },
        ],
        functionals: vec![Functional {
            variables: 3,
            forms: vec![form(0, group(8, vec![eq(Point::Rho, 3)]))],
        }],
        statements: vec![Statement { forms: vec![form(1, group(4, vec![eq(Point::R, 2)]))] }],
        terms: vec![Term { statement: 0, coefficient: 1, factors: vec![0] }],
    }
}

fn evaluate(polynomial: &[Scalar], x: Scalar) -> Scalar {
    polynomial.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient)
}

/// f_i(x) of k packed polynomials.
fn part(packed: &[Scalar], count: usize, i: usize, x: Scalar) -> Scalar {
    evaluate(&packed.iter().skip(i).step_by(count).copied().collect::<Vec<_>>(), x)
}

#[test]
fn packed_polynomials_have_the_tables_values() {
    let index = Index::of(&circuit()).unwrap();
    let (packed, table) = (index.packed(), index.table());
    assert_eq!(packed.len(), 8 * index.gates());
    let identity = |wire: usize, gate: usize| index.root().pow([gate as u64]) * Scalar::from(wire as u64 + 1);
    for gate in 0..index.gates() {
        let x = index.root().pow([gate as u64]);
        for (i, selector) in table.selectors.iter().enumerate() {
            assert_eq!(part(&packed, 8, i, x), selector[gate], "selector {i}, gate {gate}");
        }
        for wire in 0..3 {
            // The next cell of the variable in the order of wires, then gates; behind the last one the first.
            let all: Vec<(usize, usize)> =
                (0..3).flat_map(|i| (0..index.gates()).map(move |j| (i, j))).collect();
            let own = table.wires[wire][gate];
            let cells: Vec<_> = all.into_iter().filter(|(i, j)| table.wires[*i][*j] == own).collect();
            let at = cells.iter().position(|cell| *cell == (wire, gate)).unwrap();
            let (i, j) = cells[(at + 1) % cells.len()];
            assert_eq!(part(&packed, 8, 5 + wire, x), identity(i, j), "wire {wire}, gate {gate}");
        }
    }
    let x = random_scalar().unwrap();
    assert_eq!(index.evaluate(x), evaluate(&packed, x));
    assert_eq!((index.coefficients(), coefficients(3)), (9 * index.gates(), 72));
}

#[test]
fn quotients_are_exact() {
    let index = Index::of(&circuit()).unwrap();
    let random = || random_scalar().unwrap();
    let inputs: Vec<Scalar> = (0..index.table().inputs()).map(|_| random()).collect();
    let argument = Argument::new(&index, &inputs).unwrap();
    let (kappa, lambda, x) = (random(), random(), random());
    let permutation = argument.permute(kappa, lambda);
    let (table, wires, product) = (index.packed(), argument.packed(), permutation.packed());
    assert_eq!((wires.len(), product.len()), (8 * index.gates(), 9 * index.gates()));

    let [l, r, m, o, c, s1, s2, s3] = std::array::from_fn(|i| part(&table, 8, i, x));
    let [a, b, d, t0] = std::array::from_fn(|i| part(&wires, 4, i, x));
    let [p, t1, t2] = std::array::from_fn(|i| part(&product, 3, i, x));
    let next = part(&product, 3, 0, x * index.root());
    let gates = index.gates() as u64;
    let vanishing = x.pow([gates]) - Scalar::ONE;
    let all = [&inputs, argument.advice()].concat();
    let public: Scalar = (0u64..)
        .zip(&all)
        .map(|(i, value)| {
            let root = index.root().pow([i]);
            *value * root * vanishing * (Scalar::from(gates) * (x - root)).inverse().unwrap()
        })
        .sum();
    assert_eq!(t0 * vanishing, l * a + r * b + m * a * b + o * d + c - public);
    assert_eq!(t1 * (x - Scalar::ONE), p - Scalar::ONE);
    let factors = |identities: [Scalar; 3]| {
        let cells = [a, b, d].into_iter().zip(identities);
        cells.map(|(cell, identity)| cell + lambda * identity + kappa).product::<Scalar>()
    };
    let own = factors([1u64, 2, 3].map(|coset| x * Scalar::from(coset)));
    assert_eq!(t2 * vanishing, p * own - next * factors([s1, s2, s3]));

    let sent = argument.values(&permutation, x);
    let after = |i| part(&product, 3, i, x * index.root());
    assert_eq!(sent, [l, r, m, o, c, s1, s2, s3, a, b, d, p, next, after(1), after(2)]);
}
