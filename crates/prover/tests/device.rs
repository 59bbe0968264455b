//! With the same randomness, proofs made on a device are those made on the processor, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::sync::Arc;
use world::circuits::{all, function};
use world::{Stream, World};
use zkattest_cuda::{Device, Machine};
use zkattest_cuda_twin::Twin;
use zkattest_prover::ProvingString;

fn proof(world: &World) -> Vec<u8> {
    let (mut oracle, mut randomness) = (world.transcript(), Stream(11));
    world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut None).unwrap()
}

#[test]
fn a_device_changes_no_byte() {
    let mut machines: Vec<Arc<dyn Machine>> = vec![Arc::new(Twin)];
    match Device::open(0) {
        Ok(device) => machines.push(Arc::new(device)),
        Err(error) => eprintln!("SKIPPED on a device: {error}"),
    }
    for machine in machines {
        for mut world in all().into_iter().chain([function().with_evaluation().0]) {
            let expected = proof(&world);
            let (points, m) = (world.points(), world.circuit.row_size());
            world.string = ProvingString::on(&points, m, &machine, 1).unwrap();
            assert_eq!(proof(&world), expected, "{} on {}", world.name, machine.name());
        }
    }
}
