//! Tables of eq, and sums of its first entries.

use ark_ff::Field;
use zkattest_field::Scalar;

use crate::gates::Gates;
use crate::wire::Wire;

impl Gates {
    /// eq(point, i) for i < n; coordinate 1 is the most significant bit of i. Zero from 2^len on.
    pub fn eq_table(&mut self, point: &[Wire], n: usize) -> Vec<Wire> {
        self.eq_range(point, 0, n)
    }

    /// eq(point, i) for i in from..to. Only prefixes of indices in the range are grown.
    pub fn eq_range(&mut self, point: &[Wire], from: usize, to: usize) -> Vec<Wire> {
        let Some(last) = to.checked_sub(1).filter(|last| *last >= from) else {
            return Vec::new();
        };
        if !self.admits(to.saturating_sub(from)) {
            return Vec::new();
        }
        let start = shift(from, point.len());
        let mut first = start;
        let mut values: Vec<Wire> = (start..=shift(last, point.len()))
            .map(|prefix| if prefix == 0 { Wire::ONE } else { Wire::ZERO })
            .collect();
        for (bit, coordinate) in point.iter().enumerate() {
            let rest = point.len().saturating_sub(bit).saturating_sub(1);
            let (low, high) = (shift(from, rest), shift(last, rest));
            let mut next = Vec::with_capacity(high.saturating_sub(low).saturating_add(1));
            for (prefix, value) in (first..).zip(&values) {
                let child = prefix.saturating_mul(2);
                if (low..=high).contains(&child) {
                    next.push(self.product(*value, coordinate.complement()));
                }
                if (low..=high).contains(&child.saturating_add(1)) {
                    next.push(self.product(*value, *coordinate));
                }
            }
            first = low;
            values = next;
        }
        values
    }

    /// Sum of eq(point, i) over i < n.
    pub fn eq_prefix(&mut self, point: &[Wire], n: usize) -> Wire {
        if shift(n, point.len()) > 0 {
            return Wire::ONE;
        }
        let mut sum = Wire::ZERO;
        for (place, coordinate) in point.iter().rev().enumerate() {
            sum = if shift(n, place) & 1 == 1 {
                // (1 - x) + x sum
                let one = Scalar::ONE;
                self.bilinear((*coordinate, sum), [one, -one, Scalar::default(), one])
            } else {
                self.product(coordinate.complement(), sum)
            };
        }
        sum
    }
}

/// value / 2^bits, rounded down.
pub(crate) fn shift(value: usize, bits: usize) -> usize {
    u32::try_from(bits).ok().and_then(|bits| value.checked_shr(bits)).unwrap_or(0)
}

/// 2^bits.
pub(crate) fn power_of_two(bits: usize) -> usize {
    u32::try_from(bits).ok().and_then(|bits| 1usize.checked_shl(bits)).unwrap_or(usize::MAX)
}
