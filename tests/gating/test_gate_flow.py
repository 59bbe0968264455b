"""A gate that opens for a good model and stays shut for others, with native proofs on the embedded chain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from gate_world import Clinic, clinic
from metric_world import CAPACITY, development, table

import zkattest as zk
from zkattest.errors import DataSetMismatchError, PolicyError, ProofMismatchError, RevertedError
from zkattest.metrics import Metric


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    made = clinic(tmp_path_factory.mktemp("clinic"), development(15))
    yield made
    made.chain.close()


@pytest.fixture(scope="module")
def share(here: Clinic) -> float:
    """Accuracy of the model, as the chain was shown it."""
    submitted = here.submit("accuracy")
    right, labelled = submitted.evidence.values[:2]
    assert submitted.evidence.complete
    assert submitted.evidence.development_setup
    assert labelled == here.world.store.dataset.labelled
    return right / labelled


def test_the_counts_on_chain_are_the_models(here: Clinic, share: float) -> None:
    metric, _ = here.metrics["accuracy"]
    counts = here.world.counts(metric, here.world.store.shard(0).rows)
    assert share == counts[0] / counts[1]


def test_a_proof_is_counted_once_and_can_be_proved_again(here: Clinic, share: float) -> None:
    proof = here.prove("accuracy")
    key, dataset = here.metrics["accuracy"][1].verifying, here.world.store.dataset
    assert zk.check_metric(here.chain, proof, dataset)
    first = zk.submit_metric(here.chain, proof, key, dataset)
    head = here.chain.block_number()
    again = zk.submit_metric(here.chain, proof, key, dataset)
    assert (again.receipts, again.evidence) == ((), first.evidence)
    assert here.chain.block_number() == head
    assert here.submit("accuracy").evidence_id != first.evidence_id


def test_the_gate_opens_and_shuts(here: Clinic, share: float) -> None:
    chain, model_id, key = here.chain, here.model_id, here.keys.verifying
    clause = {"metric": "accuracy", "key": "accuracy.zkvk"}
    # shut: the bound is one unit above what was proved
    zk.policy.set(chain, model_id, here.policy({**clause, "at_least": share + 2**-16}))
    zk.gate.approve_data(chain, here.world.store.dataset, allow_unsafe=True)
    with pytest.raises(PolicyError, match="bound not reached"):
        zk.gate.validate(chain, model_id)
    with pytest.raises(RevertedError) as caught:
        zk.gate.deploy(chain, model_id, key, allow_unsafe=True)
    assert caught.value.name == "WrongState"
    assert "state=registered" in str(caught.value)
    # open
    zk.policy.set(chain, model_id, here.policy({**clause, "at_least": share}))
    found, receipt = zk.gate.validate(chain, model_id)
    assert (found.state, found.ready) == ("validated", True)
    assert zk.gate.validate(chain, model_id)[1] == receipt
    receipt = zk.gate.deploy(chain, model_id, key, allow_unsafe=True)
    assert zk.gate.deploy(chain, model_id, key, allow_unsafe=True) == receipt
    assert zk.gate.status(chain, model_id).state == "deployed"
    # a policy that counts no evidence of a development string shuts it
    zk.policy.set(chain, model_id, here.policy({**clause, "at_least": share}, development=False))
    found = zk.gate.status(chain, model_id)
    assert found.state == "registered"
    assert [each.verdict for each in found.clauses] == ["development set-up"]
    zk.policy.set(chain, model_id, here.policy({**clause, "at_least": share}))
    zk.gate.validate(chain, model_id)
    zk.gate.deploy(chain, model_id, key, allow_unsafe=True)
    # revoked, and back
    zk.gate.revoke(chain, model_id, reason_digest=b"\x07" * 32)
    assert zk.gate.status(chain, model_id).revoked
    with pytest.raises(RevertedError, match="VersionRevoked"):
        zk.gate.validate(chain, model_id)
    zk.gate.reinstate(chain, model_id)
    assert zk.gate.validate(chain, model_id)[0].state == "validated"
    zk.gate.deploy(chain, model_id, key, allow_unsafe=True)
    # the approval is withdrawn
    zk.gate.withdraw_data(chain, here.world.store.dataset)
    assert zk.gate.status(chain, model_id).state == "registered"
    zk.gate.lapse(chain, model_id)
    zk.gate.approve_data(chain, here.world.store.dataset, allow_unsafe=True)
    assert zk.gate.status(chain, model_id).state == "registered"
    events = [event.name for event in chain.gate.transitions(model_id, 1)]
    assert events[-5:] == ["Revoked", "Reinstated", "Validated", "Deployed", "Lapsed"]
    trail = {event.event for event in chain.audit(model_id)}
    assert {
        "PolicySet",
        "ShardCounted",
        "EvidenceCompleted",
        "MetricVerified",
        "Validated",
        "Deployed",
    } <= trail


def test_bounds_that_are_proved_of_hidden_counts(here: Clinic, share: float) -> None:
    chain, model_id = here.chain, here.model_id
    metric = Metric().at_least("accuracy", share).at_most("accuracy_gap", 1, group="sex")
    here.metric("bounded", metric)
    clauses = (
        {"metric": "accuracy", "at_least": share, "key": "bounded.zkvk"},
        {"metric": "accuracy_gap", "at_most": 1, "group": "sex", "key": "bounded.zkvk"},
    )
    record, _ = zk.policy.set(chain, model_id, here.policy(*clauses))
    assert [clause.scheme for clause in record.clauses] == ["thresholds"] * 3  # a gap of two groups is two
    if not chain.gate.is_dataset_approved(1):
        zk.gate.approve_data(chain, here.world.store.dataset, allow_unsafe=True)
    submitted = here.submit("bounded")
    assert submitted.evidence.values == here.world.plan(metric).thresholds
    assert zk.gate.validate(chain, model_id)[0].state == "validated"
    # thresholds that are lower than the policy's do not do
    higher = ({**clauses[0], "at_least": min(1.0, share + 0.01)}, clauses[1])
    zk.policy.set(chain, model_id, here.policy(*higher))
    found = zk.gate.status(chain, model_id)
    assert [each.verdict for each in found.clauses] == ["bound not reached", "satisfied", "satisfied"]


def test_shards_add_up(here: Clinic, share: float, tmp_path: Path) -> None:
    store = zk.data.commit(
        table(2 * CAPACITY - 3, seed=5),
        here.srs,
        tmp_path / "two",
        like=here.world.committed,
        shard_rows=CAPACITY,
        groups=["sex", "age"],
        label="y",
        parent=here.world.store.dataset.identity,
    )
    proof = here.prove("accuracy", store)
    key = here.metrics["accuracy"][1].verifying
    with pytest.raises(DataSetMismatchError, match="not registered"):
        zk.submit_metric(here.chain, proof, key, store.dataset)
    registered = zk.register_dataset(here.chain, store.dataset)
    assert here.chain.get_dataset(registered.dataset_id).parent_id == 1
    submitted = zk.submit_metric(here.chain, proof, key, store.dataset)
    metric, _ = here.metrics["accuracy"]
    counts = [here.world.counts(metric, store.shard(i).rows) for i in range(2)]
    assert submitted.evidence.values == tuple(map(sum, zip(*counts, strict=True)))
    assert (submitted.evidence.shards, len(submitted.receipts)) == ((0, 1), 2)
    with pytest.raises(DataSetMismatchError, match="another data set"):
        zk.submit_metric(here.chain, proof, key, here.world.store.dataset)


def test_proofs_of_something_else_are_named_before_they_are_sent(here: Clinic, share: float) -> None:
    metric, keys = here.metrics["accuracy"]
    dataset, key = here.world.store.dataset, keys.verifying
    head = here.chain.block_number()
    loose = zk.prove_metric(keys, here.world.model, here.world.store, metric, srs=here.srs)
    with pytest.raises(ProofMismatchError, match="bound to no chain"):
        zk.submit_metric(here.chain, loose, key, dataset)
    elsewhere = zk.prove_metric(
        keys,
        here.world.model,
        here.world.store,
        metric,
        srs=here.srs,
        binding=zk.bind(here.chain, here.model_id),  # the attestation registry's
    )
    with pytest.raises(ProofMismatchError, match="metric registry"):
        zk.submit_metric(here.chain, elsewhere, key, dataset)
    with pytest.raises(ProofMismatchError, match="another metric key"):
        zk.submit_metric(here.chain, loose, here.keys.verifying, dataset)
    assert here.chain.block_number() == head


def test_an_altered_count_is_no_evidence(here: Clinic, share: float) -> None:
    """The contract says no where the shown counts are others than the proved ones."""
    proof = here.prove("accuracy")
    one = proof.proofs[0]
    output = bytearray(one.statement.output)
    output[7] += 1
    statement = dataclasses.replace(one.statement, output=bytes(output))
    forged = dataclasses.replace(proof, proofs=(dataclasses.replace(one, statement=statement),))
    assert not zk.check_metric(here.chain, forged, here.world.store.dataset)
    with pytest.raises(RevertedError) as caught:
        zk.submit_metric(here.chain, forged, here.metrics["accuracy"][1].verifying, here.world.store.dataset)
    assert caught.value.name == "InvalidProof"


def test_a_development_data_set_is_approved_on_purpose_only(here: Clinic) -> None:
    with pytest.raises(PolicyError, match="development"):
        zk.gate.approve_data(here.chain, here.world.store.dataset)
