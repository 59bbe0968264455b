//! The kernels, through their narrowest scalars, against arkworks' double-and-add and its own MSM.

use super::*;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM};
use zkattest_field::G1;

/// A small deterministic generator (splitmix64), so that failures repeat.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn signed(&mut self, bits: u32) -> i64 {
        self.next().cast_signed() >> (64 - bits)
    }
}

fn points(n: usize) -> Vec<G1> {
    let mut stream = Stream(7);
    let projective: Vec<_> =
        (0..n).map(|_| G1Projective::generator() * Scalar::from(stream.next())).collect();
    G1Projective::normalize_batch(&projective)
}

fn expected(points: &[G1], scalars: &[i64]) -> G1Projective {
    let full: Vec<Scalar> = scalars.iter().map(|v| Scalar::from(*v)).collect();
    let reference: G1Projective = points.iter().zip(&full).map(|(p, s)| *p * *s).sum();
    assert_eq!(G1Projective::msm(points, &full).unwrap(), reference);
    reference
}

fn agree(points: &[G1], scalars: &[i64]) {
    assert_eq!(combine(&Bases::new(points), scalars).unwrap(), expected(points, scalars));
}

#[test]
fn random_scalars_of_every_width_at_odd_sizes() {
    let all = points(67);
    let mut stream = Stream(1);
    for bits in [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64] {
        for n in [0, 1, 2, 3, 5, 17, 64, 67] {
            let scalars: Vec<i64> = (0..n).map(|_| stream.signed(bits)).collect();
            agree(&all[..n], &scalars);
        }
    }
}

#[test]
fn extreme_scalars() {
    let all = points(33);
    for value in [
        0,
        1,
        -1,
        127,
        -128,
        128,
        -129,
        32767,
        -32768,
        32768,
        -65536,
        1 << 31,
        -(1 << 31),
        i64::MAX,
        i64::MIN,
        i64::MIN + 1,
    ] {
        agree(&all, &[value; 33]);
    }
    let mixed: Vec<i64> = (0..33i64).map(|i| if i % 2 == 0 { i64::MIN } else { i64::MAX - i }).collect();
    agree(&all, &mixed);
}

/// A single pair of equal x in a batch makes a zero denominator: the whole batch must not vanish.
#[test]
fn equal_opposite_and_infinite_points() {
    let base = points(9);
    let mut stream = Stream(3);
    let mut hostile = Vec::new();
    for i in 0..40 {
        hostile.push(match i % 5 {
            0 => base[0],
            1 => -base[0],
            2 => G1::identity(),
            3 => base[i % 9],
            _ => base[1],
        });
    }
    for bits in [1, 2, 8, 16, 64] {
        let scalars: Vec<i64> = (0..40).map(|_| stream.signed(bits)).collect();
        agree(&hostile, &scalars);
    }
    for value in [1, -1, 5, -32768] {
        agree(&hostile, &[value; 40]);
        agree(&[base[2]; 31], &[value; 31]);
        agree(&[G1::identity(); 8], &[value; 8]);
    }
}

/// A toy string with tau = 1 or -1 has only equal or opposite points.
#[test]
fn degenerate_reference_strings() {
    let generator = G1::generator();
    let alternating: Vec<G1> = (0..64).map(|i| if i % 2 == 0 { generator } else { -generator }).collect();
    let scalars: Vec<i64> = (0..64i64).map(|i| i - 31).collect();
    agree(&alternating, &scalars);
    agree(&[generator; 64], &scalars);
}

#[test]
fn fewer_cells_take_a_prefix_and_more_are_refused() {
    let all = points(9);
    let bases = Bases::new(&all);
    assert_eq!(combine(&bases, &[5, -6]).unwrap(), expected(&all[..2], &[5, -6]));
    let error = KernelError::Length { expected: 9, found: 10 };
    assert_eq!(combine(&bases, &[1; 10]), Err(error));
}

#[test]
fn many_points_in_several_tasks() {
    let few = points(61);
    let many: Vec<G1> = (0..8269).map(|i| few[i % 61]).collect();
    let bases = Bases::new(&many);
    let mut stream = Stream(11);
    for bits in [8, 16, 32, 64] {
        let scalars: Vec<i64> = (0..many.len()).map(|_| stream.signed(bits)).collect();
        let full: Vec<Scalar> = scalars.iter().map(|v| Scalar::from(*v)).collect();
        assert_eq!(combine(&bases, &scalars).unwrap(), G1Projective::msm(&many, &full).unwrap());
    }
}
