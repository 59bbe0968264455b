"""The metric registry: proofs about shards, counted towards evidence, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from zkattest.backends.base import Proof
from zkattest.chain.contracts import Contract
from zkattest.chain.datasets import ROLES, DatasetClient, Role
from zkattest.chain.deployment import METRIC_REGISTRY, Deployment
from zkattest.chain.models import ModelClient
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session, topic_of
from zkattest.errors import ChainError, DataSetMismatchError, InputError, ProofMismatchError, RevertedError
from zkattest.statements import OFF_CHAIN, context_digest

Scheme = Literal["counts", "thresholds"]
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)  # the contract counts them from 0

SUBJECT_DOMAIN: Final = keccak(b"zkattest-metric-subject-v1")
EVIDENCE_DOMAIN: Final = keccak(b"zkattest-evidence-v1")

#: One word of bits tells which shards are counted.
MOST_SHARDS: Final = 256


def subject_digest(
    *, model_id: int, version: int, dataset_id: int, circuit_hash: bytes, scheme: Scheme
) -> bytes:
    """What evidence is about, as 32 bytes: keccak256 of ``abi.encode(DOMAIN, modelId, version, datasetId,
    circuitHash, scheme)``, DOMAIN being :data:`SUBJECT_DOMAIN`."""
    return keccak(
        abi_encode(
            ["bytes32", "uint256", "uint64", "uint256", "bytes32", "uint8"],
            [SUBJECT_DOMAIN, model_id, version, dataset_id, circuit_hash, SCHEMES.index(scheme)],
        )
    )


def evidence_digest(*, subject: bytes, vk_hash: bytes, nonce: bytes) -> bytes:
    """The id of the evidence in which proofs of one subject, key and nonce are counted, 32 bytes."""
    return keccak(abi_encode(["bytes32"] * 4, [EVIDENCE_DOMAIN, subject, vk_hash, nonce]))


@dataclass(frozen=True)
class Manifest:
    """A data set as contracts see it; its digest is the registered commitment.

    Attributes:
        schema_digest, parent: 32 bytes; a zero parent is none.
        role: what the data set is for.
        rows, labelled: over all shards.
        shard_identities, shard_labelled: of each shard, in order.
    """

    schema_digest: bytes
    role: Role
    parent: bytes
    rows: int
    labelled: int
    shard_identities: tuple[bytes, ...]
    shard_labelled: tuple[int, ...]

    def to_abi(self) -> dict[str, Any]:
        """The contract's struct."""
        return {
            "schemaDigest": self.schema_digest,
            "role": ROLES.index(self.role) + 1,
            "parent": self.parent,
            "rows": self.rows,
            "labelled": self.labelled,
            "shardIdentities": list(self.shard_identities),
            "shardLabelled": list(self.shard_labelled),
        }


@dataclass(frozen=True)
class MetricUse:
    """What proofs of one metric are submitted as: everything of a claim but the proof.

    Attributes:
        model_id, version: the registered model version, from 1.
        dataset_id: the registered data set, from 1.
        manifest: opens its commitment.
        scheme: ``"counts"``, or ``"thresholds"`` where the counts are hidden.
        nonce: 32 bytes, the same for all shards.
    """

    model_id: int
    version: int
    dataset_id: int
    manifest: Manifest
    scheme: Scheme
    nonce: bytes


@dataclass(frozen=True)
class EvidenceRecord:
    """What the proofs of a data set's shards say together, as the chain holds it.

    Attributes:
        evidence_id, subject: 32 bytes.
        verifier: checksummed address of the contract that accepted every proof.
        development_setup: rests on a development reference string; worth nothing as evidence.
        completed_at: seconds since 1970; 0 while shards are missing.
        labelled: labelled rows of the whole data set.
        shards: those that have been counted.
        values: sums of their integers, or the thresholds.
    """

    evidence_id: bytes
    subject: bytes
    verifier: str
    development_setup: bool
    completed_at: int
    labelled: int
    shards: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """All shards are in; nothing changes any more."""
        return self.completed_at != 0


