"""Every way of claiming a better metric than the model has, by name: none passes.

A cheat here has the whole prover in hand: it lays other rows under the commitment than it holds (`moved`),
has the model say what it does not (`Lying`), states what is not so (`stating`), or recombines honest proofs.
Verdicts are of the verifier; the prover's own check at the end is off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ezkl_models import Builder, quantised
from metric_world import CAPACITY, CLASSES, CONTEXT, World, development, moved, table, world

import zkattest as zk
from zkattest.backends.base import Keys, Proof
from zkattest.backends.sumcheck import metric as prover
from zkattest.backends.sumcheck import proving, verification
from zkattest.datasets import DataSet
from zkattest.errors import (
    DataSetMismatchError,
    MetricError,
    NonFiniteError,
    ProofMismatchError,
    ProvingError,
)
from zkattest.frontend import QuantisedModel
from zkattest.metrics import Metric
from zkattest.metrics.proof import MetricProof
from zkattest.srs import Srs
from zkattest.statements import Binding, encode_output

HONEST = Metric("confusion", groups=["sex"])


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module")
def clinic(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Ten rows in a shard for twelve."""
    return world(tmp_path_factory.mktemp("clinic") / "data", srs)


@pytest.fixture(scope="module")
def keys(clinic: World) -> Keys:
    return clinic.keys(HONEST)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The prover hands out whatever it made."""
    real = verification.verify

    class Silent:
        """Stands for the module in the prover's eyes."""

        verify = staticmethod(lambda key, proof: True)
        check_srs = staticmethod(verification.check_srs)

    monkeypatch.setattr(proving, "verification", Silent)
    yield
    assert verification.verify is real


def judged(world: World, keys: Keys, *proofs: Proof, dataset: DataSet | None = None) -> str:
    """The reason of the verdict, which is no."""
    dataset = world.store.dataset if dataset is None else dataset
    verdict = zk.verify_metric(
        MetricProof(HONEST, dataset.identity, proofs), keys.verifying, dataset, srs=world.srs
    )
    assert not verdict
    return verdict.reason


def stating(proof: Proof, **fields: Any) -> Proof:
    """The same bytes for another statement."""
    return dataclasses.replace(proof, statement=dataclasses.replace(proof.statement, **fields))


def counting(proof: Proof, counts: list[int]) -> Proof:
    return stating(proof, output=encode_output(np.array(counts, dtype=np.int64)))


def test_the_honest_proof_is_accepted(clinic: World, keys: Keys) -> None:
    proof = MetricProof(HONEST, clinic.store.identity, (clinic.prove(keys, HONEST),))
    assert zk.verify_metric(proof, keys.verifying, clinic.store.dataset, srs=clinic.srs)


# --- other rows under the commitment -------------------------------------------------------------------


def label_flipped(world: World) -> dict[str, Any]:
    label = world.store.shard(0).rows.label.copy()
    label[4] = 1 - label[4]
    return {"label": label}


def row_counted_twice(world: World) -> dict[str, Any]:
    rows = world.store.shard(0).rows
    again = np.array([*range(rows.count), 3])
    return {
        "x": rows.x[again],
        "label": rows.label[again],
        "groups": tuple(group[again] for group in rows.groups),
    }


def row_replaced_by_another(world: World) -> dict[str, Any]:
    rows = world.store.shard(0).rows
    order = np.array([*range(rows.count - 1), 3])
    return {
        "x": rows.x[order],
        "label": rows.label[order],
        "groups": tuple(group[order] for group in rows.groups),
    }


def row_dropped(world: World) -> dict[str, Any]:
    rows = world.store.shard(0).rows
    label, groups = rows.label.copy(), tuple(group.copy() for group in rows.groups)
    for array in (label, *groups):
        array[2] = -1
    return {"label": label, "groups": groups}


def padding_row_counted(world: World) -> dict[str, Any]:
    """A twelfth row of zeros, labelled with what the model says of zeros."""
    rows = world.store.shard(0).rows
    said = int(np.argmax(world.model.execute(np.zeros_like(rows.x[0]))))
    return {
        "x": np.concatenate([rows.x, np.zeros_like(rows.x[:1])]),
        "label": np.append(rows.label, said),
        "groups": tuple(np.append(group, 0) for group in rows.groups),
    }


def group_mislabelled(world: World) -> dict[str, Any]:
    sex, age = (group.copy() for group in world.store.shard(0).rows.groups)
    sex[5] = 1 - sex[5]
    return {"groups": (sex, age)}


