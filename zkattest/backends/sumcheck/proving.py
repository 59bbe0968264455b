"""What every proof under native keys begins and ends with, of inferences and of metrics alike."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest import _native
from zkattest.backends.base import IntTensor, Keys, Proof, VerifyingKey
from zkattest.backends.sumcheck import verification
from zkattest.backends.sumcheck.circuit import Parameters, compile_circuit
from zkattest.backends.sumcheck.keys import PROOF_SYSTEM, ProverData
from zkattest.backends.sumcheck.phases import reporter
from zkattest.backends.sumcheck.verification import NAME, OpenKey, open_key
from zkattest.devices import asked_device
from zkattest.errors import FormatError, InputError, ProofMismatchError, ProvingError, SrsTooSmallError
from zkattest.progress import Progress, phase
from zkattest.statements import Inference

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs

_SCALAR: Final = 32
_MOST_THREADS: Final = 1024


def check_keys(keys: Keys, model: QuantisedModel, srs: Srs) -> tuple[OpenKey, ProverData]:
    """Both keys, found good: they belong together, to the model and to the string.

    Raises:
        ProofMismatchError, FormatError, SrsTooSmallError.
    """
    if keys.proving.backend != NAME or keys.proving.vk_digest != keys.verifying.digest:
        raise ProofMismatchError(
            "The proving key does not belong to the verifying key.", remedy="Use the two keys of one setup."
        )
    opened = open_key(keys.verifying)
    prover = ProverData.from_bytes(keys.proving.payload)
    if not secrets.compare_digest(prover.model_digest, model.digest):
        raise ProofMismatchError(
            "The keys were made for another model.", remedy="Run setup for this model, or load its keys."
        )
    if len(prover.blinders) != _SCALAR * opened.header.model_rows:
        raise FormatError("The proving key has another number of blinders than the model has rows.")
    check_degree(srs, opened.header.row_size)
    verification.check_srs(keys.verifying, opened, srs)
    return opened, prover


def make_proof(
    keys: Keys,
    circuit: _native.NativeCircuit,
    model: QuantisedModel,
    witness: _native.NativeWitness,
    statement: Inference,
    *,
    srs: Srs,
    evaluation: bool,
    blinders: tuple[bytes, bytes, bytes],
    data_rows: bytes,
    output_rows: bytes = b"",
    threads: int | None,
    progress: Progress,
) -> Proof:
    """The proof of ``statement``, verified.

    Arguments:
        evaluation: whether it carries an evaluation argument, as the key says.
        blinders: of model, data and output rows.

    Raises:
        ProvingError: none can be made.
    """
    if evaluation:
        check_powers(srs, circuit)
    with reporter(progress) as report:
        payload = _native.sumcheck_prove(
            circuit,
            srs._native,
            constants(model),
            witness,
            blinders=blinders,
            data_rows=data_rows,
            output_rows=output_rows,
            key_binding=keys.verifying.digest,
            statement_digest=statement.digest,
            evaluation=evaluation,
            threads=threads,
            device=asked_device(),
            progress=report,
        )
    proof = Proof(NAME, PROOF_SYSTEM, statement, payload)
    with phase(progress, "check"):
        if not verification.verify(keys.verifying, proof):
            raise ProvingError(
                "The proof that was made does not verify; it was dropped.",
                remedy="Make the keys again with this version; if it persists, report the model.",
            )
    return proof


def refuse_metric(opened: OpenKey) -> None:
    """Raise :class:`ProofMismatchError` where a key is of a metric, and inferences are meant."""
    if opened.data.shape.score:
        raise ProofMismatchError(
            "The keys are of a metric over a data set, and prove no single inferences.",
            remedy="Use prove_metric and verify_metric (`zkattest prove metric`), or keys without a metric.",
        )


def circuit_of(opened: OpenKey, model: QuantisedModel) -> tuple[_native.NativeCircuit, Parameters]:
    """The key's circuit with all that a prover needs.

    Raises:
        ProofMismatchError: the key is of another architecture.
    """
    if model.architecture_digest != opened.architecture.digest:
        raise ProofMismatchError(
            "The verifying key's circuit is not the one of this model's architecture.",
            remedy="Use a key of this model.",
        )
    data = opened.data
    parameters = data.parameters(opened.header)
    return compile_circuit(model, data.shape, parameters), parameters


def check_own_string(verifying_key: VerifyingKey, srs: Srs) -> OpenKey:
    """The key, found good, whose string is ``srs``."""
    opened = open_key(verifying_key)
    check_degree(srs, opened.header.row_size)
    verification.check_srs(verifying_key, opened, srs)
    return opened


def constants(model: QuantisedModel) -> list[IntTensor]:
    """The weights, flattened, in the model's order."""
    return [np.ascontiguousarray(values, dtype=np.int64).reshape(-1) for values in model.constants.values()]


def check_threads(threads: int | None) -> None:
    """Raise :class:`InputError` unless ``threads`` is a number of threads, or None."""
    valid = threads is None or (isinstance(threads, int) and 1 <= threads <= _MOST_THREADS)
    if not valid or isinstance(threads, bool):
        raise InputError(
            f"{threads!r} threads.",
            remedy=f"Choose a number from 1 to {_MOST_THREADS}, or none for all cores.",
        )


def check_degree(srs: Srs, degree: int) -> None:
    """Raise :class:`SrsTooSmallError` unless ``srs`` reaches ``degree``."""
    if srs.max_degree < degree:
        raise SrsTooSmallError(
            f"The model's rows of {degree} cells need a set-up string of degree {degree}; this one reaches "
            f"{srs.max_degree}.",
            remedy="Give the string that the model was committed with, or a larger prefix of it.",
        )


def check_powers(srs: Srs, circuit: _native.NativeCircuit) -> None:
    """Raise :class:`SrsTooSmallError` unless ``srs`` holds as many powers as an evaluation argument takes."""
    if srs.max_degree < circuit.evaluation_degree:
        raise SrsTooSmallError(
            f"The circuit's table has 2^{circuit.log_gates} gates; its evaluation argument needs a set-up "
            f"string of degree {circuit.evaluation_degree}; this one reaches {srs.max_degree}.",
            remedy=f"Give a string of 2^{circuit.evaluation_degree.bit_length()} powers of the same "
            "ceremony, or commit and set up with --profile speed, whose proofs no contract takes.",
        )
