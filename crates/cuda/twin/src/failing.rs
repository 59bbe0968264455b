//! A machine that fails at a chosen operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use zkattest_cuda::{Args, CudaError, Kernel, Machine};

/// What a driver says of a device that is gone (`CUDA_ERROR_ILLEGAL_ADDRESS`).
pub const LOST: CudaError = CudaError::Driver { operation: "do anything", code: 700 };

/// Hands on so many operations, or allocations, and fails at the next one and all that follow; memory can still be given
/// back.
#[derive(Debug)]
pub struct Failing {
    machine: Arc<dyn Machine>,
    left: AtomicUsize,
    /// Whether it runs out of memory only.
    memory: bool,
}

impl Failing {
    /// Lost from operation number `operation` on, counted from 0.
    pub fn lost(machine: Arc<dyn Machine>, operation: usize) -> Self {
        Self { machine, left: AtomicUsize::new(operation), memory: false }
    }

    /// Out of memory from allocation number `allocation` on, counted from 0.
    pub fn full(machine: Arc<dyn Machine>, allocation: usize) -> Self {
        Self { machine, left: AtomicUsize::new(allocation), memory: true }
    }

    /// Operations or allocations that would still have been handed on.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether one more is handed on.
    fn passes(&self) -> bool {
        let next = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    fn works(&self) -> Result<(), CudaError> {
        if self.memory || self.passes() { Ok(()) } else { Err(LOST) }
    }
}

impl Machine for Failing {
    fn name(&self) -> &str {
        "failing twin"
    }

    fn available(&self) -> Result<usize, CudaError> {
        self.works()?;
        self.machine.available()
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        self.works()?;
        if self.memory && !self.passes() {
            return Err(CudaError::Memory { needed: bytes, available: 0 });
        }
        self.machine.allocate(bytes)
    }

    fn release(&self, address: u64, bytes: usize) {
        self.machine.release(address, bytes);
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        self.works()?;
        self.machine.clear(address, bytes)
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        self.works()?;
        self.machine.upload(address, bytes)
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        self.works()?;
        self.machine.download(address, bytes)
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        self.works()?;
        self.machine.launch(kernel, args)
    }
}