def features_changed(world: World) -> dict[str, Any]:
    x = world.store.shard(0).rows.x.copy()
    x[1] = -x[1]
    return {"x": x}


MOVED: list[Callable[[World], dict[str, Any]]] = [
    label_flipped,
    row_counted_twice,
    row_replaced_by_another,
    row_dropped,
    padding_row_counted,
    group_mislabelled,
    features_changed,
]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("cheat", MOVED, ids=lambda cheat: cheat.__name__)
def test_rows_are_those_committed_to(
    clinic: World, keys: Keys, cheat: Callable[[World], dict[str, Any]]
) -> None:
    shard = moved(clinic.store.shard(0), clinic, **cheat(clinic))
    assert "does not hold" in judged(clinic, keys, clinic.prove(keys, HONEST, shard))


@pytest.mark.parametrize("cheat", MOVED, ids=lambda cheat: cheat.__name__)
def test_an_honest_prover_drops_such_a_proof(
    clinic: World, keys: Keys, cheat: Callable[[World], dict[str, Any]]
) -> None:
    shard = moved(clinic.store.shard(0), clinic, **cheat(clinic))
    with pytest.raises(ProvingError, match="does not verify"):
        clinic.prove(keys, HONEST, shard)


def test_more_labels_than_registered(clinic: World, keys: Keys, srs: Srs, tmp_path: Path) -> None:
    """A shard that was committed to with its padding labelled, and a manifest that says it was not."""
    rows = table(CAPACITY)
    padded = world(tmp_path / "data", srs, rows=rows)
    record = dataclasses.replace(padded.store.dataset.shards[0], rows=10, labelled=10)
    lying = dataclasses.replace(padded.store.dataset, shards=(record,))
    proof = World(clinic.committed, padded.store, srs).prove(keys, HONEST)
    reason = judged(clinic, keys, proof, dataset=lying)
    assert "registration proof" in reason
    # with the registration of ten rows, which was not made for this commitment
    other = dataclasses.replace(record, registration=clinic.store.dataset.shards[0].registration)
    stolen = dataclasses.replace(padded.store.dataset, shards=(other,))
    assert "registration proof" in judged(clinic, keys, proof, dataset=stolen)


# --- rows of another set --------------------------------------------------------------------------------


def test_rows_of_another_set(clinic: World, keys: Keys, srs: Srs, tmp_path: Path) -> None:
    easier = World(clinic.committed, world(tmp_path / "data", srs, rows=table(seed=2)).store, srs)
    proof = easier.prove(keys, HONEST)
    assert "other rows" in judged(clinic, keys, proof)
    named = stating(proof, input_commitment=clinic.store.dataset.shard_identities[0])
    assert "does not hold" in judged(clinic, keys, named)
    with pytest.raises(DataSetMismatchError, match="about the data set"):
        zk.verify_metric(
            MetricProof(HONEST, easier.store.identity, (proof,)), keys.verifying, clinic.store.dataset
        )


# --- what the model did not say -------------------------------------------------------------------------


class Lying:
    """Changes what the model is seen to say: its last node's outputs, row by row, and their accumulators, so
    that rounding is right and nothing but the products is not."""

    def __init__(self, change: Callable[[int, np.ndarray], np.ndarray]) -> None:
        self._change, self._row, self._real = change, -1, prover.sample

    def __call__(self, model: QuantisedModel, trace: Any) -> Any:
        self._row += 1
        x, accumulators, outputs = self._real(model, trace)
        said = self._change(self._row, outputs[-1].copy())
        moved_by = (said - outputs[-1]) << model.nodes[-1].shift
        return x, [*accumulators[:-1], accumulators[-1] + moved_by], [*outputs[:-1], said]


def tied_model() -> QuantisedModel:
    """Both logits are equal on every row."""

    def build(b: Builder) -> str:
        column = np.random.default_rng(0).normal(size=(6, 1))
        return b.op("Gemm", "x", b.constant(np.repeat(column, 2, axis=1)), b.constant([0.5, 0.5]))

    return quantised((1, 6), build)


