"""JSON-RPC's spelling of integers, byte strings, blocks, transactions, receipts and logs.

Source: the execution-apis specification of Ethereum. Quantities are hexadecimal without leading zeros; data
are two digits per byte.
"""

from __future__ import annotations

from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import BlockHeaderAPI, SignedTransactionAPI
from eth_utils.address import to_checksum_address
from eth_utils.hexadecimal import encode_hex


def quantity(value: int) -> str:
    """An integer as JSON-RPC spells it."""
    return hex(value)


def data(value: bytes) -> str:
    """Bytes as JSON-RPC spells them."""
    return encode_hex(bytes(value))


def integer(value: int | str) -> int:
    """A quantity, or a plain integer, as an integer."""
    return value if isinstance(value, int) else int(value, 16)


def octets(value: str | bytes) -> bytes:
    """Data, or bytes, as bytes."""
    if isinstance(value, bytes):
        return bytes(value)
    return bytes.fromhex(value.removeprefix("0x"))


def _kind(transaction: SignedTransactionAPI) -> int:
    return int(getattr(transaction, "type_id", None) or 0)


def effective_gas_price(header: BlockHeaderAPI, transaction: SignedTransactionAPI) -> int:
    """What each gas cost: the base fee and the tip, at most the offered maximum; wei."""
    offered = transaction.max_priority_fee_per_gas + (header.base_fee_per_gas or 0)
    return min(transaction.max_fee_per_gas, offered)


def transaction(header: BlockHeaderAPI, tx: SignedTransactionAPI, index: int) -> dict[str, Any]:
    """A mined transaction object."""
    found: dict[str, Any] = {
        "type": quantity(_kind(tx)),
        "hash": data(tx.hash),
        "nonce": quantity(tx.nonce),
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
        "transactionIndex": quantity(index),
        "from": to_checksum_address(tx.sender),
        "to": to_checksum_address(tx.to) if tx.to else None,
        "value": quantity(tx.value),
        "gas": quantity(tx.gas),
        "gasPrice": quantity(effective_gas_price(header, tx)),
        "input": data(tx.data),
        "chainId": quantity(tx.chain_id or 0),
    }
    if _kind(tx) >= 2:
        found["maxFeePerGas"] = quantity(tx.max_fee_per_gas)
        found["maxPriorityFeePerGas"] = quantity(tx.max_priority_fee_per_gas)
    return found


def receipt(
    header: BlockHeaderAPI, tx: SignedTransactionAPI, index: int, receipts: tuple[Any, ...]
) -> dict[str, Any]:
    """The receipt of transaction ``index`` of a block, with its logs numbered through the block."""
    mine = receipts[index]
    before = receipts[index - 1].gas_used if index else 0
    first_log = sum(len(earlier.logs) for earlier in receipts[:index])
    place = {
        "transactionHash": data(tx.hash),
        "transactionIndex": quantity(index),
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
    }
    created = generate_contract_address(tx.sender, tx.nonce) if not tx.to else None
    return {
        **place,
        "type": quantity(_kind(tx)),
        "from": to_checksum_address(tx.sender),
        "to": to_checksum_address(tx.to) if tx.to else None,
        "contractAddress": to_checksum_address(created) if created else None,
        "gasUsed": quantity(mine.gas_used - before),
        "cumulativeGasUsed": quantity(mine.gas_used),
        "effectiveGasPrice": quantity(effective_gas_price(header, tx)),
        "status": quantity(1 if mine.state_root == b"\x01" else 0),
        "logsBloom": data(mine.bloom.to_bytes(256, "big")),
        "logs": [
            {
                **place,
                "address": to_checksum_address(log.address),
                "topics": [data(topic.to_bytes(32, "big")) for topic in log.topics],
                "data": data(log.data),
                "logIndex": quantity(first_log + offset),
                "removed": False,
            }
            for offset, log in enumerate(mine.logs)
        ],
    }


def block(
    header: BlockHeaderAPI, transactions: tuple[SignedTransactionAPI, ...], *, full: bool
) -> dict[str, Any]:
    """A block object with transaction hashes, or with whole transactions."""
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": to_checksum_address(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "mixHash": data(header.mix_hash),
        "extraData": data(header.extra_data),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(header.base_fee_per_gas or 0),
        "uncles": [],
        "transactions": [
            transaction(header, tx, index) if full else data(tx.hash) for index, tx in enumerate(transactions)
        ],
    }


class LogFilter:
    """``eth_getLogs``' query: addresses, and per topic position a value, alternatives, or anything."""

    def __init__(self, query: dict[str, Any]) -> None:
        address = query.get("address")
        listed = address if isinstance(address, list) else [address] if address else []
        self._addresses = {entry.lower() for entry in listed}
        self._topics = [
            None
            if topic is None
            else {entry.lower() for entry in (topic if isinstance(topic, list) else [topic])}
            for topic in query.get("topics") or []
        ]

    def takes(self, log: dict[str, Any]) -> bool:
        """Whether the filter lets ``log`` through."""
        if self._addresses and log["address"].lower() not in self._addresses:
            return False
        if len(self._topics) > len(log["topics"]):
            return False
        return all(
            wanted is None or found in wanted
            for wanted, found in zip(self._topics, log["topics"], strict=False)
        )
