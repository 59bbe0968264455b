//! The kernels of `zkattest-kernels` on NVIDIA devices.
//!
//! `kernels/*.cuh` are CUDA C++; `ptx/kernels.ptx` is made of them by `build_ptx.py` and compiled for the card by its
//! driver, whose library is opened at run time: the crate builds and runs where there is no CUDA, and
//! [`Device::open`] says what is missing. Elements lie on a device bit for bit as in memory, and results are the same
//! elements, hence the same bytes.
//!
//! * [`Machine`]: memory and launches. [`Device`] is one; the *twin* of the tests runs the same sources on a processor.
//! * [`Gpu`]: [`zkattest_kernels::Kernels`] on a machine; what a call is given goes to the device and its result back.
//! * [`Vector`], [`SmallCells`]: elements and cells that stay on the device between kernels.
//! * [`Gpu::add_rounds`], [`Gpu::fold_all`]: rounds of sum-checks over tables that stay there.
//! * [`PiecesTable`], [`LookupTable`]: tables that are computed from cells there.
//! * [`Gpu::dots`], [`Gpu::folds`]: resident cells against vectors of weights; [`Gpu::divide`]: polynomials.
//! * [`ResidentBases`]: a set-up string that stays on the device, and sums of its multiples.
//!
//! Running time depends on the data: kernels are for one's own secrets on one's own machine.
#![deny(unsafe_code)]

mod batch;
mod blocks;
mod bytes;
mod ceilings;
mod device;
mod error;
mod gpu;
mod helpers;
mod jobs;
mod limited;
mod machine;
mod memory;
mod msm;
mod packing;
mod polynomials;
mod resident;
mod rounds;
mod shape;
mod sums;
mod tables;
mod values;

pub use batch::Pending;
pub use blocks::{Blocks, Fold, Resident};
pub use ceilings::CHAIN_MULTIPLY_ADDS;
pub use device::{Device, DeviceFacts};
pub use error::CudaError;
pub use gpu::Gpu;
pub use helpers::HelperRows;
pub use limited::Limited;
pub use machine::{Args, Kernel, Machine, SIZES};
pub use msm::{ROOM, ResidentBases, Terms};
pub use resident::{SmallCells, Vector};
pub use rounds::{Halves, Round, RoundForm, RoundRows, RoundSums, room_of_rounds};
pub use shape::room_of;
pub use tables::{AddedLayout, LookupLayout, LookupTable, PiecesLayout, PiecesTable};
pub use values::{ValueRows, ValueSums};
