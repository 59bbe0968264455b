//! The fast kernels: AVX-512 IFMA where the processor has it, else arkworks; both on all threads.

use crate::kernels::{Kernels, columns, combined, half, lookup_tables, round_shape, same};
use crate::msm::{self, Scalars};
use crate::{Cells, KernelError, Reference, combine, dot, lookup, small};
use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use crate::simd::Ifma;

/// Elements in a unit of work: 128 KiB.
pub(crate) const CHUNK: usize = 4096;

/// Kernels for this processor.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    #[cfg(target_arch = "x86_64")]
    pub(crate) ifma: Option<Ifma>,
}

impl Default for Cpu {
    fn default() -> Self {
        Self::detect()
    }
}

/// The vectorised kernel where there is one, else the portable one.
macro_rules! either {
    ($self:expr, $ifma:ident => $fast:expr, $portable:expr) => {{
        #[cfg(target_arch = "x86_64")]
        match $self.ifma {
            Some($ifma) => $fast,
            None => $portable,
        }
        #[cfg(not(target_arch = "x86_64"))]
        $portable
    }};
}
pub(crate) use either;

impl Cpu {
    /// Asks the processor.
    pub fn detect() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            ifma: Ifma::detect(),
        }
    }

    /// Without vector instructions, even where the processor has them: for tests and comparisons.
    pub fn portable() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            ifma: None,
        }
    }

    /// `chunk` on corresponding chunks of three slices.
    fn elementwise(
        left: &[Fr],
        right: &[Fr],
        out: &mut [Fr],
        chunk: impl Fn(&[Fr], &[Fr], &mut [Fr]) -> Result<(), KernelError> + Sync,
    ) -> Result<(), KernelError> {
        same(left.len(), &[right.len(), out.len()])?;
        out.par_chunks_mut(CHUNK)
            .zip(left.par_chunks(CHUNK))
            .zip(right.par_chunks(CHUNK))
            .try_for_each(|((out, left), right)| chunk(left, right, out))
    }
}

impl Kernels for Cpu {
    fn name(&self) -> &'static str {
        either!(self, _ifma => "avx512ifma", "portable")
    }

    fn multiply(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        Self::elementwise(
            left,
            right,
            out,
            |left, right, out| either!(self, ifma => {ifma.multiply(left, right, out); Ok(())}, Reference.multiply(left, right, out)),
        )
    }

    fn add(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        Self::elementwise(
            left,
            right,
            out,
            |left, right, out| either!(self, ifma => {ifma.add(left, right, out); Ok(())}, Reference.add(left, right, out)),
        )
    }

    fn subtract(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        Self::elementwise(
            left,
            right,
            out,
            |left, right, out| either!(self, ifma => {ifma.subtract(left, right, out); Ok(())}, Reference.subtract(left, right, out)),
        )
    }

    fn inner_product(&self, left: &[Fr], right: &[Fr]) -> Result<Fr, KernelError> {
        same(left.len(), &[right.len()])?;
        left.par_chunks(CHUNK)
            .zip(right.par_chunks(CHUNK))
            .map(|(left, right)| {
                either!(self, ifma => Ok(ifma.inner_product(left, right)), Reference.inner_product(left, right))
            })
            .try_reduce(|| Fr::ZERO, |a, b| Ok(a + b))
    }

    fn invert(&self, values: &mut [Fr]) -> usize {
        values
            .par_chunks_mut(CHUNK)
            .map(|chunk| either!(self, ifma => ifma.invert(chunk), invert(chunk)))
            .sum()
    }

    fn eq_table(&self, point: &[Fr]) -> Vec<Fr> {
        let mut table = vec![Fr::ZERO; 1 << point.len()];
        table[0] = Fr::ONE;
        // From the last variable to the first: each new one is more significant.
        for (i, z) in point.iter().rev().enumerate() {
            let (low, high) = table.split_at_mut(1 << i);
            low.par_chunks_mut(CHUNK).zip(high.par_chunks_mut(CHUNK)).for_each(|(low, high)| {
                let high = &mut high[..low.len()];
                either!(self, ifma => ifma.eq_step(low, high, *z), {
                    for (low, high) in low.iter_mut().zip(high) {
                        *high = *low * z;
                        *low -= &*high;
                    }
                });
            });
        }
        table
    }

    fn fold(&self, table: &mut Vec<Fr>, challenge: Fr) -> Result<(), KernelError> {
        let k = half(table.len())?;
        let (low, high) = table.split_at_mut(k);
        low.par_chunks_mut(CHUNK).zip(high.par_chunks(CHUNK)).for_each(|(low, high)| {
            either!(self, ifma => ifma.fold(low, high, challenge), {
                for (low, high) in low.iter_mut().zip(high) {
                    let difference = *high - *low;
                    *low += challenge * difference;
                }
            });
        });
        table.truncate(k);
        Ok(())
    }

    fn round(
        &self,
        weights: Option<&[Fr]>,
        factors: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let k = round_shape(weights, factors)?;
        Ok(evaluations(k, factors, factors.len(), claim, |span, pairs, points| {
            let weights = weights.map(|weights| &weights[span]);
            either!(self, ifma => ifma.round(weights, pairs, points), round(weights, pairs, points))
        }))
    }

    fn lookup_round(
        &self,
        eq_helper: &[Fr],
        eq: &[Fr],
        eq_first: &[Fr],
        columns: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let (tables, k) = lookup_tables([eq_helper, eq, eq_first], columns)?;
        Ok(evaluations(
            k,
            &tables,
            columns.len() + 1,
            claim,
            |_, pairs, points| either!(self, ifma => ifma.lookup_round(pairs, points), lookup::round(pairs, points)),
        ))
    }

    fn combine_small(
        &self,
        rows: &[&[i16]],
        weights: &[Fr],
        constant: Fr,
        out: &mut [Fr],
    ) -> Result<(), KernelError> {
        combined(rows, weights.len(), out.len())?;
        either!(self, ifma => ifma.combine_small(rows, weights, constant, out), combine::small(rows, weights, constant, out));
        Ok(())
    }

    fn combine(&self, rows: &[&[Fr]], weights: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        combined(rows, weights.len(), out.len())?;
        either!(self, ifma => ifma.combine(rows, weights, out), combine::full(rows, weights, out));
        Ok(())
    }

    fn dot_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let rows = columns(cells.len(), weights.len())?;
        Ok(match cells {
            Cells::I8(cells) => dot::dot(self, cells, rows, weights),
            Cells::I16(cells) => dot::dot(self, cells, rows, weights),
            Cells::I32(cells) => dot::dot(self, cells, rows, weights),
        })
    }

    fn fold_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let m = columns(cells.len(), weights.len())?;
        Ok(match cells {
            Cells::I8(cells) => small::fold(self, cells, m, weights),
            Cells::I16(cells) => small::fold(self, cells, m, weights),
            Cells::I32(cells) => small::fold(self, cells, m, weights),
        })
    }

    fn lookup_helper(&self, columns: &[Cells<'_>], challenge: Fr) -> Result<Vec<Fr>, KernelError> {
        let rows = columns.first().map_or(0, Cells::len);
        for column in columns {
            same(rows, &[column.len()])?;
        }
        lookup::helper(self, columns, rows, challenge)
    }

    fn msm(&self, bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
        either!(self, _ifma => msm::msm(bases, scalars), msm::reference(bases, scalars))
    }
}

