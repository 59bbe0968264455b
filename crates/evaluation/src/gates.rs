//! Gates as they are made: each defines one variable by two earlier ones, and equal definitions are made once.
//!
//! A variable is `product` v w + left v + right w of earlier variables v <= w, normed so that its first coefficient
//! is 1: what differs from it by a factor and a constant is a wire over it. Hence a product of wires, a sum, and eq of
//! two bits, 1 - x - y + 2 x y, take one gate each; a sum of such values of the same two variables is again one.

use std::collections::HashMap;

use ark_ff::{AdditiveGroup, Field};
use zkattest_field::Scalar;

use crate::error::EvaluationError;
use crate::wire::Wire;

/// Most gates of a table.
pub const MOST_GATES: usize = 1 << 20;

/// product v w + left v + right w.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Definition {
    pub v: u32,
    pub w: u32,
    pub product: Scalar,
    pub left: Scalar,
    pub right: Scalar,
}

/// Gates over some inputs, which are variables 0, 1, ..
pub struct Gates {
    inputs: u32,
    definitions: Vec<Definition>,
    /// Looked up only: its order never shows.
    known: HashMap<Definition, u32>,
    most: usize,
    /// A number of values, each of another gate, that is more than `most`; 0 before there was one.
    refused: usize,
}

impl Gates {
    /// No gates yet.
    pub fn new(inputs: u32) -> Self {
        Self { inputs, definitions: Vec::new(), known: HashMap::new(), most: MOST_GATES, refused: 0 }
    }

    /// Definitions of the variables after the inputs.
    pub(crate) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// # Errors
    /// There are more than a table may have: from then on gates are not made.
    pub fn check(&self) -> Result<(), EvaluationError> {
        let found = self.definitions.len().max(self.refused);
        if found >= self.most { Err(EvaluationError::Gates { found, most: self.most }) } else { Ok(()) }
    }

    /// Whether there may be room for so many values; if not, the table is given up before they take memory.
    pub(crate) fn admits(&mut self, count: usize) -> bool {
        if count > self.most {
            self.refused = self.refused.max(count);
        }
        count <= self.most
    }

    /// The definition of a variable; none of an input.
    pub(crate) fn definition(&self, variable: u32) -> Option<Definition> {
        let place = usize::try_from(variable.checked_sub(self.inputs)?).ok()?;
        self.definitions.get(place).copied()
    }

    /// product v w + left v + right w + constant.
    fn combination(&mut self, terms: Definition, constant: Scalar) -> Wire {
        let Definition { mut v, mut w, product, mut left, mut right } = terms;
        if v > w {
            (v, w, left, right) = (w, v, right, left);
        }
        if v == w {
            left += right;
            right = Scalar::ZERO;
        }
        let norm = if product != Scalar::ZERO {
            product
        } else if right == Scalar::ZERO {
            return Wire::affine(left, v, constant);
        } else if left == Scalar::ZERO {
            return Wire::affine(right, w, constant);
        } else {
            left
        };
        // 1 and -1 are most of them.
        let inverse = if norm == Scalar::ONE || norm == -Scalar::ONE {
            norm
        } else {
            norm.inverse().unwrap_or(Scalar::ZERO)
        };
        let [product, left, right] = [product, left, right].map(|value| value * inverse);
        let definition = Definition { v, w, product, left, right };
        let variable = match self.known.get(&definition) {
            Some(variable) => *variable,
            None => {
                if self.definitions.len() >= self.most {
                    return Wire::ZERO;
                }
                let place = u32::try_from(self.definitions.len()).unwrap_or(u32::MAX);
                let variable = self.inputs.saturating_add(place);
                self.definitions.push(definition);
                self.known.insert(definition, variable);
                variable
            }
        };
        Wire::affine(norm, variable, constant)
    }

    /// product x y + left x + right y + constant, in one gate.
    pub fn bilinear(&mut self, (x, y): (Wire, Wire), [product, left, right, constant]: [Scalar; 4]) -> Wire {
        let terms = Definition {
            v: x.variable,
            w: y.variable,
            product: product * x.scale * y.scale,
            left: (product * y.offset + left) * x.scale,
            right: (product * x.offset + right) * y.scale,
        };
        let constant = product * x.offset * y.offset + left * x.offset + right * y.offset + constant;
        // A constant has no variable.
        if x.scale == Scalar::ZERO {
            return Wire::affine(terms.right, y.variable, constant);
        }
        if y.scale == Scalar::ZERO {
            return Wire::affine(terms.left, x.variable, constant);
        }
        self.combination(terms, constant)
    }

    /// x y.
    pub fn product(&mut self, x: Wire, y: Wire) -> Wire {
        self.bilinear((x, y), [Scalar::ONE, Scalar::ZERO, Scalar::ZERO, Scalar::ZERO])
    }

    /// x + y.
    pub fn sum(&mut self, x: Wire, y: Wire) -> Wire {
        let constant = x.offset + y.offset;
        if x.scale == Scalar::ZERO {
            return y.shifted(x.offset);
        }
        if y.scale == Scalar::ZERO {
            return x.shifted(y.offset);
        }
        if x.variable == y.variable {
            return Wire::affine(x.scale + y.scale, x.variable, constant);
        }
        let (of_x, of_y) = (self.definition(x.variable), self.definition(y.variable));
        // Both functions of the same two variables, or one of them a variable of the other's definition.
        if let (Some(a), Some(b)) = (of_x, of_y)
            && (a.v, a.w) == (b.v, b.w)
        {
            let add = |a: Scalar, b: Scalar| a * x.scale + b * y.scale;
            let (product, left, right) =
                (add(a.product, b.product), add(a.left, b.left), add(a.right, b.right));
            return self.combination(Definition { product, left, right, ..a }, constant);
        }
        for (definition, whole, part) in [(of_x, x, y), (of_y, y, x)] {
            let Some(Definition { v, w, product, left, right }) = definition else {
                continue;
            };
            let [product, mut left, mut right] = [product, left, right].map(|value| value * whole.scale);
            if part.variable == v {
                left += part.scale;
            } else if part.variable == w {
                right += part.scale;
            } else {
                continue;
            }
            return self.combination(Definition { v, w, product, left, right }, constant);
        }
        let terms =
            Definition { v: x.variable, w: y.variable, product: Scalar::ZERO, left: x.scale, right: y.scale };
        self.combination(terms, constant)
    }

    /// x - y.
    pub fn difference(&mut self, x: Wire, y: Wire) -> Wire {
        self.sum(x, y.scaled(-Scalar::ONE))
    }

    /// The sum of any number of wires.
    pub fn total(&mut self, wires: impl IntoIterator<Item = Wire>) -> Wire {
        wires.into_iter().fold(Wire::ZERO, |sum, wire| self.sum(sum, wire))
    }

    /// The sum of products, over the shorter one's length.
    pub fn dot(&mut self, x: &[Wire], y: &[Wire]) -> Wire {
        x.iter().zip(y).fold(Wire::ZERO, |sum, (x, y)| {
            let product = self.product(*x, *y);
            self.sum(sum, product)
        })
    }

    /// x, x^2, .. x^count.
    pub fn powers(&mut self, x: Wire, count: usize) -> Vec<Wire> {
        let mut powers: Vec<Wire> = Vec::with_capacity(count);
        for _ in 0..count {
            let next = powers.last().map_or(x, |last| self.product(*last, x));
            powers.push(next);
        }
        powers
    }
}
