//! What of a proof lies on a device: no more than planned, and nothing after a failure.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::sync::Arc;
use world::circuits::{all, convolution, function, gemm};
use world::shapes::shapes;
use world::{Stream, World};
use zkattest_cuda::{Limited, Machine};
use zkattest_cuda_twin::{Failing, Twin};
use zkattest_prover::{Hooks, Place, Plan, ProverError, ProvingString};

/// All tables on the device, `written`: the longest of them; or as products choose.
fn hooks(lengths: Option<(usize, usize)>) -> Option<Hooks> {
    lengths.map(|(written, unit)| Hooks {
        short: Some(0),
        written: Some(written),
        unit: Some(unit),
        ..Hooks::default()
    })
}

fn proof(world: &World, hooks: Option<Hooks>) -> Result<Vec<u8>, ProverError> {
    let (mut oracle, mut randomness) = (world.transcript(), Stream(11));
    world.prove_cells(&world.cells, &world.blinders, &mut oracle, &mut randomness, &mut { hooks })
}

/// Puts the string onto `machine`, which counts what is used of it.
fn put(world: &mut World, machine: Arc<dyn Machine>) -> Arc<Limited> {
    let limited = Arc::new(Limited::new(machine, usize::MAX));
    let machine: Arc<dyn Machine> = limited.clone();
    let (points, m) = (world.points(), world.circuit.row_size());
    world.string = ProvingString::on(&points, m, &machine, m).unwrap();
    limited
}

fn plan(world: &World, lengths: Option<(usize, usize)>) -> Plan {
    world.string.plan_with(&world.circuit, &world.lookups, hooks(lengths).as_ref()).unwrap().unwrap()
}

#[test]
fn no_more_lies_there_than_planned() {
    for mut world in all().into_iter().chain([function().with_evaluation().0, shapes()]) {
        let limited = put(&mut world, Arc::new(Twin));
        for lengths in [None, Some((20, 1 << 20)), Some((5, 4))] {
            let plan = plan(&world, lengths);
            limited.forget_peak();
            proof(&world, hooks(lengths)).unwrap();
            let (planned, counted) = (plan.peak(), limited.peak());
            assert_eq!((plan.place, limited.live()), (Place::Device, plan.string), "{}", world.name);
            assert!(counted <= planned, "{} {lengths:?}: {planned} planned, {counted} counted", world.name);
            assert!(
                planned <= 2 * counted,
                "{} {lengths:?}: {planned} planned, {counted} counted",
                world.name
            );
        }
    }
}

/// Whichever operation of a proof fails: the error says so, nothing else happens, and only the string stays.
#[test]
fn a_device_that_fails_leaves_nothing_behind() {
    let mut world = convolution();
    let expected = proof(&world, None).unwrap();
    let m = world.circuit.row_size();
    for full in [false, true] {
        let failing = if full { Failing::full } else { Failing::lost };
        let mut operation = 0;
        loop {
            let failing: Arc<dyn Machine> = Arc::new(failing(Arc::new(Twin), operation));
            let limited = Arc::new(Limited::new(failing, usize::MAX));
            let machine: Arc<dyn Machine> = limited.clone();
            operation += 1;
            let Ok(string) = ProvingString::on(&world.points(), m, &machine, m) else {
                assert_eq!(limited.live(), 0);
                continue;
            };
            world.string = string;
            let kept = limited.live();
            let made = proof(&world, hooks(Some((20, 4))));
            assert_eq!(limited.live(), kept, "after operation {operation}");
            match made {
                Ok(proof) => {
                    assert!(proof == expected, "at operation {operation}");
                    break;
                }
                Err(error @ ProverError::DeviceMemory { .. }) if full => assert!(error.is_of_device()),
                Err(error) => {
                    let lost = ProverError::DeviceLost { operation: "do anything", code: 700 };
                    assert_eq!((&error, full), (&lost, false), "at operation {operation}");
                    assert!(error.is_of_device());
                }
            }
        }
        assert!(operation > 20, "a proof takes more operations than {operation}");
    }
}

/// With less and less memory first batches of sums get smaller, then tables, then only sums are left on the device, then
/// nothing; the proof stays the same, and what is used within the limit.
#[test]
fn at_every_limit_the_proof_is_the_same() {
    let mut places = Vec::new();
    for mut world in [gemm(), shapes()] {
        let expected = proof(&world, None).unwrap();
        let limited = put(&mut world, Arc::new(Twin));
        let lengths = Some((20, 4));
        let (string, whole) = (limited.live(), plan(&world, lengths).peak());
        let mut last = None;
        for step in (0..=256).rev() {
            limited.set_limit(string + (whole - string).div_ceil(256) * step);
            let plan = plan(&world, lengths);
            // Sums shrink with each step; where cells and tables lie changes now and then.
            if step % 64 != 0 && last == Some(plan.place) {
                continue;
            }
            last = Some(plan.place);
            places.push(plan.place);
            limited.forget_peak();
            if plan.place != Place::Processor {
                let found = proof(&world, hooks(lengths)).unwrap();
                assert!(found == expected, "{} {plan:?}", world.name);
                assert!(limited.peak() <= limited.limit(), "{} {plan:?}", world.name);
            }
        }
    }
    for place in [Place::Device, Place::Sums, Place::Processor] {
        assert!(places.contains(&place), "{place:?} was not reached: {places:?}");
    }
}

#[test]
fn the_least_memory_suffices_and_no_less() {
    for world in all().into_iter().chain([function().with_evaluation().0, shapes()]) {
        let points = world.points().len();
        let least = Plan::least(&world.circuit, &world.lookups, points);
        let place = |available| Plan::new(&world.circuit, &world.lookups, points, available).place;
        assert_eq!(place(least), Place::Device, "{}", world.name);
        assert_ne!(place(least - 1), Place::Device, "{}", world.name);
    }
}
