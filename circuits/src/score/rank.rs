//! Top-k: a labelled row is right where fewer than k outputs rank before its class's. Of equal outputs the higher index does.
//!
//! With t = sum over a of l(a) z(a), the labelled output (0 without a label), c_b = 1 iff d_b = z_b - t - 1 + (b > label) >= 0.
//! A bit c and q >= 0 with 2 c q = d + q + 1 - c are d >= 0 and q = d, or d < 0 and q = -d - 1. So again w = 1 iff
//! k - 1 - sum of c >= 0.

use zkattest_circuit::ir::Region;

use super::counts::nth;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Frame, Map, Operand};
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::value::Value;
use crate::witness::Fill;

/// Number of outputs that rank before output `class`.
pub(super) fn before(outputs: &[i64], class: usize) -> Option<usize> {
    let own = *outputs.get(class)?;
    let ahead = |(index, value): &(usize, &i64)| **value > own || (**value == own && *index > class);
    Some(outputs.iter().enumerate().filter(ahead).count())
}

/// Cells of comparisons d >= 0: the bit, and q's limbs.
#[derive(Debug, Clone)]
struct Comparison {
    cells: Value,
    flag: u32,
    rest: Limbs,
    limb: u32,
}

impl Comparison {
    fn flag(&self) -> Value {
        self.part(1, 0)
    }

    /// flag * c + rest * q.
    fn part(&self, flag: i128, rest: i128) -> Value {
        let mut weights = self.cells.weights.clone();
        weights[self.flag as usize] = flag;
        add_limbs(&mut weights, &self.rest, rest, self.limb);
        self.cells.with(weights, 0)
    }

    /// c (1 - c) = 0, and the statement `name` without d: 2 c q = q + 1 - c, to whose right side d + `less` is to be added, and
    /// whose constant is 1 - `less`.
    fn prove(
        &self,
        builder: &mut Builder<'_>,
        name: &'static str,
        frame: &Frame,
    ) -> Result<u32, CompileError> {
        let flag = self.flag();
        let rest = flag.with(flag.weights.iter().map(|weight| -weight).collect(), 1);
        builder.exclusive("flag", &flag, &rest)?;
        let statement = builder.statement(name);
        let same = Operand::same;
        builder.product(statement, 2, &same(flag), &same(self.part(0, 1)), frame)?;
        builder.linear(statement, 1, &same(self.part(-1, 1)), frame)?;
        Ok(statement)
    }

    fn fill(&self, cells: &mut crate::witness::Cells<'_>, element: usize, difference: i128) -> Option<()> {
        cells.put(self.flag, element, i128::from(difference >= 0))?;
        let rest = if difference >= 0 { difference } else { -difference - 1 };
        cells.limbs(&self.rest, element, rest)
    }
}

