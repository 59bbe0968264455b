"""The embedded chain: a development EVM inside this process, kept in one file between runs.

py-evm under Prague rules (so EIP-170, Cancun opcodes and the EIP-7623 calldata price hold), one block per
transaction, mined at once. It speaks the same JSON-RPC, with the same error codes and messages, as a node
reached by URL, so that the rest of the client has one code path. It is for development: the file holds the
key of its one funded account, nobody else sees it, and nothing on it convinces a third party.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from eth.abc import BlockHeaderAPI, ComputationAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_MIX_HASH, POST_MERGE_NONCE, ZERO_ADDRESS
from eth.exceptions import HeaderNotFound, Revert, TransactionNotFound
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_account import Account as KeyTool
from eth_utils.address import to_canonical_address
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from zkattest.chain import rpc_format as fmt
from zkattest.chain.factory import FACTORY, FACTORY_CODE
from zkattest.chain.rpc import RpcError
from zkattest.chain.store import ChainStore

#: Chain ids of embedded chains: "zk" followed by 32 random bits, so that two chains differ and neither is
#: mistaken for a public one; below 2^53, so that JavaScript tools read them exactly.
CHAIN_ID_BASE: Final = 0x7A6B_0000_0000

#: Gas per block. Mainnet's was 30 million until 2025 and has been more since: what fits here fits there.
BLOCK_GAS_LIMIT: Final = 30_000_000

#: What the development account holds at genesis: a million ether, in wei.
DEVELOPMENT_BALANCE: Final = 10**24

#: The tip a wallet would offer, in wei per gas.
PRIORITY_FEE: Final = 10**9

#: EIP-150 keeps 1/64 of the gas from each nested call: head-room for three levels, (64/63)^3 < 1.05.
_ESTIMATE_MARGIN_PERCENT: Final = 5

_REVERTED: Final = 3
_INVALID_PARAMS: Final = -32602
_UNKNOWN_METHOD: Final = -32601
_REFUSED: Final = -32000


class _DevelopmentChain(MiningChain):
    vm_configuration = ((0, PragueVM.configure(consensus_class=NoProofConsensus)),)  # type: ignore[assignment]

    def create_header_from_parent(
        self, parent_header: BlockHeaderAPI, **header_params: Any
    ) -> BlockHeaderAPI:
        header_params["gas_limit"] = parent_header.gas_limit
        return super().create_header_from_parent(parent_header, **header_params)


class EmbeddedNode:
    """One embedded chain and its JSON-RPC methods.

    Several processes may use one file: writers take turns, readers always see whole blocks.

    Arguments:
        path: the chain file; made when absent. None keeps the chain in memory.
        patience_s: how long to wait for another process that writes.

    Raises:
        ChainError: the file is no embedded chain or cannot be opened or locked.
    """

    def __init__(self, path: Path | None = None, *, patience_s: float = 60.0) -> None:
        self._store = ChainStore(path, patience_s=patience_s)
        if self._store.is_new:
            with self._store.writing():
                if self._store.is_new:  # another process may have been first
                    self._create()
        self.chain_id = int.from_bytes(self._store.fact("chain_id") or b"", "big")
        self._chain = self._chain_class(self.chain_id)(self._store)
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "zkattest-embedded/py-evm",
            "net_version": lambda: str(self.chain_id),
            "eth_chainId": lambda: fmt.quantity(self.chain_id),
            "eth_blockNumber": lambda: fmt.quantity(self._head.block_number),
            "eth_accounts": list,
            "eth_syncing": lambda: False,
            "eth_gasPrice": lambda: fmt.quantity(self._next_base_fee() + PRIORITY_FEE),
            "eth_maxPriorityFeePerGas": lambda: fmt.quantity(PRIORITY_FEE),
            "eth_getBalance": self._get_balance,
            "eth_getCode": self._get_code,
            "eth_getStorageAt": self._get_storage,
            "eth_getTransactionCount": self._get_nonce,
            "eth_getBlockByNumber": self._get_block_by_number,
            "eth_getBlockByHash": self._get_block_by_hash,
            "eth_getTransactionByHash": self._get_transaction,
            "eth_getTransactionReceipt": self._get_receipt,
            "eth_getLogs": self._get_logs,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_sendRawTransaction": self._send,
        }

    def development_key(self) -> bytes:
        """The private key of the funded account, 32 bytes. It is worth nothing outside this chain."""
        return self._store.fact("development_key") or b""

    def request(self, method: str, params: list[Any]) -> Any:
        """Answer one JSON-RPC request.

        Raises:
            RpcError: the node's error object: 3 with the revert data, -32000 for a refused transaction,
                -32601 for an unknown method, -32602 for unusable parameters.
        """
        handler = self._methods.get(method)
        if handler is None:
            raise RpcError(_UNKNOWN_METHOD, f"the method {method} does not exist/is not available")
        try:
            return handler(*params)
        except (TypeError, KeyError, ValueError, ValidationError) as error:
            raise RpcError(_INVALID_PARAMS, f"invalid argument for {method}: {error}") from error

    def close(self) -> None:
        """Close the file. The node cannot be used afterwards."""
        self._store.close()

    # --- creation -----------------------------------------------------------------------------------

    @staticmethod
    def _chain_class(chain_id: int) -> type[_DevelopmentChain]:
        return type("DevelopmentChain", (_DevelopmentChain,), {"chain_id": chain_id})

    def _create(self) -> None:
        chain_id = CHAIN_ID_BASE + secrets.randbits(32)
        key = secrets.token_bytes(32)
        developer = to_canonical_address(KeyTool.from_key(key).address)
        self._chain_class(chain_id).from_genesis(
            self._store,
            {
                "coinbase": ZERO_ADDRESS,
                "difficulty": POST_MERGE_DIFFICULTY,
                "extra_data": secrets.token_bytes(32),  # two chains never share a genesis hash
                "gas_limit": BLOCK_GAS_LIMIT,
                "mix_hash": POST_MERGE_MIX_HASH,
                "nonce": POST_MERGE_NONCE,
            },
            {
                developer: {"balance": DEVELOPMENT_BALANCE, "nonce": 0, "code": b"", "storage": {}},
                to_canonical_address(FACTORY): {
                    "balance": 0,
                    "nonce": 1,
                    "code": FACTORY_CODE,
                    "storage": {},
                },
            },
        )
        self._store.set_fact("chain_id", chain_id.to_bytes(8, "big"))
        self._store.set_fact("development_key", key)

    # --- reading ------------------------------------------------------------------------------------

    @property
    def _head(self) -> BlockHeaderAPI:
        return self._chain.get_canonical_head()

    def _next_base_fee(self) -> int:
        header = self._chain.create_header_from_parent(self._head)
        return header.base_fee_per_gas or 0

    def _header_at(self, block: Any) -> BlockHeaderAPI:
        head = self._head
        if block in (None, "latest", "pending", "safe", "finalized"):
            return head
        number = 0 if block == "earliest" else fmt.integer(block)
        if number > head.block_number:
            raise RpcError(_REFUSED, "header not found")
        return self._chain.get_canonical_block_header_by_number(number)  # type: ignore[arg-type]

    def _state_at(self, block: Any) -> Any:
        return self._chain.get_vm(at_header=self._header_at(block)).state

    def _get_balance(self, address: str, block: Any = "latest") -> str:
        return fmt.quantity(self._state_at(block).get_balance(to_canonical_address(address)))

    def _get_code(self, address: str, block: Any = "latest") -> str:
        return fmt.data(self._state_at(block).get_code(to_canonical_address(address)))

    def _get_storage(self, address: str, slot: Any, block: Any = "latest") -> str:
        value = self._state_at(block).get_storage(to_canonical_address(address), fmt.integer(slot))
        return fmt.data(value.to_bytes(32, "big"))

    def _get_nonce(self, address: str, block: Any = "latest") -> str:
        return fmt.quantity(self._state_at(block).get_nonce(to_canonical_address(address)))

    def _get_block_by_number(self, number: Any, full: bool = False) -> dict[str, Any] | None:
        try:
            return self._block(self._header_at(number), full)
        except RpcError:
            return None

    def _get_block_by_hash(self, block_hash: str, full: bool = False) -> dict[str, Any] | None:
        try:
            return self._block(self._chain.get_block_header_by_hash(fmt.octets(block_hash)), full)  # type: ignore[arg-type]
        except HeaderNotFound:
            return None

    def _transactions(self, header: BlockHeaderAPI) -> tuple[SignedTransactionAPI, ...]:
        builder = self._chain.get_vm(header).get_transaction_builder()
        return self._chain.chaindb.get_block_transactions(header, builder)

    def _block(self, header: BlockHeaderAPI, full: bool) -> dict[str, Any]:
        return fmt.block(header, self._transactions(header), full=full)

    def _find(self, transaction_hash: str) -> tuple[BlockHeaderAPI, SignedTransactionAPI, int] | None:
        try:
            number, index = self._chain.get_canonical_transaction_index(fmt.octets(transaction_hash))  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        header = self._chain.get_canonical_block_header_by_number(number)
        return header, self._transactions(header)[index], index

    def _get_transaction(self, transaction_hash: str) -> dict[str, Any] | None:
        found = self._find(transaction_hash)
        return None if found is None else fmt.transaction(*found)

    def _get_receipt(self, transaction_hash: str) -> dict[str, Any] | None:
        found = self._find(transaction_hash)
        if found is None:
            return None
        header, transaction, index = found
        return fmt.receipt(header, transaction, index, self._receipts(header))

    def _receipts(self, header: BlockHeaderAPI) -> tuple[Any, ...]:
        builder = self._chain.get_vm_class(header).get_receipt_builder()
        return tuple(self._chain.chaindb.get_receipts(header, builder))

    def _get_logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = fmt.LogFilter(query)
        first, last = (self._header_at(query.get(name)).block_number for name in ("fromBlock", "toBlock"))
        found: list[dict[str, Any]] = []
        for number in range(first, last + 1):
            header = self._header_at(number)
            if header.bloom == 0:
                continue
            transactions, receipts = self._transactions(header), self._receipts(header)
            for index, transaction in enumerate(transactions):
                found += [
                    log
                    for log in fmt.receipt(header, transaction, index, receipts)["logs"]
                    if wanted.takes(log)
                ]
        return found

    # --- executing ----------------------------------------------------------------------------------

    def _execute(self, call: dict[str, Any], block: Any) -> tuple[ComputationAPI, int, bytes]:
        header = self._header_at(block)
        gas = min(fmt.integer(call.get("gas", BLOCK_GAS_LIMIT)), BLOCK_GAS_LIMIT)
        data = fmt.octets(call.get("data") or call.get("input") or "0x")
        sender = to_canonical_address(call.get("from", ZERO_ADDRESS))
        with self._store.discarding(), self._chain.get_vm(at_header=header).in_costless_state() as state:
            unsigned = self._chain.get_vm(at_header=header).create_unsigned_transaction(
                nonce=state.get_nonce(sender),
                gas_price=0,
                gas=gas,
                to=to_canonical_address(call["to"]) if call.get("to") else b"",  # type: ignore[arg-type]
                value=fmt.integer(call.get("value", 0)),
                data=data,
            )
            try:
                computation = state.costless_execute_transaction(SpoofTransaction(unsigned, from_=sender))  # type: ignore[arg-type]
            except ValidationError as error:
                raise RpcError(_REFUSED, _refusal(str(error))) from error
        if computation.is_error:
            if isinstance(computation.error, Revert):
                raise RpcError(_REVERTED, "execution reverted", fmt.data(computation.output))
            reason = type(computation.error).__name__
            raise RpcError(
                _REFUSED, "out of gas" if reason == "OutOfGas" else f"invalid opcode or state: {reason}"
            )
        return computation, gas, data

    def _call(self, call: dict[str, Any], block: Any = "latest") -> str:
        return fmt.data(self._execute(call, block)[0].output)

    def _estimate(self, call: dict[str, Any], block: Any = "latest") -> str:
        computation, gas, data = self._execute(call, block)
        used = gas - computation.get_gas_remaining()
        zeros = data.count(0)
        floor = 21_000 + 10 * (zeros + 4 * (len(data) - zeros))  # EIP-7623
        estimate = max(used + used * _ESTIMATE_MARGIN_PERCENT // 100, floor)
        return fmt.quantity(min(estimate, BLOCK_GAS_LIMIT))

    def _send(self, raw: str) -> str:
        try:
            builder = self._chain.get_vm(self._head).get_transaction_builder()
            transaction = builder.decode(fmt.octets(raw))
            transaction.validate()
            transaction.check_signature_validity()
        except (RLPException, ValidationError, ValueError, TypeError) as error:
            raise RpcError(_REFUSED, f"invalid transaction: {type(error).__name__}") from error
        with self._store.writing():
            self._admit(transaction)
            try:
                self._chain.mine_all([transaction], parent_header=self._head)
            except ValidationError as error:
                raise RpcError(_REFUSED, _refusal(str(error))) from error
        return fmt.data(transaction.hash)

    def _admit(self, transaction: SignedTransactionAPI) -> None:
        """The checks of a node's transaction pool, with geth's words."""
        if self._find(fmt.data(transaction.hash)) is not None:
            raise RpcError(_REFUSED, "already known")
        if transaction.chain_id != self.chain_id:
            raise RpcError(
                _REFUSED, f"invalid chain id for signer: have {transaction.chain_id} want {self.chain_id}"
            )
        state, nonce = self._state_at("latest"), transaction.nonce
        expected = state.get_nonce(transaction.sender)
        if nonce != expected:
            word = "low" if nonce < expected else "high"
            raise RpcError(_REFUSED, f"nonce too {word}: next nonce {expected}, tx nonce {nonce}")
        if transaction.gas > BLOCK_GAS_LIMIT:
            raise RpcError(_REFUSED, "exceeds block gas limit")
        if transaction.max_fee_per_gas < self._next_base_fee():
            raise RpcError(_REFUSED, "max fee per gas less than block base fee")
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if state.get_balance(transaction.sender) < cost:
            raise RpcError(_REFUSED, "insufficient funds for gas * price + value")
        if transaction.gas < transaction.intrinsic_gas:
            raise RpcError(_REFUSED, "intrinsic gas too low")


def _refusal(reason: str) -> str:
    return "insufficient funds for gas * price + value" if "balance" in reason.lower() else reason
