//! Sums of points times integers: the narrowest of the kernels' scalars that hold them all.
//!
//! Running time depends on the integers: this is for one's own secrets on one's own machine.

use zkattest_field::{G1Projective, Scalar};
use zkattest_kernels::KernelError;
use zkattest_kernels::msm::{Bases, Scalars};

/// sum cells\[i\] bases\[i\] over the first bases, as many as cells.
///
/// # Errors
/// There are more cells than bases.
pub fn combine(bases: &Bases, cells: &[i64]) -> Result<G1Projective, KernelError> {
    if let Some(narrow) = all::<i8>(cells) {
        return bases.msm(Scalars::I8(&narrow));
    }
    if let Some(narrow) = all::<i16>(cells) {
        return bases.msm(Scalars::I16(&narrow));
    }
    if let Some(narrow) = all::<i32>(cells) {
        return bases.msm(Scalars::I32(&narrow));
    }
    let full: Vec<Scalar> = cells.iter().map(|cell| Scalar::from(*cell)).collect();
    bases.msm(Scalars::Full(&full))
}

/// All cells in a narrower type, where they fit.
fn all<T: TryFrom<i64>>(cells: &[i64]) -> Option<Vec<T>> {
    cells.iter().map(|cell| T::try_from(*cell).ok()).collect()
}

#[cfg(test)]
mod tests;
