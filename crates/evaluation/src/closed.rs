//! Vectors that are products of functions of bits of their index, and sums of them: a few gates for each bit.
//!
//! The counterpart of the verifier's module of that name, and of the same kind of vectors; sums go from the least
//! significant bit up, which takes fewest gates where sizes are powers of two.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::index;
use zkattest_circuit::ir::{Circuit, Factor, Kind, Vector};
use zkattest_field::Scalar;

use crate::eq::{power_of_two, shift};
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
                Kind::Affine { slice, .. } if let Some(step) = whole_steps(factor, last) => {
                    let coordinates = symbols.coordinates(*slice, variables);
                    product.times(gates, coordinates, from.saturating_add(step), count.saturating_sub(step));
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
                let own = shift(size, place) & mask(digit.count);
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

    /// The vector on consecutive places from `start` on, of which 2^len of `at` are in a row: (factor, first row,
    /// entries of it and the next rows), together sum over i of vector(i) * eq(at, (start + i) mod 2^len) for each
    /// row (start + i) / 2^len. None where a range table or a digit is among the factors.
    pub fn runs(
        mut self,
        gates: &mut Gates,
        at: &[Wire],
        start: usize,
    ) -> Option<Vec<(Wire, usize, Vec<Wire>)>> {
        if self.low.is_some() || !self.digits.is_empty() {
            return None;
        }
        let last = self.size.checked_sub(1)?;
        let high = self.bits.split_off(at.len().min(self.bits.len()));
        let rows = shift(last, at.len());
        let mut whole = table(gates, &high, rows.saturating_add(1));
        for entry in &mut whole {
            *entry = gates.product(self.scale, *entry);
        }
        // Of the last entry only some places are there.
        let all = mask(at.len()).saturating_add(1);
        let size = (last & mask(at.len())).saturating_add(1);
        let partial = if size == all { Vec::new() } else { whole.split_off(rows) };
        let mut found = Vec::new();
        for (size, first, entries) in [(all, 0, whole), (size, rows, partial)] {
            if entries.is_empty() {
                continue;
            }
            let [within, beyond] = carried(gates, &self.bits, at, start, size);
            for (factor, first) in [(within, first), (beyond, first.saturating_add(1))] {
                if factor != Wire::ZERO {
                    found.push((factor, first, entries.clone()));
                }
            }
        }
        Some(found)
    }
}

/// Sums over i < `size` <= 2^len of product(i) * eq(at, (start + i) mod 2^len): where start + i < 2^len, and where not.
fn carried(gates: &mut Gates, bits: &[Bit], at: &[Wire], start: usize, size: usize) -> [Wire; 2] {
    // By the carry out of the bits so far: over all of them, and over those below `size`'s.
    let mut all = [Wire::ONE, Wire::ZERO];
    let mut below = [Wire::ZERO; 2];
    for (place, coordinate) in at.iter().rev().enumerate() {
        let bit = bits.get(place).cloned().unwrap_or_default();
        let added = shift(start, place) & 1 == 1;
        below = if shift(size, place) & 1 == 1 {
            bit.add(gates, *coordinate, added, all, below)
        } else {
            bit.add(gates, *coordinate, added, below, [Wire::ZERO; 2])
        };
        all = bit.add(gates, *coordinate, added, all, all);
    }
    if shift(size, at.len()) > 0 { all } else { below }
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
            [x, y, z] => {
                // (1 - x - y) (1 - z) + x y.
                let one = Scalar::ONE;
                let sum = gates.sum(*x, *y);
                let rest = gates.bilinear((sum, *z), [one, -one, -one, one]);
                let product = gates.product(*x, *y);
                gates.sum(rest, product)
            }
            _ => {
                let (zero, one) = (self.zero(gates), self.one(gates));
                gates.sum(zero, one)
            }
        }
    }

    /// Sums by the carry out of this bit, of those by the carry into it, `zero` where the bit is 0 and `one` where it is 1;
    /// `added` is the same bit of a number that is added to the index, `coordinate` reads the sum.
    fn add(
        &self,
        gates: &mut Gates,
        coordinate: Wire,
        added: bool,
        zero: [Wire; 2],
        one: [Wire; 2],
    ) -> [Wire; 2] {
        let ([zero_0, zero_1], [one_0, one_1]) = (zero, one);
        // What has a carry in or an added bit, not both, keeps the bit's carry and turns the sum's bit.
        let (mixed_zero, mixed_one, same, mixed) = if added {
            // Carry in: bit 0 sums to 0 with a carry, 1 to 1 with one. None: 0 to 1, 1 to 0 with a carry.
            (zero_0, one_0, (zero_1, one_1), true)
        } else {
            (zero_1, one_1, (zero_0, one_0), false)
        };
        let straight = self.pair(gates, coordinate, same);
        let up = self.turned(gates, coordinate, mixed_zero, false);
        let carry = self.turned(gates, coordinate, mixed_one, true);
        if mixed { [up, gates.sum(straight, carry)] } else { [gates.sum(straight, up), carry] }
    }

    /// zero * (this bit 0, the sum's 0) + one * (this bit 1, the sum's 1).
    fn pair(&self, gates: &mut Gates, coordinate: Wire, (zero, one): (Wire, Wire)) -> Wire {
        let mut bit = self.clone();
        bit.coordinates.push(coordinate);
        bit.mix(gates, zero, one)
    }

    /// value * (this bit, the sum's the other).
    fn turned(&self, gates: &mut Gates, coordinate: Wire, value: Wire, one: bool) -> Wire {
        let own = if one { self.one(gates) } else { self.zero(gates) };
        let other = if one { coordinate.complement() } else { coordinate };
        let factor = gates.product(own, other);
        gates.product(value, factor)
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
    if !gates.admits(count) {
        return Vec::new();
    }
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
    power_of_two(bits).wrapping_sub(1)
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

/// log2 of the stride of an affine function that is eq of j / stride, as an average pool's is.
fn whole_steps(factor: &Factor, last: u32) -> Option<usize> {
    let Kind::Affine { from: 0, to, taps, stride, dilation, offset: 0, .. } = factor.kind else {
        return None;
    };
    let most = (last / factor.div.max(1)).min(factor.modulus.saturating_sub(1));
    let whole = i64::from(taps) == stride && (dilation == 1 || taps == 1) && taps.is_power_of_two();
    (whole && most / taps < to).then(|| index(taps.trailing_zeros()))
}
