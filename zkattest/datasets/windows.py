"""Time series: rows are windows of consecutive rows of another source, labels come some steps later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zkattest.datasets.blocks import Block, Cells, Source, joined
from zkattest.errors import DataError, EmptyDataError

__all__ = ["WindowSource"]


@dataclass(frozen=True)
class WindowSource:
    """Windows over a table in order of time.

    Window i holds the features of rows i·stride to i·stride + length - 1, ``[length]`` for one column and
    ``[columns, length]`` for more. Its label is the one ``horizon`` rows after its last row, its groups are
    those of its last row.

    Attributes:
        base: the table. Without a label column, the label is the value of its only feature (a forecast).
        length: rows of a window.
        stride: rows from one window to the next.
        horizon: rows from the end of a window to its label; 0: the label of its last row.
    """

    base: Source
    length: int
    stride: int = 1
    horizon: int = 1

    def __post_init__(self) -> None:
        if self.length < 1 or self.stride < 1 or self.horizon < 0:
            raise DataError(
                f"Windows of length {self.length}, stride {self.stride}, horizon {self.horizon}; "
                "expected at least 1, 1 and 0."
            )
        if self.rows is not None and self.rows < 1:
            raise EmptyDataError(
                f"{self.base.rows} rows hold no window of {self.length} with a label {self.horizon} later."
            )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``column[step]``, where the table's columns have names."""
        return tuple(f"{name}[{step}]" for name in self.base.feature_names for step in range(self.length))

    @property
    def label_name(self) -> str:
        """Of the table's label."""
        return self.base.label_name

    @property
    def group_names(self) -> tuple[str, ...]:
        """As in the table."""
        return self.base.group_names

    @property
    def replayable(self) -> bool:
        """As the table."""
        return self.base.replayable

    @property
    def rows(self) -> int | None:
        """Windows, where the table's rows are known."""
        rows = self.base.rows
        return None if rows is None else max(0, (rows - self.length - self.horizon) // self.stride + 1)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`. Keeps the rows that later windows need."""
        kept: Block | None = None
        first = 0  # row of the table that ``kept`` begins with, and that the next window begins with
        skip = 0  # rows of the table before the next window that have not come yet
        for block in self.base.blocks(rows):
            dropped = min(skip, len(block))
            skip -= dropped
            first += dropped
            if not len(part := block[dropped:]):
                continue
            kept = part if kept is None else joined([kept, part])
            count = (len(kept) - self.length - self.horizon) // self.stride + 1
            if count < 1:
                continue
            yield self._windows(kept, count, first)
            done = count * self.stride
            skip = max(0, done - len(kept))
            first += min(done, len(kept))
            kept = kept[done:] if done < len(kept) else None

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        return ((block.labels, block.groups) for block in self.blocks(rows))

    def _windows(self, block: Block, count: int, first: int) -> Block:
        starts = np.arange(count) * self.stride
        series = block.features.reshape(len(block), -1)
        windows = series[starts[:, None] + np.arange(self.length)]  # [windows, length, columns]
        last = starts + self.length - 1
        labels = block.labels
        if labels is None:
            if series.shape[1] != 1:
                raise DataError(
                    "A forecast is of one column; the windows have several.",
                    remedy="Name the label's column.",
                )
            labels = series[:, 0]
        features = windows[:, :, 0] if series.shape[1] == 1 else np.swapaxes(windows, 1, 2)
        names = tuple(
            f"Window of rows {first + start} to {first + start + self.length - 1}"
            for start in starts.tolist()
        )
        return Block(
            features, labels[last + self.horizon], tuple(group[last] for group in block.groups), names
        )
