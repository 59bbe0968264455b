//! `zkattest._native.NativeCircuit` and its witnesses.

use std::sync::{Arc, OnceLock};

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use zkattest_circuit::ir::Circuit;
use zkattest_circuits::{
    CompileError, Compiled, Gas, Goal, Options, Profile, Score, Trace, Witness, choose, compile_scored,
    decode_architecture, decode_score, proving_bytes,
};
use zkattest_commitment::srs::points::{Encoding, encode_g1};
use zkattest_evaluation::{Index, Table, check_key, coefficients};
use zkattest_prover::{DEVICE_TERMS, Plan};

use super::errors::{compile_error, evaluation_error, key_error, prover_error};
use super::evaluation::{PART_BYTES, read_part};
use super::supervise::supervise;
use crate::device::Asked;
use crate::srs::NativeSrs;

/// The circuit of an architecture, with all that a prover knows besides.
#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeCircuit {
    pub inner: Compiled,
    /// log2 of the gates of the table of an inference's circuit, when somebody first asks.
    log_gates: OnceLock<u8>,
    /// That table, made ready for provers when one first needs it.
    index: OnceLock<Arc<Index>>,
}

impl NativeCircuit {
    fn new(inner: Compiled) -> Self {
        Self { inner, log_gates: OnceLock::new(), index: OnceLock::new() }
    }

    /// The table of gates of an inference's circuit, made ready for a prover; kept for the next proof.
    pub(super) fn index(&self, py: Python<'_>) -> PyResult<Arc<Index>> {
        if let Some(index) = self.index.get() {
            return Ok(index.clone());
        }
        let index =
            py.detach(|| Index::of(&self.inner.circuit)).map_err(|error| evaluation_error(py, &error))?;
        Ok(self.index.get_or_init(|| Arc::new(index)).clone())
    }
}

/// Shape and box of each of a shard's tensors.
pub(super) type Boxes = Vec<(Vec<u64>, Vec<u64>)>;

