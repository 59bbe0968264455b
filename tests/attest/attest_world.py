"""A small world to attest in: a proof system of hashes, one proof, its attestation, signed.

The backend's verdict depends on every byte: a proof is the keccak of key and statement, 32 bytes. It hides
and proves nothing; it stands for a real proof system where the subject under test is the attestation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from eth_utils.crypto import keccak

from zkattest.attest import (
    Anchor,
    AnchorRecord,
    Attestation,
    Bundle,
    Quantisation,
    SigningKey,
    Subject,
    anchor_of,
    create,
    sign,
)
from zkattest.backends.base import Proof, VerifyingKey, proof_system_id
from zkattest.errors import BackendUnavailableError, MalformedProofError, ProofMismatchError
from zkattest.statements import OFF_CHAIN, Binding, Inference, encode_output

SYSTEM = "hash-keccak-v1"
REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
ONNX = b"an ONNX file, as far as a digest can tell"
NOW = datetime(2026, 11, 23, 8, 30, 0, tzinfo=timezone.utc)
QUANTISATION = Quantisation(bits=12, input_scale=8, float_delta="0.00390625", samples=100)
TX_HASH = keccak(b"transaction")


def _payload(key: VerifyingKey, statement: Inference) -> bytes:
    return keccak(key.payload + statement.to_bytes())


class HashBackend:
    """Accepts exactly the payload that it computes itself."""

    name = "hash"
    proof_system = SYSTEM

    def verify(self, verifying_key: VerifyingKey, proof: Proof, *, srs: Any = None) -> bool:
        if len(proof.payload) != 32:
            raise MalformedProofError(f"A hash proof has 32 bytes; got {len(proof.payload)}.")
        if proof.statement.vk_hash != verifying_key.digest:
            raise ProofMismatchError("The statement names another key.")
        return proof.payload == _payload(verifying_key, proof.statement)

    def tau_digest(self, verifying_key: VerifyingKey) -> None:
        """Its keys carry no [tau]_2."""


def lookup(name: str) -> Any:
    if name == "hash":
        return HashBackend()
    raise BackendUnavailableError(f"{name} is not installed.", remedy=f"pip install zkattest[{name}]")


@dataclass(frozen=True)
class StubSrs:
    """As much of a set-up string as the checklist looks at."""

    digest: bytes
    unsafe: bool = False

    def holds(self, digest: bytes) -> bool:
        return digest == self.digest


@dataclass
class StubChain:
    """A registry with records by id."""

    records: dict[bytes, AnchorRecord]
    chain_id: int = 31337
    registry: str = REGISTRY

    def attestation(self, attestation_id: bytes) -> AnchorRecord | None:
        return self.records.get(attestation_id)


def make_key(seed: bytes = b"model", *, unsafe: bool = False, backend: str = "hash") -> VerifyingKey:
    return VerifyingKey(
        backend=backend,
        proof_system=SYSTEM,
        model_hash=keccak(seed),
        circuit_hash=keccak(seed + b"circuit"),
        srs_digest=keccak(b"ceremony"),
        srs_unsafe=unsafe,
        payload=b"key of " + seed,
    )


def make_proof(
    key: VerifyingKey,
    *,
    binding: Binding | None = None,
    output: tuple[int, ...] = (-300, 2**62, 7),
    salt: bytes = b"s",
) -> Proof:
    statement = Inference(
        model_hash=key.model_hash,
        circuit_hash=key.circuit_hash,
        vk_hash=key.digest,
        input_commitment=keccak(b"input" + salt),
        output=encode_output(np.array(output)),
        context=OFF_CHAIN if binding is None else binding.context(key.model_hash),
    )
    return Proof(key.backend, key.proof_system, statement, _payload(key, statement), binding)


BINDING = Binding(chain_id=31337, registry=REGISTRY, model_id=2**200 + 1, version=3, nonce=keccak(b"nonce"))


def make_attestation(key: VerifyingKey, proof: Proof, **changes: Any) -> Attestation:
    options: dict[str, Any] = {
        "files": [Subject.of_bytes("model.onnx", ONNX)],
        "output_scale": 8,
        "quantisation": QUANTISATION,
        "version": 1 if proof.binding is None else proof.binding.version,
        "backends": lookup,
        "now": NOW,
    }
    return create(proof, key, **(options | changes))


def make_bundle(
    signer: SigningKey, *, key: VerifyingKey | None = None, proof: Proof | None = None, **changes: Any
) -> Bundle:
    key = key or make_key()
    proof = proof or make_proof(key)
    return Bundle.of(sign(make_attestation(key, proof, **changes), signer), key, proof)


def attestation_id(proof: Proof) -> bytes:
    """By the registry's definition: a digest of context, input commitment and output."""
    statement = proof.statement
    domain = keccak(b"zkattest-attestation-v1")
    return keccak(domain + statement.context + statement.input_commitment + keccak(statement.output))


#: Of the proof that most tests attest.
ATTESTATION_ID = attestation_id(make_proof(make_key(), binding=BINDING))


def recorded(attestation: bytes = ATTESTATION_ID) -> Anchor:
    return anchor_of(BINDING, tx_hash=TX_HASH, attestation_id=attestation)


def make_record(proof: Proof, **changes: Any) -> AnchorRecord:
    record = AnchorRecord(
        model_id=BINDING.model_id,
        version=BINDING.version,
        model_hash=proof.statement.model_hash,
        circuit_hash=proof.statement.circuit_hash,
        vk_hash=proof.statement.vk_hash,
        proof_system_id=proof_system_id(proof.proof_system),
        development_setup=False,
        verifier_approved=True,
        deprecated=False,
        tx_hash=TX_HASH,
    )
    return replace(record, **changes)


def write_model(directory: Path, content: bytes = ONNX) -> Path:
    path = directory / "renamed.onnx"
    path.write_bytes(content)
    return path


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


Edit = Callable[[dict[str, Any]], None]
