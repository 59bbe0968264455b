//! Rounds over tables on a device. Everything is launched before the one copy back, and the processor works at what is
//! its own meanwhile.

use super::super::Round;
use super::super::host;
use super::{Lookup, Table};
use crate::ProverError;
use crate::engine::{Engine, OnDevice};
use rayon::prelude::*;
use zkattest_cuda::{Gpu, Halves, LookupTable, RoundForm, RoundRows, RoundSums, SmallCells, Vector};
use zkattest_field::Scalar;
use zkattest_kernels::Cpu;

/// Values of all rounds, in their order.
pub(super) fn values(
    engine: &OnDevice<'_>,
    rounds: &[Round<'_, '_, OnDevice<'_>>],
) -> Result<Vec<Vec<Scalar>>, ProverError> {
    let host = engine.host();
    let short: Vec<bool> = rounds.iter().map(is_short).collect();
    let of = |wanted: bool| {
        let own = rounds.iter().zip(&short).filter(move |(_, short)| **short == wanted);
        own.map(|(round, _)| round).collect::<Vec<_>>()
    };
    let (of_device, of_host) = (of(false), of(true));
    let (of_device, of_host) = rayon::join(
        || there(engine.gpu(), &of_device, host.lengths.unit),
        || of_host.par_iter().map(|round| here(&host.cpu, round)).collect::<Result<Vec<_>, _>>(),
    );
    let (mut of_device, mut of_host) = (of_device?.into_iter(), of_host?.into_iter());
    Ok(short.iter().filter_map(|short| if *short { of_host.next() } else { of_device.next() }).collect())
}

/// Whether all tables of a round are the processor's.
fn is_short(round: &Round<'_, '_, OnDevice<'_>>) -> bool {
    match round {
        Round::Product(factors, _) => factors.iter().all(|table| matches!(table, Table::Short(_))),
        Round::Lookup(lookup, _) => matches!(lookup, Lookup::Short(_)),
    }
}

/// Values of a round of such tables.
fn here(cpu: &Cpu, round: &Round<'_, '_, OnDevice<'_>>) -> Result<Vec<Scalar>, ProverError> {
    match round {
        Round::Product(factors, claim) => {
            let short = factors.iter().filter_map(|table| match table {
                Table::Short(table) => Some(table),
                Table::Written(_) | Table::Pieces(..) => None,
            });
            host::product_round(cpu, &short.collect::<Vec<_>>(), *claim)
        }
        Round::Lookup(Lookup::Short(lookup), claim) => host::lookup_round(cpu, lookup, *claim),
        Round::Lookup(Lookup::Written(_) | Lookup::Streamed(..), _) => Ok(Vec::new()),
    }
}

/// Values of rounds of other tables: everything is launched before the one copy.
fn there(
    gpu: &Gpu,
    rounds: &[&Round<'_, '_, OnDevice<'_>>],
    unit: usize,
) -> Result<Vec<Vec<Scalar>>, ProverError> {
    let sums = rounds.iter().map(|round| match round {
        Round::Product(factors, claim) => {
            RoundSums::new(RoundForm::Product { factors: factors.len() }, *claim)
        }
        Round::Lookup(lookup, claim) => {
            let columns = match lookup {
                Lookup::Streamed(_, columns, ..) => *columns,
                Lookup::Written(_) | Lookup::Short(_) => lookup.written().len().saturating_sub(3),
            };
            RoundSums::new(RoundForm::Lookup { columns }, Some(*claim))
        }
    });
    let mut sums = sums.collect::<Result<Vec<_>, _>>()?;
    let mut whole = Vec::new();
    for (round, sums) in rounds.iter().zip(&mut sums) {
        let tables: Vec<&Vector> = match round {
            Round::Product(factors, _) => factors.iter().filter_map(|table| table.written()).collect(),
            Round::Lookup(lookup, _) => lookup.written().iter().collect(),
        };
        match round {
            Round::Product(factors, _) if tables.len() < factors.len() => {
                add_product_by_pieces(gpu, factors, sums, unit)?;
            }
            Round::Lookup(Lookup::Streamed(table, columns, cells, helper), _) => {
                add_lookup_by_pieces(gpu, (table, *columns, cells, helper), sums, unit)?;
            }
            Round::Product(..) | Round::Lookup(..) => {
                let rows = tables.first().map_or(0, |table| table.len() / 2);
                let tables = tables.into_iter().map(Halves::of).collect();
                whole.push(RoundRows { sums, tables, rows });
            }
        }
    }
    gpu.add_rounds(&mut whole)?;
    drop(whole);
    Ok(gpu.finish_rounds(sums)?)
}

/// Adds a product some of whose factors are computed piece by piece.
fn add_product_by_pieces(
    gpu: &Gpu,
    factors: &[&Table<'_>],
    sums: &mut RoundSums,
    unit: usize,
) -> Result<(), ProverError> {
    let half = factors.first().map_or(0, |table| table.len() / 2);
    let unit = unit.clamp(1, half.max(1));
    let buffer = |table: &&Table<'_>| {
        let length = if matches!(table, Table::Pieces(..)) { 2 * unit } else { 0 };
        Vector::room(gpu.machine(), length)
    };
    let mut buffers = factors.iter().map(buffer).collect::<Result<Vec<_>, _>>()?;
    for at in (0..half).step_by(unit) {
        let rows = unit.min(half - at);
        for (factor, buffer) in factors.iter().zip(&mut buffers) {
            if let Table::Pieces(table, cells) = factor {
                table.fill(cells, at, rows, buffer, 0)?;
                table.fill(cells, half + at, rows, buffer, unit)?;
            }
        }
        let halves = factors.iter().zip(&buffers).map(|(factor, buffer)| match factor.written() {
            Some(table) => Halves::at(table, at, half + at),
            None => Halves::at(buffer, 0, unit),
        });
        let tables = halves.collect();
        gpu.add_rounds(&mut [RoundRows { sums, tables, rows }])?;
    }
    Ok(())
}

/// Adds a range lookup whose tables are computed piece by piece.
fn add_lookup_by_pieces(
    gpu: &Gpu,
    (table, columns, cells, helper): (&LookupTable, usize, &SmallCells, &Vector),
    sums: &mut RoundSums,
    unit: usize,
) -> Result<(), ProverError> {
    let half = table.len() / 2;
    let unit = unit.clamp(1, half.max(1));
    let buffers = (0..columns + 3).map(|_| Vector::room(gpu.machine(), 2 * unit));
    let mut buffers = buffers.collect::<Result<Vec<_>, _>>()?;
    for at in (0..half).step_by(unit) {
        let rows = unit.min(half - at);
        let mut out: Vec<&mut Vector> = buffers.iter_mut().collect();
        table.fill(cells, helper, at, rows, &mut out, 0)?;
        table.fill(cells, helper, half + at, rows, &mut out, unit)?;
        let tables = buffers.iter().map(|buffer| Halves::at(buffer, 0, unit)).collect();
        gpu.add_rounds(&mut [RoundRows { sums, tables, rows }])?;
    }
    Ok(())
}
