"""The model registry: register, update, deprecate, look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import MODEL_REGISTRY, Deployment
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session, topic_of
from zkattest.errors import ChainError, InputError


@dataclass(frozen=True)
class ModelKeys:
    """What identifies a proved model version (ERC-7992's ModelCommitment).

    Attributes:
        model_hash, circuit_hash, vk_hash: 32 bytes each, not zero.
        proof_system_id: 4 bytes, see :func:`zkattest.backends.base.proof_system_id`.
        uri: where the public description is; may be empty.
    """

    model_hash: bytes
    circuit_hash: bytes
    vk_hash: bytes
    proof_system_id: bytes
    uri: str = ""

    def __post_init__(self) -> None:
        for name, size in (("model_hash", 32), ("circuit_hash", 32), ("vk_hash", 32), ("proof_system_id", 4)):
            value = getattr(self, name)
            if not isinstance(value, bytes) or len(value) != size:
                raise InputError(
                    f"{name} of a model is {size} bytes.", remedy="Take it from the verifying key."
                )

    def to_abi(self) -> dict[str, Any]:
        """The contract's struct."""
        return {
            "modelHash": self.model_hash,
            "circuitHash": self.circuit_hash,
            "vkHash": self.vk_hash,
            "proofSystemId": self.proof_system_id,
            "uri": self.uri,
        }

    @classmethod
    def from_abi(cls, found: Mapping[str, Any]) -> ModelKeys:
        """From the contract's struct."""
        return cls(
            found["modelHash"], found["circuitHash"], found["vkHash"], found["proofSystemId"], found["uri"]
        )

    def same_keys(self, other: ModelKeys) -> bool:
        """Equal but for the text."""
        return (self.model_hash, self.circuit_hash, self.vk_hash, self.proof_system_id) == (
            other.model_hash,
            other.circuit_hash,
            other.vk_hash,
            other.proof_system_id,
        )


@dataclass(frozen=True)
class ModelRecord:
    """One version of a registered model, as the chain holds it.

    Attributes:
        model_id, version: from 1.
        owner: checksummed address.
        keys: the hashes and the text.
        deprecated: the model or this version is out of use.
    """

    model_id: int
    version: int
    owner: str
    keys: ModelKeys
    deprecated: bool


@dataclass(frozen=True)
class Registered:
    """A model version that is on the chain.

    Attributes:
        model_id, version: from 1.
        receipt: of the transaction that added it, perhaps in an earlier run.
    """

    model_id: int
    version: int
    receipt: Receipt

    @property
    def gas_used(self) -> int:
        """Gas of the registration, without the verifier's deployment."""
        return self.receipt.gas_used


class ModelClient:
    """The deployed ModelRegistry."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._contract = Contract.load(MODEL_REGISTRY)
        self._at = deployment.address(MODEL_REGISTRY)
        self._since = deployment.contracts[MODEL_REGISTRY].block_number

    def register(self, keys: ModelKeys, parent: tuple[int, int] | None = None) -> Registered:
        """Register a model, or return it when this account has registered the same keys before."""
        holder = self.id_of(keys.model_hash)
        if holder:
            known = self._own_version(holder, keys)
            if known is not None:
                return known
        if parent is None:
            receipt = self._transact("registerModel", keys.to_abi(), doing="register the model")
        else:
            receipt = self._transact(
                "registerDerivedModel", *parent, keys.to_abi(), doing="register the model"
            )
        return self._registered(receipt)

    def update(self, model_id: int, keys: ModelKeys) -> Registered:
        """Add a version, or return it when the model has a version with the same keys."""
        known = self._own_version(model_id, keys)
        if known is not None:
            return known
        return self._registered(
            self._transact("updateModel", model_id, keys.to_abi(), doing="update the model")
        )

    def deprecate(self, model_id: int, version: int | None = None) -> Receipt:
        """Take a model, or one version, out of use for good; the earlier receipt when it already is."""
        if version is None:
            if self.get(model_id).deprecated and (log := self._log("ModelDeprecated", model_id)) is not None:
                return self._session.log_receipt(log)
            return self._transact("deprecateModel", model_id, doing="deprecate the model")
        log = self._log("VersionDeprecated", model_id, version)
        if log is not None:
            return self._session.log_receipt(log)
        return self._transact("deprecateVersion", model_id, version, doing="deprecate the version")

    def get(self, model_id: int) -> ModelRecord:
        """The current version; ``deprecated`` tells of the model as a whole."""
        found = self._session.call(self._contract, self._at, "getModel", model_id, doing="find the model")
        keys = ModelKeys.from_abi(found["commitment"])
        return ModelRecord(model_id, self.count(model_id), found["owner"], keys, found["deprecated"])

    def version(self, model_id: int, version: int) -> ModelRecord:
        """One version."""
        found = self._session.call(
            self._contract, self._at, "getVersion", model_id, version, doing="find the version"
        )
        owner = self._session.value(self._contract, self._at, "ownerOf", model_id)
        return ModelRecord(
            model_id, version, owner, ModelKeys.from_abi(found["commitment"]), found["deprecated"]
        )

    def versions(self, model_id: int) -> list[ModelRecord]:
        """All versions, oldest first."""
        return [self.version(model_id, number) for number in range(1, self.count(model_id) + 1)]

    def count(self, model_id: int) -> int:
        """Number of versions, which is also the number of the current one."""
        found = self._session.call(self._contract, self._at, "versionCount", model_id, doing="find the model")
        return int(next(iter(found.values())))

    def id_of(self, model_hash: bytes) -> int:
        """The model that a hash belongs to, or 0."""
        return int(self._session.value(self._contract, self._at, "modelIdOf", model_hash))

    def _own_version(self, model_id: int, keys: ModelKeys) -> Registered | None:
        for record in self.versions(model_id):
            if record.keys.same_keys(keys) and record.owner == self._session.address:
                log = self._log("VersionAdded", model_id, record.version)
                if log is not None:
                    return Registered(model_id, record.version, self._session.log_receipt(log))
        return None

    def _registered(self, receipt: Receipt) -> Registered:
        for log in receipt.logs:
            event = self._contract.decode_log(log)
            if (
                event is not None
                and event.name == "VersionAdded"
                and str(log["address"]).lower() == self._at.lower()
            ):
                return Registered(int(event.arguments["modelId"]), int(event.arguments["version"]), receipt)
        raise ChainError(
            f"The transaction {receipt.tx_hash} added no model version.",
            remedy="Check the deployments file.",
        )

    def _transact(self, function: str, *arguments: Any, doing: str) -> Receipt:
        return self._session.transact(self._contract, self._at, function, *arguments, doing=doing)

    def _log(self, event: str, *indexed: int) -> Mapping[str, Any] | None:
        topics = [self._contract.topic(event), *(topic_of(value) for value in indexed)]
        found = self._session.logs([self._at], topics, since=self._since)
        return found[-1] if found else None
