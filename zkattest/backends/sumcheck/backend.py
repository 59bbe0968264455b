"""The backend ``sumcheck``: the native proof system of ``docs/protocol.md``, bit-exact with
``QuantisedModel.execute``.

A proof shows: inside the model's commitment are weights, and inside the input's commitment (or in the
statement) are inputs in the declared range, for which the quantised model of the key's circuit gives exactly
the outputs that the statement shows (or that are inside the commitment that it names); and the prover bound
the proof to ``context``. The checklist of verification is in :mod:`zkattest.backends.sumcheck.verification`.
"""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

import numpy as np

from zkattest import _native
from zkattest.backends.base import (
    DEFAULT_SHAPE,
    CommittedModel,
    Estimate,
    EvmVerifier,
    InputSecret,
    IntTensor,
    Keys,
    Profile,
    Proof,
    ProvingKey,
    Rows,
    StatementShape,
    VerifyingKey,
    batched,
    check_profile,
)
from zkattest.backends.sumcheck import costs, evm, verification
from zkattest.backends.sumcheck.circuit import Parameters, choose, compile_circuit, named_nodes, sample
from zkattest.backends.sumcheck.keys import (
    COMPILER,
    PROOF_SYSTEM,
    ProverData,
    VerifierData,
    circuit_hash,
    registration_binding,
)
from zkattest.backends.sumcheck.phases import reporter
from zkattest.backends.sumcheck.verification import NAME, OpenKey, open_key
from zkattest.commitments import (
    Commitment,
    CommitmentSecret,
    commit_data,
    commit_model,
    is_padded,
    stored_constants,
)
from zkattest.errors import (
    CommitmentError,
    FormatError,
    InputError,
    ProofMismatchError,
    ProvingError,
    ShapeError,
    SrsTooSmallError,
)
from zkattest.frontend.codec import encode_architecture
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import NO_COMMITMENT, OFF_CHAIN, Inference, encode_output

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs

_SCALAR = 32
#: log2 of the shortest rows of the protocol.
_LEAST_LOG_ROW = 6
_MOST_THREADS = 1024


