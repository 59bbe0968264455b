//! Counts of classes: sums over samples of products of labels with answers.

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::value::Value;

/// Which of a group's counts: 1 at `index` of `width`.
pub(super) fn nth(index: usize, width: usize) -> Map {
    Map::Weighted((0..width).map(|other| i128::from(other == index)).collect())
}

impl Builder<'_> {
    /// right(g) = sum over i and a of l(i, g, a) s(i, a), labelled(g) = sum of l(i, g, a). `counts`: \[groups, 2\].
    pub fn hits(&mut self, column: &Value, selected: &Value, counts: &Value) -> Result<(), CompileError> {
        let mut operands = [
            Operand { value: column.clone(), maps: vec![Map::Contract(0), Map::Same(0), Map::Contract(1)] },
            Operand { value: selected.clone(), maps: vec![Map::Contract(0), Map::Contract(1)] },
            Operand { value: counts.clone(), maps: vec![Map::Same(0), nth(0, 2)] },
        ];
        let frame = self.fit(&counts.shape()[..1], 2, &mut operands)?;
        let statement = self.statement("right");
        self.product(statement, 1, &operands[0], &operands[1], &frame)?;
        self.linear(statement, 1, &operands[2], &frame)?;
        self.counted(column, counts, nth(1, 2))
    }

    /// The count that `which` selects of each group is its number of labelled rows.
    pub fn counted(&mut self, column: &Value, counts: &Value, which: Map) -> Result<(), CompileError> {
        let mut operands = [
            Operand { value: column.clone(), maps: vec![Map::Sum, Map::Same(0), Map::Sum] },
            Operand { value: counts.clone(), maps: vec![Map::Same(0), which] },
        ];
        let frame = self.fit(&counts.shape()[..1], 0, &mut operands)?;
        let statement = self.statement("labelled");
        self.linear(statement, 1, &operands[0], &frame)?;
        self.linear(statement, -1, &operands[1], &frame)
    }

    /// counts(g, a, b) = sum over i of l(i, g, a) s(i, b). `counts`: \[groups, classes, classes\].
    pub fn confusion(
        &mut self,
        column: &Value,
        selected: &Value,
        counts: &Value,
    ) -> Result<(), CompileError> {
        let mut operands = [
            Operand { value: column.clone(), maps: vec![Map::Contract(0), Map::Same(0), Map::Same(1)] },
            Operand { value: selected.clone(), maps: vec![Map::Contract(0), Map::Same(2)] },
            Operand::same(counts.clone()),
        ];
        let frame = self.fit(&counts.shape(), 1, &mut operands)?;
        let statement = self.statement("confusion");
        self.product(statement, 1, &operands[0], &operands[1], &frame)?;
        self.linear(statement, 1, &operands[2], &frame)
    }
}