/// One sample's trace: input, accumulators, outputs, each flattened.
type Sample<'py> =
    (PyReadonlyArray1<'py, i64>, Vec<PyReadonlyArray1<'py, i64>>, Vec<PyReadonlyArray1<'py, i64>>);

#[pymethods]
impl NativeCircuit {
    #[staticmethod]
    #[pyo3(signature = (architecture, tables, *, log_row, columns, limb_bits, padded, batch, input_public, output_public, score = None))]
    #[expect(clippy::too_many_arguments, reason = "options by keyword")]
    #[expect(clippy::needless_pass_by_value, reason = "the buffers outlive the interpreter lock")]
    fn compile(
        py: Python<'_>,
        architecture: Vec<u8>,
        tables: Vec<Vec<i32>>,
        log_row: u8,
        columns: u8,
        limb_bits: u8,
        padded: bool,
        batch: u32,
        input_public: bool,
        output_public: bool,
        score: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let options = Options { log_row, columns, limb_bits, padded, batch, input_public, output_public };
        let inner = py
            .detach(|| {
                let score = read_score(score.as_deref())?;
                compile_scored(&decode_architecture(&architecture)?, &tables, &options, score.as_ref())
            })
            .map_err(|error| compile_error(py, &error))?;
        Ok(Self::new(inner))
    }

    /// Canonical description of the circuit of an inference.
    #[getter]
    fn circuit<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.circuit.encode())
    }

    /// Canonical description of the circuit of a registration.
    #[getter]
    fn registration<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.registration.encode())
    }

    /// Entries of the circuit's tables, points of its functionals, bytes of a proof, and of memory that it needs.
    #[getter]
    fn numbers(&self) -> Numbers {
        numbers(&self.inner.circuit)
    }

    #[getter]
    fn registration_numbers(&self) -> Numbers {
        numbers(&self.inner.registration)
    }

    /// Counts that the gas of verifying a proof with an evaluation argument follows from, and the gas.
    #[getter]
    fn gas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let gas = Gas::of(&self.inner.circuit);
        let found = PyDict::new(py);
        found.set_item("rows", gas.rows.to_vec())?;
        found.set_item("rounds", gas.rounds.to_vec())?;
        found.set_item("degrees", gas.degrees.to_vec())?;
        for (name, count) in [
            ("public", gas.public),
            ("inputs", gas.inputs),
            ("proof_bytes", gas.proof_bytes),
            ("total", gas.total),
        ] {
            found.set_item(name, count)?;
        }
        Ok(found)
    }

    /// Bytes that a proof of an inference takes of a device's memory where nothing is made shorter, and at least, with powers of
    /// tau up to `degree`; zeros where rows are too short for a device.
    fn device_memory(&self, py: Python<'_>, degree: usize) -> (usize, usize) {
        let Compiled { circuit, lookups, .. } = &self.inner;
        let points = degree.saturating_add(1);
        if circuit.row_size() < DEVICE_TERMS {
            return (0, 0);
        }
        py.detach(|| {
            let whole = Plan::new(circuit, lookups, points, usize::MAX).peak();
            (whole, Plan::least(circuit, lookups, points))
        })
    }

    /// log2 of the number of gates of the table of an inference's circuit.
    #[getter]
    fn log_gates(&self, py: Python<'_>) -> PyResult<u8> {
        if let Some(log_gates) = self.log_gates.get() {
            return Ok(*log_gates);
        }
        let table =
            py.detach(|| Table::of(&self.inner.circuit)).map_err(|error| evaluation_error(py, &error))?;
        Ok(*self.log_gates.get_or_init(|| table.log_gates))
    }

    /// Highest power of tau that keys and proofs with an evaluation part need.
    #[getter]
    pub(super) fn evaluation_degree(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.inner.circuit.row_size().max(coefficients(self.log_gates(py)?).saturating_sub(1)))
    }

    /// Bytes of a proof with an evaluation argument.
    #[getter]
    fn evaluated_proof_bytes(&self) -> usize {
        self.inner.circuit.proof_shape().with_evaluation().bytes()
    }

    /// log2 of the number of gates (u8), C0, Q: the evaluation part of a key.
    fn evaluation_part<'py>(
        &self,
        py: Python<'py>,
        srs: &NativeSrs,
        srs_digest: [u8; 32],
        device: Asked,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut placed = self.placed(py, srs, true, &device)?;
        let index = self.index(py)?;
        let circuit = &self.inner.circuit;
        let (key, opening) = loop {
            match py.detach(|| placed.string.evaluation_key(&index, &circuit.digest(), &srs_digest)) {
                Ok(made) => break made,
                Err(error) if placed.leaves(py, &error)? => {}
                Err(error) => return Err(prover_error(py, &error)),
            }
        };
        let mut part = vec![key.log_gates];
        part.extend(encode_g1(&key.commitment));
        part.extend(encode_g1(&opening));
        Ok(PyBytes::new(py, &part))
    }

    /// Whether an evaluation part is that of an inference's circuit.
    fn check_evaluation(
        &self,
        py: Python<'_>,
        part: [u8; PART_BYTES],
        tau_g2: [u8; 128],
        srs_digest: [u8; 32],
    ) -> PyResult<bool> {
        let (key, opening) = read_part(py, &part)?;
        let tau_g2 =
            Encoding::Canonical.g2(&tau_g2, "verifying key", 0).map_err(|error| key_error(py, &error))?;
        py.detach(|| check_key(&self.inner.circuit, &key, &opening, &tau_g2, &srs_digest))
            .map_err(|error| evaluation_error(py, &error))
    }

    #[getter]
    fn data_shape(&self) -> Vec<u64> {
        self.inner.data_shape().0
    }

    #[getter]
    fn data_box(&self) -> Vec<u64> {
        self.inner.data_shape().1
    }

    /// Shape and box of each tensor of the data rows, the inputs first.
    #[getter]
    fn data_tensors(&self) -> Boxes {
        self.inner.data_shapes()
    }

    #[getter]
    fn output_box(&self) -> Vec<u64> {
        self.inner.output_shape().1
    }

    #[getter]
    fn output_shape(&self) -> Vec<u64> {
        self.inner.output_shape().0
    }

    #[pyo3(signature = (samples, labels = None, bounds = None, threads = None))]
    fn witness(
        &self,
        py: Python<'_>,
        samples: Vec<Sample<'_>>,
        labels: Option<Vec<PyReadonlyArray1<'_, i64>>>,
        bounds: Option<Vec<i64>>,
        threads: Option<usize>,
    ) -> PyResult<NativeWitness> {
        let (labels, bounds) = (labels.unwrap_or_default(), bounds.unwrap_or_default());
        let labels = labels.iter().map(PyReadonlyArray1::as_slice).collect::<Result<Vec<_>, _>>()?;
        let traces: Vec<Trace<'_>> = samples
            .iter()
            .map(|(input, accumulators, outputs)| {
                Ok(Trace {
                    input: input.as_slice()?,
                    accumulators: accumulators
                        .iter()
                        .map(PyReadonlyArray1::as_slice)
                        .collect::<Result<_, _>>()?,
                    outputs: outputs.iter().map(PyReadonlyArray1::as_slice).collect::<Result<_, _>>()?,
                })
            })
            .collect::<Result<_, numpy::AsSliceError>>()?;
        let inner = supervise(py, threads, None, |_| self.inner.witness_of(&traces, &labels, &bounds))?
            .map_err(|error| compile_error(py, &error))?;
        Ok(NativeWitness { inner })
    }
}

