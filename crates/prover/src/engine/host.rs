//! The processor.

use super::{Engine, Lengths};
use crate::pieces::PIECE;
use crate::string::ProvingString;
use zkattest_kernels::Cpu;

/// log2 of the longest tables worth writing down: 8 MB; a lookup's eleven have 92 MB.
const WRITTEN: usize = 18;

/// Kernels and the set-up string on the processor.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    pub cpu: Cpu,
    pub string: &'a ProvingString,
    /// Of sum-check 1's tables.
    pub lengths: Lengths,
}

impl<'a> Host<'a> {
    /// `written`: log2 of the longest tables that sum-check 1 writes down, if not what suits memory.
    pub fn new(string: &'a ProvingString, written: Option<usize>) -> Self {
        let written = written.unwrap_or(WRITTEN);
        Self { cpu: Cpu::detect(), string, lengths: Lengths { short: written, written, unit: PIECE } }
    }
}

impl Engine for Host<'_> {
    fn host(&self) -> &Host<'_> {
        self
    }
}