class SumcheckBackend:
    """See the module. Stateless, in memory, safe to use from several threads."""

    name = NAME
    proof_system = PROOF_SYSTEM

    # --- estimate ---------------------------------------------------------------------------------

    def estimate(
        self,
        model: QuantisedModel,
        *,
        shape: StatementShape = DEFAULT_SHAPE,
        row_size: int | None = None,
        profile: Profile = "speed",
    ) -> Estimate:
        """Cost of one proof: compiles the circuit, so that rows and bytes are exact."""
        check_profile(profile)
        log_row = _log_row(row_size)
        largest = log_row or costs.LARGEST_LOG_ROW
        parameters = choose(model, shape, log_row=log_row, largest=largest, padded=None, goal=profile)
        circuit = compile_circuit(model, shape, parameters)
        return costs.estimate(model, shape, circuit, parameters, rehearse=True)

    def rows(
        self,
        model: QuantisedModel,
        largest: int,
        *,
        size: int | None = None,
        batch: int = 1,
        profile: Profile = "speed",
    ) -> Rows | None:
        """What suits ``profile`` best; see :meth:`zkattest.backends.base.Backend.rows`."""
        check_profile(profile)
        shape, log_row = StatementShape(batch=batch), _log_row(size)
        longest = largest.bit_length() - 1
        parameters = choose(model, shape, log_row=log_row, largest=longest, padded=None, goal=profile)
        return Rows(1 << parameters.log_row, parameters.padded)

    # --- set-up -----------------------------------------------------------------------------------

    def setup(
        self,
        committed: CommittedModel,
        *,
        srs: Srs,
        shape: StatementShape = DEFAULT_SHAPE,
        profile: Profile | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> Keys:
        """Compile, and prove once that the weights are in their ranges; see
        :meth:`zkattest.backends.base.Backend.setup`."""
        _check_threads(threads)
        model, commitment = committed.model, committed.commitment
        log_row = commitment.row_size.bit_length() - 1
        if log_row < _LEAST_LOG_ROW:
            raise SrsTooSmallError(
                f"Rows of 2^{log_row} cells are too small; the least size is 2^{_LEAST_LOG_ROW}.",
                remedy="Commit to the model with longer rows: a larger row_size.",
            )
        with phase(progress, "compile"):
            goal, padded = _profile_of(_layouts(committed), profile or committed.profile)
            parameters = choose(model, shape, log_row=log_row, largest=log_row, padded=padded, goal=goal)
            circuit = compile_circuit(model, shape, parameters)
        _check_degree(srs, commitment.row_size)
        costs.check_memory(costs.estimate(model, shape, circuit, parameters), "Set-up")
        blinders = b"".join(committed.secret.blinders)
        srs_digest = srs.digest_at(commitment.row_size)
        with reporter(progress, "registration: ") as report, named_nodes(model):
            registration = _native.sumcheck_register(
                circuit,
                srs._native,
                _constants(model),
                blinders=blinders,
                key_binding=registration_binding(srs_digest, commitment.identity),
                threads=threads,
                progress=report,
            )
        data = VerifierData(
            shape,
            COMPILER,
            parameters.columns,
            parameters.limb_bits,
            parameters.padded,
            encode_architecture(model),
            circuit.circuit,
            circuit.registration,
            srs.tau_g2,
            commitment.layout.digest,
            tuple(circuit.data_shape),
            tuple(circuit.data_box),
            tuple(circuit.output_shape),
            tuple(circuit.output_box),
            b"".join(commitment.rows),
            registration,
        )
        verifying = VerifyingKey(
            self.name,
            self.proof_system,
            commitment.identity,
            circuit_hash(data.circuit, data.registration),
            srs_digest,
            srs.unsafe,
            data.to_bytes(),
            data.record(srs_digest, data.layout(data.data_box, commitment.row_size).digest),
        )
        with phase(progress, "check"):
            open_key(verifying)
        secret = ProverData(model.digest, blinders)
        return Keys(ProvingKey(self.name, verifying.digest, secret.to_bytes()), verifying)

    # --- prove ------------------------------------------------------------------------------------

    def prove(
        self,
        keys: Keys,
        model: QuantisedModel,
        x: IntTensor,
        *,
        srs: Srs,
        context: bytes = OFF_CHAIN,
        secret: InputSecret | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> tuple[Proof, InputSecret]:
        """Prove the inferences of a batch; see :meth:`zkattest.backends.base.Backend.prove`."""
        if len(context) != 32:
            raise FormatError(f"A context has 32 bytes; got {len(context)}.")
        _check_threads(threads)
        opened, prover = self._check_keys(keys, model, srs)
        shape = opened.data.shape
        x = batched(model, x, shape.batch)
        with phase(progress, "compile"):
            circuit, parameters = _circuit_of(opened, model)
        costs.check_memory(costs.estimate(model, shape, circuit, parameters), "Proving")
        with phase(progress, "execute"):
            traces = [model.trace(one) for one in x]
            outputs = np.stack([trace[model.outputs[0].name] for trace in traces])
        with phase(progress, "witness"), named_nodes(model):
            witness = circuit.witness([sample(model, trace) for trace in traces])
            del traces
        with phase(progress, "commit"):
            data, data_secret = _commit_input(opened, x, srs, secret)
            output, output_secret = _commit_output(opened, outputs, srs)
        statement = Inference(
            keys.verifying.model_hash,
            keys.verifying.circuit_hash,
            keys.verifying.digest,
            NO_COMMITMENT if shape.input == "public" else data.identity,
            b"" if output is not None else encode_output(outputs),
            context,
            encode_output(x) if shape.input == "public" else b"",
            NO_COMMITMENT if output is None else output.identity,
        )
        output_blinders = b"" if output_secret is None else b"".join(output_secret.blinders)
        with reporter(progress) as report:
            payload = _native.sumcheck_prove(
                circuit,
                srs._native,
                _constants(model),
                witness,
                blinders=(prover.blinders, b"".join(data_secret.blinders), output_blinders),
                data_rows=b"".join(data.rows),
                output_rows=b"" if output is None else b"".join(output.rows),
                key_binding=keys.verifying.digest,
                statement_digest=statement.digest,
                threads=threads,
                progress=report,
            )
        proof = Proof(self.name, self.proof_system, statement, payload)
        with phase(progress, "check"):
            if not self.verify(keys.verifying, proof):
                raise ProvingError(
                    "The proof that was made does not verify; it was dropped.",
                    remedy="Make the keys again with this version; if it persists, report the model.",
                )
        return proof, InputSecret(
            statement.input_commitment,
            b"" if shape.input == "public" else b"".join(data_secret.blinders),
            statement.output_commitment,
            output_blinders,
        )

    def _check_keys(self, keys: Keys, model: QuantisedModel, srs: Srs) -> tuple[OpenKey, ProverData]:
        if keys.proving.backend != self.name or keys.proving.vk_digest != keys.verifying.digest:
            raise ProofMismatchError(
                "The proving key does not belong to the verifying key.",
                remedy="Use the two keys of one setup.",
            )
        opened = open_key(keys.verifying)
        prover = ProverData.from_bytes(keys.proving.payload)
        if not secrets.compare_digest(prover.model_digest, model.digest):
            raise ProofMismatchError(
                "The keys were made for another model.", remedy="Run setup for this model, or load its keys."
            )
        if len(prover.blinders) != _SCALAR * opened.header.model_rows:
            raise FormatError("The proving key has another number of blinders than the model has rows.")
        _check_degree(srs, opened.header.row_size)
        verification.check_srs(keys.verifying, opened, srs)
        return opened, prover

    # --- commitments to data ------------------------------------------------------------------------

    def commit_input(self, verifying_key: VerifyingKey, x: IntTensor, *, srs: Srs) -> InputSecret:
        """Commit to inputs ``[batch, *shape]`` before any proof; see
        :meth:`zkattest.backends.base.Backend.commit_input`."""
        opened = open_key(verifying_key)
        _check_degree(srs, opened.header.row_size)
        verification.check_srs(verifying_key, opened, srs)
        if opened.data.shape.input == "public":
            raise InputError(
                "Statements under this key show the input; there is no commitment to it.",
                remedy="Make keys with input='private'.",
            )
        try:
            stored = x.reshape(opened.data.data_shape)
        except ValueError:
            raise _wrong_shape(x, opened.data.data_shape) from None
        data, opening = commit_data(stored, srs, opened.header.row_size, box=opened.data.data_box)
        return InputSecret(data.identity, b"".join(opening.blinders))

    def opens(
        self,
        verifying_key: VerifyingKey,
        statement: Inference,
        secret: InputSecret,
        *,
        srs: Srs,
        input: IntTensor | None = None,
        output: IntTensor | None = None,
    ) -> bool:
        """Whether values are inside a statement's commitments; see
        :meth:`zkattest.backends.base.Backend.opens`."""
        opened = open_key(verifying_key)
        _check_degree(srs, opened.header.row_size)
        verification.check_srs(verifying_key, opened, srs)
        data = opened.data
        for values, shape, box, salt, commitment in (
            (input, data.data_shape, data.data_box, secret.salt, statement.input_commitment),
            (
                output,
                data.output_shape,
                data.output_box,
                secret.output_salt,
                statement.output_commitment,
            ),
        ):
            if values is None:
                continue
            if commitment == NO_COMMITMENT:
                raise InputError("The statement shows this value; there is no commitment to open.")
            try:
                stored = np.asarray(values).reshape(shape)
            except ValueError:
                raise _wrong_shape(values, shape) from None
            try:
                found, _ = commit_data(stored, srs, opened.header.row_size, _blinders(salt), box=box)
            except CommitmentError:
                return False
            if found.identity != commitment:
                return False
        return True

    # --- verify -----------------------------------------------------------------------------------

    def verify(self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None) -> bool:
        """Judge ``proof``; :mod:`zkattest.backends.sumcheck.verification` numbers the steps."""
        return verification.verify(verifying_key, proof, srs=srs)

    def check_circuit(self, verifying_key: VerifyingKey, model: QuantisedModel) -> None:
        """Compile the architecture of ``model``; see
        :meth:`zkattest.backends.base.Backend.check_circuit`."""
        _circuit_of(open_key(verifying_key), model)

    def check_public_model(self, verifying_key: VerifyingKey, model: QuantisedModel, *, srs: Srs) -> None:
        """Compile, and commit again; see :meth:`zkattest.backends.base.Backend.check_public_model`."""
        opened = open_key(verifying_key)
        _check_degree(srs, opened.header.row_size)
        verification.check_srs(verifying_key, opened, srs)
        _circuit_of(opened, model)
        commitment, _ = commit_model(
            model, srs, row_size=opened.header.row_size, weights="public", padded=opened.data.padded
        )
        if commitment.identity != verifying_key.model_hash:
            raise ProofMismatchError(
                "The verifying key is of another model than the one given, or its weights were committed to "
                "as private.",
                remedy="Give the published model, in the very file that was committed to.",
            )

    def verify_by_reference(
        self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None
    ) -> bool:
        """:meth:`verify` with the readable verifier of :mod:`zkattest.spec` for the key's and the proof's own
        proofs; seconds and more."""
        return verification.verify(verifying_key, proof, srs=srs, readable=True)

    # --- on chain ---------------------------------------------------------------------------------

    def evm_verifier(self, verifying_key: VerifyingKey, *, srs: Srs | None = None) -> EvmVerifier:
        """One verifier for every key, and what it reads of this one; see
        :meth:`zkattest.backends.base.Backend.evm_verifier`."""
        return evm.verifier_of(verifying_key, open_key(verifying_key).data)

    def universal_verifier(self, srs: Srs) -> EvmVerifier:
        """The verifier for every key under ``srs``."""
        return evm.universal_verifier(srs.tau_g2, unsafe=srs.unsafe)


def _circuit_of(opened: OpenKey, model: QuantisedModel) -> tuple[_native.NativeCircuit, Parameters]:
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


def _constants(model: QuantisedModel) -> list[IntTensor]:
    """The weights, flattened, in the model's order."""
    return [np.ascontiguousarray(values, dtype=np.int64).reshape(-1) for values in model.constants.values()]


def _layouts(committed: CommittedModel) -> tuple[bool, ...]:
    """Whether the commitment is padded; both where padding would change nothing."""
    model, size = committed.model, committed.commitment.row_size
    padded = is_padded(committed.commitment, model)
    try:
        pairs = [stored_constants(model, size, padded=each) for each in (False, True)]
    except SrsTooSmallError:
        return (padded,)
    same = all(np.array_equal(*two) for two in zip(*(pair.values() for pair in pairs), strict=True))
    return (False, True) if same else (padded,)


def _profile_of(layouts: tuple[bool, ...], profile: Profile | None) -> tuple[Profile, bool | None]:
    """What parameters are chosen for, and whether they have to be padded; None: either.

    Raises:
        InputError: ``profile`` is given, and lays commitments out otherwise.
    """
    if profile is None:
        profile = "speed" if False in layouts else "gas"
    check_profile(profile)
    padded = {"speed": False, "gas": True}.get(profile)
    if padded is None:  # balanced takes what is cheaper
        return profile, None if len(layouts) > 1 else layouts[0]
    if padded not in layouts:
        found, other = ("not padded", "speed") if padded else ("padded", "gas")
        raise InputError(
            f"The model's commitment is {found}, as of the profile {other!r}; got the profile {profile!r}.",
            remedy=f"Commit to the model again with the profile {profile!r}, or leave the profile out here.",
        )
    return profile, padded


def _log_row(row_size: int | None) -> int | None:
    """log2 of a row size."""
    if row_size is not None and (row_size < 1 or row_size & (row_size - 1)):
        raise InputError(f"Rows of {row_size} cells.", remedy="Choose a power of two.")
    return None if row_size is None else row_size.bit_length() - 1


def _check_threads(threads: int | None) -> None:
    valid = threads is None or (isinstance(threads, int) and 1 <= threads <= _MOST_THREADS)
    if not valid or isinstance(threads, bool):
        raise InputError(
            f"{threads!r} threads.",
            remedy=f"Choose a number from 1 to {_MOST_THREADS}, or none for all cores.",
        )


def _check_degree(srs: Srs, degree: int) -> None:
    if srs.max_degree < degree:
        raise SrsTooSmallError(
            f"The model's rows of {degree} cells need a set-up string of degree {degree}; this one reaches "
            f"{srs.max_degree}.",
            remedy="Give the string that the model was committed with, or a larger prefix of it.",
        )


def _wrong_shape(values: IntTensor, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"The key's commitment is to {math.prod(shape)} values; got an array of shape {np.shape(values)}."
    )


def _blinders(salt: bytes) -> list[bytes]:
    return [salt[at : at + _SCALAR] for at in range(0, len(salt), _SCALAR)]


def _commit_input(
    opened: OpenKey, x: IntTensor, srs: Srs, secret: InputSecret | None
) -> tuple[Commitment, CommitmentSecret]:
    """Commit to the inputs, or again as ``secret`` says.

    Raises:
        ProofMismatchError: the secret is of another input.
    """
    stored = x.reshape(opened.data.data_shape)
    if secret is None or opened.data.shape.input == "public":
        return commit_data(stored, srs, opened.header.row_size, box=opened.data.data_box)
    try:
        data, opening = commit_data(
            stored, srs, opened.header.row_size, _blinders(secret.salt), box=opened.data.data_box
        )
    except CommitmentError:
        raise FormatError(
            f"The given opening has {len(secret.salt)} bytes of blinders, expected "
            f"{_SCALAR * opened.header.data_rows}, each smaller than the group's order.",
            remedy="Pass the InputSecret that was returned for this input, or none.",
        ) from None
    if data.identity != secret.commitment:
        raise ProofMismatchError(
            "The given opening belongs to another input: its blinders give another commitment.",
            remedy="Pass the InputSecret that was returned for this input, or none.",
        )
    return data, opening


def _commit_output(
    opened: OpenKey, outputs: IntTensor, srs: Srs
) -> tuple[Commitment, CommitmentSecret] | tuple[None, None]:
    """Commit to outputs that stay private."""
    if opened.data.shape.output == "public":
        return None, None
    stored = outputs.reshape(opened.data.output_shape)
    return commit_data(stored, srs, opened.header.row_size, box=opened.data.output_box)
