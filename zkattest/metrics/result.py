"""What a verified metric says, and the verdict that carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from zkattest.errors import NotProvedError
from zkattest.html import fields_html
from zkattest.metrics.measures import Columns, Measures, Slice
from zkattest.metrics.metric import Bound, Metric
from zkattest.metrics.score import Score
from zkattest.statements import Binding

__all__ = ["MetricResult", "MetricVerdict"]


@dataclass(frozen=True)
class MetricResult:
    """What was proved. Only :func:`zkattest.verify_metric` makes one.

    ``result["accuracy"]`` is the metric over all labelled rows. Who decides by it looks at ``labelled`` (how
    many rows it is of), ``role``, ``srs_unsafe``, and that ``dataset`` and ``model_hash`` are those meant.

    Attributes:
        metric: what was asked for.
        score: what the circuit counts.
        columns: names of classes and groups, in the data set's schema.
        counts: summed over shards; empty where only bounds are shown.
        measures: of ``counts``; None where only bounds are shown.
        model_hash, circuit_hash, vk_hash: of the key, 32 bytes each.
        dataset, schema_digest: of the data set, 32 bytes each.
        role: what the data set is for, its owner's word.
        rows: of the data set, its owner's word.
        labelled: rows that have a label, which its registration shows: those that count.
        shards: of the data set.
        srs_digest: of the set-up string, 32 bytes.
        srs_unsafe: the string's secret may be known: whoever knows it can prove anything.
        binding: where the proofs may be used, if they say it.
        context: what the proofs are bound to, 32 bytes; zero: nothing.
    """

    metric: Metric
    score: Score = field(repr=False)
    columns: Columns = field(repr=False)
    counts: tuple[int, ...] = field(repr=False)
    measures: Measures | None = field(repr=False)
    model_hash: bytes
    circuit_hash: bytes
    vk_hash: bytes
    dataset: bytes
    schema_digest: bytes
    role: str
    rows: int
    labelled: int
    shards: int
    srs_digest: bytes
    srs_unsafe: bool
    binding: Binding | None
    context: bytes

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What was proved instead of shown."""
        return self.metric.bounds

    @property
    def shown(self) -> Measures:
        """The values.

        Raises:
            NotProvedError: only bounds were proved.
        """
        if self.measures is None:
            raise NotProvedError(
                f"The proof shows no values, only that {self.metric}.",
                remedy="Read `bounds`, or ask the owner for a proof that shows the metric.",
            )
        return self.measures

    @property
    def overall(self) -> Slice:
        """Metrics of all labelled rows."""
        return self.shown.overall

    def __getitem__(self, name: str) -> float:
        """A metric of all labelled rows; NaN where it is undefined."""
        return self.overall[name]

    def exact(self, name: str) -> Fraction | None:
        """Likewise as a fraction; None where it is undefined."""
        return self.overall.exact(name)

    def group(self, column: str, value: str) -> Slice:
        """Metrics of one group.

        Raises:
            NotProvedError: it was not counted by itself.
        """
        found = self.shown.groups.get(column, {}).get(value)
        if found is None:
            raise NotProvedError(
                f"The proof does not show {column!r} {value!r}.", remedy="Prove the metric with that group."
            )
        return found

    def gap(self, name: str, column: str) -> Fraction | None:
        """Largest less smallest value of a metric among the groups of a column; None where fewer than two
        have one. Of a class: ``"demographic_parity[class]"``, ``"equal_opportunity[class]"``."""
        gaps = self.shown.gaps.get(column, {})
        if name not in gaps:
            raise NotProvedError(
                f"The proof does not show a gap of {name!r} by {column!r}.",
                remedy=f"There are {', '.join(gaps)}."
                if gaps
                else "Prove the metric with that group column.",
            )
        return gaps[name]

    def describe(self) -> dict[str, object]:
        """Everything in JSON's types, bytes as bytes."""
        values = {} if self.measures is None else self.measures.describe()
        return {
            "metric": str(self.metric),
            **values,
            "bounds": [str(bound) for bound in self.bounds],
            "labelled": self.labelled,
            "rows": self.rows,
            "shards": self.shards,
            "role": self.role,
            "data_set": self.dataset,
            "schema_digest": self.schema_digest,
            "model_hash": self.model_hash,
            "circuit_hash": self.circuit_hash,
            "vk_hash": self.vk_hash,
            "srs_digest": self.srs_digest,
            "srs_unsafe": self.srs_unsafe,
            "context": self.context,
            "bound_to": None if self.binding is None else vars(self.binding),
        }

    def _repr_html_(self) -> str:
        shown = self.describe()
        if self.measures is not None:
            shown |= {"overall": self.measures.overall.describe(), "groups": ", ".join(self.measures.groups)}
        return fields_html("proved metric", shown)


@dataclass(frozen=True)
class MetricVerdict:
    """Whether a metric was proved. Truth is ``bool(verdict)``; values are behind it.

    A verdict that is no has no values: ``verdict.result`` and ``verdict["accuracy"]`` raise, so that nobody
    who forgets to look at the verdict reads a number.

    Attributes:
        valid: everything holds.
        reason: what does not; empty where all does.
    """

    valid: bool
    reason: str = ""
    _result: MetricResult | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.valid

    @property
    def result(self) -> MetricResult:
        """What was proved.

        Raises:
            NotProvedError: nothing was.
        """
        if not self.valid or self._result is None:
            raise NotProvedError(
                f"The metric is not proved: {self.reason}.", remedy="Do not rely on what the proof claims."
            )
        return self._result

    def __getitem__(self, name: str) -> float:
        """The metric ``name`` over all labelled rows; raises where nothing is proved."""
        return self.result[name]

    def describe(self) -> dict[str, object]:
        """In JSON's types, bytes as bytes."""
        if not self.valid:
            return {"valid": False, "reason": self.reason}
        return {"valid": True, **self.result.describe()}

    def _repr_html_(self) -> str:
        return self.result._repr_html_() if self.valid else fields_html("not proved", self.describe())
