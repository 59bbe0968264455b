//! The twin, watched: which kernels run, and what freed memory holds.

use crate::Twin;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use zkattest_cuda::{Args, CudaError, Kernel, Machine};

/// The twin, which keeps account of what is asked of it, and can fail once.
#[derive(Debug)]
pub struct Watched {
    seen: Mutex<Seen>,
    /// Number of the operation that fails; none where there are fewer.
    fails_at: usize,
}

/// What a [`Watched`] has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Names of the kernels that were launched.
    pub kernels: BTreeSet<&'static str>,
    /// Allocations, copies and launches.
    pub operations: usize,
    /// Blocks that were freed.
    pub freed: usize,
    /// Of these, how many held a byte that was not zero.
    pub unwiped: usize,
    /// Bytes of the blocks that are allocated, by address.
    pub live: BTreeMap<u64, usize>,
}

impl Default for Watched {
    fn default() -> Self {
        Self::failing(usize::MAX)
    }
}

impl Watched {
    /// A twin whose allocation, copy or launch number `operation`, counted from 0, fails.
    pub fn failing(operation: usize) -> Self {
        Self { seen: Mutex::default(), fails_at: operation }
    }

    /// What it has seen so far.
    pub fn seen(&self) -> Seen {
        self.with(|seen| seen.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Counts an operation.
    fn count(&self) -> Result<(), CudaError> {
        let number = self.with(|seen| {
            seen.operations += 1;
            seen.operations - 1
        });
        match number == self.fails_at {
            // an error of the driver that says nothing of what happened: unspecified launch failure
            true => Err(CudaError::Driver { operation: "do as it is told", code: 719 }),
            false => Ok(()),
        }
    }
}

impl Machine for Watched {
    fn name(&self) -> &str {
        "twin, watched"
    }

    fn available(&self) -> Result<usize, CudaError> {
        Twin.available()
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        self.count()?;
        let address = Twin.allocate(bytes)?;
        self.with(|seen| seen.live.insert(address, bytes));
        Ok(address)
    }

    fn release(&self, address: u64, bytes: usize) {
        let mut held = vec![0; bytes];
        let read = Twin.download(address, &mut held).is_ok();
        self.with(|seen| {
            seen.freed += 1;
            seen.unwiped += usize::from(!read || held.iter().any(|byte| *byte != 0));
            assert_eq!(seen.live.remove(&address), Some(bytes), "a block is freed once, as it was allocated");
        });
        Twin.release(address, bytes);
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        Twin.clear(address, bytes)
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        self.count()?;
        Twin.upload(address, bytes)
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        self.count()?;
        Twin.download(address, bytes)
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        self.count()?;
        self.with(|seen| seen.kernels.insert(kernel.name()));
        Twin.launch(kernel, args)
    }
}
