"""Where the tensors of a shard lie: the boxes that circuits read data from, and the commitment's layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from zkattest.commitments import Commitment, in_box
from zkattest.datasets.schema import Schema
from zkattest.errors import DataError, DataSetMismatchError
from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.layouts import Layout, next_power

#: Cells that cost a verifier as much as one block of them does; ``circuits/src/storage.rs`` has the same.
_CELLS_PER_BLOCK = 4


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
    if row_size < 2 or row_size & (row_size - 1):
        raise DataError(f"The row size is {row_size}.", remedy="Give a power of two.")
    tensors = tuple(_stored(name, shape, row_size, padded) for name, shape in schema.tensors)
    return ShardLayout(tensors, Layout.pack(row_size, [(tensor.name, tensor.box, 0) for tensor in tensors]))


def _stored(name: str, sizes: Shape, row_size: int, padded: bool) -> Stored:
    """Trailing axes merge into one, where that takes fewest cells; a block of cells counts as some more."""
    if padded:
        raise DataError("Data sets in padded boxes are not possible.", remedy="Leave padded out.")
    real = [size for size in sizes[1:] if size > 1]
    best: tuple[int, int] | None = None
    for cut in reversed(range(len(real))):
        inner, blocks = next_power(_product(real[cut:])), _product(real[:cut])
        cost = blocks * (inner + _CELLS_PER_BLOCK)
        if inner <= row_size and (best is None or cost < best[0]):
            best = cost, cut
    if real and best is None:
        raise _too_short(name, next_power(real[-1]), row_size)
    cut = len(real) if best is None else best[1]
    shape = (*([sizes[0]] if sizes[0] > 1 else []), *real[:cut], *([_product(real[cut:])] if real else []))
    if shape and next_power(shape[-1]) > row_size:
        raise _too_short(name, next_power(shape[-1]), row_size)
    return Stored(name, shape, shape)


def _too_short(name: str, least: int, row_size: int) -> DataError:
    return DataError(
        f"Rows of {row_size} cells are too short for tensor {name}; it needs {least}.",
        remedy="Commit to the model with a larger row_size, or choose fewer rows for a shard.",
    )


def _product(sizes: list[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product
