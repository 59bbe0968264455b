"""Arithmetic that is written down instead of done: the gates of whatever is computed from unknown numbers.

>>> gates = Gates(2)
>>> x, y = gates.unknown(0), gates.unknown(1)
>>> product = 3 * x * (y + 1) % R
>>> gates.values([5, 6])[product.variable] * product.scale + product.offset
105
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkattest.spec.points import R

Gate = tuple[int, int, int, int, int]


class Gates:
    """Variables, each of which but the unknowns is given by a gate: s x + t y + u x y of earlier x, y."""

    def __init__(self, unknowns: int) -> None:
        self.unknowns = unknowns
        #: Of variable unknowns + i: x, y, s, t, u.
        self.made: list[Gate] = []
        self._known: dict[Gate, int] = {}

    def unknown(self, index: int) -> Symbol:
        return Symbol(self, index, 1, 0)

    def variable(self, gate: Gate) -> int:
        """The variable that the gate gives; the same for the same gate."""
        if gate not in self._known:
            self._known[gate] = self.unknowns + len(self.made)
            self.made.append(gate)
        return self._known[gate]

    def values(self, unknowns: Sequence[int]) -> list[int]:
        """Of all variables."""
        values = list(unknowns)
        for x, y, of_x, of_y, of_both in self.made:
            values.append((of_x * values[x] + of_y * values[y] + of_both * values[x] * values[y]) % R)
        return values


@dataclass(frozen=True, eq=False)
class Symbol:
    """scale * variable + offset, with a scale that is not 0. Constants are plain integers."""

    gates: Gates
    variable: int
    scale: int
    offset: int

    def _of(self, scale: int, offset: int) -> Symbol | int:
        return Symbol(self.gates, self.variable, scale % R, offset % R) if scale % R else offset % R

    def __add__(self, other: Symbol | int) -> Symbol | int:
        if isinstance(other, int):
            return self._of(self.scale, self.offset + other)
        if self.variable == other.variable:
            return self._of(self.scale + other.scale, self.offset + other.offset)
        first, second = sorted((self, other), key=lambda symbol: symbol.variable)
        ratio = second.scale * pow(first.scale, -1, R) % R
        total = self.gates.variable((first.variable, second.variable, 1, ratio, 0))
        return Symbol(self.gates, total, first.scale, (first.offset + second.offset) % R)

    def __mul__(self, other: Symbol | int) -> Symbol | int:
        if isinstance(other, int):
            return self._of(self.scale * other, self.offset * other)
        first, second = sorted((self, other), key=lambda symbol: symbol.variable)
        of_first = second.offset * pow(second.scale, -1, R) % R
        of_second = first.offset * pow(first.scale, -1, R) % R
        product = self.gates.variable((first.variable, second.variable, of_first, of_second, 1))
        return self._of_product(product, first, second)

    def _of_product(self, product: int, first: Symbol, second: Symbol) -> Symbol:
        scale, offset = first.scale * second.scale % R, first.offset * second.offset % R
        return Symbol(self.gates, product, scale, offset)

    def __neg__(self) -> Symbol | int:
        return self * -1

    def __sub__(self, other: Symbol | int) -> Symbol | int:
        return self + -other

    def __rsub__(self, other: int) -> Symbol | int:
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def __mod__(self, modulus: int) -> Symbol:
        assert modulus == R
        return self

    def __lshift__(self, bits: int) -> Symbol | int:
        return self * (1 << bits)

    def __pow__(self, exponent: int, modulus: int) -> Symbol | int:
        assert modulus == R
        assert exponent >= 1
        power: Symbol | int = self
        for _ in range(exponent - 1):
            power = power * self
        return power
