//! Forms: each to a scale and its blocks (step 6), then to row weights (step 8).

use std::collections::BTreeMap;
use std::rc::Rc;

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::geometry::offsets;
use zkattest_circuit::ir::{Circuit, Form, Group, Kind, Point, Region, Vector};
use zkattest_circuit::{Blocks, Challenges, eq_table, index};
use zkattest_field::Scalar;

use crate::claims::Combination;
use crate::closed::{self, BitProduct};
use crate::rows::{RowWeights, dot};

/// Most values of vectors that are kept for other forms, 32 MB.
const KEPT_VALUES: usize = 1 << 20;

/// A form over cells of rows, times everything of it that does not depend on z.
struct Weighted<'a> {
    region: Region,
    blocks: Blocks<'a>,
    variables: usize,
    scale: Scalar,
}

/// All forms of a combination: cells' weights and the public constant.
pub struct Expansion<'a> {
    circuit: &'a Circuit,
    challenges: &'a Challenges,
    public: Vec<Scalar>,
    forms: Vec<Weighted<'a>>,
    constant: Scalar,
    kept: BTreeMap<(&'a Vector, usize), Rc<[Scalar]>>,
    room: usize,
}

/// Consecutive entries of a leading group whose blocks are consecutive too.
struct Run {
    entry: usize,
    length: usize,
    block: u64,
}

/// A leading group: its values, and where they are.
struct Leading {
    values: Values,
    runs: Vec<Run>,
}

/// Values of a leading group.
enum Values {
    /// One by one.
    Whole(Rc<[Scalar]>),
    /// Value i is high\[i >> bits\] * low\[i mod 2^bits\]: never multiplied out, for the sum over the low half comes
    /// first.
    Split { high: Vec<Scalar>, low: Vec<Scalar>, bits: u32 },
}

impl<'a> Expansion<'a> {
    /// Expands every functional and statement with a weight.
    pub fn new(
        circuit: &'a Circuit,
        challenges: &'a Challenges,
        public: &[i64],
        combination: &Combination,
    ) -> Self {
        let mut expansion = Self {
            circuit,
            challenges,
            public: public.iter().map(|value| Scalar::from(*value)).collect(),
            forms: Vec::new(),
            constant: combination.constant,
            kept: BTreeMap::new(),
            room: KEPT_VALUES,
        };
        for (functional, weight) in circuit.functionals.iter().zip(&combination.functionals) {
            // Also skips functionals of no term, which may have more variables than rho has coordinates.
            if *weight != Scalar::ZERO {
                let variables = usize::from(functional.variables);
                functional.forms.iter().for_each(|form| expansion.add(form, variables, *weight));
            }
        }
        for (statement, weight) in circuit.statements.iter().zip(&combination.statements) {
            statement.forms.iter().for_each(|form| expansion.add(form, 0, *weight));
        }
        expansion
    }

    /// The public part of the sum of all claims.
    pub fn constant(&self) -> Scalar {
        self.constant
    }

    /// Adds the weights at z of all forms' rows.
    pub fn weigh(mut self, weights: &mut RowWeights<'_>) {
        for form in std::mem::take(&mut self.forms) {
            let mut scale = form.scale;
            let bits: u32 = form.blocks.inner.iter().map(|(_, bits)| bits).sum();
            let mut rest = weights.last_coordinates(bits);
            for (group, bits) in &form.blocks.inner {
                let Some((own, after)) = rest.split_at_checked(index(*bits)) else {
                    break;
                };
                scale *= self.inner(&group.vector, form.variables, own);
                rest = after;
            }
            let first = weights.first_block(form.region, form.blocks.log_block, form.blocks.first);
            let leading = self.leading(&form.blocks, form.variables);
            let buckets = weights.buckets(form.blocks.log_block);
            enumerate(&leading, first, scale, &mut |values, block, scale| buckets.add(values, block, scale));
        }
    }

    /// Adds weight * form.
    fn add(&mut self, form: &'a Form, variables: usize, weight: Scalar) {
        let mut scale = weight * Scalar::from(form.coefficient) * self.challenges.unit(form.unit);
        for Group { vector, .. } in form.groups.iter().filter(|group| group.axes == 0) {
            scale *= closed::sum(vector, self.circuit, self.challenges, variables, None)
                .unwrap_or_else(|| self.values(vector, variables).iter().sum());
        }
        let Some(tensor) = form.tensor else {
            self.constant += scale;
            return;
        };
        // A validated circuit has the tensor, and groups that fit it.
        let Some(tensor) = self.circuit.tensors.get(index(tensor)) else {
            return;
        };
        let Some(blocks) = form.blocks(tensor, self.circuit.log_row) else {
            return;
        };
        if tensor.region == Region::Public {
            self.add_public(&blocks, variables, scale);
        } else {
            self.forms.push(Weighted { region: tensor.region, blocks, variables, scale });
        }
    }

    /// Public cells are known: the whole form is a constant.
    fn add_public(&mut self, blocks: &Blocks<'a>, variables: usize, scale: Scalar) {
        let leading = self.leading(blocks, variables);
        let public = &self.public;
        let mut sum = Scalar::ZERO;
        enumerate(&leading, blocks.first, scale, &mut |values, cell, scale| {
            let cells = usize::try_from(cell).ok().and_then(|cell| public.get(cell..)).unwrap_or_default();
            sum += scale * dot(values, cells);
        });
        self.constant += sum;
    }