/// By constant: sizes of its digits, digits by axis of its box, cells by axis.
type Plans = Vec<(Vec<u32>, Vec<usize>, Vec<u32>)>;

/// How the constants of an architecture lie in padded boxes.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "the buffer outlives the interpreter lock")]
pub fn model_plans(py: Python<'_>, architecture: Vec<u8>, log_row: u8) -> PyResult<Plans> {
    let plans = py
        .detach(|| zkattest_circuits::model_plans(&decode_architecture(&architecture)?, log_row, true))
        .map_err(|error| compile_error(py, &error))?;
    Ok(plans.into_iter().map(|plan| (plan.digits, plan.order, plan.cells)).collect())
}

/// (log2 of the row size, lookups to a helper cell, bits of a limb, padded) of the cheapest circuit.
#[pyfunction]
#[pyo3(signature = (architecture, *, batch, input_public, output_public, padded = None, goal = "speed", log_row = None, powers = None, score = None))]
#[expect(clippy::too_many_arguments, reason = "a profile by keyword")]
#[expect(clippy::needless_pass_by_value, reason = "the buffer outlives the interpreter lock")]
pub fn sumcheck_choose(
    py: Python<'_>,
    architecture: Vec<u8>,
    batch: u32,
    input_public: bool,
    output_public: bool,
    padded: Option<bool>,
    goal: &str,
    log_row: Option<u8>,
    powers: Option<u64>,
    score: Option<Vec<u8>>,
) -> PyResult<(u8, u8, u8, bool)> {
    let goal = match goal {
        "speed" => Goal::Speed,
        "gas" => Goal::Gas,
        "balanced" => Goal::Balanced,
        _ => return Err(compile_error(py, &CompileError::Option { name: "goal" })),
    };
    let profile = Profile { log_row, padded, powers, goal, batch, input_public, output_public };
    let options = py
        .detach(|| {
            let score = read_score(score.as_deref())?;
            choose(&decode_architecture(&architecture)?, &profile, score.as_ref())
        })
        .map_err(|error| compile_error(py, &error))?;
    Ok((options.log_row, options.columns, options.limb_bits, options.padded))
}

fn read_score(score: Option<&[u8]>) -> Result<Option<Score>, CompileError> {
    score.map(decode_score).transpose()
}

/// The cells of one proof. Secret.
#[pyclass(frozen, module = "zkattest._native")]
pub struct NativeWitness {
    pub inner: Witness,
}

#[pymethods]
impl NativeWitness {
    /// The integers that the statement shows.
    #[getter]
    fn public(&self) -> Vec<i64> {
        self.inner.public.clone()
    }
}

/// Entries of tables, points of functionals, bytes of a proof, bytes of memory that it adds to a process.
pub(super) type Numbers = (u64, u64, usize, u64);

pub(super) fn numbers(circuit: &Circuit) -> Numbers {
    let power = |bits: u8| 1u64.checked_shl(u32::from(bits)).unwrap_or(u64::MAX);
    let entries = circuit.tables.iter().map(|table| power(table.bits)).sum();
    let points = circuit.functionals.iter().map(|functional| power(functional.variables)).sum();
    (entries, points, circuit.proof_bytes(), proving_bytes(circuit))
}
