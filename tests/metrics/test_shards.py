"""One shard: what is proved equals what loops over the rows count, in all three verifiers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ezkl_models import mlp
from metric_world import BACKEND, World, development, table, world

from zkattest.backends.sumcheck.verification import verify
from zkattest.errors import ProofMismatchError
from zkattest.metrics import Metric
from zkattest.srs import Srs

METRICS = {
    "accuracy": Metric("accuracy"),
    "accuracy-by-group": Metric("accuracy", groups=["sex", "age"]),
    "confusion-by-group": Metric("confusion", groups=["age"]),
    "at-least": Metric().at_least("accuracy", 0.05),
    "several-bounds": Metric().at_least("f1", 0.01).at_most("demographic_parity_gap", 1, group="sex"),
    "in-each-group": Metric().at_least("accuracy", 0.01, group="sex"),
}


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(15)


@pytest.fixture(scope="module")
def clinic(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("clinic") / "data", srs)


def proves(world: World, metric: Metric) -> None:
    """The statement shows what loops count, and both verifiers accept it."""
    keys = world.keys(metric)
    proof = world.prove(keys, metric)
    planned = world.plan(metric)
    expected = list(planned.thresholds) or world.counts(metric, world.store.shard(0).rows)
    assert proof.statement.public_values.tolist() == expected
    assert proof.statement.input_commitment == world.store.dataset.shard_identities[0]
    assert verify(keys.verifying, proof) is True
    assert verify(keys.verifying, proof, readable=True) is True


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_counts_are_proved(clinic: World, metric: Metric) -> None:
    proves(clinic, metric)


@pytest.mark.parametrize(
    "metric", [METRICS["confusion-by-group"], METRICS["several-bounds"]], ids=["confusion", "bounds"]
)
def test_padded_commitments(srs: Srs, tmp_path: Path, metric: Metric) -> None:
    proves(world(tmp_path / "data", srs, profile="gas"), metric)


@pytest.mark.parametrize(
    "metric",
    [
        Metric("top_k", k=2, groups=["sex"]),
        Metric("confusion"),
        Metric("top_k", k=3).at_least("top_k_accuracy", 0.01),
        Metric().at_least("recall_macro", 0.001),
    ],
    ids=str,
)
def test_four_classes(srs: Srs, tmp_path: Path, metric: Metric) -> None:
    proves(world(tmp_path / "data", srs, sizes=(6, 4, 4), rows=table(12, classes=4, seed=5)), metric)


@pytest.mark.parametrize("cut", [None, Fraction(1, 3)])
def test_one_output_and_two_classes(srs: Srs, tmp_path: Path, cut: Fraction | None) -> None:
    one = world(tmp_path / "data", srs, sizes=(6, 4, 1))
    proves(one, Metric("confusion", groups=["age"], cut=cut))


@pytest.mark.parametrize(
    "metric",
    [Metric("errors", groups=["sex"]), Metric().at_most("mae", 9), Metric().at_most("mse", 60)],
    ids=str,
)
@pytest.mark.parametrize("finer", [-2, 3])
def test_regression(srs: Srs, tmp_path: Path, metric: Metric, finer: int) -> None:
    model = mlp((6, 4, 1))
    rows = table() | {"y": (np.random.default_rng(3).normal(size=10) / 8).tolist()}
    scale = model.outputs[0].scale + finer
    proves(world(tmp_path / "data", srs, model=model, rows=rows, target="value", target_scale=scale), metric)


def test_unlabelled_rows_count_in_nothing(srs: Srs, tmp_path: Path) -> None:
    rows = table()
    rows["y"][3] = rows["y"][7] = None
    some = world(tmp_path / "data", srs, rows=rows, unlabelled=True)
    assert some.store.dataset.labelled == 8
    proves(some, Metric("confusion", groups=["sex"]))


def test_keys_of_a_metric_prove_no_inference(clinic: World) -> None:
    keys = clinic.keys(METRICS["accuracy"])
    x = clinic.model.quantise_input([0.0] * 6)
    with pytest.raises(ProofMismatchError, match="of a metric"):
        BACKEND.prove(keys, clinic.model, x, srs=clinic.srs)
    with pytest.raises(ProofMismatchError, match="of a metric"):
        BACKEND.commit_input(keys.verifying, x, srs=clinic.srs)
    with pytest.raises(ProofMismatchError, match="of inferences"):
        clinic.prove(BACKEND.setup(clinic.committed, srs=clinic.srs), METRICS["accuracy"])
