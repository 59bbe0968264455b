//! Random circuits whose statements hold for all cells, since each term and form comes with its negative: products
//! of up to four functionals, terms of no variables, tensors anywhere, tables with images.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

#[path = "../../circuit/tests/common/mod.rs"]
mod common;
mod slow;

use ark_ec::AffineRepr;
use common::{Random, VARIABLES, circuit_of};
use slow::{Instance, prove};
use zkattest_circuit::ir::{Circuit, Form, Functional, Kind, Region, Term};
use zkattest_field::{G1, G2, Scalar, encode};
use zkattest_transcript::Transcript;
use zkattest_verifier::verify;

fn uses_r(form: &Form) -> bool {
    let mut factors = form.groups.iter().flat_map(|group| &group.vector.factors);
    factors.any(|factor| !matches!(factor.kind, Kind::Constants(_) | Kind::Table(_)))
}

fn balanced(random: &mut Random) -> Circuit {
    let mut circuit = circuit_of(random, 7);
    circuit.rows.iter_mut().for_each(|rows| *rows = (*rows).min(6));
    // Forms over what no longer fits go.
    let fits = |circuit: &Circuit, tensor: u32| {
        let tensor = &circuit.tensors[usize::try_from(tensor).unwrap()];
        let cells = circuit.rows_of(tensor.region) * circuit.row_size();
        tensor.region == Region::Public || tensor.last_cell().unwrap() < u64::try_from(cells).unwrap()
    };
    let old = circuit.clone();
    let forms = circuit.functionals.iter_mut().map(|functional| &mut functional.forms);
    for forms in forms.chain(circuit.statements.iter_mut().map(|statement| &mut statement.forms)) {
        forms.retain(|form| form.tensor.is_none_or(|tensor| fits(&old, tensor)));
    }
    for tensor in &mut circuit.tensors {
        let number = old.tensors.iter().position(|other| other == tensor).unwrap();
        if !fits(&old, u32::try_from(number).unwrap()) {
            tensor.axes.clear();
            tensor.base = 0;
        }
    }
    // Functionals of no variables, out of forms that use r alone, and of those that use nothing.
    let forms = circuit.statements[0].forms.clone();
    let fixed = circuit.statements.iter().flat_map(|statement| &statement.forms);
    let fixed = fixed.filter(|form| !uses_r(form)).cloned().collect();
    circuit.functionals.push(Functional { variables: 0, forms });
    circuit.functionals.push(Functional { variables: 0, forms: fixed });
    let factors = [
        vec![0, 1, 0, 0],
        vec![0, 1, 0],
        vec![5, 4, 5],
        vec![5, 5],
        vec![4],
        vec![3, 2],
        vec![0, 0],
        vec![1],
    ];
    let term = |factors| Term { statement: random.below(3), coefficient: 1 << random.below(90), factors };
    circuit.terms = factors.map(term).to_vec();
    for i in 0..circuit.terms.len() {
        let term = circuit.terms[i].clone();
        circuit.terms.push(Term { coefficient: -term.coefficient, ..term });
    }
    for statement in &mut circuit.statements {
        let mut negative = statement.forms.clone();
        negative.iter_mut().for_each(|form| form.coefficient *= -1);
        statement.forms.extend(negative);
    }
    circuit
}

fn helpers(circuit: &Circuit, _: &[Vec<Scalar>], gamma: Scalar, beta: Scalar) -> Vec<Vec<Scalar>> {
    let row = (0..circuit.row_size()).scan(gamma, |cell, _| {
        *cell = *cell * gamma + beta;
        Some(*cell)
    });
    vec![row.collect(); circuit.rows_of(Region::Helper)]
}

fn accepted(circuit: &Circuit, random: &mut Random) -> bool {
    assert_eq!(circuit.validate(), Ok(()));
    assert_eq!(Circuit::decode(&circuit.encode()).as_ref(), Ok(circuit));
    let instance = Instance {
        circuit: circuit.clone(),
        public: (0..circuit.public).map(|_| i64::from(random.below(1000)) - 500).collect(),
        rows: (0..circuit.first_row(Region::Mask)).map(|_| random.scalars(circuit.row_size())).collect(),
        helpers,
    };
    let start = || Transcript::new(&circuit.digest(), &[3; 32], &[4; 32]);
    let proven = prove(&instance, &mut start(), random);
    assert_eq!(proven.proof.len(), circuit.proof_bytes());
    let verdict =
        verify(circuit, None, &proven.tau, &proven.model, &mut start(), &instance.public, &proven.proof);
    verdict.unwrap()
}

#[test]
fn balanced_circuits_are_accepted_and_others_not() {
    let mut random = Random(1);
    let mut refused = 0;
    for seed in 0..4 {
        let mut circuit = balanced(&mut Random(seed));
        assert_eq!((circuit.factors(), circuit.rounds_1()), (4, usize::from(VARIABLES)));
        assert!(accepted(&circuit, &mut random), "seed {seed}");
        // One product of four functionals too much; the functionals have forms.
        if circuit.functionals.iter().take(2).all(|functional| !functional.forms.is_empty()) {
            circuit.terms[0].coefficient += 1;
            assert!(!accepted(&circuit, &mut random), "seed {seed}");
            refused += 1;
        }
    }
    assert!(refused > 0);
}

/// Circuits with bytes changed that still are circuits, and a proof of their shape: an answer, never a panic.
#[test]
fn changed_circuits_are_interpreted_without_panic() {
    let mut random = Random(2);
    let generator = G1::generator();
    let point = [encode(&generator.x), encode(&generator.y)].concat();
    let bases: Vec<Vec<u8>> = (0..20).map(|seed| circuit_of(&mut Random(seed), 6).encode()).collect();
    let mut interpreted = 0;
    for round in 0..4000 {
        let mut bytes = bases[round % bases.len()].clone();
        for _ in 0..=random.below(4) {
            let at = usize::try_from(random.below(u32::try_from(bytes.len()).unwrap())).unwrap();
            bytes[at] = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff][usize::try_from(random.below(8)).unwrap()];
        }
        let Ok(circuit) = Circuit::decode(&bytes) else {
            continue;
        };
        let shape = circuit.proof_shape();
        // What takes long or much memory here is the test's own making of rows and integers.
        if shape.bytes() > 50_000 || circuit.public > 10_000 || circuit.rows_of(Region::Model) > 100 {
            continue;
        }
        let scalars = |count: usize, random: &mut Random| -> Vec<u8> {
            random.scalars(count).iter().flat_map(encode).collect()
        };
        let early = shape.early_rows + shape.helper_rows;
        let mut proof = point.repeat(early);
        proof.extend(scalars((shape.bytes() - 64 * (early + 7)) / 32 - 7, &mut random));
        proof.extend(point.repeat(5));
        proof.extend(scalars(7, &mut random));
        proof.extend(point.repeat(2));
        let public = vec![-1; usize::try_from(circuit.public).unwrap()];
        let model = vec![generator; circuit.rows_of(Region::Model)];
        let oracle = &mut Transcript::new(&circuit.digest(), &[3; 32], &[4; 32]);
        assert_eq!(verify(&circuit, None, &G2::generator(), &model, oracle, &public, &proof), Ok(false));
        interpreted += 1;
    }
    assert!(interpreted > 200, "{interpreted}");
}
