"""Measure proofs of a metric over a committed data set; ``run.py --statement`` calls this.

Statements: ``accuracy`` (right answers and labelled rows are shown) and ``all`` (the confusion matrix of all
rows and of each group, which every metric of a classifier follows from). Data: of ``lenet5-mnist`` the 1,000
held-out digits of ``train_lenet5.py``, of ``clinic`` the 114 held-out patients of the demonstration with two
columns of two groups each. More rows repeat them.

A row: model, statement, profile, rows, shards, value (accuracy), commit_data_s, data_verify_s, setup_s,
prove_s, prove_cpu_s, verify_s, peak_rss_mb (of this process, with all steps), prove_rss_mb (of one that only
proves), proof_bytes (of all shards), per_row_ms, phases, and with a chain verify_gas, calldata_bytes,
metric_key_gas (one metric key), or ``chain``, the error. With ``--peer`` also peer_prove_s (ezkl, one
inference of the network, in the same run) and peer_ratio, that against per_row_ms.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent))

from models import BenchmarkModel
from timing import Stopwatch, circumstances, device, peak_rss_mb, repeated, timed
from train_lenet5 import MODEL, mnist_split

from zkattest.backends import get_backend
from zkattest.demo.clinic import train_clinic

if TYPE_CHECKING:
    import zkattest as zk

STATEMENTS = ("accuracy", "all")

#: Rows of a shard at most.
SHARD = 1000

#: log2 of the longest rows, in cells.
LONGEST = 22

#: log2 of the powers that an evaluation argument of these metrics takes at most.
EVALUATED = 18


@dataclass(frozen=True)
class Labelled:
    """A trained model with held-out rows.

    Attributes:
        onnx_bytes: the model; calibration: samples that its scales follow from.
        x: rows in real units; labels: their classes; groups: column -> value of each row.
    """

    onnx_bytes: bytes
    calibration: npt.NDArray[np.float32]
    x: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    groups: dict[str, npt.NDArray[Any]]

    def rows(self, count: int) -> Labelled:
        """So many rows: the first, or all again and again."""
        picked = np.resize(np.arange(len(self.x)), count)
        groups = {name: values[picked] for name, values in self.groups.items()}
        return Labelled(self.onnx_bytes, self.calibration, self.x[picked], self.labels[picked], groups)


def lenet5_mnist() -> Labelled:
    """LeNet-5 trained on 4,000 digits, and 1,000 others."""
    (images, _), (held_out, labels) = mnist_split()
    return Labelled(MODEL.read_bytes(), images[:256], held_out, labels, {})


def clinic() -> Labelled:
    """The demonstration's network and its held-out patients."""
    trained = train_clinic()
    test = trained.test
    return Labelled(trained.onnx_bytes, trained.calibration, test.features, test.labels, test.groups)


#: Name -> model and rows, and how many of these are measured by default.
DATA = {"clinic": (clinic, 114), "lenet5-mnist": (lenet5_mnist, 1000)}


def peer(name: str) -> BenchmarkModel:
    """The network of a metric, for ezkl."""
    source = DATA[name][0]()
    return BenchmarkModel(source.onnx_bytes, source.calibration)


