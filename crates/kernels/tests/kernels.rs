//! The fast kernels in lockstep with the reference, at odd sizes and on hostile elements; the reference
//! against big integers and definitions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig, PrimeField};
use num_bigint::{BigInt as Integer, BigUint};
use zkattest_kernels::{Cells, Cpu, KernelError, Kernels, MAX_COLUMNS, MAX_FACTORS, Reference};

struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Half of them random, half from the edges.
    fn element(&mut self) -> Fr {
        let choice = self.next();
        let edges = edges();
        if choice & 1 == 0 {
            return edges[(choice >> 8) as usize % edges.len()];
        }
        (0..4).fold(Fr::ZERO, |sum, _| sum * Fr::from(u64::MAX) + Fr::from(self.next()))
    }

    fn elements(&mut self, n: usize) -> Vec<Fr> {
        (0..n).map(|_| self.element()).collect()
    }
}

/// Elements whose limbs *in memory* are extreme: ones near 2^52 and 2^64, and p - 1.
fn edges() -> Vec<Fr> {
    let p = FrConfig::MODULUS.0;
    let top = p[3] - 1;
    let ones52 = (1u64 << 52) - 1;
    [
        [0; 4],
        [1, 0, 0, 0],
        [p[0] - 1, p[1], p[2], p[3]],
        [u64::MAX, u64::MAX, u64::MAX, top],
        [u64::MAX, 0, u64::MAX, 0],
        [0, u64::MAX, 0, top],
        [ones52, 0, 0, 0],
        [1 << 52, 0, 0, 0],
        [u64::MAX, u64::MAX, (1 << 28) - 1, 0],
        [0, 0, 0, p[3]],
        [0, 0, 1 << 63, 1 << 16],
        [0, p[1], p[2], p[3]],
    ]
    .into_iter()
    .map(|limbs| Fr::new_unchecked(BigInt(limbs)))
    .chain([Fr::ONE, -Fr::ONE, -Fr::from(2u64)])
    .collect()
}

const SIZES: [usize; 13] = [0, 1, 2, 7, 8, 9, 15, 63, 64, 65, 1031, 4096, 8205];

fn fast() -> [Cpu; 2] {
    [Cpu::detect(), Cpu::portable()]
}

fn big(element: &Fr) -> BigUint {
    element.into_bigint().0.iter().rev().fold(BigUint::ZERO, |sum, limb| (sum << 64) + limb)
}

fn modulus() -> BigUint {
    big(&-Fr::ONE) + 1u64
}

#[test]
fn elementwise_kernels_agree_with_big_integers() {
    let p = modulus();
    let edges = edges();
    let left: Vec<Fr> = edges.iter().flat_map(|x| edges.iter().map(move |_| *x)).collect();
    let right: Vec<Fr> = edges.iter().flat_map(|_| edges.iter().copied()).collect();
    let mut out = vec![Fr::ONE; left.len()];
    let all: [&dyn Kernels; 3] = [&Reference, &Cpu::detect(), &Cpu::portable()];
    for kernels in all {
        let expect = |out: &[Fr], operation: &dyn Fn(BigUint, BigUint) -> BigUint| {
            for ((out, x), y) in out.iter().zip(&left).zip(&right) {
                assert_eq!(big(out), operation(big(x), big(y)) % &p, "{} {x} {y}", kernels.name());
            }
        };
        kernels.multiply(&left, &right, &mut out).unwrap();
        expect(&out, &|x, y| x * y);
        kernels.add(&left, &right, &mut out).unwrap();
        expect(&out, &|x, y| x + y);
        kernels.subtract(&left, &right, &mut out).unwrap();
        expect(&out, &|x, y| x + &p - y);
    }
}