    /// Inner product of a vector with eq(at, .).
    fn inner(&mut self, vector: &'a Vector, variables: usize, at: &[Scalar]) -> Scalar {
        closed::sum(vector, self.circuit, self.challenges, variables, Some(at)).unwrap_or_else(|| {
            let values = self.values(vector, variables);
            dot(&values, &eq_table(at, values.len()))
        })
    }

    fn leading(&mut self, blocks: &Blocks<'a>, variables: usize) -> Vec<Leading> {
        let mut leading = Vec::with_capacity(blocks.leading.len());
        let mut groups = blocks.leading.iter().peekable();
        while let Some((Group { vector, .. }, axes)) = groups.next() {
            let runs = runs(&offsets(axes));
            let split =
                if groups.peek().is_none() { self.split(vector, variables, runs.len()) } else { None };
            let values = split.unwrap_or_else(|| Values::Whole(self.values(vector, variables)));
            leading.push(Leading { values, runs });
        }
        leading
    }

    /// The last leading group's vector in halves, where it has long runs and is a product over bits.
    fn split(&self, vector: &Vector, variables: usize, runs: usize) -> Option<Values> {
        // Below this the products that splitting adds to each run outweigh those that it saves.
        const SHORTEST_RUN: usize = 16;
        if runs.saturating_mul(SHORTEST_RUN) > index(vector.size) {
            return None;
        }
        let bits = vector.size.checked_ilog2()?.div_ceil(2);
        let product = BitProduct::new(vector, self.circuit, self.challenges, variables, index(bits))?;
        let (high, low) = product.split(index(bits))?;
        Some(Values::Split { high, low, bits })
    }

    /// A vector's values, computed once for all forms that share it.
    fn values(&mut self, vector: &'a Vector, variables: usize) -> Rc<[Scalar]> {
        // Vectors of r alone do not depend on the functional.
        let variables = if uses_rho(vector) { variables } else { 0 };
        if let Some(values) = self.kept.get(&(vector, variables)) {
            return Rc::clone(values);
        }
        let values: Rc<[Scalar]> = vector.evaluate(self.circuit, self.challenges, variables).into();
        if let Some(room) = self.room.checked_sub(values.len()) {
            self.room = room;
            self.kept.insert((vector, variables), Rc::clone(&values));
        }
        values
    }
}

fn uses_rho(vector: &Vector) -> bool {
    vector.factors.iter().any(|factor| match &factor.kind {
        Kind::Eq(slice) | Kind::Affine { slice, .. } => slice.point == Point::Rho,
        Kind::Window { .. } => true,
        Kind::Constants(_) | Kind::Table(_) => false,
    })
}

/// Splits blocks, in the order of their entries, into runs.
fn runs(blocks: &[u64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (entry, block) in blocks.iter().enumerate() {
        match runs.last_mut() {
            Some(run)
                if u64::try_from(run.length).ok().and_then(|n| run.block.checked_add(n)) == Some(*block) =>
            {
                run.length = run.length.saturating_add(1);
            }
            _ => runs.push(Run { entry, length: 1, block: *block }),
        }
    }
    runs
}

/// Takes (values, first block, scale) of consecutive blocks: block first + i weighs scale * values\[i\].
type Visit<'v> = dyn FnMut(&[Scalar], u64, Scalar) + 'v;

/// Visits all blocks of these groups: those of the last group, for every entry of the others.
fn enumerate(groups: &[Leading], block: u64, scale: Scalar, visit: &mut Visit<'_>) {
    match groups {
        [] => visit(&[Scalar::ONE], block, scale),
        [last] => last.visit(block, scale, visit),
        [first, rest @ ..] => first.visit(block, scale, &mut |values, block, scale| {
            for (value, block) in values.iter().zip(block..) {
                enumerate(rest, block, scale * value, visit);
            }
        }),
    }
}

impl Leading {
    /// Visits the blocks of this group alone.
    fn visit(&self, block: u64, scale: Scalar, visit: &mut Visit<'_>) {
        for run in &self.runs {
            let block = block.saturating_add(run.block);
            let end = run.entry.saturating_add(run.length);
            match &self.values {
                Values::Whole(values) => {
                    visit(values.get(run.entry..end).unwrap_or_default(), block, scale);
                }
                Values::Split { high, low, bits } => {
                    let mut entry = run.entry;
                    let mut block = block;
                    while entry < end {
                        let upper = entry.checked_shr(*bits).unwrap_or(0);
                        let start = entry.saturating_sub(upper.checked_shl(*bits).unwrap_or(0));
                        let rest = low.get(start..).unwrap_or_default();
                        // At least one entry a turn: this ends whatever the tables' lengths are.
                        let taken = rest.len().min(end.saturating_sub(entry)).max(1);
                        let values = rest.get(..taken).unwrap_or_default();
                        let factor = high.get(upper).copied().unwrap_or(Scalar::ZERO);
                        visit(values, block, scale * factor);
                        entry = entry.saturating_add(taken);
                        block = block.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
                    }
                }
            }
        }
    }
}
