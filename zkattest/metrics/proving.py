"""Keys of a metric, and its proof over all shards of a data set."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zkattest.backends.base import CommittedModel, Keys, Profile, Proof
from zkattest.backends.sumcheck.metric import check_layout, opened_metric, shape_of
from zkattest.errors import DataSetMismatchError, ProofMismatchError, ProvingError
from zkattest.metrics import estimating
from zkattest.metrics.jobs import Job, JobFiles
from zkattest.metrics.metric import Metric
from zkattest.metrics.planning import plan
from zkattest.metrics.proof import MetricProof
from zkattest.metrics.verifying import bounds_need_one_shard
from zkattest.metrics.workers import prove_in_processes
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import OFF_CHAIN

if TYPE_CHECKING:
    from zkattest.datasets import DataSet, DataSetStore, Schema
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs
    from zkattest.statements import Binding

__all__ = ["prove_metric", "setup_metric"]

_SHARDS = "shards"


def setup_metric(
    committed: CommittedModel,
    srs: Srs,
    metric: Metric,
    data: Schema | DataSet | DataSetStore,
    *,
    profile: Profile | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> Keys:
    """Make the keys of a metric; the commitment is opened and checked first.

    They are good for every data set of the same sizes and rows, and, with bounds, for every threshold of the
    same bounds (of ``mae`` and ``mse``: between the same powers of two).

    Arguments:
        committed: the model, in rows as long as the data sets'.
        data: what the metric is over; its schema is enough.
        profile: what the commitment was made for, where its layout alone does not say it.

    Raises:
        MetricError: the metric cannot be had of this model and data; DataSetMismatchError: data and model are
            committed to in other rows.
    """
    from zkattest.backends.sumcheck import SumcheckBackend

    committed.check(srs)
    schema = estimating.schema_of(data)
    shape = shape_of(plan(metric, committed.model, schema).score, schema.capacity)
    _check_rows(committed, data)
    return SumcheckBackend().setup(
        committed, srs=srs, shape=shape, profile=profile, threads=threads, progress=progress
    )


def _check_rows(committed: CommittedModel, data: Schema | DataSet | DataSetStore) -> None:
    """Raise :class:`DataSetMismatchError` where rows of cells are of other sizes: no circuit reads both."""
    dataset = getattr(data, "dataset", data)
    size = getattr(dataset, "row_size", committed.commitment.row_size)
    if size != committed.commitment.row_size:
        raise DataSetMismatchError(
            f"The data set is committed to in rows of {size} cells; the model in rows of "
            f"{committed.commitment.row_size}.",
            remedy="Commit to the data again for this model's commitment: data.commit(…, like=committed).",
        )


def prove_metric(
    keys: Keys,
    model: QuantisedModel,
    store: DataSetStore,
    metric: Metric,
    *,
    srs: Srs,
    binding: Binding | None = None,
    workers: int = 1,
    work: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> MetricProof:
    """Prove a metric of ``model`` over a whole data set.

    Arguments:
        keys: of :func:`setup_metric` for this metric.
        store: the data set with its secrets.
        metric: as at set-up; thresholds may differ.
        binding: where the proof may be used; None: off chain only.
        workers: processes that prove shards at the same time.
        work: directory for the proofs of finished shards, which a second run with the same data set, keys,
            metric and binding takes over; None: none are kept.
        threads: of each process; None: all cores, shared by the workers.

    Raises:
        ProofMismatchError: keys of another model or metric, or ``work`` of another proof;
            DataSetMismatchError: the data set is stored otherwise; MetricError: bounds over several shards;
            ProvingError: a bound does not hold; MemoryShortError: names a better size of shards.
    """
    score, _, opened = opened_metric(keys.verifying)
    dataset = store.dataset
    planned = plan(metric, model, dataset.schema)
    if planned.score != score:
        raise ProofMismatchError(
            f"The keys are of another metric than {str(metric)!r} over this data set.",
            remedy="Run setup_metric for this metric and data set.",
        )
    check_layout(opened, dataset.layout.layout)
    if metric.bounds and len(store) > 1:
        raise bounds_need_one_shard(len(store))
    context = OFF_CHAIN if binding is None else binding.context(keys.verifying.model_hash)
    job = Job(keys, model, store, metric, planned, srs, context)
    estimating.check_memory(model, metric, dataset.schema, opened, min(workers, len(store)))
    with _directory(work) as directory:
        files = JobFiles(directory)
        with files.held(job):
            proofs = _proofs(job, files, workers, threads, progress)
    if binding is not None:
        proofs = [proof.bound_to(binding) for proof in proofs]
    return MetricProof(metric, store.identity, tuple(proofs))


@contextmanager
def _directory(work: str | os.PathLike[str] | None) -> Iterator[Path]:
    """The given directory, or one for this call alone."""
    if work is not None:
        yield Path(work)
        return
    with tempfile.TemporaryDirectory(prefix="zkattest-metric-") as made:
        yield Path(made)


def _proofs(job: Job, files: JobFiles, workers: int, threads: int | None, progress: Progress) -> list[Proof]:
    """The proofs of all shards; those that are finished are not made again."""
    total = len(job.store)
    found = files.finished(job)
    waiting = [index for index in range(total) if index not in found]
    with phase(progress, _SHARDS, len(waiting)):
        if workers > 1 and len(waiting) > 1:
            prove_in_processes(
                job,
                files,
                waiting,
                workers=workers,
                threads=threads,
                finished=lambda _: progress.advance(_SHARDS),
            )
        else:
            inner = progress if total == 1 else SILENT
            for index in waiting:
                found[index] = job.prove(index, threads=threads, progress=inner)
                files.write(index, found[index])
                progress.advance(_SHARDS)
    for index in range(total):
        proof = found.get(index) or files.read(job, index)
        if proof is None:
            raise ProvingError(
                f"The proof of shard {index} is not in {files.directory} any more.",
                remedy="Run again; let nothing else change that directory.",
            )
        found[index] = proof
    return [found[index] for index in range(total)]
