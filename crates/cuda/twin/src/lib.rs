//! The CUDA kernels' sources compiled for the processor: a machine for tests, a thread after the other.
#![allow(unsafe_code, reason = "calls the compiled kernels, and its memory is the process's own")]

mod counting;
mod failing;
mod watched;

pub use counting::{ByKernel, Counting, Counts, since};
pub use failing::{Failing, LOST};

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{CString, c_char, c_int};
pub use watched::{Seen, Watched};
use zkattest_cuda::{Args, CudaError, Kernel, Machine};

unsafe extern "C" {
    fn zkattest_twin_launch(name: *const c_char, args: *const Args) -> c_int;
    fn zkattest_twin_layout(what: u64) -> u64;
}

/// Sizes, alignments and places of the structs that cross, as the kernels have them; `kernels/twin.cpp` has the order.
pub fn layouts() -> Vec<u64> {
    // SAFETY: reads a table, and says where it ends.
    (0..).map(|what| unsafe { zkattest_twin_layout(what) }).take_while(|number| *number != u64::MAX).collect()
}

/// The kernels' sources on the processor.
#[derive(Debug)]
pub struct Twin;

fn layout(bytes: usize) -> Result<Layout, CudaError> {
    Layout::from_size_align(bytes, 256).map_err(|_| CudaError::Memory { needed: bytes, available: 0 })
}

impl Machine for Twin {
    fn name(&self) -> &str {
        "twin"
    }

    fn available(&self) -> Result<usize, CudaError> {
        Ok(usize::MAX)
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        let layout = layout(bytes)?;
        // SAFETY: no block is empty. Garbage, so that what relies on zeros is seen.
        unsafe {
            let at = alloc(layout);
            at.write_bytes(0xa5, bytes);
            Ok(at as u64)
        }
    }

    fn release(&self, address: u64, bytes: usize) {
        if let Ok(layout) = layout(bytes) {
            // SAFETY: as allocated.
            unsafe { dealloc(address as *mut u8, layout) };
        }
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        // SAFETY: the range is allocated.
        unsafe { (address as *mut u8).write_bytes(0, bytes) };
        Ok(())
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        // SAFETY: the range is allocated.
        unsafe { (address as *mut u8).copy_from(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        // SAFETY: the range is allocated.
        unsafe { bytes.as_mut_ptr().copy_from(address as *const u8, bytes.len()) };
        Ok(())
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        let name = CString::new(kernel.name()).map_err(|_| CudaError::Module { code: 0 })?;
        // SAFETY: the crate's launches name memory as the kernels ask for.
        let known = unsafe { zkattest_twin_launch(name.as_ptr(), args) } != 0;
        if known { Ok(()) } else { Err(CudaError::Module { code: 0 }) }
    }
}
