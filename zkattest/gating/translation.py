"""From a policy's words to the clauses that a gate holds, after everything that the gate cannot check.

A gate trusts circuit hashes. Here they are found trustworthy, each step numbered where it is done:

1. the model's key is good, and a version of the model is registered with it;
2. a metric key is good: its circuit is what this build compiles from its architecture and its score;
3. its architecture is the model's: a metric of another function of the same weights says nothing;
4. its score is the metric that the clause names, for the data set's schema: no other cut, classes or groups;
5. the data set lies as its circuit reads it, in shards of its capacity, under its set-up string.

Who signs the policy must still know that the data set is the right one, and that it was verified.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from zkattest.backends.base import VerifyingKey
from zkattest.backends.sumcheck.evm import verifier_of
from zkattest.backends.sumcheck.metric import check_layout, opened_metric
from zkattest.backends.sumcheck.verification import open_key
from zkattest.chain.gate import ALL, REVEALS, UNIT, GateClause, Measure
from zkattest.datasets import DataSet, Schema
from zkattest.errors import DataSetMismatchError, MetricError, PolicyError, ProofMismatchError
from zkattest.gating.document import ClauseText
from zkattest.metrics.measures import Columns
from zkattest.metrics.metric import GAPS, Bound, Metric, exact
from zkattest.metrics.planning import Plan, plan
from zkattest.metrics.score import Reveal, Score

#: What revealed counts are asked for, in the words that people use. The others are proved as bounds only.
_MEASURES: Final[dict[str, Measure]] = {
    "accuracy": "accuracy",
    "top_k_accuracy": "accuracy",
    "error_rate": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "balanced_accuracy": "balanced_accuracy",
    "recall_macro": "balanced_accuracy",
    "r2": "r2",
    "mae": "mae",
    "mse": "mse",
    "demographic_parity_gap": "demographic_parity_gap",
    "equal_opportunity_gap": "equal_opportunity_gap",
}
_OF_A_CLASS: Final = ("precision", "recall", "f1", *sorted(GAPS - {"accuracy_gap"}))
_NAMES: Final = {
    Reveal.HITS: "accuracy",
    Reveal.CONFUSION: "confusion",
    Reveal.TOP_K: "top_k",
    Reveal.ERRORS: "errors",
}
#: Finer scales of errors do not fit a gate's arithmetic.
_MOST_SCALE: Final = 48


@dataclass(frozen=True)
class MetricKey:
    """A metric key that was found good for a model and a data set (steps 2, 3 and 5)."""

    key: VerifyingKey
    score: Score
    dataset: DataSet
    architecture: Any


def check_model_key(key: VerifyingKey, registered: Collection[tuple[bytes, bytes]]) -> bytes:
    """Step 1; the encoding of the model's architecture.

    Arguments:
        registered: model hash and key digest of each version on chain.
    """
    opened = open_key(key)
    if opened.data.shape.score:
        raise PolicyError(
            "The policy's model is named by the key of a metric.",
            remedy="Name the verifying key of inferences that the model was registered with.",
        )
    if (key.model_hash, key.digest) not in registered:
        raise ProofMismatchError(
            "The policy's model key is none that a version of this model is registered with.",
            remedy="Name the verifying key of the registered version.",
        )
    return opened.data.architecture


def check_metric_key(key: VerifyingKey, dataset: DataSet, architecture: bytes) -> MetricKey:
    """Steps 2, 3 and 5.

    Arguments:
        architecture: encoding of the model's, from :func:`check_model_key`.

    Raises:
        FormatError, ProofMismatchError: a key that is not good, or of another architecture;
        UnsupportedByBackendError: a key whose proofs no contract takes, so that no clause could be met;
        DataSetMismatchError: a data set that its circuit does not read.
    """
    score, compiled, opened = opened_metric(key)  # 2
    if opened.data.architecture != architecture:  # 3
        raise ProofMismatchError(
            "The metric key is of another architecture than the model's: its proofs would be about another "
            "function of the same weights.",
            remedy="Make the metric's keys from the model that is registered.",
        )
    verifier_of(key, opened.data)
    if (dataset.srs_digest, dataset.tau_g2) != (key.srs_digest, opened.data.tau_g2):  # 5
        raise DataSetMismatchError(
            "The data set is committed to under another set-up string than the metric key.",
            remedy="Commit to both under one string.",
        )
    check_layout(opened, dataset.layout.layout)
    if opened.data.shape.batch != dataset.schema.capacity:
        raise DataSetMismatchError(
            f"The key's shards have {opened.data.shape.batch} rows; the data set's "
            f"{dataset.schema.capacity}.",
            remedy="Name the metric key that was made for this data set.",
        )
    return MetricKey(key, score, dataset, compiled)


def translate(
    clauses: list[ClauseText], found: MetricKey, dataset_id: int
) -> Iterator[tuple[int, GateClause]]:
    """The gate's clauses for those of a policy that share a metric key and a data set (step 4), each with the
    place of its text in ``clauses``.

    Raises:
        PolicyError: a clause that the key's counts or bounds do not answer; MetricError: no such class or
        group.
    """
    if found.score.bounded is not None:
        yield from _proved(clauses, found, dataset_id)
        return
    for place, clause in enumerate(clauses):
        _check_counts(clause, found)
        for gate in _counted(clause, found, dataset_id):
            yield place, gate


# --- bounds that the circuit proves -------------------------------------------------------------------


def _proved(clauses: list[ClauseText], found: MetricKey, dataset_id: int) -> Iterator[tuple[int, GateClause]]:
    """One gate clause for each threshold that statements show."""
    if len(found.dataset.shards) != 1:
        raise PolicyError(
            f"Bounds are proved over one shard; the data set has {len(found.dataset.shards)}.",
            remedy="Commit to it in one shard, or reveal counts.",
        )
    if len({(clause.cut, clause.k) for clause in clauses}) > 1:
        raise PolicyError(
            "Bounds of one metric key have one cut and one k.", remedy="Write the same in each."
        )
    schema = found.dataset.schema
    metric = Metric(cut=None if clauses[0].cut is None else exact(clauses[0].cut), k=clauses[0].k)
    if clauses[0].k:
        metric = replace(metric, name="top_k")
    planned: Plan | None = None
    for place, clause in enumerate(clauses):
        if clause.value:
            raise PolicyError(
                f"{clause.words}: a key with bounds proves them in each group.", remedy="Leave value out."
            )
        before = 0 if planned is None else len(planned.thresholds)
        if clause.side == "at least":
            metric = metric.at_least(
                clause.metric, clause.threshold, group=clause.group, of_class=clause.of_class
            )
        else:
            metric = metric.at_most(
                clause.metric, clause.threshold, group=clause.group, of_class=clause.of_class
            )
        planned = plan(metric, found.architecture, schema)
        for index in range(before, len(planned.thresholds)):
            yield (
                place,
                GateClause(
                    circuit_hash=found.key.circuit_hash,
                    dataset_id=dataset_id,
                    scheme="thresholds",
                    reveal=REVEALS[found.score.reveal],
                    classes=found.score.classes,
                    groups=tuple(found.score.size(column) for column in found.score.columns),
                    scale=0,
                    measure=_MEASURES.get(clause.metric, "accuracy"),
                    column=0,
                    group=ALL,
                    of_class=0,
                    threshold=planned.thresholds[index],
                    index=index,
                    min_labelled=clause.min_labelled,
                    max_age=clause.seconds,
                ),
            )
    if planned is None or planned.score != found.score:  # 4
        raise PolicyError(
            f"The metric key proves other bounds than {str(metric)!r}.",
            remedy="Name the bounds of one key together, all of them, in the order in which it was made.",
        )


# --- bounds of counts ---------------------------------------------------------------------------------


def _check_counts(clause: ClauseText, found: MetricKey) -> None:
    """Step 4: the key's score is what this build makes of the words, the data set's schema and the cut."""
    schema, score = found.dataset.schema, found.score
    names = [schema.groups[column - 1].name for column in score.columns if column]
    metric = Metric(_NAMES[score.reveal], names, clause.k, None if clause.cut is None else exact(clause.cut))
    if plan(metric, found.architecture, schema).score != score:
        raise PolicyError(
            f"{clause.words}: the metric key counts otherwise than {str(metric)!r} would for this model and "
            "data set: another cut, other classes or other groups.",
            remedy="Name the metric key that was made for this; give cut and k where it was made with them.",
        )


def _counted(clause: ClauseText, found: MetricKey, dataset_id: int) -> Iterator[GateClause]:
    """A gate clause for each group, and of a gap without a class for each class."""
    measure = _MEASURES.get(clause.metric)
    if measure is None or found.score.reveal not in _needed(clause.metric):
        raise PolicyError(
            f"{clause.words}: a gate cannot compute it from what the metric key shows.",
            remedy=f"Choose {', '.join(_MEASURES)} as the key's counts allow; or prove it as a bound.",
        )
    planned = plan(
        Metric(_NAMES[found.score.reveal], k=found.score.k), found.architecture, found.dataset.schema
    )
    scale = planned.columns.scale if found.score.reveal == Reveal.ERRORS else 0
    if not 0 <= scale <= _MOST_SCALE:
        raise PolicyError(f"{clause.words}: errors are integers of unit 2^-{scale}; a gate takes 0 to 48.")
    column, groups = _groups(clause, found.score, found.dataset.schema)
    for of_class in _classes(clause, planned.columns):
        for group in groups:
            yield GateClause(
                circuit_hash=found.key.circuit_hash,
                dataset_id=dataset_id,
                scheme="counts",
                reveal=REVEALS[found.score.reveal],
                classes=found.score.classes,
                groups=tuple(found.score.size(counted) for counted in found.score.columns),
                scale=scale,
                measure=measure,
                column=column,
                group=group,
                of_class=of_class,
                threshold=_units(clause),
                index=0,
                min_labelled=clause.min_labelled,
                max_age=clause.seconds,
            )


def _needed(metric: str) -> tuple[Reveal, ...]:
    """Counts that a metric can be had of."""
    if metric in ("accuracy", "error_rate"):
        return Reveal.HITS, Reveal.CONFUSION
    if metric in ("mae", "mse", "r2"):
        return (Reveal.ERRORS,)
    return (Reveal.TOP_K if metric == "top_k_accuracy" else Reveal.CONFUSION,)


def _units(clause: ClauseText) -> int:
    """The threshold in units of 2^-16, on the strict side."""
    threshold = clause.threshold
    if clause.metric != "r2":
        side: Any = clause.side
        Bound(side, clause.metric, threshold, clause.group, clause.of_class)  # what can be bounded how
    elif clause.side != "at least" or not 0 <= threshold <= 1:
        raise PolicyError(f"{clause.words}: R^2 is bounded from below, by a number from 0 to 1.")
    if clause.metric == "error_rate":
        return math.ceil((1 - threshold) * UNIT)
    return math.ceil(threshold * UNIT) if clause.side == "at least" else _floor(threshold)


def _floor(threshold: Fraction) -> int:
    units = math.floor(threshold * UNIT)
    if units >= 1 << 63:
        raise MetricError(f"A bound of {float(threshold):g} is larger than any that a gate takes.")
    return units


def _groups(clause: ClauseText, score: Score, schema: Schema) -> tuple[int, list[int]]:
    """Place of the column among those that are counted, and the groups to ask for."""
    if not clause.group:
        return 0, [ALL]
    names = [group.name for group in schema.groups]
    if clause.group not in names or names.index(clause.group) + 1 not in score.columns:
        raise PolicyError(
            f"{clause.words}: the metric key does not count over {clause.group!r}.",
            remedy=f"It counts over {', '.join(names[column - 1] for column in score.columns if column)}.",
        )
    number = names.index(clause.group)
    column = score.columns.index(number + 1)
    values = schema.groups[number].values
    if clause.metric in GAPS:
        if clause.value:
            raise PolicyError(f"{clause.words}: a gap is between all groups.", remedy="Leave value out.")
        return column, [ALL]
    if not clause.value:
        return column, list(range(len(values)))
    if clause.value not in values:
        raise PolicyError(
            f"{clause.words}: {clause.group!r} has no group {clause.value!r}.",
            remedy=f"Choose {', '.join(values)}.",
        )
    return column, [values.index(clause.value)]


def _classes(clause: ClauseText, columns: Columns) -> list[int]:
    """Numbers of the classes that a clause is about."""
    names = columns.classes
    if clause.metric not in _OF_A_CLASS:
        return [0]
    if clause.of_class:
        if clause.of_class not in names:
            raise PolicyError(
                f"{clause.words}: the data set has no class {clause.of_class!r}.",
                remedy=f"Choose {', '.join(names)}.",
            )
        return [names.index(clause.of_class)]
    if len(names) == 2:
        return [1]
    if clause.metric in GAPS:
        return list(range(len(names)))
    raise PolicyError(
        f"{clause.words}: there are {len(names)} classes.", remedy=f"Name one: class = {names[0]!r}."
    )
