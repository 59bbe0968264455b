"""The backend ``sumcheck``: the native proof system of ``docs/protocol.md``, bit-exact with
``QuantisedModel.execute``.

A proof shows: inside the model's commitment are weights, and inside the input's commitment (or in the
statement) are inputs in the declared range, for which the quantised model of the key's circuit gives exactly
the outputs that the statement shows (or that are inside the commitment that it names); and the prover bound
the proof to ``context``. The checklist of verification is in :mod:`zkattest.backends.sumcheck.verification`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from eth_utils.crypto import keccak

from zkattest import _native
from zkattest.backends.base import (
    DEFAULT_SHAPE,
    CommittedModel,
    Estimate,
    EvmVerifier,
    InputSecret,
    IntTensor,
    KeyPublication,
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
from zkattest.backends.sumcheck import costs, evm, inputs, verification
from zkattest.backends.sumcheck.circuit import choose, compile_circuit, named_nodes, sample
from zkattest.backends.sumcheck.keys import (
    COMPILER,
    PROOF_SYSTEM,
    DataTensor,
    ProverData,
    VerifierData,
    data_names,
    registration_binding,
)
from zkattest.backends.sumcheck.phases import reporter
from zkattest.backends.sumcheck.proving import (
    check_degree,
    check_keys,
    check_own_string,
    check_powers,
    check_threads,
    circuit_of,
    constants,
    make_proof,
    refuse_metric,
)
from zkattest.backends.sumcheck.verification import NAME, open_key
from zkattest.commitments import commit_model, is_padded, stored_constants
from zkattest.devices import asked_device
from zkattest.errors import FormatError, InputError, ProofMismatchError, SrsTooSmallError
from zkattest.frontend.codec import encode_architecture
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import NO_COMMITMENT, OFF_CHAIN, Inference, encode_output

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs

#: log2 of the shortest rows of the protocol.
_LEAST_LOG_ROW = 6


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
        for_chain = evm.is_for_chain(profile, shape)
        return costs.estimate(model, shape, circuit, parameters, evaluation=for_chain, rehearse=True)

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
        parameters = choose(
            model, shape, log_row=log_row, largest=longest, powers=largest, padded=None, goal=profile
        )
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
        """Compile, prove once that the weights are in their ranges, and, where contracts are to take the
        proofs, commit to the circuit's table of gates; see :meth:`zkattest.backends.base.Backend.setup`."""
        check_threads(threads)
        model, commitment = committed.model, committed.commitment
        log_row = commitment.row_size.bit_length() - 1
        if log_row < _LEAST_LOG_ROW:
            raise SrsTooSmallError(
                f"Rows of 2^{log_row} cells are too small; the least size is 2^{_LEAST_LOG_ROW}.",
                remedy="Commit to the model with longer rows: a larger row_size.",
            )
        with phase(progress, "compile"):
            goal, padded = _profile_of(_layouts(committed), profile or committed.profile)
            parameters = choose(
                model,
                shape,
                log_row=log_row,
                largest=log_row,
                powers=srs.max_degree + 1,
                padded=padded,
                goal=goal,
            )
            circuit = compile_circuit(model, shape, parameters)
        for_chain = evm.is_for_chain(goal, shape)
        check_degree(srs, commitment.row_size)
        if for_chain:
            check_powers(srs, circuit)
        cost = costs.estimate(model, shape, circuit, parameters, evaluation=for_chain)
        costs.check_memory(cost, "Set-up")
        blinders = b"".join(committed.secret.blinders)
        srs_digest = srs.digest_at(commitment.row_size)
        evaluation = b""
        if for_chain:
            with phase(progress, "evaluation key"):
                evaluation = circuit.evaluation_part(srs._native, srs_digest, asked_device())
        with reporter(progress, "registration: ") as report, named_nodes(model):
            registration = _native.sumcheck_register(
                circuit,
                srs._native,
                constants(model),
                blinders=blinders,
                key_binding=registration_binding(srs_digest, commitment.identity),
                threads=threads,
                device=asked_device(),
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
            tuple(
                DataTensor(name, tuple(elements), tuple(box))
                for name, (elements, box) in zip(data_names(shape), circuit.data_tensors, strict=True)
            ),
            tuple(circuit.output_shape),
            tuple(circuit.output_box),
            b"".join(commitment.rows),
            registration,
            evaluation,
        )
        verifying = VerifyingKey(
            self.name,
            self.proof_system,
            commitment.identity,
            data.circuit_hash,
            srs_digest,
            srs.unsafe,
            data.to_bytes(),
            data.record(srs_digest, data.data_layout(commitment.row_size).digest),
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
        check_threads(threads)
        opened, prover = check_keys(keys, model, srs)
        refuse_metric(opened)
        shape = opened.data.shape
        x = batched(model, x, shape.batch)
        with phase(progress, "compile"):
            circuit, parameters = circuit_of(opened, model)
        evaluation = bool(opened.data.evaluation)
        cost = costs.estimate(model, shape, circuit, parameters, evaluation=evaluation)
        costs.check_memory(cost, "Proving")
        with phase(progress, "execute"):
            traces = model.traces(x, threads=threads)
            outputs = np.stack([trace[model.outputs[0].name] for trace in traces])
        with phase(progress, "witness"), named_nodes(model):
            witness = circuit.witness([sample(model, trace) for trace in traces], threads=threads)
            del traces
        with phase(progress, "commit"):
            data, data_secret = inputs.commit_inputs(opened, x, srs, secret)
            output, output_secret = inputs.commit_outputs(opened, outputs, srs)
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
        proof = make_proof(
            keys,
            circuit,
            model,
            witness,
            statement,
            srs=srs,
            evaluation=evaluation,
            blinders=(prover.blinders, b"".join(data_secret.blinders), output_blinders),
            data_rows=b"".join(data.rows),
            output_rows=b"" if output is None else b"".join(output.rows),
            threads=threads,
            progress=progress,
        )
        return proof, InputSecret(
            statement.input_commitment,
            b"" if shape.input == "public" else b"".join(data_secret.blinders),
            statement.output_commitment,
            output_blinders,
        )

    # --- commitments to data ------------------------------------------------------------------------

    def commit_input(self, verifying_key: VerifyingKey, x: IntTensor, *, srs: Srs) -> InputSecret:
        """Commit to inputs ``[batch, *shape]`` before any proof; see
        :meth:`zkattest.backends.base.Backend.commit_input`."""
        return inputs.commit_input(verifying_key, x, srs=srs)

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
        return inputs.opens(verifying_key, statement, secret, srs=srs, input=input, output=output)

    # --- verify -----------------------------------------------------------------------------------

    def verify(self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None) -> bool:
        """Judge ``proof``; :mod:`zkattest.backends.sumcheck.verification` numbers the steps.

        Raises:
            ProofMismatchError: the key is of a metric, whose integers are no output of the model.
        """
        refuse_metric(open_key(verifying_key))
        return verification.verify(verifying_key, proof, srs=srs)

    def check_circuit(self, verifying_key: VerifyingKey, model: QuantisedModel) -> None:
        """Compile the architecture of ``model``; see
        :meth:`zkattest.backends.base.Backend.check_circuit`."""
        circuit_of(open_key(verifying_key), model)

    def check_public_model(self, verifying_key: VerifyingKey, model: QuantisedModel, *, srs: Srs) -> None:
        """Compile, and commit again; see :meth:`zkattest.backends.base.Backend.check_public_model`."""
        opened = check_own_string(verifying_key, srs)
        circuit_of(opened, model)
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
        refuse_metric(open_key(verifying_key, readable=True))
        return verification.verify(verifying_key, proof, srs=srs, readable=True)

    # --- on chain ---------------------------------------------------------------------------------

    def evm_verifier(self, verifying_key: VerifyingKey, *, srs: Srs | None = None) -> EvmVerifier:
        """One verifier for every key; see :meth:`zkattest.backends.base.Backend.evm_verifier`."""
        return evm.verifier_of(verifying_key, open_key(verifying_key).data)

    def publication(self, verifying_key: VerifyingKey) -> KeyPublication | None:
        """The key's record; see :meth:`zkattest.backends.base.Backend.publication`."""
        self.evm_verifier(verifying_key)  # which refuses what no contract takes
        return KeyPublication(verifying_key.record, verifying_key.encoding_digest)

    def tau_digest(self, verifying_key: VerifyingKey) -> bytes | None:
        """See :meth:`zkattest.backends.base.Backend.tau_digest`."""
        return keccak(open_key(verifying_key).data.tau_g2)

    def universal_verifier(self, srs: Srs) -> EvmVerifier:
        """The verifier for every key under ``srs``."""
        return evm.universal_verifier(srs.tau_g2, unsafe=srs.unsafe)


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
