//! Counts that stay hidden, their quotients, and the sums of these that reach public thresholds.
//!
//! With numerator N and denominator D of a ratio, sums of counts: D = r + v + 1 and 2^16 N = q D + r with q, r, v >= 0 by their
//! limbs. So D >= 1, r < D, and q = floor(2^16 N / D). A clause is the sum of w q - t = s >= 0.

use zkattest_circuit::limits::MAX_PARTS;

use super::tally::Tally;
use super::{Bounds, Score, Weights};
use crate::builder::{Builder, number};
use crate::error::CompileError;
use crate::frame::{Affine, Frame, Map, Operand};
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::value::{Value, regroup, whole};
use crate::witness::Fill;

/// Bits after the point of a quotient.
const POINT: u32 = 16;
/// Sums of counts stay below this in size: products with quotients and weights are then far below the field's order.
const MOST: i128 = 1 << 80;

/// Cells of all ratios: slots of q, r and v.
struct Quotients {
    cells: Value,
    quotient: Limbs,
    remainder: Limbs,
    rest: Limbs,
    limb: u32,
}

impl Quotients {
    fn part(&self, parts: &[&Limbs], constant: i128) -> Value {
        let mut weights = self.cells.weights.clone();
        for limbs in parts {
            add_limbs(&mut weights, limbs, 1, self.limb);
        }
        self.cells.with(weights, constant)
    }
}

/// A value's flat elements are summed with weights for output `output` of axis 0 alone.
fn summed(value: &Value, weights: Vec<i128>, output: usize) -> Operand {
    let from = number(output);
    let offset = -i64::from(from);
    let only = Affine { axis: 0, from, to: from + 1, taps: 1, stride: 1, dilation: 0, offset };
    let digits = vec![value.digits.concat(), Vec::new()];
    let value = Value { digits, ..value.clone() };
    Operand { value, maps: vec![Map::Weighted(weights), Map::Affine(only)] }
}

/// Range of a weighted sum of items with the given ranges; None from [`MOST`] on.
fn range(weights: &Weights, ranges: &[(i128, i128)]) -> Option<(i128, i128)> {
    let (mut low, mut high) = (0i128, 0i128);
    for (index, weight) in weights {
        let (from, to) = *ranges.get(usize::from(*index))?;
        let ends = [from.checked_mul((*weight).into())?, to.checked_mul((*weight).into())?];
        low = low.checked_add(ends[0].min(ends[1]))?;
        high = high.checked_add(ends[0].max(ends[1]))?;
    }
    (low.abs() < MOST && high.abs() < MOST).then_some((low, high))
}

/// Weights of `count` items from `first` on; None where all are zero.
fn dense(weights: &Weights, first: usize, count: usize) -> Option<Vec<i128>> {
    let mut dense = vec![0; count];
    for (index, weight) in weights {
        if let Some(item) = usize::from(*index).checked_sub(first).and_then(|index| dense.get_mut(index)) {
            *item = i128::from(*weight);
        }
    }
    dense.iter().any(|weight| *weight != 0).then_some(dense)
}

/// Entries of the vectors of a weighted sum over items that come in groups of `sizes`: of each group that it has.
fn entries(weights: &Weights, sizes: &[usize]) -> usize {
    let (mut sum, mut first) = (0usize, 0);
    for size in sizes {
        let own = first..first + size;
        if weights.iter().any(|(index, _)| own.contains(&usize::from(*index))) {
            sum = sum.saturating_add(*size);
        }
        first += size;
    }
    sum
}

impl Bounds {
    /// Refuse what no circuit has room for before it is built (vectors have an entry for each item, zeros too): a score of
    /// some kilobytes would be gigabytes of vectors.
    fn check_size(&self, score: &Score) -> Result<(), CompileError> {
        let width = score.width() as usize;
        let columns: Vec<usize> = score.groups().iter().map(|groups| *groups as usize * width).collect();
        let sums = self.ratios.iter().flat_map(|ratio| [&ratio.numerator, &ratio.denominator]);
        let mut all = self.clauses.len().saturating_mul(self.ratios.len());
        for weights in sums {
            all = all.saturating_add(entries(weights, &columns));
            if all > MAX_PARTS {
                break;
            }
        }
        if all > MAX_PARTS {
            return Err(CompileError::Score { part: "number of bounds" });
        }
        Ok(())
    }

