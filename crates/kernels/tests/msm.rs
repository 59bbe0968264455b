//! The vectorised bucket method against arkworks, on random and on hostile input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field};
use zkattest_kernels::KernelError;
use zkattest_kernels::msm::{Bases, Scalars, msm, reference};

struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn scalar(&mut self) -> Fr {
        (0..4).fold(Fr::ZERO, |sum, _| sum * Fr::from(u64::MAX) + Fr::from(self.next()))
    }
}

fn points(n: usize) -> Vec<G1Affine> {
    let mut stream = Stream(7);
    let step = G1Projective::generator() * stream.scalar();
    let mut current = G1Projective::generator();
    let all: Vec<_> = (0..n)
        .map(|_| {
            current += step;
            current
        })
        .collect();
    G1Projective::normalize_batch(&all)
}

/// By double-and-add, not by any bucket method.
fn slow(bases: &[G1Affine], scalars: Scalars<'_>) -> G1Projective {
    bases.iter().zip(scalars.to_field()).map(|(p, s)| *p * s).sum()
}

fn agree(bases: &[G1Affine], scalars: Scalars<'_>) {
    let expected = reference(bases, scalars).unwrap();
    if bases.len() < 100 {
        assert_eq!(expected, slow(bases, scalars));
    }
    assert_eq!(msm(bases, scalars).unwrap(), expected, "{} bases", bases.len());
    let prepared = Bases::new(bases);
    assert_eq!(prepared.msm(scalars).unwrap(), expected);
}

/// Every width, from the same stream.
fn all_widths(bases: &[G1Affine], stream: &mut Stream) {
    let n = bases.len();
    let bytes: Vec<i8> = (0..n).map(|_| stream.next() as i8).collect();
    let words: Vec<i16> = (0..n).map(|_| stream.next() as i16).collect();
    let doubles: Vec<i32> = (0..n).map(|_| stream.next() as i32).collect();
    let full: Vec<Fr> = (0..n).map(|_| stream.scalar()).collect();
    agree(bases, Scalars::I8(&bytes));
    agree(bases, Scalars::I16(&words));
    agree(bases, Scalars::I32(&doubles));
    agree(bases, Scalars::Full(&full));
    for bits in [0, 1, 7, 8, 9, 15] {
        let cells: Vec<i16> = words.iter().map(|word| word & ((1i32 << bits) - 1) as i16).collect();
        agree(bases, Scalars::Unsigned { cells: &cells, bits });
    }
}

/// So many that sums of blocks are added up several times: of points in arithmetic progression the sum is known.
#[test]
fn sums_of_many_blocks() {
    const COUNT: usize = 1 << 20;
    let bases = Bases::new(&points(COUNT));
    let mut stream = Stream(8);
    let scalars: Vec<Fr> = (0..COUNT).map(|_| stream.scalar()).collect();
    let step = Stream(7).scalar();
    let weighted: Fr =
        (1u64..).zip(&scalars).map(|(i, scalar)| (Fr::ONE + step * Fr::from(i)) * scalar).sum();
    assert_eq!(bases.msm(Scalars::Full(&scalars)).unwrap(), G1Projective::generator() * weighted);
}

#[test]
fn odd_sizes() {
    let bases = points(300);
    let mut stream = Stream(1);
    for n in [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 65, 127, 300] {
        all_widths(&bases[..n], &mut stream);
    }
}

#[test]
fn several_tasks_and_batches() {
    let bases = points(20_011);
    all_widths(&bases, &mut Stream(2));
}

#[test]
fn extreme_scalars() {
    let bases = points(65);
    for value in [0, 1, -1, i8::MAX, i8::MIN] {
        agree(&bases, Scalars::I8(&[value; 65]));
    }
    for value in [0, 1, -1, 127, 128, -128, -129, 255, 256, i16::MAX, i16::MIN, i16::MIN + 1] {
        agree(&bases, Scalars::I16(&[value; 65]));
    }
    for value in [0, i32::MAX, i32::MIN, 1 << 30, -(1 << 16), 0x7fff_8000, 0x0080_8080] {
        agree(&bases, Scalars::I32(&[value; 65]));
    }
    for (value, bits) in [(255, 8), (256, 9), (128, 8), (1, 1), (i16::MAX, 15), (0, 0)] {
        agree(&bases, Scalars::Unsigned { cells: &[value; 65], bits });
    }
    let half = Fr::from(2u64).inverse().unwrap();
    for value in [Fr::ZERO, Fr::ONE, -Fr::ONE, half, -half, Fr::from(u128::MAX), -Fr::from(u128::MAX)] {
        agree(&bases, Scalars::Full(&[value; 65]));
    }
    let mixed: Vec<Fr> = (0..65u64).map(|i| if i % 2 == 0 { -Fr::from(i) } else { Fr::from(i) }).collect();
    agree(&bases, Scalars::Full(&mixed));
}

