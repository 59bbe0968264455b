"""Deployments: made once, recorded, re-used after a check, refused on another chain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rlp
from chain_world import (
    SYSTEM,
    DisturbedProvider,
    chain_on,
    double,
    evm_verifier,
    funded_account,
    refused_connection,
)
from eth_account import Account as KeyTool
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from zkattest.backends.base import EvmVerifier
from zkattest.chain import Chain, Deployment
from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import SUITE
from zkattest.chain.factory import (
    FACTORY,
    FACTORY_CODE,
    FACTORY_SENDER,
    FACTORY_TRANSACTION,
    created_address,
)
from zkattest.errors import (
    ChainUnreachableError,
    DeploymentError,
    FormatError,
    RevertedError,
    WrongChainError,
)

KEY = b"\x33" * 32


def state_file(chain: Chain, tmp_path: Path) -> Path:
    return tmp_path / "state" / f"deployments-{chain.chain_id}.json"


def test_the_registries_are_deployed_once(chain: Chain, tmp_path: Path, provider: DisturbedProvider) -> None:
    first = chain.deploy()
    head = chain.block_number()
    assert head == len(SUITE)
    assert chain.deploy() is first
    with chain_on(provider, tmp_path / "state") as again:
        assert again.deploy() == first
        assert again.registry == first.contracts["AttestationRegistry"].address
    assert chain.block_number() == head
    content = json.loads(state_file(chain, tmp_path).read_text())
    assert content["chain_id"] == chain.chain_id
    assert content["genesis_hash"] == chain.genesis_hash
    for name, entry in content["contracts"].items():
        code = chain.web3.eth.get_code(entry["address"])
        assert entry["code_hash"] == "0x" + keccak(bytes(code)).hex()
        receipt = chain.receipt(entry["tx_hash"])
        assert (receipt.block_number, receipt.gas_used) == (entry["block_number"], entry["gas_used"])
        assert entry["name"] == name
    attestations = Contract.load("AttestationRegistry")
    models = chain._session.value(attestations, chain.registry, "registry")
    assert models == first.contracts["ModelRegistry"].address
    assert first.gas_used == sum(entry["gas_used"] for entry in content["contracts"].values())
    assert first.outdated == ()
    assert first.summary()["AttestationRegistry"] == chain.registry


def test_a_lost_deployments_file_finds_the_same_contracts_by_the_journal(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    first = chain.deploy()
    head = chain.block_number()
    state_file(chain, tmp_path).unlink()
    with chain_on(provider, tmp_path / "state") as again:
        assert again.deploy().contracts == first.contracts
    assert chain.block_number() == head


def test_a_deployment_that_is_cut_short_is_continued(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    def cut(number: int, method: str, params: Any) -> None:
        if method == "eth_sendRawTransaction" and chain_height() == 1:
            refused_connection()

    def chain_height() -> int:
        return int(provider.node.request("eth_blockNumber", []), 16)

    provider.before = cut
    with pytest.raises(ChainUnreachableError):
        chain.deploy()
    assert list(json.loads(state_file(chain, tmp_path).read_text())["contracts"]) == ["ModelRegistry"]
    provider.before = lambda number, method, params: None
    chain.deploy()
    assert chain.block_number() == len(SUITE)


def test_a_deployment_of_an_earlier_version_is_completed(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    """One without metrics is used as it is, and gets what it lacks from the next deployment."""
    first = chain.deploy()
    path = state_file(chain, tmp_path)
    content = json.loads(path.read_text())
    for name in ("MetricRegistry", "DeploymentGate"):
        del content["contracts"][name]
    path.write_text(json.dumps(content))
    with chain_on(provider, tmp_path / "state") as again:
        assert {event.contract for event in again.audit()} == {"AttestationRegistry"}
        with pytest.raises(DeploymentError, match="MetricRegistry"):
            _ = again.metrics
        assert again.deploy().contracts == first.contracts
        assert {event.contract for event in again.audit()} == {"AttestationRegistry", "DeploymentGate"}


@pytest.mark.parametrize("what", ["chain_id", "genesis_hash"])
def test_another_chain_is_refused(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider, what: str
) -> None:
    chain.deploy()
    path = state_file(chain, tmp_path)
    content = json.loads(path.read_text())
    content[what] = 1 if what == "chain_id" else "0x" + "00" * 32
    path.write_text(json.dumps(content))
    with chain_on(provider, tmp_path / "state") as again:
        for use in (again.deploy, again.attach, lambda: again.registry, lambda: again.get_model(1)):
            with pytest.raises(WrongChainError):
                use()


def test_a_deployments_file_of_another_embedded_chain_is_refused(chain: Chain, tmp_path: Path) -> None:
    chain.deploy()
    with (
        Chain.embedded(tmp_path / "second" / "chain.db") as second,
        pytest.raises(WrongChainError, match="on"),
    ):
        second.attach(state_file(chain, tmp_path))


@pytest.mark.parametrize("change", ["other code", "no code"])
def test_other_code_than_was_recorded_is_refused(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider, change: str
) -> None:
    chain.deploy()
    path = state_file(chain, tmp_path)
    content = json.loads(path.read_text())
    models = content["contracts"]["ModelRegistry"]
    models["address"] = (
        content["contracts"]["DatasetRegistry"]["address"] if change == "other code" else "0x" + "11" * 20
    )
    path.write_text(json.dumps(content))
    with chain_on(provider, tmp_path / "state") as again:
        with pytest.raises(DeploymentError, match=f"{change}.*ModelRegistry"):
            again.deploy()
        with pytest.raises(DeploymentError, match=change):
            again.get_model(1)


def test_registries_of_other_sources_are_reported_and_used(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    chain.deploy()
    path = state_file(chain, tmp_path)
    content = json.loads(path.read_text())
    content["contracts"]["ModelRegistry"]["creation_hash"] = "0x" + "00" * 32
    path.write_text(json.dumps(content))
    with chain_on(provider, tmp_path / "state") as again:
        assert again.deploy().outdated == ("ModelRegistry",)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "chain_id": "x"}', "\xff"]
)
def test_other_files_are_no_deployments_file(chain: Chain, tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(FormatError):
        chain.attach(path)


def test_nothing_deployed_is_said(chain: Chain) -> None:
    for use in (lambda: chain.registry, lambda: chain.get_model(1), chain.audit):
        with pytest.raises(DeploymentError, match="zkattest deploy"):
            use()


# --- deterministic addresses --------------------------------------------------------------------------


def test_addresses_follow_from_code_and_administrator(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    """Without this machine's records, on another chain, and for another account: the same contracts."""
    first = chain.deploy()
    height = chain.block_number()
    with chain_on(provider, tmp_path / "elsewhere") as again:
        found = again.deploy()
        assert {name: part.address for name, part in found.contracts.items()} == {
            name: part.address for name, part in first.contracts.items()
        }
        assert {name: part.block_number for name, part in found.contracts.items()} == {
            name: part.block_number for name, part in first.contracts.items()
        }
        assert found.gas_used == 0
        assert found.first_block == first.first_block
    assert chain.block_number() == height
    with chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node)) as stranger:
        theirs = stranger.deploy()
    for name in SUITE:
        same = theirs.address(name) == first.address(name)
        # those that name an administrator, and the one that names such a one
        administered = ("AttestationRegistry", "MetricRegistry", "DeploymentGate")
        assert same == (name not in administered), name
    with Chain.embedded() as other:
        made = other.deploy()
        for name in ("ModelRegistry", "DatasetRegistry", "VerifyingKeyStore"):
            assert made.address(name) == first.address(name)


