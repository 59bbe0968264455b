//! The bytes of a [`Score`], big-endian: `ZKSC` u16 1 | u8 task (0 argmax, 1 sign, 2 value) | i64 cut (0 unless sign) | labels
//! as in a data set's (`data_set/codec.rs`) | u8 reveal (0 hits, 1 confusion, 2 top-k, 3 errors) | u32 k (0 unless top-k) |
//! u8 output_shift | u8 target_shift | u8 n, u8 each: columns counted over, ascending | u8 bounded; if 1: u8 quotient_bits |
//! u16 ratios: each numerator then denominator | u16 clauses. A weighted sum is u16 n, n x (u16 index, i64 weight).

use super::{Bounds, Ratio, Reveal, Score, Task, Weights};
use crate::data_set::{Target, read_labels};
use crate::error::CompileError;
use crate::reader::Reader;

const MAGIC: &[u8] = b"ZKSC";
const VERSION: u16 = 1;
/// Bits of a quotient: 2^16 is one, and twice that is not reached.
const QUOTIENT_BITS: u8 = 17;
/// Most counts: indices have 16 bits.
const MOST_COUNTS: u32 = 1 << 16;
/// Most bits that output and target are shifted by: their squares stay below 2^96.
const MOST_SHIFT: u8 = 32;

/// Read a [`Score`].
///
/// # Errors
/// Other magic or version, truncated or trailing bytes, numbers out of range, parts that do not fit together, and weighted sums
/// that are empty, unordered or have zero weights.
pub fn decode_score(data: &[u8]) -> Result<Score, CompileError> {
    let mut reader = Reader::new("score", data);
    let magic = reader.take(4)?;
    let version = reader.u16()?;
    reader.expect(magic == MAGIC && version == VERSION)?;
    let task = match (reader.u8()?, reader.i64()?) {
        (0, 0) => Task::Argmax,
        (1, cut) => Task::Sign { cut },
        (2, 0) => Task::Value,
        _ => return reader.fail(),
    };
    let labels = read_labels(&mut reader)?;
    let fits = match (task, labels.target) {
        (Task::Argmax, Target::Classes(_)) | (Task::Value, Target::Value) => true,
        (Task::Sign { .. }, Target::Classes(classes)) => classes == 2,
        _ => false,
    };
    reader.expect(fits)?;
    let reveal = match (reader.u8()?, reader.u32()?) {
        (0, 0) => Reveal::Hits,
        (1, 0) => Reveal::Confusion,
        (2, k) if task == Task::Argmax && (1..=labels.classes()).contains(&k) => Reveal::TopK(k),
        (3, 0) => Reveal::Errors,
        _ => return reader.fail(),
    };
    reader.expect((reveal == Reveal::Errors) == (task == Task::Value))?;
    let (output_shift, target_shift) = (reader.u8()?, reader.u8()?);
    let most = if reveal == Reveal::Errors { MOST_SHIFT } else { 0 };
    reader.expect(output_shift <= most && target_shift <= most)?;
    let count = reader.u8()?;
    let columns: Vec<u8> = (0..count).map(|_| reader.u8()).collect::<Result<_, _>>()?;
    let ascending = columns.windows(2).all(|pair| pair[0] < pair[1]);
    let known = columns.last().is_some_and(|last| usize::from(*last) <= labels.columns.len());
    reader.expect(ascending && known)?;
    let mut score = Score { task, labels, reveal, output_shift, target_shift, columns, bounds: None };
    let classes = u64::from(score.labels.classes());
    reader.expect(classes * classes < u64::from(MOST_COUNTS) || reveal != Reveal::Confusion)?;
    reader.expect(score.counts() <= MOST_COUNTS)?;
    score.bounds = match reader.u8()? {
        0 => None,
        1 => Some(bounds(&mut reader, score.counts())?),
        _ => return reader.fail(),
    };
    reader.finish()?;
    Ok(score)
}

fn bounds(reader: &mut Reader<'_>, counts: u32) -> Result<Bounds, CompileError> {
    let quotient_bits = reader.u8()?;
    reader.expect(quotient_bits == QUOTIENT_BITS)?;
    let count = reader.u16()?;
    reader.expect(count > 0)?;
    let ratio = |reader: &mut Reader<'_>| {
        Ok(Ratio { numerator: weights(reader, counts)?, denominator: weights(reader, counts)? })
    };
    let ratios: Vec<Ratio> = (0..count).map(|_| ratio(reader)).collect::<Result<_, CompileError>>()?;
    let clauses = reader.u16()?;
    reader.expect(clauses > 0)?;
    let clauses = (0..clauses).map(|_| weights(reader, count.into())).collect::<Result<_, _>>()?;
    Ok(Bounds { quotient_bits, ratios, clauses })
}

/// A weighted sum of items below `most`.
fn weights(reader: &mut Reader<'_>, most: u32) -> Result<Weights, CompileError> {
    let count = reader.u16()?;
    let mut weights: Weights = Vec::new();
    for _ in 0..count {
        let (index, weight) = (reader.u16()?, reader.i64()?);
        let follows = weights.last().is_none_or(|(last, _)| *last < index);
        reader.expect(follows && u32::from(index) < most && weight != 0)?;
        weights.push((index, weight));
    }
    reader.expect(!weights.is_empty())?;
    Ok(weights)
}
