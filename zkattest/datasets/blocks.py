"""What a source yields: consecutive rows, a block at a time, so that raw data never has to fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from zkattest.errors import ShapeError
from zkattest.frontend.fixed_point import FloatTensor, Shape

__all__ = ["Block", "Cells", "Source", "is_missing", "joined", "missing", "numbers", "regroup"]

Cells = npt.NDArray[Any]

#: Rows that a source is asked for where nothing else says how many.
DEFAULT_ROWS = 1024


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a source; secret.

    Attributes:
        features: ``[rows, *shape]``, numbers.
        labels: ``[rows]``, numbers or objects; None: the source has no labels.
        groups: ``[rows]`` for each group column.
        names: of each row, where a source has better ones than numbers (files).
    """

    features: Cells = field(repr=False)
    labels: Cells | None = field(default=None, repr=False)
    groups: tuple[Cells, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, rows: slice) -> Block:
        labels = None if self.labels is None else self.labels[rows]
        return Block(
            self.features[rows], labels, tuple(group[rows] for group in self.groups), self.names[rows]
        )


class Source(Protocol):
    """Rows from somewhere.

    Attributes:
        feature_names: one for each feature, or none.
        label_name: of the target's column.
        group_names: of the columns that divide the rows.
        rows: how many there are, where that is known.
        replayable: whether it can be read more than once.
    """

    @property
    def feature_names(self) -> tuple[str, ...]: ...
    @property
    def label_name(self) -> str: ...
    @property
    def group_names(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def replayable(self) -> bool: ...

    def blocks(self, rows: int) -> Iterator[Block]:
        """All rows from the first on, in blocks of any size; ``rows`` is what the reader works with."""
        ...

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """Labels and groups alone, for sources that are cheaper to read without features."""
        ...


def regroup(blocks: Iterator[Block], rows: int) -> Iterator[Block]:
    """The same rows in blocks of exactly ``rows``, the last perhaps fewer; keeps about one block."""
    kept: list[Block] = []
    count = 0
    for block in blocks:
        rest = block
        while len(rest):
            part, rest = rest[: rows - count], rest[rows - count :]
            kept.append(part)
            count += len(part)
            if count == rows:
                yield joined(kept)
                kept, count = [], 0
    if kept:
        yield joined(kept)


def joined(blocks: list[Block]) -> Block:
    """One block after the other."""
    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    if any(block.features.shape[1:] != first.features.shape[1:] for block in blocks):
        raise ShapeError(
            "The source yields rows of different shapes.", remedy="Give every row the same shape."
        )
    return Block(
        np.concatenate([block.features for block in blocks]),
        None if first.labels is None else _column([block.labels for block in blocks]),
        tuple(_column(list(parts)) for parts in zip(*(block.groups for block in blocks), strict=True)),
        tuple(name for block in blocks for name in block.names),
    )


def _column(parts: list[Any]) -> Cells:
    """Cells one after the other, each as it is: NumPy would turn mixed numbers and texts into texts."""
    if len({part.dtype for part in parts}) == 1:
        return np.concatenate(parts)
    column = np.empty(sum(len(part) for part in parts), dtype=object)
    column[:] = [cell for part in parts for cell in part.tolist()]
    return column


def is_missing(cell: object) -> bool:
    """Whether a cell says nothing: None, NaN, NaT, pandas.NA, or an empty text."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell.strip()
    if type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float | np.floating) and bool(np.isnan(cell))


def missing(cells: Cells) -> npt.NDArray[np.bool_]:
    """:func:`is_missing` of each."""
    if cells.dtype.kind in "iub":
        return np.zeros(len(cells), dtype=bool)
    if cells.dtype.kind == "f":
        return np.isnan(cells)
    return np.fromiter((is_missing(cell) for cell in cells), dtype=bool, count=len(cells))


def numbers(cells: Cells) -> FloatTensor:
    """Cells as float64, missing ones as NaN.

    Raises:
        ValueError, TypeError: a cell is no number; the caller knows which column it is.
    """
    if cells.dtype.kind in "iubf":
        return cells.astype(np.float64)
    return np.array([np.nan if is_missing(cell) else float(cell) for cell in cells], dtype=np.float64)


def check_rows(block: Block, shape: Shape) -> None:
    """Raise ShapeError unless labels and groups have one cell for each row and rows have ``shape``."""
    sizes = {len(block), *(len(group) for group in block.groups)}
    if block.labels is not None:
        sizes.add(len(block.labels))
    if len(sizes) > 1:
        raise ShapeError(
            f"Features, labels and groups have {', '.join(map(str, sorted(sizes)))} rows.",
            remedy="Give one label and one cell of each group column for every row.",
        )
    found = block.features.shape[1:]
    if not fits(found, shape):
        raise ShapeError(
            f"Rows of the source have shape {found}; the schema's have {shape}.",
            remedy="Choose the columns, the size of images or the windows as the model takes them.",
        )


def fits(found: Shape, wanted: Shape) -> bool:
    """Whether rows of one shape can be read as another without turning axes: both are equal but for axes of
    size 1, or one of them is flat."""
    plain = [tuple(size for size in shape if size > 1) for shape in (found, wanted)]
    same_size = int(np.prod(found, dtype=object)) == int(np.prod(wanted, dtype=object))
    return same_size and (plain[0] == plain[1] or min(map(len, plain)) <= 1)
