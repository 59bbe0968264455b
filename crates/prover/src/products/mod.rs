//! Sum-check 3's products of two tables, one for each part, from round to round.
//!
//! A part with weights lead(row, x_hi) inner(x_lo) is first a product of lead and D(row, x_hi) = sum over
//! x_lo of inner(x_lo) cell(row, x_hi, x_lo), and once x_hi is bound to z_hi a product of inner and G(x_lo) =
//! sum over rows and x_hi of lead(row, z_hi) eq(z_hi, x_hi) cell(row, x_hi, x_lo): two passes over the cells.

mod device;
mod host;
#[cfg(test)]
mod tests;

pub(crate) use device::DeviceProducts;
pub(crate) use host::HostProducts;

use crate::ProverError;
use crate::masks::HALF;
use crate::parts::Part;
use ark_ff::AdditiveGroup;
use zkattest_circuit::index;
use zkattest_circuit::ir::ROW_REGIONS;
use zkattest_field::Scalar;

/// The products of all parts, wherever they lie.
pub(crate) trait Products {
    /// Coefficients c0, c1, c2 of the sum of all products' round polynomials.
    fn round(&mut self) -> Result<[Scalar; 3], ProverError>;

    /// Binds the next variable.
    fn bind(&mut self, challenge: Scalar) -> Result<(), ProverError>;

    /// The weight of every row, by region, once all variables are bound.
    fn weights(&self, counts: [u32; ROW_REGIONS]) -> [Vec<Scalar>; ROW_REGIONS];
}

/// Coefficients of the polynomial with these values at 0, 1, 2.
fn coefficients(values: &[Scalar]) -> [Scalar; 3] {
    let c2 = (values[2] + values[0] - values[1].double()) * HALF;
    [values[0], values[1] - values[0] - c2, c2]
}

/// The sum of polynomials.
fn sum<'a>(polynomials: impl Iterator<Item = &'a [Scalar; 3]>) -> [Scalar; 3] {
    polynomials.fold([Scalar::ZERO; 3], |mut sum, polynomial| {
        sum.iter_mut().zip(polynomial).for_each(|(sum, coefficient)| *sum += coefficient);
        sum
    })
}

/// The polynomial's value.
fn value([c0, c1, c2]: &[Scalar; 3], x: Scalar) -> Scalar {
    *c0 + x * (*c1 + x * c2)
}

/// Runs of consecutive rows: (index of the first, length).
fn runs(rows: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match runs.last_mut() {
            Some((first, length)) if rows[*first] + *length == *row => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs
}

/// Sums of inner(z_lo) lead(row, z_hi) by region and row: over parts, the heads of their rows, and inner there.
fn weights<'a>(
    counts: [u32; ROW_REGIONS],
    parts: impl Iterator<Item = (&'a Part, &'a [Scalar], Scalar)>,
) -> [Vec<Scalar>; ROW_REGIONS] {
    let mut weights = counts.map(|count| vec![Scalar::ZERO; index(count)]);
    for (part, heads, inner) in parts {
        for (row, head) in part.rows.iter().zip(heads) {
            weights[part.region as usize][*row] += *head * inner;
        }
    }
    weights
}