def measure(
    name: str, statement: str, count: int | None, profile: str, threads: int | None, chain: bool
) -> dict[str, Any]:
    """One row, in this process."""
    import zkattest as zk

    warnings.simplefilter("ignore")
    facts = circumstances() | {"device": device()}
    build, default = DATA[name]
    count = default if count is None else count
    source = build().rows(count)
    capacity = min(count, SHARD)
    if profile == "gas":  # a contract pays for every sample of a batch that is no power of two
        capacity = 1 << (capacity - 1).bit_length()
    model, compile_s = timed(lambda: zk.compile(source.onnx_bytes, source.calibration))
    metric = zk.Metric("accuracy") if statement == "accuracy" else zk.Metric("confusion", list(source.groups))
    rows = get_backend("sumcheck").rows(model, 1 << LONGEST, batch=capacity, profile=profile)
    # evaluation arguments take more powers than a short row
    least = 1 if profile == "speed" else EVALUATED
    # without the cache that development strings hold for ezkl, which ceremonies' have not
    srs = zk.Srs.development(max(least, (rows.size - 1).bit_length())).without_lagrange()
    committed = zk.commit(model, srs, batch=capacity, profile=profile)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        store, commit_s = timed(
            lambda: zk.data.commit(
                source.x,
                srs,
                directory / "data",
                like=committed,
                label=source.labels,
                groups=source.groups,
                shard_rows=capacity,
            )
        )
        _, data_verify_s = timed(lambda: store.dataset.verify(srs))
        keys, setup_s = timed(lambda: zk.setup_metric(committed, srs, metric, store, threads=threads))

        def prove() -> tuple[zk.MetricProof, dict[str, float]]:
            watch = Stopwatch()
            proof, spent = timed(
                lambda: zk.prove_metric(keys, model, store, metric, srs=srs, threads=threads, progress=watch)
            )
            return proof, watch.phases(spent)

        proved = repeated(prove)
        proof, phases = proved.result
        verified = repeated(lambda: zk.verify_metric(proof, keys.verifying, store.dataset, srs=srs))
        if not verified.result:
            raise SystemExit(f"an invalid proof of {name}: {verified.result.reason}")
        peak = peak_rss_mb()
        proving = _prove_rss_mb(directory, keys, model, metric, srs)
    gas = {}
    if chain and keys.verifying.record:
        import onchain

        gas = onchain.or_refused(onchain.measure_metric, keys, proof, srs)
    return {
        "model": name,
        "statement": statement,
        "profile": profile,
        "rows": count,
        "shards": len(proof.proofs),
        "value": round(verified.result.result["accuracy"], 4),
        "compile_s": round(compile_s, 3),
        "commit_data_s": round(commit_s, 3),
        "data_verify_s": round(data_verify_s, 4),
        "setup_s": round(setup_s, 3),
        "prove_s": round(proved.seconds, 3),
        "prove_cpu_s": round(proved.cpu_seconds, 3),
        "per_row_ms": round(1e3 * proved.seconds / count, 3),
        "verify_s": round(verified.seconds, 4),
        "peak_rss_mb": peak,
        "prove_rss_mb": proving,
        "proof_bytes": sum(len(shard.payload) for shard in proof.proofs),
        "vk_bytes": len(keys.verifying.to_bytes()),
        "log2_row": committed.commitment.row_size.bit_length() - 1,
        "runs": proved.runs,
        "phases": phases,
        **facts,
        **gas,
    }


def _prove_rss_mb(
    directory: Path, keys: zk.Keys, model: zk.QuantisedModel, metric: zk.Metric, srs: zk.Srs
) -> int:
    """Peak resident memory of a process that loads these from files and proves once, MiB."""
    model.save(directory / "model.zkq")
    srs.save(directory / "srs")
    (directory / "key").write_bytes(keys.proving.to_bytes())
    (directory / "vk").write_bytes(keys.verifying.to_bytes())
    (directory / "metric").write_bytes(metric.to_bytes())
    command = [sys.executable, __file__, str(directory)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.split()[-1])


def _main(directory: Path) -> None:
    import zkattest as zk
    from zkattest.backends.base import Keys, ProvingKey, VerifyingKey
    from zkattest.datasets import DataSetStore

    warnings.simplefilter("ignore")
    proving = ProvingKey.from_bytes((directory / "key").read_bytes())
    keys = Keys(proving, VerifyingKey.from_bytes((directory / "vk").read_bytes()))
    metric = zk.Metric.from_bytes((directory / "metric").read_bytes())
    store = DataSetStore(directory / "data")
    model, srs = zk.QuantisedModel.load(directory / "model.zkq"), zk.Srs.load(directory / "srs")
    zk.prove_metric(keys, model, store, metric, srs=srs)
    print(peak_rss_mb())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
