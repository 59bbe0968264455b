//! Leading groups: the rows that their blocks are in, and eq of the blocks' places.
//!
//! Most axes are some bits of the block's number, so that a sum over them is a sum over bits, at the coordinates of z of
//! these places. What is above a row's places is the row; an axis may begin anywhere if no other lies above it, for
//! then carries go to the row alone. What is of another kind is enumerated.

use std::collections::BTreeMap;

use zkattest_circuit::ir::{Group, Region};
use zkattest_circuit::{Blocks, index};

use crate::closed::BitProduct;
use crate::eq::power_of_two;
use crate::forms::{Forms, Rows};
use crate::wire::Wire;

/// Leading groups with (size, stride) of their axes, as blocks have them.
type Groups<'a> = Vec<(&'a Group, Vec<(u32, u64)>)>;

/// A leading axis whose index is the `bits` bits of the block's number from bit `from` on.
struct Aligned<'a> {
    group: &'a Group,
    from: usize,
    bits: usize,
}

impl Aligned<'_> {
    fn mask(&self) -> u64 {
        let ones = |bits: usize| {
            let power = u32::try_from(bits).ok().and_then(|bits| 1u64.checked_shl(bits));
            power.map_or(u64::MAX, |power| power.wrapping_sub(1))
        };
        ones(self.from.saturating_add(self.bits)) & !ones(self.from)
    }
}

/// Groups of bits of the block's number apart from each other, and the others.
fn split<'a>(blocks: &Blocks<'a>) -> (Vec<Aligned<'a>>, Groups<'a>) {
    let (mut aligned, mut others) = (Vec::new(), Vec::new());
    let mut taken = 0u64;
    for (group, axes) in &blocks.leading {
        if let [(size, stride)] = axes.as_slice()
            && stride.is_power_of_two()
        {
            let bits = u32::BITS.saturating_sub(size.saturating_sub(1).leading_zeros());
            let axis = Aligned { group, from: index(stride.trailing_zeros()), bits: index(bits) };
            if axis.mask() & taken == 0 {
                taken |= axis.mask();
                aligned.push(axis);
                continue;
            }
        }
        others.push((*group, axes.clone()));
    }
    (aligned, others)
}

impl<'a> Forms<'a> {
    /// What leading groups contribute: factors, and the rows' entries with each.
    pub(crate) fn rows(
        &mut self,
        region: Region,
        blocks: &Blocks<'a>,
        variables: usize,
    ) -> Vec<(Wire, Rows)> {
        let place_bits = self.symbols.z.len().saturating_sub(index(blocks.log_block));
        let first_row = self.circuit.first_row(region);
        let (mut aligned, others) = split(blocks);
        let bases = self.enumerate(&others, variables, blocks.first);
        let crosses = |axis: &Aligned<'_>| {
            axis.from.saturating_add(axis.bits) > place_bits
                || bases.iter().any(|(block, _)| block & axis.mask() != 0)
        };
        let top = aligned.iter().enumerate().max_by_key(|(_, axis)| axis.from).map(|(place, _)| place);
        let top = match top {
            Some(place) if aligned.get(place).is_some_and(crosses) => Some(aligned.remove(place)),
            _ => None,
        };
        if aligned.iter().any(crosses) {
            let bases = self.enumerate(&blocks.leading, variables, blocks.first);
            return vec![(Wire::ONE, self.places(&bases, place_bits, 0, first_row))];
        }
        let prefix = self.symbols.z.get(..place_bits).unwrap_or_default();
        let mut inside = Wire::ONE;
        for axis in &aligned {
            let end = place_bits.saturating_sub(axis.from);
            let own = prefix.get(end.saturating_sub(axis.bits)..end).unwrap_or_default();
            let factor = self.inner(&axis.group.vector, variables, Some(own));
            inside = self.gates.product(inside, factor);
        }
        let taken = aligned.iter().fold(0, |taken, axis| taken | axis.mask());
        let Some(top) = top else {
            return vec![(inside, self.places(&bases, place_bits, taken, first_row))];
        };

