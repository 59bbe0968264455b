//! A machine of which only a part of the memory is used, and which counts how much of it is.

use crate::{Args, CudaError, Kernel, Machine};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A machine that allocates no more than a limit, and counts the bytes that are allocated.
#[derive(Debug)]
pub struct Limited {
    machine: Arc<dyn Machine>,
    limit: AtomicUsize,
    live: AtomicUsize,
    peak: AtomicUsize,
}

impl Limited {
    /// At most `limit` bytes of `machine`, at once and by all that use this value.
    pub fn new(machine: Arc<dyn Machine>, limit: usize) -> Self {
        Self { machine, limit: AtomicUsize::new(limit), live: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Another limit from now on; what is allocated stays, also where it is more.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Bytes that are allocated.
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// The most bytes that were allocated at once, since the last [`Self::forget_peak`].
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// Counts the peak anew from what is allocated now.
    pub fn forget_peak(&self) {
        self.peak.store(self.live(), Ordering::Relaxed);
    }

    /// Takes `bytes` off what is left.
    fn take(&self, bytes: usize) -> Result<(), CudaError> {
        let limit = self.limit();
        let grown = |live: usize| live.checked_add(bytes).filter(|live| *live <= limit);
        match self.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {
            Ok(before) => {
                self.peak.fetch_max(before + bytes, Ordering::Relaxed);
                Ok(())
            }
            Err(live) => Err(CudaError::Memory { needed: bytes, available: limit.saturating_sub(live) }),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.live.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Machine for Limited {
    fn name(&self) -> &str {
        self.machine.name()
    }

    fn available(&self) -> Result<usize, CudaError> {
        Ok(self.machine.available()?.min(self.limit().saturating_sub(self.live())))
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        self.take(bytes)?;
        self.machine.allocate(bytes).inspect_err(|_| self.give_back(bytes))
    }

    fn place(&self, bytes: &[u8]) -> Result<u64, CudaError> {
        self.take(bytes.len())?;
        self.machine.place(bytes).inspect_err(|_| self.give_back(bytes.len()))
    }

    fn release(&self, address: u64, bytes: usize) {
        self.machine.release(address, bytes);
        self.give_back(bytes);
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        self.machine.clear(address, bytes)
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        self.machine.upload(address, bytes)
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        self.machine.download(address, bytes)
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        self.machine.launch(kernel, args)
    }
}
