"""The part of a circuit that counts: how predictions compare with labels, over whom, and what is shown.

A *score* follows a model's last node. It has sizes and no names, and one encoding, from which both compilers
start; ``docs/metrics.md`` has its meaning, :mod:`zkattest.metrics.metric` makes it from what people ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import ClassVar, Final, NamedTuple

from zkattest.encoding import Reader, Writer
from zkattest.errors import MetricError

__all__ = ["Bounded", "Place", "Ratio", "Reveal", "Score", "Task", "Weights"]

#: A quotient is floor(2^16 · num / den), of this many bits: up to and beyond 1.
QUOTIENT_BITS: Final = 17
QUOTIENT_SCALE: Final = 1 << 16

_MOST_COUNTS: Final = 1 << 16
_MOST_TERMS: Final = (1 << 16) - 1
_MOST_VALUES: Final = 4096
_MOST_COLUMNS: Final = 64
_MOST_SHIFT: Final = 32
_I64: Final = 1 << 63

#: A linear combination: pairs of an index and a weight, indices ascending, no weight zero.
Weights = tuple[tuple[int, int], ...]


class Task(IntEnum):
    """How a prediction follows from the model's output."""

    ARGMAX = 0  #: the greatest of at least two logits; of equal ones the first
    CUT = 1  #: one output: class 1 where it reaches the cut, else class 0
    VALUE = 2  #: one output, a number


class Reveal(IntEnum):
    """What is counted in each group."""

    HITS = 0  #: right, labelled
    CONFUSION = 1  #: rows by true and predicted class
    TOP_K = 2  #: right among the k greatest logits, labelled
    ERRORS = 3  #: labelled, Σ|e|, Σe², Σy', Σy'²


class Ratio(NamedTuple):
    """A fraction of two linear combinations of counts; the lower one has to be at least 1."""

    num: Weights
    den: Weights


@dataclass(frozen=True)
class Bounded:
    """What is proved of hidden counts instead of showing them.

    Attributes:
        ratios: q_l = floor(2^16 · num / den) of each.
        clauses: combinations of the q_l, each of which reaches a threshold that the statement shows.
    """

    ratios: tuple[Ratio, ...]
    clauses: tuple[Weights, ...]


class Place(NamedTuple):
    """Where the counts of one group stand: from ``first`` on, ``Score.block`` of them."""

    column: int
    group: int
    first: int


