//! The lowest index of a maximum along an axis, as a selection s of one element: what argmax and scores share.
//!
//! g_i = M - x_i - 1 + sum over j <= i of s_j >= 0 by its limbs, s_i g_i = 0 and sum of s = 1. At the selected index
//! g = M - x = 0; before it x <= M - 1, after it x <= M. See `argmax/README.md`.

use zkattest_circuit::ir::Region;

use crate::builder::Builder;
use crate::error::CompileError;
use crate::frame::{Affine, Map, Operand};
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::value::Value;
use crate::witness::Cells;

/// Cells of a selection along an axis of `classes`.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Per element: slot 0 is s, then the limbs of g.
    pub elements: Value,
    margin: Limbs,
    /// The axis, the sample axis counted.
    axis: usize,
    pub classes: u32,
    limb: u32,
}

impl Selection {
    /// Cells of a selection from elements of `sizes`, the sample axis first, whose values differ by at most `span`.
    pub fn new(
        builder: &mut Builder<'_>,
        sizes: &[u32],
        axis: usize,
        span: i128,
    ) -> Result<Self, CompileError> {
        let limb = builder.limb();
        // M - x - 1, plus 1 from the selected index on: at most the span
        let margin = 1..1 + limbs(span, limb).max(1);
        // the axis is read through a prefix sum, and nothing can be copied
        let elements = builder.store_as(Region::Witness, margin.end, sizes, true)?;
        Ok(Self { elements, margin, axis, classes: sizes[axis], limb })
    }

    /// s.
    pub fn chosen(&self) -> Value {
        let mut weights = self.elements.weights.clone();
        weights[0] = 1;
        self.elements.with(weights, 0)
    }

    fn margin(&self) -> Value {
        let mut weights = self.elements.weights.clone();
        add_limbs(&mut weights, &self.margin, 1, self.limb);
        self.elements.with(weights, 0)
    }

    /// The three statements. `x`: what the elements are the sum of, each following the elements' axes. `maximum`: M, whose axes
    /// are those of `outputs`. `follows`: how the elements' axes follow the outputs'; the axis itself is summed.
    pub fn prove(
        &self,
        builder: &mut Builder<'_>,
        x: &[Operand],
        maximum: Value,
        follows: &[Map],
        outputs: &[u32],
    ) -> Result<(), CompileError> {
        let sizes = self.elements.shape();
        let same: Vec<Map> = (0..sizes.len()).map(Map::Same).collect();
        // g = M - x - 1 + (s up to and with this index)
        let mut repeats: Vec<Map> = vec![Map::Sum; maximum.digits.len()];
        for (position, map) in follows.iter().enumerate() {
            if let Map::Same(output) = map {
                repeats[*output] = Map::Same(position);
            }
        }
        let mut prefix = same.clone();
        prefix[self.axis] = Map::Affine(Affine {
            axis: self.axis,
            from: 0,
            to: self.classes,
            taps: self.classes,
            stride: 1,
            dilation: -1,
            offset: 0,
        });
        let margin = self.margin();
        let margin = margin.with(margin.weights.clone(), 1);
        let mut operands =
            vec![Operand { value: margin, maps: same }, Operand { value: maximum, maps: repeats }];
        operands.extend(x.iter().cloned());
        operands.push(Operand { value: self.chosen(), maps: prefix });
        let frame = builder.fit(&sizes, 0, &mut operands)?;
        let statement = builder.statement("margin");
        let coefficients = [1, -1].into_iter().chain(x.iter().map(|_| 1)).chain([-1]);
        for (operand, coefficient) in operands.iter().zip(coefficients) {
            builder.linear(statement, coefficient, operand, &frame)?;
        }
        builder.exclusive("selected", &self.chosen(), &self.margin())?;
        // one s is 1: they are non-negative integers, and too few for their sum to wrap
        let mut operands = [Operand { value: self.chosen(), maps: follows.to_vec() }, Operand::constant(1)];
        let frame = builder.fit(outputs, 0, &mut operands)?;
        let statement = builder.statement("one");
        for (operand, coefficient) in operands.iter().zip([1, -1]) {
            builder.linear(statement, coefficient, operand, &frame)?;
        }
        Ok(())
    }

    /// Set the cells of one element.
    pub fn fill(&self, cells: &mut Cells<'_>, element: usize, chosen: bool, margin: i128) -> Option<()> {
        cells.put(0, element, i128::from(chosen))?;
        cells.limbs(&self.margin, element, margin)
    }
}
