//! Freed memory holds nothing, whether a call succeeds or fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use std::sync::Arc;
use zkattest_cuda::{Gpu, Machine, ResidentBases, SmallCells, Vector};
use zkattest_cuda_twin::Watched;
use zkattest_kernels::msm::Scalars;
use zkattest_kernels::{Cells, Kernels};

/// Calls of every kind; errors are what a machine that fails has.
fn calls(machine: &Arc<dyn Machine>) {
    let gpu = Gpu::new(machine.clone());
    let elements: Vec<Fr> = (1..=300u64).map(Fr::from).collect();
    let cells: Vec<i16> = (0..300).map(|cell| cell - 150).collect();
    let _ = gpu.inner_product(&elements, &elements);
    let _ = gpu.fold(&mut elements.clone(), Fr::from(3u64));
    let _ = gpu.invert(&mut elements.clone());
    let _ = gpu.round(None, &[&elements, &elements], None);
    let _ = gpu.fold_small(Cells::I16(&cells), &elements[..3]);
    let _ = gpu.lookup_helper(&[Cells::I16(&cells)], Fr::from(1u64 << 40));
    let vector = Vector::new(machine, &elements);
    let small = SmallCells::new(machine, Cells::I16(&cells));
    if let Ok(bases) = ResidentBases::new(machine, &[G1Affine::generator(); 300]) {
        let _ = bases.msm(Scalars::Full(&elements));
        let _ = bases.msm(Scalars::I16(&cells));
    }
    drop((vector, small));
}

#[test]
fn freed_memory_is_wiped_also_where_a_step_fails() {
    let whole = Arc::new(Watched::default());
    calls(&(whole.clone() as Arc<dyn Machine>));
    let all = whole.seen();
    assert!(all.freed > 40 && all.operations > all.freed, "{all:?}");
    assert_eq!((all.unwiped, all.live.len()), (0, 0));
    for operation in 0..all.operations {
        let watched = Arc::new(Watched::failing(operation));
        calls(&(watched.clone() as Arc<dyn Machine>));
        let seen = watched.seen();
        assert_eq!((seen.unwiped, seen.live.len()), (0, 0), "operation {operation} fails");
    }
}
