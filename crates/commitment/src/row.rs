//! Rows: gather a row's cells from the tensors, commit to them.

use ark_ec::CurveGroup;
use rayon::prelude::*;
use zkattest_field::{G1, G1Projective, Scalar, decode, random_scalar};

use crate::error::CommitmentError;
use crate::layout::Layout;
use crate::msm::combine;
use crate::srs::Srs;

/// Integer tensors in their layout, ready to be committed to.
#[derive(Clone)]
pub struct Rows {
    layout: Layout,
    values: Vec<Vec<i64>>,
}

impl Rows {
    /// `values`: one flattened tensor (row-major) per entry of the layout, in its order.
    ///
    /// # Errors
    /// A tensor is missing or has another number of values than its shape.
    pub fn new(layout: Layout, values: Vec<Vec<i64>>) -> Result<Self, CommitmentError> {
        if values.len() != layout.places().len() {
            return Err(CommitmentError::TensorCount {
                expected: layout.places().len() as u64,
                found: values.len() as u64,
            });
        }
        for (index, (tensor, shape)) in values.iter().zip(layout.tensors()).enumerate() {
            let (expected, found) = (shape.cells(), tensor.len() as u64);
            if expected != found {
                return Err(CommitmentError::Length { tensor: index as u64, expected, found });
            }
        }
        Ok(Self { layout, values })
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The m cells of row `row`; all zero beyond the last tensor.
    pub fn cells(&self, row: u64) -> Vec<i64> {
        let size = self.layout.row_size();
        let start = row.saturating_mul(size);
        let mut cells = vec![0i64; usize::try_from(size).unwrap_or(0)];
        let tensors = self.layout.tensors().iter().zip(self.layout.places());
        for (values, (tensor, place)) in self.values.iter().zip(tensors) {
            // The tensor's lines as a span of the rows laid end to end, cut to this row.
            let first = place.row * size + place.offset;
            let (line, step) = (tensor.line(), tensor.step());
            let from = first.max(start);
            let to = (first + tensor.lines() * step).min(start.saturating_add(size));
            if from >= to {
                continue;
            }
            if line == step {
                copy(&mut cells, from - start, values, from - first, to - from);
                continue;
            }
            for number in (from - first) / step..(to - first).div_ceil(step) {
                let begin = first + number * step;
                let (from, to) = (begin.max(from), (begin + line).min(to));
                let length = to.saturating_sub(from);
                copy(&mut cells, from - start, values, number * line + (from - begin), length);
            }
        }
        cells
    }

    /// Commit to rows `first .. first + blinders.len()`: sum cells_i \[tau^i\] + blinder \[tau^m\] each.
    ///
    /// # Errors
    /// The string is too small, or rows are asked for that do not exist.
    pub fn commit(&self, srs: &Srs, first: u64, blinders: &[Scalar]) -> Result<Vec<G1>, CommitmentError> {
        let size = self.layout.row_size();
        let too_small = CommitmentError::SrsTooSmall { needed: size, available: srs.max_degree() };
        let Ok(width) = usize::try_from(size) else { return Err(too_small) };
        let Some(top) = srs.powers().get(width) else { return Err(too_small) };
        let last = first.saturating_add(blinders.len() as u64);
        if last > self.layout.rows() {
            return Err(CommitmentError::RowRange { first, last, rows: self.layout.rows() });
        }
        // Before any parallel work: the first call prepares them.
        let bases = srs.bases(width);
        let commit = |index: usize, blinder: &Scalar| -> Result<G1Projective, CommitmentError> {
            Ok(combine(&bases, &self.cells(first + index as u64))? + *top * *blinder)
        };
        // Few rows: all threads on one row at a time; many: several rows at once.
        let sums: Vec<G1Projective> = if blinders.len() < rayon::current_num_threads() {
            blinders
                .iter()
                .enumerate()
                .map(|(index, blinder)| commit(index, blinder))
                .collect::<Result<_, _>>()?
        } else {
            blinders
                .par_iter()
                .enumerate()
                .map(|(index, blinder)| commit(index, blinder))
                .collect::<Result<_, _>>()?
        };
        Ok(G1Projective::normalize_batch(&sums))
    }
}

/// `length` values from `source` on to cells from `target` on; all inside their slices.
fn copy(cells: &mut [i64], target: u64, values: &[i64], source: u64, length: u64) {
    let bounds = [target, target + length, source, source + length].map(usize::try_from);
    if let [Ok(a), Ok(b), Ok(c), Ok(d)] = bounds
        && let (Some(cells), Some(values)) = (cells.get_mut(a..b), values.get(c..d))
    {
        cells.copy_from_slice(values);
    }
}

/// One fresh blinder per row, uniform in the scalar field, from the operating system.
///
/// # Errors
/// The operating system gives no randomness.
pub fn draw_blinders(rows: usize) -> Result<Vec<Scalar>, CommitmentError> {
    (0..rows).map(|_| Ok(random_scalar()?)).collect()
}

/// Blinders from their canonical bytes, 32 each.
///
/// # Errors
/// Their number is wrong, or one is not smaller than the group order.
pub fn decode_blinders(bytes: &[u8], rows: u64) -> Result<Vec<Scalar>, CommitmentError> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    if chunks.len() as u64 != rows || !rest.is_empty() {
        return Err(CommitmentError::BlinderCount { expected: rows, found: chunks.len() as u64 });
    }
    chunks
        .iter()
        .enumerate()
        .map(|(row, chunk)| decode(chunk).map_err(|_| CommitmentError::Blinder { row: row as u64 }))
        .collect()
}
