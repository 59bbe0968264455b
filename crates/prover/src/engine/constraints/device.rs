//! Tables on a device, written down or computed there from its cells piece by piece; short ones on the processor.
//!
//! All tables of which a variable is bound have one length, so that they move to the processor together, in one copy.

use super::host::{self, written};
use super::{Constraints, Folded, Lengths, Round};
use crate::ProverError;
use crate::engine::{Engine, OnDevice};
use crate::lookups::LookupTables;
use crate::pieces::Pieces;
use crate::rows::Rows;
use crate::scope::Scope;
use crate::streamed::Runs;
use crate::tables;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use zkattest_circuit::index;
use zkattest_circuit::ir::Functional;
use zkattest_circuit::lookup::RangeLookup;
use zkattest_cuda::{Gpu, Halves, LookupLayout, LookupTable, PiecesTable, RoundForm, RoundRows, RoundSums};
use zkattest_cuda::{SmallCells, Vector};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, MAX_FACTORS};

/// Values of a functional at the points that are left.
pub(crate) enum Table<'a> {
    Short(host::Table<'a>),
    Written(Vector),
    /// With the cells of its tensor's region.
    Pieces(Box<PiecesTable>, &'a SmallCells),
}

impl Folded for Table<'_> {
    fn first(&self) -> Vec<Scalar> {
        match self {
            Self::Short(table) => table.first(),
            Self::Written(_) | Self::Pieces(..) => vec![Scalar::ZERO],
        }
    }

    fn streamed(&self) -> bool {
        matches!(self, Self::Pieces(..))
    }
}

/// A range lookup's tables at the points that are left.
pub(crate) enum Lookup<'a> {
    Short(host::Lookup<'a>),
    /// eq h, eq, eq A_1, A_1, A_2, ..
    Written(Vec<Vector>),
    /// With the number of columns, the cells that are looked up and the helper rows.
    Streamed(Box<LookupTable>, usize, &'a SmallCells, &'a Vector),
}

impl Folded for Lookup<'_> {
    fn first(&self) -> Vec<Scalar> {
        match self {
            Self::Short(lookup) => lookup.first(),
            Self::Written(_) | Self::Streamed(..) => Vec::new(),
        }
    }

    fn streamed(&self) -> bool {
        matches!(self, Self::Streamed(..))
    }
}

impl Constraints for OnDevice<'_> {
    type Table<'a>
        = Table<'a>
    where
        Self: 'a;
    type Lookup<'a>
        = Lookup<'a>
    where
        Self: 'a;

    fn table<'a>(
        &'a self,
        scope: &Scope<'_>,
        rows: &'a Rows<'_>,
        functional: &Functional,
    ) -> Result<Table<'a>, ProverError> {
        let of_host = || tables::table(scope, rows, functional);
        // No kernel multiplies so many.
        if usize::from(functional.variables) <= self.host().lengths.short
            || scope.circuit.factors() > MAX_FACTORS
        {
            return Ok(Table::Short(host::Table::Written(of_host()?)));
        }
        let Some(pieces) = Pieces::new(scope, rows, functional, self.host().lengths) else {
            return Ok(Table::Written(Vector::new(self.gpu().machine(), &of_host()?)?));
        };
        let cells = self.small(rows, pieces.region())?;
        let mut table = Table::Pieces(Box::new(self.gpu().pieces_table(&pieces.layout())?), cells);
        table.write(self.host().lengths)?;
        Ok(table)
    }

    fn lookup<'a>(
        &'a self,
        scope: &Scope<'_>,
        lookup: &RangeLookup,
        rows: &'a Rows<'_>,
    ) -> Result<Lookup<'a>, ProverError> {
        let Some(runs) = Runs::new(scope, lookup, self.host().lengths) else {
            let tables = written(scope, lookup, rows)?;
            if usize::from(scope.circuit.functionals[index(lookup.eq)].variables) <= self.host().lengths.short
            {
                return Ok(Lookup::Short(host::Lookup::Written(Box::new(tables))));
            }
            let machine = self.gpu().machine();
            let copies = tables.all().into_iter().map(|table| Vector::new(machine, table));
            return Ok(Lookup::Written(copies.collect::<Result<_, _>>()?));
        };
        let layout = LookupLayout {
            first_cell: index(lookup.first_row) << scope.circuit.log_row,
            rows: index(lookup.rows),
            columns: lookup.columns.len(),
            log_row: usize::from(scope.circuit.log_row),
            log_run: runs.log_run,
            helper_first: runs.first,
            shifted: runs.shifted,
            eq_rows: &runs.eq_rows,
            eq_cells: &runs.eq_cells,
        };
        let table = self.gpu().lookup_table(&layout)?;
        let (cells, helper) = (self.small(rows, lookup.region)?, self.helper(rows)?);
        let mut lookup = Lookup::Streamed(Box::new(table), lookup.columns.len(), cells, helper);
        lookup.write(self.host().lengths)?;
        Ok(lookup)
    }

    fn rounds(&self, rounds: &[Round<'_, '_, Self>]) -> Result<Vec<Vec<Scalar>>, ProverError> {
        let short: Vec<bool> = rounds.iter().map(is_short).collect();
        let of = |here: bool| {
            let own = rounds.iter().zip(&short).filter(move |(_, short)| **short == here);
            own.map(|(round, _)| round).collect::<Vec<_>>()
        };
        let (there, here) = (of(false), of(true));
        // The processor works while the device does.
        let (there, here) = rayon::join(
            || rounds_there(self.gpu(), &there, self.host().lengths.unit),
            || {
                let values = here.par_iter().map(|round| round_here(&self.host().cpu, round));
                values.collect::<Result<Vec<_>, _>>()
            },
        );
        let (mut there, mut here) = (there?.into_iter(), here?.into_iter());
        Ok(short.iter().filter_map(|short| if *short { here.next() } else { there.next() }).collect())
    }

    fn bind(
        &self,
        tables: Vec<&mut Table<'_>>,
        lookups: Vec<&mut Lookup<'_>>,
        challenge: Scalar,
    ) -> Result<(), ProverError> {
        let (mut tables_there, mut lookups_there) = (Vec::new(), Vec::new());
        let (mut tables_here, mut lookups_here) = (Vec::new(), Vec::new());
        for table in tables {
            match table {
                Table::Short(table) => tables_here.push(table),
                Table::Written(_) | Table::Pieces(..) => tables_there.push(table),
            }
        }
        for lookup in lookups {
            match lookup {
                Lookup::Short(lookup) => lookups_here.push(lookup),
                Lookup::Written(_) | Lookup::Streamed(..) => lookups_there.push(lookup),
            }
        }
        let (there, here) = rayon::join(
            || {
                self.bind_there(&mut tables_there, &mut lookups_there, challenge)?;
                self.shorten(&mut tables_there, &mut lookups_there)
            },
            || host::bind(&self.host().cpu, tables_here, lookups_here, challenge),
        );
        there?;
        here
    }
}

