"""Judging proofs. The steps are numbered, and the numbers repeated in the code.

Of a verifying key, once for each key (the result is kept):
 1. it decodes, is of this backend and proof system, and its circuit digest is that of its descriptions;
 2. its architecture compiles to exactly its descriptions, whose row size, model rows, data and output rows
    and public integers fit each other and the statement's shape;
 3. the model rows are the commitment that the key names, laid out for the architecture's constants;
 4. the record, which is all that a chain knows of the key, is the one that follows from the key;
 5. the evaluation part, where there is one, commits to the circuit's own table of gates;
 6. the registration proof holds: the committed weights are in their declared ranges.
Of a proof:
 7. proof and statement name this backend, model, circuit and key;
 8. the statement shows what the key's statements show, outputs and inputs each in the right number;
 9. where the caller gave the set-up string: it is the key's;
10. the native protocol's verifier accepts (its own steps are in ``docs/protocol.md``);
11. the data and output rows inside the proof are the commitments that the statement names.
The caller must still check that the verifying key is the registered one and was not made with an unsafe
string.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from zkattest import _native
from zkattest.backends.base import Proof, VerifyingKey
from zkattest.backends.sumcheck.circuit import compile_circuit
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import (
    COMPILER,
    G1_BYTES,
    PROOF_SYSTEM,
    VerifierData,
    registration_binding,
)
from zkattest.commitments import model_layout
from zkattest.errors import (
    BackendError,
    CommitmentError,
    FormatError,
    InputError,
    MalformedProofError,
    ProofMismatchError,
    VersionError,
)
from zkattest.frontend import Architecture
from zkattest.layouts import Layout
from zkattest.spec.sumcheck import verify as readable_verify
from zkattest.srs import Srs
from zkattest.statements import Inference

NAME = "sumcheck"


class Judge(Protocol):
    """A verifier of the native protocol for one circuit, string and model."""

    def verify(
        self, key_binding: bytes, statement_digest: bytes, public: Sequence[int], proof: bytes
    ) -> bool:
        """Whether ``proof`` holds; MalformedProofError where it is none of this circuit."""
        ...


@dataclass(frozen=True)
class _Readable:
    """The verifier of :mod:`zkattest.spec`."""

    circuit: bytes
    tau_g2: bytes
    model_rows: bytes
    evaluation: bytes

    def verify(
        self, key_binding: bytes, statement_digest: bytes, public: Sequence[int], proof: bytes
    ) -> bool:
        rows = [self.model_rows[at : at + G1_BYTES] for at in range(0, len(self.model_rows), G1_BYTES)]
        return readable_verify(
            self.circuit,
            self.tau_g2,
            rows,
            key_binding,
            statement_digest,
            public,
            proof,
            evaluation=self.evaluation,
        )


@dataclass(frozen=True)
class OpenKey:
    """A verifying key that was found good.

    Attributes:
        data: its payload.
        header: of its circuit.
        architecture: what the circuit was compiled from.
        data_layout, output_layout: of commitments to inputs, and to outputs that stay private.
        judge: of proofs under it.
    """

    data: VerifierData
    header: CircuitHeader
    architecture: Architecture
    data_layout: Layout
    output_layout: Layout
    judge: Judge


@lru_cache(maxsize=16)
def open_key(key: VerifyingKey, *, readable: bool = False) -> OpenKey:
    """Steps 1 to 6.

    Arguments:
        readable: judge with the readable verifier.

    Raises:
        FormatError: malformed; VersionError: of another version; ProofMismatchError: of another backend, its
            circuits are not its architecture's, or its own proof does not hold.
    """
    if key.backend != NAME or key.proof_system != PROOF_SYSTEM:  # 1
        raise ProofMismatchError(
            f"The verifying key is of {key.backend[:40]!r} ({key.proof_system[:40]!r}), "
            f"expected {NAME!r} ({PROOF_SYSTEM!r}).",
            remedy="Use the backend that the key names, or make the key again.",
        )
    data = VerifierData.from_bytes(key.payload)
    if data.circuit_hash != key.circuit_hash:
        raise FormatError("The verifying key's circuit digest is not that of its descriptions.")
    header = _check_headers(data)  # 2
    layouts = _check_layouts(data, header)
    compiled, architecture = _check_architecture(data, header)
    # the circuit reads rows by position: another layout would give the same cells other names
    if _model_layout(architecture, header.row_size, data.padded) != data.model_layout:  # 3
        raise ProofMismatchError(
            "The verifying key's model commitment is laid out for other constants than its architecture's.",
            remedy="Do not rely on this key; get another from its owner.",
        )
    identity = _native.commitment_identity(
        True, header.row_size, data.model_layout, key.srs_digest, data.model_rows
    )
    if identity != key.model_hash:
        raise FormatError("The verifying key's model rows are not the commitment that it names.")
    if key.record != data.record(key.srs_digest, layouts[0].digest):  # 4
        raise ProofMismatchError(
            "The verifying key's record is not the one that follows from the key: a chain would judge proofs "
            "by other values than this verifier.",
            remedy="Do not rely on this key; get another from its owner.",
        )
    _check_evaluation(key, data, compiled)  # 5
    registration = _judge(data, data.registration, b"", readable=readable)
    try:  # 6
        registered = registration.verify(
            registration_binding(key.srs_digest, key.model_hash),
            bytes(32),
            [],
            data.registration_proof,
        )
    except MalformedProofError as error:
        raise FormatError(f"The verifying key's registration proof is malformed: {error.message}") from None
    if not registered:
        raise ProofMismatchError(
            "The verifying key's registration proof does not hold: nothing shows that the committed weights "
            "are in their ranges.",
            remedy="Get the key from its owner again; do not rely on proofs under this one.",
        )
    judge = _judge(data, data.circuit, data.evaluation_key, readable=readable)
    return OpenKey(data, header, architecture, *layouts, judge)


def _judge(data: VerifierData, circuit: bytes, evaluation: bytes, *, readable: bool) -> Judge:
    kind = _Readable if readable else _native.NativeVerifier
    return kind(circuit, data.tau_g2, data.model_rows, evaluation)


def _check_evaluation(key: VerifyingKey, data: VerifierData, circuit: _native.NativeCircuit) -> None:
    """Step 5. A contract takes C0 for the circuit; that it is, is shown here alone."""
    if data.evaluation and not circuit.check_evaluation(data.evaluation, data.tau_g2, key.srs_digest):
        raise ProofMismatchError(
            "The verifying key's evaluation part is not that of its circuit: a chain would judge proofs of "
            "something else.",
            remedy="Do not rely on this key; get another from its owner.",
        )


def _check_headers(data: VerifierData) -> CircuitHeader:
    """Step 2."""
    header, registration = CircuitHeader.of(data.circuit), CircuitHeader.of(data.registration)
    rows = len(data.model_rows) // G1_BYTES
    shown = data.shape.input == "public", data.shape.output == "public"
    if (
        (header.row_size, header.model_rows) != (registration.row_size, registration.model_rows)
        or header.model_rows != rows
        or header.data_rows == 0
        or (header.output_rows == 0) != shown[1]
        or (header.public == 0) == any(shown)
        or (registration.data_rows, registration.output_rows, registration.public) != (0, 0, 0)
    ):
        raise FormatError("The verifying key's descriptions do not fit each other.")
    return header


def _check_architecture(
    data: VerifierData, header: CircuitHeader
) -> tuple[_native.NativeCircuit, Architecture]:
    """Step 2: the descriptions are what everybody's compiler makes of the architecture."""
    if data.compiler != COMPILER:
        raise VersionError(
            f"The verifying key's circuits are of compiler {data.compiler}; this version has {COMPILER}.",
            remedy="Verify with a version of zkattest that has that compiler, or make the keys again.",
        )
    architecture = Architecture.from_bytes(data.architecture)
    parameters = data.parameters(header)
    try:
        circuit = compile_circuit(architecture, data.shape, parameters)
    except (InputError, BackendError) as error:  # no circuit of this architecture has such parameters
        raise FormatError(f"The verifying key's architecture does not compile: {error.message}") from None
    if (circuit.circuit, circuit.registration) != (data.circuit, data.registration) or (
        [(tuple(shape), tuple(box)) for shape, box in circuit.data_tensors],
        tuple(circuit.output_shape),
        tuple(circuit.output_box),
    ) != ([(shape, box) for _, shape, box in data.data], data.output_shape, data.output_box):
        raise ProofMismatchError(
            "The verifying key's circuits are not those of the architecture that it names: its proofs need "
            "not mean what they say.",
            remedy="Do not rely on this key; get another from its owner.",
        )
    return circuit, architecture


