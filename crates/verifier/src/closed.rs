//! Inner products of vectors with eq in a number of steps logarithmic in their size.
//!
//! A vector whose factors look at whole bits of the index (powers of two as divisor and modulus) is a product of
//! functions of one bit each, where they are `Eq`s, as eq itself is, and of functions of few neighbouring bits, called
//! digits here. The sum over all indices up to a last one of such a product goes bit by bit and digit by digit.
//! A range table adds one factor that is affine in the index: it is carried along as a moment. Whatever is not of
//! that kind is summed entry by entry elsewhere; tests compare the two.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Factor, Kind, Vector};
use zkattest_circuit::{Challenges, index};
use zkattest_field::Scalar;

use crate::rows::power_of_two;

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

impl Bit {
    /// Without a function.
    const NONE: Self = Self { zero: Scalar::ONE, one: Scalar::ONE, key: Scalar::ZERO };
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

/// Neighbouring bits with a function that is no product over them, besides those of the bits.
struct Digit {
    /// The least significant bit.
    from: usize,
    /// Number of bits.
    count: usize,
    /// Values, zero beyond.
    values: Vec<Scalar>,
}

/// A vector as a product of functions of bits of the index.
pub struct BitProduct {
    /// Least significant first.
    bits: Vec<Bit>,
    /// Apart from each other.
    digits: Vec<Digit>,
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
        let bits = vec![Bit::NONE; count];
        let mut product = Self { bits, digits: Vec::new(), scale: Scalar::ONE, low: None, last };
        for factor in &vector.factors {
            let (from, count) = window(factor, last)?;
            match &factor.kind {
                Kind::Eq(slice) => product.times(challenges.coordinates(*slice, variables), from, count),
                Kind::Table(table) if product.is_range(circuit, *table) => {
                    let table = circuit.tables.get(index(*table))?;
                    if product.low.replace(challenges.gamma + Scalar::from(table.low)).is_some() {
                        return None;
                    }
                    let mut weight = Scalar::ONE;
                    for bit in product.bits.iter_mut().skip(from).take(count) {
                        bit.key = weight;
                        weight.double_in_place();
                    }
                }
                _ => {
                    let values = factor.values(circuit, challenges, variables, index(vector.size));
                    product.times_digit(values, from, count)?;
                }
            }
        }
        // A digit has no moment.
        let keyed = |digit: &Digit| {
            product.bits.iter().skip(digit.from).take(digit.count).any(|bit| bit.key != Scalar::ZERO)
        };
        if product.digits.iter().any(keyed) { None } else { Some(product) }
    }

    fn is_range(&self, circuit: &Circuit, table: u32) -> bool {
        circuit.tables.get(index(table)).is_some_and(|table| table.images.is_none())
    }

    /// Multiplies by a function of the `count` bits from `from` on; none if they overlap other digits.
    fn times_digit(&mut self, values: Vec<Scalar>, from: usize, count: usize) -> Option<()> {
        // Bits beyond the last index's are 0.
        let count = count.min(self.last_bits().saturating_sub(from));
        let end = from.saturating_add(count);
        for digit in &mut self.digits {
            if digit.from == from && digit.count == count {
                digit.values.truncate(values.len());
                digit.values.iter_mut().zip(&values).for_each(|(value, by)| *value *= by);
                return Some(());
            }
            if digit.from < end && from < digit.from.saturating_add(digit.count) {
                return None;
            }
        }
        if count == 0 {
            self.scale *= values.first().copied().unwrap_or(Scalar::ZERO);
        } else {
            self.digits.push(Digit { from, count, values });
        }
        Some(())
    }

    /// Number of bits of the last index.
    fn last_bits(&self) -> usize {
        index(u32::BITS.saturating_sub(self.last.leading_zeros()))
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
        let mut end = self.bits.len();
        while let Some(top) = end.checked_sub(1) {
            if let Some(digit) =
                self.digits.iter().find(|digit| digit.from.saturating_add(digit.count) == end)
            {
                let (less, at, more) = self.digit_sums(digit);
                below = below.by(less + at + more).plus(equal.by(less));
                equal = equal.by(at);
                end = digit.from;
                continue;
            }
            let bit = self.bits.get(top).copied().unwrap_or(Bit::NONE);
            below = below.by(bit.zero).plus(below.one(bit));
            if self.last_from(top) & 1 == 1 {
                below = below.plus(equal.by(bit.zero));
                equal = equal.one(bit);
            } else {
                equal = equal.by(bit.zero);
            }
            end = top;
        }
        let all = below.plus(equal);
        self.scale * self.low.map_or(all.sum, |low| low * all.sum + all.moment)
    }

    /// Sums over the digit's values below, at and above the last index's.
    fn digit_sums(&self, digit: &Digit) -> (Scalar, Scalar, Scalar) {
        let bits = self.bits.get(digit.from..digit.from.saturating_add(digit.count)).unwrap_or_default();
        let mut products = table(bits, Scalar::ONE);
        products.truncate(digit.values.len());
        products.iter_mut().zip(&digit.values).for_each(|(product, value)| *product *= value);
        let mask = power_of_two(digit.count).saturating_sub(1);
        let own = index(self.last_from(digit.from)) & mask;
        let sum = |part: Option<&[Scalar]>| part.unwrap_or_default().iter().sum::<Scalar>();
        let after = own.saturating_add(1);
        (
            sum(products.get(..own.min(products.len()))),
            sum(products.get(own..after)),
            sum(products.get(after..)),
        )
    }

    /// The last index without the bits below `place`.
    fn last_from(&self, place: usize) -> u32 {
        u32::try_from(place).ok().and_then(|place| self.last.checked_shr(place)).unwrap_or(0)
    }

    /// Tables with entry i = high\[i >> bits\] * low\[i mod 2^bits\], as (high, low), for half of the bits; none where a
    /// range table or a digit is among the factors.
    pub fn split(&self, bits: usize) -> Option<(Vec<Scalar>, Vec<Scalar>)> {
        if self.low.is_some() || !self.digits.is_empty() {
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
