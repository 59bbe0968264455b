//! Regression: sums over labelled rows of the error's size and square, and of the target and its square.
//!
//! e = output 2^output_shift - y 2^target_shift = p - n with p n = 0, hence |e| = p + n.

use zkattest_circuit::ir::Region;

use super::Score;
use super::counts::nth;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::operators::{scaled, sum};
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::value::Value;
use crate::witness::Fill;

/// Number of a group's counts: labelled, and sums of |e|, e^2, y', y'^2.
pub(super) const COUNTS: usize = 5;

/// The two sides of e and y' of one row.
pub(super) fn parts(score: &Score, output: i64, target: i64) -> (i128, i128) {
    let target = i128::from(target) << score.target_shift;
    ((i128::from(output) << score.output_shift) - target, target)
}

/// Range of e.
fn range(score: &Score, output: &Value, target: &Value) -> (i128, i128) {
    let output = scaled(output.range(), 1 << score.output_shift);
    sum(output, scaled(target.range(), -(1 << score.target_shift)))
}

/// Ranges of a group's counts over `rows` rows.
pub(super) fn ranges(score: &Score, rows: u32, output: &Value, target: &Value) -> Vec<(i128, i128)> {
    let most = |(low, high): (i128, i128)| low.abs().max(high.abs());
    let (error, label) = (most(range(score, output, target)), most(target.range()) << score.target_shift);
    let rows = i128::from(rows);
    [(0, 1), (0, error), (0, error * error), (-label, label), (0, label * label)]
        .map(|(low, high)| (low * rows, high * rows))
        .to_vec()
}

impl Builder<'_> {
    /// |e| \[samples\]. `output`: \[samples, 1\]; `target`: y \[samples\].
    pub fn sizes_of_errors(
        &mut self,
        score: &Score,
        output: &Value,
        target: &Value,
    ) -> Result<Value, CompileError> {
        let (low, high) = range(score, output, target);
        let limb = self.limb();
        let above: Limbs = 0..limbs(high.max(0), limb);
        let below: Limbs = above.end..above.end + limbs((-low).max(0), limb);
        let batch = self.options.batch;
        let cells = self.store(Region::Witness, below.end, &[batch])?;
        let part = |limbs: &Limbs, other: &Limbs, sign: i128| {
            let mut weights = cells.weights.clone();
            add_limbs(&mut weights, limbs, 1, limb);
            add_limbs(&mut weights, other, sign, limb);
            cells.with(weights, 0)
        };
        self.exclusive("sign", &part(&above, &(0..0), 0), &part(&below, &(0..0), 0))?;
        let output = Operand { value: output.clone(), maps: vec![Map::Same(0), Map::Sum] };
        let mut operands = [Operand::same(part(&above, &below, -1)), output, Operand::same(target.clone())];
        let frame = self.fit(&[batch], 0, &mut operands)?;
        let statement = self.statement("error");
        let coefficients = [1, -(1 << score.output_shift), 1 << score.target_shift];
        for (operand, coefficient) in operands.iter().zip(coefficients) {
            self.linear(statement, coefficient, operand, &frame)?;
        }
        let (source, score) = (operands[1].value.source, score.clone());
        let tensor = cells.stored.as_ref().map_or(0, |stored| stored.tensor);
        let (p, n) = (above.clone(), below.clone());
        self.fills.push(Fill::of_row(tensor, move |trace, rows, row, cells| {
            let (error, _) = parts(&score, *trace.of(source)?.first()?, rows.value(row)?);
            cells.limbs(&p, 0, error.max(0))?;
            cells.limbs(&n, 0, (-error).max(0))
        }));
        Ok(part(&above, &below, 1))
    }

    /// The five counts of each group. `counts`: \[groups, 5\].
    pub fn errors(
        &mut self,
        score: &Score,
        column: &Value,
        (sizes, target): (&Value, &Value),
        counts: &Value,
    ) -> Result<(), CompileError> {
        self.counted(column, counts, nth(0, COUNTS))?;
        let shift = score.target_shift;
        for (index, (name, value, power, scale)) in [
            ("absolute", sizes, 1, 1),
            ("square", sizes, 2, 1),
            ("target", target, 1, 1 << shift),
            ("target square", target, 2, 1 << (2 * shift)),
        ]
        .into_iter()
        .enumerate()
        {
            let mut operands = [
                Operand { value: column.clone(), maps: vec![Map::Contract(0), Map::Same(0), Map::Sum] },
                Operand { value: value.clone(), maps: vec![Map::Contract(0)] },
                Operand { value: counts.clone(), maps: vec![Map::Same(0), nth(1 + index, COUNTS)] },
            ];
            let frame = self.fit(&counts.shape()[..1], 1, &mut operands)?;
            let [column, value, counts] = operands;
            let (column, value) = ([(1, column)], [(1, value)]);
            let factors: [&[(i128, Operand)]; 3] = [&column, &value, &value];
            let statement = self.statement(name);
            self.multiply(statement, scale, &factors[..1 + power], &frame)?;
            self.linear(statement, 1, &counts, &frame)?;
        }
        Ok(())
    }
}
