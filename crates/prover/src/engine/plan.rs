//! What of a proof lies on a device, in bytes, before anything is put there.
//!
//! The set-up string and all cells stay for a whole proof. Beside them lies what the phase at hand works with: digits and
//! buckets of sums, tables of sum-check 1, polynomials of the opening. Tables are the one thing that can be made shorter:
//! longer ones than [`Plan::longest_table`] are computed piece by piece from the cells until enough variables are bound.

use std::collections::BTreeSet;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::{Lookups, RangeLookup};

/// Bytes of a field element and of a point of the set-up string.
const ELEMENT: usize = 32;
const POINT: usize = 64;

/// log2 of the shortest tables that are computed piece by piece: shorter ones save nothing beside what a piece takes.
const LEAST_TABLE: usize = 16;

/// Entries of a piece of a table.
pub(super) const PIECE: usize = 1 << 20;

/// Where a proof's cells and long tables lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the device, from their first use to the end of the proof.
    Device,
    /// On the processor; only long sums of points are made on the device.
    Sums,
    /// On the processor, which makes all sums, too.
    Processor,
}

/// Bytes of a proof on a device, and what is done where they are too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where cells and tables lie.
    pub place: Place,
    /// Of the set-up string.
    pub string: usize,
    /// Of the cells of all rows.
    pub cells: usize,
    /// Of one batch of sums of points, at most.
    pub sums: usize,
    /// Of sum-check 1's tables and pieces.
    pub tables: usize,
    /// Of sum-check 3 and the opening.
    pub opening: usize,
    /// log2 of the longest tables that are written down in sum-check 1.
    pub longest_table: usize,
    /// What there was room for, the set-up string included.
    pub available: usize,
}

impl Plan {
    /// * `points`: of the set-up string.
    /// * `available`: bytes for the set-up string and all else.
    ///
    /// The circuit is a valid one.
    pub fn new(circuit: &Circuit, lookups: &Lookups, points: usize, available: usize) -> Self {
        let mut plan = Self { available, ..Self::of(circuit, lookups, points, circuit.rounds_1()) };
        while plan.peak() > available && plan.longest_table > LEAST_TABLE {
            plan.longest_table -= 1;
            plan.tables = tables(circuit, lookups, plan.longest_table);
        }
        if plan.peak() > available {
            plan.place = if plan.string.saturating_add(plan.sums) > available {
                Place::Processor
            } else {
                Place::Sums
            };
            (plan.cells, plan.tables, plan.opening) = (0, 0, 0);
        }
        if plan.place == Place::Processor {
            (plan.string, plan.sums) = (0, 0);
        }
        plan
    }

    /// With tables of at most 2^`longest_table` entries.
    fn of(circuit: &Circuit, lookups: &Lookups, points: usize, longest_table: usize) -> Self {
        Self {
            place: Place::Device,
            string: Self::string(points),
            cells: cells(circuit),
            sums: sums(circuit.row_size().min(points)),
            tables: tables(circuit, lookups, longest_table),
            opening: opening(circuit.row_size()),
            longest_table,
            available: usize::MAX,
        }
    }

    /// Bytes of so many points of a set-up string.
    pub fn string(points: usize) -> usize {
        points.saturating_mul(POINT)
    }

    /// The fewest bytes that suffice for cells to lie on a device.
    pub fn least(circuit: &Circuit, lookups: &Lookups, points: usize) -> usize {
        Self::of(circuit, lookups, points, circuit.rounds_1().min(LEAST_TABLE)).peak()
    }

    /// The most bytes that lie on the device at once.
    pub fn peak(&self) -> usize {
        let working = self.sums.max(self.tables).max(self.opening);
        self.string.saturating_add(self.cells).saturating_add(working)
    }
}

/// Small cells of two bytes, multiplicities of four, elements.
fn cells(circuit: &Circuit) -> usize {
    let m = circuit.row_size();
    let of = |region, bytes: usize| circuit.rows_of(region).saturating_mul(m).saturating_mul(bytes);
    let small = [Region::Model, Region::Data, Region::Output, Region::Witness].map(|region| of(region, 2));
    // Of the two rows of masks only R is long.
    let elements = of(Region::Helper, ELEMENT).saturating_add(m.saturating_mul(ELEMENT));
    small.iter().fold(elements.saturating_add(of(Region::Counts, 4)), |sum, bytes| sum.saturating_add(*bytes))
}

/// One sum of `terms` scalars of full width: digits and their order, buckets, tasks.
fn sums(terms: usize) -> usize {
    const WINDOWS: usize = 16;
    const BUCKETS: usize = 1 << 15;
    // A scalar, a place in the order for each window; 128 bytes for each bucket and each task of eight terms or more.
    let of_terms = terms.saturating_mul(ELEMENT + WINDOWS * (4 + 128 / 8));
    of_terms.saturating_add(WINDOWS * BUCKETS * (6 * 4 + 2 * 128))
}

/// Tables of at most 2^`longest` entries, and a piece of both halves of each of a term's tables.
fn tables(circuit: &Circuit, lookups: &Lookups, longest: usize) -> usize {
    let variables = |functional: u32| usize::from(circuit.functionals[place(functional)].variables);
    let entries = |variables: usize| 1usize << variables.min(longest);
    // A range lookup has its own tables, whichever functionals they are of.
    let own = |lookup: &RangeLookup| {
        [lookup.eq_helper, lookup.eq, lookup.eq_first].into_iter().chain(lookup.columns.clone())
    };
    let of_lookups: BTreeSet<u32> = lookups.ranges.iter().flat_map(own).collect();
    let factors = circuit.terms.iter().flat_map(|term| term.factors.iter().copied());
    let plain: BTreeSet<u32> = factors.filter(|functional| !of_lookups.contains(functional)).collect();
    let of_plain = plain.iter().map(|functional| entries(variables(*functional)));
    let of_ranges = lookups
        .ranges
        .iter()
        .map(|lookup| (lookup.columns.len() + 3).saturating_mul(entries(variables(lookup.eq))));
    let sum = of_plain.chain(of_ranges).fold(0usize, usize::saturating_add);
    let mut of_pieces = 0;
    if circuit.rounds_1() > longest {
        let of_lookups = lookups.ranges.iter().map(|lookup| lookup.columns.len() + 3);
        let most = of_lookups.chain([circuit.factors()]).max().unwrap_or_default();
        of_pieces = 2 * most * PIECE;
    }
    sum.saturating_add(of_pieces).saturating_mul(ELEMENT)
}

/// F, h, its parts and quotients: none is longer than F, and no more than six are alive at once.
fn opening(m: usize) -> usize {
    m.saturating_add(1).saturating_mul(6 * ELEMENT).saturating_add(sums(m))
}
