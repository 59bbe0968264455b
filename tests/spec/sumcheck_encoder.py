"""The inverse of the circuit decoder, for hand-written circuits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from zkattest.spec.sumcheck.circuit import (
    Affine,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
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

T = TypeVar("T")


def u(size: int, *values: int) -> bytes:
    return b"".join(value.to_bytes(size, "big") for value in values)


def i(size: int, *values: int) -> bytes:
    return b"".join(value.to_bytes(size, "big", signed=True) for value in values)


def listed(items: Sequence[T], one: Callable[[T], bytes]) -> bytes:
    return u(4, len(items)) + b"".join(one(item) for item in items)


def encode(circuit: Circuit) -> bytes:
    return (
        b"ZKCI"
        + u(2, 1)
        + u(1, circuit.c, circuit.r_length)
        + u(4, *circuit.rows, circuit.public)
        + listed(circuit.tables, table)
        + listed(circuit.tensors, tensor)
        + listed(circuit.functionals, lambda f: u(1, f.variables) + listed(f.forms, form))
        + listed(circuit.statements, lambda forms: listed(forms, form))
        + listed(circuit.terms, term)
    )


def table(t: Table) -> bytes:
    images = b"" if t.images is None else i(4, *t.images)
    return u(1, t.bits) + i(8, t.low) + u(1, t.images is not None) + images


def tensor(t: Tensor) -> bytes:
    axes = b"".join(u(4, axis.size, axis.allotted) for axis in t.axes)
    return u(1, t.region) + u(8, t.base) + u(1, len(t.axes)) + axes


def term(t: Term) -> bytes:
    return u(4, t.statement) + i(16, t.coefficient) + u(1, len(t.factors)) + u(4, *t.factors)


def form(f: Form) -> bytes:
    head = i(16, f.coefficient) + u(1, f.unit) + u(4, 0 if f.tensor is None else f.tensor + 1)
    return head + u(1, len(f.groups)) + b"".join(group(g) for g in f.groups)


def group(g: Group) -> bytes:
    return u(1, g.axes) + vector(g.vector)


def vector(v: Vector) -> bytes:
    return u(4, v.size) + u(1, len(v.factors)) + b"".join(factor(f) for f in v.factors)


def factor(f: Factor) -> bytes:
    tag = (Eq, Affine, Window, Constants, TableKeys).index(type(f.kind))
    return u(1, tag) + u(4, f.div, f.modulus) + kind(f.kind)


def kind(k: Kind) -> bytes:
    if isinstance(k, Eq):
        return part(k.slice)
    if isinstance(k, Affine):
        return part(k.slice) + u(4, k.first, k.end, k.taps) + i(8, k.stride, k.dilation, k.offset)
    if isinstance(k, Window):
        numbers = u(4, k.outputs, k.inputs) + i(8, k.stride, k.dilation, k.offset)
        return part(k.output) + part(k.input) + numbers
    if isinstance(k, Constants):
        return i(16, *k.values)
    return u(4, k.table)


def part(s: Slice) -> bytes:
    return u(1, s.point, s.offset, s.length)
