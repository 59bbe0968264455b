//! What of a proof lies on a device, in bytes, before anything is put there.
//!
//! The set-up string and all cells stay for a whole proof. Beside them lies what the phase at hand works with: digits and
//! buckets of sums, sums by value, tables of sum-check 1 and accumulators of its rounds, polynomials of the opening. Where
//! that is too much, batches of sums are made smaller, and tables longer than [`Plan::longest_table`] are computed piece by
//! piece from the cells until enough variables are bound.
//!
//! Figures are upper bounds for circuits whose long functionals are read from one tensor of small cells, as all compiled
//! ones are.

use super::Lengths;
use super::commits::suits;
use crate::Hooks;
use std::collections::BTreeSet;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Circuit, Functional, Region};
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_cuda::{ROOM, RoundForm, room_of, room_of_rounds};
use zkattest_kernels::MAX_FACTORS;

/// Bytes of a field element, of a point of the set-up string, and of a point that is a sum.
const ELEMENT: usize = 32;
const POINT: usize = 64;
const SUM: usize = 128;

/// log2 of the shortest tables that are computed piece by piece: shorter ones save nothing beside what a piece takes.
const LEAST_TABLE: usize = 16;

/// Entries of a piece of a table.
pub(super) const PIECE: usize = 1 << 20;

/// Terms of a sum that must fit as a whole: longer ones may be cut into pieces of this length.
const LEAST_SUM: usize = 1 << 16;

/// Lists, weights by axis, results and sums of sums, beside what they are of: an eighth of it, and what short ones have at
/// least.
const LISTS: usize = 1 << 16;

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
    /// Of the sums of points that are made at once.
    pub sums: usize,
    /// Of sums by value, which wait for their weights.
    pub values: usize,
    /// Of sum-check 1's tables, pieces and accumulators.
    pub tables: usize,
    /// Of the opening's polynomials.
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
        Self::with(circuit, lookups, points, available, None)
    }

    /// Likewise with the lengths that tests want.
    pub(crate) fn with(
        circuit: &Circuit,
        lookups: &Lookups,
        points: usize,
        available: usize,
        hooks: Option<&Hooks>,
    ) -> Self {
        let wanted = hooks.and_then(|hooks| hooks.written).unwrap_or(circuit.rounds_1());
        let whole = Self { available, ..Self::of(circuit, lookups, points, wanted, hooks) };
        let room = available.saturating_sub(whole.string).saturating_sub(whole.cells);
        let mut plan = whole.clone();
        plan.sums = plan.sums.min(room.saturating_sub(plan.values.max(plan.opening)));
        while plan.tables > room && plan.longest_table > LEAST_TABLE {
            plan.longest_table -= 1;
            plan.tables = tables(circuit, lookups, Lengths::of_device(plan.longest_table, hooks));
        }
        let least = least_sums(circuit, lookups, points).min(whole.sums);
        if plan.peak() <= available && plan.sums >= least {
            return plan;
        }
        // One batch of sums at a time, and beside it a row of scalars, or the two polynomials that are committed together.
        let of_sums = |sums: usize| whole.string.saturating_add(2 * ELEMENT * points).saturating_add(sums);
        let (place, string, sums) = if of_sums(least) <= available {
            (Place::Sums, whole.string, whole.sums.min(least.max(available - of_sums(0))))
        } else {
            (Place::Processor, 0, 0)
        };
        Self { place, string, sums, cells: 0, values: 0, tables: 0, opening: 0, ..whole }
    }

    /// With tables of at most 2^`longest_table` entries.
    fn of(
        circuit: &Circuit,
        lookups: &Lookups,
        points: usize,
        longest_table: usize,
        hooks: Option<&Hooks>,
    ) -> Self {
        Self {
            place: Place::Device,
            string: Self::string(points),
            cells: cells(circuit),
            sums: sums(circuit, lookups, points),
            values: values(circuit, lookups),
            tables: tables(circuit, lookups, Lengths::of_device(longest_table, hooks)),
            opening: opening(circuit, points),
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
        let rounds = circuit.rounds_1();
        let sums = least_sums(circuit, lookups, points);
        // Pieces of all of a round's tables may take more than short tables do.
        let of = |longest| {
            let whole = Self::of(circuit, lookups, points, longest, None);
            Self { sums: whole.sums.min(sums), ..whole }.peak()
        };
        (rounds.min(LEAST_TABLE)..=rounds).map(of).min().unwrap_or(usize::MAX)
    }

    /// The most bytes that lie on the device at once.
    pub fn peak(&self) -> usize {
        self.string.saturating_add(self.cells).saturating_add(self.working())
    }

    /// The most bytes that a phase takes beside the set-up string and the cells.
    pub fn working(&self) -> usize {
        self.sums.saturating_add(self.values.max(self.opening)).max(self.tables)
    }
}

