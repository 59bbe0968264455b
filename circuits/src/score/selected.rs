//! The model's answer as a one-hot selection: the lowest index of the maximum. An output at least `cut` is one more
//! case: the maximum of (cut - 1, output), where equal ones are class 0.

use zkattest_circuit::ir::Region;

use super::{Score, Task};
use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::rescale::{add_limbs, limbs};
use crate::selection::Selection;
use crate::value::{Source, Value};
use crate::witness::Fill;

/// The outputs that a selection is made from.
pub(super) fn logits(task: Task, outputs: &[i64]) -> Vec<i64> {
    match task {
        Task::Sign { cut } => std::iter::once(cut.saturating_sub(1)).chain(outputs.iter().copied()).collect(),
        Task::Argmax | Task::Value => outputs.to_vec(),
    }
}

/// Lowest index of the maximum.
pub(super) fn lowest(logits: &[i64]) -> Option<usize> {
    crate::argmax::best(logits, 0, logits.len(), 1).map(|(index, _)| index)
}

/// Output 0 of an axis of size 1 is read by `class` alone.
fn only(class: u32) -> Map {
    let offset = -i64::from(class);
    Map::Affine(Affine { axis: 1, from: class, to: class + 1, taps: 1, stride: 1, dilation: 0, offset })
}

impl Builder<'_> {
    /// s \[samples, classes\]: 1 at the answer. `outputs`: \[samples, outputs\].
    pub fn answer(&mut self, score: &Score, outputs: &Value) -> Result<Value, CompileError> {
        let (task, classes, batch) = (score.task, score.labels.classes(), self.options.batch);
        let (mut low, mut high) = outputs.range();
        let elements = match task {
            Task::Sign { cut } => {
                let cut = i128::from(cut.checked_sub(1).ok_or(CompileError::Score { part: "cut" })?);
                (low, high) = (low.min(cut), high.max(cut));
                let mut other = Operand::constant(cut);
                other.value.digits.push(Vec::new());
                other.maps.push(only(0));
                let output = Operand { value: outputs.clone(), maps: vec![Map::Same(0), only(1)] };
                vec![output, other]
            }
            Task::Argmax | Task::Value => vec![Operand::same(outputs.clone())],
        };
        let limb = self.limb();
        let maximum = 0..limbs(high - low, limb).max(1);
        let mut most = self.store(Region::Witness, maximum.end, &[batch])?;
        add_limbs(&mut most.weights, &maximum, 1, limb);
        most.constant = low;
        let selection = Selection::new(self, &[batch, classes], 1, high - low)?;
        let follows = [Map::Same(0), Map::Sum];
        selection.prove(self, &elements, most.clone(), &follows, &[batch])?;
        self.fill_answer(task, outputs.source, (&most, low), &selection);
        Ok(selection.chosen())
    }

    fn fill_answer(
        &mut self,
        task: Task,
        source: Source,
        (most, low): (&Value, i128),
        selection: &Selection,
    ) {
        let tensor = |value: &Value| value.stored.as_ref().map_or(0, |stored| stored.tensor);
        let slots = 0..most.stored.as_ref().map_or(0, |stored| stored.slots);
        self.fills.push(Fill::new(None, tensor(most), move |trace, cells| {
            let most = logits(task, trace.of(source)?).into_iter().max()?;
            cells.limbs(&slots, 0, i128::from(most) - low)
        }));
        let own = selection.clone();
        self.fills.push(Fill::new(None, tensor(&selection.elements), move |trace, cells| {
            let logits = logits(task, trace.of(source)?);
            let index = lowest(&logits)?;
            let most = i128::from(*logits.get(index)?);
            (logits.len() == cells.elements()).then_some(())?;
            for (class, value) in logits.iter().enumerate() {
                let margin = most - i128::from(*value) - i128::from(class < index);
                own.fill(cells, class, class == index, margin)?;
            }
            Some(())
        }));
    }
}
