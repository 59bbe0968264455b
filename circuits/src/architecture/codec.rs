//! The architecture's bytes: `docs/arithmetic.md`, "Canonical encoding", with magic `ZKQA`.

use super::{Architecture, Attribute, Node, Spec};
use crate::error::CompileError;
use crate::reader::Reader;

const MAGIC: &[u8] = b"ZKQA";
const VERSION: u64 = 1;

/// Read an architecture.
///
/// # Errors
/// Other magic or version, truncated or trailing bytes, and all that `Architecture::validate` refuses.
pub fn decode_architecture(data: &[u8]) -> Result<Architecture, CompileError> {
    let mut reader = Reader::new("architecture", data);
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
    reader.finish()?;
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
