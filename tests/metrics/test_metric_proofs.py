"""A metric over a whole data set: shards, processes, interruptions, values, and what a verdict gives away."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from metric_world import CAPACITY, World, development, table, world

import zkattest as zk
from zkattest.backends.base import Keys
from zkattest.backends.sumcheck import costs
from zkattest.datasets import Classes
from zkattest.errors import (
    DataSetMismatchError,
    FormatError,
    MemoryShortError,
    MetricError,
    NotProvedError,
    ProofMismatchError,
    ProvingError,
    StorageError,
)
from zkattest.metrics import Metric, workers
from zkattest.metrics.measures import measure
from zkattest.metrics.proof import MetricProof
from zkattest.srs import Srs
from zkattest.statements import Binding

CONFUSION = Metric("confusion", groups=["sex", "age"])
BINDING = Binding(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 1, 1, bytes(32))


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module")
def wide(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Thirty rows: two full shards and one of six."""
    return world(tmp_path_factory.mktemp("wide") / "data", srs, rows=table(30))


@pytest.fixture(scope="module")
def keys(wide: World) -> Keys:
    return zk.setup_metric(wide.committed, wide.srs, CONFUSION, wide.store)


def prove(wide: World, keys: Keys, metric: Metric = CONFUSION, **options: Any) -> MetricProof:
    return zk.prove_metric(keys, wide.model, wide.store, metric, srs=wide.srs, **options)


@pytest.fixture(scope="module")
def proof(wide: World, keys: Keys) -> MetricProof:
    return prove(wide, keys)


def everything(wide: World, metric: Metric) -> list[int]:
    """Counts of all shards by loops."""
    return np.sum([wide.counts(metric, shard.rows) for shard in wide.store.shards()], axis=0).tolist()


def test_values_are_those_of_all_rows(wide: World, keys: Keys, proof: MetricProof) -> None:
    verdict = zk.verify_metric(proof, keys.verifying, wide.store.dataset, srs=wide.srs)
    assert verdict
    assert verdict.valid
    result = verdict.result
    expected = everything(wide, CONFUSION)
    assert list(result.counts) == expected
    assert result.measures == measure(result.score, expected, result.columns)
    assert (result.rows, result.labelled, result.shards) == (30, 30, 3)
    labels = np.concatenate([shard.rows.label for shard in wide.store.shards()])
    outputs = np.concatenate([wide.outputs(shard.rows) for shard in wide.store.shards()])
    accuracy = float(np.mean(np.argmax(outputs, axis=1) == labels))
    assert verdict["accuracy"] == result["accuracy"] == pytest.approx(accuracy)
    sexes = np.concatenate([shard.rows.groups[0] for shard in wide.store.shards()])
    women = sexes == 0
    assert result.group("sex", "f")["accuracy"] == pytest.approx(
        np.mean(np.argmax(outputs[women], axis=1) == labels[women])
    )
    assert result.gap("accuracy", "sex") is not None
    assert result.srs_unsafe
    assert result.describe()["data_set"] == wide.store.identity


