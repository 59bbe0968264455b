"""A clinic on the embedded chain: a registered model, a registered data set, metric keys, policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metric_world import World, table, world

import zkattest as zk
from zkattest.metrics import Metric
from zkattest.srs import Srs


@dataclass
class Clinic:
    """What the tests share; files of keys and data sets are in ``directory``."""

    directory: Path
    chain: zk.Chain
    world: World
    keys: zk.Keys
    model_id: int
    metrics: dict[str, tuple[Metric, zk.Keys]] = field(default_factory=dict)

    @property
    def srs(self) -> Srs:
        return self.world.srs

    def metric(self, name: str, metric: Metric) -> tuple[Metric, zk.Keys]:
        """Keys of a metric, made once; ``NAME.zkvk`` is the verifying one."""
        if name not in self.metrics:
            keys = zk.setup_metric(self.world.committed, self.srs, metric, self.world.store)
            (self.directory / f"{name}.zkvk").write_bytes(keys.verifying.to_bytes())
            self.metrics[name] = metric, keys
        return self.metrics[name]

    def prove(self, name: str, store: Any = None, **binding: Any) -> zk.MetricProof:
        """A fresh proof of a metric that has keys, bound to the chain."""
        metric, keys = self.metrics[name]
        return zk.prove_metric(
            keys,
            self.world.model,
            store or self.world.store,
            metric,
            srs=self.srs,
            binding=zk.bind_metric(self.chain, self.model_id, **binding),
        )

    def submit(self, name: str, store: Any = None) -> Any:
        """Prove and submit."""
        store = store or self.world.store
        proof = self.prove(name, store)
        return zk.submit_metric(self.chain, proof, self.metrics[name][1].verifying, store.dataset)

    def policy(self, *clauses: Mapping[str, Any], development: bool = True, **more: Any) -> Path:
        """A policy's file, in JSON."""
        defaults = {"data": "data", "max_age": "90d"}
        content = {
            "model": "model.zkvk",
            "development": development,
            "clause": [{**defaults, **clause} for clause in clauses],
            **more,
        }
        path = self.directory / "policy.json"
        path.write_text(json.dumps(content))
        return path


def clinic(directory: Path, srs: Srs) -> Clinic:
    """Deploy, commit, register."""
    chain = zk.Chain.embedded()
    zk.deploy(chain, srs)
    made = world(directory / "data", srs, rows=table(10), profile="gas")
    keys = zk.setup(made.committed, srs)
    registered = zk.register(chain, made.committed.commitment, keys.verifying)
    (directory / "model.zkvk").write_bytes(keys.verifying.to_bytes())
    zk.register_dataset(chain, made.store.dataset)
    found = Clinic(directory, chain, made, keys, registered.model_id)
    found.metric("accuracy", Metric("accuracy", groups=["sex"]))
    return found
