//! Copies between the processor's memory and a device's through pinned memory, which the device reads and writes by itself: a
//! copy from pageable memory would wait for the driver, and often for the stream.
//!
//! A copy goes in pieces through the two halves of a [`Staging`]: while the device copies one, the processor fills or empties
//! the other. An event after each piece says when its half is free; who waits for a download waits for that event alone.

use super::{CudaStream, driver};
use crate::CudaError;
use cudarc::driver::{result, sys};
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroize;

/// Bytes of a half: a copy of so many takes 0.2 ms or so.
const HALF: usize = 1 << 23;

/// Bytes that one task of the processor copies.
const TASK: usize = 1 << 19;

/// Copies to a device that are not worth a half: the driver takes them along with the command.
const SHORT: usize = 1 << 16;

/// Stagings that are kept: 64 MB. With more copies at once, the others go without.
const KEPT: usize = 4;

/// An event of the driver, without a clock.
struct Event(sys::CUevent);

impl Event {
    fn new() -> Result<Self, CudaError> {
        let flags = sys::CUevent_flags::CU_EVENT_DISABLE_TIMING;
        result::event::create(flags).map(Self).map_err(driver("make an event"))
    }

    /// It comes when all is done that was put on the stream so far.
    fn record(&self, stream: &CudaStream) -> Result<(), CudaError> {
        // SAFETY: the event lives as long as `self`, the stream is open.
        unsafe { result::event::record(self.0, stream.cu_stream()) }.map_err(driver("record an event"))
    }

    /// Waits on the processor; not at all where it was never recorded.
    fn wait(&self) -> Result<(), CudaError> {
        // SAFETY: the event lives as long as `self`.
        unsafe { result::event::synchronize(self.0) }.map_err(driver("finish its work"))
    }

    /// What is put on the stream from now on waits.
    fn hold(&self, stream: &CudaStream) -> Result<(), CudaError> {
        let flags = sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT;
        // SAFETY: the event lives as long as `self`, the stream is open.
        unsafe { result::stream::wait_event(stream.cu_stream(), self.0, flags) }
            .map_err(driver("wait for an event"))
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it is destroyed once; the driver keeps what still waits for it.
        let _ = unsafe { result::event::destroy(self.0) };
    }
}

/// Pinned memory of [`HALF`] bytes, and the event after its last copy.
struct Half {
    memory: *mut u8,
    copied: Event,
}

// SAFETY: the memory belongs to this value alone, and the driver takes events from any thread.
unsafe impl Send for Half {}

impl Half {
    fn new() -> Result<Self, CudaError> {
        let copied = Event::new()?;
        // SAFETY: the context is bound; `drop` frees the memory.
        let memory = unsafe { result::malloc_host(HALF, 0) }.map_err(driver("allocate pinned memory"))?;
        let memory: *mut u8 = memory.cast();
        // SAFETY: so many bytes were allocated.
        unsafe { memory.write_bytes(0, HALF) };
        Ok(Self { memory, copied })
    }

    /// Its first bytes, once its last copy is through.
    fn free(&mut self, length: usize) -> Result<&mut [u8], CudaError> {
        self.copied.wait()?;
        // SAFETY: the memory is as long or longer, written by `new`, and no copy reads or writes it any more.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.memory, length.min(HALF)) })
    }

    /// Copies its first bytes to a device.
    fn send(&mut self, stream: &CudaStream, address: u64, length: usize) -> Result<(), CudaError> {
        // SAFETY: `length` bytes were filled, the range lies in one allocation, and nobody writes the half before `free`.
        let bytes = unsafe { std::slice::from_raw_parts(self.memory, length.min(HALF)) };
        // SAFETY: as above.
        unsafe { result::memcpy_htod_async(address, bytes, stream.cu_stream()) }
            .map_err(driver("copy to the device"))?;
        self.copied.record(stream)
    }

    /// Copies from a device to its first bytes.
    fn receive(&mut self, stream: &CudaStream, address: u64, length: usize) -> Result<(), CudaError> {
        let bytes = self.free(length)?;
        // SAFETY: the range lies in one allocation, and nobody looks at the half before `free`.
        unsafe { result::memcpy_dtoh_async(bytes, address, stream.cu_stream()) }
            .map_err(driver("copy from the device"))?;
        self.copied.record(stream)
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        // Where the device is lost no copy is under way any more, and where it is not this waits for the last one.
        if let Ok(bytes) = self.free(HALF) {
            bytes.zeroize();
        }
        // SAFETY: allocated by `new`, freed once, after the last copy.
        let _ = unsafe { result::free_host(self.memory.cast()) };
    }
}

/// Two halves that take turns.
struct Staging([Half; 2]);

/// What copies go through.
pub(super) struct Transfers {
    stagings: Mutex<Stagings>,
    /// For what need not wait for the kernels that were launched before. Last, as it keeps the context that the memory is of.
    stream: Arc<CudaStream>,
}

