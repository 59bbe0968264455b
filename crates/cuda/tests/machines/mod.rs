//! What the tests run on: the twin always, the first device where there is one.
#![allow(unsafe_code, reason = "the twin's memory is the process's own")]
#![allow(dead_code, reason = "each test file uses some of it")]

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::CString;
use std::sync::Arc;
use zkattest_cuda::{Args, CudaError, Device, Kernel, Machine};

/// The kernels' sources on the processor.
#[derive(Debug)]
pub struct Twin;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 256).unwrap()
}

impl Machine for Twin {
    fn name(&self) -> &str {
        "twin"
    }

    fn available(&self) -> Result<usize, CudaError> {
        Ok(usize::MAX)
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        // SAFETY: no block is empty. Garbage, so that what relies on zeros is seen.
        unsafe {
            let at = alloc(layout(bytes));
            at.write_bytes(0xa5, bytes);
            Ok(at as u64)
        }
    }

    fn release(&self, address: u64, bytes: usize) {
        // SAFETY: as allocated.
        unsafe { dealloc(address as *mut u8, layout(bytes)) };
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
        let mut words = [args.n; 16];
        words[1..].copy_from_slice(&args.at);
        // SAFETY: the crate's launches name memory as the kernels ask for.
        let known = unsafe { zkattest_cuda_twin::launch(&CString::new(kernel.name()).unwrap(), &words) };
        assert!(known, "the twin has no kernel {}", kernel.name());
        Ok(())
    }
}

/// The twin, and the first device; says visibly where there is none.
pub fn machines() -> Vec<Arc<dyn Machine>> {
    let mut found: Vec<Arc<dyn Machine>> = vec![Arc::new(Twin)];
    match Device::open(0) {
        Ok(device) => found.push(Arc::new(device)),
        Err(error) => eprintln!("SKIPPED on a device: {error}"),
    }
    found
}
