//! Bases summed by the values of small scalars.
//!
//! sum_i f(cell_i) base_i = sum_t f(t) S_t with S_t the sum of the bases whose cell is t: where cells have few values,
//! a sum with any function of the cells costs as many terms as there are values, once the S_t are known. The buckets
//! of sum_i cell_i base_i are these S_t.

use super::Bases;
use ark_bn254::{G1Affine, G1Projective};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// What [`Bases::by_value`] finds of some rows of scalars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByValue {
    /// For each row: sum_i cell_i base_i, with cells counted from `low`.
    pub rows: Vec<G1Projective>,
    /// At t - 1: the sum over all rows of the bases whose cell is `low` + t, for t from 1 on.
    pub sums: Vec<G1Affine>,
}

impl Bases {
    /// Sums of the first bases by the cells of `rows`, which are `low` to `low` + `values` - 1; none where a cell is
    /// none of these, or a row has more cells than there are bases.
    pub fn by_value(&self, rows: &[&[i16]], low: i64, values: usize) -> Option<ByValue> {
        let fits = |row: &&[i16]| {
            let cell = |cell: &i16| usize::try_from(i64::from(*cell) - low).is_ok_and(|t| t < values);
            row.len() <= self.len() && row.par_iter().with_min_len(4096).all(cell)
        };
        if !rows.iter().all(fits) {
            return None;
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(packing) = &self.packed {
            return Some(packing.by_value(rows, low, values));
        }
        Some(self.by_value_portable(rows, low, values))
    }

    /// [`Self::by_value`] with arkworks' additions alone; cells must be in the range.
    fn by_value_portable(&self, rows: &[&[i16]], low: i64, values: usize) -> ByValue {
        let of_row = |row: &&[i16]| {
            let mut sums = vec![G1Projective::ZERO; values];
            for (cell, base) in row.iter().zip(&self.points) {
                sums[i64::from(*cell).abs_diff(low) as usize] += base;
            }
            sums
        };
        let by_row: Vec<Vec<G1Projective>> = rows.par_iter().map(of_row).collect();
        let weighted = |sums: &Vec<G1Projective>| {
            let (mut suffix, mut total) = (G1Projective::ZERO, G1Projective::ZERO);
            for sum in sums.iter().skip(1).rev() {
                suffix += sum;
                total += suffix;
            }
            total
        };
        let all: Vec<G1Projective> =
            (1..values).into_par_iter().map(|t| by_row.iter().map(|sums| sums[t]).sum()).collect();
        ByValue {
            rows: by_row.par_iter().map(weighted).collect(),
            sums: ark_ec::CurveGroup::normalize_batch(&all),
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl super::buckets::Packing {
    /// See [`Bases::by_value`]; cells must be in the range.
    fn by_value(&self, rows: &[&[i16]], low: i64, values: usize) -> ByValue {
        use super::buckets::{Workspace, unpack};
        use crate::simd::points::Packed;

        let buckets = values.saturating_sub(1);
        let digit = |cell: &i16| i64::from(*cell).abs_diff(low) as i32;
        let of_row = |workspace: &mut Workspace, row: &&[i16]| {
            let terms = row.iter().map(digit).enumerate();
            let sums = workspace.sums(self.ifma, &self.points, terms, buckets);
            (self.ifma.weighted_sum(&sums), sums)
        };
        let (of_rows, sums): (Vec<G1Projective>, Vec<Vec<Packed>>) =
            rows.par_iter().map_init(Workspace::default, of_row).unzip();
        let sums = match sums.as_slice() {
            [] => vec![Packed::INFINITY; buckets],
            [only] => only.clone(),
            several => {
                let points: Vec<Packed> = several.concat();
                // Of no points there is nothing to add.
                let terms = points.iter().enumerate().filter(|(_, point)| **point != Packed::INFINITY);
                let terms = terms.map(|(i, _)| (i, (i % buckets) as i32 + 1));
                Workspace::default().sums(self.ifma, &points, terms, buckets)
            }
        };
        ByValue { rows: of_rows, sums: sums.iter().map(unpack).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_ec::{CurveGroup, PrimeGroup};

    /// Beside multi-scalar multiplications of the cells and of the values' indicators.
    #[test]
    fn sums_by_value_follow_the_definition() {
        let points: Vec<G1Projective> =
            (1..600u64).map(|k| G1Projective::generator() * Fr::from(k * k)).collect();
        let mut points = G1Projective::normalize_batch(&points);
        points[5] = G1Affine::identity();
        points[7] = points[6];
        points[8] = -points[6];
        let bases = Bases::new(&points);
        let kept: Vec<G1Affine> = (0..points.len() + 1).filter_map(|i| bases.get(i)).collect();
        assert_eq!((kept, bases.len()), (points.clone(), points.len()));
        let mut state = 1u64;
        for (low, values, lengths) in [
            (0i64, 2usize, vec![64usize]),
            (0, 256, vec![599, 1, 17]),
            (-8, 16, vec![599, 599]),
            (-300, 4096, vec![599]),
            (3, 1, vec![9, 9]),
            (0, 8, vec![]),
        ] {
            let rows: Vec<Vec<i16>> = lengths
                .iter()
                .map(|length| {
                    (0..*length)
                        .map(|_| {
                            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                            i16::try_from(low + i64::try_from((state >> 33) % values as u64).unwrap())
                                .unwrap()
                        })
                        .collect()
                })
                .collect();
            let slices: Vec<&[i16]> = rows.iter().map(Vec::as_slice).collect();
            let found = bases.by_value(&slices, low, values).unwrap();
            assert_eq!(found, Bases::portable(&points).by_value(&slices, low, values).unwrap());
            for (row, sum) in rows.iter().zip(&found.rows) {
                let expected: G1Projective = row
                    .iter()
                    .zip(&points)
                    .map(|(cell, point)| *point * Fr::from(u64::try_from(i64::from(*cell) - low).unwrap()))
                    .sum();
                assert_eq!(*sum, expected);
            }
            assert_eq!(found.sums.len(), values - 1);
            for (t, sum) in (1i64..).zip(&found.sums) {
                let own = rows
                    .iter()
                    .flat_map(|row| row.iter().zip(&points))
                    .filter(|(cell, _)| i64::from(**cell) == low + t);
                assert_eq!(
                    *sum,
                    own.map(|(_, point)| G1Projective::from(*point)).sum::<G1Projective>().into_affine()
                );
            }
        }
    }

    #[test]
    fn cells_of_other_values_and_long_rows_are_refused() {
        let bases = Bases::new(&[G1Affine::identity(); 3]);
        assert!(bases.by_value(&[&[0, 3, 1]], 0, 4).is_some());
        assert!(bases.by_value(&[&[0, 4, 1]], 0, 4).is_none());
        assert!(bases.by_value(&[&[0], &[-1]], 0, 4).is_none());
        assert!(bases.by_value(&[&[0; 4]], 0, 4).is_none());
    }
}
