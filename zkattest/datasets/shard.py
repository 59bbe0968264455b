"""One shard in integers: what is kept of its rows, and the tensors that are committed to."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

import numpy as np

from zkattest.datasets.schema import Schema
from zkattest.errors import DataError, FormatError
from zkattest.frontend.fixed_point import IntTensor, range_of_bits

__all__ = ["NONE", "ShardRows"]

#: Index of a label or group that a row does not have.
NONE = -1


@dataclass(frozen=True)
class ShardRows:
    """The rows of one shard, quantised; secret.

    Attributes:
        x: features ``[rows, *feature shape]``.
        label: index of the class ``[rows]``, in regression 0; :data:`NONE` where a row is unlabelled.
        value: quantised target ``[rows]`` in regression, 0 where there is none; else None.
        groups: index of the group ``[rows]`` for each column; NONE in unlabelled rows.
    """

    x: IntTensor = field(repr=False)
    label: IntTensor = field(repr=False)
    value: IntTensor | None = field(repr=False)
    groups: tuple[IntTensor, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """Rows that hold data."""
        return len(self.label)

    @property
    def labelled(self) -> int:
        """Rows that have a label."""
        return int(np.count_nonzero(self.label != NONE))

    def tensors(self, schema: Schema) -> dict[str, IntTensor]:
        """The tensors of the shard by name, in the order of commitment, as ``schema.tensors`` has them:
        int64; rows after the last are zero."""
        found = {name: np.zeros(shape, dtype=np.int64) for name, shape in schema.tensors}
        found["x"][: self.count] = self.x
        if self.value is not None:
            found["y"][: self.count] = self.value
        labelled = np.flatnonzero(self.label != NONE)
        classes = self.label[labelled]
        found["l0"][labelled, classes] = 1
        for column, group in enumerate(self.groups, start=1):
            at = (labelled, group[labelled])
            found[f"l{column}"][at if schema.is_regression else (*at, classes)] = 1
        return found

    def same(self, other: ShardRows) -> bool:
        """Whether both hold the same rows."""
        mine, its = self._arrays(), other._arrays()
        return mine.keys() == its.keys() and all(np.array_equal(mine[name], its[name]) for name in mine)

    def _arrays(self) -> dict[str, IntTensor]:
        arrays = {"x": self.x, "label": self.label}
        if self.value is not None:
            arrays["value"] = self.value
        return arrays | {f"group{i}": group for i, group in enumerate(self.groups, start=1)}

    def to_bytes(self) -> bytes:
        """As ``.npz``; secret. Features and targets have at most 16 bits."""
        buffer = io.BytesIO()
        narrow = {
            name: values.astype(np.int16 if name in ("x", "value") else np.int32)
            for name, values in self._arrays().items()
        }
        np.savez_compressed(buffer, **narrow)  # type: ignore[arg-type]  # its stubs take keywords for options
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, schema: Schema) -> ShardRows:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: no such file, or rows that are not of ``schema``.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: np.asarray(file[name], dtype=np.int64) for name in file.files}
            groups = tuple(arrays.pop(f"group{i}") for i in range(1, len(schema.groups) + 1))
            rows = cls(arrays["x"], arrays["label"], arrays.get("value"), groups)
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
            raise FormatError(
                "The rows of a shard do not decode.", remedy="Restore the file, or commit again."
            ) from None
        try:
            rows.check(schema)
        except DataError as error:
            raise FormatError(f"The rows of a shard are malformed: {error.message}") from None
        return rows

    def check(self, schema: Schema) -> None:
        """Raise DataError unless these are rows of ``schema``."""
        count = self.count
        if not 1 <= count <= schema.capacity or self.x.shape != (count, *schema.features.shape):
            raise DataError(f"A shard holds 1 to {schema.capacity} rows of shape {schema.features.shape}.")
        if (self.value is not None) != schema.is_regression or len(self.groups) != len(schema.groups):
            raise DataError("A shard has other columns than its schema.")
        low, high = range_of_bits(schema.features.bits)
        spans = [(self.x, low, high), (self.label, NONE, schema.classes - 1)]
        if self.value is not None:
            spans.append((self.value, low, high))
        spans += [
            (indices, NONE, len(group.values) - 1)
            for indices, group in zip(self.groups, schema.groups, strict=True)
        ]
        for values, least, most in spans:
            if len(values) != count or int(values.min()) < least or int(values.max()) > most:
                raise DataError("A shard holds numbers that its schema does not allow.")
        for indices in self.groups:
            if ((indices == NONE) != (self.label == NONE)).any():
                raise DataError("A shard has a labelled row without a group, or the reverse.")
        if self.value is not None and self.value[self.label == NONE].any():
            raise DataError("A shard has an unlabelled row with a target.")
