"""Cheats across keys, data sets and files, each of which looks right to all checks but one."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from metric_world import BACKEND, CAPACITY, World, development, world

import zkattest as zk
from zkattest.backends.base import Keys
from zkattest.backends.sumcheck import verification
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.datasets import DataSet
from zkattest.encoding import Writer
from zkattest.errors import DataSetMismatchError, FormatError, MetricError, ProofMismatchError
from zkattest.metrics import Bound, Metric, plan
from zkattest.metrics.metric import MOST_BOUNDS, exact
from zkattest.metrics.proof import MetricProof
from zkattest.srs import Srs
from zkattest.statements import decode_output, encode_output

ACCURACY = Metric("accuracy")


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(15)


@pytest.fixture(scope="module")
def padded(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Boxes of powers of two: data sets of several shapes have one layout."""
    return world(tmp_path_factory.mktemp("padded") / "data", srs, profile="gas")


@pytest.fixture(scope="module")
def keys(padded: World) -> Keys:
    return zk.setup_metric(padded.committed, padded.srs, ACCURACY, padded.store)


@pytest.fixture(scope="module")
def proof(padded: World, keys: Keys) -> MetricProof:
    return zk.prove_metric(keys, padded.model, padded.store, ACCURACY, srs=padded.srs)


def test_integers_of_a_metric_are_no_output(padded: World, srs: Srs) -> None:
    """Thresholds may be anything that is reached or less: as outputs they would be whatever one likes."""
    metric = Metric().at_least("accuracy", 0)
    keys = zk.setup_metric(padded.committed, srs, metric, padded.store)
    proof = zk.prove_metric(keys, padded.model, padded.store, metric, srs=srs).proofs[0]
    assert verification.verify(keys.verifying, proof)
    for judge in (zk.verify, zk.verify_by_reference):
        with pytest.raises(ProofMismatchError, match="of a metric"):
            judge(proof, keys.verifying)
    with pytest.raises(ProofMismatchError, match="of a metric"):
        BACKEND.verify(keys.verifying, proof)  # what attestation documents are made and judged with


def relabelled(proof: MetricProof, dataset: DataSet) -> MetricProof:
    """The proof, said to be about another data set."""
    return dataclasses.replace(proof, dataset=dataset.identity)


@pytest.mark.parametrize("capacity", [CAPACITY - 1, CAPACITY + 4])
def test_rows_that_a_registration_does_not_cover_are_not_counted(
    padded: World, keys: Keys, proof: MetricProof, capacity: int
) -> None:
    """In a box of 16 rows, 11, 12 and 16 rows are the same cells: labels behind the capacity that is
    registered may be any integers, and a key for more rows would count them."""
    dataset = padded.store.dataset
    schema = dataclasses.replace(dataset.schema, capacity=capacity)
    other = dataclasses.replace(dataset, schema=schema)
    assert other.shard_identities == dataset.shard_identities
    with pytest.raises(DataSetMismatchError, match=f"have {capacity}"):
        zk.verify_metric(relabelled(proof, other), keys.verifying, other)


def test_groups_in_one_box_are_not_mistaken(padded: World, keys: Keys, proof: MetricProof) -> None:
    """Three and four groups are the same cells, too."""
    dataset = padded.store.dataset
    sex, age = dataset.schema.groups
    more = dataclasses.replace(age, values=(*age.values, "ancient"))
    other = dataclasses.replace(dataset, schema=dataclasses.replace(dataset.schema, groups=(sex, more)))
    assert other.shard_identities == dataset.shard_identities
    with pytest.raises(ProofMismatchError, match="another metric"):
        zk.verify_metric(relabelled(proof, other), keys.verifying, other)


def test_registrations_under_a_string_of_ones_own_are_refused(
    padded: World, keys: Keys, proof: MetricProof
) -> None:
    """[tau]_2 is no part of the identity: who knows tau could register any rows under the same one."""
    forged = dataclasses.replace(padded.store.dataset, tau_g2=development(6).tau_g2)
    assert forged.identity == padded.store.dataset.identity
    with pytest.raises(DataSetMismatchError, match="another set-up string"):
        zk.verify_metric(proof, keys.verifying, forged)


def test_thresholds_below_the_bounds_prove_nothing(padded: World, srs: Srs) -> None:
    """The circuit holds for any threshold that is reached; what the bounds need is the verifier's to know."""
    metric = Metric().at_least("accuracy", 0)
    keys = zk.setup_metric(padded.committed, srs, metric, padded.store)
    honest = zk.prove_metric(keys, padded.model, padded.store, metric, srs=srs)
    claimed = Metric().at_least("accuracy", 1)
    assert plan(claimed, padded.model, padded.store.dataset.schema).score == padded.plan(metric).score
    verdict = zk.verify_metric(
        dataclasses.replace(honest, metric=claimed), keys.verifying, padded.store.dataset
    )
    assert not verdict
    assert "lower than the bounds need" in verdict.reason
    # and a higher one is another statement
    statement = honest.proofs[0].statement
    values = decode_output(statement.output) + (1 << 16)
    shown = dataclasses.replace(
        honest.proofs[0], statement=dataclasses.replace(statement, output=encode_output(values))
    )
    raised = dataclasses.replace(honest, metric=claimed, proofs=(shown,))
    assert not zk.verify_metric(raised, keys.verifying, padded.store.dataset)


def test_inspecting_a_key_judges_it(keys: Keys) -> None:
    """Contracts trust the weights of a registered model to be in range: who deploys looks at its key."""
    key = keys.verifying
    assert str(zk.inspect(key.to_bytes()).fields["good"]).startswith("yes")
    data = VerifierData.from_bytes(key.payload)
    proof = bytearray(data.registration_proof)
    proof[-1] ^= 1
    forged = dataclasses.replace(data, registration_proof=bytes(proof))
    other = dataclasses.replace(key, payload=forged.to_bytes())
    assert str(zk.inspect(other.to_bytes()).fields["good"]).startswith("no: ")


# --- hostile files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1e99999999", "1E+1_0_0_0", "1e-999999999", Decimal("1e99999999")])
def test_numbers_that_no_memory_holds_are_refused(text: str | Decimal) -> None:
    with pytest.raises(MetricError, match="finite number"):
        exact(text)


def test_a_file_cannot_hold_such_a_number() -> None:
    writer = Writer(Metric.MAGIC, Metric.VERSION).text("").text("").u16(0).u16(0).u16(1)
    for text in ("at most", "mae", "1e99999999", "", ""):
        writer.text(text)
    with pytest.raises(FormatError, match="finite number"):
        Metric.from_bytes(writer.finish())


def test_more_bounds_than_a_proof_can_have_are_refused() -> None:
    bounds = tuple(Bound("at least", "accuracy", exact(number) / 1000) for number in range(MOST_BOUNDS + 1))
    assert len(Metric(bounds=bounds[1:]).bounds) == MOST_BOUNDS
    with pytest.raises(MetricError, match=f"at most {MOST_BOUNDS}"):
        Metric(bounds=bounds)
