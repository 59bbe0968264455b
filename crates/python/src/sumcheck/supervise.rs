//! Long work beside a Python thread that stays alive to signals and progress.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use rayon::ThreadPoolBuilder;

use crate::errors::typed;

/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(50);

/// What the work reports its phases to.
pub struct Reporter {
    phases: Sender<&'static str>,
    cancelled: std::sync::Arc<AtomicBool>,
}

impl Reporter {
    /// A phase begins; false where the caller gave up and the work should stop.
    pub fn phase(&self, name: &'static str) -> bool {
        // the receiver outlives the work
        let _ = self.phases.send(name);
        !self.cancelled.load(Ordering::Relaxed)
    }
}

/// Run `work` on a thread of its own, inside a pool of `threads` where given, without the interpreter lock. Meanwhile
/// this thread calls `progress(phase)` for each phase, and looks for signals; an exception of either (a
/// `KeyboardInterrupt`) cancels the work and is raised once it has stopped.
pub fn supervise<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Reporter) -> T + Send,
) -> PyResult<T> {
    let pool = threads
        .map(|threads| ThreadPoolBuilder::new().num_threads(threads).build())
        .transpose()
        .map_err(|_| typed(py, "MemoryShortError", "The threads could not be started.", "Ask for fewer."))?;
    let cancelled = std::sync::Arc::new(AtomicBool::new(false));
    let (phases, reports) = channel();
    let reporter = Reporter { phases, cancelled: cancelled.clone() };
    py.detach(move || {
        thread::scope(|scope| {
            let worker = scope.spawn(move || match &pool {
                Some(pool) => pool.install(|| work(&reporter)),
                None => work(&reporter),
            });
            let mut failure = None;
            loop {
                let report = reports.recv_timeout(TICK);
                if report == Err(RecvTimeoutError::Disconnected) {
                    break;
                }
                if failure.is_some() {
                    continue;
                }
                let outcome = Python::attach(|py| {
                    if let (Ok(phase), Some(progress)) = (report, &progress) {
                        progress.call1(py, (phase,))?;
                    }
                    py.check_signals()
                });
                if let Err(error) = outcome {
                    cancelled.store(true, Ordering::Relaxed);
                    failure = Some(error);
                }
            }
            match (worker.join(), failure) {
                (_, Some(error)) => Err(error),
                (Ok(result), None) => Ok(result),
                // what it says may hold values of the witness
                (Err(_), None) => Err(Python::attach(|py| {
                    typed(py, "ProvingError", "The prover stopped by a defect.", "Report the model.")
                })),
            }
        })
    })
}
