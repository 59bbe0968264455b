"""What a page about a proved metric says: values only, from wherever they come.

Nothing here is computed from data; counts and figures are those of the proofs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zkattest.attest.report import Check, Outcome


@dataclass(frozen=True)
class Figure:
    """One number about some rows.

    Attributes:
        name: such as ``accuracy``.
        value: None where it is undefined, because it would divide by zero.
        rate: it lies between 0 and 1.
        note: what it was computed from, such as ``108 of 114``.
    """

    name: str
    value: float | None
    rate: bool = True
    note: str = ""


@dataclass(frozen=True)
class Slice:
    """Rows that were counted together: all, or those of one group.

    Attributes:
        name: of the group; ``all rows``.
        labelled: how many rows count.
        figures: their metrics, in the same order in each slice of a report.
        confusion: counts ``[true class][predicted class]``, where they were revealed.
    """

    name: str
    labelled: int
    figures: tuple[Figure, ...]
    confusion: tuple[tuple[int, ...], ...] | None = None
    per_class: tuple[tuple[Figure, ...], ...] = ()


@dataclass(frozen=True)
class Grouping:
    """One column of groups.

    Attributes:
        column: its name.
        slices: one for each group.
        gaps: differences between the groups, such as of demographic parity.
    """

    column: str
    slices: tuple[Slice, ...]
    gaps: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Bound:
    """One proved inequality; the figure itself stays hidden.

    Attributes:
        name: the metric, with the rows that it is about.
        threshold: what was proved to be reached, or not to be exceeded.
        at_most: the figure is at most the threshold, else at least.
    """

    name: str
    threshold: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{self.name} is at {'most' if self.at_most else 'least'} {self.threshold:g}"


@dataclass(frozen=True)
class ModelFacts:
    """The model that was measured; ``name`` and ``version`` are its owner's word."""

    identity: bytes
    circuit_hash: bytes
    vk_hash: bytes
    name: str = ""
    version: int | None = None


@dataclass(frozen=True)
class DataFacts:
    """The committed data set.

    Attributes:
        identity, schema_digest, parent, shards: digests, 32 bytes each.
        name, role, rows, classes: the owner's word.
        labelled: rows that have a label, as registration proofs show.
        relations: proved relations to other data sets, one sentence each.
    """

    identity: bytes
    role: str
    rows: int
    labelled: int
    schema_digest: bytes
    shards: tuple[bytes, ...]
    name: str = ""
    parent: bytes | None = None
    classes: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetupFacts:
    """The set-up string; ``compared`` with one that the maker of the page was given, else the key's word."""

    digest: bytes
    unsafe: bool
    compared: bool = False


@dataclass(frozen=True)
class MetricFindings:
    """Everything that a metric report page shows; all of it public.

    Attributes:
        overall: counts and figures of all rows; None where only bounds were proved.
        groupings: the same by group.
        bounds: proved inequalities.
        checks: what was verified when the page was made, and what was not.
        commands: what it does and the command, for a reader who wants to check.
        author: who signs for the page, if anybody.
        made: when, in words; the maker's word.
    """

    model: ModelFacts
    data: DataFacts
    setup: SetupFacts
    checks: tuple[Check, ...]
    overall: Slice | None = None
    groupings: tuple[Grouping, ...] = ()
    bounds: tuple[Bound, ...] = ()
    commands: tuple[tuple[str, str], ...] = field(default=())
    author: str = ""
    made: str = ""
    title: str = ""

    @property
    def outcome(self) -> Outcome:
        """Failed if a check failed, passed if every required one was made and passed, else not checked."""
        if any(check.outcome is Outcome.FAILED for check in self.checks):
            return Outcome.FAILED
        required = [check.outcome for check in self.checks if check.required]
        proved = bool(required) and all(outcome is Outcome.PASSED for outcome in required)
        return Outcome.PASSED if proved else Outcome.NOT_CHECKED