def test_the_factory_is_at_the_address_that_its_transaction_gives() -> None:
    sender = KeyTool.recover_transaction(FACTORY_TRANSACTION)
    assert sender == FACTORY_SENDER
    created = keccak(rlp.encode([to_canonical_address(sender), b""]))[12:]
    assert to_checksum_address(created) == FACTORY
    with Chain.embedded() as chain:
        assert bytes(chain.web3.eth.get_code(FACTORY)) == FACTORY_CODE


def test_a_created_address_is_eip_1014s() -> None:
    """The arithmetic, by hand, for code b"\\x00"; the salt is what docs/contracts.md says."""
    preimage = b"\xff" + bytes.fromhex(FACTORY[2:]) + keccak(b"zkattest-suite-v1") + keccak(b"\x00")
    assert created_address(b"\x00") == to_checksum_address(keccak(preimage)[12:])


@pytest.mark.parametrize("code", ["0x", "0x00"])
def test_a_chain_without_the_factory_is_said(chain: Chain, provider: DisturbedProvider, code: str) -> None:
    def answer(number: int, method: str, params: Any, response: Any) -> Any:
        if method == "eth_getCode" and params[0] == FACTORY:
            return {**response, "result": code}
        return response

    provider.after = answer
    with pytest.raises(DeploymentError, match=FACTORY) as caught:
        chain.deploy()
    assert FACTORY_SENDER in caught.value.remedy
    assert not provider.sent


