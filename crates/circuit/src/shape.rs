//! Numbers that follow from a description (`docs/protocol.md`, "Circuit", "Transcript", "Masks").

use std::ops::Range;

use crate::index;
use crate::ir::{Circuit, Kind, ROW_REGIONS, Region, Vector};

/// Bytes of a point.
pub const POINT_BYTES: usize = 64;
/// Bytes of a scalar.
pub const SCALAR_BYTES: usize = 32;
/// Points of the opening: h, q, g, s, d, W, W'.
pub const OPENING_POINTS: usize = 7;
/// Values of the opening: g, h, s at omega and its inverse, h(zeta).
pub const OPENING_VALUES: usize = 7;
/// Points that an evaluation part adds: C1, C2.
pub const EVALUATION_POINTS: usize = 2;
/// Values that an evaluation part adds: eight of the table, a, b, c, p twice, T1 and T2.
pub const EVALUATION_VALUES: usize = 15;

impl Region {
    /// All regions that have rows, in the order of rows.
    pub const WITH_ROWS: [Region; ROW_REGIONS] = [
        Region::Model,
        Region::Data,
        Region::Output,
        Region::Witness,
        Region::Counts,
        Region::Mask,
        Region::Helper,
    ];
}

/// What a proof consists of, in the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofShape {
    /// Rows sent before gamma: regions 1 to 5.
    pub early_rows: usize,
    /// Rows sent after beta: region 6.
    pub helper_rows: usize,
    /// Rounds of sum-check 1.
    pub rounds_1: usize,
    /// Scalars of each.
    pub degree_1: usize,
    /// Rounds of sum-check 2.
    pub rounds_2: usize,
    /// Scalars of each.
    pub degree_2: usize,
    /// u values, the most factors of a term.
    pub factors: usize,
    /// Rounds of sum-check 3, two scalars each.
    pub rounds_3: usize,
    /// Rows of all regions, the model's among them.
    pub rows: usize,
    /// Whether there is an evaluation part.
    pub evaluation: bool,
}

impl ProofShape {
    /// The same with an evaluation part.
    #[must_use]
    pub fn with_evaluation(self) -> Self {
        Self { evaluation: true, ..self }
    }

    /// Scalars of the advice: the constant, the weight, and the weight of each row but R. None without an evaluation
    /// part.
    pub fn advice(&self) -> usize {
        if self.evaluation { self.rows.saturating_add(1) } else { 0 }
    }

    /// Length of the proof.
    pub fn bytes(&self) -> usize {
        let rounds = |count: usize, degree: usize| count.saturating_mul(degree);
        let (more_points, more_values) =
            if self.evaluation { (EVALUATION_POINTS, EVALUATION_VALUES) } else { (0, 0) };
        let points = self
            .early_rows
            .saturating_add(self.helper_rows)
            .saturating_add(OPENING_POINTS)
            .saturating_add(more_points);
        let scalars = 1usize
            .saturating_add(rounds(self.rounds_1, self.degree_1))
            .saturating_add(rounds(self.rounds_2, self.degree_2))
            .saturating_add(self.factors)
            .saturating_add(rounds(self.rounds_3, 2))
            .saturating_add(OPENING_VALUES)
            .saturating_add(self.advice())
            .saturating_add(more_values);
        points.saturating_mul(POINT_BYTES).saturating_add(scalars.saturating_mul(SCALAR_BYTES))
    }
}

/// Where the mask row M keeps what; cells of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskLayout {
    /// Coefficient a_ik of g1 is at `g1.start + i * degree_1 + k - 1`.
    pub g1: Range<usize>,
    /// mu_S.
    pub mu_s: usize,
    /// Coefficients of g2, likewise.
    pub g2: Range<usize>,
    /// mu_1 .. mu_D.
    pub pads: Range<usize>,
    /// The 2c uniform cells that hide sum-check 3: m - b - 2^i and m - b for b in {1, 2} and 1 <= i < c.
    pub free: Vec<usize>,
}

impl Vector {
    /// Number of its factors and of their constants.
    pub fn parts(&self) -> usize {
        let constants = self.factors.iter().map(|factor| match &factor.kind {
            Kind::Constants(values) => values.len(),
            _ => 0,
        });
        constants.fold(self.factors.len(), usize::saturating_add)
    }
}

impl Circuit {
    /// m, the cells of a row.
    pub fn row_size(&self) -> usize {
        1usize.checked_shl(u32::from(self.log_row)).unwrap_or(usize::MAX)
    }

