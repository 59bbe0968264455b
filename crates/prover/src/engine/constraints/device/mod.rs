//! Tables on a device, written down or computed there from its cells piece by piece; short ones on the processor.
//!
//! All tables of which a variable is bound have one length, so that they move to the processor together, in one copy.

mod rounds;

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
use zkattest_circuit::index;
use zkattest_circuit::ir::Functional;
use zkattest_circuit::lookup::RangeLookup;
use zkattest_cuda::{LookupLayout, LookupTable, PiecesTable};
use zkattest_cuda::{SmallCells, Vector};
use zkattest_field::Scalar;
use zkattest_kernels::MAX_FACTORS;

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
        rounds::values(self, rounds)
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
