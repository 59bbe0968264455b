//! Limits on a machine's memory, and machines that fail.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use std::sync::Arc;
use zkattest_cuda::{CudaError, Limited, Machine, ResidentBases, Vector};
use zkattest_cuda_twin::{Failing, LOST, Twin};
use zkattest_kernels::msm::Scalars;

#[test]
fn a_limit_is_kept_and_what_is_used_is_counted() {
    let limited = Arc::new(Limited::new(Arc::new(Twin), 1024));
    let machine: Arc<dyn Machine> = limited.clone();
    assert_eq!((limited.limit(), machine.available(), machine.name()), (1024, Ok(1024), "twin"));
    let kept = Vector::room(&machine, 20).unwrap();
    drop(Vector::room(&machine, 10).unwrap());
    assert_eq!((limited.live(), limited.peak(), machine.available()), (640, 960, Ok(384)));
    let refused = CudaError::Memory { needed: 416, available: 384 };
    assert_eq!(Vector::room(&machine, 13).unwrap_err(), refused);
    assert_eq!(limited.live(), 640);
    assert_eq!(Vector::room(&machine, 12).unwrap().len(), 12);
    assert_eq!(limited.peak(), 1024);
    limited.forget_peak();
    assert_eq!(limited.peak(), 640);
    drop(kept);
    assert_eq!((limited.live(), limited.peak()), (0, 640));
}

#[test]
fn what_the_machine_itself_refuses_is_not_counted() {
    let limited = Arc::new(Limited::new(Arc::new(Failing::full(Arc::new(Twin), 1)), usize::MAX));
    let machine: Arc<dyn Machine> = limited.clone();
    let kept = Vector::room(&machine, 1).unwrap();
    assert_eq!(Vector::room(&machine, 1).unwrap_err(), CudaError::Memory { needed: 32, available: 0 });
    assert_eq!(limited.live(), 32);
    drop(kept);
    assert_eq!(limited.live(), 0);
}

/// Whichever operation of a sum fails, the error says so and no memory is kept.
#[test]
fn a_failing_machine_keeps_no_memory() {
    let points = vec![G1Affine::generator(); 40];
    let scalars: Vec<Fr> = (1..=40u64).map(Fr::from).collect();
    for full in [false, true] {
        let failing = if full { Failing::full } else { Failing::lost };
        let mut operation = 0;
        loop {
            let limited = Arc::new(Limited::new(Arc::new(failing(Arc::new(Twin), operation)), usize::MAX));
            let machine: Arc<dyn Machine> = limited.clone();
            let sum =
                ResidentBases::new(&machine, &points).and_then(|bases| bases.msm(Scalars::Full(&scalars)));
            assert_eq!(limited.live(), 0, "after operation {operation}");
            match sum {
                Ok(_) => break,
                Err(CudaError::Memory { available: 0, .. }) if full => {}
                Err(error) => assert_eq!((error, full), (LOST, false), "at operation {operation}"),
            }
            operation += 1;
        }
        assert!(operation > 10, "sums take more operations than {operation}");
    }
}
