"""Doubles for the chain client's tests: contracts that count, providers that fail, accounts with money."""

from __future__ import annotations

import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from eth_account import Account as KeyTool
from web3.providers.base import BaseProvider

from zkattest.backends.base import ContractCode, EvmVerifier, Proof, proof_system_id
from zkattest.chain import Account, Chain, Patience, RetryPolicy
from zkattest.chain.contracts import Contract
from zkattest.chain.embedded import EmbeddedNode
from zkattest.chain.rpc import RpcError
from zkattest.chain.transaction import Intent
from zkattest.statements import Inference, encode_output

HERE = Path(__file__).parent
SYSTEM = "double-bn254-v1"
QUICK = RetryPolicy(attempts=3, first_delay_s=0.0, longest_delay_s=0.0)


def double(name: str) -> Contract:
    """A compiled contract of Doubles.sol."""
    found = json.loads((HERE / "contracts" / "Doubles.json").read_text())[name]
    return Contract(name, tuple(found["abi"]), bytes.fromhex(found["bytecode"][2:]))


class DisturbedProvider(BaseProvider):
    """An embedded node behind a line and a transaction pool that tests can disturb.

    Attributes:
        calls: methods asked so far.
        before: called with (number, method, params) before a request is passed on; may raise.
        after: called with (number, method, params, response); may raise or return another response.
        holding: transactions are kept in the pool instead of being mined.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self.path = path
        self.node = EmbeddedNode(path)
        self.calls: list[str] = []
        self.before: Callable[[int, str, list[Any]], None] = lambda number, method, params: None
        self.after: Callable[[int, str, list[Any], Any], Any] = lambda number, method, params, response: (
            response
        )
        self.holding = False
        self.pool: dict[str, str] = {}
        self.sent: list[str] = []

    def make_request(self, method: Any, params: Any) -> Any:
        number = len(self.calls)
        self.calls.append(method)
        self.before(number, method, params)
        try:
            response: Any = {"result": self._answer(method, list(params))}
        except RpcError as fault:
            response = {"error": {"code": fault.code, "message": fault.reason, "data": fault.data}}
        response |= {"jsonrpc": "2.0", "id": number}
        return self.after(number, method, params, response)

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            self.sent.append(params[0])
            if self.holding:
                transaction_hash = hash_of(params[0])
                if transaction_hash in self.pool:
                    raise RpcError(-32000, "already known")
                self.pool[transaction_hash] = params[0]
                return transaction_hash
        if method == "eth_getTransactionByHash" and params[0] in self.pool:
            return {"hash": params[0], "blockNumber": None}
        return self.node.request(method, params)

    def mine(self) -> None:
        """Put what the pool holds into blocks; what has become invalid is dropped."""
        held, self.pool = self.pool, {}
        for raw in held.values():
            try:
                self.node.request("eth_sendRawTransaction", [raw])
            except RpcError as fault:
                print("dropped from the pool:", fault.reason)

    def snapshot(self) -> Path:
        """A copy of the chain file, to go back to."""
        copy = self.path.with_suffix(".copy")
        shutil.copy(self.path, copy)
        return copy

    def reorganise(self, copy: Path) -> None:
        """Go back to an earlier state: the blocks since then are gone."""
        self.node.close()
        shutil.copy(copy, self.path)
        self.node = EmbeddedNode(self.path)


def start_child(work: Callable[[], object]) -> int:
    """Run ``work`` in a forked process; its process number."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return child


def in_child(work: Callable[[], object]) -> int:
    """Run ``work`` in a forked process; its exit status as ``subprocess`` tells it, negative for a signal."""
    return exit_status(start_child(work))


def exit_status(child: int) -> int:
    """Wait for a forked process."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die() -> None:
    """What a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def hash_of(raw: str) -> str:
    from eth_utils import keccak

    return "0x" + keccak(hexstr=raw).hex()


def refused_connection(*_: Any) -> None:
    raise requests.ConnectionError("connection refused at https://node.example/v3/SECRET-ACCESS-KEY")


def developer(provider: DisturbedProvider) -> Account:
    return Account.from_key(provider.node.development_key())


def chain_on(
    provider: BaseProvider,
    state: Path | None,
    *,
    account: Account | None = None,
    patience: Patience | None = None,
    on_step: Any = None,
    **options: Any,
) -> Chain:
    """A chain client on ``provider``, quick to give up."""
    return Chain(
        provider,
        "the test node",
        account=account or developer(provider),
        state=state,
        patience=patience or Patience(confirmations=1, timeout_s=3.0, poll_s=0.0),
        retry=QUICK,
        on_step=on_step,
        **options,
    )


def make_counter(chain: Chain, start: int = 0) -> str:
    """Deploy a Counter; its address."""
    return chain._session.create(double("Counter"), [start], doing="deploy the counter").address


def increment(counter: str, tag: bytes = b"") -> Intent:
    contract = double("Counter")
    return Intent(counter, contract.encode("increment", tag), "count", abi=contract.abi)


def execute(chain: Chain, intent: Intent) -> Any:
    return chain._session._execute(intent)


def count(node: EmbeddedNode, counter: str) -> int:
    call = {"to": counter, "data": "0x" + double("Counter").encode("count").hex()}
    return int(node.request("eth_call", [call]), 16)


def foreign(node: EmbeddedNode, to: str, data: bytes = b"", *, value: int = 0, gas: int = 200_000) -> str:
    """A transaction of the development account that the client under test knows nothing of; its hash."""
    signer = KeyTool.from_key(node.development_key())
    signed = signer.sign_transaction(
        {
            "chainId": node.chain_id,
            "nonce": int(node.request("eth_getTransactionCount", [signer.address]), 16),
            "gas": gas,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
            "to": to,
            "value": value,
            "data": data,
        }
    )
    return node.request("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])


def funded_account(node: EmbeddedNode, ether: int = 100) -> Account:
    account = Account(KeyTool.create())
    foreign(node, account.address, value=ether * 10**18)
    return account


def evm_verifier(
    key: bytes, *, system: str = SYSTEM, named: str | None = None, wildcard: bool = False
) -> EvmVerifier:
    """A verifier of two contracts, the second of which names the first."""
    code, counter = double("VerifierDouble"), double("Counter")
    served = bytes(32) if wildcard else key
    return EvmVerifier(
        proof_system=named or system,
        vk_digest=key,
        contracts=(
            ContractCode("Counter", counter.abi, counter.creation_code, (5,)),
            ContractCode(
                "VerifierDouble",
                code.abi,
                code.creation_code,
                (proof_system_id(system), served, True, "$Counter"),
            ),
        ),
        wildcard=wildcard,
    )


MODEL = {
    "model_hash": b"\x11" * 32,
    "circuit_hash": b"\x22" * 32,
    "vk_hash": b"\x33" * 32,
    "proof_system_id": proof_system_id(SYSTEM),
}


def make_proof(context: bytes, *, verdict: int = 1, **changes: Any) -> Proof:
    """A proof whose verdict on chain is ``verdict``: 1 valid, 0 invalid, else malformed."""
    import numpy as np

    fields = {
        "model_hash": MODEL["model_hash"],
        "circuit_hash": MODEL["circuit_hash"],
        "vk_hash": MODEL["vk_hash"],
        "input_commitment": b"\x44" * 32,
        "output": encode_output(np.array([-1, 2])),
        "context": context,
    }
    return Proof("double", SYSTEM, Inference(**{**fields, **changes}), bytes([verdict, 9, 9]))
