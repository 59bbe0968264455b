//! With the same randomness, proofs made on a device are those made on the processor, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::sync::Arc;
use world::circuits::{all, function, function_of_rows, gemm_with};
use world::shapes::{many_factors, shapes};
use world::{Stream, World};
use zkattest_cuda::{Device, Kernel, Machine};
use zkattest_cuda_twin::{Twin, Watched};
use zkattest_prover::{Hooks, ProvingString};

fn proof(world: &World, hooks: &mut Option<Hooks>) -> Vec<u8> {
    let (mut oracle, mut randomness) = (world.transcript(), Stream(11));
    world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, hooks).unwrap()
}

/// The twin, and a device where there is one.
fn machines() -> Vec<Arc<dyn Machine>> {
    let mut machines: Vec<Arc<dyn Machine>> = vec![Arc::new(Twin)];
    match Device::open(0) {
        Ok(device) => machines.push(Arc::new(device)),
        Err(error) => eprintln!("SKIPPED on a device: {error}"),
    }
    machines
}

#[test]
fn a_device_changes_no_byte() {
    for machine in machines() {
        for mut world in all().into_iter().chain([function().with_evaluation().0]) {
            let expected = proof(&world, &mut None);
            let (points, m) = (world.points(), world.circuit.row_size());
            world.string = ProvingString::on(&points, m, &machine, 1).unwrap();
            assert!(proof(&world, &mut None) == expected, "{} on {}", world.name, machine.name());
        }
    }
}

/// log2 of the longest tables of sum-check 1 that the processor keeps, of those that are written down, and the entries
/// of a piece.
const LENGTHS: [(usize, usize, usize); 5] = [
    // All on the device to the last variable: written down at once, piece by piece as long as may be, or for a while.
    (0, 20, 1 << 20),
    (0, 0, 5),
    (0, 5, 4),
    // The processor has some of them, and takes over long before the end, also what was in pieces until then.
    (6, 20, 1 << 20),
    (5, 0, 1 << 20),
];

#[test]
fn places_of_tables_change_no_byte() {
    let watched = Arc::new(Watched::default());
    let mut machines = machines();
    machines[0] = watched.clone();
    let mut streamed = 0;
    let worlds = || all().into_iter().chain([1, 2, 3].map(gemm_with)).chain([shapes(), many_factors()]);
    for machine in machines {
        for mut world in worlds() {
            let expected = proof(&world, &mut None);
            let (points, m) = (world.points(), world.circuit.row_size());
            world.string = ProvingString::on(&points, m, &machine, m).unwrap();
            for (short, written, unit) in LENGTHS {
                let own = Hooks {
                    short: Some(short),
                    unit: Some(unit),
                    written: Some(written),
                    ..Hooks::default()
                };
                let mut hooks = Some(own);
                let found = proof(&world, &mut hooks);
                let place = (world.name, machine.name(), short, written, unit);
                assert!(found == expected, "{place:?}");
                streamed += hooks.unwrap().streamed;
            }
        }
    }
    assert!(streamed > 20, "{streamed} tables and lookups were computed piece by piece");
    let seen = watched.seen().kernels;
    for kernel in [
        Kernel::LinearRounds,
        Kernel::QuadraticRounds,
        Kernel::CubicRounds,
        Kernel::ProductRounds,
        Kernel::ShortLookupRounds,
        Kernel::FoldAll,
        Kernel::GatherAll,
        Kernel::FillPieces,
        Kernel::AddPieces,
        Kernel::BindWeights,
        Kernel::FillColumn,
        Kernel::FillEqs,
    ] {
        assert!(seen.contains(kernel.name()), "{kernel:?} was not launched");
    }
}

/// Rows of even and odd log2, helper rows that are computed, an evaluation argument's polynomials, which are longer than
/// rows; sum-check 3's tables here, there, and where there is no room for them.
#[test]
fn sum_check_3_and_the_opening_change_no_byte_wherever_tables_lie() {
    let watched = Arc::new(Watched::default());
    let machine: Arc<dyn Machine> = watched.clone();
    let long = [7, 8].map(function_of_rows);
    for mut world in all().into_iter().chain(long).chain([function_of_rows(9).with_evaluation().0]) {
        let hooks = |short, room| Some(Hooks { written_helpers: Some(0), short, room, ..Hooks::default() });
        let mut expected = hooks(None, None);
        let bytes = proof(&world, &mut expected);
        let (points, m) = (world.points(), world.circuit.row_size());
        world.string = ProvingString::on(&points, m, &machine, 1).unwrap();
        for (short, room) in [(None, None), (Some(0), None), (Some(5), Some(1 << 13)), (Some(0), Some(0))] {
            let mut found = hooks(short, room);
            assert_eq!(proof(&world, &mut found), bytes, "{} {short:?} {room:?}", world.name);
            let polynomial = |hooks: &Option<Hooks>| hooks.as_ref().unwrap().polynomial.clone();
            assert_eq!(polynomial(&found), polynomial(&expected));
        }
    }
    let seen = watched.seen().kernels;
    for kernel in [
        Kernel::DotBlocks,
        Kernel::DotWideBlocks,
        Kernel::DotElements,
        Kernel::FoldBlocks,
        Kernel::FoldElements,
        Kernel::QuadraticRounds,
        Kernel::SegmentSums,
        Kernel::SegmentSuffixes,
        Kernel::AddMultiple,
        Kernel::AddSparse,
    ] {
        assert!(seen.contains(kernel.name()), "{kernel:?} was not launched");
    }
}
