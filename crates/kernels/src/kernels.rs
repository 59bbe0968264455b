//! What a prover computes on long slices, as one trait with interchangeable implementations.

use crate::msm::Scalars;
use crate::{Cells, KernelError};
use ark_bn254::{Fr, G1Affine, G1Projective};
use std::fmt::Debug;

/// Most factors of a round's terms.
pub const MAX_FACTORS: usize = 10;

/// Most columns of a range lookup's row.
pub const MAX_COLUMNS: usize = 8;

/// Batched arithmetic over the scalar field. Every implementation gives the same elements, hence the same
/// bytes. Work is spread over the current rayon pool; kernels never see a transcript.
///
/// Tables list a multilinear function's values; variable 1 is the most significant bit of the index.
pub trait Kernels: Debug + Send + Sync {
    /// Which implementation this is.
    fn name(&self) -> &'static str;

    /// out = left * right, element by element.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ.
    fn multiply(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError>;

    /// out = left + right.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ.
    fn add(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError>;

    /// out = left - right.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ.
    fn subtract(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError>;

    /// sum left * right.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ.
    fn inner_product(&self, left: &[Fr], right: &[Fr]) -> Result<Fr, KernelError>;

    /// Each non-zero element by its inverse. Returns how many elements are zero; they stay zero and do not
    /// harm the others.
    fn invert(&self, values: &mut [Fr]) -> usize;

    /// eq(point, x) for all 2^n boolean x, n coordinates: prod_i (p_i x_i + (1 - p_i)(1 - x_i)).
    fn eq_table(&self, point: &[Fr]) -> Vec<Fr>;

    /// Variable 1 of the table bound to the challenge z, with k half the length:
    /// t\[i\] = t\[i\] + z (t\[k + i\] - t\[i\]), then only the first k elements are kept.
    ///
    /// # Errors
    /// [`KernelError::OddTable`] where the length is zero or odd.
    fn fold(&self, table: &mut Vec<Fr>, challenge: Fr) -> Result<(), KernelError>;

    /// The round polynomial's values at 0, 1, .., D for D factors (tables of length 2 k):
    /// f(x) = sum_(i < k) weights\[i\] prod_j (t_j\[i\] + x (t_j\[k + i\] - t_j\[i\])).
    /// Weights (k of them; none: all one) do not depend on x: the halves of an eq table, say. Where the
    /// sum-check's claim f(0) + f(1) is given, f(1) is taken from it instead of being computed.
    ///
    /// # Errors
    /// [`KernelError::Degree`] for no or more than [`MAX_FACTORS`] factors, [`KernelError::OddTable`] for a
    /// table that has no halves, [`KernelError::Length`] where lengths differ.
    fn round(
        &self,
        weights: Option<&[Fr]>,
        factors: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError>;

    /// Rows of cells combined: out\[i\] = sum_j weights\[j\] * cells\[j * m + i\], m = cells / weights.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are no weights, or the cells are not a multiple of them.
    fn fold_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError>;

    /// Rows that lie anywhere combined: out\[i\] = constant + sum_j weights\[j\] * rows\[j\]\[i\]. On this thread
    /// alone: for pieces of a table.
    ///
    /// # Errors
    /// [`KernelError::Length`] where a row is not as long as `out`, or rows are not as many as weights.
    fn combine_small(
        &self,
        rows: &[&[i16]],
        weights: &[Fr],
        constant: Fr,
        out: &mut [Fr],
    ) -> Result<(), KernelError>;

    /// Likewise of field elements: out\[i\] = sum_j weights\[j\] * rows\[j\]\[i\], on this thread alone.
    ///
    /// # Errors
    /// As [`Self::combine_small`].
    fn combine(&self, rows: &[&[Fr]], weights: &[Fr], out: &mut [Fr]) -> Result<(), KernelError>;

    /// Rows of cells times one vector: out\[e\] = sum_i weights\[i\] * cells\[e * w + i\], w = weights.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are no weights, or the cells are not a multiple of them.
    fn dot_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError>;

    /// The values at 0, 1, .., b + 1 of a range lookup's round polynomial, b columns (tables of length 2 k, each
    /// read at x as in [`Self::round`]): f(x) = sum_(i < k) of
    /// eq_helper prod_j A_j - eq_first sum_(j > 1) prod_(i > 1, i != j) A_i - eq prod_(j > 1) A_j,
    /// which is eq (h prod_j A_j - sum_j prod_(i != j) A_i) where eq_helper = eq h and eq_first = eq A_1: zero
    /// for h = sum_j 1 / A_j. Where the sum-check's claim f(0) + f(1) is given, f(1) is taken from it.
    ///
    /// # Errors
    /// [`KernelError::Degree`] for no or more than [`MAX_COLUMNS`] columns, [`KernelError::OddTable`] for a
    /// table that has no halves, [`KernelError::Length`] where lengths differ.
    fn lookup_round(
        &self,
        eq_helper: &[Fr],
        eq: &[Fr],
        eq_first: &[Fr],
        columns: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError>;

    /// LogUp's helper column (Haboeck, "Multivariate lookups based on logarithmic derivatives", 2022):
    /// out\[i\] = sum_j 1 / (challenge + columns_j\[i\]).
    ///
    /// # Errors
    /// [`KernelError::ZeroDenominator`] for the first denominator that is zero, by row and then by column;
    /// [`KernelError::Length`] where lengths differ.
    fn lookup_helper(&self, columns: &[Cells<'_>], challenge: Fr) -> Result<Vec<Fr>, KernelError>;

    /// sum scalars\[i\] bases\[i\]. Bases must be points of the curve.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ; [`KernelError::Range`] for a scalar wider than declared.
    fn msm(&self, bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError>;
}

/// Lengths that must equal `expected`.
pub(crate) fn same(expected: usize, lengths: &[usize]) -> Result<(), KernelError> {
    match lengths.iter().find(|found| **found != expected) {
        Some(found) => Err(KernelError::Length { expected, found: *found }),
        None => Ok(()),
    }
}

/// Checks that there are as many weights as rows, each of `length` entries.
pub(crate) fn combined<T>(rows: &[&[T]], weights: usize, length: usize) -> Result<(), KernelError> {
    same(rows.len(), &[weights])?;
    rows.iter().try_for_each(|row| same(length, &[row.len()]))
}

/// Half a table's length.
pub(crate) fn half(length: usize) -> Result<usize, KernelError> {
    if length == 0 || length % 2 == 1 {
        return Err(KernelError::OddTable { found: length });
    }
    Ok(length / 2)
}

/// Checks a round's shape; returns half the tables' length.
pub(crate) fn round_shape(weights: Option<&[Fr]>, factors: &[&[Fr]]) -> Result<usize, KernelError> {
    if factors.is_empty() || factors.len() > MAX_FACTORS {
        return Err(KernelError::Degree { limit: MAX_FACTORS, found: factors.len() });
    }
    let k = half(factors[0].len())?;
    for factor in factors {
        same(2 * k, &[factor.len()])?;
    }
    if let Some(weights) = weights {
        same(k, &[weights.len()])?;
    }
    Ok(k)
}

/// A range lookup's tables in one row (`eq_helper`, `eq`, `eq_first`, columns), and half their length.
pub(crate) fn lookup_tables<'a>(
    eq: [&'a [Fr]; 3],
    columns: &[&'a [Fr]],
) -> Result<(Vec<&'a [Fr]>, usize), KernelError> {
    if columns.is_empty() || columns.len() > MAX_COLUMNS {
        return Err(KernelError::Degree { limit: MAX_COLUMNS, found: columns.len() });
    }
    let k = half(columns[0].len())?;
    let tables: Vec<&[Fr]> = eq.iter().chain(columns).copied().collect();
    for table in &tables {
        same(2 * k, &[table.len()])?;
    }
    Ok((tables, k))
}

/// Columns of a matrix of cells with as many rows as weights.
pub(crate) fn columns(cells: usize, rows: usize) -> Result<usize, KernelError> {
    if rows == 0 || !cells.is_multiple_of(rows) {
        let expected = cells.checked_div(rows).map_or(0, |columns| columns * rows);
        return Err(KernelError::Length { expected, found: cells });
    }
    Ok(cells / rows)
}
