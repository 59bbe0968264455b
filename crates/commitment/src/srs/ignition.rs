//! Aztec ignition transcripts (2019/2020, 176 participants), `transcript00.dat` and its successors in order.
//!
//! A 28-byte manifest of seven big-endian 4-byte integers (number of this transcript, of all transcripts, of
//! G1 points in all, of G2 points in all, of G1 points here, of G2 points here, index of the first point here);
//! G1 points; in the first transcript two G2 points, of which the first is \[tau\]_2; blake2b-512 of what is
//! before it. Coordinates are big-endian words, least significant first. The powers start at \[tau\]_1: the
//! generator is not in the files.

use std::io::{Read, Seek};

use ark_ec::AffineRepr;
use blake2::{Blake2b512, Digest};
use zkattest_field::{G1, G2};

use super::points::{Encoding, G1_BYTES, G2_BYTES};
use super::source::Source;
use super::{MAX_DEGREE, Srs};
use crate::error::SrsError;

const MANIFEST: &str = "ignition manifest";
const G1_POINTS: &str = "ignition G1 points";
const G2_POINTS: &str = "ignition G2 points";
const CHECKSUM: &str = "ignition checksum";
const MANIFEST_BYTES: u64 = 28;
const CHECKSUM_BYTES: u64 = 64;

struct Manifest {
    number: u64,
    transcripts: u64,
    all_g1: u64,
    g1: u64,
    g2: u64,
    start: u64,
}

/// Reads transcripts one after the other.
#[derive(Default)]
pub struct Transcripts {
    powers: Vec<G1>,
    tau_g2: Option<G2>,
    read: u64,
    totals: Option<(u64, u64)>,
}

impl Transcripts {
    /// Whether \[tau^`degree`\]_1 was read already.
    pub fn reach(&self, degree: u64) -> bool {
        self.powers.len() as u64 > degree
    }

    /// Read the next transcript.
    ///
    /// # Errors
    /// Another number, total or start than the transcripts before imply; a size other than the manifest's; a
    /// wrong checksum; a bad point.
    pub fn push<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), SrsError> {
        let index = self.read;
        let bytes = source.take(source.left(), MANIFEST)?;
        let manifest = read_manifest(&bytes)?;
        let equal = |what, found, expected| {
            if found == expected {
                Ok(())
            } else {
                Err(SrsError::Header { section: MANIFEST, what, expected, found })
            }
        };
        equal("number of this transcript", manifest.number, index)?;
        let totals = *self.totals.get_or_insert((manifest.transcripts, manifest.all_g1));
        equal("number of all transcripts", manifest.transcripts, totals.0)?;
        equal("number of all G1 points", manifest.all_g1, totals.1)?;
        equal("index of its first G1 point", manifest.start, self.powers.len().saturating_sub(1) as u64)?;
        equal("number of its G2 points", manifest.g2, if index == 0 { 2 } else { 0 })?;
        super::file::in_range(MANIFEST, "number of its G1 points", manifest.g1, 1, MAX_DEGREE)?;
        let in_all = manifest.start + manifest.g1;
        super::file::in_range(MANIFEST, "number of G1 points so far", in_all, 1, totals.1.min(MAX_DEGREE))?;
        let g1_bytes = manifest.g1 * G1_BYTES as u64;
        let g2_bytes = manifest.g2 * G2_BYTES as u64;
        let expected = MANIFEST_BYTES + g1_bytes + g2_bytes + CHECKSUM_BYTES;
        let found = bytes.len() as u64;
        if found < expected {
            return Err(SrsError::Truncated { section: G1_POINTS, expected, found });
        }
        if found > expected {
            return Err(SrsError::Trailing { section: CHECKSUM, count: found - expected });
        }
        let mut parts = Source::new(std::io::Cursor::new(&bytes))?;
        parts.seek(MANIFEST_BYTES, MANIFEST)?;
        let g1 = parts.take(g1_bytes, G1_POINTS)?;
        let g2 = parts.take(g2_bytes, G2_POINTS)?;
        let checksum = parts.take(CHECKSUM_BYTES, CHECKSUM)?;
        let content = bytes.get(..bytes.len() - checksum.len()).unwrap_or_default();
        if Blake2b512::digest(content).as_slice() != checksum {
            return Err(SrsError::Checksum { section: CHECKSUM, index });
        }
        if index == 0 {
            self.powers.push(G1::generator());
            let (points, _) = g2.as_chunks::<G2_BYTES>();
            let first = points.first().ok_or(SrsError::MissingSection { section: G2_POINTS })?;
            self.tau_g2 = Some(Encoding::Words.g2(first, G2_POINTS, 0)?);
        }
        self.powers.extend(Encoding::Words.g1_list(&g1, G1_POINTS, self.powers.len() as u64)?);
        self.read += 1;
        Ok(())
    }

    /// The string, up to `max_degree` where given, unchecked as a whole.
    ///
    /// # Errors
    /// No transcript was read, or they hold too few powers.
    pub fn finish(self, max_degree: Option<u64>) -> Result<Srs, SrsError> {
        let tau_g2 = self.tau_g2.ok_or(SrsError::MissingSection { section: MANIFEST })?;
        let srs = Srs::from_points(self.powers, tau_g2)?;
        max_degree.map_or_else(|| Ok(srs.clone()), |degree| srs.prefix(degree))
    }
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, SrsError> {
    let mut source = Source::new(std::io::Cursor::new(bytes))?;
    let mut next = || source.array(MANIFEST).map(u32::from_be_bytes).map(u64::from);
    let (number, transcripts, all_g1, _all_g2) = (next()?, next()?, next()?, next()?);
    Ok(Manifest { number, transcripts, all_g1, g1: next()?, g2: next()?, start: next()? })
}
