//! Many short lists in one block: one upload instead of one for each.

use crate::memory::Block;
use crate::{CudaError, Machine};
use ark_bn254::Fr;
use std::sync::Arc;

/// Words of an element, at whose multiples lists begin.
const ELEMENT: usize = 4;

/// Lists that will lie in one block, by the word that each begins at.
#[derive(Debug, Default)]
pub(crate) struct Packing {
    words: Vec<u64>,
}

impl Packing {
    /// Adds numbers; gives where they begin, in bytes.
    pub fn numbers(&mut self, numbers: impl IntoIterator<Item = u64>) -> usize {
        self.words.resize(self.words.len().next_multiple_of(ELEMENT), 0);
        let first = 8 * self.words.len();
        self.words.extend(numbers);
        first
    }

    /// Likewise elements, limb by limb.
    pub fn elements<'a>(&mut self, elements: impl IntoIterator<Item = &'a Fr>) -> usize {
        self.numbers(elements.into_iter().flat_map(|element| element.0.0))
    }

    /// Likewise bytes, the first one least significant, as devices and processors read them.
    pub fn bytes(&mut self, bytes: &[u8]) -> usize {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        self.numbers(bytes.chunks(8).map(word))
    }

    /// Copies all.
    pub fn put(&self, machine: &Arc<dyn Machine>) -> Result<Block, CudaError> {
        Block::from(machine, &self.words)
    }
}
