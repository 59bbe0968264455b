"""Recognise any artefact by its first bytes and describe the public part of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from zkattest.attest import Bundle
from zkattest.backends.base import InputSecret, Proof, ProvingKey, VerifyingKey, describe_statement
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.backends.sumcheck.verification import open_key
from zkattest.commitments import Commitment, CommitmentSecret
from zkattest.datasets import DataSet
from zkattest.errors import FormatError, ZkattestError
from zkattest.frontend import QuantisedModel
from zkattest.frontend.codec import MAGIC as MODEL_MAGIC
from zkattest.metrics import Metric, Score
from zkattest.metrics.proof import MetricProof
from zkattest.srs import Ceremony, Srs
from zkattest.storage import read_file


@dataclass(frozen=True)
class Inspection:
    """What a file is.

    Attributes:
        kind: artefact kind, as in the vocabulary of the documentation.
        fields: its public values by name.
    """

    kind: str
    fields: dict[str, Any]


def inspect(source: str | os.PathLike[str] | bytes) -> Inspection:
    """Describe an artefact from its path or bytes. Secrets are named, never shown.

    Raises:
        FormatError: not an artefact of zkattest, truncated, or of another version.
    """
    data = source if isinstance(source, bytes) else read_file(Path(source))
    describe = _KINDS.get(data[:4])
    if describe is not None:
        return describe(data)
    if data.lstrip()[:1] == b"{":
        bundle = Bundle.from_bytes(data)
        return Inspection("attestation bundle", bundle.describe())
    raise FormatError(
        f"Unknown kind of file: it starts with {data[:4]!r}.",
        remedy="inspect reads models, commitments, data sets, keys, proofs, set-up strings and attestations.",
    )


def _model(data: bytes) -> Inspection:
    model = QuantisedModel.from_bytes(data)
    return Inspection(
        "quantised model (secret: holds the weights)",
        {
            "digest": model.digest,
            "architecture_digest": model.architecture_digest,
            "parameters": model.parameters,
            "inputs": [_tensor(spec) for spec in model.inputs],
            "outputs": [_tensor(spec) for spec in model.outputs],
            "nodes": [node.op for node in model.nodes],
        },
    )


def _tensor(spec: Any) -> str:
    return f"{spec.name} {list(spec.shape)} int{spec.bits}, scale 2^-{spec.scale}"


def _commitment(data: bytes) -> Inspection:
    commitment = Commitment.from_bytes(data)
    return Inspection(
        f"{commitment.kind} commitment",
        {
            "identity": commitment.identity,
            "rows": len(commitment.rows),
            "row_size": commitment.row_size,
            "srs_digest": commitment.srs_digest,
            "srs_unsafe": commitment.srs_unsafe,
        },
    )


def _verifying_key(data: bytes) -> Inspection:
    key = VerifyingKey.from_bytes(data)
    return Inspection(
        "verifying key",
        {
            "vk_hash": key.digest,
            "backend": key.backend,
            "proof_system": key.proof_system,
            "model_hash": key.model_hash,
            "circuit_hash": key.circuit_hash,
            "srs_digest": key.srs_digest,
            "srs_unsafe": key.srs_unsafe,
            "bytes": len(data),
            **_native_key(key),
        },
    )


def _native_key(key: VerifyingKey) -> dict[str, Any]:
    """What statements under a native key show, and its circuit's sizes; ``log_gates`` (of the table that
    contracts rely on) is None where no contract takes its proofs."""
    if key.backend != "sumcheck":
        return {}
    payload = VerifierData.from_bytes(key.payload)
    header = CircuitHeader.of(payload.circuit)
    sizes = {"row_size": header.row_size, "rows": sum(header.rows), "model_rows": header.model_rows}
    shape = payload.shape
    shown: dict[str, Any] = {"input": shape.input, "output": shape.output, "batch": shape.batch}
    if shape.score:
        shown["metric"] = Score.from_bytes(shape.score).describe()
    shown |= {"good": _judged(key)}
    part = payload.evaluation_key
    return {
        "tau_digest": keccak(payload.tau_g2),
        **shown,
        **sizes,
        "registration_proof_bytes": len(payload.registration_proof),
        "log_gates": part[0] if part else None,
    }


def _judged(key: VerifyingKey) -> str:
    """Whether a key is one: what no contract checks, and whoever relies on proofs under it must know."""
    try:
        open_key(key)
    except ZkattestError as error:
        return f"no: {error.message}"
    return "yes: its circuit is its architecture's, and its registration proof shows weights in their ranges"


def _proving_key(data: bytes) -> Inspection:
    key = ProvingKey.from_bytes(data)
    fields = {"backend": key.backend, "vk_hash": key.vk_digest, "bytes": len(data)}
    return Inspection("proving key (secret: may hold the weights)", fields)


def _proof(data: bytes) -> Inspection:
    proof = Proof.from_bytes(data)
    return Inspection(
        "proof",
        {
            "backend": proof.backend,
            "proof_system": proof.proof_system,
            "payload_bytes": len(proof.payload),
            "digest": proof.digest,
            **describe_statement(proof.statement),
            "bound_to": None if proof.binding is None else vars(proof.binding),
        },
    )


def _dataset(data: bytes) -> Inspection:
    dataset = DataSet.from_bytes(data)
    return Inspection("data set", {**dataset.describe(), "bytes": len(data)})


def _metric_proof(data: bytes) -> Inspection:
    return Inspection("proof of a metric (not verified)", MetricProof.from_bytes(data).describe())


def _metric(data: bytes) -> Inspection:
    metric = Metric.from_bytes(data)
    return Inspection("metric", {"metric": str(metric), "bounds": [str(bound) for bound in metric.bounds]})


def _commitment_secret(data: bytes) -> Inspection:
    secret = CommitmentSecret.from_bytes(data)
    return Inspection("opening of a commitment (secret)", {"identity": secret.identity, "bytes": len(data)})


def _input_secret(data: bytes) -> Inspection:
    secret = InputSecret.from_bytes(data)
    fields = {"commitment": secret.commitment, "output_commitment": secret.output_commitment}
    return Inspection("openings of the commitments in a statement (secret)", fields)


def _srs(data: bytes) -> Inspection:
    string = Srs.from_bytes(data)
    return Inspection(
        "set-up string",
        {
            "max_degree": string.max_degree,
            "digest": string.digest,
            "unsafe": string.unsafe,
            "provenance": string.provenance,
        },
    )


def _ceremony(data: bytes) -> Inspection:
    file = Ceremony.from_bytes(data)
    return Inspection("file of a ceremony", {"max_degree": file.max_degree, "digest": file.digest})


_KINDS: dict[bytes, Callable[[bytes], Inspection]] = {
    MODEL_MAGIC: _model,
    Commitment.MAGIC: _commitment,
    DataSet.MAGIC: _dataset,
    CommitmentSecret.MAGIC: _commitment_secret,
    Srs.MAGIC: _srs,
    b"ZKCI": _ceremony,
    b"ZKCC": _ceremony,
    VerifyingKey.MAGIC: _verifying_key,
    ProvingKey.MAGIC: _proving_key,
    Proof.MAGIC: _proof,
    MetricProof.MAGIC: _metric_proof,
    Metric.MAGIC: _metric,
    InputSecret.MAGIC: _input_secret,
}
