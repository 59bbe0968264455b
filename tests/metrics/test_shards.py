"""One shard: what is proved equals what loops over the rows count, in all three verifiers."""

from __future__ import annotations

import pytest
from metric_world import BACKEND, World, development, world

from zkattest.errors import ProofMismatchError
from zkattest.metrics import Metric
from zkattest.srs import Srs

METRICS = {
    "accuracy": Metric("accuracy"),
    "accuracy-by-group": Metric("accuracy", groups=["sex", "age"]),
    "confusion-by-group": Metric("confusion", groups=["age"]),
}


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module")
def clinic(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("clinic"), srs)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_counts_are_proved(clinic: World, metric: Metric) -> None:
    keys = clinic.keys(metric)
    proof = clinic.prove(keys, metric)
    expected = clinic.counts(metric, clinic.store.shard(0).rows)
    assert proof.statement.public_values.tolist() == expected
    assert proof.statement.input_commitment == clinic.store.dataset.shard_identities[0]
    assert BACKEND.verify(keys.verifying, proof) is True
    assert BACKEND.verify_by_reference(keys.verifying, proof) is True


def test_keys_of_a_metric_prove_no_inference(clinic: World) -> None:
    keys = clinic.keys(METRICS["accuracy"])
    x = clinic.model.quantise_input([0.0] * 6)
    with pytest.raises(ProofMismatchError, match="of a metric"):
        BACKEND.prove(keys, clinic.model, x, srs=clinic.srs)
    with pytest.raises(ProofMismatchError, match="of a metric"):
        BACKEND.commit_input(keys.verifying, x, srs=clinic.srs)
    with pytest.raises(ProofMismatchError, match="of inferences"):
        clinic.prove(BACKEND.setup(clinic.committed, srs=clinic.srs), METRICS["accuracy"])
