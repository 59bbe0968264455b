//! Where a proof is made: on a device as far as it has room, else on the processor, and what people are told of it.

use std::sync::Arc;

use pyo3::prelude::*;
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::lookup::Lookups;
use zkattest_cuda::CudaError;
use zkattest_prover::{Place, Plan, ProverError, ProvingString};

use super::errors::prover_error;
use crate::device::{Choice, lose};
use crate::errors::{DEVICE_MEMORY, device_error, typed};
use crate::srs::NativeSrs;

/// A set-up string ready for proofs of one circuit, and what else they could be made with.
pub struct Placed<'a> {
    pub string: Arc<ProvingString>,
    srs: &'a NativeSrs,
    degree: usize,
    /// Whether the device's failures are not the caller's.
    may_leave: bool,
}

impl<'a> Placed<'a> {
    /// The powers up to `degree` where the plan of the circuit's proofs says.
    pub fn new(
        py: Python<'_>,
        srs: &'a NativeSrs,
        circuit: &Circuit,
        lookups: &Lookups,
        degree: usize,
        choice: Choice,
    ) -> PyResult<Self> {
        let row = circuit.row_size();
        let on_processor = |string| Self { string, srs, degree, may_leave: false };
        let machine = py.detach(|| choice.machine(row)).map_err(|error| device_error(py, &error))?;
        let Some(machine) = machine else { return Ok(on_processor(ready(py, srs, row, degree)?)) };
        let found = srs.proving_string(py, row, degree, Some(&machine))?;
        let planned = found
            .map_err(ProverError::from)
            .and_then(|string| Ok((py.detach(|| string.plan(circuit, lookups))?, string)));
        let on_device = |string| Self { string, srs, degree, may_leave: choice.is_auto() };
        let (reason, text) = match planned {
            // Of rows that are too short for a device there is no plan.
            Ok((None | Some(Plan { place: Place::Device, .. }), string)) => return Ok(on_device(string)),
            Ok((Some(plan), string)) if plan.place == Place::Sums => {
                let least = Plan::least(circuit, lookups, degree + 1);
                tell(
                    py,
                    "memory",
                    &format!(
                        "A proof's cells and tables need at least {} of the device's memory and {} are free for it: they stay on \
                     the processor, and only sums of points are made on the device.",
                        mebibytes(least),
                        mebibytes(plan.available),
                    ),
                )?;
                return Ok(on_device(string));
            }
            Ok((Some(plan), _)) => {
                let least = Plan::string(degree + 1);
                let (needed, free) = (mebibytes(least), mebibytes(plan.available));
                let text = format!(
                    "The set-up string and a sum of its points need more than {needed}, and {free} are free"
                );
                (ProverError::DeviceMemory { needed: least, available: plan.available }, text)
            }
            Err(error) => (error.clone(), format!("The device cannot be used ({error})")),
        };
        if !choice.is_auto() {
            return Err(match reason {
                ProverError::DeviceMemory { .. } => {
                    typed(py, "DeviceMemoryError", &format!("{text}."), DEVICE_MEMORY)
                }
                error => prover_error(py, &error),
            });
        }
        remember(&reason);
        tell(py, "memory", &format!("{text}: proofs are made on the processor."))?;
        Ok(on_processor(ready(py, srs, row, degree)?))
    }

    /// Whether an error was the device's and the work can be done again on the processor, whose string this now holds.
    pub fn leaves(&mut self, py: Python<'_>, error: &ProverError) -> PyResult<bool> {
        remember(error);
        if !self.may_leave || !error.is_of_device() {
            return Ok(false);
        }
        let text = format!(
            "The device failed in the middle of a proof ({error}): it is made again on the processor, with fresh randomness."
        );
        tell(py, "failure", &text)?;
        self.string = ready(py, self.srs, self.string.row_size(), self.degree)?;
        self.may_leave = false;
        Ok(true)
    }
}

/// The string for the processor.
fn ready(py: Python<'_>, srs: &NativeSrs, row: usize, degree: usize) -> PyResult<Arc<ProvingString>> {
    srs.proving_string(py, row, degree, None)?.map_err(|error: CudaError| device_error(py, &error))
}

/// A device whose driver failed is not asked again.
fn remember(error: &ProverError) {
    if let ProverError::DeviceLost { operation, code } = error {
        lose(operation, *code);
    }
}

/// A `DeviceWarning`, once for each cause.
fn tell(py: Python<'_>, cause: &str, text: &str) -> PyResult<()> {
    py.import("zkattest.devices")?.getattr("warn_once")?.call1((cause, text)).map(drop)
}

fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