/// The halves of a table.
type Halves<'a> = (&'a [Fr], &'a [Fr]);

/// A round polynomial's values at 0, 1, .., `degree`: the sums over chunks of pairs of what `chunk` finds for
/// its span of the pairs, its halves of the tables and the points.
fn evaluations(
    k: usize,
    tables: &[&[Fr]],
    degree: usize,
    claim: Option<Fr>,
    chunk: impl Fn(Range<usize>, &[Halves<'_>], &[usize]) -> Vec<Fr> + Sync,
) -> Vec<Fr> {
    let points: Vec<usize> = (0..=degree).filter(|x| *x != 1 || claim.is_none()).collect();
    let mut values = (0..k.div_ceil(CHUNK))
        .into_par_iter()
        .map(|index| {
            let (start, end) = (index * CHUNK, k.min((index + 1) * CHUNK));
            let pairs: Vec<Halves<'_>> =
                tables.iter().map(|t| (&t[start..end], &t[k + start..k + end])).collect();
            chunk(start..end, &pairs, &points)
        })
        .reduce(|| vec![Fr::ZERO; points.len()], |a, b| a.iter().zip(&b).map(|(a, b)| *a + b).collect());
    if let Some(claim) = claim {
        values.insert(1, claim - values[0]);
    }
    values
}

/// Montgomery's trick over the non-zero elements; returns the number of zeros.
fn invert(values: &mut [Fr]) -> usize {
    let mut products = Vec::with_capacity(values.len());
    let mut product = Fr::ONE;
    for value in values.iter().filter(|value| **value != Fr::ZERO) {
        products.push(product);
        product *= value;
    }
    let zeros = values.len() - products.len();
    // A product of non-zero elements is not zero.
    let mut inverse = product.inverse().unwrap_or(Fr::ZERO);
    for value in values.iter_mut().rev().filter(|value| **value != Fr::ZERO) {
        let result = inverse * products.pop().unwrap_or(Fr::ONE);
        inverse *= &*value;
        *value = result;
    }
    zeros
}

/// Portable evaluations of a round's polynomial.
fn round(weights: Option<&[Fr]>, factors: &[Halves<'_>], points: &[usize]) -> Vec<Fr> {
    let mut sums = vec![Fr::ZERO; points.len()];
    let mut values: Vec<(Fr, Fr)> = Vec::with_capacity(factors.len());
    for i in 0..factors[0].0.len() {
        values.clear();
        values.extend(factors.iter().map(|(low, high)| (low[i], high[i] - low[i])));
        let mut at = 0;
        for (point, sum) in points.iter().zip(&mut sums) {
            for _ in at..*point {
                values.iter_mut().for_each(|(value, step)| *value += &*step);
            }
            at = *point;
            let mut product = values[0].0;
            values.iter().skip(1).for_each(|(value, _)| product *= value);
            *sum += weights.map_or(product, |weights| weights[i] * product);
        }
    }
    sums
}
