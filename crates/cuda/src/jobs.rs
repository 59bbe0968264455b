//! Lists of jobs: many short pieces of work in one launch, and all lists of a step in one upload.

use crate::memory::{Block, launch};
use crate::{CudaError, Kernel, Machine};
use ark_bn254::Fr;
use std::sync::Arc;

/// Jobs of some words each, as `kernels/rounds.cuh` reads them: a job's first word is its first thread.
#[derive(Debug)]
pub(crate) struct Jobs {
    kernel: Kernel,
    /// Arguments after the list's address and length.
    at: Vec<u64>,
    /// An element that lies right before the jobs, if the kernel reads one.
    element: Option<Fr>,
    words: Vec<u64>,
    stride: usize,
    threads: usize,
}

impl Jobs {
    /// None yet; each will have `stride` words. `at` follows the list's address and length in the kernel's arguments.
    pub fn new(kernel: Kernel, stride: usize, at: &[u64]) -> Self {
        Self { kernel, at: at.to_vec(), element: None, words: Vec::new(), stride, threads: 0 }
    }

    /// With an element right before them.
    pub fn after(mut self, element: Fr) -> Self {
        self.element = Some(element);
        self
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

    /// A launch for each list that has jobs, one after the other; one upload for all.
    pub fn launch(machine: &Arc<dyn Machine>, lists: &[Self]) -> Result<(), CudaError> {
        let (mut words, mut firsts) = (Vec::new(), Vec::with_capacity(lists.len()));
        for jobs in lists {
            if let Some(element) = jobs.element {
                // where elements are aligned
                words.resize(words.len().next_multiple_of(4), 0);
                words.extend(element.0.0);
            }
            firsts.push(8 * words.len() as u64);
            words.extend(&jobs.words);
        }
        if lists.iter().all(|jobs| jobs.threads == 0) {
            return Ok(());
        }
        let together = Block::from(machine, &words)?;
        for (jobs, first) in lists.iter().zip(firsts) {
            let count = (jobs.words.len() / jobs.stride) as u64;
            let mut all = vec![together.address() + first, count];
            all.extend(&jobs.at);
            launch(&**machine, jobs.kernel, jobs.threads, &all)?;
        }
        Ok(())
    }
}