#[test]
fn elementwise_kernels_in_lockstep() {
    let mut stream = Stream(1);
    for n in SIZES {
        let (left, right) = (stream.elements(n), stream.elements(n));
        let mut expected = vec![Fr::ONE; n];
        for cpu in fast() {
            let mut out = vec![Fr::ONE; n];
            Reference.multiply(&left, &right, &mut expected).unwrap();
            cpu.multiply(&left, &right, &mut out).unwrap();
            assert_eq!(out, expected);
            Reference.add(&left, &right, &mut expected).unwrap();
            cpu.add(&left, &right, &mut out).unwrap();
            assert_eq!(out, expected);
            Reference.subtract(&left, &right, &mut expected).unwrap();
            cpu.subtract(&left, &right, &mut out).unwrap();
            assert_eq!(out, expected);
            let product = Reference.inner_product(&left, &right).unwrap();
            assert_eq!(cpu.inner_product(&left, &right).unwrap(), product);
            // The largest sums of unreduced products.
            let largest = vec![
                Fr::new_unchecked(BigInt({
                    let p = FrConfig::MODULUS.0;
                    [p[0] - 1, p[1], p[2], p[3]]
                }));
                n
            ];
            let product = Reference.inner_product(&largest, &largest).unwrap();
            assert_eq!(cpu.inner_product(&largest, &largest).unwrap(), product);
        }
    }
}

#[test]
fn inversion_reports_zeros_and_inverts_the_others() {
    let mut stream = Stream(2);
    for n in SIZES {
        let values = stream.elements(n);
        let zeros = values.iter().filter(|value| **value == Fr::ZERO).count();
        let mut expected = values.clone();
        assert_eq!(Reference.invert(&mut expected), zeros);
        for (value, inverse) in values.iter().zip(&expected) {
            let product = if *value == Fr::ZERO { Fr::ZERO } else { Fr::ONE };
            assert_eq!(*value * inverse, product);
        }
        for cpu in fast() {
            let mut out = values.clone();
            assert_eq!(cpu.invert(&mut out), zeros, "{n} {cpu:?}");
            assert_eq!(out, expected);
            let mut none = vec![Fr::ZERO; n];
            assert_eq!(cpu.invert(&mut none), n);
            assert!(none.iter().all(|value| *value == Fr::ZERO));
        }
    }
}

#[test]
fn eq_tables_follow_the_definition() {
    let mut stream = Stream(3);
    for variables in [0, 1, 2, 3, 4, 5, 9, 14] {
        let point = stream.elements(variables);
        let expected = Reference.eq_table(&point);
        if variables < 10 {
            for (x, value) in expected.iter().enumerate() {
                let bit = |i: usize| x >> (variables - 1 - i) & 1 == 1;
                let product: Fr =
                    (0..variables).map(|i| if bit(i) { point[i] } else { Fr::ONE - point[i] }).product();
                assert_eq!(*value, product);
            }
        }
        for cpu in fast() {
            assert_eq!(cpu.eq_table(&point), expected);
        }
    }
}

#[test]
fn folding_binds_the_most_significant_variable() {
    let mut stream = Stream(4);
    for k in SIZES.into_iter().skip(1) {
        let table = stream.elements(2 * k);
        for challenge in [stream.element(), Fr::ZERO, Fr::ONE, -Fr::ONE] {
            let mut expected = table.clone();
            Reference.fold(&mut expected, challenge).unwrap();
            assert_eq!(expected.len(), k);
            assert_eq!(expected[k - 1], table[k - 1] * (Fr::ONE - challenge) + table[2 * k - 1] * challenge);
            for cpu in fast() {
                let mut out = table.clone();
                cpu.fold(&mut out, challenge).unwrap();
                assert_eq!(out, expected);
            }
        }
    }
    // All variables bound: the multilinear extension, as an inner product with the eq table.
    let (point, table) = (stream.elements(5), stream.elements(32));
    let mut folded = table.clone();
    for z in &point {
        Cpu::detect().fold(&mut folded, *z).unwrap();
    }
    let eq = Reference.eq_table(&point);
    assert_eq!(folded, [Reference.inner_product(&eq, &table).unwrap()]);
}

#[test]
fn rounds_in_lockstep() {
    let mut stream = Stream(5);
    for k in [1, 7, 8, 9, 63, 65, 4099] {
        let tables: Vec<Vec<Fr>> = (0..MAX_FACTORS).map(|_| stream.elements(2 * k)).collect();
        let weights = stream.elements(k);
        for degree in 1..=MAX_FACTORS {
            if k > 1000 && ![1, 2, 3, 8, MAX_FACTORS].contains(&degree) {
                continue;
            }
            let factors: Vec<&[Fr]> = tables.iter().take(degree).map(Vec::as_slice).collect();
            for weights in [None, Some(weights.as_slice())] {
                let expected = Reference.round(weights, &factors, None).unwrap();
                assert_eq!(expected.len(), degree + 1);
                let claim = expected[0] + expected[1];
                assert_eq!(Reference.round(weights, &factors, Some(claim)).unwrap(), expected);
                for cpu in fast() {
                    assert_eq!(cpu.round(weights, &factors, None).unwrap(), expected);
                    assert_eq!(cpu.round(weights, &factors, Some(claim)).unwrap(), expected);
                }
            }
        }
    }
}

