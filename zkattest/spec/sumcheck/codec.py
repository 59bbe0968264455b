"""Decoding a circuit description (``docs/protocol.md``, "Encoding"): one canonical encoding each."""

from __future__ import annotations

from typing import Final

from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import (
    ROW_REGIONS,
    Axis,
    Circuit,
    Form,
    Functional,
    Table,
    Tensor,
    Term,
)
from zkattest.spec.sumcheck.kernels import Kernel, places, read_kernels
from zkattest.spec.sumcheck.reader import Reader, require
from zkattest.spec.sumcheck.rules import PARTS_LIMIT, check

MAGIC: Final = b"ZKCI"
VERSION: Final = 2
#: Most bits of a table, so at most 2^16 entries.
TABLE_BITS: Final = 16
#: Units of forms.
UNITS: Final = 3


def decode(data: bytes) -> Circuit:
    """The circuit in its canonical bytes.

    Raises:
        FormatError: no canonical encoding, a broken rule, or more than the work limits.
    """
    reader = Reader(data)
    if reader.take(4) != MAGIC or reader.unsigned(2) != VERSION:
        raise FormatError("No circuit description of this format and version.")
    c, r_length, n1, d1 = (reader.unsigned(1) for _ in range(4))
    rows = tuple(reader.unsigned(4) for _ in range(ROW_REGIONS))
    public = reader.unsigned(4)
    terms, tables, kernels, tensors, functionals, statements = (reader.unsigned(2) for _ in range(6))
    term_list = reader.items(terms, lambda: _term(reader))
    table_list = reader.items(tables, lambda: _table(reader))
    forms = _Forms(reader, read_kernels(reader, kernels))
    tensor_list = reader.items(tensors, lambda: _tensor(reader))
    circuit = Circuit(
        c,
        r_length,
        rows,
        public,
        tables=table_list,
        tensors=tuple(tensor for tensor, _ in tensor_list),
        functionals=reader.items(functionals, forms.functional),
        statements=reader.items(statements, lambda: forms.read(None)),
        terms=tuple(term for term, _ in term_list),
    )
    reader.end()
    check(circuit)

    require((n1, d1) == (circuit.n1, circuit.d1), "wrong n1 or D")
    for term, variables in term_list:
        own = circuit.functionals[term.factors[0]].variables
        require(variables == own, "wrong number of variables of a term")
    for tensor, q in tensor_list:
        require(q == tensor.log_inner(circuit.m), "wrong inner part of a tensor")
    forms.check(circuit)
    return circuit


def _term(reader: Reader) -> tuple[Term, int]:
    """A term and the number of its variables."""
    statement, variables, coefficient = reader.var(), reader.unsigned(1), reader.signed(128)
    return Term(statement, coefficient, reader.items(reader.unsigned(1), reader.var)), variables


def _table(reader: Reader) -> Table:
    bits, low, has_images = reader.unsigned(1), reader.signed(64), reader.tag(2, "flag")
    if bits > TABLE_BITS:
        raise FormatError(f"A table of 2^{bits} entries.")
    images = [reader.take(4) for _ in range(1 << bits)] if has_images else None
    decoded = None if images is None else tuple(int.from_bytes(i, "big", signed=True) for i in images)
    return Table(bits, low, decoded)


def _tensor(reader: Reader) -> tuple[Tensor, int]:
    """A tensor and log2 of its inner part."""
    region, q, span = reader.tag(ROW_REGIONS + 1, "region"), reader.unsigned(1), reader.unsigned(1)
    base = reader.var(64)
    end = reader.at + span
    axes = []
    while reader.at < end:
        axes.append(Axis(reader.var(), reader.var()))
    require(reader.at == end, "wrong span of a tensor")
    return Tensor(region, base, tuple(axes)), q


class _Forms:
    """Reads forms, and keeps which kernels they have."""

    def __init__(self, reader: Reader, kernels: tuple[Kernel, ...]) -> None:
        self._reader, self._kernels = reader, kernels
        self._used = self._parts = 0
        self._read: list[tuple[Form, list[Kernel]]] = []

    def functional(self) -> Functional:
        variables = self._reader.unsigned(1)
        return Functional(variables, self.read(variables))

    def read(self, variables: int | None) -> tuple[Form, ...]:
        """The forms of a functional of so many variables; None: of a statement."""
        return self._reader.items(self._reader.var(), lambda: self._form(variables))

    def _form(self, variables: int | None) -> Form:
        reader = self._reader
        head, coefficient = reader.unsigned(1), reader.signed(128)
        unit = head >> 6
        if unit >= UNITS:
            raise FormatError(f"Unknown unit {unit} in the circuit description.")
        tensor = reader.var() if head >> 5 & 1 else None
        kernels = [self._kernel() for _ in range(head & 31)]
        form = Form(coefficient, unit, tensor, tuple(kernel.group(variables) for kernel in kernels))
        self._read.append((form, kernels))
        return form

    def _kernel(self) -> Kernel:
        index = self._reader.var()
        if index >= len(self._kernels):
            raise FormatError(f"Kernel {index} of {len(self._kernels)} in the circuit description.")
        require(index <= self._used, "kernels are not in the order of their first use")
        self._used = max(self._used, index + 1)
        kernel = self._kernels[index]
        # A few bytes refer to a long vector.
        self._parts += kernel.vector.parts
        if self._parts > PARTS_LIMIT:
            raise FormatError("The forms of the circuit description have too many factors and constants.")
        return kernel

    def check(self, circuit: Circuit) -> None:
        """Every kernel is used, and stands where the form's groups do."""
        require(self._used == len(self._kernels), "a kernel is not used")
        for form, kernels in self._read:
            found = [(kernel.place, kernel.axes, kernel.bits) for kernel in kernels]
            require(found == places(circuit, form), "wrong place of a kernel")
