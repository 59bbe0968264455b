//! The architecture's bytes: `docs/arithmetic.md`, "Canonical encoding", with magic `ZKQA`.

use super::{Architecture, Attribute, Node, Spec};
use crate::error::CompileError;

const MAGIC: &[u8] = b"ZKQA";
const VERSION: u64 = 1;

struct Reader<'a> {
    data: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self) -> Result<T, CompileError> {
        Err(CompileError::Encoding { offset: self.offset })
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], CompileError> {
        let end = self.offset.checked_add(size).filter(|end| *end <= self.data.len());
        let Some(end) = end else { return self.fail() };
        let part = &self.data[self.offset..end];
        self.offset = end;
        Ok(part)
    }

    fn unsigned(&mut self, size: usize) -> Result<u64, CompileError> {
        Ok(self.take(size)?.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    fn u8(&mut self) -> Result<u8, CompileError> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, CompileError> {
        Ok(self.take(4)?.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
    }

    fn count(&mut self, limit: u32) -> Result<usize, CompileError> {
        let count = self.u32()?;
        if count > limit { self.fail() } else { Ok(count as usize) }
    }

    fn i64(&mut self) -> Result<i64, CompileError> {
        Ok(self.unsigned(8)?.cast_signed())
    }

    fn text(&mut self) -> Result<String, CompileError> {
        let length = self.count(1 << 16)?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => self.fail(),
        }
    }
}

/// Read an architecture.
///
/// # Errors
/// Other magic or version, truncated or trailing bytes, and all that `Architecture::validate` refuses.
pub fn decode_architecture(data: &[u8]) -> Result<Architecture, CompileError> {
    let mut reader = Reader { data, offset: 0 };
    if reader.take(4)? != MAGIC || reader.unsigned(2)? != VERSION || reader.u32()? != 1 {
        return reader.fail();
    }
    let (constants, count) = (reader.count(1 << 20)?, reader.count(1 << 20)?);
    let tensors = (0..1 + constants + count).map(|_| tensor(&mut reader)).collect::<Result<_, _>>()?;
    let nodes = (0..count).map(|_| node(&mut reader)).collect::<Result<_, _>>()?;
    let output = reader.u32()? as usize;
    reader.text()?; // what the reader applies to the output (softmax): outside the proof
    for _ in 0..reader.count(255)? {
        reader.u32()?;
    }
    if reader.offset != data.len() {
        return reader.fail();
    }
    let architecture = Architecture { tensors, constants, nodes, output };
    architecture.validate()?;
    Ok(architecture)
}

fn tensor(reader: &mut Reader<'_>) -> Result<Spec, CompileError> {
    let rank = reader.u8()?;
    let shape = (0..rank).map(|_| reader.u32()).collect::<Result<_, _>>()?;
    Ok(Spec { shape, bits: reader.u8()?, scale: reader.i64()? })
}

fn node(reader: &mut Reader<'_>) -> Result<Node, CompileError> {
    let op = reader.text()?;
    let inputs =
        (0..reader.count(255)?).map(|_| Ok(reader.u32()? as usize)).collect::<Result<_, CompileError>>()?;
    let mut attributes: Vec<(String, Attribute)> = Vec::new();
    for _ in 0..reader.count(255)? {
        let name = reader.text()?;
        if attributes.last().is_some_and(|(previous, _)| *previous >= name) {
            return reader.fail();
        }
        let value = match reader.u8()? {
            0 => Attribute::Integer(reader.i64()?),
            1 => {
                let count = reader.count(255)?;
                Attribute::Tuple((0..count).map(|_| reader.i64()).collect::<Result<_, _>>()?)
            }
            _ => return reader.fail(),
        };
        attributes.push((name, value));
    }
    Ok(Node { op, inputs, attributes, shift: reader.u8()?, low: reader.i64()?, high: reader.i64()? })
}
