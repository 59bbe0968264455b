//! The processor.

use super::{Engine, Lengths};
use crate::string::ProvingString;
use zkattest_kernels::Cpu;

/// Kernels and the set-up string on the processor.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    pub cpu: Cpu,
    pub string: &'a ProvingString,
    /// Of sum-check 1's tables.
    pub lengths: Lengths,
}

impl<'a> Host<'a> {
    pub fn new(string: &'a ProvingString, lengths: Lengths) -> Self {
        Self { cpu: Cpu::detect(), string, lengths }
    }
}

impl Engine for Host<'_> {
    fn host(&self) -> &Host<'_> {
        self
    }
}
