//! Whole proofs on a watched twin: which kernels they reach, and that nothing is left in freed memory.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use world::circuits::{all, function};
use world::random::world;
use world::shapes::{many_factors, shapes};
use world::{Stream, World};
use zkattest_cuda::{Kernel, Machine};
use zkattest_cuda_twin::{Seen, Watched};
use zkattest_prover::{Hooks, ProverError, ProvingString};

/// Kernels that these proofs do not launch, with the reason.
const ELSEWHERE: [(&[Kernel], &str); 2] = [
    (&[Kernel::Copy, Kernel::MultiplyAddChains], "measure what a card does at most"),
    (
        &[
            Kernel::Multiply,
            Kernel::Add,
            Kernel::Subtract,
            Kernel::InnerProducts,
            Kernel::PartialSums,
            Kernel::Invert,
            Kernel::CountFrom,
            Kernel::DotCells,
            Kernel::LookUp,
        ],
        "are calls of `Kernels` on a `Gpu`, whose operands come and go: crates/cuda/tests/kernels.rs has them",
    ),
];

/// Proves on a twin of its own, with tables where they pass most kernels; what the twin saw, when nothing is left of proof and string.
fn watched(world: &mut World, written: usize, watched: Watched) -> (Result<Vec<u8>, ProverError>, Seen) {
    let watched = Arc::new(watched);
    let machine: Arc<dyn Machine> = watched.clone();
    let lengths = Hooks { short: Some(0), written: Some(written), unit: Some(5), ..Hooks::default() };
    let mut hooks = Some(lengths);
    let host = ProvingString::new(&world.points(), world.circuit.row_size());
    let proof = match ProvingString::on(&world.points(), world.circuit.row_size(), &machine, 1) {
        Ok(string) => {
            world.string = string;
            let (mut oracle, mut randomness) = (world.transcript(), Stream(21));
            world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks)
        }
        Err(error) => Err(error.into()),
    };
    world.string = host;
    (proof, watched.seen())
}

#[test]
fn proofs_reach_every_kernel_and_leave_nothing_behind() {
    let mut reached = BTreeSet::new();
    let many_columns = |world: &World| world.lookups.ranges.iter().any(|lookup| lookup.columns.len() > 4);
    let random = (0..).map(world).find(many_columns);
    let by_hand = all().into_iter().chain([function().with_evaluation().0, shapes(), many_factors()]);
    for mut world in by_hand.chain(random) {
        for written in [0, 20] {
            let (proof, seen) = watched(&mut world, written, Watched::default());
            proof.unwrap();
            assert!(seen.freed > 100, "{seen:?}");
            assert_eq!((seen.unwiped, seen.live.len()), (0, 0), "{} {written}", world.name);
            reached.extend(seen.kernels);
        }
    }
    let elsewhere = |kernel: &&Kernel| !ELSEWHERE.iter().any(|(kernels, _)| kernels.contains(kernel));
    let missed: Vec<&str> = Kernel::ALL
        .iter()
        .filter(elsewhere)
        .map(|kernel| kernel.name())
        .filter(|name| !reached.contains(name))
        .collect();
    assert_eq!(missed, Vec::<&str>::new(), "kernels that no proof reaches");
}

#[test]
fn a_proof_that_fails_leaves_nothing_behind() {
    let mut world = function();
    let (whole, seen) = watched(&mut world, 0, Watched::default());
    whole.unwrap();
    for operation in (0..seen.operations).step_by(seen.operations / 40 + 1) {
        let (proof, seen) = watched(&mut world, 0, Watched::failing(operation));
        assert_eq!((seen.unwiped, seen.live.len()), (0, 0), "operation {operation} fails: {:?}", proof.err());
    }
}
