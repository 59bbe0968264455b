"""Where tensors lie in rows: a function of row size, names and shapes.

A tensor of n cells takes a block of the next power of two. Blocks are placed largest first, equal ones in
the order given, each directly after the one before; so each is aligned to its size. A row holds m cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from eth_utils.crypto import keccak

from zkattest.errors import CommitmentError

Shape = Sequence[int]


@dataclass(frozen=True)
class Place:
    """A tensor's first row, its first cell there, its block, and its number of cells."""

    row: int
    offset: int
    block: int
    cells: int


@dataclass(frozen=True)
class Layout:
    """Places in the order in which the tensors were given."""

    row_size: int
    rows: int
    tensors: tuple[tuple[str, tuple[int, ...]], ...]
    places: tuple[Place, ...]

    @property
    def digest(self) -> bytes:
        """keccak256 of: domain; m; number of tensors; per tensor name, rank, axes, row, offset, block."""
        encoding = b"zkattest-layout-v1" + self.row_size.to_bytes(8, "big") + _u32(len(self.tensors))
        for (name, shape), place in zip(self.tensors, self.places, strict=True):
            encoding += _u32(len(name.encode())) + name.encode() + _u32(len(shape))
            for value in (*shape, place.row, place.offset, place.block):
                encoding += value.to_bytes(8, "big")
        return keccak(encoding)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def next_power_of_two(n: int) -> int:
    """The smallest power of two that is at least ``n`` >= 1."""
    return 1 << (n - 1).bit_length()


def pack(row_size: int, tensors: Sequence[tuple[str, Shape]]) -> Layout:
    """Lay tensors out in rows of ``row_size`` cells.

    Raises:
        CommitmentError: an impossible row size, name or shape.
    """
    if not (2 <= row_size <= 2**28 and row_size & (row_size - 1) == 0):
        raise CommitmentError("the row size is no power of two from 2 to 2^28")
    if not tensors or len(tensors) > 2**20:
        raise CommitmentError("from 1 to 2^20 tensors")
    names = [name for name, _ in tensors]
    if len(set(names)) != len(names) or any(not 1 <= len(name.encode()) <= 65535 for name in names):
        raise CommitmentError("names are unique and of 1 to 65535 bytes")
    if any(len(shape) > 32 or any(size < 1 for size in shape) for _, shape in tensors):
        raise CommitmentError("at most 32 axes, each of at least 1")
    counts = [prod(shape) for _, shape in tensors]
    blocks = [next_power_of_two(count) for count in counts]
    if sum(blocks) > 2**40:
        raise CommitmentError("at most 2^40 cells")
    places: dict[int, Place] = {}
    cursor = 0
    for i in sorted(range(len(tensors)), key=lambda i: (-blocks[i], i)):
        places[i] = Place(cursor // row_size, cursor % row_size, blocks[i], counts[i])
        cursor += blocks[i]
    return Layout(
        row_size,
        -(-cursor // row_size),
        tuple((name, tuple(shape)) for name, shape in tensors),
        tuple(places[i] for i in range(len(tensors))),
    )
