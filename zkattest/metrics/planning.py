"""From a metric to the score of a circuit for one architecture and one schema, and to integer thresholds.

The translation is sound: whoever knows that every clause reaches its integer knows that every bound holds
over exact fractions. A quotient q is floor(2^16 x) of a ratio x, so that q/2^16 <= x < (q + 1)/2^16:

* x >= t follows from q >= ceil(2^16 t). It loses nothing but what lies between t and the next 2^-16.
* (x_1 + … + x_n)/n >= t follows from Σ q_i >= ceil(2^16 n t); what holds by 2·2^-16 or more can be proved.
* x <= t where x = num/den <= 1: as (den - num)/den >= 1 - t.
* x_a - x_b <= t for every ordered pair of groups: x_a - x_b < (q_a + 1 - q_b)/2^16, hence from
  q_b - q_a >= 1 - floor(2^16 t); what holds by 2·2^-16 or more can be proved.
* mae and mse <= t have no upper bound: their ratio is divided by the power of two next above t, and
  q <= floor(2^16 x(t)) - 1; what holds by 2·2^-15, relative to t, can be proved.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations, product
from typing import TYPE_CHECKING, Final, TypeAlias

from zkattest.errors import MetricError
from zkattest.metrics.measures import Columns
from zkattest.metrics.metric import GAPS, OF_A_CLASS, Bound, Metric, groups_of
from zkattest.metrics.score import QUOTIENT_SCALE, Bounded, Place, Ratio, Reveal, Score, Task, Weights

if TYPE_CHECKING:
    from zkattest.datasets import Schema
    from zkattest.frontend import Architecture, QuantisedModel

__all__ = ["Plan", "plan"]

_REVEALS: Final = {
    "accuracy": Reveal.HITS,
    "confusion": Reveal.CONFUSION,
    "top_k": Reveal.TOP_K,
    "errors": Reveal.ERRORS,
}
#: A linear combination of counts: weights by index.
_Sum: TypeAlias = dict[int, int]
#: log2 of the largest unit of errors, in which 2^47 rows still fit.
_MOST_OCTAVE: Final = 46
#: Ordered pairs of groups that one gap may take: each is a clause.
_MOST_CLAUSES: Final = 4096
#: Weights of all ratios, and clauses times ratios: no circuit has more constants, and metrics come in files.
_MOST_WEIGHTS: Final = 1 << 20


@dataclass(frozen=True)
class Plan:
    """What a metric is for one architecture and one schema.

    Attributes:
        score: of the circuit.
        thresholds: of the score's clauses, which statements show; empty without bounds.
        columns: names of its classes and groups, and the unit of its errors.
        clauses, ratios: the bound that each was first made for.
    """

    score: Score
    thresholds: tuple[int, ...]
    columns: Columns
    clauses: tuple[Bound, ...] = ()
    ratios: tuple[Bound, ...] = ()


def plan(metric: Metric, model: QuantisedModel | Architecture, schema: Schema) -> Plan:
    """The score of ``metric``, and its thresholds.

    Raises:
        MetricError: the model does not take such data, does not predict such targets, or the schema has no
            such class or group; says what to do.
    """
    _check_features(model, schema)
    names = [group.name for group in schema.groups]
    counted = []
    for name in groups_of(metric):
        if name not in names:
            raise MetricError(
                f"The data set has no group column {name!r}.",
                remedy=f"Choose {', '.join(names)}." if names else "Commit to it with groups=[…].",
            )
        counted.append(names.index(name) + 1)
    overall = not metric.bounds or any(not bound.group for bound in metric.bounds)
    columns = ([0] if overall else []) + sorted(counted)
    task, cut = _task(metric, model, schema)
    scale, shifts = _units(model, schema)
    score = Score(
        task,
        schema.classes,
        tuple(len(group.values) for group in schema.groups),
        _REVEALS[metric.kind],
        tuple(columns),
        cut,
        metric.k,
        *shifts,
    )
    named = Columns(
        tuple(getattr(schema.target, "names", ())),
        tuple((group.name, tuple(group.values)) for group in schema.groups),
        scale,
    )
    if not metric.bounds:
        return Plan(score, (), named)
    building = _Building(score, named)
    for bound in metric.bounds:
        building.add(bound)
    return building.plan()


def _check_features(model: QuantisedModel | Architecture, schema: Schema) -> None:
    """Raise :class:`MetricError` unless the data set's integers are inputs of the model and mean the same.

    The circuit sees integers alone: at another scale they would be other features without anybody's notice.
    """
    found, expected = schema.features, model.inputs[0]
    pairs = {
        "shape": (tuple(found.shape), tuple(expected.shape)),
        "bits": (found.bits, expected.bits),
        "scale": (found.scale, expected.scale),
    }
    for what, (has, takes) in pairs.items():
        if has != takes:
            raise MetricError(
                f"The data set's features have {what} {has}; the model takes {takes}.",
                remedy="Commit to the data again for this model: `zkattest data commit --model`.",
            )


def _task(metric: Metric, model: QuantisedModel | Architecture, schema: Schema) -> tuple[Task, int]:
    """How the model's output predicts the target; and the cut in its integers.

    Raises:
        MetricError: it does not.
    """
    output, last = model.outputs[0], model.nodes[-1].op
    if (metric.kind == "errors") != schema.is_regression:
        kind = "a number" if schema.is_regression else "a class"
        raise MetricError(
            f"{metric.kind!r} cannot be had of a target that is {kind}.",
            remedy="Choose 'errors'."
            if schema.is_regression
            else "Choose 'accuracy', 'confusion' or 'top_k'.",
        )
    if last == "argmax":
        raise MetricError(
            "The model ends in an ArgMax, whose output is a class and no logits.",
            remedy="Export the model without its last ArgMax: the metric takes it itself.",
        )
    if metric.cut is not None and (schema.is_regression or output.size != 1):
        raise MetricError("A cut is for models with one output and two classes.", remedy="Leave cut out.")
    if schema.is_regression:
        if output.size != 1:
            raise MetricError(f"The model has {output.size} outputs; the target is one number.")
        return Task.VALUE, 0
    if output.size == 1 and schema.classes == 2:
        cut = metric.cut
        if cut is None:
            cut = Fraction(1, 2) if last == "sigmoid" else Fraction(0)
        integer = math.ceil(cut * Fraction(2) ** output.scale)
        if not output.low <= integer <= output.high:
            raise MetricError(
                f"A cut at {float(cut):g} is outside what the model's output can be.",
                remedy="Give the cut in the unit of the model's output.",
            )
        return Task.CUT, integer
    if output.size != schema.classes or output.shape[-1] != schema.classes:
        raise MetricError(
            f"The model's output has shape {tuple(output.shape)}; the data set has {schema.classes} classes.",
            remedy="Use a data set with a class for each logit, in the logits' order.",
        )
    return Task.ARGMAX, 0


def _units(model: QuantisedModel | Architecture, schema: Schema) -> tuple[int, tuple[int, int]]:
    """Errors are integers of the finer unit of output and target, 2^-scale; and both shifts to it."""
    from zkattest.datasets import Value

    if not isinstance(schema.target, Value):
        return 0, (0, 0)
    output, target = model.outputs[0].scale, schema.target.scale
    scale = max(output, target)
    return scale, (scale - output, scale - target)


class _Building:
    """Ratios and clauses of the bounds so far; equal ratios are one."""

    def __init__(self, score: Score, columns: Columns) -> None:
        self._score, self._columns = score, columns
        self._ratios: dict[Ratio, int] = {}
        self._clauses: list[Weights] = []
        self._thresholds: list[int] = []
        self._of_clauses: list[Bound] = []
        self._of_ratios: list[Bound] = []
        self._weights = 0

    def plan(self) -> Plan:
        bounded = Bounded(tuple(self._ratios), tuple(self._clauses))
        score = replace(self._score, bounded=bounded)
        named = tuple(self._of_clauses), tuple(self._of_ratios)
        return Plan(score, tuple(self._thresholds), self._columns, *named)

    def add(self, bound: Bound) -> None:
        """Append the clauses of ``bound``."""
        self._append(bound)
        self._of_clauses += [bound] * (len(self._clauses) - len(self._of_clauses))
        self._of_ratios += [bound] * (len(self._ratios) - len(self._of_ratios))

    def _append(self, bound: Bound) -> None:
        places = self._places(bound)
        if bound.name in GAPS:
            if len(places) < 2 or len(places) * (len(places) - 1) > _MOST_CLAUSES:
                raise MetricError(
                    f"A gap between {len(places)} groups.",
                    remedy="Choose a column of at least two groups, and of fewer than 64.",
                )
            for number in self._classes(bound):
                self._gap(bound, places, number)
            return
        for place in places:
            if bound.name in ("mae", "mse"):
                self._error(bound, place)
            elif bound.name.endswith("_macro") or bound.name == "balanced_accuracy":
                self._mean(bound, place)
            else:
                self._simple(bound, place)

    def _places(self, bound: Bound) -> list[Place]:
        column = 0
        if bound.group:
            column = [name for name, _ in self._columns.groups].index(bound.group) + 1
        return [place for place in self._score.places() if place.column == column]

    def _classes(self, bound: Bound) -> list[int]:
        """Numbers of the classes that a bound is about."""
        names = self._columns.classes
        if bound.name not in OF_A_CLASS:
            return [-1]
        if bound.of_class:
            if bound.of_class not in names:
                raise MetricError(
                    f"The data set has no class {bound.of_class!r}.", remedy=f"Choose {', '.join(names)}."
                )
            return [names.index(bound.of_class)]
        if len(names) == 2:
            return [1]
        if bound.name in GAPS:
            return list(range(len(names)))
        raise MetricError(
            f"{bound.name} is of a class; there are {len(names)}.",
            remedy=f"Name one: of_class={names[0]!r}, or bound {bound.name}_macro.",
        )

    # --- clauses ------------------------------------------------------------------------------------

    def _simple(self, bound: Bound, place: Place) -> None:
        """One ratio that reaches the threshold; from above, one that misses 1 by no more."""
        (number,) = self._classes(bound)
        num, den = self._fraction(bound.name, place, number)
        threshold = bound.threshold
        if bound.side == "at most":
            num, threshold = _minus(den, num), 1 - threshold
        self._clause({self._ratio(num, den): 1}, math.ceil(QUOTIENT_SCALE * threshold))

    def _mean(self, bound: Bound, place: Place) -> None:
        """The mean over all classes."""
        name = {"balanced_accuracy": "recall"}.get(bound.name, bound.name.removesuffix("_macro"))
        classes = range(self._score.classes)
        # two classes may have one ratio, which then counts twice
        weights = Counter(self._ratio(*self._fraction(name, place, number)) for number in classes)
        self._clause(weights, math.ceil(QUOTIENT_SCALE * bound.threshold * len(classes)))

    def _gap(self, bound: Bound, places: list[Place], number: int) -> None:
        """No group lies above another by more than the threshold."""
        name = _RATES[bound.name]
        ratios = [self._ratio(*self._fraction(name, place, number)) for place in places]
        for above, below in permutations(ratios, 2):
            self._clause({below: 1, above: -1}, 1 - math.floor(QUOTIENT_SCALE * bound.threshold))

    def _error(self, bound: Bound, place: Place) -> None:
        """A mean of errors, in units of the power of two above the threshold."""
        unit = Fraction(2) ** (self._columns.scale * (2 if bound.name == "mse" else 1))
        threshold = bound.threshold * unit
        octave = threshold.numerator.bit_length() - threshold.denominator.bit_length()
        octave += threshold >= Fraction(2) ** octave
        if not -16 <= octave <= _MOST_OCTAVE:
            raise MetricError(
                f"{bound.name} at most {float(bound.threshold):g} is out of range: errors are integers of "
                f"unit 2^-{self._columns.scale} here.",
                remedy="Choose a threshold that the data set's scale can tell from 0.",
            )
        count = place.first + (2 if bound.name == "mse" else 1)
        ratio = self._ratio({count: 1 << max(-octave, 0)}, {place.first: 1 << max(octave, 0)})
        most = math.floor(QUOTIENT_SCALE * threshold / Fraction(2) ** octave) - 1
        self._clause({ratio: -1}, -most)

    def _ratio(self, num: _Sum, den: _Sum) -> int:
        """Number of a ratio."""
        self._weights += len(num) + len(den)
        self._check_size()
        ratio = Ratio(_weights(num), _weights(den))
        return self._ratios.setdefault(ratio, len(self._ratios))

    def _clause(self, weights: Mapping[int, int], threshold: int) -> None:
        self._clauses.append(_weights(weights))
        self._thresholds.append(threshold)
        self._check_size()

    def _check_size(self) -> None:
        if max(self._weights, len(self._clauses) * len(self._ratios)) > _MOST_WEIGHTS:
            raise MetricError(
                "The metric's bounds are too many for so many classes and groups.",
                remedy="Prove them in several proofs.",
            )

    # --- fractions ----------------------------------------------------------------------------------

    def _fraction(self, name: str, place: Place, number: int) -> tuple[_Sum, _Sum]:
        """Numerator and denominator of a metric over the counts of one group."""
        if self._score.reveal in (Reveal.HITS, Reveal.TOP_K):
            right: _Sum = {place.first: 1}
            labelled: _Sum = {place.first + 1: 1}
            return (_minus(labelled, right) if name == "error_rate" else right), labelled
        size = self._score.classes

        def cells(true: Iterable[int], predicted: Iterable[int]) -> _Sum:
            return {place.first + a * size + b: 1 for a, b in product(true, predicted)}

        every, one = range(size), (number,)
        others = [each for each in every if each != number]
        diagonal: _Sum = {place.first + a * size + a: 1 for a in every}
        hit = cells(one, one)
        # each only where it is asked for: there may be 2^16 cells
        sums: dict[str, Callable[[], tuple[_Sum, _Sum]]] = {
            "accuracy": lambda: (diagonal, cells(every, every)),
            "error_rate": lambda: (_minus(cells(every, every), diagonal), cells(every, every)),
            "precision": lambda: (hit, cells(every, one)),
            "recall": lambda: (hit, cells(one, every)),
            "f1": lambda: (_plus(hit, hit), _plus(cells(every, one), cells(one, every))),
            "false_positive_rate": lambda: (cells(others, one), cells(others, every)),
            "false_negative_rate": lambda: (cells(one, others), cells(one, every)),
            "positive_rate": lambda: (cells(every, one), cells(every, every)),
        }
        return sums[name]()


#: What a gap is the difference of.
_RATES: Final = {
    "accuracy_gap": "accuracy",
    "demographic_parity_gap": "positive_rate",
    "equal_opportunity_gap": "recall",
}


def _weights(weights: Mapping[int, int]) -> Weights:
    return tuple((index, weight) for index, weight in sorted(weights.items()) if weight)


def _plus(a: _Sum, b: _Sum) -> _Sum:
    return dict(Counter(a) + Counter(b))


def _minus(a: _Sum, b: _Sum) -> _Sum:
    """``a - b``, zero weights left out."""
    return {index: weight for index in {**a, **b} if (weight := a.get(index, 0) - b.get(index, 0))}