def _check_layouts(data: VerifierData, header: CircuitHeader) -> tuple[Layout, Layout]:
    """Step 2: of inputs and outputs; they fill the circuit's rows."""
    try:
        layouts = data.data_layout(header.row_size), data.output_layout(header.row_size)
    except CommitmentError as error:
        raise FormatError(f"The verifying key's shapes of data are malformed: {error.message}") from None
    output_rows = 0 if data.shape.output == "public" else layouts[1].rows
    if (layouts[0].rows, output_rows) != (header.data_rows, header.output_rows):
        raise FormatError("The verifying key's shapes of data do not fit its circuit's rows.")
    return layouts


def _model_layout(architecture: Architecture, row_size: int, padded: bool) -> bytes:
    """Step 3: digest."""
    try:
        return model_layout(architecture, row_size, padded=padded).digest
    except CommitmentError as error:
        raise FormatError(f"The verifying key's architecture has no commitment: {error.message}") from None


def check_srs(key: VerifyingKey, opened: OpenKey, srs: Srs) -> None:
    """Step 9.

    Raises:
        ProofMismatchError: the key is of another string; SrsTooSmallError: ``srs`` is too small to tell.
    """
    if srs.tau_g2 != opened.data.tau_g2 or srs.digest_at(opened.header.row_size) != key.srs_digest:
        raise ProofMismatchError(
            "The keys were made under another set-up string.",
            remedy="Give the string whose digest the verifying key names.",
        )


