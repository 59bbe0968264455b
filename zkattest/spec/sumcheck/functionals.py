"""Forms as weights of rows (``docs/protocol.md``, steps 6 and 8): every form is expanded once the challenges
up to rho are known, and its rows' weights are evaluated at z."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import (
    BETA,
    GAMMA,
    OF_R,
    PUBLIC,
    Affine,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Slice,
    Tensor,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.rules import whole_bits

Coordinates = tuple[int, ...]
#: Weights at z by (region, row).
RowWeights = defaultdict[tuple[int, int], int]


def eq(point: Sequence[int], index: int) -> int:
    """eq(point, index): point[0] belongs to the most significant of len(point) bits."""
    value = 1
    for position, t in enumerate(reversed(point)):
        value = value * (t if index >> position & 1 else 1 - t) % R
    return value


def eq_table(point: Sequence[int], count: int) -> list[int]:
    """eq(point, i) for i < count <= 2^len(point): the leading bits of all these i are zero."""
    free = max(0, count - 1).bit_length()
    head, tail = point[: len(point) - free], point[len(point) - free :]
    table = [prod_mod([1 - t for t in head])]
    for t in tail:
        table = [value for entry in table for value in (entry * (1 - t) % R, entry * t % R)]
    return table[:count]


def prod_mod(values: Sequence[int]) -> int:
    """The product modulo r."""
    result = 1
    for value in values:
        result = result * value % R
    return result


def powers(base: int, count: int) -> list[int]:
    """1, base, base^2, ...: ``count`` of them."""
    result = [1]
    while len(result) < count:
        result.append(result[-1] * base % R)
    return result[:count]


@dataclass(frozen=True)
class Challenges:
    """What the values of forms depend on."""

    gamma: int
    beta: int
    r: Coordinates
    rho: Coordinates


@dataclass(frozen=True)
class _Expanded:
    """scale * sum over leading indices and inner indices of vector entries * cell. A leading vector covers
    one or more axes; an inner vector covers one."""

    tensor: Tensor
    scale: int
    first_inner: int
    leading: tuple[tuple[int, list[int]], ...]
    inner: tuple[Vector, ...]
    rho: Coordinates


class Expansion:
    """A sum of weighted forms: a public constant, and weights of rows at any z."""

    def __init__(self, circuit: Circuit, challenges: Challenges, public: Sequence[int]) -> None:
        self._circuit = circuit
        self._challenges = challenges
        self._public = public
        self._expanded: list[_Expanded] = []
        self._entries: dict[tuple[Vector, Coordinates], list[int]] = {}
        self.constant = 0

    def add(self, forms: Sequence[Form], weight: int, variables: int) -> None:
        """Add weight * each form. ``variables``: of the functional; 0 for a statement."""
        rho = self._challenges.rho
        rho_phi = rho[len(rho) - variables :]
        for form in forms:
            self._add_form(form, weight, rho_phi)

    def _add_form(self, form: Form, weight: int, rho: Coordinates) -> None:
        unit = {GAMMA: self._challenges.gamma, BETA: self._challenges.beta}.get(form.unit, 1)
        scale = weight * form.coefficient * unit % R
        for group in form.groups:
            if group.axes == 0:
                scale = scale * self._sum(group.vector, rho) % R
        if form.tensor is None:
            self.constant = (self.constant + scale) % R
            return
        tensor = self._circuit.tensors[form.tensor]
        first_inner = self._circuit.first_inner_axis(form)
        groups = [group for group in form.groups if group.axes > 0]
        count = covered = 0
        while covered < first_inner:
            covered += groups[count].axes
            count += 1
        leading = [(group.axes, self.entries(group.vector, rho)) for group in groups[:count]]
        if tensor.region == PUBLIC:
            self.constant = (self.constant + scale * self._public_sum(tensor, leading)) % R
            return
        inner = tuple(group.vector for group in groups[count:])
        self._expanded.append(_Expanded(tensor, scale, first_inner, tuple(leading), inner, rho))

    def _sum(self, vector: Vector, rho: Coordinates, at: Coordinates | None = None) -> int:
        """The sum of the vector's entries, or their inner product with eq(at, .)."""
        bits = whole_bits(vector)
        if bits is None:
            entries = self.entries(vector, rho)
            weights = [1] * vector.size if at is None else eq_table(at, vector.size)
            return sum(v * e for v, e in zip(entries, weights, strict=True)) % R
        points = [self._coordinates(f.kind.slice, rho) for f in vector.factors if isinstance(f.kind, Eq)]
        beyond = () if at is None else at[: len(at) - bits]  # these bits of an entry's index are 0
        points += [] if at is None else [at[len(beyond) :]]
        # a product over bits: each is 0 in all points, or 1 in all
        ones = [prod_mod(bit) + prod_mod([1 - t for t in bit]) for bit in zip(*points, strict=True)]
        return prod_mod([*ones, *(1 - t for t in beyond)])

    def entries(self, vector: Vector, rho: Coordinates) -> list[int]:
        """The vector's entries, each the product of its factors."""
        known = self._entries.get((vector, rho))
        if known is None:
            known = [1] * vector.size
            for factor in vector.factors:
                div, modulus = factor.div, factor.modulus
                values = self._factor_values(factor, min(modulus, -(-vector.size // div)), rho)
                known = [entry * values[i // div % modulus] % R for i, entry in enumerate(known)]
            self._entries[vector, rho] = known
        return known

    def _factor_values(self, factor: Factor, count: int, rho: Coordinates) -> list[int]:
        """The factor's function at j < count, the j that occur."""
        kind = factor.kind
        if isinstance(kind, Eq):
            return eq_table(self._coordinates(kind.slice, rho), count)
        if isinstance(kind, Affine):
            return self._affine(kind, count)
        if isinstance(kind, Window):
            return self._window(kind, count, rho)
        if isinstance(kind, Constants):
            return [value % R for value in kind.values[:count]]
        table = self._circuit.tables[kind.table]
        images = table.images or (0,) * count
        gamma, beta = self._challenges.gamma, self._challenges.beta
        return [(gamma + table.low + j + beta * images[j]) % R for j in range(count)]

    def _affine(self, kind: Affine, count: int) -> list[int]:
        values, point = [0] * count, self._coordinates(kind.slice, ())
        for o in range(kind.first, kind.end):
            weight = eq(point, o)
            for d in range(kind.taps):
                j = o * kind.stride + d * kind.dilation + kind.offset
                if 0 <= j < count:
                    values[j] = (values[j] + weight) % R
        return values

    def _window(self, kind: Window, count: int, rho: Coordinates) -> list[int]:
        values, inputs = [0] * count, self._coordinates(kind.input, rho)
        at_input: dict[int, int] = {}
        for o, weight in enumerate(eq_table(self._coordinates(kind.output, rho), kind.outputs)):
            for j in range(count):
                u = o * kind.stride + j * kind.dilation + kind.offset
                if 0 <= u < kind.inputs:
                    if u not in at_input:
                        at_input[u] = eq(inputs, u)
                    values[j] = (values[j] + weight * at_input[u]) % R
        return values

    def _coordinates(self, part: Slice, rho: Coordinates) -> Coordinates:
        point = self._challenges.r if part.point == OF_R else rho
        return point[part.offset : part.offset + part.length]

    def _public_sum(self, tensor: Tensor, vectors: list[tuple[int, list[int]]]) -> int:
        total = 0
        for cell, weight in _elements(tensor.base, tensor, 0, vectors):
            total += weight * self._public[cell]
        return total % R

    def row_weights(self, z: Coordinates) -> RowWeights:
        """The weight at z of each row that has one."""
        weights: RowWeights = defaultdict(int)
        places: dict[tuple[int, int], int] = {}
        c = len(z)
        for form in self._expanded:
            axes = form.tensor.axes[form.first_inner :]
            q = sum(axis.allotted.bit_length() - 1 for axis in axes)
            scale, at = form.scale, c - q
            for axis, vector in zip(axes, form.inner, strict=True):
                bits = axis.allotted.bit_length() - 1
                scale = scale * self._sum(vector, form.rho, z[at : at + bits]) % R
                at += bits
            for cell, weight in _elements(form.tensor.base, form.tensor, 0, form.leading):
                row, place = divmod(cell >> q, 1 << (c - q))
                if (q, place) not in places:
                    places[q, place] = eq(z[: c - q], place)
                key = (form.tensor.region, row)
                weights[key] = (weights[key] + scale * weight * places[q, place]) % R
        return weights


def _elements(
    base: int, tensor: Tensor, start: int, vectors: Sequence[tuple[int, list[int]]]
) -> Iterator[tuple[int, int]]:
    """Cell and product of vector entries for each index of the axes from ``start`` on that vectors cover."""
    if not vectors:
        yield base, 1
        return
    axes, entries = vectors[0]
    covered = range(start, start + axes)
    indices = product(*(range(tensor.axes[a].size) for a in covered))
    strides = [tensor.strides[a] for a in covered]
    for index, entry in zip(indices, entries, strict=True):
        if entry == 0:
            continue
        cell = base + sum(i * s for i, s in zip(index, strides, strict=True))
        for final, weight in _elements(cell, tensor, start + axes, vectors[1:]):
            yield final, entry * weight % R
