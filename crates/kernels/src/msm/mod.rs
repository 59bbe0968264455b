//! Multi-scalar multiplication over G1 with vectorised affine buckets.
//!
//! Pippenger's buckets over signed digits; the points of each bucket are summed as a tree of affine additions
//! that share inversions ([`crate::simd::points`]). Full-width scalars are halved first by the curve's
//! endomorphism ([`glv`]). Tasks are (window, range of points) pairs on the current rayon pool.
//!
//! Running time depends on the scalars: this is for one's own secrets on one's own machine.

#[cfg(target_arch = "x86_64")]
mod buckets;
pub mod glv;
mod values;

pub use values::ByValue;

use crate::KernelError;
use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::VariableBaseMSM;

/// Scalars of one width.
#[derive(Debug, Clone, Copy)]
pub enum Scalars<'a> {
    /// Signed bytes.
    I8(&'a [i8]),
    /// Signed 16-bit integers.
    I16(&'a [i16]),
    /// Signed 32-bit integers.
    I32(&'a [i32]),
    /// Integers from 0 to 2^bits - 1, `bits` at most 15: a window less than for signed ones of that type.
    Unsigned {
        /// The integers.
        cells: &'a [i16],
        /// Bits of each.
        bits: u32,
    },
    /// Field elements.
    Full(&'a [Fr]),
}

impl Scalars<'_> {
    /// Number of scalars.
    pub fn len(&self) -> usize {
        match self {
            Self::I8(s) => s.len(),
            Self::I16(s) => s.len(),
            Self::I32(s) => s.len(),
            Self::Unsigned { cells, .. } => cells.len(),
            Self::Full(s) => s.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same scalars as field elements.
    pub fn to_field(&self) -> Vec<Fr> {
        match self {
            Self::I8(s) => s.iter().map(|v| Fr::from(*v)).collect(),
            Self::I16(s) | Self::Unsigned { cells: s, .. } => s.iter().map(|v| Fr::from(*v)).collect(),
            Self::I32(s) => s.iter().map(|v| Fr::from(*v)).collect(),
            Self::Full(s) => s.to_vec(),
        }
    }
}

/// As many scalars as bases, each in its declared range.
fn check(bases: usize, scalars: &Scalars<'_>) -> Result<(), KernelError> {
    if bases != scalars.len() {
        return Err(KernelError::Length { expected: bases, found: scalars.len() });
    }
    let Scalars::Unsigned { cells, bits } = *scalars else { return Ok(()) };
    // Negative ones have high bits, too.
    match cells.iter().position(|cell| bits > 15 || i32::from(*cell) >> bits != 0) {
        Some(index) => Err(KernelError::Range { bits, index }),
        None => Ok(()),
    }
}

/// sum scalars\[i\] bases\[i\] by arkworks.
///
/// # Errors
/// [`KernelError::Length`] where there are not as many scalars as bases; [`KernelError::Range`] for a scalar
/// that is wider than declared.
pub fn reference(bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
    check(bases.len(), &scalars)?;
    let full = match scalars {
        Scalars::Full(full) => std::borrow::Cow::Borrowed(full),
        _ => std::borrow::Cow::Owned(scalars.to_field()),
    };
    Ok(G1Projective::msm_unchecked(bases, &full))
}

/// Bases made ready for vectorised buckets, to be used many times: 64 bytes a point, and as much again for
/// its image under the endomorphism, if asked for.
///
/// Bases must be points of the curve; infinity is allowed.
#[derive(Clone)]
pub struct Bases {
    #[cfg(target_arch = "x86_64")]
    packed: Option<buckets::Packing>,
    /// Empty where they are packed.
    points: Vec<G1Affine>,
}

impl std::fmt::Debug for Bases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bases").field("points", &self.len()).finish()
    }
}

impl Bases {
    /// Bases for scalars of any width.
    pub fn new(points: &[G1Affine]) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = crate::simd::Ifma::detect() {
            let packed = Some(buckets::Packing::new(ifma, points, true));
            return Self { packed, points: Vec::new() };
        }
        Self::portable(points)
    }

    /// Without vector instructions, even where the processor has them: for tests and comparisons.
    pub fn portable(points: &[G1Affine]) -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            packed: None,
            points: points.to_vec(),
        }
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(packing) = &self.packed {
            return packing.len();
        }
        self.points.len()
    }

    /// Base i, if there is one.
    pub fn get(&self, i: usize) -> Option<G1Affine> {
        #[cfg(target_arch = "x86_64")]
        if let Some(packing) = &self.packed {
            return packing.get(i);
        }
        self.points.get(i).copied()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// sum scalars\[i\] bases\[i\] for the first bases, as many as scalars.
    ///
    /// # Errors
    /// [`KernelError::Length`] where there are more scalars than bases; [`KernelError::Range`] for a scalar
    /// that is wider than declared.
    pub fn msm(&self, scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
        let n = scalars.len();
        if n > self.len() {
            return Err(KernelError::Length { expected: self.len(), found: n });
        }
        check(n, &scalars)?;
        #[cfg(target_arch = "x86_64")]
        if let Some(packing) = &self.packed {
            return Ok(packing.msm(scalars));
        }
        reference(&self.points[..n], scalars)
    }
}

/// sum scalars\[i\] bases\[i\], the fastest way that this processor has. For bases used again, [`Bases`].
///
/// # Errors
/// [`KernelError::Length`] where there are not as many scalars as bases; [`KernelError::Range`] for a scalar
/// that is wider than declared.
pub fn msm(bases: &[G1Affine], scalars: Scalars<'_>) -> Result<G1Projective, KernelError> {
    check(bases.len(), &scalars)?;
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = crate::simd::Ifma::detect() {
        let with_images = matches!(scalars, Scalars::Full(_));
        return Ok(buckets::Packing::new(ifma, bases, with_images).msm(scalars));
    }
    reference(bases, scalars)
}
