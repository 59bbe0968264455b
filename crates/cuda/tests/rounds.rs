//! Rounds over tables that stay on a machine, whole and in pieces, beside the reference.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use machines::machines;
use std::sync::Arc;
use values::Stream;
use zkattest_cuda::{
    CudaError, Gpu, Halves, Limited, Machine, Round, RoundForm, RoundRows, RoundSums, Vector, room_of_rounds,
};
use zkattest_cuda_twin::Twin;
use zkattest_kernels::{KernelError, Kernels, MAX_COLUMNS, MAX_FACTORS, Reference};

/// A form, its tables, and the values of its round.
struct Case {
    form: RoundForm,
    tables: Vec<Vec<Fr>>,
    values: Vec<Fr>,
}

impl Case {
    fn new(form: RoundForm, half: usize, stream: &mut Stream) -> Self {
        let count = match form {
            RoundForm::Product { factors } => factors,
            RoundForm::Lookup { columns } => columns + 3,
        };
        let tables: Vec<Vec<Fr>> = (0..count).map(|_| stream.elements(2 * half)).collect();
        let all: Vec<&[Fr]> = tables.iter().map(Vec::as_slice).collect();
        let values = match form {
            RoundForm::Product { .. } => Reference.round(None, &all, None),
            RoundForm::Lookup { .. } => Reference.lookup_round(all[0], all[1], all[2], &all[3..], None),
        };
        Self { form, values: values.unwrap(), tables }
    }

    fn claim(&self) -> Fr {
        self.values[0] + self.values[1]
    }

    fn half(&self) -> usize {
        self.tables[0].len() / 2
    }

    fn put(&self, gpu: &Gpu) -> Vec<Vector> {
        self.tables.iter().map(|table| Vector::new(gpu.machine(), table).unwrap()).collect()
    }
}

fn forms() -> impl Iterator<Item = RoundForm> {
    let products = (1..=MAX_FACTORS).map(|factors| RoundForm::Product { factors });
    products.chain((1..=MAX_COLUMNS).map(|columns| RoundForm::Lookup { columns }))
}

#[test]
fn many_rounds_of_every_form_and_length_at_once() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(1);
        let mut cases: Vec<Case> = forms()
            .flat_map(|form| [1, 3, 64, 65, 257].map(|half| (form, half)))
            .map(|(form, half)| Case::new(form, half, &mut stream))
            .collect();
        // More rows than threads that share a sum.
        for factors in 1..=3 {
            cases.push(Case::new(RoundForm::Product { factors }, (1 << 16) + 129, &mut stream));
        }
        let tables: Vec<Vec<Vector>> = cases.iter().map(|case| case.put(&gpu)).collect();
        let round = |with_claim: bool, number: usize| Round {
            form: cases[number].form,
            tables: tables[number].iter().collect(),
            claim: with_claim.then(|| cases[number].claim()),
        };
        // Every other one with a claim, then the others.
        for parity in [0, 1] {
            let rounds: Vec<Round<'_>> =
                (0..cases.len()).map(|number| round(number % 2 == parity, number)).collect();
            let found = gpu.rounds(&rounds).unwrap();
            for (found, case) in found.iter().zip(&cases) {
                assert_eq!(*found, case.values, "{:?} of {} rows", case.form, case.half());
            }
        }
        assert_eq!(gpu.rounds(&[]), Ok(vec![]));
    }
}

#[test]
fn sums_grow_by_pieces_of_any_length() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(2);
        for form in forms() {
            let case = Case::new(form, 700, &mut stream);
            let (tables, half) = (case.put(&gpu), case.half());
            for claim in [None, Some(case.claim())] {
                let mut sums = RoundSums::new(form, claim).unwrap();
                // The first piece decides on how many threads share the sums: later ones are shorter and longer.
                for (from, to) in [(0, 100), (100, 100), (100, 103), (103, 500), (500, 700)] {
                    let rows = to - from;
                    // Every other table is copied to a buffer, its halves side by side.
                    let buffers: Vec<Vector> = case
                        .tables
                        .iter()
                        .map(|table| [&table[from..to], &table[half + from..half + to]].concat())
                        .map(|piece| Vector::new(&machine, &piece).unwrap())
                        .collect();
                    let halves = |j: usize| {
                        if j.is_multiple_of(2) {
                            Halves::at(&tables[j], from, half + from)
                        } else {
                            Halves::of(&buffers[j])
                        }
                    };
                    let tables = (0..tables.len()).map(halves).collect();
                    gpu.add_rounds(&mut [RoundRows { sums: &mut sums, tables, rows }]).unwrap();
                }
                assert_eq!(gpu.finish_rounds(vec![sums]).unwrap().concat(), case.values, "{form:?}");
            }
            let empty = [RoundSums::new(form, None).unwrap(), RoundSums::new(form, Some(Fr::ONE)).unwrap()];
            let zeros = vec![Fr::ZERO; case.values.len()];
            let mut claimed = zeros.clone();
            claimed[1] = Fr::ONE;
            assert_eq!(gpu.finish_rounds(empty.into()).unwrap(), [zeros, claimed]);
        }
    }
}

