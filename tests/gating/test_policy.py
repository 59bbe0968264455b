"""Policies: what they may say, and that a metric key is refused unless its circuit is what the words say."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from ezkl_models import mlp
from gate_world import Clinic, clinic
from metric_world import development, table, world

import zkattest as zk
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.chain.gate import ALL, NEVER
from zkattest.errors import (
    DataSetMismatchError,
    MetricError,
    PolicyError,
    ProofMismatchError,
    UnsupportedByBackendError,
)
from zkattest.gating.document import read_policy
from zkattest.metrics import Metric

CLAUSE = {"metric": "accuracy", "at_least": 0.9, "key": "accuracy.zkvk"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    made = clinic(tmp_path_factory.mktemp("clinic"), development(15))
    made.metric("confusion", Metric("confusion", groups=["sex"]))
    yield made
    made.chain.close()


def compiled(here: Clinic, *clauses: dict[str, Any], **more: Any) -> zk.policy.CompiledPolicy:
    return zk.policy.compile(here.chain, here.model_id, here.policy(*clauses, **more))


# --- the file -----------------------------------------------------------------------------------------


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        'model = "m"\n[[clause]]\nmetric = "recall"\nclass = "ill"\nat_least = "9/10"\n'
        'data = "d"\nkey = "k"\n'
        'max_age = "12h"\nmin_labelled = 5\n'
    )
    clause = {"metric": "recall", "class": "ill", "at_least": "9/10", "data": "d", "key": "k"}
    content = {"model": "m", "clause": [{**clause, "max_age": "12h", "min_labelled": 5}]}
    (tmp_path / "p.json").write_text(json.dumps(content))
    first, second = (read_policy(tmp_path / name) for name in ("p.toml", "p.json"))
    assert first.clauses == second.clauses
    (found,) = first.clauses
    assert (found.threshold, found.seconds, found.side) == (Fraction(9, 10), 12 * 3600, "at least")
    assert first.file("k") == tmp_path / "k"
    assert not first.development


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at_least": None}, "no bound"),
        ({"at_most": 0.1}, "two bounds"),
        ({"max_age": "90 days"}, "no duration"),
        ({"max_age": "0d"}, "no duration"),
        ({"max_age": None}, "max_age"),
        ({"at_least": "much"}, "finite number"),
        ({"value": "f"}, "of no column"),
        ({"metrics": "accuracy"}, "metrics"),
        ({"min_labelled": -1}, "min_labelled"),
        ({"k": 1.5}, "k"),
    ],
)
def test_files_that_are_no_policies(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    clause = {**CLAUSE, "data": "d", "max_age": "90d", **changes}
    content = {"model": "m", "clause": [{name: value for name, value in clause.items() if value is not None}]}
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(content))
    with pytest.raises(PolicyError, match=words):
        read_policy(path)


@pytest.mark.parametrize("text", ["", "[]", "model = ", '{"model": "m", "clause": []}', '{"path": "p"}'])
def test_files_that_are_no_files_of_policies(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text)
    with pytest.raises(PolicyError):
        read_policy(path)


# --- translation --------------------------------------------------------------------------------------


def test_words_become_clauses(here: Clinic) -> None:
    confusion = {"key": "confusion.zkvk", "max_age": "never", "min_labelled": 4}
    found = compiled(
        here,
        {**CLAUSE, "group": "sex", "value": "m"},
        {**confusion, "metric": "recall", "at_least": 0.5},
        {**confusion, "metric": "precision", "class": "ill", "at_least": 0.5, "group": "sex"},
        {**confusion, "metric": "demographic_parity_gap", "at_most": 0.1, "group": "sex"},
        {**confusion, "metric": "error_rate", "at_most": 0.25},
        {**confusion, "metric": "balanced_accuracy", "at_least": 1},
    )
    assert found.development_allowed
    rows = [
        (c.measure, c.column, c.group, c.of_class, c.threshold, c.min_labelled, c.max_age)
        for c in found.clauses
    ]
    names = list(dict(here.world.plan(Metric("confusion")).columns.groups)["sex"])
    ill = list(here.world.plan(Metric("confusion")).columns.classes).index("ill")
    assert rows == [
        ("accuracy", 1, names.index("m"), 0, 58_983, 1, 90 * 86_400),
        ("recall", 0, ALL, 1, 32_768, 4, NEVER),
        ("precision", 1, 0, ill, 32_768, 4, NEVER),
        ("precision", 1, 1, ill, 32_768, 4, NEVER),
        ("demographic_parity_gap", 1, ALL, 1, 6_553, 4, NEVER),
        ("accuracy", 0, ALL, 0, 49_152, 4, NEVER),
        ("balanced_accuracy", 0, ALL, 0, 65_536, 4, NEVER),
    ]
    assert {c.circuit_hash for c in found.clauses[1:]} == {
        here.metrics["confusion"][1].verifying.circuit_hash
    }
    assert (found.clauses[1].reveal, found.clauses[1].groups) == ("confusion", (1, 2))
    record, _ = zk.policy.set(here.chain, here.model_id, here.policy(CLAUSE))
    assert zk.policy.show(here.chain, here.model_id) == record
    head = here.chain.block_number()
    assert zk.policy.set(here.chain, here.model_id, here.policy(CLAUSE))[0] == record
    assert here.chain.block_number() == head


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"metric": "recall"}, PolicyError, "cannot compute"),
        (
            {"metric": "accuracy_gap", "at_least": None, "at_most": 0.1, "group": "sex"},
            PolicyError,
            "prove it",
        ),
        ({"metric": "top_k_accuracy"}, PolicyError, "cannot compute"),
        ({"metric": "auc"}, PolicyError, "cannot compute"),
        ({"at_least": 1.5}, MetricError, "accuracy"),
        ({"at_least": None, "at_most": 0.5}, MetricError, "at most"),
        ({"group": "age"}, PolicyError, "does not count over"),
        ({"group": "height"}, PolicyError, "does not count over"),
        ({"group": "sex", "value": "x"}, PolicyError, "no group"),
        ({"k": 2}, MetricError, "k is 2"),
        ({"cut": 0.5}, MetricError, "cut"),
        ({"key": "confusion.zkvk", "metric": "recall", "class": "dead"}, PolicyError, "no class"),
        (
            {
                "key": "confusion.zkvk",
                "metric": "equal_opportunity_gap",
                "group": "sex",
                "value": "m",
                "at_least": None,
                "at_most": 0.1,
            },
            PolicyError,
            "between all groups",
        ),
        ({"key": "model.zkvk"}, ProofMismatchError, "of no metric"),
    ],
)
def test_what_the_metric_key_does_not_answer(
    here: Clinic, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    clause = {name: value for name, value in {**CLAUSE, **changes}.items() if value is not None}
    with pytest.raises(error, match=words):
        compiled(here, clause)


def test_the_models_key_is_the_registered_one(here: Clinic, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="key of a metric"):
        compiled(here, CLAUSE, model="accuracy.zkvk")
    other = zk.commit(mlp((6, 4, 2)), here.srs, batch=12)  # another commitment to the same weights
    keys = zk.setup(other, here.srs)
    (here.directory / "other.zkvk").write_bytes(keys.verifying.to_bytes())
    with pytest.raises(ProofMismatchError, match="registered with"):
        compiled(here, CLAUSE, model="other.zkvk")


def test_a_metric_that_no_contract_takes_proofs_of_is_refused(here: Clinic, tmp_path: Path) -> None:
    """Its clause could never be met."""
    fast = world(tmp_path / "data", here.srs, rows=table(10), profile="speed")
    keys = zk.setup_metric(fast.committed, here.srs, Metric("accuracy", groups=["sex"]), fast.store)
    (here.directory / "fast.zkvk").write_bytes(keys.verifying.to_bytes())
    with pytest.raises(UnsupportedByBackendError, match="no evaluation part"):
        compiled(here, {**CLAUSE, "key": "fast.zkvk"})


def test_a_metric_of_another_architecture_is_refused(here: Clinic, tmp_path: Path) -> None:
    """Its proofs would hold, of another function."""
    other = world(tmp_path / "data", here.srs, rows=table(10), sizes=(6, 5, 2))
    keys = zk.setup_metric(other.committed, here.srs, Metric("accuracy", groups=["sex"]), other.store)
    (here.directory / "wider.zkvk").write_bytes(keys.verifying.to_bytes())
    with pytest.raises(ProofMismatchError, match="another architecture"):
        compiled(here, {**CLAUSE, "key": "wider.zkvk"})


def test_a_key_whose_circuit_is_not_its_scores_is_refused(here: Clinic) -> None:
    """A key that says "accuracy" and holds the circuit of another score: what a cheat would register."""
    honest, lying = (here.metrics[name][1].verifying for name in ("accuracy", "confusion"))
    data = VerifierData.from_bytes(lying.payload)
    shape = VerifierData.from_bytes(honest.payload).shape
    payload = dataclasses.replace(data, shape=shape).to_bytes()
    (here.directory / "lying.zkvk").write_bytes(dataclasses.replace(lying, payload=payload).to_bytes())
    with pytest.raises(ProofMismatchError):
        compiled(here, {**CLAUSE, "key": "lying.zkvk"})


def test_a_bounded_key_is_named_with_all_its_bounds_in_order(here: Clinic) -> None:
    here.metric("two", Metric().at_least("accuracy", 0.1).at_least("recall", 0.2))
    first = {"metric": "accuracy", "at_least": 0.3, "key": "two.zkvk"}
    second = {"metric": "recall", "at_least": 0.4, "key": "two.zkvk"}
    found = compiled(here, first, CLAUSE, second)  # other thresholds are other statements of the same circuit
    assert [(c.scheme, c.index, c.threshold) for c in found.clauses] == [
        ("thresholds", 0, 19_661),
        ("counts", 0, 58_983),
        ("thresholds", 1, 26_215),
    ]
    for clauses in ((first,), (second, first), (first, second, second)):
        with pytest.raises(PolicyError, match="other bounds"):
            compiled(here, *clauses)
    with pytest.raises(PolicyError, match="in each group"):
        compiled(here, {**first, "group": "sex", "value": "m"}, second)


def test_data_sets_that_the_key_does_not_read(here: Clinic, tmp_path: Path) -> None:
    for name, options, error, words in (
        ("unregistered", {}, DataSetMismatchError, "not registered"),
        ("smaller", {"shard_rows": 11}, DataSetMismatchError, "rows|box"),
        ("fewer groups", {"groups": ["sex"]}, DataSetMismatchError, "stores|box"),
    ):
        options = {"shard_rows": 12, "groups": ["sex", "age"], "label": "y", **options}
        options["features"] = [f"x{i}" for i in range(6)]
        store = zk.data.commit(
            table(10, seed=9), here.srs, here.directory / name, like=here.world.committed, **options
        )
        if name != "unregistered":
            zk.register_dataset(here.chain, store.dataset)
        with pytest.raises(error, match=words):
            compiled(here, {**CLAUSE, "data": name})
