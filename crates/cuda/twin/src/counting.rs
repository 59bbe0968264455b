//! A machine that counts what kernels read, write and multiply.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zkattest_cuda::{Args, CudaError, Kernel, Machine};

/// `counts.cpp` has the same struct.
#[repr(C)]
#[derive(Default)]
struct Launch {
    read: u64,
    written: u64,
    sectors_read: u64,
    sectors_written: u64,
    multiply_adds: u64,
}

unsafe extern "C" {
    fn zkattest_counting_launch(name: *const c_char, args: *const Args) -> c_int;
    fn zkattest_counting_begin(address: u64, bytes: u64, reads: *mut u32, writes: *mut u32, number: u32);
    fn zkattest_counting_end(out: *mut Launch);
}

/// Bytes of a sector, the least that a card's memory moves.
const SECTOR: usize = 32;

/// Blocks are aligned to this.
const ALIGNMENT: usize = 256;

/// `counts.cpp` holds the counts of one launch.
static LAUNCHING: Mutex<()> = Mutex::new(());

/// What the launches of a kernel, or copies, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many.
    pub launches: u64,
    /// Threads of all of them.
    pub threads: u64,
    /// Bytes that were asked for.
    pub read: u64,
    /// Likewise.
    pub written: u64,
    /// Bytes of the different sectors of 32 bytes that a launch touched, summed over launches: what moves at least between
    /// memory and processors whose caches are empty at its begin.
    pub sectors_read: u64,
    /// Likewise.
    pub sectors_written: u64,
    /// 32-bit multiply-adds, the lower or the upper half of a product each.
    pub multiply_adds: u64,
}

impl Counts {
    /// Each by its name.
    pub fn fields(&self) -> [(&'static str, u64); 7] {
        [
            ("launches", self.launches),
            ("threads", self.threads),
            ("read", self.read),
            ("written", self.written),
            ("sectors_read", self.sectors_read),
            ("sectors_written", self.sectors_written),
            ("multiply_adds", self.multiply_adds),
        ]
    }

    /// What came after `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            launches: self.launches - before.launches,
            threads: self.threads - before.threads,
            read: self.read - before.read,
            written: self.written - before.written,
            sectors_read: self.sectors_read - before.sectors_read,
            sectors_written: self.sectors_written - before.sectors_written,
            multiply_adds: self.multiply_adds - before.multiply_adds,
        }
    }
}

/// Counts by the name of the kernel; `upload`, `download` and `clear` are what the machine itself moves.
pub type ByKernel = BTreeMap<&'static str, Counts>;

/// What came to counts since they were `before`; kernels that were not launched are left out.
pub fn since(before: &ByKernel, after: &ByKernel) -> ByKernel {
    let none = Counts::default();
    let all =
        after.iter().map(|(kernel, counts)| (*kernel, counts.since(before.get(kernel).unwrap_or(&none))));
    all.filter(|(_, counts)| counts.launches > 0).collect()
}

#[derive(Debug, Default)]
struct State {
    /// Free ranges: first byte, counted from the memory's, and length.
    free: BTreeMap<usize, usize>,
    used: usize,
    peak: usize,
    launches: u32,
    counts: ByKernel,
}

/// The kernels' sources on the processor, in a memory of its own whose accesses are counted. Slow: for figures, not for tests.
#[derive(Debug)]
pub struct Counting {
    memory: Zeros,
    reads: Zeros,
    writes: Zeros,
    state: Mutex<State>,
}

/// Zeros that the system gives as they are written to.
#[derive(Debug)]
struct Zeros {
    address: u64,
    layout: Layout,
}

impl Zeros {
    fn new(bytes: usize) -> Result<Self, CudaError> {
        let refused = CudaError::Memory { needed: bytes, available: 0 };
        // Of a greater alignment the allocator would write the zeros itself.
        let layout = Layout::from_size_align(bytes + ALIGNMENT, 16).map_err(|_| refused.clone())?;
        // SAFETY: the layout is not empty.
        let address = unsafe { alloc_zeroed(layout) } as u64;
        if address == 0 { Err(refused) } else { Ok(Self { address, layout }) }
    }
}

impl Zeros {
    /// The first aligned byte.
    fn begin(&self) -> u64 {
        self.address.next_multiple_of(ALIGNMENT as u64)
    }

    /// Bytes from there on, as many as were asked for.
    fn bytes(&self) -> usize {
        self.layout.size() - ALIGNMENT
    }
}

