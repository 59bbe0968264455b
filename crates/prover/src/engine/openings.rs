//! The opening: F and what it is divided by, of about m coefficients each. All else has about sqrt(m) coefficients, or is
//! an evaluation argument's, and is the processor's.

use super::{Engine, Host, OnDevice};
use crate::ProverError;
use crate::opening::{add, divide, inner_product, quotient};
use rayon::prelude::*;
use std::ops::Range;
use zkattest_cuda::{Blocks, Resident, Terms, Vector};
use zkattest_field::{G1Projective, Scalar};

/// Where long polynomials lie.
pub(crate) trait Openings {
    /// F and what it becomes: m + 1 coefficients.
    type Polynomial;

    /// What a division by a short polynomial leaves of it.
    type Quotient;

    /// Its coefficients.
    fn coefficients(&self, polynomial: &Self::Polynomial) -> Result<Vec<Scalar>, ProverError>;

    /// For each `low.len()` coefficients, of which m is a multiple, the inner product with `low`; m + 1 coefficients make
    /// one more.
    fn chunk_products(
        &self,
        polynomial: &Self::Polynomial,
        low: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError>;

    /// Quotient and remainder of the division by X^width - point.
    fn divide(
        &self,
        polynomial: &Self::Polynomial,
        width: usize,
        point: Scalar,
    ) -> Result<(Self::Quotient, Vec<Scalar>), ProverError>;

    /// polynomial - reduced * quotient + weight * short.
    fn reduce(
        &self,
        polynomial: Self::Polynomial,
        reduced: Scalar,
        quotient: Self::Quotient,
        weight: Scalar,
        short: &[Scalar],
    ) -> Result<Self::Polynomial, ProverError>;

    /// The quotient of the division by X - point, plus `other`.
    fn quotient(
        &self,
        polynomial: Self::Polynomial,
        point: Scalar,
        other: &[Scalar],
    ) -> Result<Self::Quotient, ProverError>;

    /// The sums of a quotient and, after it, of other polynomials: commitments without blinders.
    fn sums(&self, long: &Self::Quotient, others: &[&[Scalar]]) -> Result<Vec<G1Projective>, ProverError>;
}

impl Openings for Host<'_> {
    type Polynomial = Vec<Scalar>;
    type Quotient = Vec<Scalar>;

    fn coefficients(&self, polynomial: &Vec<Scalar>) -> Result<Vec<Scalar>, ProverError> {
        Ok(polynomial.clone())
    }

    fn chunk_products(&self, polynomial: &Vec<Scalar>, low: &[Scalar]) -> Result<Vec<Scalar>, ProverError> {
        Ok(polynomial.par_chunks(low.len()).map(|chunk| inner_product(chunk, low)).collect())
    }

    fn divide(
        &self,
        polynomial: &Vec<Scalar>,
        width: usize,
        point: Scalar,
    ) -> Result<(Vec<Scalar>, Vec<Scalar>), ProverError> {
        Ok(divide(polynomial, width, point))
    }

    fn reduce(
        &self,
        mut polynomial: Vec<Scalar>,
        reduced: Scalar,
        quotient: Vec<Scalar>,
        weight: Scalar,
        short: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError> {
        polynomial.par_iter_mut().zip(&quotient).for_each(|(sum, q)| *sum -= reduced * q);
        drop(quotient);
        add(&mut polynomial, weight, short);
        Ok(polynomial)
    }

    fn quotient(
        &self,
        polynomial: Vec<Scalar>,
        point: Scalar,
        other: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError> {
        let mut quotient = quotient(polynomial, point);
        add(&mut quotient, Scalar::from(1u64), other);
        Ok(quotient)
    }

    fn sums(&self, long: &Vec<Scalar>, others: &[&[Scalar]]) -> Result<Vec<G1Projective>, ProverError> {
        let all: Vec<&[Scalar]> = std::iter::once(long.as_slice()).chain(others.iter().copied()).collect();
        Ok(self.string.sums(&all)?)
    }
}

/// A quotient on a device: the elements from `start` on.
#[derive(Debug)]
pub(crate) struct Quotient {
    vector: Vector,
    start: usize,
}

impl Quotient {
    fn range(&self) -> Range<usize> {
        self.start..self.vector.len()
    }
}

impl Openings for OnDevice<'_> {
    type Polynomial = Vector;
    type Quotient = Quotient;

    fn coefficients(&self, polynomial: &Vector) -> Result<Vec<Scalar>, ProverError> {
        Ok(polynomial.read()?)
    }

    fn chunk_products(&self, polynomial: &Vector, low: &[Scalar]) -> Result<Vec<Scalar>, ProverError> {
        let (gpu, width) = (self.gpu(), low.len());
        let m = polynomial.len() / width * width;
        let blocks = Blocks {
            cells: Resident::Elements(polynomial),
            log_row: m.trailing_zeros() as usize,
            rows: &[0],
            log_block: width.trailing_zeros() as usize,
            weights: low,
        };
        let sums = gpu.dots(&[blocks])?;
        let mut products = gpu.read_all(&sums.iter().collect::<Vec<_>>())?.concat();
        let last = gpu.read_range(polynomial, m..polynomial.len())?;
        if !last.is_empty() {
            products.push(inner_product(&last, low));
        }
        Ok(products)
    }

    fn divide(
        &self,
        polynomial: &Vector,
        width: usize,
        point: Scalar,
    ) -> Result<(Quotient, Vec<Scalar>), ProverError> {
        let vector = self.gpu().divide(polynomial, width, point)?;
        let remainder = self.gpu().read_range(&vector, 0..width)?;
        Ok((Quotient { vector, start: width }, remainder))
    }

    fn reduce(
        &self,
        mut polynomial: Vector,
        reduced: Scalar,
        quotient: Quotient,
        weight: Scalar,
        short: &[Scalar],
    ) -> Result<Vector, ProverError> {
        let gpu = self.gpu();
        gpu.add_multiple(&mut polynomial, 0, -reduced, &quotient.vector, quotient.range())?;
        let short = Vector::new(gpu.machine(), short)?;
        gpu.add_multiple(&mut polynomial, 0, weight, &short, 0..short.len())?;
        Ok(polynomial)
    }

    fn quotient(
        &self,
        mut polynomial: Vector,
        point: Scalar,
        other: &[Scalar],
    ) -> Result<Quotient, ProverError> {
        let (gpu, one) = (self.gpu(), Scalar::from(1u64));
        gpu.divide_in_place(&mut polynomial, 1, point)?;
        let mut other = Vector::new(gpu.machine(), other)?;
        if other.len() < polynomial.len() {
            gpu.add_multiple(&mut polynomial, 1, one, &other, 0..other.len())?;
            return Ok(Quotient { vector: polynomial, start: 1 });
        }
        // An evaluation argument's may be longer.
        gpu.add_multiple(&mut other, 0, one, &polynomial, 1..polynomial.len())?;
        Ok(Quotient { vector: other, start: 0 })
    }

    fn sums(&self, long: &Quotient, others: &[&[Scalar]]) -> Result<Vec<G1Projective>, ProverError> {
        let (bases, string) = (self.bases()?, self.host().string);
        let terms = [Terms::Elements(&long.vector, long.range())];
        let (there, here) =
            rayon::join(|| bases.start(&terms, self.plan().sums)?.finish(), || string.sums(others));
        let mut sums = there?;
        sums.extend(here?);
        Ok(sums)
    }
}
