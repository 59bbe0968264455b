"""From counts to metrics: exact fractions, defined as scikit-learn defines them on the quantised predictions.

``docs/metrics.md`` says what each means, and what it is where nothing can be divided: ``None`` where
scikit-learn has no number, 0 where it has one by convention.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from zkattest.errors import MetricError
from zkattest.metrics.score import Reveal, Score, Task

__all__ = ["Columns", "Measures", "Slice", "measure"]

Value = Fraction | None

#: Metrics of a class, in the order in which they are shown.
CLASS_METRICS: Final = ("precision", "recall", "f1", "positive_rate", "support")
_AVERAGED: Final = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Columns:
    """Names for the numbers in a score.

    Attributes:
        classes: of the target, in the order of the model's outputs; empty for a value.
        groups: each group column with its values, in the data set's order.
        scale: errors are integers of unit 2^-scale; 0 for classes.
    """

    classes: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    scale: int = 0

    def check(self, score: Score) -> None:
        """Raise :class:`MetricError` unless these name exactly what ``score`` has."""
        sizes = tuple(len(values) for _, values in self.groups)
        classes = len(self.classes) or 1
        if sizes != score.groups or classes != score.classes:
            raise MetricError(
                f"The metric is about {score.classes} classes and groups of {score.groups}; the data set has "
                f"{classes} and {sizes}.",
                remedy="Use keys of a metric that were made for this data set's schema.",
            )


@dataclass(frozen=True)
class Slice:
    """The metrics of all rows, or of one group.

    Attributes:
        labelled: rows that count.
        values: metrics by name.
        by_class: metrics of each class by its name; empty unless a confusion matrix was shown.
        confusion: rows by true class and, in each, by predicted class; None likewise.
    """

    labelled: int
    values: Mapping[str, Value]
    by_class: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] | None = None

    def __getitem__(self, name: str) -> float:
        """The metric ``name``; NaN where it is undefined."""
        value = self.exact(name)
        return math.nan if value is None else float(value)

    def exact(self, name: str) -> Value:
        """Likewise as a fraction; None where it is undefined.

        Raises:
            MetricError: the counts do not have it.
        """
        if name not in self.values:
            raise MetricError(
                f"There is no {name!r} here; there are {', '.join(self.values)}.",
                remedy="Prove a metric that reveals it.",
            )
        return self.values[name]

    def describe(self) -> dict[str, object]:
        """In JSON's types."""
        shown: dict[str, object] = {"labelled": self.labelled, **_floats(self.values)}
        if self.by_class:
            shown["by_class"] = {name: _floats(values) for name, values in self.by_class.items()}
        if self.confusion is not None:
            shown["confusion"] = [list(row) for row in self.confusion]
        return shown


@dataclass(frozen=True)
class Measures:
    """What counts say.

    Attributes:
        overall: of all labelled rows.
        groups: of each group, by column and value.
        gaps: of each column: largest less smallest value among groups that have one, by metric; of a class,
            ``"demographic_parity[class]"``. None where fewer than two groups have one.
    """

    overall: Slice
    groups: Mapping[str, Mapping[str, Slice]]
    gaps: Mapping[str, Mapping[str, Value]]

    def describe(self) -> dict[str, object]:
        """In JSON's types."""
        return {
            "overall": self.overall.describe(),
            "groups": {
                column: {value: part.describe() for value, part in parts.items()}
                for column, parts in self.groups.items()
            },
            "gaps": {column: _floats(values) for column, values in self.gaps.items()},
        }


def measure(score: Score, counts: Sequence[int], columns: Columns) -> Measures:
    """Every metric that ``counts`` have.

    Arguments:
        counts: of ``score``, summed over shards.
        columns: names of its classes and groups.

    Raises:
        MetricError: another number of counts or names, or counts that contradict each other.
    """
    columns.check(score)
    if score.bounded is not None or len(counts) != score.counts:
        raise MetricError(f"{len(counts)} numbers are no counts of a metric that has {score.counts}.")
    blocks: dict[int, list[tuple[int, ...]]] = {}
    for place in score.places():
        block = tuple(int(count) for count in counts[place.first : place.first + score.block])
        _check_block(score, block)
        blocks.setdefault(place.column, []).append(block)
    # every labelled row is in exactly one group of each column: all columns have the same sum
    sums = [_sum(parts) for parts in blocks.values()]
    if any(total != sums[0] for total in sums):
        raise MetricError("The counts of two columns do not have the same sum.")
    groups: dict[str, Mapping[str, Slice]] = {}
    gaps: dict[str, Mapping[str, Value]] = {}
    for column, parts in blocks.items():
        if column == 0:
            continue
        name, values = columns.groups[column - 1]
        slices = [_slice(score, block, columns) for block in parts]
        groups[name] = MappingProxyType(dict(zip(values, slices, strict=True)))
        gaps[name] = MappingProxyType(_gaps(slices))
    return Measures(_slice(score, sums[0], columns), MappingProxyType(groups), MappingProxyType(gaps))