#[derive(Default)]
struct Stagings {
    /// The one that was given back first is the next.
    free: VecDeque<Staging>,
    made: usize,
}

impl Drop for Transfers {
    fn drop(&mut self) {
        // Whichever thread it is that pinned memory is freed by.
        let _ = self.stream.context().bind_to_thread();
    }
}

impl Transfers {
    /// `stream`: one that nothing else uses.
    pub fn new(stream: Arc<CudaStream>) -> Self {
        Self { stagings: Mutex::default(), stream }
    }

    /// New memory with a copy of `bytes`, which does not wait for what is on the `working` stream; what comes there from now
    /// on waits for the copy. None where they are too few to go by themselves.
    pub fn place(&self, bytes: &[u8], working: &CudaStream) -> Result<Option<u64>, CudaError> {
        if bytes.len() <= SHORT {
            return Ok(None);
        }
        let copied = Event::new()?;
        // Allocated on the copying stream: the driver gives no memory that kernels still work with, or waits for them.
        // SAFETY: the stream is open; who gets the address frees it on the working stream, which waits for the copy.
        let address = match unsafe { result::malloc_async(self.stream.cu_stream(), bytes.len()) } {
            Ok(address) => address,
            // `allocate` says how much is needed and how much is left.
            Err(_) => return Ok(None),
        };
        let sent = self
            .send(&self.stream, address, bytes)
            .and_then(|()| copied.record(&self.stream))
            .and_then(|()| copied.hold(working));
        if let Err(error) = sent {
            // SAFETY: allocated on this stream, and nobody else has the address. What was copied is wiped.
            unsafe {
                let _ = result::memset_d8_async(address, 0, bytes.len(), self.stream.cu_stream());
                let _ = result::free_async(address, self.stream.cu_stream());
            }
            return Err(error);
        }
        Ok(Some(address))
    }

    /// Copies to a device on a stream; `bytes` are free when this returns.
    pub fn send(&self, stream: &CudaStream, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        let staging = if bytes.len() > SHORT { self.take()? } else { None };
        let Some(mut staging) = staging else {
            // SAFETY: the range lies in one allocation; a copy from pageable memory has left `bytes` when it returns.
            return unsafe { result::memcpy_htod_async(address, bytes, stream.cu_stream()) }
                .map_err(driver("copy to the device"));
        };
        for (number, piece) in bytes.chunks(HALF).enumerate() {
            let half = &mut staging.0[number % 2];
            copy(piece, half.free(piece.len())?);
            half.send(stream, address + (number * HALF) as u64, piece.len())?;
        }
        self.give(staging);
        Ok(())
    }

    /// Copies from a device, after what is on the stream.
    pub fn receive(&self, stream: &CudaStream, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        let Some(mut staging) = self.take()? else {
            // SAFETY: the range lies in one allocation, and `bytes` lives until the stream is through.
            unsafe { result::memcpy_dtoh_async(bytes, address, stream.cu_stream()) }
                .map_err(driver("copy from the device"))?;
            return stream.synchronize().map_err(driver("finish its work"));
        };
        let length = bytes.len();
        let begin = |number: usize, staging: &mut Staging| {
            let from = number * HALF;
            if from >= length {
                return Ok(());
            }
            staging.0[number % 2].receive(stream, address + from as u64, (length - from).min(HALF))
        };
        begin(0, &mut staging)?;
        for (number, piece) in bytes.chunks_mut(HALF).enumerate() {
            // The other half was emptied in the round before.
            begin(number + 1, &mut staging)?;
            let found = staging.0[number % 2].free(piece.len())?;
            copy(found, piece);
            found.zeroize();
        }
        self.give(staging);
        Ok(())
    }

    /// One that nobody else has; none where all are in use. The lock is not held while rayon's threads copy, which may take up
    /// another copy meanwhile.
    fn take(&self) -> Result<Option<Staging>, CudaError> {
        let mut stagings = self.stagings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(staging) = stagings.free.pop_front() {
            return Ok(Some(staging));
        }
        if stagings.made == KEPT {
            return Ok(None);
        }
        let staging = Staging([Half::new()?, Half::new()?]);
        stagings.made += 1;
        Ok(Some(staging))
    }

    /// One that failed is not given back, and waits for its copies when it is dropped.
    fn give(&self, staging: Staging) {
        self.stagings.lock().unwrap_or_else(PoisonError::into_inner).free.push_back(staging);
    }
}

/// Copies by all threads, which a memory's bandwidth takes several of.
fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() <= TASK {
        to.copy_from_slice(from);
    } else {
        to.par_chunks_mut(TASK).zip(from.par_chunks(TASK)).for_each(|(to, from)| to.copy_from_slice(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_whole_at_every_length() {
        for length in [0, 1, TASK - 1, TASK, TASK + 1, 3 * TASK + 5] {
            let from: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut to = vec![0; length];
            copy(&from, &mut to);
            assert_eq!(to, from);
        }
    }
}