/// One pair of equal abscissas would zero the shared inversion of a whole batch.
#[test]
fn equal_opposite_and_infinite_bases() {
    let some = points(9);
    let mut stream = Stream(3);
    for n in [5, 40, 333] {
        let hostile: Vec<G1Affine> = (0..n)
            .map(|i| match i % 5 {
                0 => some[0],
                1 => -some[0],
                2 => G1Affine::identity(),
                3 => some[i % 9],
                _ => some[1],
            })
            .collect();
        all_widths(&hostile, &mut stream);
        // All in one bucket of each window.
        for value in [1, -1, 77] {
            agree(&hostile, Scalars::I8(&vec![value; n]));
            agree(&hostile, Scalars::I16(&vec![i16::from(value) * 257; n]));
            agree(&hostile, Scalars::Full(&vec![stream.scalar(); n]));
        }
        all_widths(&vec![some[2]; n], &mut stream);
        agree(&vec![some[2]; n], Scalars::I8(&vec![5; n]));
        all_widths(&vec![G1Affine::identity(); n], &mut stream);
        let alternating: Vec<_> = (0..n).map(|i| if i % 2 == 0 { some[3] } else { -some[3] }).collect();
        agree(&alternating, Scalars::I8(&vec![5; n]));
        agree(&alternating, Scalars::Full(&vec![-Fr::ONE; n]));
        all_widths(&alternating, &mut stream);
    }
}

/// A single exceptional pair at each position of a vector of otherwise ordinary pairs.
#[test]
fn one_exceptional_pair_in_a_batch() {
    let ordinary = points(48);
    for position in 0..24 {
        for replacement in [ordinary[2 * position], -ordinary[2 * position], G1Affine::identity()] {
            let mut bases = ordinary.clone();
            bases[2 * position + 1] = replacement;
            agree(&bases, Scalars::I8(&[3; 48]));
            agree(&bases, Scalars::I8(&[-3; 48]));
        }
    }
}

/// The endomorphism's images of bases among the bases: k1 P and k2 (beta x, y) share abscissas.
#[test]
fn bases_that_are_images_of_each_other() {
    let some = points(8);
    let mut bases = some.clone();
    let beta = zkattest_kernels::msm::glv::beta();
    bases.extend(some.iter().map(|p| G1Affine::new(p.x * beta, p.y)));
    bases.extend(some.iter().map(|p| G1Affine::new(p.x * beta * beta, -p.y)));
    all_widths(&bases, &mut Stream(9));
}

#[test]
fn lengths_must_agree() {
    let bases = points(3);
    let error = KernelError::Length { expected: 3, found: 2 };
    assert_eq!(msm(&bases, Scalars::I8(&[1, 2])), Err(error));
    assert_eq!(reference(&bases, Scalars::I8(&[1, 2])), Err(error));
    let prepared = Bases::new(&bases);
    assert_eq!(prepared.msm(Scalars::I8(&[1, 2])).unwrap(), slow(&bases[..2], Scalars::I8(&[1, 2])));
    assert_eq!(prepared.msm(Scalars::I8(&[1; 4])), Err(KernelError::Length { expected: 3, found: 4 }));
}

#[test]
fn unsigned_scalars_keep_their_range() {
    let bases = points(3);
    let prepared = Bases::new(&bases);
    for (cells, bits) in [([0, 256, 1], 8), ([0, -1, 300], 8), ([0, i16::MIN, 0], 15), ([0, 1, 1], 0)] {
        let error = Err(KernelError::Range { bits, index: 1 });
        let scalars = Scalars::Unsigned { cells: &cells, bits };
        assert_eq!(prepared.msm(scalars), error);
        assert_eq!(msm(&bases, scalars), error);
        assert_eq!(reference(&bases, scalars), error);
    }
    let wide = Scalars::Unsigned { cells: &[1; 3], bits: 16 };
    assert_eq!(prepared.msm(wide), Err(KernelError::Range { bits: 16, index: 0 }));
}
