//! The own file format, canonical: one string, one byte sequence; nothing may trail. Integers big-endian.
//!
//! | bytes | content |
//! | --- | --- |
//! | 4 | `ZKSR` |
//! | 2 | version, 1 |
//! | 1 | unsafe flag, 0 or 1 |
//! | 4, length | provenance, UTF-8, at most 4096 bytes |
//! | 8 | highest degree n |
//! | 64 (n+1) | \[tau^i\]_1, canonical |
//! | 128, 128 | \[1\]_2, \[tau\]_2, canonical |
//! | 1 | number of Lagrange bases |
//! | (1 + 64 * 2^k) each | k, ascending, and the basis over the 2^k-th roots of unity |

use std::io::{Read, Seek};

use super::points::{Encoding, G1_BYTES, G2_BYTES, encode_g1, encode_g2};
use super::prepared::Prepared;
use super::source::Source;
use super::{MAX_DEGREE, Srs, g2_generator};
use crate::error::SrsError;
use zkattest_field::G1;

const MAGIC: &[u8; 4] = b"ZKSR";
const VERSION: u16 = 1;
const MAX_PROVENANCE: u64 = 4096;
const HEADER: &str = "SRS file header";
const POWERS: &str = "SRS file powers";
const G2: &str = "SRS file G2 points";
const LAGRANGE: &str = "SRS file Lagrange bases";

impl Srs {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let points = self.powers.len() + self.lagrange.iter().map(|(_, basis)| basis.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(points * G1_BYTES + 2 * G2_BYTES + self.provenance.len() + 64);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.push(u8::from(self.is_unsafe));
        let provenance = cut(&self.provenance);
        bytes.extend_from_slice(&u32::try_from(provenance.len()).unwrap_or(0).to_be_bytes());
        bytes.extend_from_slice(provenance.as_bytes());
        bytes.extend_from_slice(&self.max_degree().to_be_bytes());
        for point in &self.powers {
            bytes.extend_from_slice(&encode_g1(point));
        }
        bytes.extend_from_slice(&encode_g2(&g2_generator()));
        bytes.extend_from_slice(&encode_g2(&self.tau_g2));
        bytes.push(u8::try_from(self.lagrange.len()).unwrap_or(0));
        for (k, basis) in &self.lagrange {
            bytes.push(u8::try_from(*k).unwrap_or(0));
            for point in basis {
                bytes.extend_from_slice(&encode_g1(point));
            }
        }
        bytes
    }

    /// Read a file: every point is checked alone; [`Srs::check`] judges the whole.
    ///
    /// # Errors
    /// Truncated, trailing, a wrong header, or a bad point.
    pub fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, SrsError> {
        if source.array::<4>(HEADER)? != *MAGIC {
            return Err(SrsError::Magic { section: HEADER });
        }
        let version = u16::from_be_bytes(source.array(HEADER)?);
        if version != VERSION {
            return Err(SrsError::Header {
                section: HEADER,
                what: "format version",
                expected: u64::from(VERSION),
                found: u64::from(version),
            });
        }
        let [flag] = source.array::<1>(HEADER)?;
        in_range(HEADER, "unsafe flag", u64::from(flag), 0, 1)?;
        let length = u64::from(u32::from_be_bytes(source.array(HEADER)?));
        in_range(HEADER, "length of the provenance", length, 0, MAX_PROVENANCE)?;
        let provenance = String::from_utf8(source.take(length, HEADER)?)
            .map_err(|_| SrsError::Text { section: HEADER })?;
        let degree = u64::from_be_bytes(source.array(HEADER)?);
        in_range(HEADER, "highest degree", degree, 1, MAX_DEGREE)?;
        let powers = points(source, degree + 1, POWERS)?;
        if Encoding::Canonical.g2(&source.array(G2)?, G2, 0)? != g2_generator() {
            return Err(SrsError::NotGenerator { section: G2, index: 0 });
        }
        let tau_g2 = Encoding::Canonical.g2(&source.array(G2)?, G2, 1)?;
        let [bases] = source.array::<1>(LAGRANGE)?;
        let mut lagrange: Vec<(u32, Vec<_>)> = Vec::new();
        for _ in 0..bases {
            let [k] = source.array::<1>(LAGRANGE)?;
            let least = lagrange.last().map_or(0, |(k, _)| u64::from(*k) + 1);
            let most = u64::from((degree + 1).ilog2());
            in_range(LAGRANGE, "log2 of a basis' size", u64::from(k), least, most)?;
            lagrange.push((u32::from(k), points(source, 1u64 << k, LAGRANGE)?));
        }
        source.finish("SRS file")?;
        Ok(Self { powers, tau_g2, is_unsafe: flag == 1, provenance, lagrange, prepared: Prepared::default() })
    }
}

/// Points decoded at once: with their bytes they take 9 MB besides the list itself.
const TOGETHER: u64 = 1 << 16;

/// The next `count` points.
fn points<R: Read + Seek>(
    source: &mut Source<R>,
    count: u64,
    section: &'static str,
) -> Result<Vec<G1>, SrsError> {
    let (expected, found) = (count.saturating_mul(G1_BYTES as u64), source.left());
    if expected > found {
        return Err(SrsError::Truncated { section, expected, found });
    }
    let mut points = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for first in (0..count).step_by(usize::try_from(TOGETHER).unwrap_or(1)) {
        let bytes = source.take((count - first).min(TOGETHER) * G1_BYTES as u64, section)?;
        points.append(&mut Encoding::Canonical.g1_list(&bytes, section, first)?);
    }
    Ok(points)
}

/// A provenance that fits the format: cut at a character.
fn cut(text: &str) -> &str {
    let limit = usize::try_from(MAX_PROVENANCE).unwrap_or(0).min(text.len());
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// `found` lies from `least` to `most`.
pub(crate) fn in_range(
    section: &'static str,
    what: &'static str,
    found: u64,
    least: u64,
    most: u64,
) -> Result<(), SrsError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(SrsError::Range { section, what, least, most, found })
    }
}
