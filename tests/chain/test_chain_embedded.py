"""The embedded chain: what it keeps, what it refuses, and what a killed process leaves behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import pytest
from chain_world import (
    HERE,
    DisturbedProvider,
    chain_on,
    count,
    die,
    double,
    execute,
    exit_status,
    foreign,
    in_child,
    increment,
    make_counter,
    start_child,
)
from eth_account import Account as KeyTool

from zkattest.chain import Chain, Patience
from zkattest.chain.embedded import BLOCK_GAS_LIMIT, CHAIN_ID_BASE, EmbeddedNode
from zkattest.chain.locks import exclusive
from zkattest.chain.rpc import RpcError
from zkattest.chain.store import ChainStore
from zkattest.errors import ChainError


def run_python(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh interpreter that knows the doubles; ``sys.argv[1:]`` are the arguments."""
    program = "import sys; sys.path.insert(0, sys.argv.pop())\nfrom chain_world import *\n" + textwrap.dedent(
        code
    )
    root = HERE.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments), str(HERE)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done


def test_everything_is_found_again_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "a" / "chain.db"
    with Chain.embedded(path) as chain:
        counter = make_counter(chain, 7)
        receipt = chain._session.transact(double("Counter"), counter, "increment", b"tag", doing="count")
        identity = (chain.chain_id, chain.genesis_hash, chain.address, chain.balance(), chain.block_number())
    with Chain.embedded(path) as again:
        assert (
            again.chain_id,
            again.genesis_hash,
            again.address,
            again.balance(),
            again.block_number(),
        ) == identity
        assert again.receipt(receipt.tx_hash) == receipt
        web3 = again.web3
        assert web3.eth.get_transaction(receipt.tx_hash)["to"] == counter
        assert web3.eth.get_block("latest")["transactions"][0].to_0x_hex() == receipt.tx_hash
        (log,) = again._session.logs([counter])
        assert double("Counter").decode_log(log).arguments == {
            "caller": again.address,
            "count": 8,
            "tag": b"tag",
        }
        assert again._session.value(double("Counter"), counter, "count") == 8


def test_another_process_continues_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with Chain.embedded(path) as chain:
        counter = make_counter(chain)
        # the file stays open here while another process writes: readers follow the head
        run_python(
            """
            with Chain.embedded(Path(sys.argv[1])) as chain:
                execute(chain, increment(sys.argv[2]))
            """,
            path,
            counter,
        )
        assert chain._session.value(double("Counter"), counter, "count") == 1
        chain._session.transact(double("Counter"), counter, "increment", b"here", doing="count")
        assert chain._session.value(double("Counter"), counter, "count") == 2


def test_chains_are_told_apart() -> None:
    with Chain.embedded() as first, Chain.embedded() as second:
        assert first.chain_id != second.chain_id
        assert first.genesis_hash != second.genesis_hash
        assert first.address != second.address
        for chain in (first, second):
            assert CHAIN_ID_BASE <= chain.chain_id < CHAIN_ID_BASE + 2**32 < 2**53


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    os.umask(0o022)
    with Chain.embedded(tmp_path / "chain.db") as chain:
        make_counter(chain)
    for name in tmp_path.iterdir():
        assert stat.S_IMODE(name.stat().st_mode) == 0o600, name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a database at all, just text" * 40, "not a database"),
        ("foreign", "another program"),
        ("format", "format 9"),
    ],
)
def test_other_files_are_refused_and_untouched(tmp_path: Path, content: bytes | str, words: str) -> None:
    path = tmp_path / "file"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "foreign":
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE t (x)")
    else:
        Chain.embedded(path).close()
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA user_version = 9")
    before = path.read_bytes()
    with pytest.raises(ChainError, match=words):
        Chain.embedded(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("moment", "effects"), [("half written", 0), ("before commit", 0), ("after commit", 1)]
)
def test_a_killed_process_leaves_a_whole_block_or_none(tmp_path: Path, moment: str, effects: int) -> None:
    path = tmp_path / "chain.db"
    with Chain.embedded(path) as chain:
        counter = make_counter(chain)
        head = chain.block_number()
    original, inserts = ChainStore._execute, []

    def execute_then_die(self: ChainStore, statement: str, *values: object) -> None:
        if moment == "before commit" and statement == "COMMIT":
            die()
        original(self, statement, *values)
        inserts.extend([statement] if statement.startswith("INSERT") else [])
        if (moment == "half written" and len(inserts) == 3) or (
            moment == "after commit" and statement == "COMMIT"
        ):
            die()

    def write() -> None:
        node = EmbeddedNode(path)
        ChainStore._execute = execute_then_die
        foreign(node, counter, increment(counter).data)

    assert in_child(write) == -signal.SIGKILL
    node = EmbeddedNode(path)
    assert count(node, counter) == effects
    assert int(node.request("eth_blockNumber", []), 16) == head + effects
    foreign(node, counter, increment(counter).data)  # and the chain goes on
    assert count(node, counter) == effects + 1


