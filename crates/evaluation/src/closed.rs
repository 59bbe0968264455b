//! Vectors that are products of functions of bits of their index, and sums of them: a few gates for each bit.
//!
//! The counterpart of the verifier's module of that name, and of the same kind of vectors; sums go from the least
//! significant bit up, which takes fewest gates where sizes are powers of two.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::index;
use zkattest_circuit::ir::{Circuit, Factor, Kind, Vector};
use zkattest_field::Scalar;

use crate::eq::shift;
use crate::gates::Gates;
use crate::symbols::Symbols;
use crate::wire::Wire;

/// One bit of the index: coordinates whose eq it has, and what it adds to a range table's key.
#[derive(Clone, Default)]
struct Bit {
    coordinates: Vec<Wire>,
    key: Scalar,
}

/// Neighbouring bits with a function that is no product over them, besides those of the bits.
struct Digit {
    from: usize,
    count: usize,
    values: Vec<Wire>,
}

/// A sum over some low parts of an index, and that sum with each summand times its key so far.
#[derive(Clone, Copy)]
struct Partial {
    sum: Wire,
    moment: Wire,
}

/// A vector as a product of functions of bits of the index.
pub struct BitProduct {
    /// Least significant first.
    bits: Vec<Bit>,
    /// Apart from each other.
    digits: Vec<Digit>,
    scale: Wire,
    /// The first key, with gamma, of the range table among the factors.
    low: Option<Wire>,
    size: usize,
}

impl BitProduct {
    /// The vector's bits, as many as its last index has or `count` if that is more; none if the vector is not of the
    /// kind that this module treats.
    pub fn new(
        gates: &mut Gates,
        vector: &Vector,
        circuit: &Circuit,
        symbols: &Symbols,
        variables: usize,
        count: usize,
    ) -> Option<Self> {
        let last = vector.size.checked_sub(1)?;
        let count = count.max(index(u32::BITS.saturating_sub(last.leading_zeros())));
        let bits = vec![Bit::default(); count];
        let mut product =
            Self { bits, digits: Vec::new(), scale: Wire::ONE, low: None, size: index(vector.size) };
        for factor in &vector.factors {
            let (from, count) = window(factor, last)?;
            match &factor.kind {
                Kind::Eq(slice) => {
                    let coordinates = symbols.coordinates(*slice, variables);
                    product.times(gates, coordinates, from, count);
                }
                Kind::Table(table)
                    if circuit.tables.get(index(*table)).is_some_and(|table| table.images.is_none()) =>
                {
                    let table = circuit.tables.get(index(*table))?;
                    let low = symbols.gamma.shifted(Scalar::from(table.low));
                    if product.low.replace(low).is_some() {
                        return None;
                    }
                    let mut weight = Scalar::ONE;
                    for bit in product.bits.iter_mut().skip(from).take(count) {
                        bit.key = weight;
                        weight.double_in_place();
                    }
                }
                _ => {
                    let values = symbols.factor(gates, factor, circuit, variables, product.size);
                    product.times_digit(gates, values, from, count)?;
                }
            }
        }
        // A digit has no moment.
        let keyed = |digit: &Digit| {
            product.bits.iter().skip(digit.from).take(digit.count).any(|bit| bit.key != Scalar::ZERO)
        };
        if product.digits.iter().any(keyed) { None } else { Some(product) }
    }

    /// Multiplies by a function of the `count` bits from `from` on; none if they overlap other digits.
    fn times_digit(&mut self, gates: &mut Gates, values: Vec<Wire>, from: usize, count: usize) -> Option<()> {
        // Bits beyond the last index's are 0.
        let last = self.size.saturating_sub(1);
        let used = index(usize::BITS.saturating_sub(last.leading_zeros()));
        let count = count.min(used.saturating_sub(from));
        let end = from.saturating_add(count);
        for digit in &mut self.digits {
            if digit.from == from && digit.count == count {
                digit.values.truncate(values.len());
                for (value, by) in digit.values.iter_mut().zip(&values) {
                    *value = gates.product(*value, *by);
                }
                return Some(());
            }
            if digit.from < end && from < digit.from.saturating_add(digit.count) {
                return None;
            }
        }
        if count == 0 {
            self.scale = gates.product(self.scale, values.first().copied().unwrap_or(Wire::ZERO));
        } else {
            self.digits.push(Digit { from, count, values });
        }
        Some(())
    }

    /// Multiplies by eq(coordinates, j) for j = the `count` bits of the index from `from` on.
    pub fn times(&mut self, gates: &mut Gates, coordinates: &[Wire], from: usize, count: usize) {
        for (place, coordinate) in coordinates.iter().rev().enumerate() {
            match self.bits.get_mut(from.saturating_add(place)).filter(|_| place < count) {
                Some(bit) => bit.coordinates.push(*coordinate),
                // This bit of j is always 0.
                None => self.scale = gates.product(self.scale, coordinate.complement()),
            }
        }
    }

    /// Sum over the vector's entries.
    pub fn sum(&self, gates: &mut Gates) -> Wire {
        let size = self.size;
        // Over the bits so far: indices below those of `size`, and all.
        let mut below = Partial::ZERO;
        let mut all = Partial { sum: Wire::ONE, moment: Wire::ZERO };
        let mut place = 0;
        while let Some(bit) = self.bits.get(place) {
            if let Some(digit) = self.digits.iter().find(|digit| digit.from == place) {
                let products = self.digit_values(gates, digit);
                let own = shift(size, place) & shift(usize::MAX, 0).min(mask(digit.count));
                let less = gates.total(products.iter().take(own).copied());
                let at = products.get(own).copied().unwrap_or(Wire::ZERO);
                below = if own == 0 {
                    below.by(gates, at)
                } else {
                    all.by(gates, less).plus_by(gates, below, at)
                };
                let whole = gates.total(products.iter().copied());
                all = all.by(gates, whole);
                place = place.saturating_add(digit.count);
                continue;
            }
            below = if shift(size, place) & 1 == 1 {
                bit.choose(gates, all, below)
            } else {
                let zero = bit.zero(gates);
                below.by(gates, zero)
            };
            all = bit.choose(gates, all, all);
            place = place.saturating_add(1);
        }
        let sum = if shift(size, place) > 0 { all } else { below };
        let sum = match self.low {
            None => sum.sum,
            Some(low) => {
                let lowest = gates.product(low, sum.sum);
                gates.sum(lowest, sum.moment)
            }
        };
        gates.product(self.scale, sum)
    }

