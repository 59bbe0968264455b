//! Big-endian encodings, read strictly: what is read must be there, and nothing after it.

use crate::error::CompileError;

pub(crate) struct Reader<'a> {
    data: &'a [u8],
    offset: usize,
    /// What is read, for errors.
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `data`, an encoding of `what`.
    pub fn new(what: &'static str, data: &'a [u8]) -> Self {
        Self { data, offset: 0, what }
    }

    /// The encoding is refused where reading stopped.
    pub fn fail<T>(&self) -> Result<T, CompileError> {
        Err(CompileError::Encoding { what: self.what, offset: self.offset })
    }

    /// Refuses unless `valid`.
    pub fn expect(&self, valid: bool) -> Result<(), CompileError> {
        if valid { Ok(()) } else { self.fail() }
    }

    /// Refuses trailing bytes.
    pub fn finish(&self) -> Result<(), CompileError> {
        self.expect(self.offset == self.data.len())
    }

    pub fn take(&mut self, size: usize) -> Result<&'a [u8], CompileError> {
        let end = self.offset.checked_add(size).filter(|end| *end <= self.data.len());
        let Some(end) = end else { return self.fail() };
        let part = &self.data[self.offset..end];
        self.offset = end;
        Ok(part)
    }

    pub fn unsigned(&mut self, size: usize) -> Result<u64, CompileError> {
        Ok(self.take(size)?.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    pub fn u8(&mut self) -> Result<u8, CompileError> {
        Ok(self.take(1)?[0])
    }

    pub fn u16(&mut self) -> Result<u16, CompileError> {
        Ok(self.take(2)?.iter().fold(0, |value, byte| (value << 8) | u16::from(*byte)))
    }

    pub fn u32(&mut self) -> Result<u32, CompileError> {
        Ok(self.take(4)?.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
    }

    pub fn i64(&mut self) -> Result<i64, CompileError> {
        Ok(self.unsigned(8)?.cast_signed())
    }

    /// A u32 that is at most `limit`.
    pub fn count(&mut self, limit: u32) -> Result<usize, CompileError> {
        let count = self.u32()?;
        self.expect(count <= limit)?;
        Ok(count as usize)
    }

    pub fn text(&mut self) -> Result<String, CompileError> {
        let length = self.count(1 << 16)?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => self.fail(),
        }
    }
}
