"""The audit trail: what the registries recorded, in order, with what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import REGISTRIES, Deployment
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session


@dataclass(frozen=True)
class AuditEvent:
    """One entry of the contracts' logs.

    Attributes:
        event, contract: Solidity names.
        arguments: decoded values by name; bytes as bytes, addresses checksummed, structs as dictionaries.
        block_number, log_index: its place; timestamp: of the block, seconds since 1970.
        tx_hash: 0x-prefixed.
        gas_used, cost: of the whole transaction, gas and wei.
    """

    event: str
    contract: str
    arguments: Mapping[str, Any]
    block_number: int
    log_index: int
    timestamp: int
    tx_hash: str
    gas_used: int
    cost: int

    @property
    def time(self) -> str:
        """The block's time, ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.timestamp, tz=timezone.utc).isoformat()

    def row(self) -> dict[str, Any]:
        """The columns of :mod:`zkattest.reports.audit`."""
        details = {
            name: value for name, value in self.arguments.items() if name not in ("modelId", "version")
        }
        return {
            "block": self.block_number,
            "time": self.timestamp,
            "event": self.event,
            "model_id": self.arguments.get("modelId"),
            "version": self.arguments.get("version"),
            "details": details,
            "gas": self.gas_used,
            "tx": self.tx_hash,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain values: bytes as 0x-prefixed text."""
        return {
            "event": self.event,
            "contract": self.contract,
            "arguments": _plain(self.arguments),
            "block_number": self.block_number,
            "log_index": self.log_index,
            "time": self.time,
            "tx_hash": self.tx_hash,
            "gas_used": self.gas_used,
            "cost": self.cost,
        }


def read_audit(session: Session, deployment: Deployment, model_id: int | None = None) -> list[AuditEvent]:
    """Every final event of the registries, oldest first; only those that name ``model_id`` when it is given.

    Raises:
        ChainUnreachableError, ChainError: the node did not answer, or refused the log query.
    """
    # a deployment of an earlier version may lack the newer ones
    by_address = {
        deployment.address(name).lower(): Contract.load(name)
        for name in REGISTRIES
        if name in deployment.contracts
    }
    receipts: dict[str, Receipt] = {}
    events = []
    for log in session.logs(list(by_address), since=deployment.first_block):
        contract = by_address[str(log["address"]).lower()]
        event = contract.decode_log(log)
        if event is None:
            continue
        if model_id is not None and model_id not in _model_ids(event.arguments):
            continue
        tx_hash = str(log["transactionHash"])
        if tx_hash not in receipts:
            receipts[tx_hash] = session.log_receipt(log)
        receipt = receipts[tx_hash]
        events.append(
            AuditEvent(
                event=event.name,
                contract=contract.name,
                arguments=event.arguments,
                block_number=receipt.block_number,
                log_index=int(log["logIndex"], 16),
                timestamp=receipt.timestamp,
                tx_hash=tx_hash,
                gas_used=receipt.gas_used,
                cost=receipt.cost,
            )
        )
    return sorted(events, key=lambda event: (event.block_number, event.log_index))


def _model_ids(arguments: Mapping[str, Any]) -> set[int]:
    return {arguments[name] for name in ("modelId", "parentModelId") if name in arguments}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value
