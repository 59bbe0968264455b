"""From what was proved to what a page says: counts, metrics and bounds under the names that people use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from zkattest.attest.report import Check
from zkattest.backends.base import VerifyingKey
from zkattest.datasets import Classes, DataSet
from zkattest.metrics import Bound as ProvedBound
from zkattest.metrics import Measures, Metric
from zkattest.metrics import Slice as Measured
from zkattest.reports.findings import (
    Bound,
    DataFacts,
    Figure,
    Grouping,
    MetricFindings,
    ModelFacts,
    SetupFacts,
    Slice,
)

#: With more classes a table by group has no room for rates of each.
_FEW_CLASSES: Final = 4

_WORDS: Final = {
    "f1": "F1",
    "f1_macro": "F1, mean of the classes",
    "precision_macro": "precision, mean of the classes",
    "recall_macro": "recall, mean of the classes",
    "f1_weighted": "F1, weighted by rows",
    "precision_weighted": "precision, weighted by rows",
    "recall_weighted": "recall, weighted by rows",
    "positive_rate": "predicted share",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "r2": "R²",
}
_NO_RATES: Final = frozenset({"mae", "mse", "r2"})


def metric_findings(
    metric: Metric,
    dataset: DataSet,
    key: VerifyingKey,
    measures: Measures | None,
    checks: Iterable[Check],
    *,
    compared: bool = False,
    relations: Iterable[str] = (),
    commands: Iterable[tuple[str, str]] = (),
    model_name: str = "",
    dataset_name: str = "",
    version: int | None = None,
    author: str = "",
    made: str = "",
    title: str = "",
) -> MetricFindings:
    """What a page about a metric says; of one that was not proved, no figure.

    Arguments:
        metric: what was asked for.
        dataset: it is over; its manifest.
        key: of the metric circuit.
        measures: what verified counts say; None where only bounds were proved, or nothing.
        checks: what was verified, and what was not.
        compared: the set-up string, or its digest, was compared with one that is trusted.
        relations: what was proved of this data set and others, a sentence each.
        commands: what it does and the command.
        model_name, dataset_name, version, author, made, title: somebody's word.
    """
    schema = dataset.schema
    target = schema.target
    return MetricFindings(
        model=ModelFacts(key.model_hash, key.circuit_hash, key.digest, model_name, version),
        data=DataFacts(
            dataset.identity,
            dataset.role,
            dataset.rows,
            dataset.labelled,
            schema.digest,
            dataset.shard_identities,
            dataset_name,
            dataset.parent,
            target.names if isinstance(target, Classes) else (),
            tuple(relations),
        ),
        setup=SetupFacts(key.srs_digest, key.srs_unsafe or dataset.srs_unsafe, compared),
        checks=tuple(checks),
        overall=None if measures is None else _overall(measures.overall),
        groupings=() if measures is None else tuple(_groupings(measures)),
        bounds=tuple(map(_bound, metric.bounds)),
        commands=tuple(commands),
        author=author,
        made=made,
        title=title,
    )


def _overall(part: Measured) -> Slice:
    figures = [_figure(name, value, _hits(part, name, value)) for name, value in part.values.items()]
    per_class = tuple(_of_class(values) for values in part.by_class.values())
    return Slice("all rows", part.labelled, tuple(figures), part.confusion, per_class)


def _of_class(values: Mapping[str, Fraction | None]) -> tuple[Figure, ...]:
    figures = [_figure(name, value) for name, value in values.items() if name != "support"]
    rows = values.get("support")
    return (*figures, Figure("labelled rows", None if rows is None else float(rows), rate=False))


def _groupings(measures: Measures) -> Iterable[Grouping]:
    for column, parts in measures.groups.items():
        gaps = measures.gaps.get(column, {})
        yield Grouping(
            column,
            tuple(
                Slice(name, part.labelled, tuple(_of_group(part)), part.confusion)
                for name, part in parts.items()
            ),
            tuple(
                Figure(_gap_name(name), None if value is None else float(value), note=_meaning(name))
                for name, value in gaps.items()
                if _is_told(name)
            ),
        )


def _of_group(part: Measured) -> Iterable[Figure]:
    """Few figures, because there is a drawing of each: with few classes the rates behind the gaps, with the
    counts that they come from, because groups can be small."""
    matrix = part.confusion
    if matrix is None or not part.by_class:
        for name, value in part.values.items():
            yield _figure(name, value, _hits(part, name, value))
        return
    yield _figure("accuracy", part.values["accuracy"], _hits(part, "accuracy", part.values["accuracy"]))
    classes = list(part.by_class)
    if len(classes) > _FEW_CLASSES:
        for name in ("balanced_accuracy", "f1_macro"):
            yield _figure(name, part.values[name])
        return
    for at, name in enumerate(classes):
        yield _share(f"recall of {name}", matrix[at][at], sum(matrix[at]))
    predicted = [sum(row[at] for row in matrix) for at in range(len(classes))]
    for at in range(len(classes) == 2, len(classes)):  # of two, one says both
        yield _share(f"share predicted {classes[at]}", predicted[at], part.labelled)


def _share(name: str, some: int, all_: int) -> Figure:
    return Figure(name, some / all_ if all_ else None, note=f"{some:,} of {all_:,}")


def _hits(part: Measured, name: str, value: Fraction | None) -> str:
    """What a share of right answers comes from."""
    if value is None or not name.endswith("accuracy") or name == "balanced_accuracy":
        return ""
    return f"{int(value * part.labelled):,} of {part.labelled:,}"


def _is_told(gap: str) -> bool:
    """Gaps of averages over classes say little; those of a class, of accuracy and of errors are told."""
    return gap.endswith("]") or not gap.endswith(("_macro", "_weighted"))


def _gap_name(name: str) -> str:
    kind, _, of_class = name.partition("[")
    return f"{kind.replace('_', ' ')}, {of_class[:-1]}" if of_class else f"gap of {_words(name)}"


def _meaning(name: str) -> str:
    kind, _, of_class = name.partition("[")
    what = {
        "demographic_parity": f"share predicted {of_class[:-1]}",
        "equal_opportunity": f"recall of {of_class[:-1]}",
    }.get(kind, _words(name))
    return f"largest less smallest {what} of the groups"


def _bound(bound: ProvedBound) -> Bound:
    name = bound.name.replace("_", " ")
    name += f" of {bound.of_class}" if bound.of_class else ""
    if bound.group:
        name += (
            f" between groups of {bound.group}"
            if bound.name.endswith("_gap")
            else f" in each group of {bound.group}"
        )
    return Bound(name, float(bound.threshold), at_most=bound.side == "at most")


def _figure(name: str, value: Fraction | None, note: str = "") -> Figure:
    return Figure(_words(name), None if value is None else float(value), name not in _NO_RATES, note)


def _words(name: str) -> str:
    return _WORDS.get(name, name.replace("_", " "))
