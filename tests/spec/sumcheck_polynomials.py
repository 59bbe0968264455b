"""Polynomials over BN254's scalar field as lists of coefficients, lowest first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from zkattest.spec.points import R

Poly = list[int]


def inverse(value: int) -> int:
    """1 / value; 0 for 0, so that a proof can be made at points where none is accepted."""
    return pow(value, R - 2, R)


def evaluate(coefficients: Poly, x: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % R
    return value


def interpolate(values: Sequence[int], nodes: Sequence[int] | None = None) -> Poly:
    """Coefficients of the polynomial with these values at ``nodes`` (or 0, 1, ...), by Lagrange."""
    nodes = range(len(values)) if nodes is None else nodes
    result = [0] * len(values)
    for i, value in enumerate(values):
        basis, scale = [1], 1
        for j, node in enumerate(nodes):
            if j != i:
                basis = times(basis, node)
                scale = scale * (nodes[i] - node) % R
        factor = value * inverse(scale)
        result = [(a + factor * b) % R for a, b in zip(result, basis, strict=True)]
    return result


def times(coefficients: Poly, x: int) -> Poly:
    """p (X - x)."""
    shifted = [0, *coefficients]
    return [(s - x * c) % R for s, c in zip(shifted, [*coefficients, 0], strict=True)]


def quotient(coefficients: Poly, x: int) -> Poly:
    """(p - p(x)) / (X - x)."""
    return divide(coefficients, 1, x)


def divide(coefficients: Poly, power: int, root: int) -> Poly:
    """p divided by X^power - root; what remains is dropped."""
    result = list(coefficients[power:])
    for i in reversed(range(len(result) - power)):
        result[i] = (result[i] + root * result[i + power]) % R
    return result


def combination(*terms: tuple[int, Poly]) -> Poly:
    length = max(len(poly) for _, poly in terms)
    padded = [(scale, poly + [0] * (length - len(poly))) for scale, poly in terms]
    total = [0] * length
    for scale, poly in padded:
        total = [(a + scale * b) % R for a, b in zip(total, poly, strict=True)]
    return total


def interleave(polynomials: Sequence[Poly]) -> Poly:
    """sum_i X^i p_i(X^t) of t polynomials."""
    t = len(polynomials)
    result = [0] * (t * max(map(len, polynomials)))
    for i, poly in enumerate(polynomials):
        result[i : i + t * len(poly) : t] = poly
    return result


@cache
def domain(n: int) -> list[int]:
    """The powers of 5^((r - 1) / n), n of them for n a power of two."""
    root, result = pow(5, (R - 1) // n, R), [1]
    while len(result) < n:
        result.append(result[-1] * root % R)
    return result


def values_on(n: int, coefficients: Poly) -> list[int]:
    """At each point of ``domain(n)``, for a polynomial of at most n coefficients."""
    return _transform(coefficients + [0] * (n - len(coefficients)), domain(n))


def through(values: Sequence[int]) -> Poly:
    """The polynomial with these values on ``domain(len(values))``."""
    n = len(values)
    points = domain(n)
    scale = inverse(n)
    return [value * scale % R for value in _transform(values, [1, *points[:0:-1]])]


@cache
def _twiddles(points: tuple[int, ...]) -> list[list[int]]:
    """Of each pass over n values: what the difference of values i and i + n / 2 is multiplied by."""
    half, size, result = len(points) // 2, 1, []
    while size <= half:
        result.append([points[i - i % size] for i in range(half)])
        size *= 2
    return result


def _transform(values: Sequence[int], points: list[int]) -> list[int]:
    """sum_j values_j points_i^j for each i: Stockham's fast Fourier transform."""
    current, half, size = list(values), len(values) // 2, 1
    for twiddles in _twiddles(tuple(points)):
        low, high = current[:half], current[half:]
        sums = [(a + b) % R for a, b in zip(low, high, strict=True)]
        differences = [(a - b) * t % R for a, b, t in zip(low, high, twiddles, strict=True)]
        current = []
        for at in range(0, half, size):
            current += sums[at : at + size]
            current += differences[at : at + size]
        size *= 2
    return current


def inverses(values: Sequence[int]) -> list[int]:
    """1 / value of each, none of which is 0, by one inversion."""
    before = [1]
    for value in values:
        before.append(before[-1] * value % R)
    rest, result = inverse(before[-1]), []
    for value, so_far in zip(reversed(values), reversed(before[:-1]), strict=True):
        result.append(rest * so_far % R)
        rest = rest * value % R
    return result[::-1]
