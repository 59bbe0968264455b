//! Commitments to the rows that a proof fills in.

mod device;
mod host;

pub(super) use device::suits;

use crate::ProverError;
use crate::rows::Rows;
use zkattest_circuit::Challenges;
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::lookup::Lookups;
use zkattest_field::{G1, Scalar};

/// Sums of the set-up string's points with rows of cells.
pub(crate) trait Commits {
    /// What the points sum to by the values of looked-up cells, which helper rows are committed by.
    type Sums;

    /// Most cells of helper rows that are written down, where they can be computed instead.
    fn most_written(&self) -> usize;

    /// Commitments to witness rows, counts, M and R, all of which are filled and have their blinders.
    fn commit_early(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
    ) -> Result<(Vec<G1>, Self::Sums), ProverError>;

    /// Commitments to the helper rows, whose cells must be those of the lookups; `sums` are of [`Self::commit_early`].
    fn commit_helpers(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
        sums: Self::Sums,
        challenges: &Challenges,
        blinders: &[Scalar],
    ) -> Result<Vec<G1>, ProverError>;
}
