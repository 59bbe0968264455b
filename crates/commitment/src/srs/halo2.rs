//! halo2 KZG parameter files (`.srs` of ezkl), in its `RawBytes` format.
//!
//! k (4 bytes little-endian), \[tau^i\]_1 for 0 <= i < 2^k, the Lagrange basis over the 2^k-th roots of unity,
//! \[1\]_2, \[tau\]_2; points are uncompressed little-endian Montgomery.

use std::io::{Read, Seek};

use super::file::in_range;
use super::points::{Encoding, G1_BYTES, G2_BYTES, montgomery_g1, montgomery_g2};
use super::source::Source;
use super::{Srs, g2_generator};
use crate::error::SrsError;

const HEADER: &str = "halo2 header";
const POWERS: &str = "halo2 g";
const LAGRANGE: &str = "halo2 g_lagrange";
const G2: &str = "halo2 g2, s_g2";
const MAX_K: u64 = 28;

/// The string in a file, up to `max_degree` where given, unchecked as a whole.
///
/// # Errors
/// Truncated, trailing, k out of range, bad points, a \[1\]_2 that is not the generator.
pub fn read<R: Read + Seek>(source: &mut Source<R>, max_degree: Option<u64>) -> Result<Srs, SrsError> {
    let k = u32::from_le_bytes(source.array(HEADER)?);
    in_range(HEADER, "k", u64::from(k), 1, MAX_K)?;
    let bytes = (1u64 << k) * G1_BYTES as u64;
    let expected = 2 * bytes + 2 * G2_BYTES as u64;
    if source.left() < expected {
        return Err(SrsError::Truncated { section: POWERS, expected, found: source.left() });
    }
    let powers = Encoding::Montgomery.g1_list(&source.take(bytes, POWERS)?, POWERS, 0)?;
    let basis = Encoding::Montgomery.g1_list(&source.take(bytes, LAGRANGE)?, LAGRANGE, 0)?;
    if Encoding::Montgomery.g2(&source.array(G2)?, G2, 0)? != g2_generator() {
        return Err(SrsError::NotGenerator { section: G2, index: 0 });
    }
    let tau_g2 = Encoding::Montgomery.g2(&source.array(G2)?, G2, 1)?;
    source.finish("halo2 file")?;
    let mut srs = Srs::from_points(powers, tau_g2)?;
    srs.lagrange.push((k, basis));
    max_degree.map_or_else(|| Ok(srs.clone()), |degree| srs.prefix(degree))
}

impl Srs {
    /// The bytes of a halo2 parameter file for circuits of 2^k rows.
    ///
    /// # Errors
    /// k out of range, or fewer than 2^k powers.
    pub fn halo2_bytes(&self, k: u32) -> Result<Vec<u8>, SrsError> {
        in_range(HEADER, "k", u64::from(k), 1, MAX_K)?;
        let basis = self.lagrange_basis(k)?;
        let mut bytes = Vec::with_capacity(4 + 2 * basis.len() * G1_BYTES + 2 * G2_BYTES);
        bytes.extend_from_slice(&k.to_le_bytes());
        let Some(powers) = self.powers.get(..basis.len()) else {
            return Err(SrsError::TooSmall { needed: basis.len() as u64 - 1, available: self.max_degree() });
        };
        for point in powers.iter().chain(&basis) {
            bytes.extend_from_slice(&montgomery_g1(point));
        }
        bytes.extend_from_slice(&montgomery_g2(&g2_generator()));
        bytes.extend_from_slice(&montgomery_g2(&self.tau_g2));
        Ok(bytes)
    }

    /// The same string without cached Lagrange bases.
    #[must_use]
    pub fn without_lagrange(mut self) -> Self {
        self.lagrange.clear();
        self
    }
}
