//! The processor's commitments.

use super::Commits;
use crate::ProverError;
use crate::by_value::{self, Sums};
use crate::engine::Host;
use crate::helper::MOST_WRITTEN;
use crate::rows::Rows;
use zkattest_circuit::Challenges;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_field::{G1, Scalar};

impl Commits for Host<'_> {
    type Sums = Sums;

    fn most_written(&self) -> usize {
        MOST_WRITTEN
    }

    fn commit_early(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
    ) -> Result<(Vec<G1>, Sums), ProverError> {
        let (string, own) = (self.string, |region: Region| rows.blinders[region as usize].as_slice());
        let witness = || by_value::commit_witness(circuit, lookups, string, rows);
        let counts = || string.commit_counts(&rows.counts, own(Region::Counts));
        let uniform = || string.commit_full(&rows.mask.uniform, &own(Region::Mask)[1..]);
        let sparse = || string.commit_sparse(rows.mask.cells(), own(Region::Mask)[0]);
        let ((witness, counts), (uniform, sparse)) = if string.resident().is_some() {
            // A device has room for one batch of sums.
            ((witness(), counts()), (uniform(), sparse()))
        } else {
            // Side by side: each leaves threads idle at its end.
            rayon::join(|| rayon::join(witness, counts), || rayon::join(uniform, sparse))
        };
        let (mut points, sums) = witness?;
        points.extend(counts?);
        points.push(sparse?);
        points.extend(uniform?);
        Ok((points, sums))
    }

    fn commit_helpers(
        &self,
        circuit: &Circuit,
        lookups: &Lookups,
        rows: &Rows<'_>,
        sums: Sums,
        challenges: &Challenges,
        blinders: &[Scalar],
    ) -> Result<Vec<G1>, ProverError> {
        by_value::commit_helpers(circuit, lookups, self.string, rows, &sums, challenges, blinders)
    }
}
