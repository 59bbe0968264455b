"""Deployments: made once, recorded, re-used after a check, refused on another chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chain_world import (
    SYSTEM,
    DisturbedProvider,
    chain_on,
    double,
    evm_verifier,
    funded_account,
    refused_connection,
)
from eth_utils.crypto import keccak

from zkattest.backends.base import EvmVerifier
from zkattest.chain import Chain, Deployment
from zkattest.chain.contracts import Contract
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
    assert head == 3
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
        assert (receipt.contract_address, receipt.gas_used) == (entry["address"], entry["gas_used"])
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
    assert chain.block_number() == 3


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


def test_a_stranger_may_not_approve(chain: Chain, tmp_path: Path, provider: DisturbedProvider) -> None:
    chain.deploy()
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(state_file(chain, tmp_path))
    with pytest.raises(RevertedError) as caught:
        stranger.deploy_verifier(evm_verifier(KEY))
    assert caught.value.name == "AccessControlUnauthorizedAccount"
    assert caught.value.arguments["account"] == stranger.address
    assert isinstance(stranger.deployment, Deployment)
