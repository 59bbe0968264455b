"""Where tensors lie in rows: a function of the row size and of names, shapes and groups.

Axes of size 1 do not count. A tensor is flattened row-major with its last axis padded to a power of two. Its
inner size is that padded axis times the axes before it, as long as they are powers of two and the product is
at most a row. Groups come in ascending order, each on a fresh row; in a group the largest inner size comes
first, equal ones in the order given, each tensor directly after the one before. A row holds m cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from eth_utils.crypto import keccak

from zkattest.errors import CommitmentError

Shape = Sequence[int]
#: Name, shape and group.
Tensor = tuple[str, Shape, int]


@dataclass(frozen=True)
class Place:
    """A tensor's first row, its first cell there, its inner size; and its number of lines, a line's cells,
    and the cells from line to line."""

    row: int
    offset: int
    inner: int
    lines: int
    line: int
    step: int


@dataclass(frozen=True)
class Layout:
    """Places in the order in which the tensors were given."""

    row_size: int
    rows: int
    tensors: tuple[tuple[str, tuple[int, ...], int], ...]
    places: tuple[Place, ...]

    @property
    def digest(self) -> bytes:
        """keccak256 of: domain; m; number of tensors; per tensor name, group, rank, axes, row, offset,
        inner size."""
        encoding = b"zkattest-layout-v2" + self.row_size.to_bytes(8, "big") + _u32(len(self.tensors))
        for (name, shape, group), place in zip(self.tensors, self.places, strict=True):
            encoding += _u32(len(name.encode())) + name.encode() + bytes([group]) + _u32(len(shape))
            for value in (*shape, place.row, place.offset, place.inner):
                encoding += value.to_bytes(8, "big")
        return keccak(encoding)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def next_power_of_two(n: int) -> int:
    """The smallest power of two that is at least ``n`` >= 1."""
    return 1 << (n - 1).bit_length()


def pack(row_size: int, tensors: Sequence[Tensor]) -> Layout:
    """Lay tensors out in rows of ``row_size`` cells.

    Raises:
        CommitmentError: an impossible row size, name, shape or group.
    """
    if not (2 <= row_size <= 2**28 and row_size & (row_size - 1) == 0):
        raise CommitmentError("the row size is no power of two from 2 to 2^28")
    if not tensors or len(tensors) > 2**20:
        raise CommitmentError("from 1 to 2^20 tensors")
    names = [name for name, _, _ in tensors]
    if len(set(names)) != len(names) or any(not 1 <= len(name.encode()) <= 65535 for name in names):
        raise CommitmentError("names are unique and of 1 to 65535 bytes")
    if any(len(shape) > 32 or any(size < 1 for size in shape) for _, shape, _ in tensors):
        raise CommitmentError("at most 32 axes, each of at least 1")
    if any(not 0 <= group <= 255 for _, _, group in tensors):
        raise CommitmentError("groups are from 0 to 255")
    axes = [[size for size in shape if size > 1] or [1] for _, shape, _ in tensors]
    lines = [prod(sizes[:-1]) for sizes in axes]
    step = [next_power_of_two(sizes[-1]) for sizes in axes]
    inner = [_inner(sizes, row_size) for sizes in axes]
    group = [group for _, _, group in tensors]
    places: dict[int, Place] = {}
    cursor, before = 0, -1
    for i in sorted(range(len(tensors)), key=lambda i: (group[i], -inner[i], i)):
        if group[i] != before:
            cursor, before = -(-cursor // row_size) * row_size, group[i]
        row, offset = divmod(cursor, row_size)
        places[i] = Place(row, offset, inner[i], lines[i], axes[i][-1], step[i])
        cursor += lines[i] * step[i]
    if cursor > 2**40:
        raise CommitmentError("at most 2^40 cells")
    return Layout(
        row_size,
        -(-cursor // row_size),
        tuple((name, tuple(shape), group) for name, shape, group in tensors),
        tuple(places[i] for i in range(len(tensors))),
    )


def _inner(sizes: Sequence[int], row_size: int) -> int:
    inner = next_power_of_two(sizes[-1])
    for size in reversed(sizes[:-1]):
        if size & (size - 1) or inner * size > row_size:
            break
        inner *= size
    return inner
