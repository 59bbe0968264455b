//! The slow twin: each kernel as its definition reads, element by element, with arkworks.

use crate::cells::to_field;
use crate::kernels::{Kernels, columns, combined, half, lookup_tables, round_shape, same};
use crate::msm::{self, Scalars};
use crate::{Cells, KernelError};
use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, Field};

/// Reference kernels, single-threaded (but for arkworks' own MSM).
#[derive(Debug, Clone, Copy, Default)]
pub struct Reference;

impl Kernels for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn multiply(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        same(left.len(), &[right.len(), out.len()])?;
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            *out = *left * right;
        }
        Ok(())
    }

    fn add(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        same(left.len(), &[right.len(), out.len()])?;
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            *out = *left + right;
        }
        Ok(())
    }

    fn subtract(&self, left: &[Fr], right: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        same(left.len(), &[right.len(), out.len()])?;
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            *out = *left - right;
        }
        Ok(())
    }

    fn inner_product(&self, left: &[Fr], right: &[Fr]) -> Result<Fr, KernelError> {
        same(left.len(), &[right.len()])?;
        Ok(left.iter().zip(right).map(|(left, right)| *left * right).sum())
    }

    fn invert(&self, values: &mut [Fr]) -> usize {
        let mut zeros = 0;
        for value in values {
            match value.inverse() {
                Some(inverse) => *value = inverse,
                None => zeros += 1,
            }
        }
        zeros
    }

    fn eq_table(&self, point: &[Fr]) -> Vec<Fr> {
        point.iter().fold(vec![Fr::ONE], |table, z| {
            table.iter().flat_map(|value| [*value * (Fr::ONE - z), *value * z]).collect()
        })
    }

    fn fold(&self, table: &mut Vec<Fr>, challenge: Fr) -> Result<(), KernelError> {
        let k = half(table.len())?;
        for i in 0..k {
            let difference = table[k + i] - table[i];
            table[i] += challenge * difference;
        }
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
        let mut values = Vec::with_capacity(factors.len() + 1);
        for point in 0..=factors.len() as u64 {
            let x = Fr::from(point);
            let term = |i: usize| {
                let weight = weights.map_or(Fr::ONE, |weights| weights[i]);
                factors.iter().fold(weight, |product, t| product * (t[i] + x * (t[k + i] - t[i])))
            };
            values.push((0..k).map(term).sum::<Fr>());
        }
        if let Some(claim) = claim {
            values[1] = claim - values[0];
        }
        Ok(values)
    }

    fn fold_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let m = columns(cells.len(), weights.len())?;
        let cell = |j: usize, i: usize| to_field(cells.get(j * m + i));
        Ok((0..m).map(|i| weights.iter().enumerate().map(|(j, weight)| cell(j, i) * weight).sum()).collect())
    }

    fn combine_small(
        &self,
        rows: &[&[i16]],
        weights: &[Fr],
        constant: Fr,
        out: &mut [Fr],
    ) -> Result<(), KernelError> {
        combined(rows, weights.len(), out.len())?;
        for (i, out) in out.iter_mut().enumerate() {
            *out = constant
                + rows.iter().zip(weights).map(|(row, weight)| to_field(row[i].into()) * weight).sum::<Fr>();
        }
        Ok(())
    }

    fn combine(&self, rows: &[&[Fr]], weights: &[Fr], out: &mut [Fr]) -> Result<(), KernelError> {
        combined(rows, weights.len(), out.len())?;
        for (i, out) in out.iter_mut().enumerate() {
            *out = rows.iter().zip(weights).map(|(row, weight)| row[i] * weight).sum();
        }
        Ok(())
    }

    fn dot_small(&self, cells: Cells<'_>, weights: &[Fr]) -> Result<Vec<Fr>, KernelError> {
        let rows = columns(cells.len(), weights.len())?;
        let cell = |e: usize, i: usize| to_field(cells.get(e * weights.len() + i));
        Ok((0..rows)
            .map(|e| weights.iter().enumerate().map(|(i, weight)| cell(e, i) * weight).sum())
            .collect())
    }

    fn lookup_round(
        &self,
        eq_helper: &[Fr],
        eq: &[Fr],
        eq_first: &[Fr],
        columns: &[&[Fr]],
        claim: Option<Fr>,
    ) -> Result<Vec<Fr>, KernelError> {
        let (_, k) = lookup_tables([eq_helper, eq, eq_first], columns)?;
        let mut values = Vec::with_capacity(columns.len() + 2);
        for point in 0..=columns.len() as u64 + 1 {
            let x = Fr::from(point);
            let term = |i: usize| {
                let at = |t: &[Fr]| t[i] + x * (t[k + i] - t[i]);
                let all_but = |left_out: &[usize]| -> Fr {
                    (0..columns.len()).filter(|j| !left_out.contains(j)).map(|j| at(columns[j])).product()
                };
                let others: Fr = (1..columns.len()).map(|j| all_but(&[0, j])).sum();
                at(eq_helper) * all_but(&[]) - at(eq_first) * others - at(eq) * all_but(&[0])
            };
            values.push((0..k).map(term).sum::<Fr>());
        }
        if let Some(claim) = claim {
            values[1] = claim - values[0];
        }
        Ok(values)
    }

    fn lookup_helper(&self, columns: &[Cells<'_>], challenge: Fr) -> Result<Vec<Fr>, KernelError> {
        let rows = columns.first().map_or(0, Cells::len);
        for column in columns {
            same(rows, &[column.len()])?;
        }
        let mut out = vec![Fr::ZERO; rows];
        for (row, sum) in out.iter_mut().enumerate() {
            for (column, cells) in columns.iter().enumerate() {
                let denominator = challenge + to_field(cells.get(row));
                *sum += denominator.inverse().ok_or(KernelError::ZeroDenominator { column, row })?;
            }
        }
        Ok(out)
    }

    fn msm(&self, bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
        msm::reference(bases, scalars)
    }
}
