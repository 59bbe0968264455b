//! The Lagrange basis of a string over the 2^k-th roots of unity, as halo2's parameter files hold it.
//!
//! L_j = \[l_j(tau)\]_1 with l_j(w^i) = 1 if i = j else 0. From the powers: L = (1/n) * DFT with w^-1, in the group.

use std::ops::{Add, MulAssign, Sub};

use ark_ec::CurveGroup;
use ark_ff::{BigInteger, FftField, Field, PrimeField, batch_inversion};
use rayon::prelude::*;
use zkattest_field::{G1, G1Projective, Scalar};

use super::Srs;
use crate::error::SrsError;

/// Two-adicity of r - 1.
const TWO_ADICITY: u32 = Scalar::TWO_ADICITY;

/// The primitive 2^k-th root of unity that halo2 uses: 7^((r-1)/2^28), squared 28 - k times. 7 generates the
/// multiplicative group of F_r; other libraries start from 5, which gives another order of the basis.
pub(crate) fn root_of_unity(k: u32) -> Scalar {
    let mut exponent = Scalar::MODULUS;
    exponent.sub_with_borrow(&1u64.into());
    for _ in 0..TWO_ADICITY {
        exponent.div2();
    }
    let mut root = Scalar::from(7u64).pow(exponent);
    for _ in k..TWO_ADICITY {
        root.square_in_place();
    }
    root
}

/// Values on the roots of unity to coefficients, in place; a power-of-two number of them.
pub(crate) fn interpolate(values: &mut [Scalar]) {
    transform(values, inverse_root(values.len()));
    let scale = inverse_size(values.len());
    values.iter_mut().for_each(|value| *value *= scale);
}

/// l_j(tau) for all j, from the secret: (tau^n - 1) w^j / (n (tau - w^j)).
pub(crate) fn at_secret(tau: &Scalar, k: u32) -> Vec<Scalar> {
    let size = 1usize << k;
    let roots = super::geometric(&root_of_unity(k), size);
    let factor = (tau.pow([size as u64]) - Scalar::ONE) * inverse_size(size);
    // tau is a root of unity with probability 2^-226; then every value is 0 and the check of the string fails.
    let mut values: Vec<Scalar> = roots.iter().map(|root| *tau - root).collect();
    batch_inversion(&mut values);
    values.iter_mut().zip(&roots).for_each(|(value, root)| *value *= factor * root);
    values
}

impl Srs {
    /// The same string with its Lagrange basis of size 2^k carried along.
    ///
    /// # Errors
    /// See [`Self::lagrange_basis`].
    pub fn with_lagrange(mut self, k: u32) -> Result<Self, SrsError> {
        if self.lagrange.iter().all(|(size, _)| *size != k) {
            let basis = self.lagrange_basis(k)?;
            self.lagrange.push((k, basis));
            self.lagrange.sort_by_key(|(size, _)| *size);
        }
        Ok(self)
    }

    /// The Lagrange basis of size 2^k: the cached one, or computed from the powers (about n log n / 2 scalar
    /// multiplications: seconds at k = 14, a minute at k = 18).
    ///
    /// # Errors
    /// It holds fewer than 2^k powers.
    pub fn lagrange_basis(&self, k: u32) -> Result<Vec<G1>, SrsError> {
        if let Some((_, basis)) = self.lagrange.iter().find(|(size, _)| *size == k) {
            return Ok(basis.clone());
        }
        let size = 1u64.checked_shl(k).unwrap_or(u64::MAX);
        let too_small = SrsError::TooSmall { needed: size.saturating_sub(1), available: self.max_degree() };
        let Some(powers) = usize::try_from(size).ok().and_then(|size| self.powers.get(..size)) else {
            return Err(too_small);
        };
        let mut basis: Vec<G1Projective> = powers.iter().map(|point| (*point).into()).collect();
        let (root, scale) = (inverse_root(powers.len()), inverse_size(powers.len()));
        transform(&mut basis, root);
        basis.par_iter_mut().for_each(|point| *point *= scale);
        Ok(G1Projective::normalize_batch(&basis))
    }
}

fn inverse_root(size: usize) -> Scalar {
    root_of_unity(size.trailing_zeros()).inverse().unwrap_or(Scalar::ONE)
}

fn inverse_size(size: usize) -> Scalar {
    Scalar::from(size as u64).inverse().unwrap_or(Scalar::ONE)
}

/// X_j = sum_i x_i root^(ij), in place: radix 2, decimation in time. `values` has a power-of-two length and
/// `root` that order. Works on scalars and on points alike.
fn transform<T>(values: &mut [T], root: Scalar)
where
    T: Copy + Send + Sync + Add<Output = T> + Sub<Output = T> + MulAssign<Scalar>,
{
    let size = values.len();
    if size < 2 {
        return;
    }
    let shift = usize::BITS - size.trailing_zeros();
    for index in 0..size {
        let mirrored = index.reverse_bits() >> shift;
        if index < mirrored {
            values.swap(index, mirrored);
        }
    }
    let twiddles = super::geometric(&root, size / 2);
    let mut half = 1;
    while half < size {
        let stride = size / (2 * half);
        values.par_chunks_mut(2 * half).for_each(|chunk| {
            let (low, high) = chunk.split_at_mut(half);
            low.par_iter_mut().zip(high).enumerate().with_min_len(64).for_each(|(index, (a, b))| {
                let mut turned = *b;
                if index != 0 {
                    turned *= twiddles[index * stride];
                }
                *b = *a - turned;
                *a = *a + turned;
            });
        });
        half *= 2;
    }
}
