//! Reads files piece by piece with bounds: a hostile header never makes it allocate more than the file holds.

use std::io::{Read, Seek, SeekFrom};

use blake2::{Blake2b512, Digest};

use crate::error::{Section, SrsError};

/// A file, or bytes, of known length.
pub struct Source<R> {
    reader: R,
    length: u64,
    position: u64,
}

impl<R: Read + Seek> Source<R> {
    /// Take its length and start at its beginning.
    ///
    /// # Errors
    /// [`SrsError::Io`].
    pub fn new(mut reader: R) -> Result<Self, SrsError> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self { reader, length, position: 0 })
    }

    /// Bytes from here to the end.
    pub fn left(&self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    /// Offset of the next byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Go to an offset within the file.
    ///
    /// # Errors
    /// It lies beyond the end.
    pub fn seek(&mut self, position: u64, section: Section) -> Result<(), SrsError> {
        if position > self.length {
            return Err(SrsError::Truncated { section, expected: position, found: self.length });
        }
        self.reader.seek(SeekFrom::Start(position))?;
        self.position = position;
        Ok(())
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn take(&mut self, count: u64, section: Section) -> Result<Vec<u8>, SrsError> {
        let truncated = SrsError::Truncated { section, expected: count, found: self.left() };
        if count > self.left() {
            return Err(truncated);
        }
        let mut bytes = vec![0u8; usize::try_from(count).map_err(|_| truncated)?];
        self.reader.read_exact(&mut bytes)?;
        self.position += count;
        Ok(bytes)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn array<const N: usize>(&mut self, section: Section) -> Result<[u8; N], SrsError> {
        let found = self.left();
        let bytes = self.take(N as u64, section)?;
        bytes.try_into().map_err(|_| SrsError::Truncated { section, expected: N as u64, found })
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`SrsError::Trailing`].
    pub fn finish(&self, section: Section) -> Result<(), SrsError> {
        match self.left() {
            0 => Ok(()),
            count => Err(SrsError::Trailing { section, count }),
        }
    }

    /// blake2b-512 of the whole file; goes back to its beginning.
    ///
    /// # Errors
    /// [`SrsError::Io`].
    pub fn blake2b(&mut self) -> Result<[u8; 64], SrsError> {
        self.reader.seek(SeekFrom::Start(0))?;
        let mut hasher = Blake2b512::new();
        let mut buffer = vec![0u8; 1 << 20];
        loop {
            let count = self.reader.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
        self.reader.seek(SeekFrom::Start(0))?;
        self.position = 0;
        Ok(hasher.finalize().into())
    }
}