impl OnDevice<'_> {
    fn bind_there(
        &self,
        tables: &mut [&mut Table<'_>],
        lookups: &mut [&mut Lookup<'_>],
        challenge: Scalar,
    ) -> Result<(), ProverError> {
        let of_tables = tables.iter_mut().filter_map(|table| table.written_mut());
        let of_lookups = lookups.iter_mut().flat_map(|lookup| lookup.written_mut());
        self.gpu().fold_all(&mut of_tables.chain(of_lookups).collect::<Vec<_>>(), challenge)?;
        for table in tables {
            table.bind_pieces(challenge, self.host().lengths)?;
        }
        for lookup in lookups {
            lookup.bind_pieces(challenge, self.host().lengths)?;
        }
        Ok(())
    }

    /// Moves tables that are short by now to the processor.
    fn shorten(
        &self,
        tables: &mut [&mut Table<'_>],
        lookups: &mut [&mut Lookup<'_>],
    ) -> Result<(), ProverError> {
        let short = |table: &Vector| table.len() <= 1 << self.host().lengths.short;
        let of_tables = tables.iter().filter_map(|table| table.written());
        let of_lookups = lookups.iter().flat_map(|lookup| lookup.written());
        let moving: Vec<&Vector> = of_tables.chain(of_lookups).filter(|table| short(table)).collect();
        if moving.is_empty() {
            return Ok(());
        }
        let mut moved = self.gpu().read_all(&moving)?.into_iter();
        for table in tables.iter_mut().filter(|table| table.written().is_some_and(short)) {
            **table = Table::Short(host::Table::Written(moved.next().unwrap_or_default()));
        }
        for lookup in lookups.iter_mut().filter(|lookup| lookup.written().first().is_some_and(short)) {
            let own = moved.by_ref().take(lookup.written().len()).collect();
            **lookup = Lookup::Short(host::Lookup::Written(Box::new(LookupTables::of(own))));
        }
        Ok(())
    }
}

impl Table<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Short(table) => table.len(),
            Self::Written(table) => table.len(),
            Self::Pieces(table, _) => table.len(),
        }
    }

    fn written(&self) -> Option<&Vector> {
        if let Self::Written(table) = self { Some(table) } else { None }
    }

    fn written_mut(&mut self) -> Option<&mut Vector> {
        if let Self::Written(table) = self { Some(table) } else { None }
    }

    /// Binds the next variable of a table that is not written down.
    fn bind_pieces(&mut self, challenge: Scalar, lengths: Lengths) -> Result<(), ProverError> {
        if let Self::Pieces(table, _) = self {
            table.bind(challenge)?;
        }
        self.write(lengths)
    }

    /// Writes it down if it is short enough, or no more variables can be bound.
    fn write(&mut self, lengths: Lengths) -> Result<(), ProverError> {
        if let Self::Pieces(table, cells) = self
            && (table.left() == 1 || lengths.fit(table.len()))
        {
            *self = Self::Written(table.table(cells)?);
        }
        Ok(())
    }
}

impl Lookup<'_> {
    fn written(&self) -> &[Vector] {
        if let Self::Written(tables) = self { tables } else { &[] }
    }

    fn written_mut(&mut self) -> &mut [Vector] {
        if let Self::Written(tables) = self { tables } else { &mut [] }
    }

    /// Binds the next variable of tables that are not written down.
    fn bind_pieces(&mut self, challenge: Scalar, lengths: Lengths) -> Result<(), ProverError> {
        if let Self::Streamed(table, ..) = self {
            table.bind(challenge)?;
        }
        self.write(lengths)
    }

    /// Writes them down if they are short enough, or no more variables can be bound.
    fn write(&mut self, lengths: Lengths) -> Result<(), ProverError> {
        if let Self::Streamed(table, _, cells, helper) = self
            && (table.left() == 1 || lengths.fit(table.len()))
        {
            *self = Self::Written(table.tables(cells, helper)?);
        }
        Ok(())
    }
}

/// Whether all tables of a round are the processor's.
fn is_short(round: &Round<'_, '_, OnDevice<'_>>) -> bool {
    match round {
        Round::Product(factors, _) => factors.iter().all(|table| matches!(table, Table::Short(_))),
        Round::Lookup(lookup, _) => matches!(lookup, Lookup::Short(_)),
    }
}

/// Values of a round of such tables.
fn round_here(cpu: &Cpu, round: &Round<'_, '_, OnDevice<'_>>) -> Result<Vec<Scalar>, ProverError> {
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
fn rounds_there(
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
