"""Questions to a node, with typed answers: heads, nonces, fees, receipts, and who used a nonce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from eth_utils.address import to_checksum_address

from zkattest.chain.rpc import Rpc, RpcError
from zkattest.errors import ChainError

#: A tip where the node suggests none, wei per gas.
_FALLBACK_PRIORITY_FEE: Final = 10**9

_REVERT_CODE: Final = 3


@dataclass(frozen=True)
class Receipt:
    """A mined transaction.

    Attributes:
        tx_hash, block_hash: 0x-prefixed.
        block_number: height of its block.
        gas_used: gas; effective_gas_price: wei per gas.
        succeeded: False when it reverted and only cost gas.
        contract_address: the created contract, checksummed, or None.
        timestamp: of the block, seconds since 1970.
        logs: JSON-RPC log entries.
    """

    tx_hash: str
    block_hash: str
    block_number: int
    gas_used: int
    effective_gas_price: int
    succeeded: bool
    contract_address: str | None
    timestamp: int
    logs: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def cost(self) -> int:
        """What the sender paid for gas, wei."""
        return self.gas_used * self.effective_gas_price

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the logs."""
        return {
            "tx_hash": self.tx_hash,
            "block_hash": self.block_hash,
            "block_number": self.block_number,
            "gas_used": self.gas_used,
            "effective_gas_price": self.effective_gas_price,
            "cost": self.cost,
            "status": int(self.succeeded),
            "contract_address": self.contract_address,
            "timestamp": self.timestamp,
        }


@dataclass(frozen=True)
class Fees:
    """What a transaction offers, wei per gas. ``legacy`` where the chain has no base fee."""

    max_fee: int
    priority_fee: int
    legacy: bool = False

    def outbidding(self, max_fee: int, priority_fee: int) -> Fees:
        """At least these fees, and an eighth above the given ones: nodes ask for a tenth to replace."""
        return Fees(
            max(self.max_fee, max_fee + max_fee // 8 + 1),
            max(self.priority_fee, priority_fee + priority_fee // 8 + 1),
            self.legacy,
        )


class Node:
    """Typed reads from one node."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    @property
    def name(self) -> str:
        """The node's name for messages."""
        return self.rpc.name

    def chain_id(self) -> int:
        return self.rpc.quantity("eth_chainId")

    def head(self) -> int:
        """Number of the newest block."""
        return self.rpc.quantity("eth_blockNumber")

    def block(self, number: int, *, full: bool = False) -> Mapping[str, Any] | None:
        """The canonical block of that number, or None."""
        found = self._reading("eth_getBlockByNumber", hex(number), full)
        if found is not None and not isinstance(found, Mapping):
            raise ChainError(
                f"{self.name} answered with something that is no block.", remedy="Use another node."
            )
        return found

    def genesis_hash(self) -> str:
        """Hash of block 0, which tells chains with the same id apart.

        Raises:
            ChainError: the node does not know its first block.
        """
        block = self.block(0)
        if block is None:
            raise ChainError(f"{self.name} does not know its first block.", remedy="Use a synchronised node.")
        return str(block["hash"])

    def code(self, address: str) -> bytes:
        return self.rpc.octets("eth_getCode", address, "latest")

    def first_block_with_code(self, address: str) -> int:
        """Number of the block that created the contract at ``address``, by bisection; 0 where the node does
        not keep the states of older blocks."""
        low, high = -1, self.head()
        try:
            while high - low > 1:
                middle = (low + high) // 2
                if self.rpc.octets("eth_getCode", address, hex(middle)):
                    high = middle
                else:
                    low = middle
        except RpcError:
            return 0
        return high

    def balance(self, address: str) -> int:
        """Wei."""
        return self.rpc.quantity("eth_getBalance", address, "latest")

    def nonce(self, address: str, block: str = "latest") -> int:
        """Number of transactions that ``address`` has sent, at ``block``."""
        return self.rpc.quantity("eth_getTransactionCount", address, block)

    def knows(self, tx_hash: str) -> bool:
        """Whether the node holds the transaction, mined or waiting."""
        return self.rpc.request("eth_getTransactionByHash", tx_hash) is not None

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The receipt if the transaction is in a block that is canonical now, else None."""
        found = self._reading("eth_getTransactionReceipt", tx_hash)
        if found is None or found.get("blockNumber") is None:
            return None
        number, created = int(found["blockNumber"], 16), found.get("contractAddress")
        block = self.block(number)
        if block is None or block["hash"] != found["blockHash"]:
            return None  # the block was reorganised away, or the node's answers are of different moments
        return Receipt(
            tx_hash=str(found["transactionHash"]),
            block_hash=str(found["blockHash"]),
            block_number=number,
            gas_used=int(found["gasUsed"], 16),
            effective_gas_price=int(found.get("effectiveGasPrice") or "0x0", 16),
            succeeded=int(found["status"], 16) == 1,
            contract_address=to_checksum_address(created) if created else None,
            timestamp=int(block["timestamp"], 16),
            logs=tuple(found["logs"]),
        )

    def fees(self) -> Fees:
        """Fees that get a transaction into a block soon: twice the base fee and the suggested tip."""
        block = self.block(self.head()) or {}
        if block.get("baseFeePerGas") is None:
            price = self.rpc.quantity("eth_gasPrice")
            return Fees(price, price, legacy=True)
        try:
            tip = self.rpc.quantity("eth_maxPriorityFeePerGas")
        except RpcError:
            tip = _FALLBACK_PRIORITY_FEE
        return Fees(2 * int(block["baseFeePerGas"], 16) + tip, tip)

    def base_fee(self) -> int:
        """Base fee of the newest block, wei per gas; 0 where the chain has none."""
        block = self.block(self.head()) or {}
        return int(block.get("baseFeePerGas") or "0x0", 16)

    def gas_limit(self) -> int:
        """Gas that one block holds."""
        block = self.block(self.head()) or {}
        return int(block.get("gasLimit") or "0x0", 16)

    def user_of_nonce(self, address: str, nonce: int, *, since: int, until: int) -> str | None:
        """Hash of the mined transaction with this sender and nonce, by bisection over blocks.

        Arguments:
            since, until: block numbers; the nonce was unused at ``since`` and is used at ``until``.

        Returns:
            None when the node does not keep the state of those blocks, or finds no such transaction.
        """
        low, high = max(since - 1, 0), until
        try:
            if self.nonce(address, hex(low)) > nonce:
                low = 0
            while high - low > 1:
                middle = (low + high) // 2
                if self.nonce(address, hex(middle)) > nonce:
                    high = middle
                else:
                    low = middle
        except RpcError:
            return None
        block = self.block(high, full=True)
        for transaction in (block or {}).get("transactions", ()):
            if str(transaction["from"]).lower() == address.lower() and int(transaction["nonce"], 16) == nonce:
                return str(transaction["hash"])
        return None

    def _reading(self, method: str, *params: Any) -> Any:
        """A read whose "not found" some nodes spell as an error."""
        try:
            return self.rpc.request(method, *params)
        except RpcError as fault:
            if "not found" in fault.reason.lower() or "indexing" in fault.reason.lower():
                return None
            raise


def revert_data(fault: RpcError) -> bytes | None:
    """The revert data behind a fault; b"" for a revert without data; None when it is no revert."""
    if fault.data is not None:
        try:
            return bytes.fromhex(fault.data.removeprefix("0x"))
        except ValueError:
            return b""
    if fault.code == _REVERT_CODE or "revert" in fault.reason.lower():
        return b""
    return None
