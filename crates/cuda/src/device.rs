//! An NVIDIA device through its driver.
#![allow(
    unsafe_code,
    reason = "the driver's functions take addresses and sizes; each call says why its are right"
)]

mod transfers;

use crate::machine::place_in_order;
use crate::{Args, CudaError, Kernel, Machine};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaStream, DeviceRepr, DriverError, LaunchConfig, PushKernelArg, result, sys,
};
use cudarc::nvrtc::Ptx;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use transfers::Transfers;

/// The kernels, for compute capability 7.5; made by `build_ptx.py`.
const PTX: &str = include_str!("../ptx/kernels.ptx");

/// Threads of a block, as the kernels' launch bounds have it.
const BLOCK: u32 = 256;

// SAFETY: `Args` is plain data that the kernels take by value.
unsafe impl DeviceRepr for Args {}

/// A device with the kernels on it. Kernels run on one stream, in order; uploads to new memory go beside them.
pub struct Device {
    transfers: Transfers,
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    functions: HashMap<Kernel, CudaFunction>,
    facts: DeviceFacts,
}

/// What a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFacts {
    /// As the driver has it.
    pub name: String,
    /// Compute capability.
    pub capability: (i32, i32),
    /// Multiprocessors.
    pub multiprocessors: i32,
    /// Clock of the multiprocessors at most, kHz.
    pub clock_khz: i32,
    /// Bytes of memory, and of the second-level cache.
    pub memory: usize,
    /// Likewise.
    pub cache: i32,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Device").field("facts", &self.facts).finish()
    }
}

impl Device {
    /// Number of devices; 0 where there is no driver.
    pub fn count() -> usize {
        // SAFETY: only tries to open the driver's library.
        let present = unsafe { sys::is_culib_present() };
        if !present || result::init().is_err() {
            return 0;
        }
        CudaContext::device_count().ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    }

    /// Opens a device and loads the kernels, which takes its driver seconds the first time.
    ///
    /// # Errors
    /// [`CudaError::NoDriver`], [`CudaError::NoDevice`], [`CudaError::TooOld`], [`CudaError::Module`],
    /// [`CudaError::Driver`].
    pub fn open(ordinal: usize) -> Result<Self, CudaError> {
        // SAFETY: as above.
        if !unsafe { sys::is_culib_present() } {
            return Err(CudaError::NoDriver);
        }
        let found = Self::count();
        if ordinal >= found {
            return Err(CudaError::NoDevice { ordinal, found });
        }
        let context = CudaContext::new(ordinal).map_err(driver("open the device"))?;
        // SAFETY: no memory is cudarc's own: kernels are on one stream, in order, and `Transfers` has events for its own.
        unsafe { context.disable_event_tracking() };
        let facts = DeviceFacts::of(&context)?;
        if facts.capability < (7, 5) {
            let (major, minor) = facts.capability;
            return Err(CudaError::TooOld { major, minor });
        }
        let module = context
            .load_module(Ptx::from_src(PTX))
            .map_err(|error| CudaError::Module { code: error.0 as u32 })?;
        let mut functions = HashMap::new();
        for kernel in Kernel::ALL {
            let function = module.load_function(kernel.name()).map_err(driver("find a kernel"))?;
            functions.insert(*kernel, function);
        }
        let stream = context.new_stream().map_err(driver("open a stream"))?;
        let transfers = Transfers::new(context.new_stream().map_err(driver("open a stream"))?);
        keep_memory(&context)?;
        Ok(Self { transfers, context, stream, functions, facts })
    }

    /// What it is.
    pub fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn bound(&self) -> Result<(), CudaError> {
        self.context.bind_to_thread().map_err(driver("use the device"))
    }
}