/// The largest lazily reduced values: 0 at x = 0 and p - 1 at x = 1, and conversely.
#[test]
fn rounds_of_extreme_tables_in_lockstep() {
    let p = FrConfig::MODULUS.0;
    let largest = Fr::new_unchecked(BigInt([p[0] - 1, p[1], p[2], p[3]]));
    for k in [1usize, 8, 129 * 8, 4096] {
        for (low, high) in [(Fr::ZERO, largest), (largest, Fr::ZERO), (largest, largest)] {
            let table: Vec<Fr> = (0..2 * k).map(|i| if i < k { low } else { high }).collect();
            let weights = vec![largest; k];
            for degree in [1, 2, 3, 4, 8, MAX_FACTORS] {
                let factors = vec![table.as_slice(); degree];
                let expected = Reference.round(Some(&weights), &factors, None).unwrap();
                assert_eq!(Cpu::detect().round(Some(&weights), &factors, None).unwrap(), expected);
                let expected = Reference.round(None, &factors, None).unwrap();
                assert_eq!(Cpu::detect().round(None, &factors, None).unwrap(), expected);
            }
        }
    }
}

#[test]
fn a_round_is_the_sum_over_folded_tables() {
    let mut stream = Stream(6);
    let tables: Vec<Vec<Fr>> = (0..3).map(|_| stream.elements(16)).collect();
    let factors: Vec<&[Fr]> = tables.iter().map(Vec::as_slice).collect();
    let values = Reference.round(None, &factors, None).unwrap();
    for (x, value) in values.iter().enumerate() {
        let mut folded = tables.clone();
        for table in &mut folded {
            Reference.fold(table, Fr::from(x as u64)).unwrap();
        }
        let sum: Fr = (0..8).map(|i| folded[0][i] * folded[1][i] * folded[2][i]).sum();
        assert_eq!(*value, sum);
    }
}

fn all_cells(stream: &mut Stream, n: usize) -> (Vec<i8>, Vec<i16>, Vec<i32>) {
    let bytes: Vec<i8> = (0..n).map(|i| if i % 5 == 0 { i8::MIN } else { stream.next() as i8 }).collect();
    let words = (0..n).map(|i| if i % 5 == 0 { i16::MIN } else { stream.next() as i16 }).collect();
    let doubles = (0..n)
        .map(|i| match i % 5 {
            0 => i32::MIN,
            1 => i32::MAX,
            _ => stream.next() as i32,
        })
        .collect();
    (bytes, words, doubles)
}

#[test]
fn small_cells_fold_exactly() {
    let mut stream = Stream(7);
    let p = Integer::from(modulus());
    for (rows, m) in
        [(1, 1), (1, 9), (3, 7), (2, 8), (5, 31), (7, 32), (4, 33), (9, 65), (1030, 40), (2061, 3), (2, 600)]
    {
        let weights = stream.elements(rows);
        let (bytes, words, doubles) = all_cells(&mut stream, rows * m);
        for cells in [Cells::I8(&bytes), Cells::I16(&words), Cells::I32(&doubles)] {
            let expected = Reference.fold_small(cells, &weights).unwrap();
            let last = (0..rows).fold(Integer::ZERO, |sum, j| {
                sum + Integer::from(big(&weights[j])) * cells.get(j * m + m - 1)
            });
            let last = ((last % &p) + &p) % &p;
            assert_eq!(Integer::from(big(&expected[m - 1])), last);
            for cpu in fast() {
                assert_eq!(cpu.fold_small(cells, &weights).unwrap(), expected, "{rows} x {m}");
            }
        }
    }
    assert_eq!(Cpu::detect().fold_small(Cells::I8(&[]), &[Fr::ONE]).unwrap(), []);
}

