"""The whole client against anvil, a real node: other code, same answers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chain_world import HERE, MODEL, QUICK, double, evm_verifier, increment, make_counter, make_proof

from zkattest.chain import Account, Chain, RetryPolicy
from zkattest.chain.transaction import Intent
from zkattest.errors import ChainError, ChainUnreachableError, RevertedError, WrongChainError

BINARY = HERE.parent.parent / "verifier_contracts" / "node_modules" / ".bin" / "anvil"
ANVIL = str(BINARY) if BINARY.exists() else shutil.which("anvil")
NONCE = b"\x55" * 32

#: The first of the accounts that anvil funds: public, worth nothing.
FUNDED = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")

pytestmark = pytest.mark.skipif(
    ANVIL is None, reason="anvil is not installed: run `npm ci` in verifier_contracts"
)


class Anvil:
    """One anvil process on a free loopback port."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
        self.port = port
        self.process = subprocess.Popen(
            [str(ANVIL), "--port", str(port), "--silent", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1"},
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self.process.poll() is None, "anvil ended"
            assert time.monotonic() < deadline, "anvil does not listen"
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    running = Anvil()
    yield running
    running.stop()


def connect(anvil: Anvil, state: Path, **options: object) -> Chain:
    settings = {
        "account": Account.from_key(FUNDED),
        "state": state,
        "timeout_s": 20.0,
        "retry": QUICK,
        **options,
    }
    return Chain.connect(anvil.url, **settings)  # type: ignore[arg-type]


def test_the_walk_from_deployment_to_audit(anvil: Anvil, tmp_path: Path) -> None:
    chain = connect(anvil, tmp_path, expected_chain_id=31337)
    deployment = chain.deploy()
    verifier = chain.deploy_verifier(evm_verifier(MODEL["vk_hash"]))
    first = chain.register_model(**MODEL, uri="u")
    proof = make_proof(chain.context(1, 1, NONCE))
    assert chain.check(proof, 1, 1, NONCE)
    assert not chain.check(make_proof(chain.context(1, 1, NONCE), verdict=0), 1, 1, NONCE)
    submitted = chain.submit(proof, 1, 1, NONCE)
    assert chain.attestation(submitted.attestation_id).verifier == verifier.address
    with pytest.raises(RevertedError) as caught:
        chain.get_model(9)
    assert (caught.value.name, caught.value.arguments) == ("ModelNotFound", {"modelId": 9})
    with pytest.raises(RevertedError) as caught:
        chain.submit(make_proof(chain.context(1, 1, bytes(32)), verdict=0), 1, 1, bytes(32))
    assert caught.value.name == "InvalidProof"
    trail = chain.audit(1)
    assert [event.event for event in trail] == [
        "ModelRegistered",
        "VersionAdded",
        "Attested",
        "InferenceVerified",
    ]
    height = chain.block_number()
    with connect(anvil, tmp_path) as again:  # a later run
        assert again.deploy() == deployment
        assert again.deploy_verifier(evm_verifier(MODEL["vk_hash"])) == verifier
        assert again.register_model(**MODEL, uri="u") == first
        assert again.submit(proof, 1, 1, NONCE).already
        assert again.block_number() == height


def test_the_embedded_chain_charges_the_same_gas(anvil: Anvil, tmp_path: Path) -> None:
    used = []
    for chain in (connect(anvil, tmp_path), Chain.embedded()):
        deployment = chain.deploy()
        verifier = chain.deploy_verifier(evm_verifier(MODEL["vk_hash"]))
        receipts = [chain.register_model(**MODEL, uri="u").receipt]
        receipts += [chain.submit(make_proof(chain.context(1, 1, NONCE)), 1, 1, NONCE).receipt]
        contracts = [*deployment.contracts.values(), *verifier.contracts]
        used.append([*(part.gas_used for part in contracts), *(receipt.gas_used for receipt in receipts)])
    for theirs, ours in zip(*used, strict=True):
        # calldata holds addresses and contexts, whose zero bytes are cheaper; all else is equal
        assert abs(theirs - ours) <= 12 * 40, used


def test_a_node_that_dies_and_a_chain_that_begins_anew(anvil: Anvil, tmp_path: Path) -> None:
    chain = connect(anvil, tmp_path, retry=RetryPolicy(2, 0.0, 0.0))
    chain.deploy()
    counter = make_counter(chain)
    anvil.stop()
    contract = double("Counter")
    intent = increment(counter)
    with pytest.raises(ChainUnreachableError):
        chain._session._execute(intent)
    restarted = Anvil("--timestamp", "1700000000", port=anvil.port)
    anvil.process = restarted.process
    again = connect(anvil, tmp_path)
    with pytest.raises(WrongChainError, match="same id 31337"):
        again.deploy()
    assert contract.has("increment")


def test_a_transaction_waits_for_its_block(tmp_path: Path) -> None:
    """Without instant mining: pending, confirmed, deep enough."""
    node = Anvil("--no-mining")
    try:
        chain = connect(node, tmp_path, timeout_s=1.5)
        intent = Intent(None, double("Counter").encode_creation([3]), "deploy the counter")
        with pytest.raises(ChainError, match="not final"):
            chain._session._execute(intent)
        rpc = chain._node.rpc
        assert rpc.request("eth_getTransactionCount", chain.address, "pending") == "0x1"
        rpc.request("evm_mine")
        receipt = chain._session._execute(intent)
        assert receipt.block_number == 1
        deep = connect(node, tmp_path / "deep", timeout_s=1.5, confirmations=3)
        other = Intent(None, double("Counter").encode_creation([4]), "deploy the counter")
        with pytest.raises(ChainError, match="not final"):
            deep._session._execute(other)
        for _ in range(3):
            rpc.request("evm_mine")
        assert deep._session._execute(other).block_number == 2
        assert rpc.request("eth_getTransactionCount", chain.address, "latest") == "0x2"
    finally:
        node.stop()


def test_a_reorganisation_on_a_real_node(anvil: Anvil, tmp_path: Path) -> None:
    chain = connect(anvil, tmp_path)
    counter = make_counter(chain)
    rpc = chain._node.rpc
    snapshot = rpc.request("evm_snapshot")
    receipt = chain._session._execute(increment(counter))
    assert rpc.request("evm_revert", snapshot)
    assert chain.receipt(receipt.tx_hash) is None
    assert chain._session._execute(increment(counter)).tx_hash == receipt.tx_hash
    assert chain._session.value(double("Counter"), counter, "count") == 1