impl DeviceFacts {
    fn of(context: &CudaContext) -> Result<Self, CudaError> {
        use sys::CUdevice_attribute_enum as Attribute;
        let number = |attribute| context.attribute(attribute).map_err(driver("describe the device"));
        Ok(Self {
            name: context.name().map_err(driver("describe the device"))?,
            capability: context.compute_capability().map_err(driver("describe the device"))?,
            multiprocessors: number(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
            clock_khz: number(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?,
            memory: context.total_mem().map_err(driver("describe the device"))?,
            cache: number(Attribute::CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE)?,
        })
    }
}

/// The pool that memory is allocated from.
fn pool(context: &CudaContext) -> Result<sys::CUmemoryPool, CudaError> {
    let mut pool = std::ptr::null_mut();
    // SAFETY: the device is open, and the pool lives through the call that writes it.
    unsafe { sys::cuDeviceGetDefaultMemPool(&raw mut pool, context.cu_device()) }
        .result()
        .map_err(driver("find its pool"))?;
    Ok(pool)
}

/// Released memory stays with the process, so that it is allocated again without the driver's work.
fn keep_memory(context: &CudaContext) -> Result<(), CudaError> {
    let mut threshold = u64::MAX;
    let attribute = sys::CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    let value: *mut c_void = (&raw mut threshold).cast();
    // SAFETY: the threshold is a number of 64 bits, as the attribute asks for, and lives through the call that reads it.
    unsafe { sys::cuMemPoolSetAttribute(pool(context)?, attribute, value) }
        .result()
        .map_err(driver("keep its pool"))
}

/// Bytes of the pool: those it has of the device, or those of them that are allocated.
fn pooled(context: &CudaContext, attribute: sys::CUmemPool_attribute_enum) -> Result<usize, CudaError> {
    let mut bytes = 0u64;
    let value: *mut c_void = (&raw mut bytes).cast();
    // SAFETY: the attribute is a number of 64 bits, which lives through the call that writes it.
    unsafe { sys::cuMemPoolGetAttribute(pool(context)?, attribute, value) }
        .result()
        .map_err(driver("ask for its pool's memory"))?;
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

impl Machine for Device {
    fn name(&self) -> &str {
        &self.facts.name
    }

    fn available(&self) -> Result<usize, CudaError> {
        self.bound()?;
        // What was released, but not reached by the stream yet, counts as used: rather too little is said than waited.
        let free = self.context.mem_get_info().map_err(driver("ask for free memory"))?.0;
        let [reserved, used] = [
            sys::CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT,
            sys::CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_USED_MEM_CURRENT,
        ]
        .map(|attribute| pooled(&self.context, attribute));
        Ok(free.saturating_add(reserved?.saturating_sub(used?)))
    }

    fn allocate(&self, bytes: usize) -> Result<u64, CudaError> {
        self.bound()?;
        // SAFETY: the stream is open; who gets the address frees it by `release`.
        match unsafe { result::malloc_async(self.stream.cu_stream(), bytes) } {
            Ok(address) => Ok(address),
            Err(DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                Err(CudaError::Memory { needed: bytes, available: self.available()? })
            }
            Err(error) => Err(driver("allocate memory")(error)),
        }
    }

    fn release(&self, address: u64, _bytes: usize) {
        if self.bound().is_ok() {
            // SAFETY: the address came from `allocate` or `place`, and its block is dropped. What the driver of a lost
            // device cannot free ends with the context.
            let _ = unsafe { result::free_async(address, self.stream.cu_stream()) };
        }
    }

    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError> {
        self.bound()?;
        // SAFETY: the range lies in one allocation.
        unsafe { result::memset_d8_async(address, 0, bytes, self.stream.cu_stream()) }
            .map_err(driver("clear memory"))
    }

    fn place(&self, bytes: &[u8]) -> Result<u64, CudaError> {
        self.bound()?;
        match self.transfers.place(bytes, &self.stream)? {
            Some(address) => Ok(address),
            None => place_in_order(self, bytes),
        }
    }

    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        self.bound()?;
        self.transfers.send(&self.stream, address, bytes)
    }

    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError> {
        self.bound()?;
        self.transfers.receive(&self.stream, address, bytes)
    }

    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError> {
        let failed = driver("launch a kernel");
        let function = self.functions.get(&kernel).ok_or(CudaError::Module { code: 0 })?;
        let blocks = u32::try_from(args.n.div_ceil(u64::from(BLOCK)));
        let blocks =
            blocks.map_err(|_| CudaError::Driver { operation: "launch so many threads", code: 0 })?;
        let shape = LaunchConfig { grid_dim: (blocks, 1, 1), block_dim: (BLOCK, 1, 1), shared_mem_bytes: 0 };
        let mut builder = self.stream.launch_builder(function);
        builder.arg(args);
        // SAFETY: the kernel takes one `Args`, whose addresses are of blocks of the sizes that it asks for, alive
        // until they are freed on the same stream.
        unsafe { builder.launch(shape) }.map(drop).map_err(failed)
    }
}

fn driver(operation: &'static str) -> impl Fn(DriverError) -> CudaError {
    move |error| CudaError::Driver { operation, code: error.0 as u32 }
}
