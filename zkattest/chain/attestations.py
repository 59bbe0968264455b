"""The attestation registry: where a proof may be used, its verdict on chain, and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkattest.backends.base import Proof
from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import ATTESTATION_REGISTRY, Deployment
from zkattest.chain.models import ModelClient
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session, topic_of
from zkattest.errors import ChainError, InputError, ProofMismatchError, RevertedError
from zkattest.statements import OFF_CHAIN, attestation_digest, context_digest


@dataclass(frozen=True)
class Submitted:
    """An attestation on the chain.

    Attributes:
        attestation_id: 32 bytes.
        development_setup: the proof rests on a development reference string and is worth nothing as evidence.
        receipt: of the transaction that recorded it, perhaps in an earlier run.
        already: this account had submitted the same claim before; nothing was sent now.
    """

    attestation_id: bytes
    development_setup: bool
    receipt: Receipt
    already: bool = False


@dataclass(frozen=True)
class AttestationRecord:
    """An attestation as the chain holds it, and what a consumer must know before relying on it.

    Attributes:
        attestation_id: 32 bytes; commits to context, input commitment and output.
        input_commitment, nonce: of the claim, from the event, 32 bytes.
        output: likewise; int64 big-endian, 8 bytes a value.
        model_hash, circuit_hash, vk_hash: of the registered version, 32 bytes; proof_system_id: 4 bytes.
        submitter, verifier: checksummed addresses.
        timestamp: seconds since 1970.
        development_setup: rests on a development reference string; worth nothing as evidence.
        verifier_approved: the verifier that accepted it is still approved.
        deprecated: the model or the version has been deprecated since.
        tx_hash: the transaction that recorded it, 32 bytes.
    """

    attestation_id: bytes
    model_id: int
    version: int
    model_hash: bytes
    circuit_hash: bytes
    vk_hash: bytes
    proof_system_id: bytes
    input_commitment: bytes
    output: bytes
    nonce: bytes
    submitter: str
    verifier: str
    timestamp: int
    block_number: int
    development_setup: bool
    verifier_approved: bool
    deprecated: bool
    tx_hash: bytes


class AttestationClient:
    """The deployed AttestationRegistry."""

    def __init__(self, session: Session, deployment: Deployment, models: ModelClient) -> None:
        self._session = session
        self._models = models
        self._contract = Contract.load(ATTESTATION_REGISTRY)
        self._at = deployment.address(ATTESTATION_REGISTRY)
        self._since = deployment.contracts[ATTESTATION_REGISTRY].block_number

    def context(self, model_id: int, version: int, nonce: bytes) -> bytes:
        """The context that a proof must bind; computed here and compared with the contract's."""
        if len(nonce) != 32:
            raise InputError(f"A nonce is 32 bytes; got {len(nonce)}.")
        record = self._models.version(model_id, version)
        here = context_digest(
            chain_id=self._session.chain_id,
            registry=self._at,
            model_id=model_id,
            version=version,
            model_hash=record.keys.model_hash,
            nonce=nonce,
        )
        there = self._session.value(self._contract, self._at, "contextOf", model_id, version, nonce)
        if here != there:
            raise ChainError(
                f"The contract at {self._at} computes another context than this version of zkattest.",
                remedy="Install the version that deployed it.",
            )
        return here

    def check(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> bool:
        """The chain's verdict, without a transaction."""
        claim = self._claim(proof, model_id, version, nonce)
        try:
            self._session.call(
                self._contract, self._at, "verifyClaim", claim, proof.payload, doing="verify the proof"
            )
        except RevertedError as error:
            if error.name == "InvalidProof":
                return False
            raise
        return True

    def submit(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> Submitted:
        """Record the attestation, once."""
        claim = self._claim(proof, model_id, version, nonce)
        attestation_id = self._id(proof)
        if self.exists(attestation_id):
            known = self._session.value(self._contract, self._at, "attestation", attestation_id)
            if known["submitter"] == self._session.address:
                receipt = self._session.log_receipt(self._log(attestation_id, known["blockNumber"]))
                return Submitted(attestation_id, known["developmentSetup"], receipt, already=True)
        receipt = self._session.transact(
            self._contract, self._at, "submit", claim, proof.payload, doing="submit the proof"
        )
        for log in receipt.logs:
            event = self._contract.decode_log(log)
            if (
                event is not None
                and event.name == "Attested"
                and event.arguments["attestationId"] == attestation_id
            ):
                return Submitted(attestation_id, event.arguments["developmentSetup"], receipt)
        raise ChainError(
            f"The transaction {receipt.tx_hash} recorded no attestation.",
            remedy="Check the deployments file.",
        )

    def exists(self, attestation_id: bytes) -> bool:
        """Whether the registry holds the attestation."""
        return bool(self._session.value(self._contract, self._at, "isAttested", attestation_id))

    def find(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> AttestationRecord | None:
        """The attestation of this proof's claim, or None."""
        self._claim(proof, model_id, version, nonce)
        return self.get(self._id(proof))

    def get(self, attestation_id: bytes) -> AttestationRecord | None:
        """An attestation by id, or None."""
        if not self.exists(attestation_id):
            return None
        (found,) = self._session.call(
            self._contract, self._at, "attestation", attestation_id, doing="find the attestation"
        ).values()
        standing = self._session.call(self._contract, self._at, "standing", attestation_id)
        log = self._log(attestation_id, found["blockNumber"])
        claim = self._contract.decode_log(log)
        if claim is None:
            raise ChainError(
                f"The node's log of the attestation 0x{attestation_id.hex()} is no event of its registry.",
                remedy="Ask another node.",
            )
        return AttestationRecord(
            attestation_id=attestation_id,
            model_id=found["modelId"],
            version=found["version"],
            model_hash=found["modelHash"],
            circuit_hash=found["circuitHash"],
            vk_hash=found["vkHash"],
            proof_system_id=found["proofSystemId"],
            input_commitment=claim.arguments["inputCommitment"],
            output=claim.arguments["output"],
            nonce=claim.arguments["nonce"],
            submitter=found["submitter"],
            verifier=found["verifier"],
            timestamp=found["timestamp"],
            block_number=found["blockNumber"],
            development_setup=found["developmentSetup"],
            verifier_approved=standing["verifierApproved"],
            deprecated=standing["deprecated"],
            tx_hash=bytes.fromhex(str(log["transactionHash"])[2:]),
        )

    def _log(self, attestation_id: bytes, block: int) -> Mapping[str, Any]:
        topics = [self._contract.topic("Attested"), topic_of(attestation_id)]
        found = self._session.logs([self._at], topics, since=block, until=block)
        if not found:
            raise ChainError(
                f"The attestation 0x{attestation_id.hex()} is recorded, but not yet deep enough.",
                remedy="Repeat the command when a few more blocks are there.",
            )
        return found[0]

    @staticmethod
    def _id(proof: Proof) -> bytes:
        """The id of the proof's claim; :meth:`_claim` has made sure of its context."""
        statement = proof.statement
        return attestation_digest(
            context=statement.context,
            input_commitment=statement.input_commitment,
            output=statement.output,
        )

    def _claim(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> dict[str, Any]:
        """The contract's claim, after the checks whose failure the chain could only call an invalid proof."""
        statement = proof.statement
        keys = self._models.version(model_id, version).keys
        for name, claimed, registered in (
            ("model hash", statement.model_hash, keys.model_hash),
            ("circuit hash", statement.circuit_hash, keys.circuit_hash),
            ("verifying key hash", statement.vk_hash, keys.vk_hash),
        ):
            if claimed != registered:
                raise ProofMismatchError(
                    f"The proof's {name} is 0x{claimed.hex()}; model {model_id} version {version} has "
                    f"0x{registered.hex()} on chain.",
                    remedy="Name the model and version that the proof was made for.",
                )
        if statement.context == OFF_CHAIN:
            raise ProofMismatchError(
                "The proof is bound to no chain, so it can never be submitted.",
                remedy="Prove again with the context of this chain, model, version and nonce.",
            )
        if statement.context != self.context(model_id, version, nonce):
            raise ProofMismatchError(
                "The proof is bound to another chain, registry, model, version or nonce.",
                remedy="Give the nonce that it was proved with, on the chain that it was proved for.",
            )
        return {
            "modelId": model_id,
            "version": version,
            "inputCommitment": statement.input_commitment,
            "output": statement.output,
            "nonce": nonce,
        }