def test_a_killed_creation_can_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"

    def create() -> None:
        ChainStore.set_fact = lambda self, name, value: die()
        EmbeddedNode(path)

    assert in_child(create) == -signal.SIGKILL
    with Chain.embedded(path) as chain:
        assert chain.block_number() == 0
        assert chain.balance() == 10**24


def test_a_writer_that_waits_too_long_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    node = EmbeddedNode(path)
    reading, writing = os.pipe()

    def hold() -> None:
        with exclusive(path, patience_s=1):
            os.write(writing, b"held")
            time.sleep(60)

    holder = start_child(hold)
    try:
        assert os.read(reading, 4) == b"held"
        node._store._patience_s = 0.2
        with pytest.raises(ChainError, match=f"process {holder}"):
            foreign(node, "0x" + "11" * 20)
    finally:
        os.kill(holder, signal.SIGKILL)
        exit_status(holder)
    foreign(node, "0x" + "11" * 20)  # the lock died with its holder
    assert int(node.request("eth_blockNumber", []), 16) == 1


def test_processes_that_share_the_account_do_not_lose_effects(tmp_path: Path) -> None:
    """Separate journals, one account: both race for the same nonces."""
    path, each = tmp_path / "chain.db", 6
    with Chain.embedded(path) as chain:
        counter = make_counter(chain)

    def race(name: str) -> None:
        patience = Patience(timeout_s=60, poll_s=0.01)
        client = chain_on(DisturbedProvider(path), tmp_path / name, patience=patience)
        for index in range(each):
            execute(client, increment(counter, f"{name} {index}".encode()))

    racers = [start_child(partial(race, name)) for name in ("one", "two")]
    assert [exit_status(racer) for racer in racers] == [0, 0]
    assert count(EmbeddedNode(path), counter) == 2 * each


