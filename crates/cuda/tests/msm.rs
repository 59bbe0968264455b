//! Sums of multiples against arkworks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field};
use machines::machines;
use std::sync::Arc;
use zkattest_cuda::{CudaError, Limited, Machine, ResidentBases, SmallCells, Terms, Vector, room_of};
use zkattest_cuda_twin::Twin;
use zkattest_kernels::Cells;
use zkattest_kernels::KernelError;
use zkattest_kernels::msm::{Scalars, reference};

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

fn agrees(bases: &[G1Affine], scalars: Scalars<'_>) {
    let expected = reference(&bases[..scalars.len()], scalars).unwrap();
    for machine in machines() {
        let resident = ResidentBases::new(&machine, bases).unwrap();
        assert_eq!(resident.msm(scalars).unwrap(), expected, "{} on {}", scalars.len(), machine.name());
    }
}

#[test]
fn every_width_at_odd_sizes() {
    let mut stream = Stream(1);
    let bases = points(2100);
    for n in [1, 2, 3, 33, 255, 1025, 2100] {
        let bytes: Vec<i8> = (0..n).map(|_| stream.next() as i8).collect();
        let words: Vec<i16> = (0..n).map(|_| stream.next() as i16).collect();
        let doubles: Vec<i32> = (0..n).map(|_| stream.next() as i32).collect();
        let limbs: Vec<i16> = (0..n).map(|_| (stream.next() & 0xff) as i16).collect();
        let full: Vec<Fr> = (0..n).map(|_| stream.scalar()).collect();
        agrees(&bases, Scalars::I8(&bytes));
        agrees(&bases, Scalars::I16(&words));
        agrees(&bases, Scalars::I32(&doubles));
        agrees(&bases, Scalars::Unsigned { cells: &limbs, bits: 8 });
        agrees(&bases, Scalars::Full(&full));
    }
}

#[test]
fn ranges_of_what_lies_on_the_machine() {
    let mut stream = Stream(2);
    let bases = points(300);
    let full: Vec<Fr> = (0..500).map(|_| stream.scalar()).collect();
    let words: Vec<i16> = (0..500).map(|_| stream.next() as i16).collect();
    for machine in machines() {
        let resident = ResidentBases::new(&machine, &bases).unwrap();
        let vector = Vector::new(&machine, &full).unwrap();
        let cells = SmallCells::new(&machine, Cells::I16(&words)).unwrap();
        let terms = [
            Terms::Elements(&vector, 200..500),
            Terms::Cells(&cells, 3..300),
            Terms::Cells(&cells, 500..500),
            Terms::Elements(&vector, 7..8),
        ];
        let expected = [
            reference(&bases, Scalars::Full(&full[200..])).unwrap(),
            reference(&bases[..297], Scalars::I16(&words[3..300])).unwrap(),
            G1Projective::ZERO,
            reference(&bases[..1], Scalars::Full(&full[7..8])).unwrap(),
        ];
        assert_eq!(resident.sums(&terms).unwrap(), expected);
        let outside = KernelError::Length { expected: 501, found: 500 };
        let refused = resident.sums(&[Terms::Cells(&cells, 400..501)]);
        assert_eq!(refused, Err(CudaError::Kernel(outside)));
        let long = KernelError::Length { expected: 300, found: 301 };
        let refused = resident.sums(&[Terms::Elements(&vector, 0..301)]);
        assert_eq!(refused, Err(CudaError::Kernel(long)));
    }
}

/// Rows of different lengths and widths in one call, in as little memory as there is and in more: pieces of rows, rows one
/// by one, rows together.
#[test]
fn batches_in_any_memory() {
    let mut stream = Stream(3);
    let (m, rows) = (600, 3);
    let bases = points(m);
    let full: Vec<Fr> = (0..rows * m).map(|_| stream.scalar()).collect();
    let words: Vec<i16> = (0..rows * m).map(|_| stream.next() as i16).collect();
    let limbs: Vec<i16> = (0..rows * m).map(|_| (stream.next() & 0x3f) as i16 - 32).collect();
    let counts: Vec<i32> = (0..m).map(|_| stream.next() as i32).collect();
    let bytes: Vec<i8> = (0..m).map(|i| if i % 2 == 0 { -1 } else { 0 }).collect();
    for machine in machines() {
        let resident = ResidentBases::new(&machine, &bases).unwrap();
        let full_there = Vector::new(&machine, &full).unwrap();
        let there = |cells| SmallCells::new(&machine, cells).unwrap();
        let (words_there, limbs_there) = (there(Cells::I16(&words)), there(Cells::I16(&limbs)));
        let (counts_there, bytes_there) = (there(Cells::I32(&counts)), there(Cells::I8(&bytes)));
        let (mut terms, mut expected) = (Vec::new(), Vec::new());
        for row in 0..rows {
            let range = row * m..(row + 1) * m;
            terms.push(Terms::Elements(&full_there, range.clone()));
            expected.push(reference(&bases, Scalars::Full(&full[range.clone()])).unwrap());
            terms.push(Terms::Cells(&words_there, range.clone()));
            expected.push(reference(&bases, Scalars::I16(&words[range.clone()])).unwrap());
            terms.push(Terms::Cells(&limbs_there, range.clone()));
            expected.push(reference(&bases, Scalars::I16(&limbs[range])).unwrap());
        }
        terms.push(Terms::Cells(&counts_there, 0..m));
        expected.push(reference(&bases, Scalars::I32(&counts)).unwrap());
        terms.push(Terms::Cells(&bytes_there, 0..m));
        expected.push(reference(&bases, Scalars::I8(&bytes)).unwrap());
        terms.push(Terms::Elements(&full_there, 3..20));
        expected.push(reference(&bases[..17], Scalars::Full(&full[3..20])).unwrap());
        for room in [0, 1 << 17, 1 << 18, 1 << 20, usize::MAX] {
            assert_eq!(resident.start(&terms, room).unwrap().finish().unwrap(), expected, "in {room} bytes");
        }
    }
}

