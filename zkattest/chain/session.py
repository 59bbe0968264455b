"""One account's dealings with contracts on one chain: calls, transactions, creations, logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zkattest.chain.contracts import Contract
from zkattest.chain.factory import FACTORY, SALT, check_factory, created_address
from zkattest.chain.node import Node, Receipt, revert_data
from zkattest.chain.reverts import reverted
from zkattest.chain.rpc import RpcError
from zkattest.chain.transaction import Intent, Sender
from zkattest.errors import ChainError, DeploymentError, SigningKeyError

#: Blocks per log query to begin with; halved where a node refuses the range.
_LOG_PAGE: Final = 5_000


@dataclass(frozen=True)
class Created:
    """A contract at its deterministic address.

    Attributes:
        address: checksummed.
        receipt: of the transaction that created it; None where another account had done so before.
    """

    address: str
    receipt: Receipt | None


class Session:
    """Calls and transactions through the interface of a :class:`~zkattest.chain.contracts.Contract`.

    Arguments:
        node: where to ask.
        sender: who carries out intents; None makes the session read-only.
        address: the account's address, or None.
        chain_id, genesis_hash: the chain.
        confirmations: blocks until a log entry is reported.
    """

    def __init__(
        self,
        node: Node,
        sender: Sender | None,
        address: str | None,
        *,
        chain_id: int,
        genesis_hash: str,
        confirmations: int,
    ) -> None:
        self.node = node
        self.address = address
        self.chain_id = chain_id
        self.genesis_hash = genesis_hash
        self._sender = sender
        self._confirmations = confirmations

    def call(
        self,
        contract: Contract,
        at: str,
        function: str,
        *arguments: Any,
        doing: str = "",
        block: int | None = None,
    ) -> dict[str, Any]:
        """The results, by name, of a read-only call.

        Arguments:
            block: on the state after this block; None: on the newest.

        Raises:
            RevertedError: the contract refused, with the decoded reason.
            DeploymentError: nothing at ``at`` answers.
        """
        call = {"to": at, "data": "0x" + contract.encode(function, *arguments).hex()}
        if self.address is not None:
            call["from"] = self.address
        try:
            found = self.node.rpc.octets("eth_call", call, "latest" if block is None else hex(block))
        except RpcError as fault:
            data = revert_data(fault)
            if data is None:
                raise
            raise reverted(data, doing=doing or f"answer {function}", abi=contract.abi) from None
        if not found:
            raise DeploymentError(
                f"No contract answers at {at} ({contract.name}.{function}).",
                remedy="Check the deployments file and the node's chain.",
            )
        return contract.decode_result(function, len(arguments), found)

    def estimate(self, contract: Contract, at: str, function: str, *arguments: Any, doing: str) -> int:
        """Gas that a transaction with this call would use, as the node estimates it.

        Raises:
            RevertedError: the contract refused, with the decoded reason.
        """
        call = {"to": at, "data": "0x" + contract.encode(function, *arguments).hex()}
        if self.address is not None:
            call["from"] = self.address
        try:
            return self.node.rpc.quantity("eth_estimateGas", call)
        except RpcError as fault:
            data = revert_data(fault)
            if data is None:
                raise
            raise reverted(data, doing=doing, abi=contract.abi) from None

    def value(self, contract: Contract, at: str, function: str, *arguments: Any) -> Any:
        """The single result of a call."""
        (found,) = self.call(contract, at, function, *arguments).values()
        return found

    def transact(
        self,
        contract: Contract,
        at: str,
        function: str,
        *arguments: Any,
        doing: str,
        precondition: bytes = b"",
    ) -> Receipt:
        """Call ``function`` in a transaction, exactly once per precondition.

        Raises:
            RevertedError, ChainUnreachableError, ChainError: see :meth:`Sender.execute`.
            SigningKeyError: the session is read-only.
        """
        data = contract.encode(function, *arguments)
        return self._execute(Intent(at, data, doing, precondition, contract.abi))

    def create(self, contract: Contract, arguments: Sequence[Any], *, doing: str) -> Created:
        """Create ``contract`` at the address that follows from its code and ``arguments``, or find it there.

        Raises:
            RevertedError, ChainUnreachableError, ChainError: see :meth:`Sender.execute`.
            SigningKeyError: the session is read-only. DeploymentError: the chain has no factory.
        """
        creation = contract.encode_creation(arguments)
        address = created_address(creation)
        intent = Intent(FACTORY, SALT + creation, doing, b"", contract.abi)
        if self.node.code(address) and not (self._sender is not None and self._sender.knows(intent)):
            return Created(address, None)  # somebody else made it: what the address stands for is the same
        check_factory(self.node)
        return Created(address, self._execute(intent))

    def logs(
        self,
        addresses: Sequence[str],
        topics: Sequence[str | None] = (),
        *,
        since: int = 0,
        until: int | None = None,
    ) -> list[Mapping[str, Any]]:
        """Log entries of ``addresses`` from block ``since`` to the newest final block, oldest first.

        Arguments:
            topics: wanted topics by position, hexadecimal; None takes any.
            until: last block, where it is not the newest final one.
        """
        last = self.node.head() - self._confirmations + 1
        last = last if until is None else min(last, until)
        found: list[Mapping[str, Any]] = []
        first, page = since, _LOG_PAGE
        while first <= last:
            end = min(first + page - 1, last)
            query = {
                "address": list(addresses),
                "topics": list(topics),
                "fromBlock": hex(first),
                "toBlock": hex(end),
            }
            try:
                found += self.node.rpc.request("eth_getLogs", query)
            except RpcError:
                # Providers limit the range or the number of entries, each with other words and codes.
                if page == 1:
                    raise
                page = max(1, page // 4)
                continue
            first = end + 1
        return found

    def log_receipt(self, log: Mapping[str, Any]) -> Receipt:
        """The receipt of the transaction behind a log entry."""
        receipt = self.node.receipt(str(log["transactionHash"]))
        if receipt is None:
            raise ChainError(
                f"The transaction {log['transactionHash']} is no longer on the chain.",
                remedy="The chain was reorganised: repeat the command.",
            )
        return receipt

    def _execute(self, intent: Intent) -> Receipt:
        if self._sender is None:
            raise SigningKeyError(
                f"To {intent.doing} takes an account, and this connection has none.",
                remedy="Give a keystore, or use the embedded chain.",
            )
        return self._sender.execute(intent)


def topic_of(value: int | bytes | str) -> str:
    """An indexed value as a log topic: integers and addresses padded to 32 bytes."""
    if isinstance(value, int):
        return "0x" + value.to_bytes(32, "big").hex()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return "0x" + value.removeprefix("0x").lower().rjust(64, "0")
