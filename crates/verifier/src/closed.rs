//! Inner products of vectors with eq in a number of steps logarithmic in their size.
//!
//! A vector whose factors look at whole bits of the index (`Eq` with powers of two as divisor and modulus) is a
//! product of one function per bit, as eq is; the sum over all indices up to a last one of such a product goes
//! bit by bit. A range table adds one factor that is affine in the index: it is carried along as a moment.
//! Whatever is not of that kind is summed entry by entry elsewhere; tests compare the two.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Factor, Kind, Vector};
use zkattest_circuit::{Challenges, index};
use zkattest_field::Scalar;

/// One bit of the index.
#[derive(Clone, Copy)]
struct Bit {
    /// Factor where it is 0.
    zero: Scalar,
    /// Factor where it is 1.
    one: Scalar,
    /// What it adds to the table's key where it is 1.
    key: Scalar,
}

/// Sums over some indices: of the product, and of the product times the part of the key known so far.
#[derive(Clone, Copy)]
struct Partial {
    sum: Scalar,
    moment: Scalar,
}

impl Partial {
    const NONE: Self = Self { sum: Scalar::ZERO, moment: Scalar::ZERO };

    fn by(self, factor: Scalar) -> Self {
        Self { sum: self.sum * factor, moment: self.moment * factor }
    }

    fn one(self, bit: Bit) -> Self {
        let Self { sum, moment } = self.by(bit.one);
        Self { sum, moment: moment + sum * bit.key }
    }

    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, moment: self.moment + other.moment }
    }
}

/// A vector as one function per bit of the index.
pub struct BitProduct {
    /// Least significant first.
    bits: Vec<Bit>,
    scale: Scalar,
    /// The first key, with gamma, of the range table among the factors.
    low: Option<Scalar>,
    /// Last index.
    last: u32,
}

impl BitProduct {
    /// The vector's bits, as many as its last index has or `count` if that is more; none if the vector is not of the
    /// kind that this module treats.
    pub fn new(
        vector: &Vector,
        circuit: &Circuit,
        challenges: &Challenges,
        variables: usize,
        count: usize,
    ) -> Option<Self> {
        let last = vector.size.checked_sub(1)?;
        let count = count.max(index(u32::BITS.saturating_sub(last.leading_zeros())));
        let bits = vec![Bit { zero: Scalar::ONE, one: Scalar::ONE, key: Scalar::ZERO }; count];
        let mut product = Self { bits, scale: Scalar::ONE, low: None, last };
        for factor in &vector.factors {
            let (from, count) = window(factor, last)?;
            match &factor.kind {
                Kind::Eq(slice) => product.times(challenges.coordinates(*slice, variables), from, count),
                Kind::Table(table) => {
                    let table = circuit.tables.get(index(*table)).filter(|table| table.images.is_none())?;
                    if product.low.replace(challenges.gamma + Scalar::from(table.low)).is_some() {
                        return None;
                    }
                    let mut weight = Scalar::ONE;
                    for bit in product.bits.iter_mut().skip(from).take(count) {
                        bit.key = weight;
                        weight.double_in_place();
                    }
                }
                _ => return None,
            }
        }
        Some(product)
    }

    /// Multiplies by eq(coordinates, j) for j = the `count` bits of the index from `from` on.
    pub fn times(&mut self, coordinates: &[Scalar], from: usize, count: usize) {
        for (place, coordinate) in coordinates.iter().rev().enumerate() {
            match self.bits.get_mut(from.saturating_add(place)).filter(|_| place < count) {
                Some(bit) => {
                    bit.zero *= Scalar::ONE - coordinate;
                    bit.one *= coordinate;
                }
                // This bit of j is always 0.
                None => self.scale *= Scalar::ONE - coordinate,
            }
        }
    }

    /// Sum over the vector's entries.
    pub fn sum(&self) -> Scalar {
        // `below`: indices that have left the last one's bits downwards; `equal`: the one that has not.
        let mut below = Partial::NONE;
        let mut equal = Partial { sum: Scalar::ONE, moment: Scalar::ZERO };
        for (place, bit) in self.bits.iter().enumerate().rev() {
            below = below.by(bit.zero).plus(below.one(*bit));
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            if self.last.checked_shr(place).unwrap_or(0) & 1 == 1 {
                below = below.plus(equal.by(bit.zero));
                equal = equal.one(*bit);
            } else {
                equal = equal.by(bit.zero);
            }
        }
        let all = below.plus(equal);
        self.scale * self.low.map_or(all.sum, |low| low * all.sum + all.moment)
    }

    /// Tables with entry i = high\[i >> bits\] * low\[i mod 2^bits\], as (high, low), for half of the bits; none where a
    /// range table is among the factors.
    pub fn split(&self, bits: usize) -> Option<(Vec<Scalar>, Vec<Scalar>)> {
        if self.low.is_some() {
            return None;
        }
        let (low, high) = self.bits.split_at_checked(bits)?;
        Some((table(high, self.scale), table(low, Scalar::ONE)))
    }
}

/// All products of one function of each bit, least significant bit first; times `scale`.
fn table(bits: &[Bit], scale: Scalar) -> Vec<Scalar> {
    bits.iter().rev().fold(vec![scale], |values, bit| {
        values.iter().flat_map(|value| [*value * bit.zero, *value * bit.one]).collect()
    })
}

/// Sum over i < `size` of vector(i) * eq(at, i), or of vector(i) alone where there is no `at`; none if the vector
/// is not of the kind that this module sums. `size` is at most 2^len of `at`.
pub fn sum(
    vector: &Vector,
    circuit: &Circuit,
    challenges: &Challenges,
    variables: usize,
    at: Option<&[Scalar]>,
) -> Option<Scalar> {
    let at = at.unwrap_or_default();
    let mut product = BitProduct::new(vector, circuit, challenges, variables, at.len())?;
    product.times(at, 0, at.len());
    Some(product.sum())
}

/// Which bits of the index a factor looks at, (first, number), counted from the least significant.
fn window(factor: &Factor, last: u32) -> Option<(usize, usize)> {
    if !factor.div.is_power_of_two() {
        return None;
    }
    let from = factor.div.trailing_zeros();
    let count = if factor.modulus.is_power_of_two() {
        factor.modulus.trailing_zeros()
    } else if last.checked_shr(from).unwrap_or(0) < factor.modulus {
        // No entry reaches the modulus, so that it takes nothing away.
        u32::BITS
    } else {
        return None;
    };
    Some((index(from), index(count)))
}
