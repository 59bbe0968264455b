"""Integers of a circuit description, each in its one encoding (``docs/protocol.md``, "Encoding")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from zkattest.errors import FormatError

T = TypeVar("T")

#: Most items of a list.
LIST_LIMIT: Final = 65_535
#: Most bytes of a signed integer's magnitude.
INTEGER_BYTES: Final = 16


def require(holds: bool, what: str) -> None:
    """
    Raises:
        FormatError: it does not hold.
    """
    if not holds:
        raise FormatError(f"The circuit description is not canonical: {what}.")


def var_size(value: int) -> int:
    """Bytes of the shortest variable-length integer of a value below 2^62."""
    return next(size for size in (1, 2, 4, 8) if value >> (8 * size - 2) == 0)


class Reader:
    """Reads from the front; every method raises ``FormatError`` where the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        if self.at + count > len(self._data):
            raise FormatError("The circuit description is truncated.")
        self.at += count
        return self._data[self.at - count : self.at]

    def since(self, start: int) -> bytes:
        """The bytes read from ``start`` on."""
        return self._data[start : self.at]

    def unsigned(self, size: int) -> int:
        """A big-endian integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), "big")

    def tag(self, end: int, what: str) -> int:
        """A byte smaller than ``end``."""
        value = self.unsigned(1)
        if value >= end:
            raise FormatError(f"Unknown {what} {value} in the circuit description.")
        return value

    def var(self, bits: int = 32) -> int:
        """An integer of at most ``bits`` bits: RFC 9000, section 16, and in its shortest form."""
        first = self.unsigned(1)
        size = 1 << (first >> 6)
        value = (first & 63) << 8 * (size - 1) | self.unsigned(size - 1)
        require(size == var_size(value), "a variable-length integer has a shorter form")
        if value >> bits:
            raise FormatError(f"{value} in the circuit description has more than {bits} bits.")
        return value

    def signed(self, bits: int) -> int:
        """An integer i with -2^(bits - 1) <= i < 2^(bits - 1): sign and number of bytes, then its size."""
        head = self.unsigned(1)
        magnitude = self.take(head & 127)
        require(len(magnitude) <= INTEGER_BYTES, f"an integer has more than {INTEGER_BYTES} bytes")
        require(magnitude[:1] != b"\0", "an integer has a leading zero")
        require(head != 128, "zero has no sign")
        value = int.from_bytes(magnitude, "big") * (-1 if head >> 7 else 1)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise FormatError(f"{value} in the circuit description has more than {bits} bits.")
        return value

    def items(self, count: int, item: Callable[[], T]) -> tuple[T, ...]:
        """So many items."""
        if count > LIST_LIMIT:
            raise FormatError(f"A list of the circuit description has {count} items.")
        return tuple(item() for _ in range(count))

    def end(self) -> None:
        """All bytes were read."""
        if self.at != len(self._data):
            raise FormatError("Bytes follow the circuit description.")
