//! A powers-of-tau ceremony as a chain of files: every participant multiplies tau by a factor of their own.
//!
//! File 0 (`ZKCI`): the degree; its string is that of tau = 1. File i (`ZKCC`) holds a name, the hash of file
//! i-1, \[s\]_1 and \[s\]_2 of the factor s, a Schnorr proof of knowledge of s, and the new powers. The hash of a
//! file is keccak256 of its bytes; the last one names the whole ceremony.
//!
//! Proof of knowledge: R = \[k\]_1, z = k + c s with c = keccak256(domain, head of the file up to R, keccak256 of
//! the new powers) mod r. c binds the file before (and so the whole chain), the name, the factor, and the new
//! powers; a prover without s succeeds with probability about 2^-254 (Schnorr 1991; random oracle). Knowledge of
//! s keeps a participant from choosing a factor that depends on others' (Bowe, Gabizon, Miers 2017, section 3).
//!
//! If at least one participant drew s honestly and forgot it, nobody knows tau = s_1 s_2 ... s_n.

use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, scalar_mul::ScalarMul};
use ark_ff::PrimeField;
use rayon::prelude::*;
use zeroize::Zeroizing;
use zkattest_field::{
    ELEMENT_BYTES, FieldError, G1, G1Projective, G2, G2Projective, Scalar, decode, encode, random_scalar,
};

use super::check::{check_powers, same_ratio};
use super::file::in_range;
use super::points::{Encoding, G1_BYTES, encode_g1, encode_g2};
use super::source::Source;
use super::{Srs, g2_generator, geometric, is_trivial};
use crate::error::SrsError;
use crate::keccak256;

const INITIAL_MAGIC: &[u8; 4] = b"ZKCI";
const MAGIC: &[u8; 4] = b"ZKCC";
const VERSION: u16 = 1;
const PROOF_DOMAIN: &[u8] = b"zkattest-ceremony-contribution-v1";
const MAX_NAME: u64 = 200;
/// Highest degree of an own ceremony: files of 1 GiB. A start file is 14 bytes, so this also bounds what a hostile
/// one can ask of a participant.
const MAX_CEREMONY_DEGREE: u64 = 1 << 24;
const INITIAL: &str = "ceremony start";
const HEADER: &str = "ceremony contribution header";
const FACTOR: &str = "ceremony contribution factor";
const POWERS: &str = "ceremony contribution powers";
const G2_POINTS: &str = "ceremony contribution G2 point";

/// One link of a verified chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The participant's name, as they gave it.
    pub name: String,
    /// keccak256 of the contribution's file.
    pub hash: [u8; 32],
}

/// A verified ceremony.
#[derive(Debug, Clone)]
pub struct Report {
    /// keccak256 of the start file.
    pub start: [u8; 32],
    /// The contributions in order.
    pub links: Vec<Link>,
    /// The resulting string.
    pub srs: Srs,
}

/// The start file for strings of this degree.
///
/// # Errors
/// A degree out of range.
pub fn start(degree: u64) -> Result<Vec<u8>, SrsError> {
    in_range(INITIAL, "highest degree", degree, 1, MAX_CEREMONY_DEGREE)?;
    let mut bytes = INITIAL_MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&degree.to_be_bytes());
    Ok(bytes)
}

/// A contribution on top of the file `previous`, which is the start or a contribution itself. The factor is drawn
/// from the operating system and overwritten before this returns.
///
/// # Errors
/// `previous` is malformed or inconsistent, or `name` is empty or longer than 200 bytes.
pub fn contribute(previous: &[u8], name: &str) -> Result<Vec<u8>, SrsError> {
    in_range(HEADER, "length of the name", name.len() as u64, 1, MAX_NAME)?;
    let state = State::read(previous)?;
    if state.contribution.is_some() {
        check_powers(&state.powers, &state.tau_g2, POWERS)?;
    }
    let factor = Zeroizing::new(draw_factor()?);
    Ok(extend(&state, keccak256(&[previous]), name, &factor, &Zeroizing::new(random_scalar()?)))
}

/// Highest power of tau in a file of the chain, which is read completely.
///
/// # Errors
/// The file is malformed.
pub fn degree(file: &[u8]) -> Result<u64, SrsError> {
    Ok(State::read(file)?.degree)
}

fn draw_factor() -> Result<Scalar, FieldError> {
    loop {
        let factor = random_scalar()?;
        if factor != Scalar::from(0u64) && factor != Scalar::from(1u64) {
            return Ok(factor);
        }
    }
}

