"""Where the tensors of a commitment lie in rows; the rule is written down in ``docs/commitments.md``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from zkattest import _native
from zkattest.errors import CommitmentError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class TensorPlace:
    """Where a tensor lies: from cell ``offset`` of row ``row`` on, row-major, its last axis (of those larger
    than 1) padded by zeros to a power of two.

    Attributes:
        name: unique in its layout.
        shape: of the tensor.
        group: 0 to 255; tensors of one group share rows.
        row, offset: of its first cell.
        inner: the power of two that the first cell's position is a multiple of: the padded last axis times
            the axes before it, as long as they are powers of two and the product is at most a row.
    """

    name: str
    shape: Shape
    group: int
    row: int
    offset: int
    inner: int


@dataclass(frozen=True)
class Layout:
    """Places of all tensors, a function of the row size and of names, shapes and groups alone.

    Attributes:
        row_size: cells of a row, m.
        rows: number of rows.
        tensors: the places, in the order in which the tensors were given.
        digest: keccak256 of the canonical encoding, 32 bytes.
    """

    row_size: int
    rows: int
    tensors: tuple[TensorPlace, ...]
    digest: bytes = field(repr=False)

    @classmethod
    def pack(cls, row_size: int, tensors: Iterable[tuple[str, Shape, int]]) -> Layout:
        """Groups in ascending order, each on a fresh row; in a group the largest ``inner`` first, equal ones
        in the order given, each tensor directly after the one before.

        Arguments:
            row_size: a power of two.
            tensors: name, shape and group of each.

        Raises:
            CommitmentError: ``row_size`` is no power of two from 2 to 2^28; no tensor; an empty or repeated
                name; a zero-size axis; more than 32 axes or 2^40 cells; a group beyond 255.
        """
        given = [
            (checked_name(name), tuple(_count(size, name) for size in shape), _group(group, name))
            for name, shape, group in tensors
        ]
        native = _native.NativeLayout(_count(row_size, "row size"), given)
        places = tuple(
            TensorPlace(name, shape, group, *place)
            for (name, shape, group), place in zip(given, native.places, strict=True)
        )
        return cls(native.row_size, native.rows, places, native.digest)

    def native(self) -> _native.NativeLayout:
        """The extension's twin."""
        return _native.NativeLayout(self.row_size, [(t.name, t.shape, t.group) for t in self.tensors])


def padded_cells(shape: Shape) -> int:
    """Cells that a tensor of ``shape`` takes."""
    *leading, last = [size for size in shape if size > 1] or [1]
    return int(np.prod([*leading, next_power(last)], dtype=object))


def next_power(value: int) -> int:
    """The smallest power of two that is at least ``value``."""
    return 1 << max(value - 1, 0).bit_length()


def checked_name(name: object) -> str:
    """A tensor's name.

    Raises:
        CommitmentError: no text, or one that UTF-8 cannot encode.
    """
    if not isinstance(name, str):
        raise CommitmentError(f"A tensor's name is a text; got {type(name).__name__}.")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CommitmentError("A tensor's name is not valid Unicode.") from None
    return name


def _count(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= int(value) < 2**63:
        raise CommitmentError(f"{what}: a size is {value!r}, expected a positive integer.")
    return int(value)


def _group(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= int(value) < 256:
        raise CommitmentError(f"{name}: its group is {value!r}, expected 0 to 255.")
    return int(value)
