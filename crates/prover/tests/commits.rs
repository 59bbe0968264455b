//! Commitments made on a device are those made on the processor, and helper cells are computed there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::sync::Arc;
use world::circuits::{all, gemm_with};
use world::{Stream, World};
use zkattest_cuda::{Kernel, Machine};
use zkattest_cuda_twin::{Twin, Watched};
use zkattest_field::Scalar;
use zkattest_prover::{Hooks, ProvingString, Randomness};

fn proof(world: &World, hooks: Hooks) -> (Vec<u8>, Hooks) {
    let (mut oracle, mut randomness, mut hooks) = (world.transcript(), Stream(12), Some(hooks));
    let proof =
        world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks).unwrap();
    (proof, hooks.unwrap())
}

fn on(world: &mut World, machine: Arc<dyn Machine>) {
    world.string = ProvingString::on(&world.points(), world.circuit.row_size(), &machine, 1).unwrap();
}

/// Helper rows computed on the device and committed by value; written down by the processor; and altered there, which
/// makes them commit cell by cell.
#[test]
fn helper_rows_on_a_device_change_no_byte() {
    let watched = Arc::new(Watched::default());
    let unaltered: fn(&mut [Scalar]) = |_| ();
    let mut computed = 0;
    for mut world in all().into_iter().chain([1, 2, 3].map(gemm_with)) {
        let (expected, of_host) = proof(&world, Hooks::default());
        on(&mut world, watched.clone());
        let (found, hooks) = proof(&world, Hooks::default());
        assert_eq!(found, expected, "{}", world.name);
        assert_eq!(hooks.helper, of_host.helper, "{}", world.name);
        computed += hooks.computed;
        let written = Hooks { written_helpers: Some(usize::MAX), ..Hooks::default() };
        let (found, hooks) = proof(&world, written);
        assert_eq!((found == expected, hooks.computed), (true, 0), "{}", world.name);
        let altered = Hooks { alter_helper: Some(unaltered), ..Hooks::default() };
        assert!(proof(&world, altered).0 == expected, "{}", world.name);
    }
    assert!(computed > 5, "{computed} rows of helpers were computed");
    let seen = watched.seen();
    for kernel in [
        Kernel::CountDigits,
        Kernel::PlaceDigits,
        Kernel::BlockSums,
        Kernel::BlockOffsets,
        Kernel::CountTasks,
        Kernel::ListTasks,
        Kernel::SumTasks,
        Kernel::SumBuckets,
        Kernel::WeighSegments,
        Kernel::SumPoints,
        Kernel::CellBits,
        Kernel::AddBuckets,
        Kernel::SumBits,
        Kernel::JoinBits,
        Kernel::HelperCells,
    ] {
        assert!(seen.kernels.contains(kernel.name()), "{kernel:?} was not launched");
    }
}

#[test]
fn rows_are_committed_alike() {
    let mut world = gemm_with(1);
    let (m, rows) = (world.circuit.row_size(), 3);
    let mut stream = Stream(5);
    let mut scalars = |count: usize| {
        let mut out = vec![Scalar::default(); count];
        stream.fill(&mut out).unwrap();
        out
    };
    let (full, blinders) = (scalars(rows * m), scalars(rows));
    let small: Vec<i16> = (0..rows * m).map(|i| i16::try_from(i * 37 % 500).unwrap() - 200).collect();
    let counts: Vec<i32> = small.iter().map(|cell| i32::from(*cell) * 40_000).collect();
    let all = |string: &ProvingString| {
        (
            string.commit_small(&small, &blinders),
            string.commit_counts(&counts, &blinders),
            string.commit_full(&full, &blinders),
            string.commit_small(&small[1..], &blinders),
            string.commit_full(&full, &blinders[1..]),
        )
    };
    let expected = all(&world.string);
    on(&mut world, Arc::new(Twin));
    assert_eq!(all(&world.string), expected);
    assert!(expected.0.is_ok() && expected.3.is_err() && expected.4.is_err());
}
