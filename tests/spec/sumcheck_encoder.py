"""Encodes circuits, hand-written ones and broken ones too; independent of the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from zkattest.spec.sumcheck.circuit import (
    OF_RHO,
    PUBLIC,
    Affine,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Kind,
    Slice,
    Table,
    TableKeys,
    Tensor,
    Term,
    Vector,
    Window,
)


def u(size: int, *values: int) -> bytes:
    """Fixed, unsigned."""
    return b"".join(value.to_bytes(size, "big") for value in values)


def var(*values: int) -> bytes:
    """RFC 9000, section 16, in the shortest form."""
    logs = [next(log for log in range(4) if value < 1 << (8 << log) - 2) for value in values]
    return b"".join(long_var(value, log) for value, log in zip(values, logs, strict=True))


def long_var(value: int, log_size: int) -> bytes:
    """Of 2^log_size bytes."""
    return u(1 << log_size, log_size << (8 << log_size) - 2 | value)


def int_(*values: int) -> bytes:
    """Sign and length, magnitude."""
    return b"".join(_int(value) for value in values)


def _int(value: int) -> bytes:
    size = (abs(value).bit_length() + 7) // 8
    return u(1, (value < 0) << 7 | size) + abs(value).to_bytes(size, "big")


class Dictionary:
    """Kernels in the order of their first use."""

    def __init__(self) -> None:
        self.kernels: dict[bytes, int] = {}

    def index(self, kernel: bytes) -> int:
        return self.kernels.setdefault(kernel, len(self.kernels))


@dataclass(frozen=True)
class Sections:
    """What follows the header: the encodings of the items of each list."""

    terms: tuple[bytes, ...]
    tables: tuple[bytes, ...]
    kernels: tuple[bytes, ...]
    tensors: tuple[bytes, ...]
    functionals: tuple[bytes, ...]
    statements: tuple[bytes, ...]

    @classmethod
    def of(cls, circuit: Circuit) -> Sections:
        dictionary = Dictionary()

        def forms(owned: Sequence[Form], variables: int) -> bytes:
            return var(len(owned)) + b"".join(form(circuit, f, variables, dictionary) for f in owned)

        functionals = tuple(u(1, f.variables) + forms(f.forms, f.variables) for f in circuit.functionals)
        statements = tuple(forms(owned, 0) for owned in circuit.statements)
        return cls(
            tuple(term(circuit, t) for t in circuit.terms),
            tuple(table(t) for t in circuit.tables),
            tuple(dictionary.kernels),
            tuple(tensor(circuit, t) for t in circuit.tensors),
            functionals,
            statements,
        )

    def join(self, circuit: Circuit, n1: int | None = None, d1: int | None = None) -> bytes:
        """With the header of a circuit, but for these lists' lengths; ``n1``, ``d1``: other than its."""
        lists = astuple(self)
        derived = u(1, _n1(circuit) if n1 is None else n1, circuit.d1 if d1 is None else d1)
        numbers = u(4, *circuit.rows, circuit.public) + u(2, *map(len, lists))
        head = b"ZKCI" + u(2, 2) + u(1, circuit.c, circuit.r_length) + derived + numbers
        return head + b"".join(map(b"".join, lists))


def encode(circuit: Circuit) -> bytes:
    """The encoding; of a circuit that breaks a rule, bytes that say what it says."""
    return Sections.of(circuit).join(circuit)


def _n1(circuit: Circuit) -> int:
    known = [j for t in circuit.terms for j in t.factors if j < len(circuit.functionals)]
    return max([1, *(circuit.functionals[j].variables for j in known)])


def term(circuit: Circuit, t: Term) -> bytes:
    known = [j for j in t.factors if j < len(circuit.functionals)]
    variables = circuit.functionals[known[0]].variables if known else 0
    head = var(t.statement) + u(1, variables) + int_(t.coefficient)
    return head + u(1, len(t.factors)) + var(*t.factors)