def _check_block(score: Score, block: tuple[int, ...]) -> None:
    """Raise :class:`MetricError` where no rows have such counts: a check of files, for proofs imply it."""
    if score.reveal in (Reveal.HITS, Reveal.TOP_K):
        sane = 0 <= block[0] <= block[1]
    elif score.reveal == Reveal.CONFUSION:
        sane = min(block) >= 0
    else:
        labelled, absolute, squares, total, target_squares = block
        sane = (
            labelled >= 0
            and 0 <= absolute <= squares  # integers: |e| <= e²
            and absolute**2 <= labelled * squares
            and total**2 <= labelled * target_squares
        )
    if not sane:
        raise MetricError("No rows have such counts: right answers exceed rows, or a sum is negative.")


def _sum(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*parts, strict=True))


def _slice(score: Score, block: tuple[int, ...], columns: Columns) -> Slice:
    if score.task == Task.VALUE:
        return _errors(block, columns.scale)
    if score.reveal == Reveal.CONFUSION:
        size = score.classes
        matrix = tuple(block[at : at + size] for at in range(0, size * size, size))
        return _confusion(matrix, columns.classes)
    right, labelled = block
    name = "accuracy" if score.reveal == Reveal.HITS else f"top_{score.k}_accuracy"
    return Slice(labelled, MappingProxyType({name: _ratio(right, labelled)}))


def _ratio(num: int, den: int) -> Value:
    return None if den == 0 else Fraction(num, den)


def _or_zero(num: int, den: int) -> Fraction:
    """Zero divisions are 0, scikit-learn's convention for metrics of a class."""
    return Fraction(0) if den == 0 else Fraction(num, den)


def _confusion(matrix: tuple[tuple[int, ...], ...], classes: tuple[str, ...]) -> Slice:
    supports = [sum(row) for row in matrix]
    predicted = [sum(column) for column in zip(*matrix, strict=True)]
    right = [matrix[index][index] for index in range(len(matrix))]
    labelled = sum(supports)
    if labelled == 0:
        nothing: dict[str, Value] = dict.fromkeys(("accuracy", "balanced_accuracy"))
        nothing |= {f"{name}_{average}": None for average in ("macro", "weighted") for name in _AVERAGED}
        empty: Mapping[str, Value] = {**dict.fromkeys(CLASS_METRICS), "support": Fraction(0)}
        return Slice(0, MappingProxyType(nothing), dict.fromkeys(classes, empty), matrix)
    of_class: list[dict[str, Fraction]] = [
        {
            "precision": _or_zero(hits, shown),
            "recall": _or_zero(hits, support),
            "f1": _or_zero(2 * hits, shown + support),
            "positive_rate": Fraction(shown, labelled),
            "support": Fraction(support),
        }
        for hits, shown, support in zip(right, predicted, supports, strict=True)
    ]
    present = [values["recall"] for values in of_class if values["support"]]
    values: dict[str, Value] = {
        "accuracy": Fraction(sum(right), labelled),
        "balanced_accuracy": sum(present, Fraction(0)) / len(present),
    }
    for name in _AVERAGED:
        column = [each[name] for each in of_class]
        values[f"{name}_macro"] = sum(column, Fraction(0)) / len(column)
        weighted = sum((a * n for a, n in zip(column, supports, strict=True)), Fraction(0))
        values[f"{name}_weighted"] = weighted / labelled
    by_class: dict[str, Mapping[str, Value]] = {
        name: MappingProxyType(dict[str, Value](each)) for name, each in zip(classes, of_class, strict=True)
    }
    return Slice(labelled, MappingProxyType(values), MappingProxyType(by_class), matrix)


def _errors(block: tuple[int, ...], scale: int) -> Slice:
    labelled, absolute, squares, total, target_squares = block
    unit = Fraction(1, 1 << scale) if scale >= 0 else Fraction(1 << -scale)
    values: dict[str, Value] = {
        "mae": None if labelled == 0 else unit * Fraction(absolute, labelled),
        "mse": None if labelled == 0 else unit * unit * Fraction(squares, labelled),
        "r2": _r2(labelled, squares, labelled * target_squares - total * total),
    }
    return Slice(labelled, MappingProxyType(values))


def _r2(labelled: int, squares: int, spread: int) -> Value:
    """``spread``: labelled² times the variance of the targets."""
    if labelled < 2:
        return None
    if spread == 0:  # constant targets: scikit-learn's force_finite
        return Fraction(int(squares == 0))
    return 1 - Fraction(labelled * squares, spread)


def _gaps(slices: list[Slice]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in slices[0].values:
        found[name] = _gap(part.values[name] for part in slices)
    for class_ in slices[0].by_class:
        parts = [part.by_class[class_] for part in slices]
        found[f"demographic_parity[{class_}]"] = _gap(part["positive_rate"] for part in parts)
        # a group without rows of the class has no recall of it, whatever convention fills in
        found[f"equal_opportunity[{class_}]"] = _gap(
            part["recall"] if part["support"] else None for part in parts
        )
    return found


def _gap(values: Iterable[Value]) -> Value:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def _floats(values: Mapping[str, Value]) -> dict[str, float | None]:
    return {name: None if value is None else float(value) for name, value in values.items()}
