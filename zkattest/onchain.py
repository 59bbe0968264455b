"""The verbs of the chain, one function each; :mod:`zkattest.api` holds the others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from zkattest import backends
from zkattest.anchoring import checked_binding
from zkattest.backends.base import Proof, VerifyingKey, proof_system_id
from zkattest.chain import (
    Chain,
    ChainVerdict,
    DeployedVerifier,
    Deployment,
    PublishedKey,
    Receipt,
    Registered,
    Submitted,
)
from zkattest.commitments import Commitment
from zkattest.errors import ProofMismatchError
from zkattest.html import fields_html
from zkattest.progress import SILENT, Progress
from zkattest.progress import phase as progress_phase
from zkattest.reports.audit import audit_rows
from zkattest.srs import Srs
from zkattest.statements import Binding


def deploy(
    chain: Chain, srs: Srs | None = None, *, backend: str = backends.DEFAULT, progress: Progress = SILENT
) -> Deployment:
    """Put the suite on the chain, or find it there: registries, the store of keys and, for ``srs``, the
    verifier of every key made with it, approved. Addresses follow from code, administrator and string alone.

    Raises:
        UnsupportedByBackendError: the backend's verifiers serve one key each; DeploymentError: the registry
        has approved another string's verifier.
    """
    with progress_phase(progress, "deploy the registries"):
        deployment = chain.deploy()
    if srs is not None:
        with progress_phase(progress, "deploy the verifier"):
            chain.deploy_verifier(backends.get_backend(backend).universal_verifier(srs))
    return deployment


@dataclass(frozen=True)
class Registration:
    """A model version on chain, with the contract that verifies its proofs.

    Attributes:
        model_id, version: from 1.
        receipt: of the transaction that registered it.
        verifier: the deployed and approved verifier.
        published: what was written for a verifier that serves every key; None where it serves this one only.
    """

    model_id: int
    version: int
    receipt: Receipt
    verifier: DeployedVerifier
    published: PublishedKey | None = None

    def gas(self) -> dict[str, int]:
        """Gas of what this model needed, by step: a verifier of its own or its data, and the registration.
        A verifier for every key is the deployment's."""
        if self.published is not None:
            written = {} if self.published.receipt is None else {"key": self.published.gas_used}
            return {**written, "register": self.receipt.gas_used}
        created = {contract.name: contract.gas_used for contract in self.verifier.contracts}
        return {**created, "register": self.receipt.gas_used}

    def _repr_html_(self) -> str:
        shown = {"model_id": self.model_id, "version": self.version, "verifier": self.verifier.address}
        gas = {f"gas {name}": used for name, used in self.gas().items()}
        return fields_html("registered model", {**shown, **gas, "transaction": self.receipt.tx_hash})


def register(
    chain: Chain,
    commitment: Commitment,
    verifying_key: VerifyingKey,
    *,
    uri: str = "",
    model_id: int | None = None,
    srs: Srs | None = None,
    progress: Progress = SILENT,
) -> Registration:
    """Deploy and approve a verifier where needed, publish what it reads of the key, then record the model or
    its next version.

    Arguments:
        uri: where people read about the model; public.
        model_id: register as the next version of this model; None: a new model, version 1.
        srs: the set-up string, for backends whose contracts hold a part of it.

    Raises:
        UnsupportedByBackendError: no contract takes the key's statements, or its circuit is too large.
    """
    if commitment.identity != verifying_key.model_hash:
        raise ProofMismatchError(
            "The verifying key was made for another model commitment.",
            remedy="Run setup with the commitment that is being registered.",
        )
    system_id = proof_system_id(verifying_key.proof_system)
    with progress_phase(progress, "deploy the verifier contract"):
        verifier = chain.deploy_verifier(
            backends.get_backend(verifying_key.backend).evm_verifier(verifying_key, srs=srs)
        )
    with progress_phase(progress, "publish the key"):
        published = chain.publish_key(verifying_key)
    with progress_phase(progress, "register the model"):
        record: Callable[..., Registered] = (
            chain.register_model if model_id is None else partial(chain.update_model, model_id)
        )
        done = record(
            model_hash=commitment.identity,
            circuit_hash=verifying_key.circuit_hash,
            vk_hash=verifying_key.digest,
            proof_system_id=system_id,
            uri=uri,
        )
    return Registration(done.model_id, done.version, done.receipt, verifier, published)


def bind(chain: Chain, model_id: int, version: int | None = None, *, nonce: bytes | None = None) -> Binding:
    """Where a proof will be anchored: this chain, this registered model version, one use.

    Arguments:
        version: the newest by default.
        nonce: 32 bytes; fresh ones from the OS by default, so that an answer can be attested again.
    """
    record = chain.get_model(model_id) if version is None else chain.get_version(model_id, version)
    return Binding(
        chain_id=chain.chain_id,
        registry=chain.registry,
        model_id=model_id,
        version=record.version,
        nonce=secrets.token_bytes(32) if nonce is None else nonce,
    )


def verify_on_chain(chain: Chain, *proofs: Proof) -> ChainVerdict:
    """Have the chain's verifier judge proofs by a call: no transaction, no gas, no account. Several are
    judged together, by one pairing for all; they may be of different models.

    Raises:
        InputError: no proof. UnsupportedByBackendError: no verifier for them, or statements of another kind.
        RevertedError: malformed bytes, or the chain does not hold a key; ``error.name`` says which.
    """
    return chain.verify(proofs[0]) if len(proofs) == 1 else chain.verify_batch(proofs)


def check(chain: Chain, proof: Proof) -> bool:
    """Ask the registry whether it would record ``proof``, without sending a transaction."""
    binding = checked_binding(chain, proof)
    return chain.check(proof, binding.model_id, binding.version, binding.nonce)


def submit(chain: Chain, proof: Proof) -> Submitted:
    """Have the contract verify ``proof`` and record the attestation, once.

    Raises:
        ProofMismatchError: the proof is bound to no chain, or to another one.
        RevertedError: the contract refused; ``error.name`` says why (InvalidProof, AlreadyAttested, …).
    """
    binding = checked_binding(chain, proof)
    return chain.submit(proof, binding.model_id, binding.version, binding.nonce)


def audit(chain: Chain, model_id: int | None = None) -> list[dict[str, Any]]:
    """What the registries recorded, oldest first, as rows for :mod:`zkattest.reports.audit`."""
    return audit_rows(chain.audit(model_id))
