"""Sources in files: CSV, parquet and NumPy's, read a block at a time."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from zkattest.datasets.arrays import Columns, table_block
from zkattest.datasets.blocks import Block, Cells, is_missing
from zkattest.errors import DataError, EmptyDataError, StorageError, ToolMissingError

__all__ = ["CsvSource", "ParquetSource", "load_arrays"]


@dataclass(frozen=True)
class CsvSource:
    """Rows of a CSV file in UTF-8 with a header line.

    Attributes:
        path: the file.
        columns: which are what.
        delimiter: between cells.
    """

    path: Path
    columns: Columns
    delimiter: str = ","
    replayable: bool = True

    def __post_init__(self) -> None:
        _ = self.feature_names

    @cached_property
    def header(self) -> list[str]:
        """Names of the columns."""
        first = next(self._lines(), None)
        if first is None:
            raise EmptyDataError(f"{self.path} is empty.", remedy="Give a file with a header line and rows.")
        return [name.strip() for name in first]

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.chosen(self.header)

    @property
    def label_name(self) -> str:
        """Of the target."""
        return self.columns.label or "label"

    @property
    def group_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.groups

    @cached_property
    def rows(self) -> int:
        """Counted once."""
        return sum(1 for _ in self._records())

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        at = {name: self.header.index(name) for name in self.feature_names}
        for first, records in self._chunks(rows):
            features = np.array(
                [
                    [self._number(record[cell], first + row, name) for name, cell in at.items()]
                    for row, record in enumerate(records)
                ],
                dtype=np.float64,
            )
            yield Block(features, *self._targets(records))

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        return (self._targets(records) for _, records in self._chunks(rows))

    def _targets(self, records: list[list[str]]) -> tuple[Cells | None, tuple[Cells, ...]]:
        def column(name: str) -> Cells:
            at = self.header.index(name)
            return np.array([_whole(record[at]) for record in records], dtype=object)

        label = self.columns.label
        return None if label is None else column(label), tuple(column(name) for name in self.columns.groups)

    def _number(self, cell: str, row: int, name: str) -> float:
        try:
            return float("nan") if is_missing(cell) else float(cell)
        except ValueError:
            raise DataError(
                f"Row {row}, column {name!r}: no number.",
                remedy="Encode categories as numbers first, as the model was trained on them.",
            ) from None

    def _chunks(self, rows: int) -> Iterator[tuple[int, list[list[str]]]]:
        first, kept = 0, []
        for record in self._records():
            kept.append(record)
            if len(kept) == rows:
                yield first, kept
                first, kept = first + len(kept), []
        if kept:
            yield first, kept

    def _records(self) -> Iterator[list[str]]:
        lines = self._lines()
        next(lines, None)
        row = 0
        for record in lines:
            if not record:
                continue  # an empty line, such as editors leave at the end
            if len(record) != len(self.header):
                raise DataError(
                    f"Row {row} of {self.path} has {len(record)} cells; the header has {len(self.header)}.",
                    remedy="Check the delimiter and quotes.",
                )
            yield record
            row += 1

    def _lines(self) -> Iterator[list[str]]:
        try:
            with open(self.path, encoding="utf-8-sig", newline="") as file:
                yield from csv.reader(file, delimiter=self.delimiter)
        except OSError as error:
            raise StorageError(
                f"Cannot read {self.path}: {error.strerror}.", remedy="Check the path."
            ) from error
        except (UnicodeDecodeError, csv.Error):
            raise DataError(f"{self.path} is no CSV file in UTF-8.", remedy="Save it as UTF-8.") from None


def _whole(cell: str) -> str:
    """``1.0`` as ``1``: programs that know a column to hold missing cells write whole numbers so."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", cell.strip())


@dataclass(frozen=True)
class ParquetSource:
    """Rows of a parquet file; takes pyarrow.

    Attributes:
        path: the file.
        columns: which are what.
    """

    path: Path
    columns: Columns
    replayable: bool = True

    def __post_init__(self) -> None:
        _ = self.feature_names

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """As chosen."""
        with self._open() as file:
            return self.columns.chosen(list(file.schema_arrow.names))

    @property
    def label_name(self) -> str:
        """Of the target."""
        return self.columns.label or "label"

    @property
    def group_names(self) -> tuple[str, ...]:
        """As chosen."""
        return self.columns.groups

    @cached_property
    def rows(self) -> int:
        """As the file says."""
        with self._open() as file:
            return int(file.metadata.num_rows)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        own = () if self.columns.label is None else (self.columns.label,)
        wanted = Columns(self.feature_names, self.columns.label, self.columns.groups)
        for table in self._tables(rows, [*self.feature_names, *own, *self.columns.groups]):
            yield table_block(table, wanted)

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        label, groups = self.columns.label, self.columns.groups
        for table in self._tables(rows, [*([] if label is None else [label]), *groups]):
            yield None if label is None else table[label], tuple(table[name] for name in groups)

    def _tables(self, rows: int, names: list[str]) -> Iterator[dict[str, Cells]]:
        distinct = list(dict.fromkeys(names))
        with self._open() as file:
            for batch in file.iter_batches(batch_size=rows, columns=distinct):
                yield {name: _arrow_cells(batch.column(name)) for name in distinct}

    def _open(self) -> Any:
        arrow = optional("pyarrow", "parquet files")
        from pyarrow import parquet

        try:
            return parquet.ParquetFile(self.path)
        except OSError as error:
            raise StorageError(f"Cannot read {self.path}.", remedy="Check the path.") from error
        except arrow.ArrowException:
            raise DataError(f"{self.path} is no parquet file.") from None


def _arrow_cells(column: Any) -> Cells:
    if hasattr(column, "dictionary_decode"):
        column = column.dictionary_decode()
    cells: Cells = column.to_numpy(zero_copy_only=False)
    return cells


def load_arrays(path: Path) -> Any:
    """The array of a ``.npy`` file, mapped and not read; of ``.npz`` all arrays by name.

    Raises:
        StorageError: missing; DataError: another kind of file, or one that holds objects.
    """
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found:
            return {name: found[name] for name in found.files}
    except OSError as error:
        raise StorageError(f"Cannot read {path}: {error.strerror}.", remedy="Check the path.") from error
    except (ValueError, EOFError):
        raise DataError(f"{path} holds no arrays of numbers or texts.") from None


def optional(name: str, what: str) -> Any:
    """An optional package.

    Raises:
        ToolMissingError: it is not installed.
    """
    load: Callable[[str], Any] = __import__
    try:
        return load(name)
    except ImportError:
        raise ToolMissingError(
            f"{what.capitalize()} take {name}, which is not installed.",
            remedy="Install the extra: pip install 'zkattest[data]'.",
        ) from None
