"""What a metric will cost, before any row is committed to: the circuit of a shard says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkattest.backends.base import Estimate, Profile, check_profile
from zkattest.backends.sumcheck import costs, evm
from zkattest.backends.sumcheck.circuit import choose, compile_circuit
from zkattest.backends.sumcheck.metric import shape_of
from zkattest.datasets import DataSet, DataSetStore, Schema
from zkattest.errors import InputError, MemoryShortError, UnsupportedByBackendError
from zkattest.html import fields_html
from zkattest.metrics.metric import Metric
from zkattest.metrics.planning import plan

if TYPE_CHECKING:
    from zkattest.backends.sumcheck.verification import OpenKey
    from zkattest.frontend import QuantisedModel

__all__ = ["MetricEstimate", "check_memory", "estimate_metric", "schema_of"]


@dataclass(frozen=True)
class MetricEstimate:
    """Cost of a metric over a data set.

    Attributes:
        rows: of the data set; shard_rows: capacity of each of its ``shards``.
        shard: cost of the proof of one shard.
        prove_s: seconds on this machine for all shards, one after the other or by ``workers``.
        memory_mb: peak resident memory of all workers together, MiB.
        device_mb: likewise of an NVIDIA device that all of them use.
        proof_bytes: of all shards.
        verify_gas: of all shards, each in a transaction; 0 where no contract can.
        workers: processes.
    """

    rows: int
    shard_rows: int
    shards: int
    shard: Estimate
    prove_s: float
    memory_mb: float
    device_mb: float
    proof_bytes: int
    verify_gas: int
    workers: int

    def _repr_html_(self) -> str:
        return fields_html("estimate of a metric", {k: v for k, v in vars(self).items() if k != "shard"})


def schema_of(data: Schema | DataSet | DataSetStore) -> Schema:
    """The schema, from wherever it comes."""
    if isinstance(data, DataSetStore):
        return data.dataset.schema
    return data.schema if isinstance(data, DataSet) else data


def estimate_metric(
    model: QuantisedModel,
    metric: Metric,
    data: Schema | DataSet | DataSetStore,
    *,
    rows: int | None = None,
    row_size: int | None = None,
    profile: Profile = "speed",
    workers: int = 1,
) -> MetricEstimate:
    """Cost of ``metric`` over a data set.

    Arguments:
        data: the schema is enough; its capacity is what a shard holds.
        rows: of the data set, where ``data`` does not say; a shard by default.
        row_size: cells of a row of the commitments, where ``data`` does not say.
        profile: what the model's commitment is for.
        workers: processes that prove shards at the same time.

    Raises:
        MetricError: the metric cannot be had of this model and data; UnsupportedByBackendError.
    """
    check_profile(profile)
    _check_workers(workers)
    dataset = data.dataset if isinstance(data, DataSetStore) else data
    padded = None
    if isinstance(dataset, DataSet):
        rows, row_size, padded = dataset.rows, dataset.row_size, dataset.padded
    schema = schema_of(data)
    rows = schema.capacity if rows is None else rows
    if rows < 1:
        raise InputError(f"A data set of {rows} rows.", remedy="Give a positive number.")
    shard = _shard_cost(model, metric, schema, row_size, padded, profile)
    shards = -(-rows // schema.capacity)
    busy = min(workers, shards)
    return MetricEstimate(
        rows=rows,
        shard_rows=schema.capacity,
        shards=shards,
        shard=shard,
        prove_s=shards * shard.prove_s,  # workers share the cores that one proof would use alone
        memory_mb=busy * shard.memory_mb,
        device_mb=busy * shard.device_mb,
        proof_bytes=shards * shard.proof_bytes,
        verify_gas=shards * shard.verify_gas,
        workers=busy,
    )


def check_memory(
    model: QuantisedModel, metric: Metric, schema: Schema, opened: OpenKey, workers: int
) -> None:
    """Raise :class:`MemoryShortError` where proofs need more memory than is free; name shards that would do.

    Arguments:
        opened: the key, whose circuit and parameters count.
        workers: processes that prove at the same time.
    """
    _check_workers(workers)
    available = costs.available_mb()
    if available is None:
        return
    parameters = opened.data.parameters(opened.header)

    def needed(capacity: int) -> float:
        smaller = Schema(schema.features, schema.target, schema.groups, capacity)
        shape = shape_of(plan(metric, model, smaller).score, capacity)
        circuit = compile_circuit(model, shape, parameters)
        cost = costs.estimate(model, shape, circuit, parameters, evaluation=bool(opened.data.evaluation))
        started = 0 if workers == 1 else workers  # one worker is this process, which exists already
        return workers * (cost.memory_mb - costs.BASE_MB) + started * costs.BASE_MB

    full = needed(schema.capacity)
    if full <= available:
        return
    remedies = []
    if workers > 1:
        remedies.append("use fewer workers")
    capacity = schema.capacity // 2
    while capacity:
        try:
            if needed(capacity) <= available:
                remedies.append(f"commit to the data in shards of {capacity} rows (shard_rows)")
                break
        except UnsupportedByBackendError:  # other sizes of rows would be needed
            break
        capacity //= 2
    remedy = ", or ".join([*remedies, "free memory or use a larger machine"])
    raise MemoryShortError(
        f"Proving shards of {schema.capacity} rows by {workers} "
        f"{'process' if workers == 1 else 'processes'} needs about {full:,.0f} MiB of memory; "
        f"{available:,.0f} MiB are free.",
        remedy=f"{remedy[0].upper()}{remedy[1:]}.",
    )


def _check_workers(workers: int) -> None:
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise InputError(f"{workers!r} workers.", remedy="Choose a number from 1 to 1024.")


def _shard_cost(
    model: QuantisedModel,
    metric: Metric,
    schema: Schema,
    row_size: int | None,
    padded: bool | None,
    profile: Profile,
) -> Estimate:
    shape = shape_of(plan(metric, model, schema).score, schema.capacity)
    log_row = None if row_size is None else row_size.bit_length() - 1
    largest = costs.LARGEST_LOG_ROW if log_row is None else log_row
    parameters = choose(model, shape, log_row=log_row, largest=largest, padded=padded, goal=profile)
    circuit = compile_circuit(model, shape, parameters)
    evaluation = evm.is_for_chain(profile, shape)
    return costs.estimate(model, shape, circuit, parameters, evaluation=evaluation, rehearse=True)
