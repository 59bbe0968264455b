//! The processor.

use super::Engine;
use crate::string::ProvingString;
use zkattest_kernels::Cpu;

/// Kernels and the set-up string on the processor.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    pub cpu: Cpu,
    pub string: &'a ProvingString,
}

impl<'a> Host<'a> {
    pub fn new(string: &'a ProvingString) -> Self {
        Self { cpu: Cpu::detect(), string }
    }
}

impl Engine for Host<'_> {
    fn host(&self) -> &Host<'_> {
        self
    }
}