#[test]
fn rounds_of_other_shapes_are_refused() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let [even, odd, long] =
            [2, 3, 4].map(|length| Vector::new(&machine, &vec![Fr::ONE; length]).unwrap());
        let none = Vector::zeros(&machine, 0).unwrap();
        let round = |form, tables| gpu.rounds(&[Round { form, tables, claim: None }]);
        let refused = |error: KernelError| Err(CudaError::Kernel(error));
        let product = |factors| RoundForm::Product { factors };
        for (found, limit, form) in [
            (0, MAX_FACTORS, product(0)),
            (MAX_FACTORS + 1, MAX_FACTORS, product(MAX_FACTORS + 1)),
            (0, MAX_COLUMNS, RoundForm::Lookup { columns: 0 }),
            (MAX_COLUMNS + 1, MAX_COLUMNS, RoundForm::Lookup { columns: MAX_COLUMNS + 1 }),
        ] {
            assert_eq!(round(form, vec![&even]), refused(KernelError::Degree { limit, found }));
        }
        assert_eq!(round(product(1), vec![&odd]), refused(KernelError::OddTable { found: 3 }));
        assert_eq!(round(product(1), vec![&none]), refused(KernelError::OddTable { found: 0 }));
        let length = |expected, found| KernelError::Length { expected, found };
        assert_eq!(round(product(2), vec![&even, &long]), refused(length(2, 4)));
        assert_eq!(round(product(2), vec![&even]), refused(length(2, 1)));
        let mut sums = RoundSums::new(product(1), None).unwrap();
        let tables = vec![Halves::at(&long, 1, 2)];
        let beyond = gpu.add_rounds(&mut [RoundRows { sums: &mut sums, tables, rows: 3 }]);
        assert_eq!(beyond, Err(CudaError::Kernel(length(5, 4))));
        let mut odd = odd;
        let refused = gpu.fold_all(&mut [&mut odd], Fr::ONE);
        assert_eq!(refused, Err(CudaError::Kernel(KernelError::OddTable { found: 3 })));
    }
}

#[test]
fn tables_of_different_lengths_are_folded_and_read_together() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(3);
        let mut expected: Vec<Vec<Fr>> =
            [2, 6, 510, 512, 514, 4098, 2].map(|length| stream.elements(length)).to_vec();
        let mut found: Vec<Vector> =
            expected.iter().map(|table| Vector::new(&machine, table).unwrap()).collect();
        let z = stream.element();
        expected.iter_mut().for_each(|table| Reference.fold(table, z).unwrap());
        gpu.fold_all(&mut found.iter_mut().collect::<Vec<_>>(), z).unwrap();
        assert_eq!(gpu.read_all(&found.iter().collect::<Vec<_>>()).unwrap(), expected);
        gpu.fold_all(&mut [], z).unwrap();
        let none = Vector::zeros(&machine, 0).unwrap();
        assert_eq!(gpu.read_all(&[&none, &found[0], &none]), Ok(vec![vec![], expected[0].clone(), vec![]]));
        assert_eq!(gpu.read_all(&[]), Ok(vec![]));
    }
}

#[test]
fn rounds_take_no_more_room_than_they_say() {
    let limited = Arc::new(Limited::new(Arc::new(Twin), 1 << 30));
    let machine: Arc<dyn Machine> = limited.clone();
    let gpu = Gpu::new(machine.clone());
    let mut stream = Stream(4);
    for half in [1, 300, (1 << 15) + 1] {
        let mut cases: Vec<Case> = Vec::new();
        for form in forms().step_by(5) {
            cases.push(Case::new(form, half, &mut stream));
            cases.push(Case::new(form, 65, &mut stream));
        }
        let tables: Vec<Vec<Vector>> = cases.iter().map(|case| case.put(&gpu)).collect();
        let before = limited.live();
        limited.forget_peak();
        let round = |(case, tables): (&Case, &'_ Vec<Vector>)| (case.form, tables[0].len() / 2);
        let room = room_of_rounds(&cases.iter().zip(&tables).map(round).collect::<Vec<_>>());
        let rounds = cases.iter().zip(&tables).map(|(case, tables)| Round {
            form: case.form,
            tables: tables.iter().collect(),
            claim: None,
        });
        gpu.rounds(&rounds.collect::<Vec<_>>()).unwrap();
        let taken = limited.peak() - before;
        assert!(taken <= room, "{taken} of {room}");
        assert_eq!(limited.live(), before);
    }
}
