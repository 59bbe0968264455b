//! Polynomials that stay on a machine, by definition.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod machines;
mod values;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use machines::machines;
use values::Stream;
use zkattest_cuda::{CudaError, Gpu, Vector};
use zkattest_kernels::KernelError;

/// The coefficients of (quotient) (X^width - point) + remainder.
fn multiplied(suffixes: &[Fr], width: usize, point: Fr) -> Vec<Fr> {
    let (remainder, quotient) = suffixes.split_at(width.min(suffixes.len()));
    let mut product = remainder.to_vec();
    product.resize(suffixes.len(), Fr::ZERO);
    for (k, coefficient) in quotient.iter().enumerate() {
        product[k + width] += coefficient;
        product[k] -= point * coefficient;
    }
    product
}

#[test]
fn quotients_times_divisors_and_remainders_are_what_was_divided() {
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(1);
        for length in [1, 2, 31, 32, 33, 65, 1024, 1025, 4097, 33000] {
            for width in [1, 2, 7, 32, 64, 100] {
                let values = stream.elements(length);
                for point in [stream.element(), Fr::ZERO] {
                    let mut there = Vector::new(&machine, &values).unwrap();
                    let divided = gpu.divide(&there, width, point).unwrap().read().unwrap();
                    assert_eq!(multiplied(&divided, width, point), values, "{length} by {width}");
                    gpu.divide_in_place(&mut there, width, point).unwrap();
                    assert_eq!(there.read().unwrap(), divided, "{length} by {width}");
                }
            }
        }
        let mut vector = Vector::new(&machine, &stream.elements(3)).unwrap();
        let none = CudaError::Kernel(KernelError::Length { expected: 1, found: 0 });
        assert_eq!(gpu.divide(&vector, 0, Fr::ZERO).unwrap_err(), none);
        assert_eq!(gpu.divide_in_place(&mut vector, 0, Fr::ZERO).unwrap_err(), none);
    }
}

#[test]
fn multiples_and_single_coefficients_are_added() {
    let length = |expected, found| CudaError::Kernel(KernelError::Length { expected, found });
    for machine in machines() {
        let gpu = Gpu::new(machine.clone());
        let mut stream = Stream(2);
        for n in [1, 5, 256, 1025] {
            let (mut expected, other, weight) =
                (stream.elements(n), stream.elements(n + 2), stream.element());
            let mut sum = Vector::new(&machine, &expected).unwrap();
            let there = Vector::new(&machine, &other).unwrap();
            gpu.add_multiple(&mut sum, 0, weight, &there, 1..n + 1).unwrap();
            gpu.add_multiple(&mut sum, n / 2, weight, &there, 0..1).unwrap();
            gpu.add_multiple(&mut sum, n, weight, &there, 2..2).unwrap();
            expected.iter_mut().zip(&other[1..]).for_each(|(sum, other)| *sum += weight * other);
            expected[n / 2] += weight * other[0];
            let entries: Vec<(usize, Fr)> =
                (0..n).rev().step_by(3).map(|place| (place, stream.element())).collect();
            gpu.add_sparse(&mut sum, &entries).unwrap();
            gpu.add_sparse(&mut sum, &[]).unwrap();
            entries.iter().for_each(|(place, value)| expected[*place] += value);
            assert_eq!(sum.read().unwrap(), expected);

            assert_eq!(gpu.add_multiple(&mut sum, 1, weight, &there, 0..n).unwrap_err(), length(n + 1, n));
            assert_eq!(
                gpu.add_multiple(&mut sum, 0, weight, &there, 0..n + 3).unwrap_err(),
                length(n + 3, n + 2)
            );
            assert_eq!(gpu.add_sparse(&mut sum, &[(n, weight)]).unwrap_err(), length(n + 1, n));
            assert_eq!(gpu.add_sparse(&mut sum, &[(0, weight), (0, weight)]).unwrap_err(), length(2, 1));
        }
    }
}
