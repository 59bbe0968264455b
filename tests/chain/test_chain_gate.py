"""Metric registry and gate through the client: digests, resumption, repetition, and refusals by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chain_world import MODEL, DisturbedProvider, chain_on, funded_account, make_proof, refused_connection
from eth_abi import encode
from eth_utils import keccak

from zkattest.backends.base import Proof
from zkattest.chain import Chain, GateClause, Manifest, MetricUse
from zkattest.chain.contracts import Contract
from zkattest.chain.gate import ALL, NEVER
from zkattest.chain.metrics import evidence_digest, subject_digest
from zkattest.errors import ChainUnreachableError, DataSetMismatchError, ProofMismatchError, RevertedError
from zkattest.statements import OFF_CHAIN, encode_output

NONCE = b"\x55" * 32
MANIFEST = Manifest(
    schema_digest=b"\x01" * 32,
    role="test",
    parent=bytes(32),
    rows=110,
    labelled=100,
    shard_identities=(b"\x0a" * 32, b"\x0b" * 32, b"\x0c" * 32),
    shard_labelled=(40, 40, 20),
)


def identity(manifest: Manifest) -> bytes:
    """By the definition in docs/contracts.md."""
    values = manifest.to_abi()
    types = ["bytes32", "uint8", "bytes32", "uint64", "uint64", "bytes32[]", "uint64[]"]
    return keccak(encode(["bytes32", *types], [keccak(b"zkattest-dataset-v1"), *values.values()]))


USE = MetricUse(1, 1, 1, MANIFEST, "counts", NONCE)
CLAUSE = GateClause(
    circuit_hash=MODEL["circuit_hash"],
    dataset_id=1,
    scheme="counts",
    reveal="hits",
    classes=2,
    groups=(1,),
    scale=0,
    measure="accuracy",
    column=0,
    group=ALL,
    of_class=0,
    threshold=58_983,
    index=0,
    min_labelled=1,
    max_age=NEVER,
)


@pytest.fixture
def chain(deployed: Chain) -> Chain:
    """With a registered model and data set; the account has every role."""
    deployed.register_model(**MODEL)
    deployed.register_dataset(identity(MANIFEST), role="test", rows=110)
    return deployed


def proofs(chain: Chain, use: MetricUse = USE, right: tuple[int, ...] = (38, 38, 18)) -> list[Proof]:
    context = chain.metrics.context(use.model_id, use.version, use.nonce)
    return [
        make_proof(context, input_commitment=shard, output=encode_output(np.array([hits, labelled])))
        for shard, hits, labelled in zip(
            MANIFEST.shard_identities, right, MANIFEST.shard_labelled, strict=True
        )
    ]


def test_solidity_and_python_agree_on_digests(chain: Chain) -> None:
    contract, at = Contract.load("MetricRegistry"), chain.metrics.address
    subject = subject_digest(
        model_id=1, version=2, dataset_id=3, circuit_hash=b"\x09" * 32, scheme="thresholds"
    )
    assert chain._session.value(contract, at, "subjectOf", 1, 2, 3, b"\x09" * 32, 1) == subject
    found = chain._session.value(contract, at, "evidenceIdOf", subject, b"\x08" * 32, NONCE)
    assert found == evidence_digest(subject=subject, vk_hash=b"\x08" * 32, nonce=NONCE)
    assert chain._session.value(contract, at, "identityOf", MANIFEST.to_abi()) == identity(MANIFEST)
    # the attestation registry's context is another
    assert chain.metrics.context(1, 1, NONCE) != chain.context(1, 1, NONCE)


def test_an_interrupted_submission_goes_on(chain: Chain, provider: DisturbedProvider) -> None:
    sent = []

    def cut(number: int, method: str, params: Any) -> None:
        if method == "eth_sendRawTransaction":
            sent.append(number)
            if len(sent) > 2:
                refused_connection()

    provider.before = cut
    made = proofs(chain)
    with pytest.raises(ChainUnreachableError):
        chain.metrics.submit(USE, made)
    provider.before = lambda number, method, params: None
    partly = chain.metrics.evidence(chain.metrics.evidence_id(USE, made))
    assert (partly.shards, partly.complete, partly.values) == ((0, 1), False, (76, 80))
    done = chain.metrics.submit(USE, made)
    assert (len(done.receipts), done.evidence.shards, done.evidence.values) == (1, (0, 1, 2), (94, 100))
    assert (done.evidence.complete, done.evidence.labelled) == (True, 100)
    head = chain.block_number()
    assert chain.metrics.submit(USE, made).receipts == ()
    assert chain.block_number() == head
    assert chain.metrics.completed(1, 1) == [done.evidence]
    assert chain.metrics.completed(1, 2) == []


def test_the_contracts_verdict_without_a_transaction(chain: Chain) -> None:
    made = proofs(chain)
    head = chain.block_number()
    assert chain.metrics.check(USE, made)
    wrong = [*made[:2], dataclasses.replace(made[2], payload=b"\x00" + made[2].payload[1:])]
    assert not chain.metrics.check(USE, wrong)
    assert chain.block_number() == head
    with pytest.raises(RevertedError) as caught:
        chain.metrics.submit(USE, wrong)
    assert caught.value.name == "InvalidProof"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda made: made[:2], DataSetMismatchError, "not one for each"),
        (lambda made: [made[1], made[0], made[2]], DataSetMismatchError, "not one for each"),
        (lambda made: [made[0]] * 3, DataSetMismatchError, "not one for each"),
        (lambda made: altered(made, model_hash=b"\x12" * 32), ProofMismatchError, "model hash"),
        (lambda made: altered(made, context=OFF_CHAIN), ProofMismatchError, "bound to no chain"),
        (lambda made: altered(made, context=b"\x01" * 32), ProofMismatchError, "another chain, registry"),
        (lambda made: [*altered(made[:1], vk_hash=b"\x34" * 32), *made[1:]], ProofMismatchError, "keys"),
    ],
)
def test_what_is_named_before_it_is_sent(
    chain: Chain, change: Callable[[list[Proof]], list[Proof]], error: type[Exception], words: str
) -> None:
    head = chain.block_number()
    for judge in (chain.metrics.check, chain.metrics.submit):
        with pytest.raises(error, match=words):
            judge(USE, change(proofs(chain)))
    assert chain.block_number() == head


def altered(made: list[Proof], **fields: Any) -> list[Proof]:
    return [dataclasses.replace(one, statement=dataclasses.replace(one.statement, **fields)) for one in made]


@pytest.mark.parametrize(
    ("use", "error"),
    [
        (dataclasses.replace(USE, manifest=dataclasses.replace(MANIFEST, labelled=99)), "LabelledMismatch"),
        (dataclasses.replace(USE, manifest=dataclasses.replace(MANIFEST, parent=NONCE)), "ManifestMismatch"),
        (dataclasses.replace(USE, scheme="thresholds"), "ThresholdsOfShards"),
        (dataclasses.replace(USE, dataset_id=9), "DatasetNotFound"),
        (dataclasses.replace(USE, version=9), "VersionNotFound"),
    ],
)
def test_refusals_of_the_registry_have_names(chain: Chain, use: MetricUse, error: str) -> None:
    made = proofs(chain)
    with pytest.raises(RevertedError) as caught:
        chain.metrics.submit(use, made)
    assert caught.value.name == error
    assert caught.value.remedy


def test_a_record_that_contradicts_the_manifest_is_named(chain: Chain) -> None:
    manifest = dataclasses.replace(MANIFEST, schema_digest=b"\x02" * 32)
    found = chain.register_dataset(identity(manifest), role="train", rows=110)
    use = dataclasses.replace(USE, manifest=manifest, dataset_id=found.dataset_id)
    with pytest.raises(DataSetMismatchError, match="role train"):
        chain.metrics.submit(use, proofs(chain))


def test_the_gate_opens_and_every_step_may_be_repeated(
    chain: Chain, provider: DisturbedProvider, tmp_path: Any
) -> None:
    gate = chain.gate
    submitted = chain.metrics.submit(USE, proofs(chain))
    ids = [submitted.evidence_id]
    record, receipt = gate.set_policy(1, [CLAUSE], development_allowed=True)
    assert (record.version, record.clauses) == (1, (CLAUSE,))
    assert gate.verdicts(1, 1, ids) == ("the data set is not approved",)
    assert gate.verdicts(1, 1, [bytes(32)]) == ("no evidence",)
    approved = gate.approve_dataset(1, "test")
    assert gate.state(1, 1) == "registered"
    validated = gate.validate(1, 1, ids)
    assert gate.state(1, 1) == "validated"
    served = gate.deploy(1, 1)
    assert gate.state(1, 1) == "deployed"
    head = chain.block_number()
    # with the journal, and without it
    for other in (chain, chain_on(provider, tmp_path / "lost-journal")):
        if other is not chain:
            other.attach(chain.deployment.path)
        again = other.gate
        assert again.set_policy(1, [CLAUSE], development_allowed=True) == (record, receipt)
        assert again.approve_dataset(1, "test") == approved
        assert again.validate(1, 1, ids) == validated
        assert again.deploy(1, 1) == served
    assert chain.block_number() == head
    # out, and in again: the same wishes are no retries
    assert gate.revoke(1, 1, b"\x07" * 32) == gate.revoke(1, 1, b"\x07" * 32)
    assert (gate.state(1, 1), gate.validation(1, 1).revoked) == ("registered", True)
    assert gate.reinstate(1, 1) == gate.reinstate(1, 1)
    assert gate.validate(1, 1, ids) != validated
    assert gate.deploy(1, 1) != served
    assert gate.state(1, 1) == "deployed"
    second = gate.revoke(1, 1)
    assert gate.validation(1, 1).revoked
    gate.reinstate(1, 1)
    assert gate.revoke(1, 1) != second
    names = [event.name for event in gate.transitions(1, 1)]
    assert names == [
        *("Validated", "Deployed", "Revoked", "Reinstated", "Validated", "Deployed"),
        *("Revoked", "Reinstated", "Revoked"),
    ]


def test_approvals_come_and_go(chain: Chain) -> None:
    gate = chain.gate
    first = gate.approve_dataset(1, "test")
    assert gate.withdraw_dataset(1) == gate.withdraw_dataset(1)
    assert not gate.is_dataset_approved(1)
    second = gate.approve_dataset(1, "test")
    assert second != first
    assert gate.is_dataset_approved(1)
    assert gate.withdraw_dataset(1) != first
    assert not gate.is_dataset_approved(1)


@pytest.mark.parametrize(
    ("call", "name", "words"),
    [
        (lambda gate: gate.approve_dataset(1, "train"), "ApprovedForOtherRole", ""),
        (lambda gate: gate.approve_dataset(9, "test"), "DatasetNotFound", ""),
        (lambda gate: gate.withdraw_dataset(1), "DatasetNotApprovedYet", ""),
        (lambda gate: gate.deploy(1, 1), "WrongState", "state=registered"),
        (lambda gate: gate.lapse(1, 1), "WrongState", "state=registered"),
        (lambda gate: gate.reinstate(1, 1), "VersionNotRevoked", ""),
        (lambda gate: gate.revoke(1, 2), "VersionNotFound", ""),
        (lambda gate: gate.validate(1, 1, [bytes(32)]), "ClauseNotSatisfied", "verdict=no evidence"),
        (lambda gate: gate.validate(1, 1, []), "EvidenceCountMismatch", ""),
        (lambda gate: gate.verdicts(2, 1, []), "NoPolicy", ""),
        (lambda gate: gate.set_policy(9, [CLAUSE], development_allowed=False), "ModelNotFound", ""),
        (lambda gate: gate.set_policy(1, [], development_allowed=False), "ClauseCountOutOfRange", ""),
        (
            lambda gate: gate.set_policy(
                1, [dataclasses.replace(CLAUSE, measure="recall")], development_allowed=False
            ),
            "MalformedClause",
            "",
        ),
    ],
)
def test_refusals_of_the_gate_have_names(
    chain: Chain, call: Callable[[Any], Any], name: str, words: str
) -> None:
    chain.gate.set_policy(1, [CLAUSE], development_allowed=False)
    head = chain.block_number()
    with pytest.raises(RevertedError) as caught:
        call(chain.gate)
    assert caught.value.name == name
    assert words in str(caught.value)
    assert caught.value.remedy
    assert chain.block_number() == head


def test_a_stranger_has_no_role(chain: Chain, provider: DisturbedProvider, tmp_path: Any) -> None:
    stranger = chain_on(provider, tmp_path / "stranger", account=funded_account(provider.node))
    stranger.attach(chain.deployment.path)
    gate = stranger.gate
    for call in (
        lambda: gate.set_policy(1, [CLAUSE], development_allowed=True),
        lambda: gate.approve_dataset(1, "test"),
        lambda: gate.deploy(1, 1),
        lambda: gate.revoke(1, 1),
    ):
        with pytest.raises(RevertedError) as caught:
            call()
        assert caught.value.name == "AccessControlUnauthorizedAccount"
    # but may have evidence counted, which proves itself
    assert stranger.metrics.submit(USE, proofs(chain)).evidence.complete
