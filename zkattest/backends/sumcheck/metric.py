"""Proofs of metrics: what a model's predictions on one committed shard of rows count to.

A proof shows: inside the model's commitment are weights, and inside the shard's commitment rows and labels,
for which the quantised model of the key's circuit, its predictions compared with the labels, gives exactly
the counts that the statement shows (or counts that satisfy the bounds that it shows); and the prover bound
the proof to ``context``. That the shard is well-formed (features in their range, labels of at most one class
and one group) is what its registration proof shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkattest.backends.base import Keys, Proof, StatementShape, VerifyingKey
from zkattest.backends.sumcheck import costs
from zkattest.backends.sumcheck.circuit import named_nodes, sample
from zkattest.backends.sumcheck.proving import check_keys, check_threads, circuit_of, make_proof
from zkattest.backends.sumcheck.verification import OpenKey, open_key
from zkattest.errors import DataSetMismatchError, FormatError, ProofMismatchError
from zkattest.layouts import Layout
from zkattest.metrics.score import Score
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import OFF_CHAIN, Inference, encode_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkattest.datasets import StoredShard
    from zkattest.frontend import Architecture, QuantisedModel
    from zkattest.srs import Srs

__all__ = ["check_layout", "opened_metric", "prove_shard", "shape_of"]


def shape_of(score: Score, capacity: int) -> StatementShape:
    """What statements of a metric show."""
    return StatementShape(batch=capacity, score=score.to_bytes())


def opened_metric(key: VerifyingKey) -> tuple[Score, Architecture, OpenKey]:
    """A metric's verifying key, found good: what it counts, of which architecture.

    Raises:
        ProofMismatchError: the key is of inferences.
    """
    opened = open_key(key)
    if not opened.data.shape.score:
        raise ProofMismatchError(
            "The verifying key is of inferences, and of no metric.",
            remedy="Make keys of a metric: setup_metric, or `zkattest setup --metric`.",
        )
    return Score.from_bytes(opened.data.shape.score), opened.architecture, opened


def check_layout(opened: OpenKey, layout: Layout) -> None:
    """Raise :class:`DataSetMismatchError` unless a shard's layout is the one that the key's circuit reads."""
    expected = opened.data_layout
    if layout == expected:
        return
    remedy = "Commit to the data again for this model's commitment: data.commit(…, like=committed)."
    if layout.row_size != expected.row_size:
        raise DataSetMismatchError(
            f"The data set is committed to in rows of {layout.row_size} cells; the key's circuit reads rows "
            f"of {expected.row_size}.",
            remedy=remedy,
        )
    found = {tensor.name: tensor.shape for tensor in layout.tensors}
    for tensor in expected.tensors:
        if found.pop(tensor.name, None) != tensor.shape:
            raise DataSetMismatchError(
                f"The data set does not store {tensor.name!r} in a box of {tensor.shape}, where the key's "
                "circuit reads it: its capacity, shapes, classes, groups or padding are others.",
                remedy=f"{remedy} Or make keys of a metric for this data set.",
            )
    raise DataSetMismatchError(
        f"The data set stores {', '.join(found) or 'its tensors'} besides or in another order than the key's "
        "circuit reads them.",
        remedy=f"{remedy} Or make keys of a metric for this data set.",
    )


def prove_shard(
    keys: Keys,
    model: QuantisedModel,
    shard: StoredShard,
    *,
    srs: Srs,
    thresholds: Sequence[int] = (),
    context: bytes = OFF_CHAIN,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> Proof:
    """Prove what the model's predictions on one shard count to.

    Arguments:
        keys: of a metric.
        thresholds: of the score's clauses, where it has bounds.
        context: 32 bytes that the proof is bound to.
        threads: processor threads to use; None: as many as there are.

    Raises:
        DataSetMismatchError: the shard is stored otherwise than the circuit reads it; ProofMismatchError:
            keys of another model, or of no metric; ProvingError: a bound is not reached, a denominator is 0.
    """
    if len(context) != 32:
        raise FormatError(f"A context has 32 bytes; got {len(context)}.")
    check_threads(threads)
    opened, prover = check_keys(keys, model, srs)
    opened_metric(keys.verifying)
    check_layout(opened, shard.commitment.layout)
    with phase(progress, "compile"):
        circuit, parameters = circuit_of(opened, model)
    evaluation = bool(opened.data.evaluation)
    cost = costs.estimate(model, opened.data.shape, circuit, parameters, evaluation=evaluation)
    costs.check_memory(cost, "Proving")
    with phase(progress, "execute"), named_nodes(model):
        samples = [sample(model, trace) for trace in model.traces(shard.samples, threads=threads)]
    with phase(progress, "witness"), named_nodes(model):
        witness = circuit.witness(samples, shard.labels, list(thresholds) or None, threads)
        del samples
    statement = Inference(
        keys.verifying.model_hash,
        keys.verifying.circuit_hash,
        keys.verifying.digest,
        shard.commitment.identity,
        encode_output(np.array(witness.public, dtype=np.int64)),
        context,
    )
    return make_proof(
        keys,
        circuit,
        model,
        witness,
        statement,
        srs=srs,
        evaluation=evaluation,
        blinders=(prover.blinders, b"".join(shard.blinders), b""),
        data_rows=b"".join(shard.commitment.rows),
        threads=threads,
        progress=progress,
    )
