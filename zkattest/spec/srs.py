"""Structured reference strings: the canonical file, the digest of a prefix, and the consistency check by
pairing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from eth_utils.crypto import keccak

from zkattest.errors import SrsError
from zkattest.spec.points import (
    GENERATOR_1,
    GENERATOR_2,
    NotAPointError,
    Point,
    R,
    combine,
    decode_1,
    decode_2,
    encode_1,
    encode_2,
    multiply,
    pairing,
    same,
)


@dataclass(frozen=True)
class SpecSrs:
    """[tau^i]_1, [tau]_2, where the string comes from, and Lagrange bases by log2 of their size."""

    powers: list[Point]
    tau_2: Point
    unsafe: bool = True
    provenance: str = ""
    lagrange: tuple[tuple[int, list[Point]], ...] = ()

    @property
    def max_degree(self) -> int:
        return len(self.powers) - 1


def from_secret(tau: int, degree: int) -> SpecSrs:
    """The string of a known tau: for tests and vectors."""
    powers = [multiply(GENERATOR_1, pow(tau, i, R)) for i in range(degree + 1)]
    return SpecSrs(powers, multiply(GENERATOR_2, tau), provenance="test vector")


def digest_at(srs: SpecSrs, degree: int) -> bytes:
    """keccak256(domain, degree, [tau]_2, [tau^degree]_1)."""
    if not 1 <= degree <= srs.max_degree:
        raise SrsError("the string does not reach this degree")
    top = encode_1(srs.powers[degree])
    return keccak(b"zkattest-srs-v1" + degree.to_bytes(8, "big") + encode_2(srs.tau_2) + top)


def is_consistent(srs: SpecSrs) -> bool:
    """Whether the points are those of one tau other than 0 and 1.

    sum c_i e([tau^i]_1, [1]_2) = sum c_i e([tau^(i-1)]_1, [tau]_2) for random c_i; a wrong string passes with
    probability 2^-128.
    """
    if same(srs.tau_2, GENERATOR_2) or not same(srs.powers[0], GENERATOR_1):
        return False
    c = [1 + secrets.randbelow(2**128) for _ in srs.powers[1:]]
    left = pairing(GENERATOR_2, combine(c, srs.powers[1:]))
    right = pairing(srs.tau_2, combine(c, srs.powers[:-1]))
    return bool(left == right) and all(_is_lagrange(srs, k, basis) for k, basis in srs.lagrange)


def _is_lagrange(srs: SpecSrs, k: int, basis: list[Point]) -> bool:
    """L_j = (1/n) sum_i w^(-ij) [tau^i]_1 with n = 2^k and w = 7^((r-1)/n)."""
    n = 2**k
    inverse = pow(7, -(R - 1) // n, R)
    for j, point in enumerate(basis):
        scalars = [pow(n, -1, R) * pow(inverse, i * j, R) % R for i in range(n)]
        if not same(point, combine(scalars, srs.powers[:n])):
            return False
    return True


def encode(srs: SpecSrs) -> bytes:
    """The canonical file."""
    text = srs.provenance.encode()
    data = b"ZKSR" + (1).to_bytes(2, "big") + bytes([srs.unsafe]) + len(text).to_bytes(4, "big") + text
    data += srs.max_degree.to_bytes(8, "big") + b"".join(encode_1(point) for point in srs.powers)
    data += encode_2(GENERATOR_2) + encode_2(srs.tau_2) + bytes([len(srs.lagrange)])
    for k, basis in srs.lagrange:
        data += bytes([k]) + b"".join(encode_1(point) for point in basis)
    return data


def decode(data: bytes) -> SpecSrs:
    """The string in a canonical file, each point checked alone.

    Raises:
        SrsError: the bytes are no canonical file.
    """
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        if at + count > len(data):
            raise SrsError("truncated")
        at += count
        return data[at - count : at]

    def number(size: int, most: int) -> int:
        value = int.from_bytes(take(size), "big")
        if value > most:
            raise SrsError("a number is out of range")
        return value

    try:
        if take(4) != b"ZKSR" or number(2, 65535) != 1:
            raise SrsError("no file of this format and version")
        unsafe = number(1, 1) == 1
        provenance = take(number(4, 4096)).decode()
        degree = number(8, 2**29 - 2)
        if degree < 1:
            raise SrsError("a string holds at least two powers")
        powers = [decode_1(take(64)) for _ in range(degree + 1)]
        if not same(decode_2(take(128)), GENERATOR_2):
            raise SrsError("[1]_2 is not the generator")
        tau_2 = decode_2(take(128))
        lagrange: list[tuple[int, list[Point]]] = []
        for _ in range(number(1, 255)):
            k = number(1, 28)
            if 2**k > degree + 1 or (lagrange and k <= lagrange[-1][0]):
                raise SrsError("the Lagrange bases are too large or not ascending")
            lagrange.append((k, [decode_1(take(64)) for _ in range(2**k)]))
    except (NotAPointError, UnicodeDecodeError) as error:
        raise SrsError(str(error)) from error
    if at != len(data):
        raise SrsError("trailing bytes")
    return SpecSrs(powers, tau_2, unsafe, provenance, tuple(lagrange))