@dataclass(frozen=True)
class SubmittedMetric:
    """Proofs of a metric on the chain.

    Attributes:
        evidence_id: 32 bytes.
        evidence: as it is now.
        receipts: of the shards that were sent now; empty where all had been counted before.
    """

    evidence_id: bytes
    evidence: EvidenceRecord
    receipts: tuple[Receipt, ...]

    @property
    def gas_used(self) -> int:
        """Gas of what was sent now."""
        return sum(receipt.gas_used for receipt in self.receipts)


class MetricClient:
    """The deployed MetricRegistry."""

    def __init__(
        self, session: Session, deployment: Deployment, models: ModelClient, datasets: DatasetClient
    ) -> None:
        self._session = session
        self._models = models
        self._datasets = datasets
        self._contract = Contract.load(METRIC_REGISTRY)
        self._at = deployment.address(METRIC_REGISTRY)
        self._since = deployment.contracts[METRIC_REGISTRY].block_number

    @property
    def address(self) -> str:
        """What metric proofs bind as their registry."""
        return self._at

    def context(self, model_id: int, version: int, nonce: bytes) -> bytes:
        """The context that a proof must bind; computed here and compared with the contract's."""
        if len(nonce) != 32:
            raise InputError(f"A nonce is 32 bytes; got {len(nonce)}.")
        here = context_digest(
            chain_id=self._session.chain_id,
            registry=self._at,
            model_id=model_id,
            version=version,
            model_hash=self._models.version(model_id, version).keys.model_hash,
            nonce=nonce,
        )
        there = self._session.value(self._contract, self._at, "contextOf", model_id, version, nonce)
        if here != there:
            raise ChainError(
                f"The contract at {self._at} computes another context than this version of zkattest.",
                remedy="Install the version that deployed it.",
            )
        return here

    def check(self, use: MetricUse, proofs: Sequence[Proof]) -> bool:
        """The chain's verdict on all shards, without a transaction; whether they were counted is not asked.

        Raises:
            ProofMismatchError, DataSetMismatchError: see :meth:`submit`. RevertedError: malformed bytes, a
            deprecated model, a data set that is not usable, or no approved verifier.
        """
        for claim, proof in self._claims(use, proofs):
            try:
                self._session.call(
                    self._contract, self._at, "checkMetric", claim, proof.payload, doing="verify the metric"
                )
            except RevertedError as error:
                if error.name == "InvalidProof":
                    return False
                raise
        return True

    def submit(self, use: MetricUse, proofs: Sequence[Proof]) -> SubmittedMetric:
        """Have every shard counted that is not yet, whoever sent the others.

        Raises:
            ProofMismatchError: proofs of another model, chain, registry, nonce, or not of one key;
            DataSetMismatchError: not one proof for each shard in order. RevertedError: the contract refused.
        """
        claims = self._claims(use, proofs)
        evidence_id = self.evidence_id(use, proofs)
        counted = self._counted(evidence_id)
        receipts = []
        for claim, proof in claims:
            if claim["shard"] in counted:
                continue
            receipts.append(
                self._session.transact(
                    self._contract,
                    self._at,
                    "verifyMetric",
                    claim,
                    proof.payload,
                    doing=f"submit the metric of shard {claim['shard']}",
                )
            )
        return SubmittedMetric(evidence_id, self.evidence(evidence_id), tuple(receipts))

    def evidence_id(self, use: MetricUse, proofs: Sequence[Proof]) -> bytes:
        """In which evidence these proofs are counted."""
        statement = proofs[0].statement
        subject = subject_digest(
            model_id=use.model_id,
            version=use.version,
            dataset_id=use.dataset_id,
            circuit_hash=statement.circuit_hash,
            scheme=use.scheme,
        )
        return evidence_digest(subject=subject, vk_hash=statement.vk_hash, nonce=use.nonce)

    def evidence(self, evidence_id: bytes) -> EvidenceRecord:
        """Evidence by id.

        Raises:
            RevertedError: ``EvidenceNotFound``.
        """
        (found,) = self._session.call(
            self._contract, self._at, "evidence", evidence_id, doing="find the evidence"
        ).values()
        return EvidenceRecord(
            evidence_id=evidence_id,
            subject=found["subject"],
            verifier=found["verifier"],
            development_setup=found["developmentSetup"],
            completed_at=found["completedAt"],
            labelled=found["labelled"],
            shards=tuple(bit for bit in range(MOST_SHARDS) if found["shards"] >> bit & 1),
            values=tuple(found["values"]),
        )

    def completed(self, model_id: int, version: int) -> list[EvidenceRecord]:
        """All complete evidence about a model version, oldest first."""
        topics = [self._contract.topic("EvidenceCompleted"), None, topic_of(model_id)]
        found = []
        for log in self._session.logs([self._at], topics, since=self._since):
            event = self._contract.decode_log(log)
            if event is not None and event.arguments["version"] == version:
                found.append(self.evidence(event.arguments["evidenceId"]))
        return found

    def _counted(self, evidence_id: bytes) -> tuple[int, ...]:
        standing = self._session.call(self._contract, self._at, "standing", evidence_id)
        return self.evidence(evidence_id).shards if int(standing["verifier"], 16) else ()

    def _claims(self, use: MetricUse, proofs: Sequence[Proof]) -> list[tuple[dict[str, Any], Proof]]:
        """The contract's claims, after checks whose failure the chain could only call an invalid proof."""
        identities = use.manifest.shard_identities
        if len(identities) > MOST_SHARDS:
            raise InputError(
                f"The data set has {len(identities)} shards; contracts count at most {MOST_SHARDS}.",
                remedy="Commit to it in larger shards.",
            )
        if [proof.statement.input_commitment for proof in proofs] != list(identities):
            raise DataSetMismatchError(
                f"The {len(proofs)} proofs are not one for each of the data set's {len(identities)} shards, "
                "in order.",
                remedy="Give the data set that the metric was proved over.",
            )
        registered = self._datasets.get(use.dataset_id)
        model_hash = self._models.version(use.model_id, use.version).keys.model_hash
        context = self.context(use.model_id, use.version, use.nonce)
        first = proofs[0].statement
        for proof in proofs:
            statement = proof.statement
            if statement.model_hash != model_hash:
                raise ProofMismatchError(
                    f"The proof's model hash is 0x{statement.model_hash.hex()}; model {use.model_id} version "
                    f"{use.version} has 0x{model_hash.hex()} on chain.",
                    remedy="Name the model and version that the metric was proved for.",
                )
            if (statement.circuit_hash, statement.vk_hash) != (first.circuit_hash, first.vk_hash):
                raise ProofMismatchError(
                    "The proofs were made with several keys.", remedy="Prove all shards with one key."
                )
            if statement.context == OFF_CHAIN:
                raise ProofMismatchError(
                    "The proof is bound to no chain, so it can never be submitted.",
                    remedy="Prove again with the binding of a registered model.",
                )
            if statement.context != context:
                raise ProofMismatchError(
                    "The proof is bound to another chain, registry, model, version or nonce.",
                    remedy="Prove with the binding to the MetricRegistry of this chain.",
                )
        if registered.role != use.manifest.role or registered.rows != use.manifest.rows:
            raise DataSetMismatchError(
                f"Data set {use.dataset_id} is registered with role {registered.role} and {registered.rows} "
                f"rows; its manifest says {use.manifest.role} and {use.manifest.rows}.",
                remedy="Register the data set as what it is: zkattest data register.",
            )
        return [(self._claim(use, shard, proof), proof) for shard, proof in enumerate(proofs)]

    @staticmethod
    def _claim(use: MetricUse, shard: int, proof: Proof) -> dict[str, Any]:
        return {
            "modelId": use.model_id,
            "version": use.version,
            "datasetId": use.dataset_id,
            "manifest": use.manifest.to_abi(),
            "shard": shard,
            "circuitHash": proof.statement.circuit_hash,
            "vkHash": proof.statement.vk_hash,
            "scheme": SCHEMES.index(use.scheme),
            "output": proof.statement.output,
            "nonce": use.nonce,
        }
