//! Every kernel against the reference, at odd sizes, block edges and extreme limbs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, MontConfig};
use machines::machines;
use std::sync::Arc;
use values::{Stream, edges};
use zkattest_cuda::{CHAIN_MULTIPLY_ADDS, CudaError, Gpu, Machine, Vector};
use zkattest_cuda_twin::{Counting, Counts};
use zkattest_kernels::{Cells, KernelError, Kernels, MAX_COLUMNS, MAX_FACTORS, Reference};

const SIZES_TRIED: [usize; 9] = [1, 2, 3, 31, 255, 256, 257, 1023, 4099];

#[test]
fn elementwise_arithmetic_and_sums() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(1);
        for n in SIZES_TRIED {
            let (left, right) = (stream.elements(n), stream.elements(n));
            let (mut found, mut expected) = (vec![Fr::ZERO; n], vec![Fr::ZERO; n]);
            gpu.multiply(&left, &right, &mut found).unwrap();
            Reference.multiply(&left, &right, &mut expected).unwrap();
            assert_eq!(found, expected, "{n} products");
            gpu.add(&left, &right, &mut found).unwrap();
            Reference.add(&left, &right, &mut expected).unwrap();
            assert_eq!(found, expected, "{n} sums");
            gpu.subtract(&left, &right, &mut found).unwrap();
            Reference.subtract(&left, &right, &mut expected).unwrap();
            assert_eq!(found, expected, "{n} differences");
            assert_eq!(gpu.inner_product(&left, &right), Reference.inner_product(&left, &right));
        }
        let every: Vec<Fr> = edges().iter().flat_map(|x| vec![*x; edges().len()]).collect();
        let other: Vec<Fr> = (0..edges().len()).flat_map(|_| edges()).collect();
        let (mut found, mut expected) = (vec![Fr::ZERO; every.len()], vec![Fr::ZERO; every.len()]);
        gpu.multiply(&every, &other, &mut found).unwrap();
        Reference.multiply(&every, &other, &mut expected).unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn inverses_keep_zeros_and_count_them() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        for n in SIZES_TRIED {
            let mut found = Stream(n as u64).elements(n);
            let mut expected = found.clone();
            assert_eq!(gpu.invert(&mut found), Reference.invert(&mut expected));
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn eq_tables_and_folds() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(3);
        for n in 0..11 {
            let point = stream.elements(n);
            assert_eq!(gpu.eq_table(&point), Reference.eq_table(&point));
        }
        for n in [2, 6, 510, 512, 514, 4098] {
            let (mut found, z) = (stream.elements(n), stream.element());
            let mut expected = found.clone();
            gpu.fold(&mut found, z).unwrap();
            Reference.fold(&mut expected, z).unwrap();
            assert_eq!(found, expected);
        }
        assert_eq!(gpu.fold(&mut vec![Fr::ONE; 3], Fr::ONE), Err(KernelError::OddTable { found: 3 }));
    }
}

#[test]
fn rounds_of_every_degree() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(4);
        for count in 1..=MAX_FACTORS {
            for half in [1, 129, 300] {
                let tables: Vec<Vec<Fr>> = (0..count).map(|_| stream.elements(2 * half)).collect();
                let factors: Vec<&[Fr]> = tables.iter().map(Vec::as_slice).collect();
                let weights = stream.elements(half);
                for weights in [None, Some(weights.as_slice())] {
                    let expected = Reference.round(weights, &factors, None).unwrap();
                    assert_eq!(gpu.round(weights, &factors, None).unwrap(), expected);
                    let claim = expected[0] + expected[1];
                    assert_eq!(gpu.round(weights, &factors, Some(claim)).unwrap(), expected);
                }
            }
        }
        let refused = gpu.round(None, &[], None);
        assert_eq!(refused, Err(KernelError::Degree { limit: MAX_FACTORS, found: 0 }));
    }
}

#[test]
fn lookup_rounds_of_every_number_of_columns() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(5);
        for count in 1..=MAX_COLUMNS {
            let tables: Vec<Vec<Fr>> = (0..count + 3).map(|_| stream.elements(2 * 77)).collect();
            let columns: Vec<&[Fr]> = tables[3..].iter().map(Vec::as_slice).collect();
            let expected =
                Reference.lookup_round(&tables[0], &tables[1], &tables[2], &columns, None).unwrap();
            let claim = expected[0] + expected[1];
            for claim in [None, Some(claim)] {
                let found = gpu.lookup_round(&tables[0], &tables[1], &tables[2], &columns, claim);
                assert_eq!(found.unwrap(), expected);
            }
        }
    }
}

#[test]
fn small_cells_of_every_width() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(6);
        for (rows, width) in [(1, 1), (3, 257), (300, 5), (64, 64)] {
            let bytes: Vec<i8> = (0..rows * width).map(|_| stream.next() as i8).collect();
            let words: Vec<i16> = (0..rows * width).map(|_| stream.next() as i16).collect();
            let doubles: Vec<i32> = (0..rows * width).map(|_| stream.next() as i32).collect();
            let extremes: Vec<i32> =
                (0..rows * width).map(|i| if i % 2 == 0 { i32::MIN } else { i32::MAX }).collect();
            let all = [Cells::I8(&bytes), Cells::I16(&words), Cells::I32(&doubles), Cells::I32(&extremes)];
            for cells in all {
                let weights = stream.elements(rows);
                assert_eq!(gpu.fold_small(cells, &weights), Reference.fold_small(cells, &weights));
                let weights = stream.elements(width);
                assert_eq!(gpu.dot_small(cells, &weights), Reference.dot_small(cells, &weights));
            }
        }
    }
}

