//! Proofs, made beside a Python thread that stays alive to signals.

use std::ops::ControlFlow;
use std::sync::Arc;

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zkattest_circuit::ir::Circuit;
use zkattest_circuit::lookup::Lookups;
use zkattest_circuits::Compiled;
use zkattest_commitment::identity;
use zkattest_commitment::row::decode_blinders;
use zkattest_evaluation::Index;
use zkattest_field::{G1, Scalar};
use zkattest_prover::{Assignment, Blinders, OsRandomness, Phase, ProverError, prove};
use zkattest_transcript::Transcript;

use super::circuit::{NativeCircuit, NativeWitness};
use super::data_set::NativeDataCircuit;
use super::errors::{compile_error, prover_error};
use super::placing::Placed;
use super::relation::NativeRelation;
use super::supervise::{Reporter, supervise};
use crate::device::{Asked, Choice};
use crate::errors::commitment_error;
use crate::srs::NativeSrs;

const SCALAR_BYTES: usize = 32;
const POINT_BYTES: usize = 64;

/// What people read of a phase.
fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Witness => "commit the witness",
        Phase::Helpers => "commit the lookups",
        Phase::Tables => "tables",
        Phase::Constraints => "sum-check of constraints",
        Phase::Claims => "sum-check of claims",
        Phase::Rows => "sum-check of rows",
        Phase::Opening => "opening",
    }
}

/// One proof to make.
struct Job<'a> {
    circuit: &'a Circuit,
    /// Of proofs with an evaluation argument.
    evaluation: Option<Arc<Index>>,
    lookups: &'a Lookups,
    placed: Placed<'a>,
    key_binding: [u8; 32],
    statement_digest: [u8; 32],
}

impl Job<'_> {
    fn run(
        &self,
        assignment: &Assignment<'_>,
        blinders: &Blinders<'_>,
        committed: (&[G1], &[G1]),
        reporter: &Reporter,
    ) -> Result<Vec<u8>, ProverError> {
        let mut oracle = Transcript::new(&self.circuit.digest(), &self.key_binding, &self.statement_digest);
        let mut progress = |phase| {
            if reporter.phase(name(phase)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        prove(
            self.circuit,
            self.evaluation.as_deref(),
            self.lookups,
            &self.placed.string,
            assignment,
            blinders,
            committed,
            &mut oracle,
            &mut OsRandomness,
            &mut progress,
        )
    }

    /// The proof's bytes; made again on the processor where a device fails that need not be used. Nothing of the first
    /// attempt was shown, and the second draws its own randomness.
    fn make<'py>(
        mut self,
        py: Python<'py>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
        assignment: &Assignment<'_>,
        blinders: &Blinders<'_>,
        committed: (&[G1], &[G1]),
    ) -> PyResult<Bound<'py, PyBytes>> {
        loop {
            let told = progress.as_ref().map(|progress| progress.clone_ref(py));
            let made =
                supervise(py, threads, told, |reporter| self.run(assignment, blinders, committed, reporter))?;
            match made {
                Ok(proof) => return Ok(PyBytes::new(py, &proof)),
                Err(error) if self.placed.leaves(py, &error)? => {}
                Err(error) => return Err(prover_error(py, &error)),
            }
        }
    }
}

fn scalars(py: Python<'_>, blinders: &[u8]) -> PyResult<Vec<Scalar>> {
    decode_blinders(blinders, (blinders.len() / SCALAR_BYTES) as u64)
        .map_err(|error| commitment_error(py, &error))
}

fn points(py: Python<'_>, rows: &[u8]) -> PyResult<Vec<G1>> {
    identity::decode_rows(rows, (rows.len() / POINT_BYTES) as u64)
        .map_err(|error| commitment_error(py, &error))
}

#[pyfunction]
#[pyo3(signature = (
    circuit, srs, constants, witness, *, blinders, data_rows, output_rows, key_binding, statement_digest,
    evaluation = false, threads = None, device = ("cpu".to_owned(), None), progress = None
))]
#[expect(clippy::too_many_arguments, reason = "options by keyword")]
pub fn sumcheck_prove<'py>(
    py: Python<'py>,
    circuit: &NativeCircuit,
    srs: &NativeSrs,
    constants: Vec<PyReadonlyArray1<'py, i64>>,
    witness: &NativeWitness,
    blinders: (Vec<u8>, Vec<u8>, Vec<u8>),
    data_rows: Vec<u8>,
    output_rows: Vec<u8>,
    key_binding: [u8; 32],
    statement_digest: [u8; 32],
    evaluation: bool,
    threads: Option<usize>,
    device: Asked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let model = circuit.cells(py, &constants)?;
    let (of_model, of_data, of_output) =
        (scalars(py, &blinders.0)?, scalars(py, &blinders.1)?, scalars(py, &blinders.2)?);
    let committed = (points(py, &data_rows)?, points(py, &output_rows)?);
    let job = Job {
        circuit: &circuit.inner.circuit,
        evaluation: if evaluation { Some(circuit.index(py)?) } else { None },
        lookups: &circuit.inner.lookups,
        placed: circuit.placed(py, srs, evaluation, &device)?,
        key_binding,
        statement_digest,
    };
    let cells = &witness.inner;
    job.make(
        py,
        threads,
        progress,
        &Assignment {
            model: &model,
            data: &cells.data,
            output: &cells.output,
            witness: &cells.witness,
            public: &cells.public,
            keys: &cells.keys,
        },
        &Blinders { model: &of_model, data: &of_data, output: &of_output },
        (&committed.0, &committed.1),
    )
}

