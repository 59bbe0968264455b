//! Elementary reading: no panic on any bytes, and no allocation that they do not bear out. Forms longer than the
//! shortest are read; the comparison with the canonical encoding refuses them.

use crate::codec::integers::MAX_MAGNITUDE;
use crate::error::CircuitError;
use crate::index;
use crate::limits::MAX_LIST;

/// Reads from the front.
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader of all `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Bytes read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// All bytes were read.
    pub fn end(&self) -> Result<(), CircuitError> {
        match self.remaining() {
            0 => Ok(()),
            count => Err(CircuitError::Trailing { count }),
        }
    }

    fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CircuitError> {
        let found = self.remaining();
        let truncated = CircuitError::Truncated { offset: self.offset, expected: count, found };
        let chunk = self.bytes.get(self.offset..).and_then(|rest| rest.get(..count)).ok_or(truncated)?;
        self.offset = self.offset.saturating_add(count);
        Ok(chunk)
    }

    /// The next N bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CircuitError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, CircuitError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, CircuitError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, CircuitError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Four bytes, two's complement.
    pub fn i32(&mut self) -> Result<i32, CircuitError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// A variable-length integer.
    pub fn var(&mut self) -> Result<u64, CircuitError> {
        let first = self.u8()?;
        let more = (1usize << (first >> 6)) - 1;
        let rest = self.take(more)?;
        Ok(rest.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
    }

    /// A variable-length integer below 2^32.
    pub fn var32(&mut self) -> Result<u32, CircuitError> {
        let offset = self.offset;
        u32::try_from(self.var()?).map_err(|_| CircuitError::Integer { offset, bits: 32 })
    }

    /// A signed integer.
    pub fn int(&mut self) -> Result<i128, CircuitError> {
        let offset = self.offset;
        let head = self.u8()?;
        let found = usize::from(head & 0x7f);
        if found > MAX_MAGNITUDE {
            return Err(CircuitError::IntegerBytes { offset, most: MAX_MAGNITUDE, found });
        }
        let magnitude = self.take(found)?.iter().fold(0u128, |value, byte| value << 8 | u128::from(*byte));
        let value = match head >> 7 {
            0 => i128::try_from(magnitude).ok(),
            _ => 0i128.checked_sub_unsigned(magnitude),
        };
        value.ok_or(CircuitError::Integer { offset, bits: 128 })
    }

    /// A signed integer of 64 bits.
    pub fn int64(&mut self) -> Result<i64, CircuitError> {
        let offset = self.offset;
        i64::try_from(self.int()?).map_err(|_| CircuitError::Integer { offset, bits: 64 })
    }

    /// `count` items.
    pub fn many<T>(
        &mut self,
        count: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, CircuitError>,
    ) -> Result<Vec<T>, CircuitError> {
        // Grown item by item: a count that the bytes do not bear out allocates nothing.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A number of items, then the items.
    pub fn list<T>(
        &mut self,
        what: &'static str,
        item: impl FnMut(&mut Self) -> Result<T, CircuitError>,
    ) -> Result<Vec<T>, CircuitError> {
        let found = index(self.var32()?);
        if found > MAX_LIST {
            return Err(CircuitError::ListLength { what, most: MAX_LIST, found });
        }
        self.many(found, item)
    }

    /// A byte that is the index of a value.
    pub fn tag<T: Copy>(&mut self, what: &'static str, values: &[T]) -> Result<T, CircuitError> {
        let offset = self.offset;
        let found = self.u8()?;
        values.get(usize::from(found)).copied().ok_or(CircuitError::Tag { what, offset, found })
    }
}