#[test]
fn rows_that_lie_anywhere_are_combined_exactly() {
    let mut stream = Stream(21);
    let largest = Fr::new_unchecked(BigInt([u64::MAX, u64::MAX, u64::MAX, FrConfig::MODULUS.0[3] - 1]));
    for (count, width) in
        [(0, 5), (1, 1), (1, 31), (2, 33), (7, 8), (3, 1031), (257, 9), (1025, 17), (2050, 3)]
    {
        let (_, words, _) = all_cells(&mut stream, count * width + 1);
        let rows: Vec<&[i16]> = (0..count).rev().map(|j| &words[j * width + 1..][..width]).collect();
        let full = stream.elements(count * width);
        let of_full: Vec<&[Fr]> = (0..count).rev().map(|j| &full[j * width..][..width]).collect();
        for weights in [stream.elements(count), vec![largest; count]] {
            let constant = stream.element();
            let (mut expected, mut expected_full) = (vec![Fr::ONE; width], vec![Fr::ONE; width]);
            Reference.combine_small(&rows, &weights, constant, &mut expected).unwrap();
            Reference.combine(&of_full, &weights, &mut expected_full).unwrap();
            let p = Integer::from(modulus());
            let last = (0..count).fold(Integer::from(big(&constant)), |sum, j| {
                sum + Integer::from(big(&weights[j])) * rows[j][width - 1]
            });
            assert_eq!(Integer::from(big(&expected[width - 1])), ((last % &p) + &p) % &p);
            for cpu in fast() {
                let (mut out, mut out_full) = (vec![Fr::ONE; width], vec![Fr::ONE; width]);
                cpu.combine_small(&rows, &weights, constant, &mut out).unwrap();
                cpu.combine(&of_full, &weights, &mut out_full).unwrap();
                assert_eq!(out, expected, "{count} x {width}");
                assert_eq!(out_full, expected_full, "{count} x {width}");
            }
        }
    }
}

#[test]
fn rows_of_small_cells_meet_weights_exactly() {
    let mut stream = Stream(9);
    let p = Integer::from(modulus());
    let shapes = [
        (1, 1),
        (9, 1),
        (7, 3),
        (8, 2),
        (31, 5),
        (5, 8),
        (33, 9),
        (65, 17),
        (3, 1024),
        (13, 1031),
        (600, 64),
    ];
    for (rows, width) in shapes.into_iter().chain([(1, 40_003), (2, 8205), (131, 1025)]) {
        // The largest limbs too: every sum of products as long as it can be.
        let largest =
            vec![
                Fr::new_unchecked(BigInt([u64::MAX, u64::MAX, u64::MAX, FrConfig::MODULUS.0[3] - 1]));
                width
            ];
        let (bytes, words, doubles) = all_cells(&mut stream, rows * width);
        for weights in [stream.elements(width), largest] {
            for cells in [Cells::I8(&bytes), Cells::I16(&words), Cells::I32(&doubles)] {
                let expected = Reference.dot_small(cells, &weights).unwrap();
                assert_eq!(expected.len(), rows);
                let last = (0..width).fold(Integer::ZERO, |sum, i| {
                    sum + Integer::from(big(&weights[i])) * cells.get((rows - 1) * width + i)
                });
                assert_eq!(Integer::from(big(&expected[rows - 1])), ((last % &p) + &p) % &p);
                for cpu in fast() {
                    assert_eq!(cpu.dot_small(cells, &weights).unwrap(), expected, "{rows} x {width}");
                }
            }
        }
    }
    let (most, least) = (vec![i8::MAX; 3 * 4099], vec![i32::MIN; 3 * 4099]);
    let weights = vec![-Fr::ONE; 4099];
    for cells in [Cells::I8(&most), Cells::I32(&least)] {
        let expected = [-Fr::from(4099u64) * Fr::from(cells.get(0)); 3];
        assert_eq!(Cpu::detect().dot_small(cells, &weights).unwrap(), expected);
    }
    assert_eq!(Cpu::detect().dot_small(Cells::I8(&[]), &[Fr::ONE]).unwrap(), []);
}