#[pyfunction]
#[pyo3(signature = (circuit, srs, constants, *, blinders, key_binding, threads = None, device = ("cpu".to_owned(), None), progress = None))]
#[expect(clippy::too_many_arguments, reason = "options by keyword")]
pub fn sumcheck_register<'py>(
    py: Python<'py>,
    circuit: &NativeCircuit,
    srs: &NativeSrs,
    constants: Vec<PyReadonlyArray1<'py, i64>>,
    blinders: Vec<u8>,
    key_binding: [u8; 32],
    threads: Option<usize>,
    device: Asked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let model = circuit.cells(py, &constants)?;
    let blinders = scalars(py, &blinders)?;
    let job = Job {
        circuit: &circuit.inner.registration,
        evaluation: None,
        lookups: &circuit.inner.registration_lookups,
        placed: placed(py, srs, &circuit.inner.registration, &circuit.inner.registration_lookups, &device)?,
        key_binding,
        statement_digest: [0; 32],
    };
    job.make(
        py,
        threads,
        progress,
        &Assignment { model: &model, data: &[], output: &[], witness: &[], public: &[], keys: &[] },
        &Blinders { model: &blinders, data: &[], output: &[] },
        (&[], &[]),
    )
}

#[pyfunction]
#[pyo3(signature = (
    circuit, srs, tensors, *, blinders, data_rows, key_binding, labelled, threads = None, device = ("cpu".to_owned(), None), progress = None
))]
#[expect(clippy::too_many_arguments, reason = "options by keyword")]
pub fn sumcheck_register_data<'py>(
    py: Python<'py>,
    circuit: &NativeDataCircuit,
    srs: &NativeSrs,
    tensors: Vec<PyReadonlyArray1<'py, i64>>,
    blinders: Vec<u8>,
    data_rows: Vec<u8>,
    key_binding: [u8; 32],
    labelled: i64,
    threads: Option<usize>,
    device: Asked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let slices = tensors.iter().map(PyReadonlyArray1::as_slice).collect::<Result<Vec<_>, _>>()?;
    let cells = py.detach(|| circuit.inner.cells(&slices)).map_err(|error| compile_error(py, &error))?;
    let blinders = scalars(py, &blinders)?;
    let committed = points(py, &data_rows)?;
    let described = &circuit.inner.circuit;
    let job = Job {
        circuit: described,
        evaluation: None,
        lookups: &circuit.inner.lookups,
        placed: placed(py, srs, described, &circuit.inner.lookups, &device)?,
        key_binding,
        statement_digest: [0; 32],
    };
    let public = [labelled];
    job.make(
        py,
        threads,
        progress,
        &Assignment { model: &[], data: &cells, output: &[], witness: &[], public: &public, keys: &[] },
        &Blinders { model: &[], data: &blinders, output: &[] },
        (&committed, &[]),
    )
}

#[pyfunction]
#[pyo3(signature = (
    relation, srs, witness, *, blinders, data_rows, key_binding, threads = None, device = ("cpu".to_owned(), None), progress = None
))]
#[expect(clippy::too_many_arguments, reason = "options by keyword")]
pub fn sumcheck_prove_relation<'py>(
    py: Python<'py>,
    relation: &NativeRelation,
    srs: &NativeSrs,
    witness: &NativeWitness,
    blinders: Vec<u8>,
    data_rows: Vec<u8>,
    key_binding: [u8; 32],
    threads: Option<usize>,
    device: Asked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let blinders = scalars(py, &blinders)?;
    let committed = points(py, &data_rows)?;
    let described = &relation.inner.circuit;
    let job = Job {
        circuit: described,
        evaluation: None,
        lookups: &relation.inner.lookups,
        placed: placed(py, srs, described, &relation.inner.lookups, &device)?,
        key_binding,
        statement_digest: [0; 32],
    };
    let cells = &witness.inner;
    job.make(
        py,
        threads,
        progress,
        &Assignment {
            model: &[],
            data: &cells.data,
            output: &[],
            witness: &cells.witness,
            public: &[],
            keys: &[],
        },
        &Blinders { model: &[], data: &blinders, output: &[] },
        (&committed, &[]),
    )
}

/// The part of the set-up string that a circuit's proofs need.
fn placed<'a>(
    py: Python<'_>,
    srs: &'a NativeSrs,
    circuit: &Circuit,
    lookups: &Lookups,
    device: &Asked,
) -> PyResult<Placed<'a>> {
    Placed::new(py, srs, circuit, lookups, circuit.row_size(), Choice::of(py, device)?)
}

impl NativeCircuit {
    /// As [`placed`], with what an evaluation argument needs besides.
    pub(super) fn placed<'a>(
        &self,
        py: Python<'_>,
        srs: &'a NativeSrs,
        evaluation: bool,
        device: &Asked,
    ) -> PyResult<Placed<'a>> {
        let Compiled { circuit, lookups, .. } = &self.inner;
        let degree = if evaluation { self.evaluation_degree(py)? } else { circuit.row_size() };
        Placed::new(py, srs, circuit, lookups, degree, Choice::of(py, device)?)
    }

    fn cells(&self, py: Python<'_>, constants: &[PyReadonlyArray1<'_, i64>]) -> PyResult<Vec<i16>> {
        let slices = constants.iter().map(PyReadonlyArray1::as_slice).collect::<Result<Vec<_>, _>>()?;
        py.detach(|| self.inner.model_cells(&slices)).map_err(|error| compile_error(py, &error))
    }
}