def test_calls_and_estimates_leave_no_trace(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    before = provider.path.read_bytes()
    call = {"from": chain.address, "to": counter, "data": "0x" + increment(counter).data.hex()}
    provider.node.request("eth_call", [call])
    provider.node.request("eth_estimateGas", [call])
    assert provider.path.read_bytes() == before
    assert count(provider.node, counter) == 0


# --- the rules of the EVM ---------------------------------------------------------------------------


def creation(runtime_size: int) -> bytes:
    """Creation code that returns ``runtime_size`` zero bytes as the contract's code."""
    return bytes.fromhex("62") + runtime_size.to_bytes(3, "big") + bytes.fromhex("6000f3")


@pytest.mark.parametrize(("size", "fits"), [(24_576, True), (24_577, False)])
def test_eip_170_limits_the_code_size(
    provider: DisturbedProvider, chain: Chain, size: int, fits: bool
) -> None:
    call = {"from": chain.address, "data": "0x" + creation(size).hex()}
    if fits:
        assert int(provider.node.request("eth_estimateGas", [call]), 16) > 200 * size
    else:
        with pytest.raises(RpcError):
            provider.node.request("eth_estimateGas", [call])


def test_cancun_opcodes_and_the_prague_calldata_price_hold(provider: DisturbedProvider, chain: Chain) -> None:
    # TSTORE(0, 42); MSTORE(0, TLOAD(0)); MCOPY(32, 0, 32); return the copy
    code = bytes.fromhex("602a5f5d5f5c5f5260205f60205e60206020f3")
    result = provider.node.request("eth_call", [{"from": chain.address, "data": "0x" + code.hex()}])
    assert int(result, 16) == 42
    # EIP-7623: 10 gas per token, a non-zero byte is 4 tokens
    estimate = provider.node.request(
        "eth_estimateGas", [{"to": "0x" + "11" * 20, "data": "0x" + "01" * 1000}]
    )
    assert int(estimate, 16) == 21_000 + 10 * 4 * 1000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nonce": 3}, "nonce too high"),
        ({"gas": 20_999}, "intrinsic gas too low"),
        ({"gas": BLOCK_GAS_LIMIT + 1}, "exceeds block gas limit"),
        ({"value": 10**24}, "insufficient funds"),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "less than block base fee"),
        ({"chainId": 1}, "chain id"),
    ],
)
def test_refusals_have_the_words_of_geth(
    provider: DisturbedProvider, changes: dict[str, int], words: str
) -> None:
    node = provider.node
    transaction = {
        "chainId": node.chain_id,
        "nonce": 0,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        "to": "0x" + "11" * 20,
        "value": 1,
        **changes,
    }
    signed = KeyTool.from_key(node.development_key()).sign_transaction(transaction)
    with pytest.raises(RpcError, match=words) as caught:
        node.request("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])
    assert caught.value.code == -32000
    assert int(node.request("eth_blockNumber", []), 16) == 0


def test_the_same_bytes_are_mined_once(provider: DisturbedProvider) -> None:
    first = foreign(provider.node, "0x" + "11" * 20, value=5)
    raw = provider.node._find(first)[1].encode()
    with pytest.raises(RpcError, match="already known"):
        provider.node.request("eth_sendRawTransaction", ["0x" + raw.hex()])
    assert int(provider.node.request("eth_getBalance", ["0x" + "11" * 20]), 16) == 5


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("eth_noSuch", [], -32601),
        ("eth_getBalance", ["0x12"], -32602),
        ("eth_getBalance", [], -32602),
        ("eth_getBalance", ["0x" + "11" * 20, "0xffff"], -32000),
        ("eth_call", [{"to": 5}], -32602),
        ("eth_sendRawTransaction", ["0x02c0"], -32000),
        ("eth_sendRawTransaction", ["0x"], -32000),
        ("eth_sendRawTransaction", ["0xzz"], -32000),
        ("eth_sendRawTransaction", ["0x03" + "00" * 40], -32000),
    ],
)
def test_malformed_requests_get_error_objects(
    provider: DisturbedProvider, method: str, params: list[object], code: int
) -> None:
    with pytest.raises(RpcError) as caught:
        provider.node.request(method, params)
    assert caught.value.code == code


def test_unknown_hashes_are_null(provider: DisturbedProvider) -> None:
    for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getBlockByHash"):
        assert provider.node.request(method, ["0x" + "00" * 32]) is None
    assert provider.node.request("eth_getBlockByNumber", ["0x99"]) is None


def test_old_state_stays_readable(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    foreign(provider.node, counter, increment(counter).data)
    call = {"to": counter, "data": "0x" + double("Counter").encode("count").hex()}
    assert int(provider.node.request("eth_call", [call, "0x1"]), 16) == 0
    assert int(provider.node.request("eth_call", [call, "0x2"]), 16) == 1
    assert int(provider.node.request("eth_getTransactionCount", [chain.address, "0x1"]), 16) == 1


def test_two_clients_in_one_process(tmp_path: Path, provider: DisturbedProvider) -> None:
    first, second = (chain_on(DisturbedProvider(provider.path), tmp_path / name) for name in "ab")
    counter = make_counter(first)
    for client in (first, second, first):
        client._session.transact(double("Counter"), counter, "increment", os.urandom(8), doing="count")
    assert count(provider.node, counter) == 3