@dataclass(frozen=True)
class Score:
    """See the module.

    Attributes:
        task: how predictions follow from outputs.
        classes: of the target; 1 where it is a value.
        groups: numbers of values of the data set's group columns, from column 1 on.
        reveal: what is counted.
        columns: counted over, ascending: 0 stands for all rows as one group.
        cut: in the output's integers; only for ``Task.CUT``.
        k: only for ``Reveal.TOP_K``.
        output_shift, target_shift: e = output·2^output_shift − y·2^target_shift; only for ``Reveal.ERRORS``.
        bounded: hides the counts; None: they are the public integers.

    Raises:
        MetricError: fields that do not fit each other.
    """

    task: Task
    classes: int
    groups: tuple[int, ...]
    reveal: Reveal
    columns: tuple[int, ...] = (0,)
    cut: int = 0
    k: int = 0
    output_shift: int = 0
    target_shift: int = 0
    bounded: Bounded | None = None

    MAGIC: ClassVar = b"ZKSC"
    VERSION: ClassVar = 1

    def __post_init__(self) -> None:
        value = self.task == Task.VALUE
        if value != (self.reveal == Reveal.ERRORS) or (self.classes == 1) != value:
            raise MetricError(
                f"{self.reveal.name} of {self.classes} classes by {self.task.name}: errors, one class and a "
                "value as the target go together."
            )
        if not 1 <= self.classes <= _MOST_VALUES or (self.task == Task.CUT and self.classes != 2):
            raise MetricError(f"{self.task.name} cannot tell {self.classes} classes apart.")
        if (self.task != Task.CUT and self.cut) or not -_I64 <= self.cut < _I64:
            raise MetricError(f"A cut at {self.cut} of {self.task.name}.")
        ranked = self.reveal == Reveal.TOP_K
        if not (1 <= self.k < self.classes if ranked else self.k == 0) or (ranked and self.task == Task.CUT):
            raise MetricError(
                f"The {self.k} best of {self.classes} classes by {self.task.name}.",
                remedy="Choose k from 1 to the number of classes less one, for a model with a logit a class.",
            )
        shifts = self.output_shift, self.target_shift
        if not all(0 <= shift <= (_MOST_SHIFT if value else 0) for shift in shifts):
            raise MetricError(f"Shifts {shifts} of {self.task.name}.")
        if len(self.groups) > _MOST_COLUMNS or not all(1 <= size <= _MOST_VALUES for size in self.groups):
            raise MetricError(
                f"{len(self.groups)} group columns of {self.groups[:8]} values; a metric takes at most "
                f"{_MOST_COLUMNS} columns, of 1 to {_MOST_VALUES:,} values each."
            )
        if list(self.columns) != sorted(set(self.columns)) or not self.columns:
            raise MetricError(f"The columns to count over are {self.columns}, expected ascending numbers.")
        if not 0 <= self.columns[0] <= self.columns[-1] <= len(self.groups):
            raise MetricError(f"Columns {self.columns} of a data set that has {len(self.groups)}.")
        if self.counts > _MOST_COUNTS:
            raise MetricError(
                f"The metric has {self.counts:,} counts; at most {_MOST_COUNTS:,} are possible.",
                remedy="Count over fewer groups, or only right answers instead of a confusion matrix.",
            )
        if self.bounded is not None:
            _check_bounded(self.bounded, self.counts)

    # --- counts -----------------------------------------------------------------------------------

    @property
    def block(self) -> int:
        """Counts of one group."""
        return {
            Reveal.HITS: 2,
            Reveal.CONFUSION: self.classes * self.classes,
            Reveal.TOP_K: 2,
            Reveal.ERRORS: 5,
        }[self.reveal]

    @property
    def counts(self) -> int:
        """Counts of all groups of all columns."""
        return self.block * sum(self.size(column) for column in self.columns)

    @property
    def public(self) -> int:
        """Integers that a statement shows: the counts, or a threshold for each clause."""
        return self.counts if self.bounded is None else len(self.bounded.clauses)

    def size(self, column: int) -> int:
        """Groups of a column."""
        return 1 if column == 0 else self.groups[column - 1]

    def places(self) -> Iterator[Place]:
        """Every group, in the order of the counts."""
        first = 0
        for column in self.columns:
            for group in range(self.size(column)):
                yield Place(column, group, first)
                first += self.block

    @property
    def tensors(self) -> tuple[str, ...]:
        """Names of the data tensors of a shard, in the order of commitment."""
        target = ("y",) if self.task == Task.VALUE else ()
        return ("x", *target, *(f"l{column}" for column in range(len(self.groups) + 1)))

    def describe(self) -> dict[str, object]:
        """For people, in JSON's types; a score has no names."""
        return {
            "task": self.task.name.lower(),
            "counts": self.reveal.name.lower() + (f" {self.k}" if self.k else ""),
            "classes": self.classes,
            "columns": [{"column": column, "groups": self.size(column)} for column in self.columns],
            "shown": "thresholds" if self.bounded is not None else "counts",
            "integers": self.public,
        }

    # --- encoding ---------------------------------------------------------------------------------

    @cached_property
    def encoded(self) -> bytes:
        """:meth:`to_bytes`, kept."""
        writer = Writer(self.MAGIC, self.VERSION).u8(self.task).i64(self.cut)
        writer.u8(int(self.task == Task.VALUE)).u32(self.classes).u8(len(self.groups))
        for size in self.groups:
            writer.u32(size)
        writer.u8(self.reveal).u32(self.k).u8(self.output_shift).u8(self.target_shift).u8(len(self.columns))
        for column in self.columns:
            writer.u8(column)
        writer.u8(int(self.bounded is not None))
        if self.bounded is not None:
            writer.u8(QUOTIENT_BITS).u16(len(self.bounded.ratios))
            for ratio in self.bounded.ratios:
                for weights in ratio:
                    _write(writer, weights)
            writer.u16(len(self.bounded.clauses))
            for clause in self.bounded.clauses:
                _write(writer, clause)
        return writer.finish()

    def to_bytes(self) -> bytes:
        """The canonical encoding (``ZKSC``)."""
        return self.encoded

    @classmethod
    def from_bytes(cls, data: bytes) -> Score:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, not canonical, or fields that do not fit each other.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="score")
        task, cut, target, classes = reader.u8(), reader.i64(), reader.u8(), reader.u32()
        groups = tuple(reader.u32() for _ in range(reader.u8()))
        reveal, k, output_shift, target_shift = reader.u8(), reader.u32(), reader.u8(), reader.u8()
        columns = tuple(reader.u8() for _ in range(reader.u8()))
        flag = reader.u8()
        if task not in list(Task) or reveal not in list(Reveal) or flag > 1:
            raise reader.fail(f"task {task}, reveal {reveal}, bounded {flag}")
        if target != int(task == Task.VALUE):
            raise reader.fail(f"its target is {target} for the task {task}")
        bounded = _read_bounded(reader) if flag else None
        reader.finish()
        try:
            return cls(
                Task(task),
                classes,
                groups,
                Reveal(reveal),
                columns,
                cut,
                k,
                output_shift,
                target_shift,
                bounded,
            )
        except MetricError as error:
            raise reader.fail(error.message) from None


def _write(writer: Writer, weights: Weights) -> None:
    writer.u16(len(weights))
    for index, weight in weights:
        writer.u16(index).i64(weight)


def _read(reader: Reader) -> Weights:
    return tuple((reader.u16(), reader.i64()) for _ in range(reader.u16()))


def _read_bounded(reader: Reader) -> Bounded:
    bits = reader.u8()
    if bits != QUOTIENT_BITS:
        raise reader.fail(f"its quotients have {bits} bits, expected {QUOTIENT_BITS}")
    ratios = tuple(Ratio(_read(reader), _read(reader)) for _ in range(reader.u16()))
    return Bounded(ratios, tuple(_read(reader) for _ in range(reader.u16())))


def _check_bounded(bounded: Bounded, counts: int) -> None:
    """Raise :class:`MetricError` unless every combination is canonical and speaks of what there is."""
    for what, number in (("ratios", len(bounded.ratios)), ("clauses", len(bounded.clauses))):
        if not 1 <= number <= _MOST_TERMS:
            raise MetricError(f"A metric with bounds has {number} {what}; expected 1 to {_MOST_TERMS:,}.")
    for number, ratio in enumerate(bounded.ratios):
        for weights in ratio:
            _check_weights(weights, counts, f"ratio {number}")
    for number, clause in enumerate(bounded.clauses):
        _check_weights(clause, len(bounded.ratios), f"clause {number}")


def _check_weights(weights: Weights, limit: int, what: str) -> None:
    indices = [index for index, _ in weights]
    if not weights or indices != sorted(set(indices)) or not 0 <= indices[0] <= indices[-1] < limit:
        raise MetricError(f"The {what} combines {indices[:8]} of {limit}; expected ascending indices.")
    if not all(weight and -_I64 <= weight < _I64 for _, weight in weights):
        raise MetricError(f"A weight of {what} is zero or no 64-bit integer.")