/// A batch works with no more memory than it was given.
#[test]
fn batches_keep_to_their_room() {
    let (m, rows, width) = (4096, 16, 9);
    let cells: Vec<i16> = (0..rows * m).map(|i| (i * 7 % 256) as i16).collect();
    let limited = Arc::new(Limited::new(Arc::new(Twin), usize::MAX));
    let machine: Arc<dyn Machine> = limited.clone();
    let resident = ResidentBases::new(&machine, &points(m)).unwrap();
    let cells = SmallCells::new(&machine, Cells::I16(&cells)).unwrap();
    let terms: Vec<Terms<'_>> = (0..rows).map(|row| Terms::Cells(&cells, row * m..(row + 1) * m)).collect();
    let watched = |room: usize| {
        let before = limited.live();
        limited.forget_peak();
        resident.start(&terms, room).unwrap().finish().unwrap();
        assert_eq!(limited.live(), before, "all that a batch works with is given back");
        limited.peak() - before
    };
    let (one, all) = (room_of(1, m, width), room_of(rows, m, width));
    assert!(3 * one < all);
    for room in [one, 3 * one, all] {
        let peak = watched(room);
        // what `room_of` leaves out: lists, scans and results
        assert!(peak <= room + room / 32, "{peak} of {room} bytes");
    }
    assert!(watched(one) < watched(all));
}

#[test]
fn extreme_scalars() {
    let bases = points(64);
    let full: Vec<Fr> = (0..64).map(|i| -Fr::from(i as u64)).collect();
    agrees(&bases, Scalars::Full(&full));
    let half = Fr::from(2u64).inverse().unwrap();
    agrees(&bases, Scalars::Full(&vec![half; 64]));
    agrees(&bases, Scalars::Full(&vec![Fr::ZERO; 64]));
    agrees(&bases, Scalars::I8(&[i8::MIN; 64]));
    agrees(&bases, Scalars::I16(&[i16::MIN; 64]));
    agrees(&bases, Scalars::I16(&[i16::MAX; 64]));
    agrees(&bases, Scalars::I32(&[i32::MIN; 64]));
    agrees(&bases, Scalars::I32(&[i32::MAX; 64]));
    agrees(&bases, Scalars::Unsigned { cells: &[(1 << 14) + 1; 64], bits: 15 });
}

#[test]
fn equal_opposite_and_infinite_points() {
    let point = points(1)[0];
    agrees(&[point; 40], Scalars::I8(&[1; 40]));
    let mut opposite = vec![point; 40];
    opposite.iter_mut().skip(20).for_each(|p| *p = -*p);
    agrees(&opposite, Scalars::I8(&[5; 40]));
    let mut holes = points(40);
    holes[3] = G1Affine::identity();
    holes[39] = G1Affine::identity();
    agrees(&holes, Scalars::I16(&[-300; 40]));
}

#[test]
fn what_does_not_fit_is_refused() {
    for machine in machines() {
        let resident = ResidentBases::new(&machine, &points(2)).unwrap();
        assert_eq!(resident.len(), 2);
        assert!(!resident.is_empty());
        assert_eq!(resident.msm(Scalars::I8(&[])).unwrap(), G1Projective::ZERO);
        let long = KernelError::Length { expected: 2, found: 3 };
        assert_eq!(resident.msm(Scalars::I8(&[1; 3])), Err(CudaError::Kernel(long)));
        let wide = KernelError::Range { bits: 8, index: 1 };
        let cells = [255, 256];
        assert_eq!(resident.msm(Scalars::Unsigned { cells: &cells, bits: 8 }), Err(CudaError::Kernel(wide)));
    }
}
