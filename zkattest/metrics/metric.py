"""What people ask for: which metrics are revealed, or which bounds are proved instead.

>>> Metric("accuracy", groups=["sex"])      # shows: right and labelled, overall and by sex
>>> Metric("confusion")                     # shows the matrix: precision, recall, F1, …
>>> Metric().at_least("accuracy", 0.9).at_most("accuracy_gap", 0.1, group="sex")   # shows nothing else
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import ClassVar, Final, Literal, get_args

from zkattest.encoding import Reader, Writer
from zkattest.errors import MetricError

__all__ = ["Bound", "Metric"]

Name = Literal["accuracy", "confusion", "top_k", "errors"]
NAMES: Final[tuple[Name, ...]] = get_args(Name)

#: Largest power of ten of a threshold; and what names a larger one.
_MOST_EXPONENT: Final = 99
_EXPONENT: Final = re.compile(r"[eE][+-]?[\d_]{3}")
#: Bounds of one metric: each is a clause or more.
MOST_BOUNDS: Final = 256

Number = int | float | str | Decimal | Rational

#: Bounds from below and from above; what each of them takes besides a threshold.
AT_LEAST: Final = (
    "accuracy",
    "top_k_accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "precision_macro",
    "recall_macro",
    "f1_macro",
)
AT_MOST: Final = (
    "error_rate",
    "false_positive_rate",
    "false_negative_rate",
    "accuracy_gap",
    "demographic_parity_gap",
    "equal_opportunity_gap",
    "mae",
    "mse",
)
OF_A_CLASS: Final = frozenset(
    {
        "precision",
        "recall",
        "f1",
        "false_positive_rate",
        "false_negative_rate",
        "demographic_parity_gap",
        "equal_opportunity_gap",
    }
)
GAPS: Final = frozenset(name for name in AT_MOST if name.endswith("_gap"))
ERRORS: Final = frozenset({"mae", "mse"})

#: Why these are not offered.
_NOT_OFFERED: Final = {
    "r2": "its denominator is a product of hidden counts; reveal 'errors', which shows R², or bound 'mse'",
    "auc": "it compares every pair of rows; see docs/metrics.md",
    "calibration_error": "it needs probabilities, which quantised logits do not give; see docs/metrics.md",
}


@dataclass(frozen=True)
class Bound:
    """One claim about a hidden metric.

    Attributes:
        side: ``"at least"`` or ``"at most"``.
        name: of the metric; one of :data:`AT_LEAST` or :data:`AT_MOST`.
        threshold: in the metric's own unit; of ``mae`` and ``mse`` that of the target, and its square.
        group: a group column: a gap between its groups, or the metric in each of them; empty: over all rows.
        of_class: name of a class; empty: the second of two classes, or for gaps of more than two all.
    """

    side: Literal["at least", "at most"]
    name: str
    threshold: Fraction
    group: str = ""
    of_class: str = ""

    def __post_init__(self) -> None:
        offered = {"at least": AT_LEAST, "at most": AT_MOST}[self.side]
        if self.name in _NOT_OFFERED:
            raise MetricError(f"There is no bound of {self.name}: {_NOT_OFFERED[self.name]}.")
        if self.name not in offered:
            raise MetricError(
                f"There is no bound {self.side!r} of {self.name!r}.",
                remedy=f"Choose {', '.join(offered)}.",
            )
        fits = self.threshold > 0 if self.name in ERRORS else 0 <= self.threshold <= 1
        if not fits:
            raise MetricError(
                f"{self.name} {self.side} {self.threshold}: no such value is possible or worth a proof.",
                remedy="Give a positive number." if self.name in ERRORS else "Give a number from 0 to 1.",
            )
        if self.name in GAPS and not self.group:
            raise MetricError(f"{self.name} is between groups.", remedy="Name a column: group='sex'.")
        if self.of_class and self.name not in OF_A_CLASS:
            raise MetricError(f"{self.name} is of no class; got {self.of_class!r}.")

    def __str__(self) -> str:
        where = f" of {self.of_class!r}" if self.of_class else ""
        by = "" if not self.group else f" between groups of {self.group!r}"
        if self.group and self.name not in GAPS:
            by = f" in each group of {self.group!r}"
        return f"{self.name}{where}{by} {self.side} {decimal_or_fraction(self.threshold)}"


@dataclass(frozen=True)
class Metric:
    """See the module.

    Attributes:
        name: what is revealed: ``"accuracy"``, ``"confusion"``, ``"top_k"`` or ``"errors"`` (MAE, MSE, R²).
            With bounds only which counts are hidden, chosen from them by default.
        groups: columns that are counted over besides all rows.
        k: for ``"top_k"``.
        cut: for a model with one output: class 1 from this value on, in real units. None: 0, or 0.5 where the
            model ends in a sigmoid.
        bounds: what is proved instead of shown.

    Raises:
        MetricError: no such metric, or one that contradicts itself.
    """

    name: str = ""
    groups: Sequence[str] = ()
    k: int = 0
    cut: Fraction | None = None
    bounds: tuple[Bound, ...] = field(default=())

    MAGIC: ClassVar = b"ZKME"
    VERSION: ClassVar = 1

    def __post_init__(self) -> None:
        if isinstance(self.groups, str):
            raise MetricError("The groups are a sequence of column names; got one text.")
        object.__setattr__(self, "groups", tuple(self.groups))
        object.__setattr__(self, "bounds", tuple(self.bounds))
        if self.cut is not None:
            object.__setattr__(self, "cut", exact(self.cut))
        if self.name and self.name not in NAMES:
            raise MetricError(f"There is no metric {self.name!r}.", remedy=f"Choose {', '.join(NAMES)}.")
        if len(set(self.groups)) != len(self.groups):
            raise MetricError("A group column is named twice.")
        if len(self.bounds) > MOST_BOUNDS:
            raise MetricError(
                f"The metric has {len(self.bounds)} bounds; at most {MOST_BOUNDS} are possible.",
                remedy="Prove them in several proofs.",
            )
        if self.bounds and self.groups:
            raise MetricError(
                "A metric with bounds counts over the groups that its bounds name.",
                remedy="Leave groups out, and give group=… to at_least and at_most.",
            )
        if isinstance(self.k, bool) or not isinstance(self.k, int) or not 0 <= self.k < 1 << 16:
            raise MetricError(f"k is {self.k!r}.", remedy="Give a whole number from 1.")
        if (self.k > 0) != (self.kind == "top_k"):
            raise MetricError(
                f"k is {self.k} for the metric {self.kind!r}.",
                remedy="Give k for 'top_k', and only there: Metric('top_k', k=3).",
            )

    # --- asking -----------------------------------------------------------------------------------

    def at_least(self, name: str, threshold: Number, *, group: str = "", of_class: object = "") -> Metric:
        """The same with one bound from below; counts are hidden."""
        return self._with(Bound("at least", name, exact(threshold), group, str(of_class)))

    def at_most(self, name: str, threshold: Number, *, group: str = "", of_class: object = "") -> Metric:
        """The same with one bound from above; counts are hidden."""
        return self._with(Bound("at most", name, exact(threshold), group, str(of_class)))

    def _with(self, bound: Bound) -> Metric:
        return replace(self, bounds=(*self.bounds, bound))

    @property
    def kind(self) -> str:
        """Which counts are made: :attr:`name`, or the fewest that all bounds can be had of.

        Raises:
            MetricError: no counts have all of them.
        """
        if not self.bounds:
            return self.name or "accuracy"
        needed = {_counts_of(bound.name) for bound in self.bounds}
        if needed == {"accuracy", "confusion"} or (needed == {"accuracy"} and self.name == "confusion"):
            needed = {"confusion"}
        if len(needed) > 1 or self.name not in ("", *needed):
            raise MetricError(
                f"One proof has no counts for {', '.join(bound.name for bound in self.bounds)}"
                f"{f' among those of {self.name!r}' if self.name else ''}.",
                remedy="Prove them one by one.",
            )
        return needed.pop()

    def __str__(self) -> str:
        if self.bounds:
            return "; ".join(map(str, self.bounds))
        name = f"top-{self.k} accuracy" if self.kind == "top_k" else self.kind
        return f"{name} by {', '.join(self.groups)}" if self.groups else name

    # --- encoding ---------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        writer = Writer(self.MAGIC, self.VERSION).text(self.name)
        writer.text("" if self.cut is None else str(self.cut)).u16(self.k).u16(len(self.groups))
        for group in self.groups:
            writer.text(group)
        writer.u16(len(self.bounds))
        for bound in self.bounds:
            writer.text(bound.side).text(bound.name).text(str(bound.threshold))
            writer.text(bound.group).text(bound.of_class)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> Metric:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, not canonical, or no metric.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="metric")
        name, cut, k = reader.text(), reader.text(), reader.u16()
        groups = tuple(reader.text() for _ in range(reader.u16()))
        raw = [tuple(reader.text() for _ in range(5)) for _ in range(reader.u16())]
        reader.finish()
        try:
            bounds = []
            for side, what, threshold, group, of_class in raw:
                if side == "at least":
                    bounds.append(Bound("at least", what, exact(threshold), group, of_class))
                elif side == "at most":
                    bounds.append(Bound("at most", what, exact(threshold), group, of_class))
                else:
                    raise MetricError(f"A bound is {side[:40]!r}.")
            metric = cls(name, groups, k, exact(cut) if cut else None, tuple(bounds))
        except MetricError as error:
            raise reader.fail(error.message) from None
        if metric.to_bytes() != data:  # a fraction in other words
            raise reader.fail("it is not in its canonical encoding")
        return metric


def _counts_of(name: str) -> str:
    if name in ERRORS:
        return "errors"
    if name == "top_k_accuracy":
        return "top_k"
    return "accuracy" if name in ("accuracy", "error_rate", "accuracy_gap") else "confusion"


def exact(number: object) -> Fraction:
    """The number that was written: 0.9 is 9/10, not its nearest binary fraction.

    Raises:
        MetricError: no finite number.
    """
    try:
        if isinstance(number, bool):
            raise ValueError
        if isinstance(number, float):
            number = repr(float(number)) if math.isfinite(number) else "no number"
        text = number if isinstance(number, int | str | Decimal | Rational) else str(number)
        # of files, too: powers of ten are written out, and few characters name a large one
        if isinstance(text, str) and (len(text) > 100 or _EXPONENT.search(text)):
            raise ValueError
        if isinstance(text, Decimal) and abs(text.adjusted()) > _MOST_EXPONENT:
            raise ValueError
        return Fraction(text)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise MetricError(f"A threshold is a finite number; got a {type(number).__name__}.") from None


def decimal_or_fraction(value: Fraction) -> str:
    """As a decimal where that is exact and short."""
    text = f"{float(value):.12g}"
    return text if Fraction(text) == value else str(value)


def groups_of(metric: Metric) -> Iterable[str]:
    """Group columns that ``metric`` names, each once, in the order of their first mention."""
    return dict.fromkeys([*metric.groups, *(bound.group for bound in metric.bounds if bound.group)])