@pytest.mark.usefixtures("unchecked")
def test_a_tie_is_resolved_as_numpy_does(srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tied = world(tmp_path / "data", srs, model=tied_model())
    keys = tied.keys(HONEST)
    proof = tied.prove(keys, HONEST)
    rows = tied.store.shard(0).rows
    first = int(np.sum(rows.label == 0))
    result = zk.verify_metric(
        MetricProof(HONEST, tied.store.identity, (proof,)), keys.verifying, tied.store.dataset
    ).result
    assert result.overall.confusion == ((first, 0), (rows.count - first, 0))
    # the statement alone says that ties went the prover's way
    counts = proof.statement.public_values.reshape(-1, 2, 2)
    right = counts.sum(axis=2)
    better = [int(n) for ill, well in right for n in (ill, 0, 0, well)]
    assert "does not hold" in judged(tied, keys, counting(proof, better))
    # the witness says so, too: the label's logit is seen one higher
    labels = rows.label

    def favour(row: int, logits: np.ndarray) -> np.ndarray:
        if row < len(labels):
            logits[labels[row]] += 1
        return logits

    monkeypatch.setattr(prover, "sample", Lying(favour))
    lied = tied.prove(keys, HONEST)
    assert lied.statement.public_values.tolist() == better
    assert "does not hold" in judged(tied, keys, lied)


@pytest.mark.usefixtures("unchecked")
def test_predictions_of_the_float_model(srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that the float model gets right and the quantised one does not: its accuracy is 0, not 1."""
    rng = np.random.default_rng(0)
    column = rng.normal(size=(6, 1))
    weight = np.concatenate([column, column + rng.normal(size=(6, 1)) / 50], axis=1).astype(np.float32)
    model = quantised((1, 6), lambda b: b.op("Gemm", "x", b.constant(weight), b.constant([0.0, 0.0])))
    x = rng.uniform(-1, 1, size=(4000, 6)).round(3)
    by_floats = np.argmax(x.astype(np.float32) @ weight, axis=1)
    by_integers = np.array([int(np.argmax(model.execute(model.quantise_input(one)))) for one in x])
    chosen = np.flatnonzero(by_floats != by_integers)[:10]
    assert len(chosen) == 10
    rows = table()
    rows |= {f"x{i}": x[chosen, i] for i in range(6)} | {"y": [CLASSES[i] for i in by_floats[chosen]]}
    differing = world(tmp_path / "data", srs, model=model, rows=rows, classes=CLASSES, clip=True)
    keys = differing.keys(HONEST)
    proof = differing.prove(keys, HONEST)
    labels = differing.store.shard(0).rows.label
    result = zk.verify_metric(
        MetricProof(HONEST, differing.store.identity, (proof,)), keys.verifying, differing.store.dataset
    ).result
    assert result["accuracy"] == 0
    counts = proof.statement.public_values.reshape(-1, 2, 2)
    claimed = counts[:, :, ::-1].reshape(-1).tolist()  # every wrong answer as a right one
    assert "does not hold" in judged(differing, keys, counting(proof, claimed))

    def favour(row: int, logits: np.ndarray) -> np.ndarray:
        if row < len(labels):
            most, least = int(logits.max()), int(logits.min())
            logits[1 - labels[row]] = least - (most == least)
            logits[labels[row]] = most
        return logits

    monkeypatch.setattr(prover, "sample", Lying(favour))
    lied = differing.prove(keys, HONEST)
    assert lied.statement.public_values.tolist() == claimed
    assert "does not hold" in judged(differing, keys, lied)


def test_counts_are_part_of_the_statement(clinic: World, keys: Keys) -> None:
    proof = clinic.prove(keys, HONEST)
    counts = proof.statement.public_values.tolist()
    for place in range(len(counts)):
        changed = list(counts)
        changed[place] += 1
        assert "does not hold" in judged(clinic, keys, counting(proof, changed))


# --- shards ---------------------------------------------------------------------------------------------


def test_a_shard_reused_left_out_or_out_of_order(clinic: World, keys: Keys, srs: Srs, tmp_path: Path) -> None:
    store = world(tmp_path / "data", srs, rows=table(30)).store
    wide = World(clinic.committed, store, srs)
    first, second, third = (wide.prove(keys, HONEST, store.shard(i)) for i in range(3))
    assert zk.verify_metric(
        MetricProof(HONEST, store.identity, (first, second, third)), keys.verifying, store.dataset
    )
    assert "shard 1 is about other rows" in judged(wide, keys, first, first, third)
    assert "shard 0 is about other rows" in judged(wide, keys, second, first, third)
    assert "proofs of 2 shards" in judged(wide, keys, first, second)
    assert "proofs of 4 shards" in judged(wide, keys, first, second, third, third)
    renamed = stating(first, input_commitment=second.statement.input_commitment)
    assert "shard 1 does not hold" in judged(wide, keys, first, renamed, third)


def test_a_data_commitment_under_another_row_size(
    clinic: World, keys: Keys, srs: Srs, tmp_path: Path
) -> None:
    schema, size = clinic.store.dataset.schema, clinic.store.dataset.row_size
    rows = zk.data.Rows(size // 2)
    store = zk.data.commit(
        table(), srs, tmp_path / "data", like=rows, schema=schema, label="y", groups=["sex", "age"]
    )
    other = World(clinic.committed, store, srs)
    with pytest.raises(DataSetMismatchError, match=f"rows of {size // 2} cells"):
        other.prove(keys, HONEST)
    with pytest.raises(DataSetMismatchError, match=f"rows of {size // 2} cells"):
        zk.prove_metric(keys, clinic.model, store, HONEST, srs=srs)
    with pytest.raises(DataSetMismatchError, match=f"rows of {size // 2} cells"):
        zk.setup_metric(clinic.committed, srs, HONEST, store)
    honest = clinic.prove(keys, HONEST)
    moved_ = stating(honest, input_commitment=store.dataset.shard_identities[0])
    proof = MetricProof(HONEST, store.identity, (moved_,))
    with pytest.raises(DataSetMismatchError):
        zk.verify_metric(proof, keys.verifying, store.dataset)
    assert verification.verify(keys.verifying, moved_) is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"groups": ["age", "sex"]}, "another metric"), ({"shard_rows": 20}, "box")],
    ids=["other-groups", "another-capacity"],
)
def test_shards_of_other_shapes(
    clinic: World, keys: Keys, srs: Srs, tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    store = world(tmp_path / "data", srs, **options).store
    with pytest.raises((DataSetMismatchError, ProofMismatchError), match=expected):
        zk.prove_metric(keys, clinic.model, store, HONEST, srs=srs)


# --- bindings -------------------------------------------------------------------------------------------


def test_a_threshold_proof_is_of_one_version(clinic: World) -> None:
    metric = Metric().at_least("accuracy", 0.05)
    keys = clinic.keys(metric)
    first = Binding(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 1, 1, CONTEXT)
    second = dataclasses.replace(first, version=2)
    dataset = clinic.store.dataset
    proof = zk.prove_metric(keys, clinic.model, clinic.store, metric, srs=clinic.srs, binding=first)
    assert zk.verify_metric(proof, keys.verifying, dataset, binding=first)
    verdict = zk.verify_metric(proof, keys.verifying, dataset, binding=second)
    assert "not bound to the use" in verdict.reason
    (shard,) = proof.proofs
    with pytest.raises(ProofMismatchError, match="context"):
        shard.bound_to(second)
    context = second.context(shard.statement.model_hash)
    replayed = dataclasses.replace(
        shard, statement=dataclasses.replace(shard.statement, context=context), binding=second
    )
    verdict = zk.verify_metric(
        dataclasses.replace(proof, proofs=(replayed,)), keys.verifying, dataset, binding=second
    )
    assert "does not hold" in verdict.reason


def test_thresholds_are_part_of_the_statement(clinic: World) -> None:
    low, high = Metric().at_least("accuracy", 0.05), Metric().at_least("accuracy", 0.99)
    keys = clinic.keys(low)
    proof = clinic.prove(keys, low)
    raised = counting(proof, list(clinic.plan(high).thresholds))
    for one, reason in ((proof, "lower than the bounds need"), (raised, "does not hold")):
        verdict = zk.verify_metric(
            MetricProof(high, clinic.store.identity, (one,)), keys.verifying, clinic.store.dataset
        )
        assert reason in verdict.reason


# --- rows that are none ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_rows_are_refused(srs: Srs, tmp_path: Path, value: float) -> None:
    rows = table()
    rows["x2"][7] = value
    with pytest.raises(NonFiniteError, match="Row 7"):
        world(tmp_path / "data", srs, rows=rows)


# --- keys of another meaning ----------------------------------------------------------------------------


def test_features_at_another_scale(clinic: World, keys: Keys, srs: Srs, tmp_path: Path) -> None:
    """The integers would be inputs of the circuit, and mean other features."""
    schema = clinic.store.dataset.schema
    features = dataclasses.replace(schema.features, scale=schema.features.scale - 1)
    store = zk.data.commit(
        table(),
        srs,
        tmp_path / "data",
        like=zk.data.Rows(clinic.store.dataset.row_size),
        schema=dataclasses.replace(schema, features=features),
        label="y",
        groups=["sex", "age"],
    )
    with pytest.raises(MetricError, match="scale"):
        zk.prove_metric(keys, clinic.model, store, HONEST, srs=srs)
    made = prover.prove_shard(keys, clinic.model, store.shard(0), srs=srs)
    with pytest.raises(MetricError, match="scale"):
        zk.verify_metric(MetricProof(HONEST, store.identity, (made,)), keys.verifying, store.dataset)
