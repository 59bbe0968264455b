"""Judging proofs of metrics. The steps are numbered, and the numbers repeated in the code.

1. the key is good, of a metric, and of the string that the caller trusts (``sumcheck.verification``, 1 to 5);
2. the data set is the one that the proof names, under the key's string; shards lie as the circuit reads them;
3. the metric that the proof names, translated for the key's architecture and the data set's schema, is the
   key's score: features of the same shape, bits and scale, as many classes, the same groups;
4. every shard of the data set is there exactly once, in order: proof i names shard i as its input;
5. all proofs have one context and one binding, and it is the caller's where one is expected;
6. every proof holds, of one model, circuit and key (``sumcheck.verification``, 6 to 10);
7. the registration proof of every shard holds: cells in range, at most one class and group for each row,
   so many labelled rows;
8. counts are those of as many labelled rows as the registrations show, in each shard and each column; or,
   with bounds, the thresholds shown are at least those that the bounds need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkattest.backends.sumcheck import verification
from zkattest.backends.sumcheck.metric import check_layout, opened_metric
from zkattest.errors import DataSetMismatchError, InputError, MetricError, ProofMismatchError
from zkattest.metrics.measures import Measures, measure
from zkattest.metrics.planning import Plan, plan
from zkattest.metrics.result import MetricResult, MetricVerdict
from zkattest.metrics.score import Reveal, Score

if TYPE_CHECKING:
    from zkattest.backends.base import VerifyingKey
    from zkattest.datasets import DataSet
    from zkattest.frontend import QuantisedModel
    from zkattest.metrics.proof import MetricProof
    from zkattest.srs import Srs
    from zkattest.statements import Binding

__all__ = ["verify_metric"]


def verify_metric(
    proof: MetricProof,
    verifying_key: VerifyingKey,
    dataset: DataSet,
    *,
    srs: Srs | None = None,
    model: QuantisedModel | None = None,
    binding: Binding | None = None,
    readable: bool = False,
) -> MetricVerdict:
    """Judge the proof of a metric. The verdict is false where it is well-formed and wrong.

    Arguments:
        verifying_key: of the metric; the caller has it from the model's registration.
        dataset: the public manifest; the caller knows its identity from elsewhere.
        srs: the set-up string that the caller trusts; None: as the key says itself.
        model: whose weights are public, to compare with the key's commitment; needs ``srs``.
        binding: where the proofs have to be bound to; None: anywhere or nowhere.
        readable: judge with the readable verifier, seconds to minutes for each shard.

    What the caller must still check: that the key is the model's, the data set the one that was meant, the
    string not unsafe; and that enough rows are labelled for the value to mean something.

    Raises:
        ProofMismatchError: a proof of another model, circuit, key or metric; DataSetMismatchError: of another
            data set, string or layout; MalformedProofError: no proof.
    """
    score, architecture, opened = opened_metric(verifying_key)  # 1
    if srs is not None:
        verification.check_srs(verifying_key, opened, srs)
    if model is not None:
        _check_model(verifying_key, model, srs)
    if proof.dataset != dataset.identity:  # 2
        raise DataSetMismatchError(
            f"The proof is about the data set 0x{proof.dataset.hex()}; the one given is "
            f"0x{dataset.identity.hex()}.",
            remedy="Verify with the manifest that the proof names, or ask for a proof about this one.",
        )
    if (dataset.srs_digest, dataset.tau_g2) != (verifying_key.srs_digest, opened.data.tau_g2):
        raise DataSetMismatchError(
            "The data set is committed to under another set-up string than the model.",
            remedy="Commit to both under one string.",
        )
    check_layout(opened, dataset.layout.layout)
    planned = _planned(proof, plan(proof.metric, architecture, dataset.schema), score)  # 3
    if opened.data.shape.batch != dataset.schema.capacity:
        raise DataSetMismatchError(
            f"The key's shards have {opened.data.shape.batch} rows; the data set's have "
            f"{dataset.schema.capacity}.",
            remedy="Use keys of a metric that were made for this data set's schema.",
        )
    reason = _shards(proof, dataset) or _contexts(proof, binding)  # 4, 5
    if reason:
        return MetricVerdict(False, reason)
    for index, shard in enumerate(proof.proofs):  # 6
        if not verification.verify(verifying_key, shard, readable=readable):
            return MetricVerdict(False, f"the proof of shard {index} does not hold for its statement")
    if not dataset.verify(srs, readable=readable):  # 7
        return MetricVerdict(False, "a registration proof of the data set does not hold")
    shown = [tuple(shard.statement.public_values.tolist()) for shard in proof.proofs]
    measures, reason = _values(planned, shown, dataset)  # 8
    if reason:
        return MetricVerdict(False, reason)
    result = MetricResult(
        proof.metric,
        score,
        planned.columns,
        () if measures is None else tuple(sum(column) for column in zip(*shown, strict=True)),
        measures,
        verifying_key.model_hash,
        verifying_key.circuit_hash,
        verifying_key.digest,
        dataset.identity,
        dataset.schema.digest,
        dataset.role,
        dataset.rows,
        dataset.labelled,
        len(dataset.shards),
        verifying_key.srs_digest,
        verifying_key.srs_unsafe or dataset.srs_unsafe,
        proof.binding,
        proof.proofs[0].statement.context,
    )
    return MetricVerdict(True, "", result)


def _check_model(key: VerifyingKey, model: QuantisedModel, srs: Srs | None) -> None:
    """Step 1: the key is of this published model."""
    from zkattest.backends import get_backend

    if srs is None:
        raise InputError(
            "Recomputing a model's commitment needs the set-up string.", remedy="Give srs as well."
        )
    get_backend(key.backend).check_public_model(key, model, srs=srs)


def _planned(proof: MetricProof, planned: Plan, score: Score) -> Plan:
    """Step 3."""
    if planned.score != score:
        raise ProofMismatchError(
            f"The key proves another metric than {str(proof.metric)!r}, which the proof names.",
            remedy="Verify with the key that was made for that metric.",
        )
    return planned


def _shards(proof: MetricProof, dataset: DataSet) -> str:
    """Step 4: what is wrong, or nothing."""
    found, expected = len(proof.proofs), len(dataset.shards)
    if found != expected:
        return f"there are proofs of {found} shards; the data set has {expected}"
    for index, (shard, identity) in enumerate(zip(proof.proofs, dataset.shard_identities, strict=True)):
        if shard.statement.input_commitment != identity:
            return f"the proof in the place of shard {index} is about other rows"
    return ""


def _contexts(proof: MetricProof, binding: Binding | None) -> str:
    """Step 5: likewise."""
    first = proof.proofs[0]
    for shard in proof.proofs:
        if (shard.statement.context, shard.binding) != (first.statement.context, first.binding):
            return "the shards are bound to different uses"
    if binding is not None and binding.context(first.statement.model_hash) != first.statement.context:
        return "the proofs are not bound to the use that was expected"
    return ""


def _values(planned: Plan, shown: list[tuple[int, ...]], dataset: DataSet) -> tuple[Measures | None, str]:
    """Step 8: the metrics, or what is wrong."""
    if planned.score.bounded is not None:
        if len(shown) > 1:
            raise bounds_need_one_shard(len(shown))
        if any(has < needs for has, needs in zip(shown[0], planned.thresholds, strict=True)):
            return None, "the thresholds shown are lower than the bounds need"
        return None, ""
    for index, (counts, record) in enumerate(zip(shown, dataset.shards, strict=True)):
        if any(labelled != record.labelled for labelled in _labelled(planned.score, counts)):
            return None, f"shard {index} counts other rows than its {record.labelled} labelled ones"
    summed = [sum(column) for column in zip(*shown, strict=True)]
    try:
        return measure(planned.score, summed, planned.columns), ""
    except MetricError as error:
        return None, f"the counts contradict each other: {error.message}"


def _labelled(score: Score, counts: Sequence[int]) -> list[int]:
    """Labelled rows of each column, as its counts say."""
    totals = dict.fromkeys(score.columns, 0)
    for place in score.places():
        block = counts[place.first : place.first + score.block]
        if score.reveal == Reveal.CONFUSION:
            totals[place.column] += sum(block)
        else:
            totals[place.column] += block[0 if score.reveal == Reveal.ERRORS else 1]
    return list(totals.values())


def bounds_need_one_shard(shards: int) -> MetricError:
    """An error to raise."""
    return MetricError(
        f"Bounds cannot be proved over {shards} shards: counts are hidden, and hidden counts do not add up.",
        remedy="Commit to the data set in one shard (shard_rows), or reveal the metric.",
    )
