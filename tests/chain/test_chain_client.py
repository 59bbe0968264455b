"""Registering, submitting and auditing through the contracts, each repeatable without a second effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chain_world import MODEL, DisturbedProvider, chain_on, evm_verifier, funded_account, make_proof

from zkattest.chain import Chain
from zkattest.chain.deployment import SUITE
from zkattest.errors import ChainError, InputError, ProofMismatchError, RevertedError
from zkattest.statements import OFF_CHAIN, context_digest

NONCE = b"\x55" * 32


def test_a_model_is_registered_once(deployed: Chain, provider: DisturbedProvider, tmp_path: Path) -> None:
    first = deployed.register_model(**MODEL, uri="https://example.org/model")
    head = deployed.block_number()
    assert (first.model_id, first.version) == (1, 1)
    assert deployed.register_model(**MODEL, uri="https://example.org/model") == first
    with chain_on(provider, tmp_path / "lost-journal") as again:  # the chain itself is asked
        again.attach(deployed.deployment.path)
        assert again.register_model(**MODEL) == first
    assert deployed.block_number() == head
    record = deployed.get_model(1)
    assert (record.owner, record.version, record.deprecated) == (deployed.address, 1, False)
    assert record.keys.uri == "https://example.org/model"
    assert {name: getattr(record.keys, name) for name in MODEL} == MODEL
    assert deployed.model_id_of(MODEL["model_hash"]) == 1
    assert deployed.model_id_of(b"\x77" * 32) == 0


def test_versions_are_added_once(deployed: Chain) -> None:
    deployed.register_model(**MODEL)
    newer = {**MODEL, "vk_hash": b"\x34" * 32}
    second = deployed.update_model(1, **newer)
    assert second.version == 2
    assert deployed.update_model(1, **newer) == second
    assert deployed.update_model(1, **MODEL).version == 1  # the earlier version, not a new one
    assert [record.keys.vk_hash for record in deployed.versions(1)] == [b"\x33" * 32, b"\x34" * 32]
    assert deployed.get_version(1, 1).version == 1
    child = deployed.register_model(**{**MODEL, "model_hash": b"\x12" * 32}, parent=(1, 2))
    assert child.model_id == 2


def test_a_model_is_deprecated_once(deployed: Chain) -> None:
    deployed.register_model(**MODEL)
    deployed.update_model(1, **{**MODEL, "vk_hash": b"\x34" * 32})
    receipt = deployed.deprecate_model(1, 1)
    assert deployed.deprecate_model(1, 1) == receipt
    assert [record.deprecated for record in deployed.versions(1)] == [True, False]
    receipt = deployed.deprecate_model(1)
    head = deployed.block_number()
    assert deployed.deprecate_model(1) == receipt
    assert deployed.block_number() == head
    assert deployed.get_model(1).deprecated


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda chain: chain.get_model(9), "ModelNotFound"),
        (lambda chain: chain.get_version(1, 9), "VersionNotFound"),
        (lambda chain: chain.update_model(9, **MODEL), "ModelNotFound"),
        (lambda chain: chain.register_model(**{**MODEL, "vk_hash": bytes(32)}), "ZeroVkHash"),
        (lambda chain: chain.deprecate_model(1, 9), "VersionNotFound"),
        (lambda chain: chain.get_dataset(4), "DatasetNotFound"),
        (
            lambda chain: chain.register_dataset(b"\1" * 32, role="test", rows=1, parent_id=8),
            "DatasetNotFound",
        ),
    ],
)
def test_refusals_have_names(deployed: Chain, call: Any, name: str) -> None:
    deployed.register_model(**MODEL)
    head = deployed.block_number()
    with pytest.raises(RevertedError) as caught:
        call(deployed)
    assert caught.value.name == name
    assert caught.value.remedy
    assert deployed.block_number() == head


def test_a_stranger_can_neither_change_nor_repeat_a_model(
    deployed: Chain, provider: DisturbedProvider, tmp_path: Path
) -> None:
    deployed.register_model(**MODEL)
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(deployed.deployment.path)
    for call, name in (
        (lambda: stranger.register_model(**MODEL), "ModelAlreadyRegistered"),
        (lambda: stranger.update_model(1, **{**MODEL, "vk_hash": b"\x34" * 32}), "NotModelOwner"),
        (lambda: stranger.deprecate_model(1), "NotModelOwner"),
    ):
        with pytest.raises(RevertedError) as caught:
            call()
        assert caught.value.name == name


@pytest.mark.parametrize("name", list(MODEL))
def test_hashes_of_the_wrong_size_are_refused(deployed: Chain, name: str) -> None:
    for value in (b"\1" * 31, b"", "0x11", None):
        with pytest.raises(InputError, match=name):
            deployed.register_model(**{**MODEL, name: value})


def test_data_sets(deployed: Chain, provider: DisturbedProvider, tmp_path: Path) -> None:
    first = deployed.register_dataset(
        b"\x71" * 32, role="train", rows=455, licence_digest=b"\x01" * 32, uri="u"
    )
    assert deployed.register_dataset(b"\x71" * 32, role="train", rows=455) == first
    part = deployed.register_dataset(b"\x72" * 32, role="test", rows=114, parent_id=first.dataset_id)
    record = deployed.get_dataset(first.dataset_id)
    assert (record.role, record.rows, record.licence_digest, record.uri) == ("train", 455, b"\x01" * 32, "u")
    assert (record.status, record.owner) == ("active", deployed.address)
    assert deployed.get_dataset(part.dataset_id).parent_id == first.dataset_id
    receipt = deployed.deprecate_dataset(first.dataset_id)
    assert deployed.deprecate_dataset(first.dataset_id) == receipt
    assert deployed.get_dataset(first.dataset_id).status == "deprecated"
    receipt = deployed.revoke_dataset(first.dataset_id, b"\x09" * 32)
    assert deployed.revoke_dataset(first.dataset_id, b"\x09" * 32) == receipt
    assert deployed.get_dataset(first.dataset_id).status == "revoked"
    with pytest.raises(RevertedError, match="ParentRevoked"):
        deployed.register_dataset(b"\x73" * 32, role="audit", rows=1, parent_id=first.dataset_id)
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(deployed.deployment.path)
    with pytest.raises(RevertedError, match="DatasetAlreadyRegistered"):
        stranger.register_dataset(b"\x71" * 32, role="train", rows=455)


@pytest.mark.parametrize(
    "changes",
    [{"role": "other"}, {"rows": 0}, {"rows": 2**64}, {"commitment": b"x"}, {"licence_digest": b""}],
)
def test_impossible_data_sets_are_refused(deployed: Chain, changes: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"commitment": b"\x71" * 32, "role": "train", "rows": 1, **changes}
    with pytest.raises(InputError):
        deployed.register_dataset(fields.pop("commitment"), **fields)


# --- proofs -------------------------------------------------------------------------------------------


@pytest.fixture
def registered(deployed: Chain) -> Chain:
    deployed.register_model(**MODEL)
    return deployed


def test_the_context_is_the_contracts_and_the_statements(registered: Chain) -> None:
    expected = context_digest(
        chain_id=registered.chain_id,
        registry=registered.registry,
        model_id=1,
        version=1,
        model_hash=MODEL["model_hash"],
        nonce=NONCE,
    )
    assert registered.context(1, 1, NONCE) == expected
    assert registered.context(1, 1, bytes(32)) != expected
    with pytest.raises(InputError, match="32 bytes"):
        registered.context(1, 1, b"short")


def test_a_valid_proof_is_recorded_once(registered: Chain) -> None:
    proof = make_proof(registered.context(1, 1, NONCE))
    assert registered.check(proof, 1, 1, NONCE) is True
    assert registered.find_attestation(proof, 1, 1, NONCE) is None
    first = registered.submit(proof, 1, 1, NONCE)
    assert not first.already
    assert first.development_setup
    head = registered.block_number()
    again = registered.submit(proof, 1, 1, NONCE)
    assert again.already
    assert (again.attestation_id, again.receipt) == (first.attestation_id, first.receipt)
    assert registered.block_number() == head
    assert registered.is_attested(first.attestation_id)
    record = registered.attestation(first.attestation_id)
    assert record == registered.find_attestation(proof, 1, 1, NONCE)
    assert (record.model_id, record.version, record.submitter) == (1, 1, registered.address)
    assert record.model_hash == MODEL["model_hash"]
    claim = proof.statement
    assert (record.input_commitment, record.output, record.nonce) == (
        claim.input_commitment,
        claim.output,
        NONCE,
    )
    assert "0x" + record.tx_hash.hex() == first.receipt.tx_hash
    assert (record.timestamp, record.block_number) == (first.receipt.timestamp, first.receipt.block_number)
    assert (record.development_setup, record.verifier_approved, record.deprecated) == (True, True, False)
    fresh = b"\x56" * 32
    second = registered.submit(make_proof(registered.context(1, 1, fresh)), 1, 1, fresh)
    assert second.attestation_id != first.attestation_id
    registered.deprecate_model(1)
    assert registered.attestation(first.attestation_id).deprecated


def test_an_unknown_attestation_is_none(registered: Chain) -> None:
    assert registered.attestation(bytes(32)) is None
    assert not registered.is_attested(bytes(32))


def test_a_wrong_proof_is_a_verdict_and_a_malformed_one_an_error(registered: Chain) -> None:
    context = registered.context(1, 1, NONCE)
    wrong, malformed = make_proof(context, verdict=0), make_proof(context, verdict=7)
    head = registered.block_number()
    assert registered.check(wrong, 1, 1, NONCE) is False
    with pytest.raises(RevertedError) as caught:
        registered.submit(wrong, 1, 1, NONCE)
    assert caught.value.name == "InvalidProof"
    for judge in (registered.check, registered.submit):
        with pytest.raises(RevertedError) as caught:
            judge(malformed, 1, 1, NONCE)
        assert caught.value.name == "unknown"  # the double's error is in no shipped interface
    assert registered.block_number() == head


def test_proofs_of_something_else_are_named_before_they_are_sent(registered: Chain) -> None:
    context = registered.context(1, 1, NONCE)
    registered.register_model(**{**MODEL, "model_hash": b"\x12" * 32})
    for proof, where, words in (
        (make_proof(OFF_CHAIN), (1, 1, NONCE), "bound to no chain"),
        (make_proof(b"\x01" * 32), (1, 1, NONCE), "another chain, registry"),
        (make_proof(context), (1, 1, bytes(32)), "another chain, registry"),
        (make_proof(context), (2, 1, NONCE), "model hash"),
        (make_proof(context, circuit_hash=b"\x01" * 32), (1, 1, NONCE), "circuit hash"),
        (make_proof(context, vk_hash=b"\x01" * 32), (1, 1, NONCE), "verifying key hash"),
    ):
        for judge in (registered.check, registered.submit):
            with pytest.raises(ProofMismatchError, match=words):
                judge(proof, *where)


def test_a_replay_by_another_account_is_refused(
    registered: Chain, provider: DisturbedProvider, tmp_path: Path
) -> None:
    proof = make_proof(registered.context(1, 1, NONCE))
    first = registered.submit(proof, 1, 1, NONCE)
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(registered.deployment.path)
    with pytest.raises(RevertedError) as caught:
        stranger.submit(proof, 1, 1, NONCE)
    assert (caught.value.name, caught.value.arguments) == (
        "AlreadyAttested",
        {"attestationId": first.attestation_id},
    )


def test_a_deprecated_model_and_a_missing_verifier_are_named(registered: Chain) -> None:
    other = {**MODEL, "vk_hash": b"\x39" * 32}
    registered.update_model(1, **other)
    proof = make_proof(registered.context(1, 2, NONCE), vk_hash=b"\x39" * 32)
    for judge in (registered.check, registered.submit):
        with pytest.raises(RevertedError) as caught:
            judge(proof, 1, 2, NONCE)
        assert caught.value.name == "VerifierNotApproved"
    registered.deploy_verifier(evm_verifier(b"\x39" * 32))
    assert registered.check(proof, 1, 2, NONCE)
    registered.deprecate_model(1, 2)
    with pytest.raises(RevertedError, match="VerificationRefused_VersionDeprecated"):
        registered.check(proof, 1, 2, NONCE)


# --- audit --------------------------------------------------------------------------------------------


def test_the_audit_trail_tells_what_happened_in_order(registered: Chain) -> None:
    registered.register_model(**{**MODEL, "model_hash": b"\x12" * 32}, parent=(1, 1))
    registered.register_dataset(b"\x71" * 32, role="test", rows=3)
    submitted = registered.submit(make_proof(registered.context(1, 1, NONCE)), 1, 1, NONCE)
    trail = registered.audit()
    assert [event.event for event in trail if "Role" not in event.event and "Att" not in event.contract] == [
        *("ModelRegistered", "VersionAdded"),
        *("ModelRegistered", "VersionAdded", "ModelDerived"),
        "DatasetRegistered",
    ]
    assert [(event.block_number, event.log_index) for event in trail] == sorted(
        (event.block_number, event.log_index) for event in trail
    )
    attested = next(event for event in trail if event.event == "Attested")
    assert attested.arguments["attestationId"] == submitted.attestation_id
    assert (attested.gas_used, attested.cost) == (submitted.receipt.gas_used, submitted.receipt.cost)
    assert attested.tx_hash == submitted.receipt.tx_hash
    assert attested.time.startswith("20")
    assert attested.to_json()["arguments"]["nonce"] == "0x" + NONCE.hex()
    assert attested.row()["model_id"] == 1
    of_second = registered.audit(2)
    assert {event.event for event in of_second} == {"ModelRegistered", "VersionAdded", "ModelDerived"}
    assert registered.audit(77) == []
    assert {event.event for event in registered.audit(1)} >= {"Attested", "InferenceVerified", "ModelDerived"}


def test_a_node_with_a_small_log_range_is_paged(registered: Chain, provider: DisturbedProvider) -> None:
    whole = registered.audit()
    ranges = []

    def limited(number: int, method: str, params: Any, response: Any) -> Any:
        if method != "eth_getLogs":
            return response
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
        ranges.append(last - first + 1)
        if last - first + 1 > 2:
            return {"error": {"code": -32005, "message": "query returned more than 2 blocks"}}
        return response

    provider.after = limited
    assert registered.audit() == whole
    assert max(ranges[2:]) <= 4999

    provider.after = lambda number, method, params, response: (
        {"error": {"code": -32005, "message": "no logs here"}} if method == "eth_getLogs" else response
    )
    with pytest.raises(ChainError, match="no logs here"):
        registered.audit()


def test_the_package_example(tmp_path: Path) -> None:
    with Chain.embedded() as chain:
        assert sorted(chain.deploy().contracts) == sorted(SUITE)