impl Builder<'_> {
    /// w \[samples\]: 1 where fewer than k of the `outputs` \[samples, classes\] rank before the one that l0 \[samples, 1, classes\]
    /// labels.
    pub fn ranked(&mut self, k: u32, outputs: &Value, labels: &Value) -> Result<Value, CompileError> {
        let (low, high) = outputs.range();
        let (least, most) = (low.min(0), high.max(0));
        let (batch, classes) = (self.options.batch, outputs.shape()[1]);
        let limb = self.limb();
        let elements = {
            let rest = 1..1 + limbs((high - least).max(most - low), limb);
            Comparison {
                cells: self.store(Region::Witness, rest.end, &[batch, classes])?,
                flag: 0,
                rest,
                limb,
            }
        };
        let label = 0..limbs(most - least, limb);
        let samples = {
            let most = k.saturating_sub(1).max(classes - k);
            let rest = label.end + 1..label.end + 1 + limbs(i128::from(most), limb);
            let cells = self.store(Region::Witness, rest.end, &[batch])?;
            Comparison { cells, flag: label.end, rest, limb }
        };
        let mut weights = samples.cells.weights.clone();
        add_limbs(&mut weights, &label, 1, limb);
        let labelled = samples.cells.with(weights, least);
        // t = sum over a of l z
        let mut operands = [
            Operand { value: labels.clone(), maps: vec![Map::Same(0), Map::Sum, Map::Contract(0)] },
            Operand { value: outputs.clone(), maps: vec![Map::Same(0), Map::Contract(0)] },
            Operand::same(labelled.clone()),
        ];
        let frame = self.fit(&[batch], 1, &mut operands)?;
        let statement = self.statement("label");
        self.product(statement, 1, &operands[0], &operands[1], &frame)?;
        self.linear(statement, 1, &operands[2], &frame)?;
        // d + 1 = z - t + (sum of l before this index)
        let prefix = Map::Affine(Affine {
            axis: 1,
            from: 0,
            to: classes,
            taps: classes,
            stride: 1,
            dilation: -1,
            offset: -1,
        });
        let mut operands = [
            Operand::same(outputs.clone()),
            Operand::same(labelled),
            Operand { value: labels.clone(), maps: vec![Map::Same(0), Map::Sum, prefix] },
            Operand::same(elements.flag()),
        ];
        let frame = self.fit(&[batch, classes], 0, &mut operands)?;
        let statement = elements.prove(self, "order", &frame)?;
        for (operand, coefficient) in operands.iter().take(3).zip([1, -1, 1]) {
            self.linear(statement, coefficient, operand, &frame)?;
        }
        // d + 1 = k - sum of c
        let counted = Operand { value: elements.flag(), maps: vec![Map::Same(0), Map::Sum] };
        let mut operands = [counted, Operand::constant(k.into()), Operand::same(samples.flag())];
        let frame = self.fit(&[batch], 0, &mut operands)?;
        let statement = samples.prove(self, "rank", &frame)?;
        for (operand, coefficient) in operands.iter().take(2).zip([-1, 1]) {
            self.linear(statement, coefficient, operand, &frame)?;
        }
        let flag = samples.flag();
        self.fill_ranks(k, outputs.source, (label, least), elements, samples);
        Ok(flag)
    }

    fn fill_ranks(
        &mut self,
        k: u32,
        source: crate::value::Source,
        (label, least): (Limbs, i128),
        elements: Comparison,
        samples: Comparison,
    ) {
        let tensor = |value: &Value| value.stored.as_ref().map_or(0, |stored| stored.tensor);
        // differences d of a row, and its labelled output
        let compare = |outputs: &[i64], class: Option<usize>| -> Option<(Vec<i128>, i128)> {
            let own = class.map_or(Some(0), |class| outputs.get(class).copied())?;
            let after = |index: usize| i128::from(class.is_some_and(|class| index > class));
            let differences = outputs.iter().enumerate();
            let differences =
                differences.map(|(index, value)| i128::from(*value) - i128::from(own) - 1 + after(index));
            Some((differences.collect(), i128::from(own)))
        };
        let cells = elements.clone();
        self.fills.push(Fill::of_row(tensor(&elements.cells), move |trace, rows, row, found| {
            let (differences, _) = compare(trace.of(source)?, rows.class(row))?;
            (differences.len() == found.elements()).then_some(())?;
            for (element, difference) in differences.into_iter().enumerate() {
                cells.fill(found, element, difference)?;
            }
            Some(())
        }));
        let cells = samples.clone();
        self.fills.push(Fill::of_row(tensor(&samples.cells), move |trace, rows, row, found| {
            let (differences, own) = compare(trace.of(source)?, rows.class(row))?;
            found.limbs(&label, 0, own - least)?;
            let ahead = differences.iter().filter(|difference| **difference >= 0).count();
            cells.fill(found, 0, i128::from(k) - 1 - i128::try_from(ahead).ok()?)
        }));
    }

    /// right(g) = sum over i and a of l(i, g, a) w(i), and the labelled rows. `counts`: \[groups, 2\].
    pub fn ranks(&mut self, column: &Value, right: &Value, counts: &Value) -> Result<(), CompileError> {
        let mut operands = [
            Operand { value: column.clone(), maps: vec![Map::Contract(0), Map::Same(0), Map::Sum] },
            Operand { value: right.clone(), maps: vec![Map::Contract(0)] },
            Operand { value: counts.clone(), maps: vec![Map::Same(0), nth(0, 2)] },
        ];
        let frame = self.fit(&counts.shape()[..1], 1, &mut operands)?;
        let statement = self.statement("right");
        self.product(statement, 1, &operands[0], &operands[1], &frame)?;
        self.linear(statement, 1, &operands[2], &frame)?;
        self.counted(column, counts, nth(1, 2))
    }
}