# --- verifiers ----------------------------------------------------------------------------------------


def test_a_verifier_is_deployed_and_approved_once(
    chain: Chain, tmp_path: Path, provider: DisturbedProvider
) -> None:
    chain.deploy()
    first = chain.deploy_verifier(evm_verifier(KEY))
    head = chain.block_number()
    assert [part.name for part in first.contracts] == ["Counter", "VerifierDouble"]
    helper = chain._session.value(double("VerifierDouble"), first.address, "library_")
    assert helper == first.contracts[0].address  # "$Counter"
    found = chain._session.call(
        Contract.load("AttestationRegistry"), chain.registry, "verifierFor", _system(), KEY
    )
    assert found == {"verifier": first.address, "developmentSetup": True}
    assert chain.deploy_verifier(evm_verifier(KEY)) == first
    with chain_on(provider, tmp_path / "state") as again:
        assert again.deploy_verifier(evm_verifier(KEY)) == first
    (tmp_path / "state" / f"deployments-{chain.chain_id}.json").unlink()
    with chain_on(provider, tmp_path / "state") as again:  # by the journal alone
        again.deploy()
        assert again.deploy_verifier(evm_verifier(KEY)) == first
    assert chain.block_number() == head


def _system() -> bytes:
    return keccak(text=SYSTEM)[:4]


def test_each_key_has_its_verifier_and_a_wildcard_serves_the_rest(chain: Chain) -> None:
    chain.deploy()
    one, two = (chain.deploy_verifier(evm_verifier(bytes([index]) * 32)) for index in (1, 2))
    every = chain.deploy_verifier(evm_verifier(b"\x05" * 32, wildcard=True))
    assert len({one.address, two.address, every.address}) == 3
    assert chain.deploy_verifier(evm_verifier(b"\x06" * 32, wildcard=True)) == every
    registry = Contract.load("AttestationRegistry")
    for key, wanted in ((b"\1" * 32, one), (b"\2" * 32, two), (b"\x09" * 32, every)):
        found = chain._session.call(registry, chain.registry, "verifierFor", _system(), key)
        assert found["verifier"] == wanted.address


def test_a_revoked_verifier_can_be_approved_again(chain: Chain) -> None:
    chain.deploy()
    registry = Contract.load("AttestationRegistry")
    approvals = set()
    for round_ in range(3):
        verifier = chain.deploy_verifier(evm_verifier(KEY))
        approvals.add(verifier.approval)
        assert chain._session.value(registry, chain.registry, "isApproved", verifier.address)
        chain._session.transact(
            registry,
            chain.registry,
            "revokeVerifier",
            verifier.address,
            doing="revoke",
            precondition=bytes([round_]),
        )
    assert len(approvals) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        evm_verifier(KEY, named="another-bn254-v1"),
        EvmVerifier(SYSTEM, b"\x34" * 32, evm_verifier(KEY).contracts),
    ],
)
def test_a_verifier_that_serves_something_else_is_not_approved(chain: Chain, wrong: EvmVerifier) -> None:
    deployment = chain.deploy()
    with pytest.raises(DeploymentError, match="serves proof system"):
        chain.deploy_verifier(wrong)
    assert not deployment.verifiers
    with pytest.raises(DeploymentError, match="no contract"):
        chain.deploy_verifier(EvmVerifier(SYSTEM, KEY, ()))


def test_a_verifier_of_another_string_does_not_take_the_place_of_the_first(chain: Chain) -> None:
    chain.deploy()
    first = chain.deploy_verifier(evm_verifier(KEY, wildcard=True))
    counter, double_ = evm_verifier(KEY, wildcard=True).contracts
    other = EvmVerifier(SYSTEM, KEY, (replace(counter, arguments=(6,)), double_), wildcard=True)
    with pytest.raises(DeploymentError, match="another set-up string"):
        chain.deploy_verifier(other)
    assert chain.deploy_verifier(evm_verifier(KEY, wildcard=True)) == first


def test_a_stranger_may_not_approve(chain: Chain, tmp_path: Path, provider: DisturbedProvider) -> None:
    chain.deploy()
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(state_file(chain, tmp_path))
    with pytest.raises(RevertedError) as caught:
        stranger.deploy_verifier(evm_verifier(KEY))
    assert caught.value.name == "AccessControlUnauthorizedAccount"
    assert caught.value.arguments["account"] == stranger.address
    assert isinstance(stranger.deployment, Deployment)
