"""The types of a circuit description (``docs/protocol.md``, "Circuit") and the numbers derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final

MODEL, DATA, OUTPUT, WITNESS, COUNTS, MASK, HELPER, PUBLIC = range(8)
#: Regions that have rows: all but the public one.
ROW_REGIONS: Final = 7
#: Points that slices are of.
OF_R, OF_RHO = 0, 1
#: Units of forms.
ONE, GAMMA, BETA = range(3)


@dataclass(frozen=True)
class Axis:
    """Number of entries, and of those that there is room for."""

    size: int
    allotted: int


@dataclass(frozen=True)
class Tensor:
    """A box of cells. Element (i_1, ...) is cell base + sum i_a * stride_a of its region."""

    region: int
    base: int
    axes: tuple[Axis, ...]

    @property
    def strides(self) -> tuple[int, ...]:
        """Row-major over ``allotted``."""
        return tuple(prod(axis.allotted for axis in self.axes[a + 1 :]) for a in range(len(self.axes)))

    def inner(self, row_size: int) -> int:
        """First axis of the inner part: the longest suffix of axes with power-of-two ``allotted`` whose
        product is at most ``row_size``; empty in the public region."""
        if self.region == PUBLIC:
            return len(self.axes)
        first, cells = len(self.axes), 1
        while first > 0:
            allotted = self.axes[first - 1].allotted
            if allotted & (allotted - 1) or cells * allotted > row_size:
                break
            first, cells = first - 1, cells * allotted
        return first

    def log_inner(self, row_size: int) -> int:
        """q: log2 of the cells of the inner part."""
        return prod(axis.allotted for axis in self.axes[self.inner(row_size) :]).bit_length() - 1


@dataclass(frozen=True)
class Slice:
    """Coordinates offset .. offset + length of r or rho; the first is the most significant bit."""

    point: int
    offset: int
    length: int


@dataclass(frozen=True)
class Eq:
    """eq(slice, j)."""

    slice: Slice


@dataclass(frozen=True)
class Affine:
    """sum of eq(slice, o) over first <= o < end, d < taps with o * stride + d * dilation + offset = j."""

    slice: Slice
    first: int
    end: int
    taps: int
    stride: int
    dilation: int
    offset: int


@dataclass(frozen=True)
class Window:
    """sum of eq(output, o) eq(input, u) over o < outputs with
    0 <= u = o * stride + j * dilation + offset < inputs."""

    output: Slice
    input: Slice
    outputs: int
    inputs: int
    stride: int
    dilation: int
    offset: int


@dataclass(frozen=True)
class Constants:
    """values[j]."""

    values: tuple[int, ...]


@dataclass(frozen=True)
class TableKeys:
    """gamma + key_j (+ beta * image_j) of a table."""

    table: int


Kind = Eq | Affine | Window | Constants | TableKeys


@dataclass(frozen=True)
class Factor:
    """At entry i: the kind's value at j = (i div ``div``) mod ``modulus``."""

    div: int
    modulus: int
    kind: Kind


@dataclass(frozen=True)
class Vector:
    """The product of its factors at each of ``size`` entries."""

    size: int
    factors: tuple[Factor, ...]

    @property
    def parts(self) -> int:
        """Number of its factors and of their constants."""
        constants = (len(f.kind.values) for f in self.factors if isinstance(f.kind, Constants))
        return len(self.factors) + sum(constants)


@dataclass(frozen=True)
class Group:
    """A vector over ``axes`` consecutive axes of a tensor; without axes, its sum is a scalar."""

    axes: int
    vector: Vector


@dataclass(frozen=True)
class Form:
    """coefficient * unit * (sums of groups without axes) * sum over the tensor of group entries * cell."""

    coefficient: int
    unit: int
    tensor: int | None
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Functional:
    """A sum of forms, multilinear in the last ``variables`` coordinates of rho."""

    variables: int
    forms: tuple[Form, ...]


@dataclass(frozen=True)
class Term:
    """coefficient * sum over the cube of the product of functionals."""

    statement: int
    coefficient: int
    factors: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """2^bits keys low, low + 1, ...; images where it is a function's."""

    bits: int
    low: int
    images: tuple[int, ...] | None


@dataclass(frozen=True)
class Circuit:
    """What is proved. ``statements``: the forms of each right-hand side; ``rows``: by region."""

    c: int
    r_length: int
    rows: tuple[int, ...]
    public: int
    tables: tuple[Table, ...]
    tensors: tuple[Tensor, ...]
    functionals: tuple[Functional, ...]
    statements: tuple[tuple[Form, ...], ...]
    terms: tuple[Term, ...]

    @property
    def m(self) -> int:
        """Cells of a row."""
        return 1 << self.c

    @property
    def n1(self) -> int:
        """Rounds of sum-check 1: the most variables of a functional in a term, at least 1."""
        return max([1, *(self.functionals[j].variables for term in self.terms for j in term.factors)])

    @property
    def d1(self) -> int:
        """d_1 = D: the most factors of a term, at least 2, and the degree of sum-check 1."""
        return max([2, *(len(term.factors) for term in self.terms)])

    @property
    def k(self) -> int:
        """K, the number of terms."""
        return len(self.terms)

    @property
    def n2(self) -> int:
        """Rounds of sum-check 2: ceil(log2(K + 2))."""
        return (self.k + 1).bit_length()

    @property
    def d2(self) -> int:
        """Degree of sum-check 2."""
        return self.d1 + 1

    def first_inner_axis(self, form: Form) -> int:
        """The first axis of ``form``'s tensor that is not enumerated: those before the tensor's inner part
        are, and those of or before a group that spans several axes."""
        if form.tensor is None:
            return 0
        first, end = self.tensors[form.tensor].inner(self.m), 0
        for group in form.groups:
            end += group.axes
            if group.axes > 1:
                first = max(first, end)
        return first
