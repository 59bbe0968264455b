"""Making and signing attestations: only of proofs that a verifier has just accepted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING, Final, TypeAlias

from zkattest.backends.base import Backend, Proof, VerifyingKey, proof_system_id
from zkattest.errors import AttestationError, ProofMismatchError
from zkattest.statements import OFF_CHAIN, Binding, context_digest, decode_output

from .envelope import Envelope
from .keys import SigningKey
from .statement import (
    Anchor,
    Attestation,
    Dataset,
    InferenceClaim,
    Model,
    Output,
    Predicate,
    ProofRecord,
    Quantisation,
    Subject,
    Verifier,
)

if TYPE_CHECKING:
    from zkattest.srs import Srs

#: From a backend's name to the backend; raises BackendUnavailableError where its package is missing.
BackendLookup: TypeAlias = Callable[[str], Backend]

VERIFIER_ID: Final = "https://zkattest.dev/verifier"


def default_lookup(name: str) -> Backend:
    """:func:`zkattest.backends.get_backend`, imported late: reading an attestation needs no proof system."""
    from zkattest.backends import get_backend

    return get_backend(name)


def create(
    proof: Proof,
    verifying_key: VerifyingKey,
    *,
    files: Iterable[str | os.PathLike[str] | Subject],
    output_scale: int,
    quantisation: Quantisation,
    version: int = 1,
    previous: bytes | None = None,
    dataset: Dataset | None = None,
    nonce: bytes | None = None,
    anchor: Anchor | None = None,
    srs: Srs | None = None,
    backends: BackendLookup = default_lookup,
    now: datetime | None = None,
) -> Attestation:
    """Verify ``proof`` and state what it proves.

    Arguments:
        proof, verifying_key: the proof and the key that it verifies under.
        files: the model's files (ONNX and external data): paths, or subjects with the digest known already.
        output_scale: ``value = q * 2**-output_scale``; of ``model.outputs[0]``.
        quantisation: how the integer graph relates to the files.
        version: version of the model; of a bound proof, it is the binding's.
        previous: commitment identity of the version before, 32 bytes.
        dataset: the data set that the claim is about, where there is one.
        nonce: of a bound proof whose binding travels apart, 32 bytes.
        anchor: where the proof is recorded; default: where its binding says that it may be.
        srs: the set-up string, where the backend needs it to verify.
        backends: where to look up the proof system.
        now: the time of verification; default: the clock's.

    Returns:
        The unsigned attestation.

    Raises:
        AttestationError: the parts contradict each other.
        ProofMismatchError: the proof does not verify, or is of another key.
        MalformedProofError, BackendUnavailableError: from the backend.
        StorageError: a file cannot be read.
    """
    statement = proof.statement
    anchor, nonce = _binding(proof, version, anchor, nonce)
    if not backends(verifying_key.backend).verify(verifying_key, proof, srs=srs):
        raise ProofMismatchError(
            "The proof does not verify under this key; nothing was attested.",
            remedy="Prove the inference again.",
        )
    return Attestation(
        subject=tuple(file if isinstance(file, Subject) else Subject.of_file(file) for file in files),
        predicate=Predicate(
            claim=InferenceClaim(
                input_commitment=hex_text(statement.input_commitment),
                output=Output(
                    values=tuple(map(str, decode_output(statement.output).tolist())), scale=output_scale
                ),
                context=hex_text(statement.context),
                nonce=None if nonce is None else hex_text(nonce),
            ),
            model=Model(
                commitment=hex_text(statement.model_hash),
                version=version,
                previous=None if previous is None else hex_text(previous),
                quantisation=quantisation,
            ),
            dataset=dataset,
            proof=record_of(proof, verifying_key),
            anchor=anchor,
            verifier=Verifier(id=VERIFIER_ID, version=software_version(), time=_seconds(now)),
        ),
    )


def anchor_of(
    binding: Binding, *, tx_hash: bytes | None = None, attestation_id: bytes | None = None
) -> Anchor:
    """The anchor of a bound proof; ``tx_hash`` and ``attestation_id``, 32 bytes each, once it is recorded."""
    return Anchor(
        chain_id=binding.chain_id,
        contract=binding.registry.lower(),
        model_id=str(binding.model_id),
        tx_hash=None if tx_hash is None else hex_text(tx_hash),
        attestation_id=None if attestation_id is None else hex_text(attestation_id),
    )


def sign(attestation: Attestation, key: SigningKey, *more: SigningKey) -> Envelope:
    """Sign the canonical bytes of ``attestation`` with one or more keys."""
    keys = (key, *more)
    if len({signer.public for signer in keys}) != len(keys):
        raise AttestationError("The same key signs twice.", remedy="Give each signing key once.")
    return Envelope.signed(attestation.to_bytes(), keys)


def record_of(proof: Proof, verifying_key: VerifyingKey) -> ProofRecord:
    """The ``proof`` member of an attestation about these two artefacts."""
    return ProofRecord(
        system=proof.proof_system,
        proof_system_id=hex_text(proof_system_id(proof.proof_system)),
        circuit_hash=hex_text(proof.statement.circuit_hash),
        vk_hash=hex_text(verifying_key.digest),
        setup_digest=hex_text(verifying_key.srs_digest),
        setup_unsafe=verifying_key.srs_unsafe,
        public_inputs=hex_text(proof.statement.to_bytes()),
        digest=hex_text(proof.digest),
    )


def context_of(anchor: Anchor, *, version: int, model_hash: bytes, nonce: bytes) -> bytes:
    """:func:`zkattest.statements.context_digest` of an anchor's fields, 32 bytes."""
    return context_digest(
        chain_id=anchor.chain_id,
        registry=anchor.contract,
        model_id=int(anchor.model_id),
        version=version,
        model_hash=model_hash,
        nonce=nonce,
    )


def hex_text(value: bytes) -> str:
    """``0x`` and lower-case hex."""
    return "0x" + value.hex()


def software_version() -> str:
    """Version of the installed package; ``0+source`` where it runs from a source tree."""
    try:
        return package_version("zkattest")
    except PackageNotFoundError:
        return "0+source"


def _binding(
    proof: Proof, version: int, anchor: Anchor | None, nonce: bytes | None
) -> tuple[Anchor | None, bytes | None]:
    """The anchor and nonce that open the proof's context; both None off chain."""
    statement, binding = proof.statement, proof.binding
    if statement.context == OFF_CHAIN:
        if anchor is not None or nonce is not None:
            raise AttestationError(
                "This proof is bound to no chain, so it has neither anchor nor nonce.",
                remedy="Prove again with the binding of a registered model, or leave both out.",
            )
        return None, None
    if binding is not None:
        anchor = anchor_of(binding) if anchor is None else anchor
        nonce = binding.nonce if nonce is None else nonce
    if anchor is None or nonce is None:
        raise AttestationError(
            "The proof is bound to a chain, but not to which one.",
            remedy="Use proof.bound_to(binding), or give anchor and nonce.",
        )
    if len(nonce) != 32:
        raise AttestationError(f"A nonce has 32 bytes; got {len(nonce)}.")
    if context_of(anchor, version=version, model_hash=statement.model_hash, nonce=nonce) != statement.context:
        raise AttestationError(
            "The proof's context is not that of the anchor (chain, contract, model, version, nonce).",
            remedy="Give the anchor and version that the proof was made for.",
        )
    return anchor, nonce


def _seconds(now: datetime | None) -> str:
    moment = datetime.now(timezone.utc) if now is None else now
    if moment.tzinfo is None:
        raise AttestationError(
            "The time of an attestation needs a time zone.", remedy="Give an aware datetime."
        )
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