    fn most(&self) -> i128 {
        (1 << self.quotient_bits) - 1
    }

    /// Range of a clause's sum.
    fn reach(&self, clause: &Weights) -> Option<(i128, i128)> {
        range(clause, &vec![(0, self.most()); self.ratios.len()])
    }

    /// Complete a tally with quotients and slacks.
    pub(super) fn settle(&self, tally: &mut Tally, thresholds: &[i64]) -> Result<(), CompileError> {
        let expected = self.clauses.len();
        if thresholds.len() != expected {
            return Err(CompileError::Thresholds { expected, found: thresholds.len() });
        }
        let sum = |weights: &Weights, items: &[i128]| -> i128 {
            weights.iter().map(|(index, weight)| items[usize::from(*index)] * i128::from(*weight)).sum()
        };
        let mut quotients = Vec::new();
        for (ratio, of) in self.ratios.iter().enumerate() {
            let (numerator, denominator) =
                (sum(&of.numerator, &tally.counts) << POINT, sum(&of.denominator, &tally.counts));
            if denominator < 1 {
                return Err(CompileError::Denominator { ratio });
            }
            let quotient = numerator.div_euclid(denominator);
            if !(0..=self.most()).contains(&quotient) {
                return Err(CompileError::Quotient { ratio });
            }
            let remainder = numerator.rem_euclid(denominator);
            tally.remainders.push((remainder, denominator - 1 - remainder));
            quotients.push(quotient);
        }
        for (clause, (weights, threshold)) in self.clauses.iter().zip(thresholds).enumerate() {
            let threshold = i128::from(*threshold);
            if self.reach(weights).is_none_or(|(least, _)| threshold < least) {
                return Err(CompileError::Threshold { clause });
            }
            let slack = sum(weights, &quotients) - threshold;
            if slack < 0 {
                return Err(CompileError::Bound { clause });
            }
            tally.slacks.push(slack);
        }
        tally.quotients = quotients;
        tally.public = thresholds.to_vec();
        Ok(())
    }
}

