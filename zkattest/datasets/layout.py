"""Where the tensors of a shard lie: the boxes that circuits read data from, and the commitment's layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from zkattest.commitments import Commitment, in_box
from zkattest.datasets.registration import data_circuit
from zkattest.datasets.schema import Schema
from zkattest.errors import DataSetMismatchError
from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.layouts import Layout


@dataclass(frozen=True)
class Stored:
    """One tensor of a shard as it is committed to.

    Attributes:
        name: ``"x"``, ``"y"``, ``"l0"``, ``"l1"``, …
        shape: axes as stored: the tensor's elements in row-major order, axes merged or cut.
        box: cells along each; the elements are in its first corner.
    """

    name: str
    shape: Shape
    box: Shape


@dataclass(frozen=True)
class ShardLayout:
    """How every shard of a data set is stored.

    Attributes:
        tensors: in the order of commitment.
        layout: of the commitment.
    """

    tensors: tuple[Stored, ...]
    layout: Layout

    def boxed(self, tensors: Mapping[str, IntTensor]) -> dict[str, IntTensor]:
        """The logical tensors of a shard in their boxes.

        Raises:
            DataSetMismatchError: other names, order or sizes.
        """
        if list(tensors) != [stored.name for stored in self.tensors]:
            raise DataSetMismatchError(
                f"A shard has tensors {', '.join(stored.name for stored in self.tensors)}; "
                f"got {', '.join(tensors)}."
            )
        found = {}
        for stored in self.tensors:
            values = np.asarray(tensors[stored.name])
            if values.size != int(np.prod(stored.shape, dtype=object)):
                raise DataSetMismatchError(
                    f"Tensor {stored.name} of a shard has {values.size} elements, expected {stored.shape}."
                )
            found[stored.name] = in_box(values.reshape(stored.shape), stored.box)
        return found

    def commitment(self, srs_digest: bytes, srs_unsafe: bool, rows: tuple[bytes, ...]) -> Commitment:
        """The commitment of a shard from its rows."""
        return Commitment("data", self.layout, srs_digest, srs_unsafe, rows)


@lru_cache(maxsize=64)
def shard_layout(schema: Schema, row_size: int, padded: bool) -> ShardLayout:
    """How shards of ``schema`` are stored in rows of ``row_size`` cells.

    Raises:
        DataError: no power of two, or rows that are too short for the schema.
    """
    boxes = data_circuit(schema.spec, row_size, padded).tensors
    tensors = tuple(
        Stored(name, tuple(shape), tuple(box))
        for (name, _), (shape, box) in zip(schema.tensors, boxes, strict=True)
    )
    return ShardLayout(tensors, Layout.pack(row_size, [(tensor.name, tensor.box, 0) for tensor in tensors]))
