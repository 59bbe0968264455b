"""The public verbs, one function each; ``zkattest/__init__.py`` re-exports them.

Each mirrors a command of the CLI, takes and returns values (no files), and raises only
:class:`zkattest.errors.ZkattestError`. The one-line default is enough for the common case; the modules
below (``frontend``, ``srs``, ``commitments``, ``backends``, ``chain``, ``attest``) hold the whole power.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from zkattest import attest as documents
from zkattest import backends, frontend
from zkattest.attest import Anchor, Bundle, Quantisation, SigningKey, Subject, decimal_text
from zkattest.backends.base import (
    CommittedModel,
    Estimate,
    InputSecret,
    Keys,
    Profile,
    Proof,
    Rows,
    StatementShape,
    VerifyingKey,
    Visibility,
    check_profile,
)
from zkattest.commitments import Commitment, commit_model
from zkattest.errors import AttestationError, CommitmentError, InputError, ShapeError
from zkattest.frontend import QuantisedModel
from zkattest.onchain import Registration, audit, bind, check, deploy, register, submit, verify_on_chain
from zkattest.progress import SILENT, Progress
from zkattest.progress import phase as progress_phase
from zkattest.srs import Srs
from zkattest.statements import Binding, decode_output

__all__ = [
    "Registration",
    "audit",
    "bind",
    "check",
    "check_circuit",
    "commit",
    "commit_input",
    "compile",
    "deploy",
    "estimate",
    "opens",
    "outputs",
    "prove",
    "quantise_inputs",
    "register",
    "setup",
    "sign_attestation",
    "submit",
    "verify",
    "verify_by_reference",
    "verify_on_chain",
]

FloatTensor = npt.NDArray[np.floating[Any]]


def compile(  # the verb's name; the builtin is not used in this package
    source: str | os.PathLike[str] | bytes, calibration: FloatTensor, **options: Any
) -> QuantisedModel:
    """Import an ONNX model and quantise it; see :func:`zkattest.frontend.compile_model`.

    Arguments:
        source: path or bytes of the ONNX model.
        calibration: samples ``[n, *input shape without the batch axis]``, float; they choose the scales.
        options: ``bits`` (8 to 16) and the others of :func:`zkattest.frontend.compile_model`.
    """
    return frontend.compile_model(source, calibration, **options)


def commit(
    model: QuantisedModel,
    srs: Srs,
    *,
    backend: str = backends.DEFAULT,
    row_size: int | None = None,
    batch: int = 1,
    profile: Profile = "speed",
    weights: Visibility = "private",
    progress: Progress = SILENT,
) -> CommittedModel:
    """Commit to the weights of ``model``, binding, and hiding unless they are public.

    Arguments:
        backend: whose proofs will open the commitment; it chooses the rows.
        row_size: cells of a row, a power of two; the backend's choice within ``srs`` by default.
        batch: how many inferences most proofs will be about: longer rows suit larger batches.
        profile: what proofs of this model are for: ``"speed"``: prove fastest, for verification off chain;
            ``"gas"``: cost a contract least; ``"balanced"``: both, a second of proving for 200,000 gas. It
            fixes the size of rows and whether axes are padded, which later steps follow. No contract takes
            proofs of the profile speed.
        weights: ``"private"``: fresh blinders on every call; ``"public"``: known ones, so that whoever has
            the model can recompute the commitment, which hides nothing; see ``model`` of :func:`verify`.

    Raises:
        CommitmentError: the model has no weights; SrsTooSmallError: ``srs`` does not reach.
    """
    if not model.constants:
        raise CommitmentError(
            "The model has no weights, so that there is nothing to commit to.",
            remedy="Use a model with at least one constant.",
        )
    check_profile(profile)
    rows = None if row_size is None else Rows(row_size)
    if rows is None or profile != "speed":
        largest = 1 << (srs.max_degree.bit_length() - 1)
        rows = backends.get_backend(backend).rows(model, largest, size=row_size, batch=batch, profile=profile)
    size, padded = (None, False) if rows is None else rows
    with progress_phase(progress, "commit"):
        commitment, secret = commit_model(
            model, srs, row_size=size, weights=weights, padded=padded, progress=progress
        )
    return CommittedModel(model, commitment, secret, profile)


def estimate(
    model: QuantisedModel,
    *,
    backend: str = backends.DEFAULT,
    input: Visibility = "private",
    output: Visibility = "public",
    batch: int = 1,
    row_size: int | None = None,
    profile: Profile = "speed",
) -> Estimate:
    """What one proof will cost: rows, memory, seconds, bytes, gas; arguments as of :func:`setup`.

    Arguments:
        row_size: cells of a row of the model's commitment; None: as :func:`commit` chooses for ``batch``
            with a string that is large enough.
        profile: what the commitment is for, as of :func:`commit`.
    """
    shape = StatementShape(input, output, batch)
    return backends.get_backend(backend).estimate(model, shape=shape, row_size=row_size, profile=profile)


def setup(
    committed: CommittedModel,
    srs: Srs,
    *,
    backend: str = backends.DEFAULT,
    input: Visibility = "private",
    output: Visibility = "public",
    batch: int = 1,
    profile: Profile | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> Keys:
    """Make the proving and the verifying key; the commitment is opened and checked first.

    Arguments:
        input: ``"private"``: statements show a commitment to the input; ``"public"``: the input itself.
        output: ``"public"`` or ``"private"``, likewise.
        batch: how many inferences one proof is about.
        profile: what the commitment was made for, where its layout alone does not say it (``"balanced"``).
        threads: processor threads to use; None: as many as there are.

    Raises:
        InputError: the commitment is laid out for another profile.
    """
    committed.check(srs)
    return backends.get_backend(backend).setup(
        committed,
        srs=srs,
        shape=StatementShape(input, output, batch),
        profile=profile,
        threads=threads,
        progress=progress,
    )


def prove(
    keys: Keys,
    model: QuantisedModel,
    x: FloatTensor,
    *,
    srs: Srs,
    binding: Binding | None = None,
    secret: InputSecret | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> tuple[Proof, InputSecret]:
    """Prove inferences of ``model`` on ``x``, showing of weights, inputs and outputs what the keys' set-up
    chose to show.

    Arguments:
        x: in real units: one input, of the model's input shape with or without the batch axis of 1; for keys
            of a batch, ``[batch, ...]`` of them.
        binding: where the proof may be used (``Registered.binding()``); None: off chain only.
        secret: the opening of an earlier commitment to the same input, to show the same commitment again.
        threads: processor threads to use; None: as many as there are.

    Returns:
        The proof and the openings of its commitments, which the owner of the data keeps.
    """
    context = {} if binding is None else {"context": binding.context(keys.verifying.model_hash)}
    proof, opening = backends.get_backend(keys.verifying.backend).prove(
        keys,
        model,
        quantise_inputs(model, x),
        srs=srs,
        secret=secret,
        threads=threads,
        progress=progress,
        **context,
    )
    return (proof if binding is None else proof.bound_to(binding)), opening


def outputs(proof: Proof, model: QuantisedModel, *, transform: bool = True) -> FloatTensor:
    """What the statement of ``proof`` says, in real units: ``[batch, *output shape]``.

    Arguments:
        transform: apply the softmax that the ONNX model ended in, if any.

    Raises:
        InputError: the outputs are private; ShapeError: they are another model's.
    """
    if proof.statement.output_is_private:
        raise InputError(
            "The statement shows a commitment to the outputs only.", remedy="Ask their owner to open it."
        )
    integers, size = decode_output(proof.statement.output), model.outputs[0].size
    if integers.size % size:
        raise ShapeError(f"The statement shows {integers.size} values; the model's output has {size}.")
    return np.stack([model.dequantise_output(one, transform=transform) for one in integers.reshape(-1, size)])


def commit_input(
    verifying_key: VerifyingKey, model: QuantisedModel, x: FloatTensor, *, srs: Srs
) -> InputSecret:
    """Commit to inputs before any proof about them: publish ``commitment``, and pass the result to
    :func:`prove` as ``secret``.

    Arguments:
        x: in real units, as of :func:`prove`.

    Raises:
        UnsupportedByBackendError, InputError, ShapeError.
    """
    return backends.get_backend(verifying_key.backend).commit_input(
        verifying_key, quantise_inputs(model, x), srs=srs
    )


def opens(
    proof: Proof,
    verifying_key: VerifyingKey,
    secret: InputSecret,
    *,
    srs: Srs,
    input: npt.ArrayLike | None = None,
    output: npt.ArrayLike | None = None,
) -> bool:
    """Whether these integers are inside the commitments that the statement of ``proof`` shows: for whoever is
    shown a private input or output with its opening.

    Arguments:
        input, output: quantised (``model.quantise_input``, ``decode_output``), of the whole batch, any shape.

    Raises:
        UnsupportedByBackendError, ShapeError; InputError: the statement shows the value itself.
    """
    arrays = {
        name: None if values is None else np.asarray(values, dtype=np.int64)
        for name, values in (("input", input), ("output", output))
    }
    return backends.get_backend(verifying_key.backend).opens(
        verifying_key, proof.statement, secret, srs=srs, **arrays
    )


def quantise_inputs(model: QuantisedModel, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """One input, or several along a leading axis, in real units, to integers; see
    :meth:`QuantisedModel.quantise_input`."""
    try:
        array = np.asarray(x)
    except ValueError:  # ragged: the model says so in its own words
        return model.quantise_input(x)
    shape = model.inputs[0].shape
    if array.shape not in (shape, shape[1:]) and array.ndim and array.shape[1:] in (shape, shape[1:]):
        return np.stack([model.quantise_input(sample) for sample in array])
    return model.quantise_input(x)


def verify(
    proof: Proof,
    verifying_key: VerifyingKey,
    *,
    srs: Srs | None = None,
    model: QuantisedModel | None = None,
) -> bool:
    """Judge a proof: True, or False when it is well-formed and wrong.

    Arguments:
        srs: the set-up string, to compare with the key's; None: as the key says itself.
        model: a model whose weights are public (``commit(weights="public")``): its circuit and commitment are
            computed again and compared with the key's; needs ``srs``.

    What the caller must still check: that ``verifying_key`` is the one registered for the model in question,
    that it is not ``srs_unsafe``, and that ``proof.statement`` says what was asked for. Who knows the model's
    architecture and does not trust the maker of the key calls :func:`check_circuit` as well.

    Raises:
        MalformedProofError, ProofMismatchError: the bytes are no proof, or one of another model or key.
    """
    backend = backends.get_backend(verifying_key.backend)
    if model is not None:
        if srs is None:
            raise InputError(
                "Recomputing a model's commitment needs the set-up string.", remedy="Give srs as well."
            )
        backend.check_public_model(verifying_key, model, srs=srs)
    return backend.verify(verifying_key, proof, srs=srs)


def verify_by_reference(proof: Proof, verifying_key: VerifyingKey, *, srs: Srs | None = None) -> bool:
    """:func:`verify` with the second, readable verifier, which was written from the specification in plain
    Python; takes seconds and more.

    Raises:
        UnsupportedByBackendError: the key's backend has no such verifier.
    """
    backend = backends.get_backend(verifying_key.backend)
    return backend.verify_by_reference(verifying_key, proof, srs=srs)


def check_circuit(verifying_key: VerifyingKey, model: QuantisedModel) -> None:
    """Raise :class:`ProofMismatchError` unless the key's circuit is the one of the architecture of ``model``;
    for whoever knows the architecture, and need not know the weights."""
    backends.get_backend(verifying_key.backend).check_circuit(verifying_key, model)


def sign_attestation(
    proof: Proof,
    verifying_key: VerifyingKey,
    *,
    model: QuantisedModel,
    fidelity: frontend.FidelityReport,
    subjects: Iterable[str | os.PathLike[str] | Subject],
    key: SigningKey,
    commitment: Commitment | None = None,
    anchor: Anchor | None = None,
    srs: Srs | None = None,
) -> Bundle:
    """Verify ``proof``, state it in an in-toto document, sign it; see :func:`zkattest.attest.create`.

    Arguments:
        fidelity: the float difference that the document states as measured.
        subjects: the ONNX file, or its digest.
        key: the signer.
        commitment: travels in the bundle when given.
        anchor: :func:`zkattest.anchoring.anchor` of the submitted proof.
    """
    if proof.statement.kind != "inference":
        raise AttestationError(
            f"The proof's statement is of kind {proof.statement.kind!r}; documents state inferences with a "
            "private input and a public output.",
            remedy="Use keys made for a private input and a public output.",
        )
    attestation = documents.create(
        proof,
        verifying_key,
        files=subjects,
        output_scale=model.outputs[0].scale,
        quantisation=Quantisation(
            bits=model.inputs[0].bits,
            input_scale=model.inputs[0].scale,
            float_delta=decimal_text(fidelity.max_error),
            mean_delta=decimal_text(fidelity.mean_error),
            agreement=None if fidelity.top1_agreement is None else decimal_text(fidelity.top1_agreement),
            samples=fidelity.samples,
        ),
        version=1 if proof.binding is None else proof.binding.version,
        anchor=anchor,
        srs=srs,
    )
    envelope = documents.sign(attestation, key)
    material = None if commitment is None else commitment.to_bytes()
    return Bundle.of(envelope, verifying_key, proof, model_commitment=material)