        // The places from `top.from` on are the top axis' and, from where on a base begins, the base's.
        let upper = place_bits.saturating_sub(top.from);
        let taken = taken | Aligned { bits: upper, ..top }.mask();
        let mut found = Vec::new();
        for (block, product) in bases {
            let below = self.place_eq(block, place_bits, taken);
            let factor = self.gates.product(inside, product);
            let factor = self.gates.product(factor, below);
            let row = first_row.saturating_add(high(block, place_bits));
            let start =
                if upper == 0 { 0 } else { high(block, top.from) & power_of_two(upper).wrapping_sub(1) };
            for (own, entries) in self.run(&top, variables, place_bits, start) {
                let entries = entries.into_iter().map(|(above, entry)| (row.saturating_add(above), entry));
                found.push((self.gates.product(factor, own), entries.collect()));
            }
        }
        found
    }

    /// An axis from place `start` of its own on: factors, and the entries of rows with each, rows counted from that
    /// of the first block.
    fn run(
        &mut self,
        axis: &Aligned<'a>,
        variables: usize,
        place_bits: usize,
        start: usize,
    ) -> Vec<(Wire, Rows)> {
        let upper = place_bits.saturating_sub(axis.from);
        let above = axis.from.saturating_sub(place_bits);
        let at = self.symbols.z.get(..upper).unwrap_or_default();
        let row = |high: usize| {
            let above = u32::try_from(above).ok();
            above.and_then(|above| high.checked_shl(above)).unwrap_or(usize::MAX)
        };
        let vector = &axis.group.vector;
        let product = BitProduct::new(self.gates, vector, self.circuit, self.symbols, variables, upper);
        if let Some(runs) = product.and_then(|product| product.runs(self.gates, at, start)) {
            return runs
                .into_iter()
                .map(|(factor, first, entries)| {
                    let entries = entries.into_iter().enumerate();
                    (factor, entries.map(|(i, entry)| (row(first.saturating_add(i)), entry)).collect())
                })
                .collect();
        }
        let values = self.values(vector, variables);
        let end = start.saturating_add(values.len());
        let eq = self.gates.eq_table(at, end.min(power_of_two(upper)));
        let mut sums: BTreeMap<usize, Wire> = BTreeMap::new();
        for (block, value) in (start..).zip(values.iter()) {
            let place = block & power_of_two(upper).wrapping_sub(1);
            let product = self.gates.product(*value, eq.get(place).copied().unwrap_or(Wire::ZERO));
            let sum = sums.entry(row(block.checked_shr(bits(upper)).unwrap_or(0))).or_insert(Wire::ZERO);
            *sum = self.gates.sum(*sum, product);
        }
        vec![(Wire::ONE, sums.into_iter().collect())]
    }

    /// Rows' sums of blocks times eq of the bits of their places that are not taken.
    fn places(&mut self, blocks: &[(u64, Wire)], place_bits: usize, taken: u64, first_row: usize) -> Rows {
        let mut sums: BTreeMap<usize, Wire> = BTreeMap::new();
        for (block, product) in blocks {
            let eq = self.place_eq(*block, place_bits, taken);
            let product = self.gates.product(*product, eq);
            let row = first_row.saturating_add(high(*block, place_bits));
            let sum = sums.entry(row).or_insert(Wire::ZERO);
            *sum = self.gates.sum(*sum, product);
        }
        sums.into_iter().collect()
    }

    /// eq of the bits of a block's place that are not taken; from the most significant one on, so that blocks share
    /// products.
    fn place_eq(&mut self, block: u64, place_bits: usize, taken: u64) -> Wire {
        let prefix = self.symbols.z.get(..place_bits).unwrap_or_default();
        let mut eq = Wire::ONE;
        for (coordinate, bit) in prefix.iter().zip((0..place_bits).rev()) {
            let of = |value: u64| value.checked_shr(bits(bit)).unwrap_or(0) & 1 == 1;
            if !of(taken) {
                let factor = if of(block) { *coordinate } else { coordinate.complement() };
                eq = self.gates.product(eq, factor);
            }
        }
        eq
    }
}

/// block / 2^count, rounded down.
fn high(block: u64, count: usize) -> usize {
    usize::try_from(block.checked_shr(bits(count)).unwrap_or(0)).unwrap_or(usize::MAX)
}

/// A number of bits as shifts take it.
fn bits(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
