"""Verdicts of verifier contracts on proofs, by calls that send no transaction and cost nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkattest.backends.base import Proof, proof_system_id
from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import ATTESTATION_REGISTRY, Deployment
from zkattest.chain.key_store import KeyStore
from zkattest.chain.session import Session
from zkattest.errors import DeploymentError, InputError, UnsupportedByBackendError
from zkattest.statements import Inference

#: Interface of the verifiers that judge several proofs with one pairing.
_BATCHING = "SumcheckVerifier"


@dataclass(frozen=True)
class ChainVerdict:
    """What a contract says of one proof, or of several together.

    Attributes:
        valid: every proof is valid.
        verifier: the contract's address, checksummed.
        block_number: the state after this block was asked.
        development_setup: the contract rests on a string made for development, whose maker can forge proofs.
        gas: that a transaction with the same call would use, its own 21,000 and its calldata included.
    """

    valid: bool
    verifier: str
    block_number: int
    development_setup: bool
    gas: int


class VerificationClient:
    """The verifiers that a deployed AttestationRegistry has approved."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._deployment = deployment
        self._registry = deployment.address(ATTESTATION_REGISTRY)

    def verify(self, proof: Proof) -> ChainVerdict:
        """The verdict on one proof; where its statement may be used does not matter."""
        claim = claim_of(proof)
        if self._is_universal(proof):
            self._check_published(proof)
        return self._ask(Contract.load("IVerifier"), proof, "verify", claim, proof.payload)

    def verify_batch(self, proofs: Sequence[Proof]) -> ChainVerdict:
        """One verdict on all, by one pairing for all: they may be of different models, under one string.

        Raises:
            InputError: no proof; UnsupportedByBackendError: of a system without such a contract, or of two;
            DeploymentError: the chain does not hold a key.
        """
        if not proofs:
            raise InputError("No proof was given.", remedy="Give at least one.")
        systems = {proof.proof_system for proof in proofs}
        claims, payloads = [claim_of(proof) for proof in proofs], [proof.payload for proof in proofs]
        if len(systems) != 1 or not self._is_universal(proofs[0]):
            raise UnsupportedByBackendError(
                f"No contract judges proofs of {', '.join(sorted(systems))} together.",
                remedy="Verify them one by one.",
            )
        for proof in proofs:
            self._check_published(proof)
        return self._ask(Contract.load(_BATCHING), proofs[0], "verifyBatch", claims, payloads)

    def _is_universal(self, proof: Proof) -> bool:
        """Whether the verifier serves every key."""
        served = self._session.value(Contract.load("IVerifier"), self._find(proof), "verifyingKeyHash")
        return bytes(served) == bytes(32)

    def _check_published(self, proof: Proof) -> None:
        vk_hash = proof.statement.vk_hash
        if not KeyStore(self._session, self._deployment).holds_key(vk_hash):
            raise DeploymentError(
                f"Chain {self._session.chain_id} does not hold the verifying key 0x{vk_hash.hex()} that the "
                "proof names.",
                remedy="Register the model there, which publishes its key, or publish the key.",
            )

    def _find(self, proof: Proof) -> str:
        registry = Contract.load(ATTESTATION_REGISTRY)
        system = proof_system_id(proof.proof_system)
        found = self._session.call(
            registry, self._registry, "verifierFor", system, proof.statement.vk_hash, doing="find a verifier"
        )
        if not int(found["verifier"], 16):
            raise UnsupportedByBackendError(
                f"The registry {self._registry} has no verifier for proofs of {proof.proof_system} under the "
                f"key 0x{proof.statement.vk_hash.hex()}.",
                remedy="Run `zkattest deploy --srs FILE`, or register the model.",
            )
        return str(found["verifier"])

    def _ask(self, contract: Contract, proof: Proof, function: str, *arguments: Any) -> ChainVerdict:
        at, block = self._find(proof), self._session.node.head()
        doing = "judge the proof"
        found = self._session.call(contract, at, function, *arguments, doing=doing, block=block)
        (valid,) = found.values()
        development = self._session.value(Contract.load("IVerifier"), at, "developmentSetup")
        gas = self._session.estimate(contract, at, function, *arguments, doing=doing)
        return ChainVerdict(bool(valid), at, block, bool(development), gas)


def claim_of(proof: Proof) -> Mapping[str, object]:
    """The contract's statement of a proof, by the names of its fields.

    Raises:
        UnsupportedByBackendError: contracts take no statement of this kind.
    """
    statement: Inference = proof.statement
    if statement.kind != "inference":
        raise UnsupportedByBackendError(
            f"The proof's statement is of kind {statement.kind!r}; contracts take a private input and a "
            "public output.",
            remedy="Verify it here, or make keys with --input private --output public.",
        )
    return {
        "modelHash": statement.model_hash,
        "circuitHash": statement.circuit_hash,
        "vkHash": statement.vk_hash,
        "inputCommitment": statement.input_commitment,
        "context": statement.context,
        "output": statement.output,
    }
