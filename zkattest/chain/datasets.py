"""The data set registry: register, deprecate, revoke, look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import DATASET_REGISTRY, Deployment
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session, topic_of
from zkattest.errors import ChainError, InputError

Role = Literal["train", "validation", "test", "calibration", "audit"]
Status = Literal["none", "active", "deprecated", "revoked"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)  # the contract counts them from 1
_STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True)
class DatasetRecord:
    """A registered data set, as the chain holds it; rows and role are its owner's word.

    Attributes:
        dataset_id: from 1.
        commitment: 32 bytes; licence_digest: 32 bytes, zero where none is stated.
        parent_id: the data set that it was drawn from, or 0.
        owner: checksummed address.
    """

    dataset_id: int
    commitment: bytes
    role: Role
    rows: int
    parent_id: int
    licence_digest: bytes
    uri: str
    status: Status
    owner: str


@dataclass(frozen=True)
class RegisteredDataset:
    """A data set that is on the chain, and the receipt of its registration, perhaps of an earlier run."""

    dataset_id: int
    receipt: Receipt


class DatasetClient:
    """The deployed DatasetRegistry."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._contract = Contract.load(DATASET_REGISTRY)
        self._at = deployment.address(DATASET_REGISTRY)
        self._since = deployment.contracts[DATASET_REGISTRY].block_number

    def register(
        self, commitment: bytes, *, role: Role, rows: int, parent_id: int, licence_digest: bytes, uri: str
    ) -> RegisteredDataset:
        """Register a data set, or return it when this account has registered the commitment before."""
        if role not in ROLES:
            raise InputError(
                f"{role!r} is no role of a data set.", remedy=f"Choose one of {', '.join(ROLES)}."
            )
        if len(commitment) != 32 or len(licence_digest) != 32:
            raise InputError("The commitment and the licence digest of a data set are 32 bytes each.")
        if not 1 <= rows < 2**64:
            raise InputError(f"A data set has between 1 and 2^64 - 1 rows; got {rows}.")
        holder = self.id_of(commitment)
        if holder and self.get(holder).owner == self._session.address:
            log = self._log("DatasetRegistered", holder)
            if log is not None:
                return RegisteredDataset(holder, self._session.log_receipt(log))
        record = {
            "commitment": commitment,
            "role": ROLES.index(role) + 1,
            "parentId": parent_id,
            "licenceDigest": licence_digest,
            "rows": rows,
            "uri": uri,
        }
        receipt = self._transact("registerDataset", record, doing="register the data set")
        for log in receipt.logs:
            event = self._contract.decode_log(log)
            if event is not None and event.name == "DatasetRegistered":
                return RegisteredDataset(int(event.arguments["datasetId"]), receipt)
        raise ChainError(
            f"The transaction {receipt.tx_hash} registered no data set.",
            remedy="Check the deployments file.",
        )

    def id_of(self, commitment: bytes) -> int:
        """The data set that a commitment belongs to, or 0."""
        return int(self._session.value(self._contract, self._at, "datasetIdOf", commitment))

    def deprecate(self, dataset_id: int) -> Receipt:
        """Mark a data set as superseded; the earlier receipt when it already is."""
        log = self._log("DatasetDeprecated", dataset_id)
        if log is not None:
            return self._session.log_receipt(log)
        return self._transact("deprecateDataset", dataset_id, doing="deprecate the data set")

    def revoke(self, dataset_id: int, reason_digest: bytes) -> Receipt:
        """Withdraw a data set for good; the earlier receipt when it already is."""
        log = self._log("DatasetRevoked", dataset_id)
        if log is not None:
            return self._session.log_receipt(log)
        return self._transact("revokeDataset", dataset_id, reason_digest, doing="revoke the data set")

    def get(self, dataset_id: int) -> DatasetRecord:
        """A data set by id."""
        found = self._session.call(
            self._contract, self._at, "getDataset", dataset_id, doing="find the data set"
        )
        record = found["record"]
        return DatasetRecord(
            dataset_id=dataset_id,
            commitment=record["commitment"],
            role=ROLES[record["role"] - 1],
            rows=record["rows"],
            parent_id=record["parentId"],
            licence_digest=record["licenceDigest"],
            uri=record["uri"],
            status=_STATUSES[found["status"]],
            owner=found["owner"],
        )

    def _transact(self, function: str, *arguments: Any, doing: str) -> Receipt:
        return self._session.transact(self._contract, self._at, function, *arguments, doing=doing)

    def _log(self, event: str, dataset_id: int) -> Mapping[str, Any] | None:
        topics = [self._contract.topic(event), topic_of(dataset_id)]
        found = self._session.logs([self._at], topics, since=self._since)
        return found[-1] if found else None