def test_files_hold_everything(wide: World, keys: Keys, proof: MetricProof, tmp_path: Path) -> None:
    loaded = MetricProof.load(proof.save(tmp_path / "accuracy.zkm"))
    assert loaded == proof
    assert zk.verify_metric(loaded, keys.verifying, wide.store.dataset)
    data = proof.to_bytes()
    for size in range(0, len(data), len(data) // 50):
        with pytest.raises(FormatError):
            MetricProof.from_bytes(data[:size])
    with pytest.raises(FormatError, match="trailing"):
        MetricProof.from_bytes(data + b"\0")


# --- processes and interruptions ---------------------------------------------------------------------


def test_processes_prove_the_same(wide: World, keys: Keys, tmp_path: Path) -> None:
    proof = prove(wide, keys, workers=2, work=tmp_path / "work")
    verdict = zk.verify_metric(proof, keys.verifying, wide.store.dataset)
    assert list(verdict.result.counts) == everything(wide, CONFUSION)


class Counting:
    """Remembers what was proved, and breaks off after some shards."""

    def __init__(self, breaking_after: int | None = None) -> None:
        self.done, self._left = 0, breaking_after

    def start(self, phase: str, total: int | None = None) -> None: ...

    def advance(self, phase: str, units: int = 1) -> None:
        self.done += units
        if self._left is not None and self.done >= self._left and units == 1:
            raise KeyboardInterrupt

    def finish(self, phase: str) -> None: ...


@pytest.mark.parametrize("processes", [1, 2])
def test_a_finished_shard_is_never_proved_again(
    wide: World, keys: Keys, tmp_path: Path, processes: int
) -> None:
    work = tmp_path / "work"
    with pytest.raises(KeyboardInterrupt):
        prove(wide, keys, work=work, workers=processes, progress=Counting(1))
    files = sorted(work.glob("shard-*"))
    assert files
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    proof = prove(wide, keys, work=work)
    assert zk.verify_metric(proof, keys.verifying, wide.store.dataset)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before
    assert [one.payload for one in prove(wide, keys, work=work).proofs] == [
        one.payload for one in proof.proofs
    ]


def test_a_damaged_file_is_proved_again(wide: World, keys: Keys, tmp_path: Path) -> None:
    work = tmp_path / "work"
    first = prove(wide, keys, work=work)
    (work / "shard-000001.zkp").write_bytes(first.proofs[0].to_bytes())  # another shard's proof
    (work / "shard-000002.zkp").write_bytes(b"")
    again = prove(wide, keys, work=work)
    assert again.proofs[0].payload == first.proofs[0].payload
    assert again.proofs[1].payload != first.proofs[1].payload
    assert zk.verify_metric(again, keys.verifying, wide.store.dataset)


def test_a_directory_is_of_one_job(wide: World, keys: Keys, tmp_path: Path) -> None:
    work = tmp_path / "work"
    prove(wide, keys, work=work)
    with pytest.raises(ProofMismatchError, match="another data set, key, metric or binding"):
        prove(wide, keys, work=work, binding=BINDING)
    other = zk.setup_metric(wide.committed, wide.srs, Metric("accuracy"), wide.store)
    with pytest.raises(ProofMismatchError, match="another data set, key, metric or binding"):
        prove(wide, other, Metric("accuracy"), work=work)


def test_two_processes_do_not_share_a_directory(wide: World, keys: Keys, tmp_path: Path) -> None:
    from zkattest.chain.locks import exclusive

    with exclusive(tmp_path / "job", patience_s=0), pytest.raises(StorageError, match="in use"):
        prove(wide, keys, work=tmp_path)


def test_an_error_in_a_worker_is_the_same_error(wide: World, keys: Keys, srs: Srs, tmp_path: Path) -> None:
    store = world(tmp_path / "data", srs, rows=table(30)).store
    store.files.blinders(2).write_bytes(wide.store.files.blinders(2).read_bytes())
    broken = World(wide.committed, store, srs)
    with pytest.raises(DataSetMismatchError, match="open another commitment"):
        prove(broken, keys, workers=2)


def test_a_killed_worker_is_said(
    wide: World, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = workers._start

    def doomed(variables: dict[str, str]) -> Any:
        process = real(variables)
        process.kill()
        return process

    monkeypatch.setattr(workers, "_start", doomed)
    with pytest.raises(ProvingError, match="ended with code -9"):
        prove(wide, keys, workers=2, work=tmp_path)


# --- estimates ---------------------------------------------------------------------------------------


def test_an_estimate_says_what_comes(wide: World, keys: Keys, proof: MetricProof) -> None:
    cost = zk.estimate_metric(wide.model, CONFUSION, wide.store)
    assert (cost.rows, cost.shards, cost.shard_rows) == (30, 3, CAPACITY)
    assert cost.proof_bytes == proof.payload_bytes
    assert cost.shard.vk_bytes == len(keys.verifying.to_bytes())
    assert cost.verify_gas == cost.shard.verify_gas == 0  # of the profile speed
    chained = zk.estimate_metric(wide.model, CONFUSION, wide.store, profile="balanced")
    assert chained.verify_gas == 3 * chained.shard.verify_gas > 0
    schema = wide.store.dataset.schema
    assert zk.estimate_metric(wide.model, CONFUSION, schema, rows=100).shards == 9


def test_short_memory_is_said_before_anything_starts(
    wide: World, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    cost = zk.estimate_metric(wide.model, CONFUSION, wide.store)
    monkeypatch.setattr(costs, "available_mb", lambda: cost.memory_mb)
    with pytest.raises(MemoryShortError, match=r"by 3 processes .* Use fewer workers"):
        prove(wide, keys, workers=3)
    monkeypatch.setattr(costs, "available_mb", lambda: cost.memory_mb - costs.BASE_MB - 0.001)
    # which of the halves is the estimate's matter: of so few rows the set-up string takes most
    with pytest.raises(MemoryShortError, match=r"in shards of [631] rows"):
        prove(wide, keys)
    monkeypatch.setattr(costs, "available_mb", lambda: 1.0)
    with pytest.raises(MemoryShortError, match=r"free\. Free memory"):
        prove(wide, keys)


# --- bounds ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clinic(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("clinic") / "data", srs)


def test_bounds_show_nothing_else(clinic: World) -> None:
    shown = plain_result(clinic, Metric("confusion", groups=["sex"]))
    accuracy, gap = shown.exact("accuracy"), shown.gap("accuracy", "sex")
    assert accuracy is not None
    assert gap is not None
    metric = Metric().at_least("accuracy", accuracy).at_most("accuracy_gap", gap + 0.01, group="sex")
    keys = zk.setup_metric(clinic.committed, clinic.srs, metric, clinic.store)
    proof = prove(clinic, keys, metric)
    verdict = zk.verify_metric(proof, keys.verifying, clinic.store.dataset)
    assert verdict
    assert verdict.result.counts == ()
    assert [str(bound) for bound in verdict.result.bounds] == [str(bound) for bound in metric.bounds]
    assert proof.proofs[0].statement.public_values.tolist() == list(clinic.plan(metric).thresholds)
    for read in (
        lambda: verdict["accuracy"],
        lambda: verdict.result.overall,
        lambda: verdict.result.group("sex", "f"),
        lambda: verdict.result.gap("accuracy", "sex"),
    ):
        with pytest.raises(NotProvedError, match="shows no values"):
            read()
    # the same keys for other thresholds; not for those that do not hold
    lower = Metric().at_least("accuracy", 0.01).at_most("accuracy_gap", 1, group="sex")
    assert zk.verify_metric(prove(clinic, keys, lower), keys.verifying, clinic.store.dataset)
    higher = Metric().at_least("accuracy", accuracy + 0.01).at_most("accuracy_gap", 1, group="sex")
    with pytest.raises(ProvingError, match="It is not so that accuracy at least"):
        prove(clinic, keys, higher)
    # a proof of little passes for no proof of more
    relabelled = dataclasses.replace(prove(clinic, keys, lower), metric=metric)
    assert not zk.verify_metric(relabelled, keys.verifying, clinic.store.dataset)


def plain_result(clinic: World, metric: Metric) -> Any:
    keys = zk.setup_metric(clinic.committed, clinic.srs, metric, clinic.store)
    return zk.verify_metric(prove(clinic, keys, metric), keys.verifying, clinic.store.dataset).result


def test_an_empty_denominator_is_named(clinic: World, srs: Srs, tmp_path: Path) -> None:
    rows = table()
    rows["y"] = ["ill"] * 10
    only = World(
        clinic.committed,
        zk.data.commit(
            rows,
            srs,
            tmp_path / "only",
            like=clinic.committed,
            shard_rows=CAPACITY,
            label="y",
            groups=["sex", "age"],
            classes=["ill", "well"],
        ),
        srs,
    )
    metric = Metric().at_least("balanced_accuracy", 0.01)
    keys = zk.setup_metric(only.committed, srs, metric, only.store)
    with pytest.raises(ProvingError, match="It is not so that balanced_accuracy"):
        prove(only, keys, metric)


def test_bounds_need_one_shard(wide: World) -> None:
    metric = Metric().at_least("accuracy", 0.1)
    keys = zk.setup_metric(wide.committed, wide.srs, metric, wide.store)
    with pytest.raises(MetricError, match="over 3 shards"):
        prove(wide, keys, metric)


# --- verdicts ----------------------------------------------------------------------------------------


def test_a_false_verdict_gives_no_values(wide: World, keys: Keys, proof: MetricProof) -> None:
    statement = proof.proofs[0].statement
    higher = statement.output[:7] + bytes([statement.output[7] + 1]) + statement.output[8:]
    forged = dataclasses.replace(proof.proofs[0], statement=dataclasses.replace(statement, output=higher))
    verdict = zk.verify_metric(
        dataclasses.replace(proof, proofs=(forged, *proof.proofs[1:])), keys.verifying, wide.store.dataset
    )
    assert not verdict
    assert verdict.describe() == {"valid": False, "reason": verdict.reason}
    for read in (lambda: verdict.result, lambda: verdict["accuracy"]):
        with pytest.raises(NotProvedError, match="is not proved"):
            read()


def test_another_metrics_key_or_data_set_is_an_error(
    wide: World, clinic: World, keys: Keys, proof: MetricProof
) -> None:
    accuracy = zk.setup_metric(wide.committed, wide.srs, Metric("accuracy"), wide.store)
    with pytest.raises(ProofMismatchError, match="another metric"):
        zk.verify_metric(proof, accuracy.verifying, wide.store.dataset)
    with pytest.raises(ProofMismatchError, match="another metric"):
        prove(wide, accuracy)
    with pytest.raises(DataSetMismatchError, match="about the data set"):
        zk.verify_metric(proof, keys.verifying, clinic.store.dataset)
    with pytest.raises(ProofMismatchError, match="another set-up string"):
        zk.verify_metric(proof, keys.verifying, wide.store.dataset, srs=development(11))
    claimed = dataclasses.replace(proof, metric=Metric("confusion", groups=["age", "sex"]))
    assert zk.verify_metric(claimed, keys.verifying, wide.store.dataset)  # the same claim in other words
    renamed = dataclasses.replace(proof, metric=Metric("confusion", groups=["sex"]))
    with pytest.raises(ProofMismatchError, match="another metric"):
        zk.verify_metric(renamed, keys.verifying, wide.store.dataset)


def test_names_come_from_the_data_set(wide: World, keys: Keys, proof: MetricProof) -> None:
    """Who swaps the classes' names has another data set."""
    schema = wide.store.dataset.schema
    swapped = dataclasses.replace(schema, target=Classes("y", ("well", "ill")))
    other = dataclasses.replace(wide.store.dataset, schema=swapped)
    with pytest.raises(DataSetMismatchError, match="about the data set"):
        zk.verify_metric(proof, keys.verifying, other)