#[test]
fn lookup_rounds_in_lockstep() {
    let mut stream = Stream(10);
    let p = FrConfig::MODULUS.0;
    let largest = Fr::new_unchecked(BigInt([p[0] - 1, p[1], p[2], p[3]]));
    for k in [1, 7, 8, 9, 63, 129, 4099] {
        let random: Vec<Vec<Fr>> = (0..3 + MAX_COLUMNS).map(|_| stream.elements(2 * k)).collect();
        // 0 at x = 0 and p - 1 at x = 1, and conversely: the largest lazily reduced values.
        let rising: Vec<Fr> = (0..2 * k).map(|i| if i < k { Fr::ZERO } else { largest }).collect();
        let falling: Vec<Fr> = rising.iter().rev().copied().collect();
        for tables in [random, vec![rising; 3 + MAX_COLUMNS], vec![falling; 3 + MAX_COLUMNS]] {
            let all: Vec<&[Fr]> = tables.iter().map(Vec::as_slice).collect();
            for b in 1..=MAX_COLUMNS {
                if k > 1000 && ![1, 3, MAX_COLUMNS].contains(&b) {
                    continue;
                }
                let columns = &all[3..3 + b];
                let expected = Reference.lookup_round(all[0], all[1], all[2], columns, None).unwrap();
                assert_eq!(expected.len(), b + 2);
                let claim = Some(expected[0] + expected[1]);
                for cpu in fast() {
                    for claim in [None, claim] {
                        let found = cpu.lookup_round(all[0], all[1], all[2], columns, claim).unwrap();
                        assert_eq!(found, expected, "{} k {k} b {b}", cpu.name());
                    }
                }
            }
        }
    }
}

/// A helper column makes each row vanish; the round sums what its rows are, by their definition with inverses.
#[test]
fn a_lookup_round_vanishes_on_true_helpers() {
    let mut stream = Stream(11);
    let k = 5;
    let nonzero = |stream: &mut Stream| loop {
        let element = stream.element();
        if element != Fr::ZERO {
            return element;
        }
    };
    for b in 1..=MAX_COLUMNS {
        let columns: Vec<Vec<Fr>> =
            (0..b).map(|_| (0..2 * k).map(|_| nonzero(&mut stream)).collect()).collect();
        let slices: Vec<&[Fr]> = columns.iter().map(Vec::as_slice).collect();
        let eq = stream.elements(2 * k);
        let first: Vec<Fr> = eq.iter().zip(&columns[0]).map(|(eq, a)| *eq * a).collect();
        let inverses = |i: usize| columns.iter().map(|a| a[i].inverse().unwrap()).sum::<Fr>();
        let mut helper: Vec<Fr> = (0..2 * k).map(|i| eq[i] * inverses(i)).collect();
        let all: [&dyn Kernels; 3] = [&Reference, &Cpu::detect(), &Cpu::portable()];
        for kernels in all {
            let values = kernels.lookup_round(&helper, &eq, &first, &slices, None).unwrap();
            assert_eq!(values[..2], [Fr::ZERO; 2]);
        }
        helper[3] += Fr::ONE;
        let wrong: Fr = columns.iter().map(|a| a[3]).product();
        for kernels in all {
            let values = kernels.lookup_round(&helper, &eq, &first, &slices, None).unwrap();
            assert_eq!(values[..2], [wrong, Fr::ZERO]);
        }
    }
}

