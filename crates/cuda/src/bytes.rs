//! Elements and integers as the bytes that machines hold.
#![allow(unsafe_code, reason = "plain data is looked at as bytes; the layouts are asserted here")]

use ark_bn254::Fr;
use std::mem::{align_of, size_of};

/// Types without padding whose every bit pattern is a value of theirs, or that are only read.
///
/// # Safety
/// Values have no padding bytes.
pub(crate) unsafe trait Plain: Copy + Send + Sync {}

// SAFETY: integers have no padding.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i16 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for [u64; 8] {}
// SAFETY: as above.
unsafe impl Plain for [u64; 16] {}
// SAFETY: an element is four 64-bit limbs and a marker of no size: as large as the limbs, so without padding.
unsafe impl Plain for Fr {}

const _: () = assert!(size_of::<Fr>() == 32 && align_of::<Fr>() == 8);

/// The bytes of a slice.
pub(crate) fn bytes<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `T` has no padding, the range is that of the slice, and u8 is aligned anywhere.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The bytes of a slice, to be filled by a machine: elements that kernels store are below the modulus, as arkworks
/// needs them.
pub(crate) fn bytes_mut<T: Plain>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: as above; every bit pattern is a value of each `Plain` type's limbs or integers.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}