fn extend(state: &State, previous: [u8; 32], name: &str, factor: &Scalar, nonce: &Scalar) -> Vec<u8> {
    let generator = G1Projective::generator();
    let count = usize::try_from(state.degree + 1).unwrap_or(usize::MAX);
    let exponents = Zeroizing::new(geometric(factor, count));
    let powers = if state.contribution.is_none() {
        generator.batch_mul(&exponents)
    } else {
        let scaled = state.powers.par_iter().zip(exponents.par_iter()).map(|(point, power)| *point * power);
        G1Projective::normalize_batch(&scaled.collect::<Vec<_>>())
    };
    let tau_g2 = (state.tau_g2 * factor).into_affine();
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&VERSION.to_be_bytes());
    head.extend_from_slice(&u32::try_from(state.index + 1).unwrap_or(u32::MAX).to_be_bytes());
    head.extend_from_slice(&u32::try_from(name.len()).unwrap_or(0).to_be_bytes());
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(&previous);
    head.extend_from_slice(&state.degree.to_be_bytes());
    head.extend_from_slice(&encode_g1(&(generator * factor).into_affine()));
    head.extend_from_slice(&encode_g2(&(G2Projective::generator() * factor).into_affine()));
    head.extend_from_slice(&encode_g1(&(generator * nonce).into_affine()));
    let mut tail = Vec::with_capacity(powers.len() * G1_BYTES + 128);
    for point in &powers {
        tail.extend_from_slice(&encode_g1(point));
    }
    tail.extend_from_slice(&encode_g2(&tau_g2));
    let response = *nonce + challenge(&head, &tail) * factor;
    head.extend_from_slice(&encode(&response));
    head.extend_from_slice(&tail);
    head
}

/// Binds everything in the file but the response itself.
fn challenge(head: &[u8], tail: &[u8]) -> Scalar {
    Scalar::from_be_bytes_mod_order(&keccak256(&[PROOF_DOMAIN, head, &keccak256(&[tail])]))
}

/// Check a whole ceremony: the start file and every contribution, in order.
///
/// # Errors
/// What is wrong with the first bad link, naming its number.
pub fn verify(files: &[Vec<u8>]) -> Result<Report, SrsError> {
    let (Some(first), Some(contributions)) = (files.first(), files.get(1..)) else {
        return Err(SrsError::MissingSection { section: INITIAL });
    };
    if contributions.is_empty() {
        return Err(SrsError::MissingSection { section: HEADER });
    }
    let mut state = State::read(first)?;
    if state.contribution.is_some() {
        return Err(SrsError::Magic { section: INITIAL });
    }
    let start = keccak256(&[first]);
    let mut previous = start;
    let mut links = Vec::with_capacity(contributions.len());
    for bytes in contributions {
        let next = State::read(bytes)?;
        let name = check_link(&state, &next, &previous)?;
        previous = keccak256(&[bytes]);
        links.push(Link { name, hash: previous });
        state = next;
    }
    let srs = Srs::from_points(state.powers, state.tau_g2)?;
    srs.check("ceremony result")?;
    Ok(Report { start, links, srs })
}

/// Checks 1 to 6 of a contribution; returns its name.
fn check_link(before: &State, next: &State, previous: &[u8; 32]) -> Result<String, SrsError> {
    let index = before.index + 1;
    let Some(contribution) = &next.contribution else {
        return Err(SrsError::Magic { section: HEADER });
    };
    // 1. Number, predecessor and degree.
    if next.index != index {
        return Err(SrsError::ContributionOrder { index, found: next.index });
    }
    if contribution.previous != *previous {
        return Err(SrsError::ContributionChain { index });
    }
    if next.degree != before.degree {
        return Err(SrsError::Header {
            section: HEADER,
            what: "highest degree",
            expected: before.degree,
            found: next.degree,
        });
    }
    // 2. The factor is neither 0 (infinity, refused on reading) nor 1.
    if contribution.factor_g1 == G1::generator() || is_trivial(&contribution.factor_g2) {
        return Err(SrsError::ContributionTrivial { index });
    }
    // 3. [s]_1 and [s]_2 hold the same s.
    if !same_ratio(&contribution.factor_g1, &g2_generator(), &G1::generator(), &contribution.factor_g2) {
        return Err(SrsError::ContributionFactor { index });
    }
    // 4. The participant knows s: z G = R + c [s]_1.
    let expected = contribution.factor_g1 * contribution.challenge + contribution.nonce;
    if G1Projective::generator() * contribution.response != expected {
        return Err(SrsError::ContributionProof { index });
    }
    // 5. The new tau is the old one times s: e([tau']_1, H) = e([tau]_1, [s]_2).
    let tau_g1 = |state: &State| state.powers.get(1).copied().unwrap_or(G1::generator());
    if !same_ratio(&tau_g1(next), &g2_generator(), &tau_g1(before), &contribution.factor_g2) {
        return Err(SrsError::ContributionPowers { index });
    }
    // 6. All new points are powers of the new tau.
    check_powers(&next.powers, &next.tau_g2, POWERS)?;
    Ok(contribution.name.clone())
}

