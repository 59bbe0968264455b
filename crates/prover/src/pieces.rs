//! A functional's table in the first rounds of sum-check 1, computed from small cells piece by piece: what
//! [`crate::streamed`] is for range lookups, for functionals that are one tensor's elements, or these and a constant,
//! times a product of one weight for each axis.
//!
//! Axes of such a tensor are summed with fixed weights (*slots*), or their index is a run of x's bits; those are cut
//! into axes of one bit where that can be. The first ones, as many as it takes until the rest is short, are the *first*
//! ones, whose variables are bound. The last ones that lie side by side in memory with room of powers of two are the
//! *inner* block; those between are *outer*.

use crate::ProverError;
use crate::engine::Lengths;
use crate::parts::split;
use crate::rows::{Rows, Source};
use crate::scope::{Action, Scatter, Scope, mask, moves};
use crate::small::index;
use crate::tables::group_offsets;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::ops::Range;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Form, Functional, Region, Vector};
use zkattest_cuda::{AddedLayout, PiecesLayout};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

#[cfg(test)]
mod tests;

/// log2 of the least inner block: below, weights cost more than cells. Of the largest: what fits a cache.
const LEAST_INNER: usize = 4;
const MOST_INNER: usize = 12;

/// Entries in a unit of work.
pub(crate) const PIECE: usize = 4096;

/// A table with k variables bound, k at most the first axes' variables.
pub(crate) struct Pieces<'a> {
    region: Region,
    cells: &'a [i16],
    /// Cells from the tensor's base, and weights.
    slots: Vec<(usize, Scalar)>,
    /// Added to the slots' sum at each element.
    constant: Scalar,
    /// Added by forms without a tensor that run over other indices.
    added: Vec<Added>,
    /// By number of the first axes' index, and of the outer block: where it lies and its weight; none where an index is
    /// none of an axis.
    first: Vec<Option<(usize, Scalar)>>,
    outer: Vec<Option<(usize, Scalar)>>,
    /// log2 of an inner block's room; cells of it, the last of them an element.
    inner_bits: usize,
    inner_cells: usize,
    /// Weights of an inner block's cells, if not all one; zero, or in `gaps`, where they are no elements.
    inner: Option<Vec<Scalar>>,
    gaps: Vec<Range<usize>>,
    /// eq(rho_1 .. rho_k, y) by y.
    prefix: Vec<Scalar>,
    written: usize,
}

/// An axis whose index is a run of x's bits.
struct Axis {
    bits: usize,
    offsets: Vec<usize>,
    weights: Option<Vec<Scalar>>,
}

impl Axis {
    fn weight(&self, i: usize) -> Scalar {
        self.weights.as_ref().map_or(Scalar::ONE, |weights| weights[i])
    }
}

/// A form without a tensor: a product of functions of the first axes' bits, of the outer ones' and of the inner ones'.
struct Added {
    first: Vec<Scalar>,
    outer: Vec<Scalar>,
    inner: Vec<Scalar>,
}