    /// Rows of a region; none for [`Region::Public`].
    pub fn rows_of(&self, region: Region) -> usize {
        self.rows_by_region().find(|(of, _)| *of == region).map_or(0, |(_, rows)| rows)
    }

    /// Row 0 of a region in the order of all rows.
    pub fn first_row(&self, region: Region) -> usize {
        self.rows_by_region()
            .take_while(|(of, _)| *of < region)
            .fold(0, |sum, (_, rows)| sum.saturating_add(rows))
    }

    /// Rows of all regions.
    pub fn row_count(&self) -> usize {
        self.first_row(Region::Public)
    }

    /// Regions that have rows, in order, with their numbers of rows.
    pub fn rows_by_region(&self) -> impl Iterator<Item = (Region, usize)> + '_ {
        Region::WITH_ROWS.into_iter().zip(self.rows.iter().map(|rows| index(*rows)))
    }

    /// n1: rounds of sum-check 1.
    pub fn rounds_1(&self) -> usize {
        self.terms
            .iter()
            .flat_map(|term| &term.factors)
            .filter_map(|factor| self.functionals.get(index(*factor)))
            .map(|functional| usize::from(functional.variables))
            .fold(1, usize::max)
    }

    /// n2: rounds of sum-check 2, ceil(log2(K + 2)).
    pub fn rounds_2(&self) -> usize {
        let entries = self.terms.len().saturating_add(2);
        let bits = usize::BITS - entries.saturating_sub(1).leading_zeros();
        index(bits)
    }

    /// D: most factors of a term, at least 2.
    pub fn factors(&self) -> usize {
        self.terms.iter().map(|term| term.factors.len()).fold(2, usize::max)
    }

    /// d1: degree of the rounds of sum-check 1, and scalars of each message.
    pub fn degree_1(&self) -> usize {
        self.factors()
    }

    /// d2: degree of the rounds of sum-check 2, and scalars of each message.
    pub fn degree_2(&self) -> usize {
        self.factors().saturating_add(1)
    }

    /// c1 and c2: log2 of the Mercury opening's column and row lengths b1 and b2.
    pub fn opening_split(&self) -> (usize, usize) {
        let c = usize::from(self.log_row);
        (c.div_ceil(2), c / 2)
    }

    /// What a proof consists of.
    pub fn proof_shape(&self) -> ProofShape {
        ProofShape {
            early_rows: self.first_row(Region::Helper).saturating_sub(self.first_row(Region::Data)),
            helper_rows: self.rows_of(Region::Helper),
            rounds_1: self.rounds_1(),
            degree_1: self.degree_1(),
            rounds_2: self.rounds_2(),
            degree_2: self.degree_2(),
            factors: self.factors(),
            rounds_3: usize::from(self.log_row),
            rows: self.row_count(),
            evaluation: false,
        }
    }

    /// l: public inputs of the evaluation argument, the advice among them.
    pub fn evaluation_inputs(&self) -> usize {
        // gamma, beta, alpha, delta.
        4usize
            .saturating_add(usize::from(self.r_len))
            .saturating_add(self.rounds_1())
            .saturating_add(self.rounds_2())
            .saturating_add(usize::from(self.log_row))
            .saturating_add(index(self.public))
            .saturating_add(self.proof_shape().with_evaluation().advice())
    }

    /// Length of a proof.
    pub fn proof_bytes(&self) -> usize {
        self.proof_shape().bytes()
    }

    /// m/2 - 2: cells of M before the lowest free one, which is m - 2 - 2^(c-1).
    pub fn mask_room(&self) -> usize {
        (self.row_size() / 2).saturating_sub(2)
    }

    /// Where the mask row M keeps what. [`Circuit::validate`] makes sure that there is room.
    pub fn mask_layout(&self) -> MaskLayout {
        let g1 = 0..self.rounds_1().saturating_mul(self.degree_1());
        let mu_s = g1.end;
        let g2_start = mu_s.saturating_add(1);
        let g2 = g2_start..g2_start.saturating_add(self.rounds_2().saturating_mul(self.degree_2()));
        let pads = g2.end..g2.end.saturating_add(self.factors());
        let back = |b: usize, step: usize| self.row_size().saturating_sub(b).saturating_sub(step);
        let steps = || (1..u32::from(self.log_row)).map(|i| 1usize.checked_shl(i).unwrap_or(0)).chain([0]);
        let free = [1, 2].into_iter().flat_map(|b| steps().map(move |step| back(b, step))).collect();
        MaskLayout { g1, mu_s, g2, pads, free }
    }
}