impl Drop for Zeros {
    fn drop(&mut self) {
        // SAFETY: as allocated.
        unsafe { dealloc(self.address as *mut u8, self.layout) };
    }
}

impl Counting {
    /// A machine of so many bytes of memory.
    ///
    /// # Errors
    /// [`CudaError::Memory`] where the system does not give as much, and a quarter more.
    pub fn new(bytes: usize) -> Result<Self, CudaError> {
        let bytes = bytes.next_multiple_of(ALIGNMENT);
        let state = State { free: [(0, bytes)].into(), ..State::default() };
        let stamps = || Zeros::new(bytes / SECTOR * size_of::<u32>());
        Ok(Self { memory: Zeros::new(bytes)?, reads: stamps()?, writes: stamps()?, state: Mutex::new(state) })
    }

    /// What was counted so far.
    pub fn counts(&self) -> ByKernel {
        self.state().counts.clone()
    }

    /// Most bytes that were allocated at once.
    pub fn peak(&self) -> usize {
        self.state().peak
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copied(&self, what: &'static str, read: usize, written: usize) {
        let mut state = self.state();
        let counts = state.counts.entry(what).or_default();
        counts.launches += 1;
        counts.read += read as u64;
        counts.written += written as u64;
    }
}

impl Machine for Counting {
    fn name(&self) -> &str {
        "counting twin"
    }

    fn available(&self) -> Result<usize, CudaError> {
        Ok(self.memory.bytes() - self.state().used)
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        let length = bytes.next_multiple_of(ALIGNMENT);
        let mut state = self.state();
        let Some((first, found)) =
            state.free.iter().find(|(_, found)| **found >= length).map(|(first, found)| (*first, *found))
        else {
            return Err(CudaError::Memory { needed: bytes, available: self.memory.bytes() - state.used });
        };
        state.free.remove(&first);
        if found > length {
            state.free.insert(first + length, found - length);
        }
        state.used += length;
        state.peak = state.peak.max(state.used);
        Ok(self.memory.begin() + first as u64)
    }

    fn release(&self, address: u64, bytes: usize) {
        let mut first = (address - self.memory.begin()) as usize;
        let mut length = bytes.next_multiple_of(ALIGNMENT);
        let mut state = self.state();
        state.used -= length;
        if let Some(next) = state.free.remove(&(first + length)) {
            length += next;
        }
        let before = state.free.range(..first).next_back().map(|(first, length)| (*first, *length));
        if let Some((start, gap)) = before.filter(|(start, gap)| start + gap == first) {
            (first, length) = (start, gap + length);
        }
        state.free.insert(first, length);
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        self.copied("clear", 0, bytes);
        // SAFETY: the range is allocated.
        unsafe { (address as *mut u8).write_bytes(0, bytes) };
        Ok(())
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        self.copied("upload", 0, bytes.len());
        // SAFETY: the range is allocated.
        unsafe { (address as *mut u8).copy_from(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        self.copied("download", bytes.len(), 0);
        // SAFETY: the range is allocated.
        unsafe { bytes.as_mut_ptr().copy_from(address as *const u8, bytes.len()) };
        Ok(())
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        let name = CString::new(kernel.name()).map_err(|_| CudaError::Module { code: 0 })?;
        let _one = LAUNCHING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        state.launches += 1;
        let mut launch = Launch::default();
        // SAFETY: the crate's launches name memory as the kernels ask for, and there are stamps for all sectors of it.
        let known = unsafe {
            let (reads, writes) = (self.reads.begin() as *mut u32, self.writes.begin() as *mut u32);
            let bytes = self.memory.bytes() as u64;
            zkattest_counting_begin(self.memory.begin(), bytes, reads, writes, state.launches);
            let known = zkattest_counting_launch(name.as_ptr(), args) != 0;
            zkattest_counting_end(&raw mut launch);
            known
        };
        let counts = state.counts.entry(kernel.name()).or_default();
        counts.launches += 1;
        counts.threads += args.n;
        counts.read += launch.read;
        counts.written += launch.written;
        counts.sectors_read += launch.sectors_read * SECTOR as u64;
        counts.sectors_written += launch.sectors_written * SECTOR as u64;
        counts.multiply_adds += launch.multiply_adds;
        if known { Ok(()) } else { Err(CudaError::Module { code: 0 }) }
    }
}
