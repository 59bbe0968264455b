//! The bytes of a [`DataSpec`], big-endian: `ZKDS` u16 1 | u32 capacity | u8 bits | u8 rank, u32 each (feature shape) |
//! u8 target (0 classes, 1 value) | u32 classes (1 for value) | u8 group columns, u32 groups each.

use super::{DataSpec, Labels, Target};
use crate::error::CompileError;
use crate::options::MOST_BATCH;
use crate::reader::Reader;

const MAGIC: &[u8] = b"ZKDS";
const VERSION: u16 = 1;
/// Most axes of a row's features, and most of their elements: as of an architecture's input.
const MOST_AXES: u8 = 16;
const MOST_ELEMENTS: u64 = 1 << 28;

/// Read a [`DataSpec`].
///
/// # Errors
/// Other magic or version, truncated or trailing bytes, numbers out of range.
pub fn decode_data_spec(data: &[u8]) -> Result<DataSpec, CompileError> {
    let mut reader = Reader::new("data set", data);
    let magic = reader.take(4)?;
    let version = reader.u16()?;
    reader.expect(magic == MAGIC && version == VERSION)?;
    let capacity = reader.u32()?;
    reader.expect((1..=MOST_BATCH).contains(&capacity))?;
    let bits = reader.u8()?;
    reader.expect((8..=16).contains(&bits))?;
    let rank = reader.u8()?;
    reader.expect(rank <= MOST_AXES)?;
    let features: Vec<u32> = (0..rank).map(|_| reader.u32()).collect::<Result<_, _>>()?;
    let elements = features.iter().try_fold(1u64, |count, size| count.checked_mul(u64::from(*size)));
    reader.expect(elements.is_some_and(|count| (1..=MOST_ELEMENTS).contains(&count)))?;
    let labels = read_labels(&mut reader)?;
    reader.finish()?;
    Ok(DataSpec { capacity, bits, features, labels })
}

/// Target and group columns.
pub(crate) fn read_labels(reader: &mut Reader<'_>) -> Result<Labels, CompileError> {
    let (target, classes) = (reader.u8()?, reader.u32()?);
    let target = match (target, classes) {
        (0, classes) => Target::Classes(classes),
        (1, 1) => Target::Value,
        _ => return reader.fail(),
    };
    let columns = reader.u8()?;
    let columns = (0..columns).map(|_| reader.u32()).collect::<Result<_, _>>()?;
    let labels = Labels { target, columns };
    reader.expect(labels.is_valid())?;
    Ok(labels)
}