#[test]
fn lookup_helpers_in_lockstep() {
    let mut stream = Stream(8);
    for rows in [0, 1, 7, 65, 5000] {
        let (bytes, words, doubles) = all_cells(&mut stream, rows);
        let challenge = stream.element() + Fr::from(1u64 << 40);
        let tables: [&[Cells<'_>]; 5] = [
            &[],
            &[Cells::I8(&bytes)],
            &[Cells::I8(&bytes), Cells::I16(&words)],
            &[Cells::I32(&doubles), Cells::I8(&bytes)],
            &[Cells::I8(&bytes), Cells::I8(&bytes), Cells::I8(&bytes), Cells::I8(&bytes)],
        ];
        for columns in tables {
            let expected = Reference.lookup_helper(columns, challenge).unwrap();
            for cpu in fast() {
                assert_eq!(cpu.lookup_helper(columns, challenge).unwrap(), expected);
            }
        }
    }
}

#[test]
fn a_zero_denominator_is_named_and_a_hole_in_the_range_is_none() {
    // -3 is in the second column only, at row 5; 100 in none. Few rows go the direct way, many by a table.
    for rows in [6, 9000] {
        let first: Vec<i8> = (0..rows).map(|i| (i % 7) as i8 - 1).collect();
        let mut second = vec![2i8; rows];
        second[5] = -3;
        second[0] = 120;
        let columns = [Cells::I8(&first), Cells::I8(&second)];
        let all: [&dyn Kernels; 3] = [&Reference, &Cpu::detect(), &Cpu::portable()];
        for kernels in all {
            let error = KernelError::ZeroDenominator { column: 1, row: 5 };
            assert_eq!(kernels.lookup_helper(&columns, Fr::from(3u64)), Err(error));
            let expected = Reference.lookup_helper(&columns, -Fr::from(100u64));
            assert!(expected.is_ok());
            assert_eq!(kernels.lookup_helper(&columns, -Fr::from(100u64)), expected);
        }
    }
}

#[test]
fn shapes_are_checked_by_all() {
    let one = [Fr::ONE];
    let two = [Fr::ONE; 2];
    let three = [Fr::ONE; 3];
    let all: [&dyn Kernels; 3] = [&Reference, &Cpu::detect(), &Cpu::portable()];
    for kernels in all {
        let length = |expected, found| KernelError::Length { expected, found };
        assert_eq!(kernels.multiply(&one, &two, &mut [Fr::ZERO]), Err(length(1, 2)));
        assert_eq!(kernels.add(&one, &one, &mut []), Err(length(1, 0)));
        assert_eq!(kernels.subtract(&two, &two, &mut [Fr::ZERO; 3]), Err(length(2, 3)));
        assert_eq!(kernels.inner_product(&one, &two), Err(length(1, 2)));
        assert_eq!(kernels.fold(&mut Vec::new(), Fr::ONE), Err(KernelError::OddTable { found: 0 }));
        assert_eq!(kernels.fold(&mut three.to_vec(), Fr::ONE), Err(KernelError::OddTable { found: 3 }));
        let degree = |found| KernelError::Degree { limit: MAX_FACTORS, found };
        assert_eq!(kernels.round(None, &[], None), Err(degree(0)));
        assert_eq!(
            kernels.round(None, &[two.as_slice(); MAX_FACTORS + 1], None),
            Err(degree(MAX_FACTORS + 1))
        );
        assert_eq!(kernels.round(None, &[&two, &one], None), Err(length(2, 1)));
        assert_eq!(kernels.round(None, &[&three], None), Err(KernelError::OddTable { found: 3 }));
        assert_eq!(kernels.round(Some(&two), &[&two], None), Err(length(1, 2)));
        assert_eq!(kernels.fold_small(Cells::I8(&[1, 2, 3]), &two), Err(length(2, 3)));
        assert_eq!(kernels.fold_small(Cells::I8(&[1]), &[]), Err(length(0, 1)));
        assert_eq!(kernels.dot_small(Cells::I8(&[1, 2, 3]), &two), Err(length(2, 3)));
        let mut out = two;
        assert_eq!(kernels.combine_small(&[&[1, 2]], &two, two[0], &mut out), Err(length(1, 2)));
        assert_eq!(kernels.combine_small(&[&[1]], &one, two[0], &mut out), Err(length(2, 1)));
        assert_eq!(kernels.combine(&[&two], &two, &mut out), Err(length(1, 2)));
        assert_eq!(kernels.combine(&[&one], &one, &mut out), Err(length(2, 1)));
        assert_eq!(kernels.dot_small(Cells::I8(&[1]), &[]), Err(length(0, 1)));
        let columns = |found| KernelError::Degree { limit: MAX_COLUMNS, found };
        let nine = [two.as_slice(); 9];
        assert_eq!(kernels.lookup_round(&two, &two, &two, &[], None), Err(columns(0)));
        assert_eq!(kernels.lookup_round(&two, &two, &two, &nine, None), Err(columns(9)));
        assert_eq!(kernels.lookup_round(&two, &two, &one, &[&two], None), Err(length(2, 1)));
        assert_eq!(kernels.lookup_round(&two, &two, &two, &[&two, &one], None), Err(length(2, 1)));
        let odd = KernelError::OddTable { found: 3 };
        assert_eq!(kernels.lookup_round(&three, &three, &three, &[&three], None), Err(odd));
        let uneven = [Cells::I8(&[1, 2]), Cells::I16(&[1])];
        assert_eq!(kernels.lookup_helper(&uneven, Fr::ONE), Err(length(2, 1)));
    }
}
