"""Sending transactions so that a crash, a bad line or a retry loses nothing and doubles nothing.

An :class:`Intent` is one effect wanted on one chain. Its key is a digest of chain, sender, target, call data
and precondition, so the same wish after a restart finds its own journal entries. The order of steps is the
argument:

1. prepare: estimate gas, which also shows a revert before anything is signed;
2. sign with the next nonce;
3. journal the raw bytes, synced to disk;
4. send those bytes, as often as needed: the same bytes have one hash and take effect at most once;
5. wait until the receipt is canonical and deep enough; note the outcome.

A second transaction for an intent is signed only in two cases: with the *same* nonce and higher fees (the
chain takes at most one of the two), or with a new nonce after the chain showed which foreign transaction used
up the old one, at the depth that the caller asked for, so that the old bytes are void.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from eth_utils.address import to_checksum_address

from zkattest.chain.account import Account
from zkattest.chain.contracts import AbiEntry
from zkattest.chain.journal import Attempt, Journal
from zkattest.chain.node import Fees, Node, Receipt, revert_data
from zkattest.chain.reverts import reverted
from zkattest.chain.rpc import RpcError
from zkattest.errors import ChainError, WrongChainError

Step = Literal["prepared", "signed", "journalled", "sent", "mined", "recorded"]

#: EIP-7825: the most gas that one transaction may ask for on mainnet since the Osaka fork.
_TRANSACTION_GAS_CAP: Final = 2**24

_MOST_OUTBIDS: Final = 8
_PATIENCE_POLLS: Final = 5

_KNOWN: Final = ("already known", "known transaction", "already imported", "alreadyknown", "already exists")
_LATER: Final = ("nonce too low", "nonce is too low", "nonce too high", "nonce gap", "future transaction")
_UNDERPRICED: Final = (
    "underpriced",
    "less than block base fee",
    "fee too low",
    "gas price too low",
    "max fee per gas less",
)
_FUNDS: Final = ("insufficient funds", "insufficient balance")


@dataclass(frozen=True)
class Intent:
    """One effect that is wanted on the chain.

    Attributes:
        to: the contract, or None to create one.
        data: call data, or creation code with arguments.
        doing: the effect for people, as "register the model".
        precondition: what tells a legitimate repetition from a retry (a state that the effect changes).
        abi: interfaces that decode a revert, before the shipped ones.
    """

    to: str | None
    data: bytes = field(repr=False)
    doing: str
    precondition: bytes = b""
    abi: tuple[AbiEntry, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Patience:
    """How long and how deep to wait.

    Attributes:
        confirmations: blocks from the transaction's own to the newest, both counted, until it is final.
        timeout_s: seconds until :class:`ChainError` says that it is still pending.
        poll_s: seconds between questions.
    """

    confirmations: int = 1
    timeout_s: float = 180.0
    poll_s: float = 1.0


class Sender:
    """Carries out intents for one account on one chain.

    Arguments:
        node: where to ask and send.
        account: who signs and pays.
        journal: the write-ahead journal.
        chain_id, genesis_hash: the chain; part of every intent's key.
        patience: how long and how deep to wait.
        gas_margin_percent: added to the estimate.
        on_step: told of each step and the transaction's hash ("" before there is one).
    """

    def __init__(
        self,
        node: Node,
        account: Account,
        journal: Journal,
        *,
        chain_id: int,
        genesis_hash: str,
        patience: Patience | None = None,
        gas_margin_percent: int = 20,
        on_step: Callable[[Step, str], None] | None = None,
    ) -> None:
        self._node = node
        self._account = account
        self._journal = journal
        self._chain_id = chain_id
        self._genesis_hash = genesis_hash
        self._patience = patience or Patience()
        self._gas_margin_percent = gas_margin_percent
        self._on_step = on_step or (lambda step, tx_hash: None)
        self._clock: Callable[[], float] = time.monotonic
        self._sleep: Callable[[float], None] = time.sleep

    def key(self, intent: Intent) -> str:
        """The intent's key: equal wishes on the same chain by the same sender have equal keys."""
        digest = hashlib.sha256(b"zkattest-intent-v1")
        fields = (str(self._chain_id), self._genesis_hash, self._account.address, intent.to or "create")
        for part in (*(text.lower().encode() for text in fields), intent.data, intent.precondition):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def knows(self, intent: Intent) -> bool:
        """Whether the journal holds an attempt at ``intent`` that did not revert."""
        with self._journal.held():
            return any(found.outcome != "reverted" for found in self._journal.attempts(self.key(intent)))

    def execute(self, intent: Intent) -> Receipt:
        """Bring about ``intent`` exactly once and return the receipt, now or from an earlier run.

        Raises:
            RevertedError: the chain refuses it; nothing was sent, or what was sent had no effect.
            ChainUnreachableError: no answer from the node; repeating is harmless.
            ChainError: not enough funds, too much gas, or still pending after the time-out.
        """
        key = self.key(intent)
        with self._journal.held():
            attempts = [found for found in self._journal.attempts(key) if found.outcome != "reverted"]
            return self._drive(intent, key, attempts)

    def _drive(self, intent: Intent, key: str, attempts: list[Attempt]) -> Receipt:
        deadline = self._clock() + self._patience.timeout_s
        outbids = puzzled = 0
        while True:
            receipt, waiting = self._settled(intent, attempts)
            if receipt is not None:
                return receipt
            if not waiting:
                newest = attempts[-1] if attempts else None
                fate = "void" if newest is None else self._fate(newest, attempts)
                if newest is None or fate == "void":
                    attempts.append(self._sign(intent, key))
                    fate = self._send(intent, attempts[-1])
                elif fate == "open" and not self._node.knows(newest.tx_hash):
                    fate = self._send(intent, newest)
                if fate == "open" and self._node.base_fee() > attempts[-1].max_fee:
                    fate = "underpriced"
                if fate == "underpriced" and outbids < _MOST_OUTBIDS:
                    outbids += 1
                    attempts.append(self._outbid(intent, key, attempts[-1]))
                    self._send(intent, attempts[-1])
                puzzled = puzzled + 1 if fate == "unknown" else 0
                if puzzled >= _PATIENCE_POLLS:
                    raise self._unexplained(attempts[-1])
                receipt, waiting = self._settled(intent, attempts)
                if receipt is not None:
                    return receipt
            if self._clock() >= deadline:
                raise self._still_pending(intent, attempts[-1])
            self._sleep(max(self._patience.poll_s, 0.01))

    # --- judging ------------------------------------------------------------------------------------

    def _settled(self, intent: Intent, attempts: Iterable[Attempt]) -> tuple[Receipt | None, bool]:
        """The final receipt, if any attempt has one; else whether one is mined, not yet deep enough."""
        for attempt in attempts:
            receipt = self._node.receipt(attempt.tx_hash)
            if receipt is None:
                continue
            self._on_step("mined", attempt.tx_hash)
            if self._node.head() - receipt.block_number + 1 < self._patience.confirmations:
                return None, True
            if not receipt.succeeded:
                self._journal.record_outcome(attempt, "reverted")
                raise self._mined_revert(intent, attempt, receipt)
            if attempt.outcome == "open":
                self._journal.record_outcome(attempt, "mined")
            self._on_step("recorded", attempt.tx_hash)
            return receipt, False
        return None, False

    def _fate(self, attempt: Attempt, attempts: Iterable[Attempt]) -> str:
        """What can still become of an attempt without a receipt.

        Returns:
            "open": its nonce is unused, it can be mined. "settling": its nonce is used, not deep enough or
            by one of our own bytes whose receipt is not shown yet. "void": a foreign transaction used the
            nonce. "unknown": the nonce is used and the node cannot say by what.
        """
        address = self._account.address
        if self._node.nonce(address) <= attempt.nonce:
            return "open"
        deep = self._node.head() - self._patience.confirmations + 1
        if deep < 0 or self._node.nonce(address, hex(deep)) <= attempt.nonce:
            return "settling"
        user = self._node.user_of_nonce(address, attempt.nonce, since=attempt.head, until=deep)
        if user is None:
            return "unknown"
        ours = {other.tx_hash.lower() for other in attempts}
        return "settling" if user.lower() in ours else "void"

    # --- signing ------------------------------------------------------------------------------------

    def _sign(self, intent: Intent, key: str) -> Attempt:
        gas = self._estimate(intent)
        fees = self._node.fees()
        self._check_funds(gas, fees)
        address = self._account.address
        latest = self._node.nonce(address)
        try:
            nonce = max(self._node.nonce(address, "pending"), latest)
        except RpcError:  # nodes without a pending state
            nonce = latest
        self._on_step("prepared", "")
        return self._journalled(intent, key, nonce, gas, fees)

    def _outbid(self, intent: Intent, key: str, attempt: Attempt) -> Attempt:
        fees = self._node.fees().outbidding(attempt.max_fee, attempt.priority_fee)
        self._check_funds(attempt.gas, fees)
        return self._journalled(intent, key, attempt.nonce, attempt.gas, fees)

    def _journalled(self, intent: Intent, key: str, nonce: int, gas: int, fees: Fees) -> Attempt:
        transaction: dict[str, Any] = {
            "chainId": self._chain_id,
            "nonce": nonce,
            "gas": gas,
            "value": 0,
            "data": intent.data,
        }
        if intent.to is not None:
            transaction["to"] = to_checksum_address(intent.to)
        if fees.legacy:
            transaction["gasPrice"] = fees.max_fee
        else:
            transaction |= {"maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.priority_fee}
        head = self._node.head()
        raw, tx_hash = self._account.sign(transaction)
        attempt = Attempt(
            intent=key,
            label=intent.doing,
            nonce=nonce,
            tx_hash="0x" + tx_hash.hex(),
            raw="0x" + raw.hex(),
            max_fee=fees.max_fee,
            priority_fee=fees.priority_fee,
            gas=gas,
            head=head,
        )
        self._on_step("signed", attempt.tx_hash)
        self._journal.record_attempt(attempt)
        self._on_step("journalled", attempt.tx_hash)
        return attempt

    def _estimate(self, intent: Intent) -> int:
        call: dict[str, Any] = {"from": self._account.address, "data": "0x" + intent.data.hex()}
        if intent.to is not None:
            call["to"] = intent.to
        try:
            estimate = self._node.rpc.quantity("eth_estimateGas", call)
        except RpcError as fault:
            self._raise_refusal(intent, call, fault)
            raise
        block = self._node.gas_limit()
        if block and estimate > block:
            raise ChainError(
                f"To {intent.doing} takes {estimate:,} gas; a block of this chain holds {block:,}.",
                remedy="Use a smaller model, or a chain with larger blocks.",
            )
        gas = estimate + estimate * self._gas_margin_percent // 100
        if estimate <= _TRANSACTION_GAS_CAP:
            gas = min(gas, _TRANSACTION_GAS_CAP)
        return min(gas, block) if block else gas

    def _raise_refusal(self, intent: Intent, call: dict[str, Any], fault: RpcError) -> None:
        data = revert_data(fault)
        if not data:  # some nodes hide the reason from an estimate but not from a call
            try:
                self._node.rpc.request("eth_call", call, "latest")
            except RpcError as second:
                data = revert_data(second) or data
        if data is not None:
            raise reverted(data, doing=intent.doing, abi=intent.abi) from None
        if any(words in fault.reason.lower() for words in _FUNDS):
            raise self._poor(0) from None

    def _check_funds(self, gas: int, fees: Fees) -> None:
        if self._node.balance(self._account.address) < gas * fees.max_fee:
            raise self._poor(gas * fees.max_fee)

    # --- sending ------------------------------------------------------------------------------------

    def _send(self, intent: Intent, attempt: Attempt) -> str:
        """Hand the bytes to the node. Returns the fate: "open", or "underpriced"."""
        try:
            self._node.rpc.request("eth_sendRawTransaction", attempt.raw)
        except RpcError as fault:
            words = fault.reason.lower()
            if any(known in words for known in (*_KNOWN, *_LATER)):
                return "open"
            if any(known in words for known in _UNDERPRICED):
                return "underpriced"
            if any(known in words for known in _FUNDS):
                raise self._poor(attempt.gas * attempt.max_fee) from None
            if "chain id" in words or "chainid" in words:
                raise WrongChainError(
                    f"{self._node.name} is not on chain {self._chain_id}.", remedy="Check the node's address."
                ) from None
            data = revert_data(fault)
            if data is not None:
                raise reverted(data, doing=intent.doing, abi=intent.abi) from None
            raise ChainError(
                f"{self._node.name} refused the transaction to {intent.doing}: {fault.reason}.",
                remedy="Repeat the command; the same transaction is sent again, never a second one.",
            ) from None
        self._on_step("sent", attempt.tx_hash)
        return "open"

    # --- errors -------------------------------------------------------------------------------------

    def _mined_revert(self, intent: Intent, attempt: Attempt, receipt: Receipt) -> ChainError:
        """Run the call again on the state before its block, to learn the reason."""
        call: dict[str, Any] = {
            "from": self._account.address,
            "data": "0x" + intent.data.hex(),
            "gas": hex(attempt.gas),
        }
        if intent.to is not None:
            call["to"] = intent.to
        data = b""
        try:
            self._node.rpc.request("eth_call", call, hex(max(receipt.block_number - 1, 0)))
        except RpcError as fault:
            data = revert_data(fault) or b""
        if not data and receipt.gas_used >= attempt.gas - attempt.gas // 32:
            return ChainError(
                f"The transaction {receipt.tx_hash} to {intent.doing} ran out of gas "
                f"({attempt.gas:,} allowed) and had no effect.",
                remedy="Repeat the command; the gas is estimated anew.",
            )
        return reverted(data, doing=intent.doing, abi=intent.abi)

    def _poor(self, needed: int) -> ChainError:
        address = self._account.address
        need = f"needs up to {needed / 10**18:.6f} ether" if needed else "cannot pay the fees"
        return ChainError(
            f"The account {address} {need} and holds {self._node.balance(address) / 10**18:.6f} ether.",
            remedy="Send ether to the account, then repeat the command.",
        )

    def _still_pending(self, intent: Intent, attempt: Attempt) -> ChainError:
        return ChainError(
            f"The transaction {attempt.tx_hash} to {intent.doing} is not final after "
            f"{self._patience.timeout_s:g} s.",
            remedy="Repeat the command to go on waiting: the same transaction is used, never a second one.",
        )

    def _unexplained(self, attempt: Attempt) -> ChainError:
        return ChainError(
            f"Transaction {attempt.nonce} of {self._account.address} is used up, and {self._node.name} "
            f"cannot show by which, so {attempt.tx_hash} may or may not have taken effect.",
            remedy="Look that hash up, or repeat the command with a node that keeps older states.",
        )