/// With lists and what else is small beside `bytes`.
fn with_lists(bytes: usize) -> usize {
    bytes.saturating_add(bytes / 8).saturating_add(LISTS)
}

fn total(bytes: impl IntoIterator<Item = usize>) -> usize {
    bytes.into_iter().fold(0, usize::saturating_add)
}

/// Small cells of two bytes, multiplicities of four, elements.
fn cells(circuit: &Circuit) -> usize {
    let m = circuit.row_size();
    let of = |region, bytes: usize| circuit.rows_of(region).saturating_mul(m).saturating_mul(bytes);
    let small = [Region::Model, Region::Data, Region::Output, Region::Witness].map(|region| of(region, 2));
    // Of the two rows of masks only R is long.
    let elements = [of(Region::Counts, 4), of(Region::Helper, ELEMENT), m.saturating_mul(ELEMENT)];
    total(small.into_iter().chain(elements))
}

/// Sums for R, for witness and counts, for helper rows that are not summed by value, for the opening; or sums by value with
/// weights.
fn sums(circuit: &Circuit, lookups: &Lookups, points: usize) -> usize {
    let m = circuit.row_size();
    let of = |rows: usize, terms: usize, width: u32| {
        if rows == 0 { 0 } else { with_lists(room_of(rows, terms, width).min(ROOM)) }
    };
    let early = circuit.rows_of(Region::Witness).max(circuit.rows_of(Region::Counts));
    let by_value: usize = by_value(circuit, lookups).map(|(groups, _)| groups).sum();
    let helpers = circuit.rows_of(Region::Helper).saturating_sub(by_value);
    // An evaluation argument's polynomials are summed beside a quotient.
    let beside = if points > m + 1 { of(1, points, 255) } else { 0 };
    let all = [of(early, m, 16), of(helpers, m, 255), of(1, m, 255).saturating_add(beside)];
    all.into_iter().max().unwrap_or_default().max(weighed(circuit, lookups))
}

/// What sums must have to work with: more are made one by one, and long ones in pieces.
fn least_sums(circuit: &Circuit, lookups: &Lookups, points: usize) -> usize {
    with_lists(room_of(1, points.min(LEAST_SUM), 255)).max(weighed(circuit, lookups))
}

/// Groups and values of the lookups whose helper rows are summed by value, as they have few for a row.
fn by_value<'a>(circuit: &'a Circuit, lookups: &'a Lookups) -> impl Iterator<Item = (usize, usize)> + 'a {
    let of = |lookup: &RangeLookup| {
        let values = 1usize << circuit.tables[place(lookup.table)].bits;
        suits(circuit, lookup).then(|| (place(lookup.rows).div_ceil(lookup.columns.len().max(1)), values))
    };
    lookups.ranges.iter().filter_map(of)
}

/// Sums by value, which wait for their weights.
fn values(circuit: &Circuit, lookups: &Lookups) -> usize {
    total(
        by_value(circuit, lookups).map(|(groups, values)| groups.saturating_mul(values).saturating_mul(SUM)),
    )
}

/// Sums of these for each bit of a scalar.
fn weighed(circuit: &Circuit, lookups: &Lookups) -> usize {
    /// Bits of a scalar, and points that one thread adds.
    const BITS: usize = 256;
    const RUN: usize = 16;
    let of = |(groups, values): (usize, usize)| {
        groups.saturating_mul(BITS * SUM).saturating_mul(values.div_ceil(RUN).next_power_of_two())
    };
    with_lists(by_value(circuit, lookups).map(of).max().unwrap_or_default())
}

