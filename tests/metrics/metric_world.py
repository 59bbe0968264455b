"""A small clinic: 6-4-2 on twelve rows with two group columns, its keys and proofs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ezkl_models import mlp
from metric_counts import count

import zkattest as zk
from zkattest.backends.base import CommittedModel, Keys, Proof
from zkattest.backends.sumcheck import SumcheckBackend
from zkattest.backends.sumcheck.metric import prove_shard, shape_of
from zkattest.datasets import DataSetStore, StoredShard
from zkattest.datasets.shard import ShardRows
from zkattest.frontend import QuantisedModel
from zkattest.metrics import Metric, plan
from zkattest.metrics.planning import Plan
from zkattest.srs import Srs

BACKEND = SumcheckBackend()
CONTEXT = bytes(range(32))
CAPACITY = 12
CLASSES = ("ill", "well")
SEXES, AGES = ("f", "m"), ("young", "middle", "old")


def development(log2_size: int) -> Srs:
    """A string made here, without the warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Srs.development(log2_size)


def table(rows: int = 10, *, seed: int = 1, features: int = 6, classes: int = 2) -> dict[str, Any]:
    """Random rows; every group and class occurs among six."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {f"x{i}": rng.normal(size=rows).round(3) for i in range(features)}
    names = [*CLASSES, "unknown", "dead"][:classes]
    found["y"] = [names[i % classes] for i in rng.permutation(rows)]
    found["sex"] = [SEXES[i % 2] for i in rng.permutation(rows)]
    found["age"] = [AGES[i % 3] for i in rng.permutation(rows)]
    return found


@dataclass(frozen=True)
class World:
    """A committed model and a data set in a directory."""

    committed: CommittedModel
    store: DataSetStore
    srs: Srs

    @property
    def model(self) -> QuantisedModel:
        return self.committed.model

    def plan(self, metric: Metric) -> Plan:
        return plan(metric, self.model, self.store.dataset.schema)

    def keys(self, metric: Metric) -> Keys:
        shape = shape_of(self.plan(metric).score, self.store.dataset.schema.capacity)
        return BACKEND.setup(self.committed, srs=self.srs, shape=shape)

    def prove(self, keys: Keys, metric: Metric, shard: StoredShard | None = None, **more: Any) -> Proof:
        """Of one shard."""
        return prove_shard(
            keys,
            self.model,
            self.store.shard(0) if shard is None else shard,
            srs=self.srs,
            thresholds=self.plan(metric).thresholds,
            context=CONTEXT,
            **more,
        )

    def outputs(self, rows: ShardRows) -> npt.NDArray[np.int64]:
        """The model's outputs on rows, by its executor."""
        return np.stack([self.model.execute(x).reshape(-1) for x in rows.x])

    def counts(self, metric: Metric, rows: ShardRows) -> list[int]:
        """Counted by loops."""
        targets = rows.label if rows.value is None else rows.value
        labelled = rows.label >= 0
        return count(self.plan(metric).score, self.outputs(rows), targets, list(rows.groups), labelled)


def world(
    directory: Path,
    srs: Srs,
    *,
    rows: dict[str, Any] | None = None,
    sizes: tuple[int, ...] = (6, 4, 2),
    model: QuantisedModel | None = None,
    **options: Any,
) -> World:
    """Commit to a model and to rows."""
    model = model or mlp(sizes)
    profile = options.pop("profile", "speed")
    committed = zk.commit(model, srs, batch=CAPACITY, profile=profile)
    options = {"shard_rows": CAPACITY, "groups": ["sex", "age"], "label": "y"} | options
    store = zk.data.commit(
        rows or table(features=sizes[0], classes=max(sizes[-1], 2)), srs, directory, like=committed, **options
    )
    return World(committed, store, srs)


def moved(shard: StoredShard, world: World, **fields: Any) -> StoredShard:
    """The shard with other rows under the same commitment: what a cheat would have the prover take."""
    rows = replace(shard.rows, **fields)
    return replace(shard, rows=rows, tensors=rows.tensors(world.store.dataset.schema))
