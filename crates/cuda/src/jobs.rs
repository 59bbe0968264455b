//! Lists of jobs: many short pieces of work in one launch.

use crate::memory::{Block, launch};
use crate::{CudaError, Kernel, Machine};
use std::sync::Arc;

/// Jobs of some words each, as `kernels/rounds.cuh` reads them: a job's first word is its first thread.
#[derive(Debug)]
pub(crate) struct Jobs {
    words: Vec<u64>,
    stride: usize,
    threads: usize,
}

impl Jobs {
    /// None yet; each will have `stride` words.
    pub fn new(stride: usize) -> Self {
        Self { words: Vec::new(), stride, threads: 0 }
    }

    /// A job of so many threads, if any, with the words after the first.
    pub fn push(&mut self, threads: usize, words: impl IntoIterator<Item = u64>) {
        if threads == 0 {
            return;
        }
        self.words.push(self.threads as u64);
        self.words.extend(words);
        debug_assert!(self.words.len().is_multiple_of(self.stride), "a job has so many words");
        self.threads += threads;
    }

    /// Number of jobs.
    pub fn len(&self) -> usize {
        self.words.len() / self.stride
    }

    /// One launch for all, if there are any: `at` follows the list's address and length.
    pub fn launch(self, machine: &Arc<dyn Machine>, kernel: Kernel, at: &[u64]) -> Result<(), CudaError> {
        Self::launch_in_turn(machine, kernel, &[self], at)
    }

    /// A launch for each list, one after the other; one upload for all.
    pub fn launch_in_turn(
        machine: &Arc<dyn Machine>,
        kernel: Kernel,
        lists: &[Self],
        at: &[u64],
    ) -> Result<(), CudaError> {
        if lists.iter().all(|jobs| jobs.threads == 0) {
            return Ok(());
        }
        let words: Vec<u64> = lists.iter().flat_map(|jobs| jobs.words.iter().copied()).collect();
        let together = Block::from(machine, &words)?;
        let mut first = together.address();
        for jobs in lists {
            let mut all = vec![first, jobs.len() as u64];
            all.extend(at);
            launch(&**machine, kernel, jobs.threads, &all)?;
            first += 8 * jobs.words.len() as u64;
        }
        Ok(())
    }
}
