//! Tables on the processor.

use super::{Constraints, Folded, Round};
use crate::ProverError;
use crate::engine::Host;
use crate::lookups::{LookupTables, lookup_tables};
use crate::pieces::{PIECE, Pieces};
use crate::rows::Rows;
use crate::scope::Scope;
use crate::streamed::Streamed;
use crate::tables;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use zkattest_circuit::index;
use zkattest_circuit::ir::Functional;
use zkattest_circuit::lookup::RangeLookup;
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels, MAX_FACTORS};

/// Values of a functional at the points that are left.
pub(crate) enum Table<'a> {
    /// In the first rounds of a long one: computed piece by piece.
    Pieces(Box<Pieces<'a>>),
    Written(Vec<Scalar>),
}

impl Folded for Table<'_> {
    fn first(&self) -> Vec<Scalar> {
        match self {
            Self::Pieces(_) => vec![Scalar::ZERO],
            Self::Written(table) => vec![table[0]],
        }
    }

    fn streamed(&self) -> bool {
        matches!(self, Self::Pieces(_))
    }
}

impl Table<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.len(),
            Self::Written(table) => table.len(),
        }
    }

    fn written(&self) -> Option<&[Scalar]> {
        match self {
            Self::Written(table) => Some(table),
            Self::Pieces(_) => None,
        }
    }

    /// Binds the next variable.
    fn bind(&mut self, cpu: &Cpu, challenge: Scalar) -> Result<(), ProverError> {
        match self {
            Self::Written(table) => cpu.fold(table, challenge)?,
            Self::Pieces(pieces) => {
                pieces.bind(challenge);
                if pieces.is_short() {
                    *self = Self::Written(pieces.table(cpu)?);
                }
            }
        }
        Ok(())
    }

    /// Entries from `start` on.
    fn copy(&self, cpu: &Cpu, start: usize, out: &mut [Scalar]) -> Result<(), ProverError> {
        match self {
            Self::Pieces(pieces) => pieces.fill(cpu, start, out)?,
            Self::Written(table) => out.copy_from_slice(&table[start..start + out.len()]),
        }
        Ok(())
    }
}

/// A range lookup's tables at the points that are left.
pub(crate) enum Lookup<'a> {
    /// In the first rounds of a long one: computed piece by piece.
    Streamed(Box<Streamed<'a>>),
    Written(Box<LookupTables>),
}

impl Folded for Lookup<'_> {
    fn first(&self) -> Vec<Scalar> {
        match self {
            Self::Streamed(_) => Vec::new(),
            Self::Written(tables) => tables.all().iter().map(|table| table[0]).collect(),
        }
    }

    fn streamed(&self) -> bool {
        matches!(self, Self::Streamed(_))
    }
}

impl Constraints for Host<'_> {
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
        let pieces = (scope.circuit.factors() <= MAX_FACTORS)
            .then(|| Pieces::new(scope, rows, functional, self.lengths));
        Ok(match pieces.flatten() {
            Some(pieces) => Table::Pieces(Box::new(pieces)),
            None => Table::Written(tables::table(scope, rows, functional)?),
        })
    }

    fn lookup<'a>(
        &'a self,
        scope: &Scope<'_>,
        lookup: &RangeLookup,
        rows: &'a Rows<'_>,
    ) -> Result<Lookup<'a>, ProverError> {
        Ok(match Streamed::new(scope, lookup, rows, self.lengths) {
            Some(streamed) => Lookup::Streamed(Box::new(streamed)),
            None => Lookup::Written(Box::new(written(scope, lookup, rows)?)),
        })
    }

    fn rounds(&self, rounds: &[Round<'_, '_, Self>]) -> Result<Vec<Vec<Scalar>>, ProverError> {
        rounds
            .par_iter()
            .map(|round| match round {
                Round::Product(factors, claim) => product_round(&self.cpu, factors, *claim),
                Round::Lookup(lookup, claim) => lookup_round(&self.cpu, lookup, *claim),
            })
            .collect()
    }

    fn bind(
        &self,
        tables: Vec<&mut Table<'_>>,
        lookups: Vec<&mut Lookup<'_>>,
        challenge: Scalar,
    ) -> Result<(), ProverError> {
        bind(&self.cpu, tables, lookups, challenge)
    }
}