/// What a file of the chain says. The start's powers are all the generator and not stored.
struct State {
    index: u64,
    degree: u64,
    powers: Vec<G1>,
    tau_g2: G2,
    contribution: Option<Contribution>,
}

struct Contribution {
    name: String,
    previous: [u8; 32],
    factor_g1: G1,
    factor_g2: G2,
    nonce: G1,
    response: Scalar,
    challenge: Scalar,
}

impl State {
    fn read(bytes: &[u8]) -> Result<Self, SrsError> {
        let mut source = Source::new(std::io::Cursor::new(bytes))?;
        let magic = source.array::<4>(HEADER)?;
        let version = u64::from(u16::from_be_bytes(source.array(HEADER)?));
        if magic == *INITIAL_MAGIC {
            in_range(INITIAL, "format version", version, u64::from(VERSION), u64::from(VERSION))?;
            let degree = u64::from_be_bytes(source.array(INITIAL)?);
            in_range(INITIAL, "highest degree", degree, 1, MAX_CEREMONY_DEGREE)?;
            source.finish(INITIAL)?;
            let (powers, tau_g2) = (Vec::new(), g2_generator());
            return Ok(Self { index: 0, degree, powers, tau_g2, contribution: None });
        }
        if magic != *MAGIC {
            return Err(SrsError::Magic { section: HEADER });
        }
        in_range(HEADER, "format version", version, u64::from(VERSION), u64::from(VERSION))?;
        let index = u64::from(u32::from_be_bytes(source.array(HEADER)?));
        let length = u64::from(u32::from_be_bytes(source.array(HEADER)?));
        in_range(HEADER, "length of the name", length, 1, MAX_NAME)?;
        let name = String::from_utf8(source.take(length, HEADER)?)
            .map_err(|_| SrsError::Text { section: HEADER })?;
        let previous = source.array(HEADER)?;
        let degree = u64::from_be_bytes(source.array(HEADER)?);
        in_range(HEADER, "highest degree", degree, 1, MAX_CEREMONY_DEGREE)?;
        let factor_g1 = Encoding::Canonical.g1(&source.array(FACTOR)?, FACTOR, 0)?;
        let factor_g2 = Encoding::Canonical.g2(&source.array(FACTOR)?, FACTOR, 1)?;
        let nonce = Encoding::Canonical.g1(&source.array(FACTOR)?, FACTOR, 2)?;
        let head_end = source.position();
        let response: [u8; ELEMENT_BYTES] = source.array(FACTOR)?;
        let response = decode(&response).map_err(|_| SrsError::NotCanonical { section: FACTOR, index: 3 })?;
        let tail_start = source.position();
        let count = (degree + 1) * G1_BYTES as u64;
        let powers = Encoding::Canonical.g1_list(&source.take(count, POWERS)?, POWERS, 0)?;
        let tau_g2 = Encoding::Canonical.g2(&source.array(G2_POINTS)?, G2_POINTS, 0)?;
        source.finish("ceremony contribution")?;
        let slice = |from: u64, to: u64| {
            usize::try_from(from).ok().zip(usize::try_from(to).ok()).and_then(|(a, b)| bytes.get(a..b))
        };
        let head = slice(0, head_end).unwrap_or_default();
        let tail = slice(tail_start, bytes.len() as u64).unwrap_or_default();
        let challenge = challenge(head, tail);
        let contribution = Contribution { name, previous, factor_g1, factor_g2, nonce, response, challenge };
        Ok(Self { index, degree, powers, tau_g2, contribution: Some(contribution) })
    }
}

#[cfg(test)]
mod tests;
