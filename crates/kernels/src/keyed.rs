//! Sums of entries of a table that small cells are keys of.

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, MontConfig};

/// Entries that are added before the sum is reduced: five times the modulus is less than 2^256.
const UNREDUCED: usize = 5;

/// out\[i\] = sum_j table\[columns\[j\]\[i\] + zero\]; a key beyond the table counts as zero.
///
/// # Panics
/// Where a column is shorter than `out`.
pub fn sum_by_key(columns: &[&[i16]], zero: i64, table: &[Fr], out: &mut [Fr]) {
    out.fill(Fr::ZERO);
    for (number, columns) in columns.chunks(UNREDUCED).enumerate() {
        for (i, out) in out.iter_mut().enumerate() {
            let mut sum = BigInt::zero();
            for column in columns {
                let key = usize::try_from(i64::from(column[i]) + zero).unwrap_or(usize::MAX);
                if let Some(entry) = table.get(key) {
                    sum.add_with_carry(&entry.0);
                }
            }
            let sum = reduced(sum, columns.len());
            *out = if number == 0 { sum } else { *out + sum };
        }
    }
}

/// A sum of `terms` elements below the modulus.
#[inline(always)]
fn reduced(mut sum: BigInt<4>, terms: usize) -> Fr {
    for _ in 1..terms {
        let mut less = sum;
        if !less.sub_with_borrow(&FrConfig::MODULUS) {
            sum = less;
        }
    }
    Fr::new_unchecked(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_field() {
        // The largest elements: sums of five just fit.
        let table: Vec<Fr> = (0..9u64).map(|i| -Fr::from(i + 1)).collect();
        let cells: Vec<Vec<i16>> =
            (0..12).map(|j| (0..40).map(|i| (i * 7 + j * j) % 13 - 5).collect()).collect();
        for count in 0..cells.len() {
            let columns: Vec<&[i16]> = cells[..count].iter().map(Vec::as_slice).collect();
            let mut found = vec![Fr::from(1u64); 40];
            sum_by_key(&columns, 4, &table, &mut found);
            for (i, found) in found.iter().enumerate() {
                let entry = |column: &&[i16]| {
                    usize::try_from(column[i] + 4).ok().and_then(|key| table.get(key)).copied()
                };
                let expected: Fr = columns.iter().filter_map(entry).sum();
                assert_eq!(*found, expected, "{count} columns at {i}");
            }
        }
    }
}
