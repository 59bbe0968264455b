//! A functional's table in the first rounds of sum-check 1, computed from small cells piece by piece: what
//! [`crate::streamed`] is for range lookups, for functionals that are one tensor's elements, or these and a constant,
//! times a product of one weight for each axis.
//!
//! Axes of such a tensor are summed with fixed weights (*slots*), or their index is a run of x's bits. The first
//! variables number the outermost of these, the *first* axis. The last ones that lie side by side in memory with room
//! of powers of two are the *inner* block; those between are *outer*.

use crate::ProverError;
use crate::rows::{Rows, Source};
use crate::scope::{Action, Scatter, Scope, mask};
use crate::small::index;
use crate::tables::group_offsets;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::ops::Range;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Form, Functional, Vector};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

#[cfg(test)]
mod tests;

/// log2 of the longest tables worth writing down: 8 MB.
const WRITTEN: usize = 18;

/// log2 of the least inner block: below, weights cost more than cells.
const LEAST_INNER: usize = 4;

/// Entries in a unit of work.
pub(crate) const PIECE: usize = 4096;

/// A table with k variables bound, k at most the first axis' variables.
pub(crate) struct Pieces<'a> {
    cells: &'a [i16],
    /// Cells from the tensor's base, and weights.
    slots: Vec<(usize, Scalar)>,
    /// Added to the slots' sum at each element.
    constant: Scalar,
    /// Added by forms without a tensor that run over other indices: by the bits of x after the first axis', times
    /// the first axis' weight.
    added: Option<Vec<Scalar>>,
    first: Axis,
    /// By number of the outer block: where it lies and its weight; none where an index is none of an axis.
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

