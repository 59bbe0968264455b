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
        // Side by side: each leaves threads idle at its end.
        let (small, full) = rayon::join(
            || {
                rayon::join(
                    || by_value::commit_witness(circuit, lookups, string, rows),
                    || string.commit_counts(&rows.counts, own(Region::Counts)),
                )
            },
            || {
                rayon::join(
                    || string.commit_full(&rows.mask.uniform, &own(Region::Mask)[1..]),
                    || string.commit_sparse(rows.mask.cells(), own(Region::Mask)[0]),
                )
            },
        );
        let (mut points, sums) = small.0?;
        points.extend(small.1?);
        points.push(full.1?);
        points.extend(full.0?);
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
