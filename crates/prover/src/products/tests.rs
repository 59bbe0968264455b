//! Products on a device beside those on the processor, and rows combined there.
#![allow(clippy::cast_possible_truncation, reason = "cells are any integers, counts small")]

use super::Products;
use crate::Hooks;
use crate::engine::{Claims, Host, Lengths, OnDevice, Openings, Place, Plan};
use crate::helper::Helper;
use crate::masks::Masks;
use crate::parts::Part;
use crate::rows::{Assignment, Rows};
use crate::string::ProvingString;
use crate::tests::Stream;
use ark_ff::AdditiveGroup;
use std::sync::Arc;
use zkattest_circuit::ir::{ROW_REGIONS, Region};
use zkattest_cuda::Machine;
use zkattest_cuda_twin::Twin;
use zkattest_field::Scalar;

const REGIONS: [Region; 7] = [
    Region::Model,
    Region::Data,
    Region::Output,
    Region::Witness,
    Region::Counts,
    Region::Mask,
    Region::Helper,
];

/// Rows by region; there are no data.
fn counts() -> [u32; ROW_REGIONS] {
    let mut counts = [0; ROW_REGIONS];
    for (region, count) in REGIONS.into_iter().zip([3, 0, 1, 11, 2, 2, 5]) {
        counts[region as usize] = count;
    }
    counts
}

/// Cells of every region.
struct Cells {
    small: [Vec<i16>; 3],
    counts: Vec<i32>,
    mask: [Vec<Scalar>; 2],
    helper: Vec<Scalar>,
}

impl Cells {
    fn new(log_row: usize, stream: &mut Stream) -> Self {
        let cells = |region: Region| (counts()[region as usize] as usize) << log_row;
        let scalars = |stream: &mut Stream, count| (0..count).map(|_| stream.scalar()).collect::<Vec<_>>();
        let mut small = |region| (0..cells(region)).map(|_| stream.integer() as i16).collect();
        Self {
            small: [small(Region::Model), small(Region::Output), small(Region::Witness)],
            counts: (0..cells(Region::Counts)).map(|_| stream.integer() as i32).collect(),
            mask: [scalars(stream, 9), scalars(stream, 1 << log_row)],
            helper: scalars(stream, cells(Region::Helper)),
        }
    }

    fn rows(&self, log_row: usize, stream: &mut Stream) -> Rows<'_> {
        let [model, output, witness] = &self.small;
        let mut mask = Masks::default();
        (mask.named, mask.uniform) = (self.mask[0].clone(), self.mask[1].clone());
        let mut helper = Helper::zeros(1 << log_row, counts()[Region::Helper as usize] as usize);
        helper.written_mut().unwrap().copy_from_slice(&self.helper);
        Rows {
            given: Assignment { model, data: &[], output, witness, public: &[], keys: &[] },
            counts: self.counts.clone(),
            mask,
            helper,
            blinders: counts().map(|count| (0..count).map(|_| stream.scalar()).collect()),
        }
    }
}

/// A part for every length of blocks in every region, over rows of all kinds: one, all, some.
fn parts(log_row: usize, stream: &mut Stream) -> Vec<Part> {
    let mut parts = Vec::new();
    for region in REGIONS {
        let count = counts()[region as usize] as usize;
        for log_block in 0..=log_row {
            let rows: Vec<usize> = match (region, log_block % 3) {
                (_, _) if count == 0 => continue,
                // No form has masks: M and R have parts of their own.
                (Region::Mask, _) => vec![log_block % 2],
                (_, 0) => vec![stream.below(count as u32) as usize],
                (_, 1) => (0..count).collect(),
                _ => (0..count).filter(|row| row % 4 != 2).collect(),
            };
            let lead = (0..rows.len() << (log_row - log_block)).map(|_| stream.scalar()).collect();
            let inner = (0..1 << log_block).map(|_| stream.scalar()).collect();
            parts.push(Part { region, log_block, rows, lead, inner });
        }
    }
    parts
}

fn copy(part: &Part) -> Part {
    let Part { region, log_block, rows, lead, inner } = part;
    Part {
        region: *region,
        log_block: *log_block,
        rows: rows.clone(),
        lead: lead.clone(),
        inner: inner.clone(),
    }
}

#[test]
fn a_device_gives_the_same_rounds_weights_and_combination() {
    let string = ProvingString::new(&[], 0);
    let machine: Arc<dyn Machine> = Arc::new(Twin);
    let plan = Plan {
        place: Place::Device,
        string: 0,
        cells: 0,
        sums: 0,
        values: 0,
        tables: 1 << 20,
        opening: 0,
        longest_table: 0,
        available: usize::MAX,
    };
    let mut stream = Stream(51);
    for log_row in [6, 7, 9] {
        let cells = Cells::new(log_row, &mut stream);
        let rows = cells.rows(log_row, &mut stream);
        let all = parts(log_row, &mut stream);
        let challenges: Vec<Scalar> = (0..log_row).map(|_| stream.scalar()).collect();
        let host = Host::new(&string, Lengths::of_processor(None));
        let mut expected = host.products(log_row, &rows, all.iter().map(copy).collect(), None).unwrap();
        let mut rounds = Vec::new();
        for challenge in &challenges {
            rounds.push(expected.round().unwrap());
            expected.bind(*challenge).unwrap();
        }
        let weights = expected.weights(counts());
        let combined = host.combine(log_row, &rows, &weights).unwrap();
        // Short tables here, or all there; rows bound together, or cells read for each part.
        for (short, room) in [(None, None), (Some(0), None), (Some(5), Some(1 << 14)), (Some(0), Some(0))] {
            let engine =
                OnDevice::new(Host::new(&string, Lengths::of_processor(None)), &machine, plan.clone());
            let hooks = Hooks { short, room, ..Hooks::default() };
            let parts = all.iter().map(copy).collect();
            let mut products = engine.products(log_row, &rows, parts, Some(&hooks)).unwrap();
            for (challenge, expected) in challenges.iter().zip(&rounds) {
                assert_eq!(products.round().unwrap(), *expected, "{log_row} {short:?} {room:?}");
                products.bind(*challenge).unwrap();
            }
            assert_eq!(products.weights(counts()), weights);
            let found = engine.combine(log_row, &rows, &weights).unwrap();
            assert_eq!(engine.coefficients(&found).unwrap(), combined);
            // Rows without weight, at the ends and between.
            let mut fewer = weights.clone();
            fewer[Region::Witness as usize].iter_mut().step_by(2).for_each(|weight| *weight = Scalar::ZERO);
            fewer[Region::Helper as usize].fill(Scalar::ZERO);
            fewer[Region::Mask as usize][1] = Scalar::ZERO;
            let expected = host.combine(log_row, &rows, &fewer).unwrap();
            let found = engine.combine(log_row, &rows, &fewer).unwrap();
            assert_eq!(engine.coefficients(&found).unwrap(), expected);
        }
    }
}