def table(t: Table) -> bytes:
    images = b"" if t.images is None else b"".join(i.to_bytes(4, "big", signed=True) for i in t.images)
    return u(1, t.bits) + int_(t.low) + u(1, t.images is not None) + images


def tensor(circuit: Circuit, t: Tensor) -> bytes:
    axes = b"".join(var(axis.size, axis.allotted) for axis in t.axes)
    q = sum(bits for bits, _ in inner_axes(circuit, t))
    return u(1, t.region, q, len(axes)) + var(t.base) + axes


def inner_axes(circuit: Circuit, t: Tensor) -> list[tuple[int, int]]:
    """log2 of (allotted, stride) of the axes of the inner part, innermost first."""
    found: list[tuple[int, int]] = []
    stride = 0
    for axis in reversed(t.axes if t.region != PUBLIC else ()):
        bits = max(axis.allotted, 1).bit_length() - 1
        if axis.allotted != 1 << bits or stride + bits > circuit.c:
            break
        found.append((bits, stride))
        stride += bits
    return found


def form(circuit: Circuit, f: Form, variables: int, dictionary: Dictionary) -> bytes:
    reference = [] if f.tensor is None else [f.tensor]
    own = [t for i in reference for t in circuit.tensors[i : i + 1]]
    inner = [axis for t in own for axis in inner_axes(circuit, t)]
    kernels: list[bytes] = []
    for group in reversed(f.groups):
        if group.axes == 0:
            place = u(1, 0)
        elif group.axes == 1 and inner:
            bits, stride = inner.pop(0)
            place = u(1, 2 + stride, bits)
        else:
            inner, place = [], u(1, 1, group.axes)
        kernels.insert(0, place + vector(group.vector, variables))
    head = u(1, len(f.groups) | len(reference) << 5 | f.unit << 6) + int_(f.coefficient)
    return head + var(*reference, *(dictionary.index(kernel) for kernel in kernels))


def vector(v: Vector, variables: int) -> bytes:
    whole = [(f.div, f.modulus) == (1, v.size) for f in v.factors]
    plain = all(whole) and all(isinstance(f.kind, Eq) for f in v.factors)
    factors = b"".join(kind(f.kind, variables) if plain else factor(f, v.size, variables) for f in v.factors)
    return u(1, len(v.factors) | plain << 6) + var(v.size) + factors


def factor(f: Factor, size: int, variables: int) -> bytes:
    """Of a kernel that is not plain."""
    tag = (Eq, Affine, Window, Constants, TableKeys).index(type(f.kind))
    if (f.div, f.modulus) == (1, size):
        return u(1, tag | 128) + kind(f.kind, variables)
    return u(1, tag) + var(f.div, f.modulus) + kind(f.kind, variables)


def kind(k: Kind, variables: int) -> bytes:
    if isinstance(k, Eq):
        return part(k.slice, variables)
    if isinstance(k, Affine):
        numbers = var(k.first, k.end, k.taps) + int_(k.stride, k.dilation, k.offset)
        return part(k.slice, variables) + numbers
    if isinstance(k, Window):
        numbers = var(k.outputs, k.inputs) + int_(k.stride, k.dilation, k.offset)
        return part(k.output, variables) + part(k.input, variables) + numbers
    if isinstance(k, Constants):
        return constants(k.values)
    return var(k.table)


def constants(values: Sequence[int]) -> bytes:
    nonzero = [(i, value) for i, value in enumerate(values) if value]
    befores = [-1, *(i for i, _ in nonzero)]
    pairs = [var(i - before - 1) + int_(value) for (i, value), before in zip(nonzero, befores, strict=False)]
    return var(len(nonzero)) + b"".join(pairs)


def part(s: Slice, variables: int) -> bytes:
    """A slice past the end of rho wraps around: no canonical bytes say it."""
    position = (variables - s.offset - s.length) % 256 if s.point == OF_RHO else s.offset
    return u(1, s.point << 7 | s.length, position)
