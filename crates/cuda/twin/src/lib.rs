//! Runs the CUDA kernels' sources on the processor, a thread after the other.
#![allow(unsafe_code, reason = "calls the compiled kernels")]

use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn zkattest_twin_launch(name: *const c_char, args: *const u64) -> c_int;
    fn zkattest_twin_size(what: c_int) -> u64;
}

/// Runs a kernel; false where there is none of that name.
///
/// # Safety
/// The addresses among the arguments are of memory as the kernel's comment asks for.
pub unsafe fn launch(name: &CStr, args: &[u64; 16]) -> bool {
    // SAFETY: the name ends in a zero byte, `args` has the size of the kernels' struct, and the caller vouches for what
    // it says.
    unsafe { zkattest_twin_launch(name.as_ptr(), args.as_ptr()) != 0 }
}

/// Sizes in bytes of the arguments, a scalar, an affine point and a point.
pub fn sizes() -> [u64; 4] {
    // SAFETY: reads a table of four.
    std::array::from_fn(|what| unsafe { zkattest_twin_size(what as c_int) })
}
