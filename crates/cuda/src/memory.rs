//! Blocks of a machine's memory, and launches over them.

use crate::bytes::{Plain, bytes, bytes_mut};
use crate::{Args, CudaError, Kernel, Machine};
use std::mem::size_of;
use std::sync::Arc;

/// Memory that is wiped and given back when it is dropped, after all that was launched before: whatever lies on a
/// machine may tell of what is proved, digits and sums as much as cells.
#[derive(Debug)]
pub(crate) struct Block {
    machine: Arc<dyn Machine>,
    address: u64,
    bytes: usize,
}

impl Block {
    /// Room for so many bytes; at least one.
    pub fn new(machine: &Arc<dyn Machine>, bytes: usize) -> Result<Self, CudaError> {
        let bytes = bytes.max(1);
        Ok(Self { machine: machine.clone(), address: machine.allocate(bytes)?, bytes })
    }

    /// Room for so many values.
    pub fn of<T: Plain>(machine: &Arc<dyn Machine>, count: usize) -> Result<Self, CudaError> {
        Self::new(machine, count.saturating_mul(size_of::<T>()))
    }

    /// Zeros.
    pub fn zeros<T: Plain>(machine: &Arc<dyn Machine>, count: usize) -> Result<Self, CudaError> {
        let block = Self::of::<T>(machine, count)?;
        machine.clear(block.address, block.bytes)?;
        Ok(block)
    }

    /// A copy of values.
    pub fn from<T: Plain>(machine: &Arc<dyn Machine>, values: &[T]) -> Result<Self, CudaError> {
        let values = bytes(values);
        if values.is_empty() {
            return Self::new(machine, 0);
        }
        Ok(Self { machine: machine.clone(), address: machine.place(values)?, bytes: values.len() })
    }

    /// Writes values from number `at` on, after all that was launched before.
    pub fn write<T: Plain>(&self, at: usize, values: &[T]) -> Result<(), CudaError> {
        let (offset, values) = (at.saturating_mul(size_of::<T>()), bytes(values));
        let needed = offset.saturating_add(values.len());
        if needed > self.bytes {
            return Err(CudaError::Memory { needed, available: self.bytes });
        }
        if values.is_empty() { Ok(()) } else { self.machine.upload(self.address + offset as u64, values) }
    }

    /// Its first values, as many as fit into `out`.
    pub fn read<T: Plain>(&self, out: &mut [T]) -> Result<(), CudaError> {
        let out = bytes_mut(out);
        if out.len() > self.bytes {
            return Err(CudaError::Memory { needed: out.len(), available: self.bytes });
        }
        if out.is_empty() { Ok(()) } else { self.machine.download(self.address, out) }
    }

    /// Where it begins.
    pub fn address(&self) -> u64 {
        self.address
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // Nothing can be done where it fails: the device is lost then, and its memory with it.
        let _ = self.machine.clear(self.address, self.bytes);
        self.machine.release(self.address, self.bytes);
    }
}

/// Launches `n` threads, if any, with the arguments that the kernel's comment asks for.
pub(crate) fn launch(machine: &dyn Machine, kernel: Kernel, n: usize, at: &[u64]) -> Result<(), CudaError> {
    if n == 0 {
        return Ok(());
    }
    let mut args = Args { n: n as u64, at: [0; 15] };
    for (place, value) in args.at.iter_mut().zip(at) {
        *place = *value;
    }
    machine.launch(kernel, &args)
}
