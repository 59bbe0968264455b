//! Values in a table of gates: affine functions of one variable, so that constants, signs and 1 - x take no gate.

use ark_ff::{AdditiveGroup, Field};
use zkattest_field::Scalar;

/// scale * variable + offset; a constant has scale 0 and variable 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wire {
    pub(crate) scale: Scalar,
    pub(crate) variable: u32,
    pub(crate) offset: Scalar,
}

impl Wire {
    /// 0.
    pub const ZERO: Self = Self::constant(Scalar::ZERO);
    /// 1.
    pub const ONE: Self = Self::constant(Scalar::ONE);

    /// A constant.
    pub const fn constant(value: Scalar) -> Self {
        Self { scale: Scalar::ZERO, variable: 0, offset: value }
    }

    /// A variable itself.
    pub const fn variable(variable: u32) -> Self {
        Self { scale: Scalar::ONE, variable, offset: Scalar::ZERO }
    }

    /// scale * variable + offset.
    pub(crate) fn affine(scale: Scalar, variable: u32, offset: Scalar) -> Self {
        if scale == Scalar::ZERO { Self::constant(offset) } else { Self { scale, variable, offset } }
    }

    /// Its value if it is a constant.
    pub fn value(self) -> Option<Scalar> {
        (self.scale == Scalar::ZERO).then_some(self.offset)
    }

    /// by * self.
    pub fn scaled(self, by: Scalar) -> Self {
        Self::affine(self.scale * by, self.variable, self.offset * by)
    }

    /// self + by.
    pub fn shifted(self, by: Scalar) -> Self {
        Self { offset: self.offset + by, ..self }
    }

    /// 1 - self.
    pub fn complement(self) -> Self {
        self.scaled(-Scalar::ONE).shifted(Scalar::ONE)
    }
}
