//! What a machine does at most, for measurements beside other kernels'; no proof uses these.

use crate::memory::launch;
use crate::{CudaError, Gpu, Kernel, Vector};
use zkattest_kernels::KernelError;

/// Multiply-adds of 32 bits that one round of [`Gpu::multiply_add_chains`] makes for an element.
pub const CHAIN_MULTIPLY_ADDS: usize = 32;

impl Gpu {
    /// Copies a vector within the machine: 32 bytes are read and 32 written for each element.
    ///
    /// # Errors
    /// [`KernelError::Length`] where lengths differ; what the machine refuses.
    pub fn copy(&self, from: &Vector, to: &mut Vector) -> Result<(), CudaError> {
        if from.len() != to.len() {
            return Err(KernelError::Length { expected: from.len(), found: to.len() }.into());
        }
        launch(&**self.machine(), Kernel::Copy, from.len(), &[from.at(0), to.at(0)])
    }

    /// Multiply-adds in registers; `kernels/ceilings.cuh` has the sums. `rounds` in each of four chains.
    ///
    /// # Errors
    /// What the machine refuses.
    pub fn multiply_add_chains(&self, values: &Vector, rounds: usize) -> Result<Vector, CudaError> {
        let out = Vector::room(self.machine(), values.len())?;
        let at = [values.at(0), rounds as u64, out.at(0)];
        launch(&**self.machine(), Kernel::MultiplyAddChains, values.len(), &at)?;
        Ok(out)
    }
}