impl<'a> Pieces<'a> {
    /// None where the table is short, or the functional is of another form: then it is written down at once.
    pub fn new(
        scope: &Scope<'_>,
        rows: &'a Rows<'_>,
        functional: &Functional,
        lengths: Lengths,
    ) -> Option<Self> {
        let (variables, written) = (usize::from(functional.variables), lengths.written);
        if variables <= lengths.short {
            return None;
        }
        let (form, others) = with_tensor(&functional.forms)?;
        let tensor = &scope.circuit.tensors[place(form.tensor?)];
        let Source::I16(cells) = rows.source(tensor.region) else { return None };
        let strides = tensor.strides()?;
        let mut slots =
            vec![(index(tensor.base), Scalar::from(form.coefficient) * scope.challenges.unit(form.unit))];
        let (mut axes, mut vectors, mut axis, mut free) = (Vec::new(), Vec::new(), 0, variables);
        for group in &form.groups {
            if group.axes == 0 || !group.vector.factors.iter().any(moves) {
                let Action::Fixed(weights) = scope.action(&group.vector, variables) else { return None };
                if group.axes == 0 {
                    let sum: Scalar = weights.iter().sum();
                    slots.iter_mut().for_each(|(_, weight)| *weight *= sum);
                    continue;
                }
                let offsets = group_offsets(tensor, &strides, axis, usize::from(group.axes));
                axis += usize::from(group.axes);
                let real: Vec<(usize, Scalar)> =
                    offsets.into_iter().zip(weights).filter(|(_, w)| *w != Scalar::ZERO).collect();
                slots = slots
                    .iter()
                    .flat_map(|(at, scale)| real.iter().map(move |(own, w)| (at + own, *scale * w)))
                    .collect();
                continue;
            }
            let several = group.axes > 1;
            let own = if several { vec![group.vector.clone()] } else { cut(&group.vector) };
            let stride = index(*strides.get(axis)?);
            let mut step = index(group.vector.size.into());
            for vector in own {
                let Action::Scatter(Scatter { places, coefficients }) = scope.action(&vector, variables)
                else {
                    return None;
                };
                let bits = places.len().next_power_of_two().trailing_zeros() as usize;
                free = free.checked_sub(bits)?;
                if places.iter().enumerate().any(|(i, place)| *place != i << free) {
                    return None;
                }
                step /= places.len();
                let offsets = if several {
                    group_offsets(tensor, &strides, axis, usize::from(group.axes))
                } else {
                    (0..places.len()).map(|i| i * step * stride).collect()
                };
                axes.push(Axis { bits, offsets, weights: coefficients });
            }
            axis += usize::from(group.axes);
            vectors.push(&group.vector);
        }
        if free > 0 || axes.len() < 2 {
            return None;
        }
        let mut constant = Scalar::ZERO;
        let mut others_cut = Vec::new();
        for form in others {
            match self::constant(scope, form, &vectors, variables) {
                Some(own) => constant += own,
                None => others_cut.push(Factors::new(scope, form, variables)?),
            }
        }
        // Bits of x, from the last, where the functions that are added can be cut.
        let whole = |at: usize| others_cut.iter().all(|factors| factors.may_cut(at));
        let (inner, rest) = inner(axes, MOST_INNER.min(written.max(LEAST_INNER)), &whole)?;
        let (first, outer) =
            first(rest, variables - inner.bits, inner.bits, variables.saturating_sub(written), &whole)?;
        let blocks = |axes: &[Axis]| {
            axes.iter().fold(vec![Some((0, Scalar::ONE))], |blocks, axis| enumerate(&blocks, axis))
        };
        let (first, outer) = (blocks(&first), blocks(&outer));
        let Axis { bits: inner_bits, offsets, weights } = inner;
        let outer_bits = outer.len().trailing_zeros() as usize;
        let added =
            others_cut.iter().map(|factors| factors.added(variables, outer_bits, inner_bits)).collect();
        let inner_cells = offsets.last()? + 1;
        let gaps = match &weights {
            Some(_) => Vec::new(),
            None => gaps(&offsets),
        };
        let inner = weights.map(|weights| {
            let mut all = vec![Scalar::ZERO; inner_cells];
            offsets.iter().zip(weights).for_each(|(at, weight)| all[*at] = weight);
            all
        });
        let prefix = vec![Scalar::ONE];
        (inner_bits >= LEAST_INNER).then_some(Self {
            region: tensor.region,
            cells,
            slots,
            constant,
            added,
            first,
            outer,
            inner_bits,
            inner_cells,
            inner,
            gaps,
            prefix,
            written,
        })
    }

    /// Where its cells are.
    pub fn region(&self) -> Region {
        self.region
    }