def verify(key: VerifyingKey, proof: Proof, *, srs: Srs | None = None, readable: bool = False) -> bool:
    """Steps 1 to 11: True, or False when ``proof`` is well-formed and wrong."""
    opened = open_key(key, readable=readable)
    check_names(key, proof)  # 7
    _check_statement(opened, proof.statement)  # 8
    if srs is not None:
        check_srs(key, opened, srs)  # 9
    public: list[int] = proof.statement.public_values.tolist()
    accepted = opened.judge.verify(key.digest, proof.statement.digest, public, proof.payload)  # 10
    return accepted and _rows_are_those_named(key, opened, proof)  # 11


def check_names(key: VerifyingKey, proof: Proof) -> None:
    """Step 7."""
    if proof.backend != NAME or proof.proof_system != PROOF_SYSTEM:
        raise ProofMismatchError(
            f"The proof is of {proof.backend[:40]!r} ({proof.proof_system[:40]!r}), "
            f"the key of {NAME!r} ({PROOF_SYSTEM!r}).",
            remedy="Verify it with the backend that it names.",
        )
    named = {
        "model": (proof.statement.model_hash, key.model_hash),
        "circuit": (proof.statement.circuit_hash, key.circuit_hash),
        "verifying key": (proof.statement.vk_hash, key.digest),
    }
    for what, (found, expected) in named.items():
        if found != expected:
            raise ProofMismatchError(
                f"The statement names another {what}: 0x{found.hex()}, expected 0x{expected.hex()}.",
                remedy="Verify with the key of the model that the statement names.",
            )


def _check_statement(opened: OpenKey, statement: Inference) -> None:
    """Step 8."""
    shape = opened.data.shape
    shown = statement.input_is_public, not statement.output_is_private
    if shown != (shape.input == "public", shape.output == "public"):
        raise MalformedProofError(
            f"The statement is of kind {statement.kind!r}; the key's have a {shape.input} input and a "
            f"{shape.output} output."
        )
    # each by itself: the circuit's integers are one list, in which another split would be another claim
    inputs = math.prod(opened.data.data[0].shape) if shape.input == "public" else 0
    for name, values, expected in (
        ("output", statement.output, opened.header.public - inputs),
        ("input", statement.input, inputs),
    ):
        if len(values) != 8 * expected:
            raise MalformedProofError(
                f"The statement's {name} shows {len(values) // 8} values; the key's statements {expected}."
            )


def _rows_are_those_named(key: VerifyingKey, opened: OpenKey, proof: Proof) -> bool:
    """Step 11; the payload has the circuit's length by now."""
    data_end = G1_BYTES * opened.header.data_rows
    output_end = data_end + G1_BYTES * opened.header.output_rows
    shape, statement = opened.data.shape, proof.statement
    data, output = proof.payload[:data_end], proof.payload[data_end:output_end]
    # a value that the statement shows has no commitment; its rows, if any, are the proof's own
    return (
        shape.input == "public" or _identity(key, opened.data_layout, data) == statement.input_commitment
    ) and (
        shape.output == "public"
        or _identity(key, opened.output_layout, output) == statement.output_commitment
    )


def _identity(key: VerifyingKey, layout: Layout, rows: bytes) -> bytes:
    """Identity of a commitment of kind data with these rows."""
    return _native.commitment_identity(False, layout.row_size, layout.digest, key.srs_digest, rows)