/// Binds the next variable of all of these.
pub(super) fn bind(
    cpu: &Cpu,
    mut tables: Vec<&mut Table<'_>>,
    lookups: Vec<&mut Lookup<'_>>,
    challenge: Scalar,
) -> Result<(), ProverError> {
    let mut of_lookups = Vec::new();
    for lookup in lookups {
        match lookup {
            Lookup::Written(tables) => of_lookups.extend(tables.all_mut()),
            Lookup::Streamed(streamed) => {
                streamed.bind(challenge);
                if streamed.is_short() {
                    *lookup = Lookup::Written(Box::new(streamed.tables(cpu)?));
                }
            }
        }
    }
    let (of_lookups, of_terms) = rayon::join(
        || of_lookups.par_iter_mut().try_for_each(|table| cpu.fold(table, challenge)),
        || tables.par_iter_mut().try_for_each(|table| table.bind(cpu, challenge)),
    );
    of_lookups?;
    of_terms
}

/// A range lookup's tables, written down.
pub(super) fn written(
    scope: &Scope<'_>,
    lookup: &RangeLookup,
    rows: &Rows<'_>,
) -> Result<LookupTables, ProverError> {
    let eq = tables::table(scope, rows, &scope.circuit.functionals[index(lookup.eq)])?;
    lookup_tables(scope.circuit, lookup, rows, scope.challenges, &scope.cpu, eq)
}

/// Values at 0, 1, .., factors of a term's round.
pub(super) fn product_round(
    cpu: &Cpu,
    factors: &[&Table<'_>],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    match factors.iter().map(|table| table.written()).collect::<Option<Vec<&[Scalar]>>>() {
        Some(tables) => product_of_written(cpu, &tables, claim),
        None => product_round_by_pieces(cpu, factors, claim),
    }
}

/// Likewise of tables that are written down.
fn product_of_written(
    cpu: &Cpu,
    tables: &[&[Scalar]],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    if tables.len() <= MAX_FACTORS {
        return Ok(cpu.round(None, tables, claim)?);
    }
    // No kernel multiplies so many: by definition.
    let half = tables[0].len() / 2;
    let value = |x: Scalar, i: usize| -> Scalar {
        tables.iter().map(|table| table[i] + x * (table[half + i] - table[i])).product()
    };
    let points: Vec<Scalar> = (0u64..).map(Scalar::from).take(tables.len() + 1).collect();
    Ok(points.into_par_iter().map(|x| (0..half).map(|i| value(x, i)).sum()).collect())
}

/// Likewise where a factor is not written down.
fn product_round_by_pieces(
    cpu: &Cpu,
    factors: &[&Table<'_>],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    let half = factors.first().map_or(0, |table| table.len() / 2);
    let unit = PIECE.min(half);
    let piece = |buffer: &mut Vec<Scalar>, at: usize| -> Result<Vec<Scalar>, ProverError> {
        buffer.resize(factors.len() * 2 * unit, Scalar::ZERO);
        for (factor, out) in factors.iter().zip(buffer.chunks_mut(2 * unit)) {
            let (low, high) = out.split_at_mut(unit);
            factor.copy(cpu, at * unit, low)?;
            factor.copy(cpu, half + at * unit, high)?;
        }
        let tables: Vec<&[Scalar]> = buffer.chunks(2 * unit).collect();
        Ok(cpu.round(None, &tables, claim.map(|_| Scalar::ZERO))?)
    };
    let add = |a: Vec<Scalar>, b: Vec<Scalar>| a.iter().zip(&b).map(|(a, b)| *a + b).collect();
    let mut values = (0..half / unit.max(1))
        .into_par_iter()
        .map_init(Vec::new, piece)
        .try_reduce(|| vec![Scalar::ZERO; factors.len() + 1], |a, b| Ok(add(a, b)))?;
    if let Some(claim) = claim {
        values[1] = claim - values[0];
    }
    Ok(values)
}

/// Values of a range lookup's round at 0, 1, .., columns + 1.
pub(super) fn lookup_round(
    cpu: &Cpu,
    lookup: &Lookup<'_>,
    claim: Scalar,
) -> Result<Vec<Scalar>, ProverError> {
    let LookupTables { eq_helper, eq, eq_first, columns } = match lookup {
        Lookup::Written(tables) => &**tables,
        Lookup::Streamed(streamed) => return streamed.round(cpu, claim),
    };
    let columns: Vec<&[Scalar]> = columns.iter().map(Vec::as_slice).collect();
    Ok(cpu.lookup_round(eq_helper, eq, eq_first, &columns, Some(claim))?)
}