    /// What a device computes it from, no variable bound.
    pub fn layout(&self) -> PiecesLayout<'_> {
        let added =
            self.added.iter().map(|Added { first, outer, inner }| AddedLayout { first, outer, inner });
        PiecesLayout {
            slots: &self.slots,
            constant: self.constant,
            first: &self.first,
            outer: &self.outer,
            inner_bits: self.inner_bits,
            inner_cells: self.inner_cells,
            inner: self.inner.as_deref(),
            gaps: &self.gaps,
            added: added.collect(),
        }
    }

    /// Numbers of the first axes' indices that are left.
    fn left(&self) -> usize {
        self.first.len() / self.prefix.len()
    }

    /// Entries of the table.
    pub fn len(&self) -> usize {
        (self.left() * self.outer.len()) << self.inner_bits
    }

    /// Entries from `start` on.
    pub fn fill(&self, cpu: &Cpu, start: usize, out: &mut [Scalar]) -> Result<(), ProverError> {
        let room = 1usize << self.inner_bits;
        let mut at = start;
        let mut rest = out;
        while !rest.is_empty() {
            let within = at % room;
            let (own, others) = rest.split_at_mut(rest.len().min(room - within));
            at += own.len();
            rest = others;
            self.block(cpu, (at - own.len()) / room, within, own)?;
        }
        Ok(())
    }

    /// Entries of one inner block, from `within` on.
    fn block(&self, cpu: &Cpu, number: usize, within: usize, out: &mut [Scalar]) -> Result<(), ProverError> {
        self.cells_of_block(cpu, number, within, out)?;
        let (number, outer) = (number / self.outer.len(), number % self.outer.len());
        for added in &self.added {
            let own = self.prefix.iter().zip(added.first.iter().skip(number).step_by(self.left()));
            let scale = added.outer[outer] * own.map(|(weight, own)| *weight * own).sum::<Scalar>();
            if scale != Scalar::ZERO {
                out.iter_mut().zip(&added.inner[within..]).for_each(|(sum, own)| *sum += scale * own);
            }
        }
        Ok(())
    }

    /// [`Self::block`] without what other forms add over other indices.
    fn cells_of_block(
        &self,
        cpu: &Cpu,
        number: usize,
        within: usize,
        out: &mut [Scalar],
    ) -> Result<(), ProverError> {
        let (number, outer) = (number / self.outer.len(), number % self.outer.len());
        let length = self.inner_cells.saturating_sub(within).min(out.len());
        let (out, beyond) = out.split_at_mut(length);
        beyond.fill(Scalar::ZERO);
        let Some((offset, scale)) = self.outer[outer].filter(|_| length > 0) else {
            out.fill(Scalar::ZERO);
            return Ok(());
        };
        let mut rows: Vec<&[i16]> = Vec::with_capacity(self.prefix.len() * self.slots.len());
        let mut weights = Vec::with_capacity(rows.capacity());
        let mut constant = Scalar::ZERO;
        let own = self.prefix.iter().zip(self.first.iter().skip(number).step_by(self.left()));
        for (weight, (own, own_scale)) in own.filter_map(|(weight, own)| Some((weight, (*own)?))) {
            let weight = scale * weight * own_scale;
            constant += weight * self.constant;
            for (slot, own_weight) in &self.slots {
                let from = slot + own + offset + within;
                rows.push(&self.cells[from..from + length]);
                weights.push(weight * own_weight);
            }
        }
        match &self.inner {
            None => cpu.combine_small(&rows, &weights, constant, out)?,
            Some(inner) => {
                let mut product = vec![Scalar::ZERO; length];
                cpu.combine_small(&rows, &weights, constant, &mut product)?;
                cpu.multiply(&product, &inner[within..within + length], out)?;
            }
        }
        for gap in &self.gaps {
            let (from, to) = (gap.start.max(within), gap.end.min(within + length));
            if from < to {
                out[from - within..to - within].fill(Scalar::ZERO);
            }
        }
        Ok(())
    }

    /// Binds the next variable.
    pub fn bind(&mut self, challenge: Scalar) {
        self.prefix = bind(&self.prefix, challenge);
    }

    /// Whether the table is short enough, or no variable of the first axes is left.
    pub fn is_short(&self) -> bool {
        self.left() == 1 || self.len() <= 1 << self.written
    }

    /// The table.
    pub fn table(&self, cpu: &Cpu) -> Result<Vec<Scalar>, ProverError> {
        let mut table = vec![Scalar::ZERO; self.len()];
        let fill = |(at, out): (usize, &mut [Scalar])| self.fill(cpu, at * PIECE, out);
        table.par_chunks_mut(PIECE).enumerate().try_for_each(fill)?;
        Ok(table)
    }
}

