//! Circuits of random shapes, with extreme cells: proofs made on a device are those made on the processor, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::sync::Arc;
use world::random::{limits, world};
use world::{Stream, World};
use zkattest_cuda::Machine;
use zkattest_cuda_twin::Twin;
use zkattest_prover::ProvingString;

/// A proof, and how many tables began without being written down, and helper rows likewise.
fn proof(world: &World, seed: u64) -> (Vec<u8>, [usize; 2]) {
    let (mut oracle, mut randomness) = (world.transcript(), Stream(seed));
    let mut hooks = Some(limits(seed));
    let proof =
        world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut hooks).unwrap();
    let hooks = hooks.unwrap();
    (proof, [hooks.streamed, hooks.computed])
}

/// Proves worlds of so many seeds; says whether tables were streamed and helpers computed.
fn no_byte_changes(seeds: std::ops::Range<u64>) -> [usize; 2] {
    let machine: Arc<dyn Machine> = Arc::new(Twin);
    let mut seen = [0; 2];
    for seed in seeds {
        let mut world = world(seed);
        let (expected, taken) = proof(&world, seed);
        seen.iter_mut().zip(taken).for_each(|(sum, taken)| *sum += taken);
        let (points, m) = (world.points(), world.circuit.row_size());
        world.string = ProvingString::on(&points, m, &machine, 1).unwrap();
        assert!(proof(&world, seed).0 == expected, "seed {seed}: {:?}", world.circuit);
    }
    seen
}

#[test]
fn no_shape_changes_a_byte_on_a_device() {
    let seen = no_byte_changes(0..16);
    assert!(seen.iter().all(|count| *count > 5), "few streamed tables, few computed rows: {seen:?}");
}

#[test]
#[ignore = "minutes: the same of many more seeds, for whoever changes a kernel"]
fn no_shape_of_many_changes_a_byte_on_a_device() {
    no_byte_changes(16..500);
}
