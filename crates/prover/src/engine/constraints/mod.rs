//! Sum-check 1: functionals' tables, those of range lookups, and what each round asks of them.

mod device;
mod host;

use super::plan;
use crate::pieces::PIECE;
use crate::rows::Rows;
use crate::scope::Scope;
use crate::{Hooks, ProverError};
use zkattest_circuit::ir::Functional;
use zkattest_circuit::lookup::RangeLookup;
use zkattest_field::Scalar;

/// log2 of numbers of entries that decide where a table lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lengths {
    /// Longest tables that are written down by the processor at once, whatever their functionals' form.
    pub short: usize,
    /// Longest tables that are written down elsewhere; longer ones are computed piece by piece where they can be.
    pub written: usize,
    /// Entries of a half's piece, on a device.
    pub unit: usize,
}

impl Lengths {
    /// What suits a processor's memory, or what tests want: tables of 8 MB; a lookup's eleven have 92 MB.
    pub fn of_processor(hooks: Option<&Hooks>) -> Self {
        let written = hooks.and_then(|hooks| hooks.written).unwrap_or(18);
        Self { short: written, written, unit: PIECE }
    }

    /// Likewise of a device that has room for tables of 2^`written` entries. Up to 2^11 entries a processor is as fast
    /// as a device that has to be asked.
    pub fn of_device(written: usize, hooks: Option<&Hooks>) -> Self {
        let short = hooks.and_then(|hooks| hooks.short).unwrap_or(11);
        let unit = hooks.and_then(|hooks| hooks.unit).unwrap_or(plan::PIECE);
        Self { short, written, unit }
    }

    /// Whether a table of so many entries is written down.
    pub fn fit(self, entries: usize) -> bool {
        entries <= 1 << self.written.max(self.short)
    }
}

/// Tables that sum-check 1 folds: a functional's, or a range lookup's all together.
pub(crate) trait Folded: Send + Sync {
    /// The first entry of each: eq h, eq, eq A_1, A_1, A_2, .. of a lookup. Once all variables are bound, there is no
    /// other, and it is at hand.
    fn first(&self) -> Vec<Scalar>;

    /// Whether they are computed piece by piece.
    fn streamed(&self) -> bool;
}

/// A round's polynomial that is asked for.
pub(crate) enum Round<'r, 'a, E: Constraints + 'a> {
    /// Of a product of tables of one length; without a claim where the value at 1 does not follow from one.
    Product(Vec<&'r E::Table<'a>>, Option<Scalar>),
    /// Of all terms of a range lookup.
    Lookup(&'r E::Lookup<'a>, Scalar),
}

/// Where sum-check 1 finds its tables.
pub(crate) trait Constraints: Sized + Sync {
    /// A functional's values at the points that are left.
    type Table<'a>: Folded
    where
        Self: 'a;

    /// All tables of a range lookup.
    type Lookup<'a>: Folded
    where
        Self: 'a;

    /// A functional's table, no variable bound.
    fn table<'a>(
        &'a self,
        scope: &Scope<'_>,
        rows: &'a Rows<'_>,
        functional: &Functional,
    ) -> Result<Self::Table<'a>, ProverError>;

    /// A range lookup's tables, no variable bound.
    fn lookup<'a>(
        &'a self,
        scope: &Scope<'_>,
        lookup: &RangeLookup,
        rows: &'a Rows<'_>,
    ) -> Result<Self::Lookup<'a>, ProverError>;

    /// Values at 0, 1, .., degree of all polynomials that are asked for: a product has as many factors as its degree, a
    /// lookup one column less. No table has but one entry.
    fn rounds(&self, rounds: &[Round<'_, '_, Self>]) -> Result<Vec<Vec<Scalar>>, ProverError>;

    /// Binds the next variable of all of these.
    fn bind(
        &self,
        tables: Vec<&mut Self::Table<'_>>,
        lookups: Vec<&mut Self::Lookup<'_>>,
        challenge: Scalar,
    ) -> Result<(), ProverError>;
}