/// The one form with a tensor, and the others.
fn with_tensor(forms: &[Form]) -> Option<(&Form, Vec<&Form>)> {
    let (with, others): (Vec<&Form>, Vec<&Form>) = forms.iter().partition(|form| form.tensor.is_some());
    let [form] = with.as_slice() else { return None };
    Some((form, others))
}

/// The vector as a product of vectors of as few entries as can be, the first over the most significant bits.
fn cut(vector: &Vector) -> Vec<Vector> {
    let mut parts = Vec::new();
    let mut rest = vector.clone();
    while let Some((outer, last)) = (1..rest.size.ilog2().max(1)).find_map(|bits| split(&rest, bits)) {
        parts.push(last);
        rest = outer;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

/// What a form without a tensor adds at each element, if its groups that depend on x are those of the axes.
fn constant(scope: &Scope<'_>, form: &Form, axes: &[&Vector], variables: usize) -> Option<Scalar> {
    let mut scale = Scalar::from(form.coefficient) * scope.challenges.unit(form.unit);
    let mut left = axes;
    for group in &form.groups {
        match left.split_first() {
            Some((axis, rest)) if **axis == group.vector => left = rest,
            _ => match scope.action(&group.vector, variables) {
                Action::Fixed(weights) => scale *= weights.iter().sum::<Scalar>(),
                _ => return None,
            },
        }
    }
    left.is_empty().then_some(scale)
}

/// A form without a tensor as a product of functions of bits of x.
struct Factors {
    scale: Scalar,
    /// The bits, and values by places.
    functions: Vec<(usize, Vec<(usize, Scalar)>)>,
}

impl Factors {
    /// None where x has bits that it does not depend on, for its values would repeat.
    fn new(scope: &Scope<'_>, form: &Form, variables: usize) -> Option<Self> {
        let mut scale = Scalar::from(form.coefficient) * scope.challenges.unit(form.unit);
        let (mut functions, mut used) = (Vec::new(), 0);
        for vector in form.groups.iter().flat_map(|group| cut(&group.vector)) {
            match scope.action(&vector, variables) {
                Action::Fixed(weights) => scale *= weights.iter().sum::<Scalar>(),
                Action::Scatter(Scatter { places, coefficients }) => {
                    let bits = mask(&vector, variables);
                    if bits == 0 {
                        scale *= coefficients.map_or(Scalar::ONE, |weights| weights.iter().sum());
                        continue;
                    }
                    used |= bits;
                    let weight = |i: usize| coefficients.as_ref().map_or(Scalar::ONE, |weights| weights[i]);
                    let values = places.into_iter().enumerate().map(|(i, place)| (place, weight(i)));
                    functions.push((bits, values.collect()));
                }
                Action::Spread(_) => return None,
            }
        }
        (used == (1 << variables) - 1).then_some(Self { scale, functions })
    }

    /// Whether no function looks at bits on both sides of the last `at`.
    fn may_cut(&self, at: usize) -> bool {
        self.functions.iter().all(|(bits, _)| bits >> at == 0 || bits & ((1 << at) - 1) == 0)
    }

    /// The functions of the last `inner` bits, of `outer` before them, and of the first.
    fn added(&self, variables: usize, outer: usize, inner: usize) -> Added {
        let of = |from: usize, count: usize| {
            let own = ((1usize << count) - 1) << from;
            let mut product = vec![Scalar::ONE; 1 << count];
            for (bits, values) in self.functions.iter().filter(|(bits, _)| bits & own != 0) {
                let mut by_place = std::collections::HashMap::new();
                values
                    .iter()
                    .for_each(|(place, value)| *by_place.entry(*place).or_insert(Scalar::ZERO) += value);
                for (x, product) in product.iter_mut().enumerate() {
                    *product *= by_place.get(&((x << from) & bits)).copied().unwrap_or_default();
                }
            }
            product
        };
        let mut first = of(outer + inner, variables - outer - inner);
        first.iter_mut().for_each(|value| *value *= self.scale);
        Added { first, outer: of(inner, outer), inner: of(0, inner) }
    }
}

/// eq with one more variable.
pub(crate) fn bind(prefix: &[Scalar], challenge: Scalar) -> Vec<Scalar> {
    let both = |weight: &Scalar| {
        let upper = *weight * challenge;
        [*weight - upper, upper]
    };
    prefix.iter().flat_map(both).collect()
}

/// The inner block of axes, of `most` bits if x may be cut there, and the axes outside it. `whole`: whether x may be cut so many bits from its end.
fn inner(mut axes: Vec<Axis>, most: usize, whole: &impl Fn(usize) -> bool) -> Option<(Axis, Vec<Axis>)> {
    let mut inner = axes.pop()?;
    let along = |axis: &Axis, step: usize| axis.offsets.iter().enumerate().all(|(i, at)| *at == i * step);
    if !along(&inner, 1) {
        return None;
    }
    while let Some(axis) = axes.pop() {
        let full = inner.bits + axis.bits > most && whole(inner.bits);
        // The first axes have a bit at least.
        if full || !along(&axis, 1 << inner.bits) || axes.is_empty() {
            axes.push(axis);
            break;
        }
        let pairs = || (0..axis.offsets.len()).flat_map(|i| (0..inner.offsets.len()).map(move |j| (i, j)));
        let offsets = pairs().map(|(i, j)| axis.offsets[i] + inner.offsets[j]).collect();
        let weighted = axis.weights.is_some() || inner.weights.is_some();
        let weights = weighted.then(|| pairs().map(|(i, j)| axis.weight(i) * inner.weight(j)).collect());
        inner = Axis { bits: axis.bits + inner.bits, offsets, weights };
    }
    whole(inner.bits).then_some((inner, axes))
}

/// The first axes, `wanted` bits or as many more as it takes to cut x there, and the others. `bits`: of all of these;
/// `after`: of x behind them.
fn first(
    mut axes: Vec<Axis>,
    bits: usize,
    after: usize,
    wanted: usize,
    whole: &impl Fn(usize) -> bool,
) -> Option<(Vec<Axis>, Vec<Axis>)> {
    let (mut count, mut own) = (0, 0);
    while own < wanted || !whole(after + bits - own) {
        let Some(axis) = axes.get(count) else { break };
        own += axis.bits;
        count += 1;
    }
    let outer = axes.split_off(count);
    Some((axes, outer))
}

/// Blocks with one more axis, its room a power of two.
fn enumerate(blocks: &[Option<(usize, Scalar)>], axis: &Axis) -> Vec<Option<(usize, Scalar)>> {
    let own = |block: &Option<(usize, Scalar)>, i: usize| {
        let (at, scale) = (*block)?;
        Some((at + axis.offsets.get(i)?, scale * axis.weight(i)))
    };
    blocks.iter().flat_map(|block| (0..1usize << axis.bits).map(move |i| own(block, i))).collect()
}

/// What lies between ascending offsets.
fn gaps(offsets: &[usize]) -> Vec<Range<usize>> {
    let pairs = offsets.windows(2).map(|pair| pair[0] + 1..pair[1]);
    pairs.filter(|gap| !gap.is_empty()).collect()
}
