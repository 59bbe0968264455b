//! Single operations on [`Lanes`] in memory: what the differential tests drive with adversarial limbs.

use super::Ifma;
use super::lanes::{self, V};
use super::pack::{load_lanes, store_lanes};
use crate::Lanes;
use ark_ff::MontConfig;

/// An operation on limb planes; bounds as documented in [`lanes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaneOperation {
    /// a b / R.
    Multiply,
    /// a^2 / R; b is ignored.
    Square,
    /// a + b.
    Add,
    /// a - b + 4 p, for b below 4 p.
    Subtract,
    /// a in \[0, p), for a below 8 p; b is ignored.
    Canonical,
}

impl Ifma {
    /// One operation on eight elements.
    pub fn apply<C: MontConfig<4>>(self, operation: PlaneOperation, a: &Lanes, b: &Lanes) -> Lanes {
        let mut out = [*a];
        self.apply_all::<C>(operation, &[*a], &[*b], &mut out);
        out[0]
    }

    /// One operation on many vectors, as many as the shortest slice has.
    pub fn apply_all<C: MontConfig<4>>(
        self,
        operation: PlaneOperation,
        a: &[Lanes],
        b: &[Lanes],
        out: &mut [Lanes],
    ) {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { apply_all::<C>(operation, a, b, out) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn apply_all<C: MontConfig<4>>(operation: PlaneOperation, a: &[Lanes], b: &[Lanes], out: &mut [Lanes]) {
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        let (x, y): (V, V) = (load_lanes(a), load_lanes(b));
        let result = match operation {
            PlaneOperation::Multiply => lanes::multiply::<C>(x, y),
            PlaneOperation::Square => lanes::square::<C>(x),
            PlaneOperation::Add => lanes::add(x, y),
            PlaneOperation::Subtract => lanes::sub::<C>(x, y, 4),
            PlaneOperation::Canonical => lanes::canonical::<C>(x),
        };
        store_lanes(result, out);
    }
}
