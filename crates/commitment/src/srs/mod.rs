//! Structured reference strings: \[tau^i\]_1 for 0 <= i <= n, \[1\]_2, \[tau\]_2 for a secret tau.
//!
//! One canonical file format ([`file`]), importers ([`ptau`], [`ignition`], [`halo2`]), an own ceremony
//! ([`ceremony`]) and one consistency check ([`check`]) that all of them end in.

pub mod ceremony;
pub mod check;
pub mod file;
pub mod halo2;
pub mod ignition;
pub mod lagrange;
pub mod points;
mod prepared;
pub mod ptau;
pub mod source;

use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, scalar_mul::ScalarMul};
use ark_ff::Field;
use zeroize::Zeroizing;
use zkattest_field::{G1, G1Projective, G2, G2Projective, Scalar, random_scalar};

use self::prepared::Prepared;
use crate::error::SrsError;
use crate::keccak256;

/// Domain of a string's digest.
pub const SRS_DOMAIN: &[u8] = b"zkattest-srs-v1";

/// Highest degree, so that 2^28 cells and a blinder fit: the largest published ceremony has power 28.
pub const MAX_DEGREE: u64 = (1 << 29) - 2;

/// Smallest Lagrange basis that a development string carries along; smaller ones are quick to compute.
const LAGRANGE_FROM: u32 = 10;

/// A structured reference string. All points are on their curves and have the right order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srs {
    /// \[tau^i\]_1, at least two.
    pub(crate) powers: Vec<G1>,
    /// \[tau\]_2.
    pub(crate) tau_g2: G2,
    /// Made on one machine for development: its owner may know tau.
    pub(crate) is_unsafe: bool,
    /// Where it comes from, for people.
    pub(crate) provenance: String,
    /// Lagrange bases over the 2^k-th roots of unity, by ascending k; a cache for halo2's files.
    pub(crate) lagrange: Vec<(u32, Vec<G1>)>,
    /// Powers ready for use.
    prepared: Prepared,
}

impl Srs {
    /// A string from its points, unchecked but for having two powers: end in [`Self::check`].
    pub(crate) fn from_points(powers: Vec<G1>, tau_g2: G2) -> Result<Self, SrsError> {
        if powers.len() < 2 {
            return Err(SrsError::TooSmall { needed: 1, available: powers.len().saturating_sub(1) as u64 });
        }
        Ok(Self {
            powers,
            tau_g2,
            is_unsafe: false,
            provenance: String::new(),
            lagrange: Vec::new(),
            prepared: Prepared::default(),
        })
    }

    /// A string of degree 2^`log2_size` whose tau is drawn here and dropped: marked unsafe.
    ///
    /// # Errors
    /// `log2_size` above 28; no randomness.
    pub fn development(log2_size: u32) -> Result<Self, SrsError> {
        if log2_size > 28 {
            return Err(SrsError::Range {
                section: "development string",
                what: "log2 of its size",
                least: 0,
                most: 28,
                found: u64::from(log2_size),
            });
        }
        let tau = Zeroizing::new(random_scalar()?);
        Ok(Self::from_secret(&tau, log2_size))
    }

    /// The unsafe string of a known tau (neither 0 nor 1).
    fn from_secret(tau: &Scalar, log2_size: u32) -> Self {
        let generator = G1Projective::generator();
        let degree = 1usize << log2_size;
        let exponents = Zeroizing::new(geometric(tau, degree + 1));
        let powers = generator.batch_mul(&exponents);
        let lagrange = (LAGRANGE_FROM..=log2_size)
            .map(|k| (k, generator.batch_mul(&Zeroizing::new(lagrange::at_secret(tau, k)))))
            .collect();
        Self {
            powers,
            tau_g2: (G2Projective::generator() * *tau).into_affine(),
            is_unsafe: true,
            provenance: "development".into(),
            lagrange,
            prepared: Prepared::default(),
        }
    }

    /// Highest power of tau.
    pub fn max_degree(&self) -> u64 {
        self.powers.len() as u64 - 1
    }

    /// \[tau^i\]_1.
    pub fn powers(&self) -> &[G1] {
        &self.powers
    }

    /// \[tau\]_2.
    pub fn tau_g2(&self) -> &G2 {
        &self.tau_g2
    }

    /// Whether its maker may know tau.
    pub fn is_unsafe(&self) -> bool {
        self.is_unsafe
    }

    /// Where it comes from.
    pub fn provenance(&self) -> &str {
        &self.provenance
    }

    /// The same string with another provenance.
    #[must_use]
    pub fn with_provenance(mut self, provenance: String) -> Self {
        self.provenance = provenance;
        self
    }

    /// The same string, marked unsafe or not.
    #[must_use]
    pub fn with_unsafe(mut self, is_unsafe: bool) -> Self {
        self.is_unsafe = is_unsafe;
        self
    }

    /// Its first powers, up to `degree`.
    ///
    /// # Errors
    /// It holds fewer, or `degree` is 0.
    pub fn prefix(&self, degree: u64) -> Result<Self, SrsError> {
        let count = self.count(degree)?;
        let fits = |k: u32| 1u64.checked_shl(k).is_some_and(|size| size <= count as u64);
        Ok(Self {
            powers: self.powers.iter().take(count).copied().collect(),
            tau_g2: self.tau_g2,
            is_unsafe: self.is_unsafe,
            provenance: self.provenance.clone(),
            lagrange: self.lagrange.iter().filter(|(k, _)| fits(*k)).cloned().collect(),
            prepared: Prepared::default(),
        })
    }

    /// Digest of the prefix of degree m = `degree`: keccak256(domain, m (8 bytes), \[tau\]_2, \[tau^m\]_1).
    ///
    /// \[tau\]_2 fixes tau and with it every point of a consistent string; m and \[tau^m\]_1 fix how far it is used.
    ///
    /// # Errors
    /// It holds fewer powers, or `degree` is 0.
    pub fn digest_at(&self, degree: u64) -> Result<[u8; 32], SrsError> {
        let count = self.count(degree)?;
        let top = self.powers.get(count - 1).copied().unwrap_or_default();
        Ok(keccak256(&[
            SRS_DOMAIN,
            &degree.to_be_bytes(),
            &points::encode_g2(&self.tau_g2),
            &points::encode_g1(&top),
        ]))
    }

    /// Number of powers up to `degree`, at least 2.
    fn count(&self, degree: u64) -> Result<usize, SrsError> {
        let too_small = SrsError::TooSmall { needed: degree.max(1), available: self.max_degree() };
        if degree == 0 || degree > self.max_degree() {
            return Err(too_small);
        }
        usize::try_from(degree + 1).map_err(|_| too_small)
    }
}

/// 1, x, x^2, ... (`count` of them).
pub(crate) fn geometric(x: &Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(Scalar::ONE), |power| Some(*power * x)).take(count).collect()
}

/// The generator of the second group.
pub(crate) fn g2_generator() -> G2 {
    G2::generator()
}

/// Whether the secret in this point is 0 or 1.
pub(crate) fn is_trivial(point: &G2) -> bool {
    *point == G2::generator() || point.is_zero()
}

#[cfg(test)]
mod tests;
