"""Which source a value is: arrays, frames, files, folders, iterators."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zkattest.datasets.arrays import ArraySource, Columns, FrameSource, StreamSource, table_block
from zkattest.datasets.blocks import Source
from zkattest.datasets.files import CsvSource, ParquetSource, load_arrays
from zkattest.datasets.images import ImageSource
from zkattest.errors import DataError, StorageError

__all__ = ["as_source"]


def as_source(
    data: Any, *, features: Sequence[str] | None = None, label: Any = None, groups: Any = ()
) -> Source:
    """A source of rows.

    Arguments:
        data: a path: ``.npy``, ``.npz``, ``.csv``, ``.parquet`` or a folder of images; an array
            ``[rows, ...]``; a data frame or a mapping of columns; an iterable of those; or a
            source already.
        features: columns of a table, in the model's order; all but the others by default.
        label: column of the target; beside an array, the labels ``[rows]`` or their ``.npy`` file.
        groups: columns that divide the rows; beside an array, a mapping from names to cells ``[rows]``.

    Raises:
        DataError: nothing that rows can be read from; EmptyDataError, MissingColumnError, ShapeError.
    """
    if all(hasattr(data, name) for name in ("blocks", "targets", "replayable")):
        if features is not None or label is not None or groups:
            raise DataError("The source says itself what its columns are.", remedy="Leave the columns out.")
        found: Source = data
        return found
    if isinstance(data, str | os.PathLike):
        return _file(Path(data), features, label, groups)
    if isinstance(data, np.ndarray):
        return _array(data, features, label, groups)
    columns = table_columns(features, label, groups)
    if isinstance(data, Mapping):
        return _mapping(data, columns)
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return FrameSource(data, columns)
    if isinstance(data, Iterable) and not isinstance(data, bytes):
        return StreamSource(data, columns)
    raise DataError(f"Rows cannot be read from {type(data).__name__}.")


def table_columns(features: Sequence[str] | None, label: Any, groups: Any) -> Columns:
    """Names of a table's columns."""
    if label is not None and not isinstance(label, str):
        raise DataError("The label of a table is the name of a column.")
    if isinstance(groups, str | Mapping) or any(not isinstance(name, str) for name in groups):
        raise DataError("The groups of a table are a list of columns' names.")
    return Columns(None if features is None else tuple(features), label, tuple(groups))


def _file(path: Path, features: Sequence[str] | None, label: Any, groups: Any) -> Source:
    ending = path.suffix.lower()
    if ending in (".npy", ".npz"):
        return as_source(load_arrays(path), features=features, label=label, groups=groups)
    if path.is_dir():
        if features is not None or label is not None or groups:
            raise DataError("A folder of images has no columns.", remedy="Its sub-folders are the classes.")
        return ImageSource(path)
    if ending == ".csv":
        return CsvSource(path, table_columns(features, label, groups))
    if ending in (".parquet", ".pq"):
        return ParquetSource(path, table_columns(features, label, groups))
    if not path.exists():
        raise StorageError(f"There is no {path}.", remedy="Check the path.")
    raise DataError(
        f"{path} has the ending {ending!r}.",
        remedy="Give a .csv, .parquet, .npy or .npz file, or a folder of images.",
    )


def _mapping(data: Mapping[str, Any], columns: Columns) -> ArraySource:
    """All in memory already."""
    block = table_block(data, columns)
    chosen = columns.chosen([str(name) for name in data])
    groups = dict(zip(columns.groups, block.groups, strict=True))
    names = chosen if len(chosen) == block.features[0].size else ()
    return ArraySource(block.features, block.labels, groups, columns.label or "label", names)


def _array(data: Any, features: Sequence[str] | None, label: Any, groups: Any) -> ArraySource:
    if groups and not isinstance(groups, Mapping):
        raise DataError("The groups beside an array are a mapping from names to cells.")
    if isinstance(label, str | os.PathLike):
        label = load_arrays(Path(label))
    return ArraySource(
        data,
        None if label is None else np.asarray(label),
        {name: np.asarray(cells) for name, cells in dict(groups or {}).items()},
        feature_names=tuple(features or ()),
    )
