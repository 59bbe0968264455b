//! snarkjs `.ptau` files (powers of tau), as published by the Hermez ceremony and written by snarkjs itself.
//!
//! `ptau`, version 1, number of sections (4 bytes little-endian each), then sections: id (4), size (8), data.
//! Section 1: field size 32, q (little-endian), power p, ceremony power. Section 2: \[tau^i\]_1 for
//! 0 <= i <= 2^(p+1) - 2. Section 3: \[tau^i\]_2 for 0 <= i < 2^p. Points are uncompressed little-endian
//! Montgomery. Other sections (alpha, beta, contributions, Lagrange) are not needed and not read.

use std::io::{Read, Seek};

use ark_ff::PrimeField;
use zkattest_field::Base;

use super::file::in_range;
use super::points::{Encoding, G1_BYTES, G2_BYTES};
use super::source::Source;
use super::{Srs, g2_generator};
use crate::error::SrsError;

const HEADER: &str = "ptau header";
const TABLE: &str = "ptau section table";
const FIELD: &str = "ptau section 1 (header)";
const TAU_G1: &str = "ptau section 2 (tauG1)";
const TAU_G2: &str = "ptau section 3 (tauG2)";
const MAX_SECTIONS: u64 = 64;
const MAX_POWER: u64 = 28;

/// What a `.ptau` file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// It holds 2^(power+1) - 1 powers of tau.
    pub power: u32,
    /// Power of the ceremony that it was cut from.
    pub ceremony_power: u32,
}

/// The string in a `.ptau` file, up to `max_degree` where given, unchecked as a whole.
///
/// # Errors
/// Truncated, trailing, a wrong header or field, missing or repeated sections, sections of the wrong size, bad
/// points, a \[1\]_2 that is not the generator.
pub fn read<R: Read + Seek>(
    source: &mut Source<R>,
    max_degree: Option<u64>,
) -> Result<(Srs, Header), SrsError> {
    if source.array::<4>(HEADER)? != *b"ptau" {
        return Err(SrsError::Magic { section: HEADER });
    }
    let version = u64::from(u32::from_le_bytes(source.array(HEADER)?));
    in_range(HEADER, "format version", version, 1, 1)?;
    let sections = u64::from(u32::from_le_bytes(source.array(HEADER)?));
    in_range(HEADER, "number of sections", sections, 3, MAX_SECTIONS)?;
    let mut places: [Option<(u64, u64)>; 3] = [None; 3];
    for _ in 0..sections {
        let id = u32::from_le_bytes(source.array(TABLE)?);
        let size = u64::from_le_bytes(source.array(TABLE)?);
        let section = section_name(id);
        if size > source.left() {
            return Err(SrsError::Truncated { section, expected: size, found: source.left() });
        }
        let slot = id.checked_sub(1).and_then(|index| places.get_mut(usize::try_from(index).ok()?));
        if let Some(slot) = slot
            && slot.replace((source.position(), size)).is_some()
        {
            return Err(SrsError::DuplicateSection { section });
        }
        source.seek(source.position() + size, section)?;
    }
    source.finish("ptau file")?;
    let [Some(header), Some(tau_g1), Some(tau_g2)] = places else {
        let missing = places.iter().position(Option::is_none).and_then(|index| u32::try_from(index).ok());
        return Err(SrsError::MissingSection { section: section_name(missing.unwrap_or(0) + 1) });
    };
    let header = read_header(source, header)?;
    let count = (1u64 << (header.power + 1)) - 1;
    expect_size(TAU_G1, tau_g1, count * G1_BYTES as u64)?;
    expect_size(TAU_G2, tau_g2, (1u64 << header.power) * G2_BYTES as u64)?;
    let wanted = max_degree.map_or(count, |degree| degree.saturating_add(1));
    if wanted > count {
        return Err(SrsError::TooSmall { needed: wanted - 1, available: count - 1 });
    }
    source.seek(tau_g1.0, TAU_G1)?;
    let powers = Encoding::Montgomery.g1_list(&source.take(wanted * G1_BYTES as u64, TAU_G1)?, TAU_G1, 0)?;
    source.seek(tau_g2.0, TAU_G2)?;
    if Encoding::Montgomery.g2(&source.array(TAU_G2)?, TAU_G2, 0)? != g2_generator() {
        return Err(SrsError::NotGenerator { section: TAU_G2, index: 0 });
    }
    let tau_g2 = Encoding::Montgomery.g2(&source.array(TAU_G2)?, TAU_G2, 1)?;
    Ok((Srs::from_points(powers, tau_g2)?, header))
}

fn read_header<R: Read + Seek>(source: &mut Source<R>, place: (u64, u64)) -> Result<Header, SrsError> {
    expect_size(FIELD, place, 4 + 32 + 4 + 4)?;
    source.seek(place.0, FIELD)?;
    let field_size = u64::from(u32::from_le_bytes(source.array(FIELD)?));
    in_range(FIELD, "field size", field_size, 32, 32)?;
    let modulus: [u8; 32] = source.array(FIELD)?;
    let expected = Base::MODULUS.0.iter().flat_map(|limb| limb.to_le_bytes());
    if !modulus.into_iter().eq(expected) {
        return Err(SrsError::WrongField { section: FIELD });
    }
    let power = u32::from_le_bytes(source.array(FIELD)?);
    let ceremony_power = u32::from_le_bytes(source.array(FIELD)?);
    in_range(FIELD, "power", u64::from(power), 1, MAX_POWER)?;
    in_range(FIELD, "ceremony power", u64::from(ceremony_power), u64::from(power), MAX_POWER)?;
    Ok(Header { power, ceremony_power })
}

fn expect_size(section: &'static str, place: (u64, u64), expected: u64) -> Result<(), SrsError> {
    if place.1 == expected {
        Ok(())
    } else {
        Err(SrsError::Header { section, what: "size in bytes", expected, found: place.1 })
    }
}

fn section_name(id: u32) -> &'static str {
    match id {
        1 => FIELD,
        2 => TAU_G1,
        3 => TAU_G2,
        _ => "ptau section beyond tauG2",
    }
}