    /// Values of a digit times those of its bits.
    fn digit_values(&self, gates: &mut Gates, digit: &Digit) -> Vec<Wire> {
        let bits = self.bits.get(digit.from..digit.from.saturating_add(digit.count)).unwrap_or_default();
        let table = table(gates, bits, digit.values.len());
        table.iter().zip(&digit.values).map(|(product, value)| gates.product(*product, *value)).collect()
    }

    /// The vector as high\[i >> bits\] * low\[i mod 2^bits\], summed over the low part: high, the sum of all of low, and
    /// the sum for the last high part. None where a range table or a digit is among the factors.
    pub fn split(mut self, gates: &mut Gates, bits: usize, at: &[Wire]) -> Option<(Vec<Wire>, Wire, Wire)> {
        if self.low.is_some() || !self.digits.is_empty() || bits > self.bits.len() {
            return None;
        }
        let high = self.bits.split_off(bits);
        let last = self.size.checked_sub(1)?;
        let table = table(gates, &high, shift(last, bits).saturating_add(1));
        let high = table.into_iter().map(|value| gates.product(self.scale, value)).collect();
        self.scale = Wire::ONE;
        self.times(gates, at, 0, bits);
        self.size = (last & mask(bits)).saturating_add(1);
        let partial = self.sum(gates);
        self.size = mask(bits).saturating_add(1);
        let whole = self.sum(gates);
        Some((high, whole, partial))
    }
}

impl Partial {
    const ZERO: Self = Self { sum: Wire::ZERO, moment: Wire::ZERO };

    fn by(self, gates: &mut Gates, factor: Wire) -> Self {
        Self { sum: gates.product(self.sum, factor), moment: gates.product(self.moment, factor) }
    }

    /// self + other * factor.
    fn plus_by(self, gates: &mut Gates, other: Self, factor: Wire) -> Self {
        let other = other.by(gates, factor);
        Self { sum: gates.sum(self.sum, other.sum), moment: gates.sum(self.moment, other.moment) }
    }
}

impl Bit {
    fn zero(&self, gates: &mut Gates) -> Wire {
        self.coordinates.iter().fold(Wire::ONE, |product, x| gates.product(product, x.complement()))
    }

    fn one(&self, gates: &mut Gates) -> Wire {
        self.coordinates.iter().fold(Wire::ONE, |product, x| gates.product(product, *x))
    }

    /// Its value at 0 plus that at 1.
    fn both(&self, gates: &mut Gates) -> Wire {
        match self.coordinates.as_slice() {
            [] => Wire::constant(Scalar::from(2u64)),
            [_] => Wire::ONE,
            [x, y] => {
                let one = Scalar::ONE;
                gates.bilinear((*x, *y), [one.double(), -one, -one, one])
            }
            _ => {
                let (zero, one) = (self.zero(gates), self.one(gates));
                gates.sum(zero, one)
            }
        }
    }

    /// zero * (the part whose bit is 0) + one * (the part whose bit is 1), keys with it.
    fn choose(&self, gates: &mut Gates, zero: Partial, one: Partial) -> Partial {
        let of_one = self.one(gates);
        let sum = self.mix(gates, zero.sum, one.sum);
        let mut moment = self.mix(gates, zero.moment, one.moment);
        if self.key != Scalar::ZERO {
            let keyed = gates.product(of_one, one.sum).scaled(self.key);
            moment = gates.sum(moment, keyed);
        }
        Partial { sum, moment }
    }

    fn mix(&self, gates: &mut Gates, zero: Wire, one: Wire) -> Wire {
        if zero == one {
            let both = self.both(gates);
            return gates.product(zero, both);
        }
        if let ([x], true) = (self.coordinates.as_slice(), zero.value().is_some()) {
            // zero - x zero + x one, of two variables.
            let rest = one.shifted(-zero.offset);
            return gates.product(*x, rest).shifted(zero.offset);
        }
        let (at_zero, at_one) = (self.zero(gates), self.one(gates));
        let (zero, one) = (gates.product(zero, at_zero), gates.product(one, at_one));
        gates.sum(zero, one)
    }
}

/// All products of one function of each bit, least significant bit first, up to `count`.
fn table(gates: &mut Gates, bits: &[Bit], count: usize) -> Vec<Wire> {
    let mut values = vec![Wire::ONE];
    for (bit, rest) in bits.iter().rev().zip((0..bits.len()).rev()) {
        let most = shift(count.saturating_sub(1), rest).saturating_add(1);
        let (zero, one) = (bit.zero(gates), bit.one(gates));
        let mut next = Vec::with_capacity(most);
        for value in values {
            next.push(gates.product(value, zero));
            if next.len() < most {
                next.push(gates.product(value, one));
            }
        }
        next.truncate(most);
        values = next;
    }
    values.truncate(count);
    values
}

/// 2^bits - 1.
fn mask(bits: usize) -> usize {
    u32::try_from(bits).ok().and_then(|bits| 1usize.checked_shl(bits)).unwrap_or(0).wrapping_sub(1)
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