#[test]
fn helpers_by_tables_and_where_a_denominator_is_zero() {
    for machine in machines() {
        let gpu = Gpu::new(machine);
        let mut stream = Stream(7);
        for n in [1, 300, 1025] {
            let left: Vec<i16> = (0..n).map(|_| (stream.next() % 512) as i16 - 100).collect();
            let right: Vec<i16> = (0..n).map(|_| (stream.next() % 300) as i16).collect();
            let columns = [Cells::I16(&left), Cells::I16(&right)];
            let challenge = stream.element() + Fr::from(1u64 << 40);
            assert_eq!(gpu.lookup_helper(&columns, challenge), Reference.lookup_helper(&columns, challenge));
            let pole = -Fr::from(i64::from(left[n / 2]));
            assert_eq!(gpu.lookup_helper(&columns, pole), Reference.lookup_helper(&columns, pole));
        }
        let mixed = [Cells::I8(&[1, -2]), Cells::I16(&[3, 4])];
        let challenge = Fr::from(1u64 << 50);
        assert_eq!(gpu.lookup_helper(&mixed, challenge), Reference.lookup_helper(&mixed, challenge));
    }
}

#[test]
fn copies_and_chains_of_multiply_adds() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(8);
        let values = stream.elements(300);
        let there = Vector::new(&machine, &values).unwrap();
        let mut copy = Vector::room(&machine, 300).unwrap();
        gpu.copy(&there, &mut copy).unwrap();
        assert_eq!(copy.read().unwrap(), values);
        let mut short = Vector::room(&machine, 299).unwrap();
        let refused = KernelError::Length { expected: 300, found: 299 };
        assert_eq!(gpu.copy(&there, &mut short), Err(CudaError::Kernel(refused)));

        let expected: Vec<Fr> = values.iter().map(|value| chained(value.0.0, 11)).collect();
        assert_eq!(gpu.multiply_add_chains(&there, 11).unwrap().read().unwrap(), expected);
    }
}

/// What `kernels/ceilings.cuh` says of limbs `x`, in words: sums of products of words, mod 2^256.
fn chained(x: [u64; 4], rounds: u64) -> Fr {
    let words = x.map(|limb| [limb & 0xffff_ffff, limb >> 32]);
    let factors = [words[2][0], words[2][1], words[3][0], words[3][1]];
    let mut sum = BigInt::<4>::zero();
    for (k, factor) in factors.into_iter().enumerate() {
        // products of two words lie in limbs of their own
        let product = BigInt(words.map(|pair| pair[k & 1] * factor));
        for _ in 0..rounds {
            sum.add_with_carry(&product);
        }
    }
    while sum >= FrConfig::MODULUS {
        sum.sub_with_borrow(&FrConfig::MODULUS);
    }
    Fr::new_unchecked(sum)
}

#[test]
fn the_counting_twin_counts_what_kernels_move_and_multiply() {
    let counting = Arc::new(Counting::new(1 << 20).unwrap());
    let machine: Arc<dyn Machine> = counting.clone();
    let gpu = Gpu::new(machine.clone());
    let values = Stream(9).elements(100);
    let there = Vector::new(&machine, &values).unwrap();
    let mut copy = Vector::room(&machine, 100).unwrap();
    gpu.copy(&there, &mut copy).unwrap();
    let found = counting.counts();
    let expected = Counts { launches: 1, threads: 100, read: 3200, written: 3200, ..Counts::default() };
    assert_eq!(found["copy"], Counts { sectors_read: 3200, sectors_written: 3200, ..expected });
    assert_eq!(found["upload"], Counts { launches: 1, written: 3200, ..Counts::default() });

    let chains = gpu.multiply_add_chains(&there, 5).unwrap();
    let expected = expected.threads * 5 * CHAIN_MULTIPLY_ADDS as u64;
    assert_eq!(counting.counts()["multiply_add_chains"].multiply_adds, expected);
    assert_eq!(chains.read().unwrap(), values.iter().map(|value| chained(value.0.0, 5)).collect::<Vec<_>>());

    // a product takes 8 rounds of 16 multiply-adds for a word of y, 16 for the quotient and one to find it; every thread
    // reads the same factor again, and the three words of its job
    let mut table = values.clone();
    gpu.fold(&mut table, Fr::ONE.double()).unwrap();
    let fold = counting.counts()["fold_all"];
    assert_eq!((fold.multiply_adds, fold.read, fold.sectors_read), (50 * 264, 50 * 120, 102 * 32));

    assert!(counting.peak() >= 3 * 3200);
    drop((there, copy, chains));
    assert_eq!(counting.available().unwrap(), 1 << 20);
    let all = Vector::room(&machine, 1 << 15).unwrap();
    let refused = Vector::room(&machine, 1).unwrap_err();
    assert_eq!(refused, CudaError::Memory { needed: 32, available: 0 });
    drop(all);
}
