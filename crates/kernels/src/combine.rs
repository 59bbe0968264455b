//! Portable: rows that lie anywhere, combined by field weights.

use crate::cells::to_field;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

/// out\[i\] = constant + sum_j weights\[j\] * rows\[j\]\[i\].
pub fn small(rows: &[&[i16]], weights: &[Fr], constant: Fr, out: &mut [Fr]) {
    out.fill(constant);
    for (row, weight) in rows.iter().zip(weights) {
        for (out, cell) in out.iter_mut().zip(*row) {
            *out += to_field((*cell).into()) * weight;
        }
    }
}

/// out\[i\] = sum_j weights\[j\] * rows\[j\]\[i\].
pub fn full(rows: &[&[Fr]], weights: &[Fr], out: &mut [Fr]) {
    out.fill(Fr::ZERO);
    for (row, weight) in rows.iter().zip(weights) {
        for (out, value) in out.iter_mut().zip(*row) {
            *out += *value * weight;
        }
    }
}