impl<'a> Pieces<'a> {
    /// None where the table is short, or the functional is of another form: then it is written down at once.
    /// `written` is log2 of the longest tables to be written down, by default [`WRITTEN`].
    pub fn new(
        scope: &Scope<'_>,
        rows: &'a Rows<'_>,
        functional: &Functional,
        written: Option<usize>,
    ) -> Option<Self> {
        let (variables, written) = (usize::from(functional.variables), written.unwrap_or(WRITTEN));
        if variables <= written {
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
            let action = scope.action(&group.vector, variables);
            let offsets = group_offsets(tensor, &strides, axis, usize::from(group.axes));
            axis += usize::from(group.axes);
            match action {
                Action::Fixed(weights) if group.axes == 0 => {
                    let sum: Scalar = weights.iter().sum();
                    slots.iter_mut().for_each(|(_, weight)| *weight *= sum);
                }
                Action::Fixed(weights) => {
                    let real: Vec<(usize, Scalar)> =
                        offsets.into_iter().zip(weights).filter(|(_, w)| *w != Scalar::ZERO).collect();
                    slots = slots
                        .iter()
                        .flat_map(|(at, scale)| real.iter().map(move |(own, w)| (at + own, *scale * w)))
                        .collect();
                }
                Action::Scatter(Scatter { places, coefficients }) if group.axes > 0 => {
                    let bits = places.len().next_power_of_two().trailing_zeros() as usize;
                    free = free.checked_sub(bits)?;
                    if places.iter().enumerate().any(|(i, place)| *place != i << free) {
                        return None;
                    }
                    axes.push(Axis { bits, offsets, weights: coefficients });
                    vectors.push(&group.vector);
                }
                _ => return None,
            }
        }
        if free > 0 || axes.len() < 2 {
            return None;
        }
        let (mut constant, mut added) = (Scalar::ZERO, None);
        let rest = variables - axes[0].bits;
        for form in others {
            match self::constant(scope, form, &vectors, variables) {
                Some(own) => constant += own,
                None => add_form(scope, form, vectors[0], variables, rest, &mut added)?,
            }
        }
        let first = axes.remove(0);
        let (inner, outer) = inner(axes)?;
        let outer = outer.iter().fold(vec![Some((0, Scalar::ONE))], |blocks, axis| enumerate(&blocks, axis));
        let Axis { bits: inner_bits, offsets, weights } = inner;
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

    /// Entries of the table.
    pub fn len(&self) -> usize {
        ((1 << self.first.bits) / self.prefix.len() * self.outer.len()) << self.inner_bits
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
        let Some(added) = &self.added else { return Ok(()) };
        let left = (1 << self.first.bits) / self.prefix.len();
        let (number, outer) = (number / self.outer.len(), number % self.outer.len());
        let weight = |(y, weight): (usize, &Scalar)| {
            let i = y * left + number;
            (i < self.first.offsets.len()).then(|| *weight * self.first.weight(i))
        };
        let scale: Scalar = self.prefix.iter().enumerate().filter_map(weight).sum();
        let start = (outer << self.inner_bits) + within;
        for (sum, own) in out.iter_mut().zip(&added[start..]).filter(|(_, own)| **own != Scalar::ZERO) {
            *sum += scale * own;
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
        let left = (1 << self.first.bits) / self.prefix.len();
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
        for (y, weight) in self.prefix.iter().enumerate() {
            let i = y * left + number;
            let Some(own) = self.first.offsets.get(i) else { break };
            let weight = scale * weight * self.first.weight(i);
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

    /// Whether the table is short enough, or no variable of the first axis is left.
    pub fn is_short(&self) -> bool {
        self.prefix.len() == 1 << self.first.bits || self.len() <= 1 << self.written
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

/// Longest list of a form's values by the bits of x after the first axis': 8 MB.
const MOST_ADDED: usize = 1 << 18;

/// Adds a form without a tensor, whose first group that depends on x is that of the first axis, by the last `rest`
/// bits of x.
fn add_form(
    scope: &Scope<'_>,
    form: &Form,
    first: &Vector,
    variables: usize,
    rest: usize,
    added: &mut Option<Vec<Scalar>>,
) -> Option<()> {
    let room = 1usize.checked_shl(u32::try_from(rest).ok()?).filter(|room| *room <= MOST_ADDED)?;
    let mut entries = vec![(0usize, Scalar::from(form.coefficient) * scope.challenges.unit(form.unit))];
    let (mut found, mut used) = (false, 0);
    for group in &form.groups {
        if !found && group.vector == *first {
            found = true;
            continue;
        }
        match scope.action(&group.vector, variables) {
            Action::Fixed(weights) => {
                let sum: Scalar = weights.iter().sum();
                entries.iter_mut().for_each(|(_, weight)| *weight *= sum);
            }
            Action::Scatter(Scatter { places, coefficients }) => {
                used |= mask(&group.vector, variables);
                let weight = |i: usize| coefficients.as_ref().map_or(Scalar::ONE, |weights| weights[i]);
                entries = entries
                    .iter()
                    .flat_map(|(at, scale)| {
                        places.iter().enumerate().map(move |(i, place)| (at | place, *scale * weight(i)))
                    })
                    .collect();
            }
            Action::Spread(_) => return None,
        }
    }
    // All bits, or values would repeat.
    if !found || used != room - 1 {
        return None;
    }
    let added = added.get_or_insert_with(|| vec![Scalar::ZERO; room]);
    entries.into_iter().for_each(|(at, weight)| added[at] += weight);
    Some(())
}

/// eq with one more variable.
pub(crate) fn bind(prefix: &[Scalar], challenge: Scalar) -> Vec<Scalar> {
    let both = |weight: &Scalar| {
        let upper = *weight * challenge;
        [*weight - upper, upper]
    };
    prefix.iter().flat_map(both).collect()
}

/// The inner block of axes, and the axes outside it.
fn inner(mut axes: Vec<Axis>) -> Option<(Axis, Vec<Axis>)> {
    let mut inner = axes.pop()?;
    let along = |axis: &Axis, step: usize| axis.offsets.iter().enumerate().all(|(i, at)| *at == i * step);
    if !along(&inner, 1) {
        return None;
    }
    while let Some(axis) = axes.pop() {
        if !along(&axis, 1 << inner.bits) {
            axes.push(axis);
            break;
        }
        let pairs = || (0..axis.offsets.len()).flat_map(|i| (0..inner.offsets.len()).map(move |j| (i, j)));
        let offsets = pairs().map(|(i, j)| axis.offsets[i] + inner.offsets[j]).collect();
        let weighted = axis.weights.is_some() || inner.weights.is_some();
        let weights = weighted.then(|| pairs().map(|(i, j)| axis.weight(i) * inner.weight(j)).collect());
        inner = Axis { bits: axis.bits + inner.bits, offsets, weights };
    }
    Some((inner, axes))
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
