"""Kernels: the vectors of a circuit's groups, each once (``docs/protocol.md``, "Encoding")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import (
    OF_RHO,
    Affine,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Group,
    Kind,
    Slice,
    TableKeys,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.reader import LIST_LIMIT, Reader, require
from zkattest.spec.sumcheck.rules import PARTS_LIMIT

#: Places: without axes; leading; from here on inner, plus log2 of the axis' stride.
SCALAR, LEADING, INNER = range(3)


@dataclass(frozen=True)
class Kernel:
    """A vector and its place: where in a tensor the group stands that has it.

    Attributes:
        place: ``SCALAR``, ``LEADING`` or ``INNER`` + log2 of the axis' stride.
        axes: number of the group's axes.
        bits: log2 of what is allotted to an inner group's axis; else 0.
        vector: in its slices of rho, ``offset`` is the number of coordinates *after* the slice.
    """

    place: int
    axes: int
    bits: int
    vector: Vector

    def group(self, variables: int | None) -> Group:
        """The group of a functional with so many variables; None: of a statement.

        Raises:
            FormatError: a slice of rho begins before rho, or is in a statement.
        """
        factors = (replace(f, kind=_resolve(f.kind, variables)) for f in self.vector.factors)
        return Group(self.axes, replace(self.vector, factors=tuple(factors)))


def _resolve(kind: Kind, variables: int | None) -> Kind:
    if isinstance(kind, Eq) and kind.slice.point == OF_RHO:
        return Eq(_from_front(kind.slice, variables))
    if isinstance(kind, Affine) and kind.slice.point == OF_RHO:
        return replace(kind, slice=_from_front(kind.slice, variables))
    if isinstance(kind, Window):
        parts = [_from_front(p, variables) if p.point == OF_RHO else p for p in (kind.output, kind.input)]
        return replace(kind, output=parts[0], input=parts[1])
    return kind


def _from_front(part: Slice, variables: int | None) -> Slice:
    if variables is None:
        raise FormatError("A statement of the circuit description has a slice of rho.")
    offset = variables - part.length - part.offset
    if offset < 0:
        raise FormatError(f"A slice of the circuit description leaves rho's {variables} coordinates.")
    return replace(part, offset=offset)


def read_kernels(reader: Reader, count: int) -> tuple[Kernel, ...]:
    """So many different kernels, of at most ``PARTS_LIMIT`` factors and constants in all.

    Raises:
        FormatError: truncated, not canonical, or over a limit.
    """
    seen: set[bytes] = set()
    parts = 0

    def kernel() -> Kernel:
        nonlocal parts
        start = reader.at
        made = _kernel(reader)
        require(reader.since(start) not in seen, "a kernel stands twice")
        seen.add(reader.since(start))
        # Here and not only in the rules: a few bytes hold many constants that are zero.
        parts += made.vector.parts
        if parts > PARTS_LIMIT:
            raise FormatError("The kernels of the circuit description have too many factors and constants.")
        return made

    return reader.items(count, kernel)


def _kernel(reader: Reader) -> Kernel:
    place, axes, bits = reader.tag(256, "place"), 0, 0
    if place == LEADING:
        axes = reader.unsigned(1)
    elif place >= INNER:
        axes, bits = 1, reader.unsigned(1)
    head, size = reader.tag(128, "head of a kernel"), reader.var()
    factors = reader.items(head & 63, lambda: _eq(reader, size) if head >> 6 else _factor(reader, size))
    require(head >> 6 == all(_is_plain(f, size) for f in factors), "wrong plain flag of a kernel")
    return Kernel(place, axes, bits, Vector(size, factors))


def _is_plain(factor: Factor, size: int) -> bool:
    return isinstance(factor.kind, Eq) and (factor.div, factor.modulus) == (1, size)


def _eq(reader: Reader, size: int) -> Factor:
    return Factor(1, size, Eq(_slice(reader)))


def _factor(reader: Reader, size: int) -> Factor:
    head = reader.unsigned(1)
    whole = head >> 7
    div, modulus = (1, size) if whole else (reader.var(), reader.var())
    require(whole == ((div, modulus) == (1, size)), "wrong whole flag of a factor")
    return Factor(div, modulus, _kind(reader, head & 127, modulus))


def _kind(reader: Reader, tag: int, modulus: int) -> Kind:
    if tag == 0:
        return Eq(_slice(reader))
    if tag == 1:
        return Affine(
            _slice(reader),
            *(reader.var(), reader.var(), reader.var()),
            *(reader.signed(64), reader.signed(64), reader.signed(64)),
        )
    if tag == 2:
        return Window(
            *(_slice(reader), _slice(reader)),
            *(reader.var(), reader.var()),
            *(reader.signed(64), reader.signed(64), reader.signed(64)),
        )
    if tag == 3:
        return Constants(_constants(reader, modulus))
    if tag == 4:
        return TableKeys(reader.var())
    raise FormatError(f"Unknown factor {tag} in the circuit description.")


def _constants(reader: Reader, modulus: int) -> tuple[int, ...]:
    """``modulus`` values, of which the nonzero ones are written, each after its distance from the last."""
    if modulus > LIST_LIMIT:
        raise FormatError(f"A factor of the circuit description has {modulus} constants.")
    values = [0] * modulus
    at = -1
    for _ in range(reader.var()):
        at += reader.var() + 1
        if at >= modulus:
            raise FormatError(f"Constant {at} of {modulus} in the circuit description.")
        values[at] = reader.signed(128)
        require(values[at] != 0, "a constant that is written is zero")
    return tuple(values)


def _slice(reader: Reader) -> Slice:
    head, position = reader.unsigned(1), reader.unsigned(1)
    return Slice(head >> 7, position, head & 127)


def places(circuit: Circuit, form: Form) -> list[tuple[int, int, int]]:
    """(place, axes, bits) of each group of a form that keeps the rules."""
    first_inner, at = circuit.first_inner_axis(form), 0
    found = []
    for group in form.groups:
        if group.axes == 0:
            found.append((SCALAR, 0, 0))
        elif form.tensor is None or at < first_inner:
            found.append((LEADING, group.axes, 0))
        else:
            axis, *later = circuit.tensors[form.tensor].axes[at:]
            stride = prod(a.allotted for a in later)
            found.append((INNER + _log2(stride), 1, _log2(axis.allotted)))
        at += group.axes
    return found


def _log2(power: int) -> int:
    return power.bit_length() - 1
