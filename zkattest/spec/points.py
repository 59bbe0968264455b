"""Points and scalars of BN254 as canonical bytes.

A coordinate is 32 bytes big-endian, smaller than q; a coordinate of the second group is written imaginary
part first (EIP-196, EIP-197). The point at infinity of the first group is 64 zeros where it may appear at
all.
"""

from __future__ import annotations

from typing import Any, Final

from py_ecc.fields import optimized_bn128_FQ as FQ
from py_ecc.fields import optimized_bn128_FQ2 as FQ2
from py_ecc.optimized_bn128.optimized_curve import (
    G1,
    G2,
    Z1,
    add,
    b,
    b2,
    curve_order,
    eq,
    field_modulus,
    is_inf,
    is_on_curve,
    multiply,
    normalize,
)
from py_ecc.optimized_bn128.optimized_pairing import pairing

__all__ = [
    "FQ2",
    "GENERATOR_1",
    "GENERATOR_2",
    "INFINITY_1",
    "NotAPointError",
    "Point",
    "Q",
    "R",
    "b2",
    "combine",
    "decode_1",
    "decode_2",
    "decode_scalar",
    "encode_1",
    "encode_2",
    "is_inf",
    "is_on_curve",
    "multiply",
    "pairing",
    "same",
]

#: Order of the groups, r.
R: Final[int] = curve_order
#: Modulus of the coordinates, q.
Q: Final[int] = field_modulus
GENERATOR_1: Final = G1
GENERATOR_2: Final = G2
INFINITY_1: Final = Z1

#: A projective point of py-ecc.
Point = Any


class NotAPointError(Exception):
    """The bytes are no canonical point of the group."""


def encode_1(point: Point) -> bytes:
    """64 bytes of a point of the first group."""
    if is_inf(point):
        return bytes(64)
    x, y = normalize(point)
    return int(x).to_bytes(32, "big") + int(y).to_bytes(32, "big")


def encode_2(point: Point) -> bytes:
    """128 bytes of a point of the second group."""
    x, y = normalize(point)
    return b"".join(int(c).to_bytes(32, "big") for c in (x.coeffs[1], x.coeffs[0], y.coeffs[1], y.coeffs[0]))


def _coordinates(data: bytes, count: int) -> list[int]:
    if len(data) != 32 * count:
        raise NotAPointError(f"{32 * count} bytes expected, {len(data)} given")
    values = [int.from_bytes(data[32 * i : 32 * i + 32], "big") for i in range(count)]
    if any(value >= Q for value in values):
        raise NotAPointError("a coordinate is not smaller than q")
    if not any(values):
        raise NotAPointError("the point at infinity")
    return values


def decode_1(data: bytes) -> Point:
    """The point of the first group in 64 bytes; infinity is refused. Every point of the curve has order r."""
    x, y = _coordinates(data, 2)
    point = (FQ(x), FQ(y), FQ(1))
    if not is_on_curve(point, b):
        raise NotAPointError("not on the curve")
    return point


def decode_2(data: bytes) -> Point:
    """The point of the second group in 128 bytes: on the twist and of order r."""
    x1, x0, y1, y0 = _coordinates(data, 4)
    point = (FQ2([x0, x1]), FQ2([y0, y1]), FQ2([1, 0]))
    if not is_on_curve(point, b2):
        raise NotAPointError("not on the curve")
    if not is_inf(multiply(point, R)):
        raise NotAPointError("of the wrong order")
    return point


def decode_scalar(data: bytes) -> int:
    """The scalar in 32 bytes, smaller than r."""
    value = int.from_bytes(data, "big")
    if len(data) != 32 or value >= R:
        raise NotAPointError("no canonical scalar")
    return value


def combine(scalars: list[int], points: list[Point]) -> Point:
    """sum scalars[i] * points[i]."""
    total = Z1
    for scalar, point in zip(scalars, points, strict=True):
        total = add(total, multiply(point, scalar % R))
    return total


def same(left: Point, right: Point) -> bool:
    """Whether two projective points are equal."""
    return bool(eq(left, right))
