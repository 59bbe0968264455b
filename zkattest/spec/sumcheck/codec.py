"""Decoding a circuit description (``docs/protocol.md``, "Encoding"): one canonical encoding each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import (
    ROW_REGIONS,
    Affine,
    Axis,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Functional,
    Group,
    Kind,
    Slice,
    Table,
    TableKeys,
    Tensor,
    Term,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.rules import check

T = TypeVar("T")

MAGIC: Final = b"ZKCI"
VERSION: Final = 1
#: Most items of a list.
LIST_LIMIT: Final = 1 << 20
#: Most bits of a table, so at most 2^16 entries.
TABLE_BITS: Final = 16


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise FormatError("The circuit description is truncated.")
        self._at += count
        return self._data[self._at - count : self._at]

    def unsigned(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def signed(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big", signed=True)

    def tag(self, end: int, what: str) -> int:
        value = self.unsigned(1)
        if value >= end:
            raise FormatError(f"Unknown {what} {value} in the circuit description.")
        return value

    def list(self, item: Callable[[], T]) -> tuple[T, ...]:
        count = self.unsigned(4)
        if count > LIST_LIMIT:
            raise FormatError(f"A list of the circuit description has {count} items.")
        return tuple(item() for _ in range(count))

    def short_list(self, item: Callable[[], T]) -> tuple[T, ...]:
        return tuple(item() for _ in range(self.unsigned(1)))

    def end(self) -> None:
        if self._at != len(self._data):
            raise FormatError("Bytes follow the circuit description.")


def decode(data: bytes) -> Circuit:
    """The circuit in its canonical bytes.

    Raises:
        FormatError: no canonical encoding, a broken rule, or more than the work limits.
    """
    reader = _Reader(data)
    if reader.take(4) != MAGIC or reader.unsigned(2) != VERSION:
        raise FormatError("No circuit description of this format and version.")
    circuit = Circuit(
        c=reader.unsigned(1),
        r_length=reader.unsigned(1),
        rows=tuple(reader.unsigned(4) for _ in range(ROW_REGIONS)),
        public=reader.unsigned(4),
        tables=reader.list(lambda: _table(reader)),
        tensors=reader.list(lambda: _tensor(reader)),
        functionals=reader.list(lambda: Functional(reader.unsigned(1), _forms(reader))),
        statements=reader.list(lambda: _forms(reader)),
        terms=reader.list(lambda: _term(reader)),
    )
    reader.end()
    check(circuit)
    return circuit


def _table(reader: _Reader) -> Table:
    bits, low, has_images = reader.unsigned(1), reader.signed(8), reader.tag(2, "flag")
    if bits > TABLE_BITS:
        raise FormatError(f"A table of 2^{bits} entries.")
    images = tuple(reader.signed(4) for _ in range(1 << bits)) if has_images else None
    return Table(bits, low, images)


def _tensor(reader: _Reader) -> Tensor:
    region, base = reader.tag(ROW_REGIONS + 1, "region"), reader.unsigned(8)
    return Tensor(region, base, reader.short_list(lambda: Axis(reader.unsigned(4), reader.unsigned(4))))


def _term(reader: _Reader) -> Term:
    statement, coefficient = reader.unsigned(4), reader.signed(16)
    return Term(statement, coefficient, reader.short_list(lambda: reader.unsigned(4)))


def _forms(reader: _Reader) -> tuple[Form, ...]:
    return reader.list(lambda: _form(reader))


def _form(reader: _Reader) -> Form:
    coefficient, unit, tensor = reader.signed(16), reader.tag(3, "unit"), reader.unsigned(4)
    groups = reader.short_list(lambda: Group(reader.unsigned(1), _vector(reader)))
    return Form(coefficient, unit, tensor - 1 if tensor else None, groups)


def _vector(reader: _Reader) -> Vector:
    return Vector(reader.unsigned(4), reader.short_list(lambda: _factor(reader)))


def _factor(reader: _Reader) -> Factor:
    tag, div, modulus = reader.tag(5, "factor"), reader.unsigned(4), reader.unsigned(4)
    return Factor(div, modulus, _kind(reader, tag, modulus))


def _kind(reader: _Reader, tag: int, modulus: int) -> Kind:
    if tag == 0:
        return Eq(_slice(reader))
    if tag == 1:
        return Affine(
            _slice(reader),
            *(reader.unsigned(4), reader.unsigned(4), reader.unsigned(4)),
            *(reader.signed(8), reader.signed(8), reader.signed(8)),
        )
    if tag == 2:
        return Window(
            *(_slice(reader), _slice(reader)),
            *(reader.unsigned(4), reader.unsigned(4)),
            *(reader.signed(8), reader.signed(8), reader.signed(8)),
        )
    if tag == 3:
        return Constants(tuple(reader.signed(16) for _ in range(modulus)))
    return TableKeys(reader.unsigned(4))


def _slice(reader: _Reader) -> Slice:
    return Slice(reader.tag(2, "point"), reader.unsigned(1), reader.unsigned(1))