/// Tables, what their rounds take, and pieces of both halves of each of a round's tables.
fn tables(circuit: &Circuit, lookups: &Lookups, lengths: Lengths) -> usize {
    let functional = |number: u32| &circuit.functionals[place(number)];
    let variables = |number: u32| usize::from(functional(number).variables);
    let longest = lengths.written.max(lengths.short);
    let written = |variables: usize| 1usize << variables.min(longest);
    // A range lookup has its own tables, whichever functionals they are of.
    let own = |lookup: &RangeLookup| {
        [lookup.eq_helper, lookup.eq, lookup.eq_first].into_iter().chain(lookup.columns.clone())
    };
    let of_lookups: BTreeSet<u32> = lookups.ranges.iter().flat_map(own).collect();
    let plain = |factors: &[u32]| {
        // No kernel multiplies more.
        circuit.factors() <= MAX_FACTORS && !factors.iter().all(|factor| of_lookups.contains(factor))
    };
    let mut entries = 0usize;
    let mut wanted = BTreeSet::new();
    let mut rounds: Vec<(RoundForm, usize)> = Vec::new();
    for term in circuit.terms.iter().filter(|term| plain(&term.factors)) {
        wanted.extend(term.factors.iter().copied());
        let own = term.factors.iter().map(|factor| variables(*factor)).max().unwrap_or_default();
        rounds.push((RoundForm::Product { factors: term.factors.len() }, own));
    }
    for number in wanted.into_iter().filter(|number| variables(*number) > lengths.short) {
        let streams = has_pieces(circuit, functional(number));
        let own = if streams { written(variables(number)) } else { 1 << variables(number) };
        entries = entries.saturating_add(own);
    }
    for lookup in &lookups.ranges {
        let (columns, own) = (lookup.columns.len(), variables(lookup.eq));
        if own > lengths.short {
            entries = entries.saturating_add((columns + 3).saturating_mul(written(own)));
        }
        rounds.push((RoundForm::Lookup { columns }, own));
    }
    rounds.retain(|(_, variables)| *variables > lengths.short);
    // The next variable is bound between a table's halves; what is in pieces is added up alone.
    let halves = |(form, variables): &(RoundForm, usize)| (*form, 1usize << variables.saturating_sub(1));
    let (together, alone): (Vec<_>, Vec<_>) = rounds.iter().partition(|(_, variables)| *variables <= longest);
    let mut sums = room_of_rounds(&together.into_iter().map(|round| halves(&round)).collect::<Vec<_>>());
    let mut pieces = 0;
    for round in &alone {
        let (form, half) = halves(round);
        let tables = match form {
            RoundForm::Product { factors } => factors,
            RoundForm::Lookup { columns } => columns + 3,
        };
        sums = sums.saturating_add(room_of_rounds(&[(form, half)]));
        pieces = pieces.max(2 * tables * lengths.unit.min(half));
    }
    if rounds.is_empty() {
        0
    } else {
        with_lists((entries + pieces).saturating_mul(ELEMENT)).saturating_add(sums)
    }
}

/// Whether a functional may be computed piece by piece: elements of one tensor of small cells.
fn has_pieces(circuit: &Circuit, functional: &Functional) -> bool {
    let mut tensors = functional.forms.iter().filter_map(|form| form.tensor);
    let small = |tensor: u32| {
        let region = circuit.tensors[place(tensor)].region;
        matches!(region, Region::Model | Region::Data | Region::Output | Region::Witness)
    };
    matches!((tensors.next(), tensors.next()), (Some(tensor), None) if small(tensor))
}

/// F and slices of it by region; or F, its quotient, and what is added to it, where an evaluation argument's polynomials
/// are as long as the set-up string.
fn opening(circuit: &Circuit, points: usize) -> usize {
    let coefficients = circuit.row_size() + 1;
    let slices = circuit.rows_by_region().filter(|(_, rows)| *rows > 0).count() + 2;
    let quotients = if points > coefficients { 6 } else { 3 };
    let terms = slices.saturating_mul(coefficients).max(points.saturating_mul(quotients));
    with_lists(terms.saturating_mul(ELEMENT))
}
