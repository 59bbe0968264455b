"""Sources in memory or mapped from a file: NumPy arrays, data frames, and iterators of either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zkattest.datasets.blocks import Block, Cells
from zkattest.errors import DataError, EmptyDataError, MissingColumnError, ShapeError

__all__ = ["ArraySource", "Columns", "FrameSource", "StreamSource"]


@dataclass(frozen=True)
class Columns:
    """Which columns of a table are what.

    Attributes:
        features: names; None: all but the others.
        label: name; None: the rows have no labels.
        groups: names.
    """

    features: tuple[str, ...] | None = None
    label: str | None = None
    groups: tuple[str, ...] = ()

    def chosen(self, present: Sequence[str]) -> tuple[str, ...]:
        """The features' columns among those of a table.

        Raises:
            MissingColumnError: a column is absent; DataError: the label among the features, or none left.
        """
        others = {*self.groups, *([] if self.label is None else [self.label])}
        features = self.features
        if features is None:
            features = tuple(name for name in present if name not in others)
        repeated = len(set(features)) != len(features) or len(set(present)) != len(present)
        if repeated:
            raise DataError("Two columns have the same name.", remedy="Rename one of them.")
        for name in (*features, *others):
            if name not in present:
                raise MissingColumnError(
                    f"There is no column {name!r}; there are {', '.join(map(repr, present[:20]))}."
                )
        if self.label in features:
            raise DataError(
                f"The label {self.label!r} is among the features.", remedy="Leave it out of the features."
            )
        if not features:
            raise EmptyDataError("No column is left for the features.")
        return features


@dataclass(frozen=True)
class ArraySource:
    """Rows of NumPy arrays, which may be mapped from a ``.npy`` file.

    Attributes:
        x: ``[rows, ...]``, numbers.
        labels: ``[rows]``, or None.
        groups: ``[rows]`` by the column's name.
        label_name: of the target.
    """

    x: Cells = field(repr=False)
    labels: Cells | None = field(default=None, repr=False)
    groups: Mapping[str, Cells] = field(default_factory=dict, repr=False)
    label_name: str = "label"
    feature_names: tuple[str, ...] = ()
    replayable: bool = True

    def __post_init__(self) -> None:
        if self.x.ndim < 1 or not len(self.x):
            raise EmptyDataError("The array has no rows.")
        if self.x[:1].size == 0:
            raise EmptyDataError("The rows of the array have no features.")
        for what, column in (
            ("labels", self.labels),
            *((f"group {name!r}", g) for name, g in self.groups.items()),
        ):
            if column is not None and (column.ndim != 1 or len(column) != len(self.x)):
                raise ShapeError(
                    f"The array of {what} has shape {column.shape}; expected ({len(self.x)},).",
                    remedy="Give one cell for every row.",
                )

    @property
    def rows(self) -> int:
        """As in the arrays."""
        return len(self.x)

    @property
    def group_names(self) -> tuple[str, ...]:
        """In the order given."""
        return tuple(self.groups)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        for at in range(0, self.rows, rows):
            part = slice(at, at + rows)
            labels = None if self.labels is None else self.labels[part]
            yield Block(
                np.asarray(self.x[part]), labels, tuple(group[part] for group in self.groups.values())
            )

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        yield self.labels, tuple(self.groups.values())


@dataclass(frozen=True)
class FrameSource:
    """Rows of a pandas data frame.

    Attributes:
        frame: one row each.
        columns: which are what.
    """

    frame: Any = field(repr=False)
    columns: Columns
    replayable: bool = True

    def __post_init__(self) -> None:
        if not len(self.frame):
            raise EmptyDataError("The data frame has no rows.")
        _ = self.feature_names

    @property
    def feature_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.chosen([str(name) for name in self.frame.columns])

    @property
    def label_name(self) -> str:
        """Of the target."""
        return self.columns.label or "label"

    @property
    def group_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.groups

    @property
    def rows(self) -> int:
        """As in the frame."""
        return len(self.frame)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        for at in range(0, self.rows, rows):
            yield table_block(self.frame.iloc[at : at + rows], self.columns)

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        cells = _cells(self.frame)
        label = self.columns.label
        yield None if label is None else cells[label], tuple(cells[name] for name in self.columns.groups)


@dataclass(frozen=True)
class StreamSource:
    """Rows of an iterable of tables: data frames, or mappings from a column's name to its cells.

    Attributes:
        tables: an iterator (read once), or an iterable that starts anew each time.
        columns: which columns are what.
    """

    tables: Iterable[Any] = field(repr=False)
    columns: Columns
    rows: int | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """As chosen; none where all columns but the others are features."""
        return self.columns.features or ()

    @property
    def label_name(self) -> str:
        """Of the target."""
        return self.columns.label or "label"

    @property
    def group_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.groups

    @property
    def replayable(self) -> bool:
        """Whether the iterable starts anew each time."""
        return not isinstance(self.tables, Iterator)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        return (table_block(table, self.columns) for table in self.tables if len(table))

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        return ((block.labels, block.groups) for block in self.blocks(rows))


def table_block(table: Any, columns: Columns) -> Block:
    """A block from a data frame or a mapping of columns.

    A mapping with one feature column may hold an array of any shape in it: ``{"x": images, "label": …}``.

    Raises:
        MissingColumnError, DataError, ShapeError: columns that are absent, no numbers, or of unequal lengths.
    """
    cells = _cells(table)
    features = columns.chosen(list(cells))
    sizes = {len(column) for column in cells.values()}
    if len(sizes) > 1:
        raise ShapeError(f"Columns of a table have {', '.join(map(str, sorted(sizes)))} rows.")
    labels = None if columns.label is None else cells[columns.label]
    x = cells[features[0]] if len(features) == 1 else None
    if x is None or x.ndim == 1:
        x = np.stack([_feature(cells[name], name) for name in features], axis=1)
    return Block(x, labels, tuple(cells[name] for name in columns.groups))


def _cells(table: Any) -> dict[str, Cells]:
    if isinstance(table, Mapping):
        return {str(name): np.asarray(column) for name, column in table.items()}
    names = [str(name) for name in table.columns]
    found = {name: table.iloc[:, at].to_numpy() for at, name in enumerate(names)}
    if len(found) != len(names):
        raise DataError("Two columns have the same name.", remedy="Rename one of them.")
    return found


def _feature(cells: Cells, name: str) -> Cells:
    if cells.ndim != 1:
        raise ShapeError(f"Column {name!r} has shape {cells.shape}; expected one number for each row.")
    if cells.dtype.kind in "iubf":
        return cells.astype(np.float64)
    try:
        return np.array([_number(cell) for cell in cells], dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"Column {name!r} holds {cells.dtype}, expected numbers.",
            remedy="Encode categories as numbers first, as the model was trained on them.",
        ) from None


def _number(cell: Any) -> float:
    """A cell that is a number, missing ones as NaN; a text is none, even where it looks like one."""
    if cell is None or type(cell).__name__ == "NAType":
        return float("nan")
    if isinstance(cell, str):
        raise TypeError("text")
    return float(cell)