impl Builder<'_> {
    /// Cells for one column's counts of `shape`, each in `range`. `first`: how many counts come before.
    pub fn hidden(
        &mut self,
        shape: &[u32],
        range: (i128, i128),
        first: usize,
    ) -> Result<Value, CompileError> {
        let count: u32 = shape.iter().product();
        let limb = self.limb();
        let slots = 0..limbs(range.1 - range.0, limb).max(1);
        let mut cells = self.store_flat(slots.end, count)?;
        add_limbs(&mut cells.weights, &slots, 1, limb);
        let tensor = cells.stored.as_ref().map_or(0, |stored| stored.tensor);
        self.fills.push(Fill::of_batch(tensor, move |tally, cells| {
            let counts = tally.counts.get(first..first + cells.elements())?;
            for (element, value) in counts.iter().enumerate() {
                cells.limbs(&slots, element, value - range.0)?;
            }
            Some(())
        }));
        let digits = regroup(&whole(count, 0), shape).ok_or(CompileError::Geometry)?;
        Ok(Value { digits, constant: range.0, ..cells })
    }

    /// The quotients, and the clauses that they reach. `counts`: of each column, all in `ranges` one after the other.
    pub fn bounds(
        &mut self,
        score: &Score,
        bounds: &Bounds,
        counts: &[Value],
        ranges: &[(i128, i128)],
    ) -> Result<(), CompileError> {
        bounds.check_size(score)?;
        let fail = CompileError::Score { part: "bounds" };
        let of = |weights: &Weights| range(weights, ranges).ok_or_else(|| fail.clone());
        let mut most = 1;
        for ratio in &bounds.ratios {
            of(&ratio.numerator)?;
            most = of(&ratio.denominator)?.1.max(most);
        }
        let limb = self.limb();
        let take = |from: u32, most: i128| from..from + limbs(most, limb);
        let quotient = take(0, bounds.most());
        let remainder = take(quotient.end, most - 1);
        let rest = take(remainder.end, most - 1);
        let ratios = number(bounds.ratios.len());
        let cells = self.store_flat(rest.end, ratios)?;
        let found = Quotients { cells, quotient, remainder, rest, limb };
        let tensor = found.cells.stored.as_ref().map_or(0, |stored| stored.tensor);
        let parts = (found.quotient.clone(), found.remainder.clone(), found.rest.clone());
        self.fills.push(Fill::of_batch(tensor, move |tally, cells| {
            let ratios = tally.quotients.iter().zip(&tally.remainders).enumerate();
            for (element, (quotient, (remainder, rest))) in ratios {
                cells.limbs(&parts.0, element, *quotient)?;
                cells.limbs(&parts.1, element, *remainder)?;
                cells.limbs(&parts.2, element, *rest)?;
            }
            Some(())
        }));
        self.divide(score, bounds, counts, &found)?;
        self.clauses(bounds, &found)
    }

    /// D = r + v + 1 and 2^16 N = q D + r, for each ratio.
    fn divide(
        &mut self,
        score: &Score,
        bounds: &Bounds,
        counts: &[Value],
        found: &Quotients,
    ) -> Result<(), CompileError> {
        let shape = [number(bounds.ratios.len())];
        let denominator = found.part(&[&found.remainder, &found.rest], 1);
        let mut operands = [
            Operand::same(denominator),
            Operand::same(found.part(&[&found.quotient], 0)),
            Operand::same(found.part(&[&found.remainder], 0)),
        ];
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement("denominator");
        self.linear(statement, 1, &operands[0], &frame)?;
        for (ratio, of) in bounds.ratios.iter().enumerate() {
            self.weigh(statement, -1, score, counts, (&of.denominator, ratio), &frame)?;
        }
        let statement = self.statement("quotient");
        self.product(statement, 1, &operands[1], &operands[0], &frame)?;
        self.linear(statement, -1, &operands[2], &frame)?;
        for (ratio, of) in bounds.ratios.iter().enumerate() {
            self.weigh(statement, 1 << POINT, score, counts, (&of.numerator, ratio), &frame)?;
        }
        Ok(())
    }

    /// Add coefficient * (weighted counts) to a statement's right side, at one output.
    fn weigh(
        &mut self,
        statement: u32,
        coefficient: i128,
        score: &Score,
        counts: &[Value],
        (weights, output): (&Weights, usize),
        frame: &Frame,
    ) -> Result<(), CompileError> {
        let mut first = 0;
        for (value, groups) in counts.iter().zip(score.groups()) {
            let count = groups as usize * score.width() as usize;
            if let Some(dense) = dense(weights, first, count) {
                let flat = Value { digits: vec![whole(number(count), 0)], ..value.clone() };
                self.linear(statement, coefficient, &summed(&flat, dense, output), frame)?;
            }
            first += count;
        }
        Ok(())
    }

    /// The sum of w q - t = s for each clause; t are the public integers.
    fn clauses(&mut self, bounds: &Bounds, found: &Quotients) -> Result<(), CompileError> {
        let fail = || CompileError::Score { part: "bounds" };
        let mut most = 0;
        for clause in &bounds.clauses {
            let (low, high) = bounds.reach(clause).ok_or_else(fail)?;
            most = (high - low).max(most);
        }
        let limb = self.limb();
        let slots = 0..limbs(most, limb).max(1);
        let shape = [number(bounds.clauses.len())];
        let mut slack = self.store_flat(slots.end, shape[0])?;
        add_limbs(&mut slack.weights, &slots, 1, limb);
        let tensor = slack.stored.as_ref().map_or(0, |stored| stored.tensor);
        self.fills.push(Fill::of_batch(tensor, move |tally, cells| {
            for (element, slack) in tally.slacks.iter().enumerate() {
                cells.limbs(&slots, element, *slack)?;
            }
            Some(())
        }));
        let thresholds = self.public(&shape)?;
        let mut operands = [Operand::same(slack), Operand::same(thresholds)];
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement("clause");
        for operand in &operands {
            self.linear(statement, -1, operand, &frame)?;
        }
        let quotient = found.part(&[&found.quotient], 0);
        for (clause, weights) in bounds.clauses.iter().enumerate() {
            if let Some(dense) = dense(weights, 0, bounds.ratios.len()) {
                self.linear(statement, 1, &summed(&quotient, dense, clause), &frame)?;
            }
        }
        Ok(())
    }
}
