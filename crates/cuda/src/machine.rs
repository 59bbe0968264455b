//! What runs kernels: memory, copies, launches.

use crate::CudaError;
use std::fmt::Debug;

/// Sizes in bytes of `Args`, a scalar, an affine point and a point, as `kernels/*.cuh` have them.
pub const SIZES: [usize; 4] = [128, 32, 64, 128];

/// Arguments of a launch; `kernels/prelude.cuh` has the same struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Args {
    /// Number of threads.
    pub n: u64,
    /// Addresses and numbers, in the order of the kernel's comment.
    pub at: [u64; 15],
}

macro_rules! kernels {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A kernel; `kernels/*.cuh` say what each does and takes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "documented where they are written")]
        pub enum Kernel { $($variant),* }

        impl Kernel {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the module.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

kernels! {
    Multiply = "multiply",
    Add = "add",
    Subtract = "subtract",
    InnerProducts = "inner_products",
    PartialSums = "partial_sums",
    EqStep = "eq_step",
    Invert = "invert",
    CountFrom = "count_from",
    FoldAll = "fold_all",
    GatherAll = "gather_all",
    SumAll = "sum_all",
    LinearRounds = "linear_rounds",
    QuadraticRounds = "quadratic_rounds",
    CubicRounds = "cubic_rounds",
    ProductRounds = "product_rounds",
    LookupRounds = "lookup_rounds",
    ShortLookupRounds = "short_lookup_rounds",
    BindWeights = "bind_weights",
    OuterProducts = "outer_products",
    FillPieces = "fill_pieces",
    AddPieces = "add_pieces",
    FillColumn = "fill_column",
    FillEqs = "fill_eqs",
    DotCells = "dot_cells",
    DotBlocks = "dot_blocks",
    DotWideBlocks = "dot_wide_blocks",
    DotElements = "dot_elements",
    FoldBlocks = "fold_blocks",
    FoldElements = "fold_elements",
    SegmentSums = "segment_sums",
    SegmentSuffixes = "segment_suffixes",
    AddMultiple = "add_multiple",
    AddSparse = "add_sparse",
    LookUp = "look_up",
    CountDigits = "count_digits",
    PlaceDigits = "place_digits",
    BlockSums = "block_sums",
    BlockOffsets = "block_offsets",
    CountTasks = "count_tasks",
    ListTasks = "list_tasks",
    SumTasks = "sum_tasks",
    SumBuckets = "sum_buckets",
    WeighSegments = "weigh_segments",
    SumPoints = "sum_points",
    Copy = "copy",
    MultiplyAddChains = "multiply_add_chains",
    CellBits = "cell_bits",
    AddBuckets = "add_buckets",
    SumBits = "sum_bits",
    JoinBits = "join_bits",
    HelperCells = "helper_cells",
}

/// Memory and launches, in order: each step sees what those before it wrote. Only what nothing before it could see may go
/// beside them: [`Machine::place`].
pub trait Machine: Debug + Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// Bytes of memory that can still be allocated.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    fn available(&self) -> Result<usize, CudaError>;

    /// Address of so many bytes of new memory, aligned to 256.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    fn allocate(&self, bytes: usize) -> Result<u64, CudaError>;

    /// Address of new memory with a copy of `bytes`, which are not none. The copy need not wait for what was launched before;
    /// what is launched afterwards sees it.
    ///
    /// # Errors
    /// [`CudaError::Memory`], [`CudaError::Driver`].
    fn place(&self, bytes: &[u8]) -> Result<u64, CudaError> {
        place_in_order(self, bytes)
    }

    /// Gives allocated memory back, once.
    fn release(&self, address: u64, bytes: usize);

    /// Sets memory to zero. The range lies in one allocation, here and below.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    fn clear(&self, address: u64, bytes: usize) -> Result<(), CudaError>;

    /// Copies to the machine.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError>;

    /// Copies from the machine, after all that was launched before.
    ///
    /// # Errors
    /// [`CudaError::Driver`], also for what earlier launches did.
    fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), CudaError>;

    /// Runs a kernel with arguments as it asks for; `args.n` threads, at least one.
    ///
    /// # Errors
    /// [`CudaError::Driver`].
    fn launch(&self, kernel: Kernel, args: &Args) -> Result<(), CudaError>;
}

/// [`Machine::place`] after all that was launched before.
pub(crate) fn place_in_order<M: Machine + ?Sized>(machine: &M, bytes: &[u8]) -> Result<u64, CudaError> {
    let address = machine.allocate(bytes.len())?;
    if let Err(error) = machine.upload(address, bytes) {
        // As much as a lost device can: what came there is wiped.
        let _ = machine.clear(address, bytes.len());
        machine.release(address, bytes.len());
        return Err(error);
    }
    Ok(address)
}
