"""Write the golden vectors: ``python -m zkattest.spec.vectors [directory]`` (default ``tests/vectors``).

Deterministic: the same files on every run. ``--check`` compares instead of writing and exits with 1 on a
difference.
"""

from __future__ import annotations

import json
import sys
from math import prod
from pathlib import Path
from typing import Any

from zkattest.errors import CommitmentError, SrsError
from zkattest.spec import layout as layouts
from zkattest.spec import rows, srs
from zkattest.spec.points import (
    FQ2,
    GENERATOR_1,
    GENERATOR_2,
    Point,
    Q,
    R,
    b2,
    encode_1,
    encode_2,
    is_inf,
    is_on_curve,
    multiply,
)

Case = dict[str, Any]
Tensor = tuple[str, list[int], int]

#: Secrets of the vectors' strings: known, so worthless for anything else.
TAU = 0x1D0C1DFF6DA83F1D2A4C8B5C3E1F0A9B7D5E3C1A0F8E6D4C2B0A998877665544
OTHER_TAU = 5


def layout_case(name: str, row_size: int, tensors: list[Tensor]) -> Case:
    """Expected: places, rows, digest; null where the layout is impossible."""
    expected: Case | None
    try:
        packed = layouts.pack(row_size, tensors)
    except CommitmentError:
        expected = None
    else:
        places = [[place.row, place.offset, place.inner] for place in packed.places]
        expected = {"places": places, "rows": packed.rows, "digest": packed.digest.hex()}
    return {
        "type": "layout",
        "name": name,
        "row_size": row_size,
        "tensors": [list(tensor) for tensor in tensors],
        "expected": expected,
    }


def layout_cases() -> list[Case]:
    """Layouts of odd sizes and of a real network; impossible ones."""
    # A convolution's weight is stored as [kernel .., output channels, input channels].
    lenet = [
        ("conv1.weight", [5, 5, 6, 1], 8),
        ("conv1.bias", [6], 16),
        ("conv2.weight", [5, 5, 16, 6], 8),
        ("conv2.bias", [16], 16),
        ("fc1.weight", [120, 400], 8),
        ("fc1.bias", [120], 16),
        ("fc2.weight", [84, 120], 8),
        ("fc2.bias", [84], 16),
        ("fc3.weight", [10, 84], 8),
        ("fc3.bias", [10], 16),
    ]
    resnet = [
        ("conv1.weight", [3, 3, 64, 64], 8),
        ("conv1.bias", [64], 16),
        ("down.weight", [1, 1, 128, 64], 8),
        ("fc.weight", [10, 128], 8),
        ("fc.bias", [10], 16),
    ]
    plain = [("a", [1], 0), ("b", [2], 0), ("c", [5], 0), ("d", [2, 17], 0), ("e", [1], 0)]
    return [
        layout_case("one scalar", 2, [("a", [], 0)]),
        layout_case("exactly one row", 8, [("a", [8], 0)]),
        layout_case("a last axis of one cell more than a row takes two rows", 8, [("a", [9], 0)]),
        layout_case("only the last axis is padded", 8, [("a", [3, 3, 3], 0)]),
        layout_case(
            "equal inner sizes keep their order", 8, [("z", [3], 0), ("a", [4], 0), ("m", [2, 4], 0)]
        ),
        layout_case("largest inner size first", 8, plain),
        layout_case(
            "a tensor may end inside a row, the next goes on there", 4, [("a", [5, 2], 0), ("b", [9, 1], 0)]
        ),
        layout_case(
            "groups ascend, each on a fresh row", 8, [("a", [2], 16), ("b", [1], 8), ("c", [20], 16)]
        ),
        layout_case("a group that ends with its row", 4, [("a", [4], 1), ("b", [4], 2)]),
        layout_case("group 255 and group 0", 4, [("a", [1], 255), ("b", [1], 0)]),
        layout_case("non-ASCII name", 4, [("gewicht-ß", [3], 0)]),
        layout_case("a residual block, 2^12", 1 << 12, resnet),
        layout_case("LeNet-5, 2^10", 1 << 10, lenet),
        layout_case("LeNet-5, 2^13", 1 << 13, lenet),
        layout_case("2^40 cells", 1 << 28, [("a", [1 << 20, 1 << 20], 0)]),
        layout_case("row size no power of two", 12, [("a", [1], 0)]),
        layout_case("row size one", 1, [("a", [1], 0)]),
        layout_case("row size zero", 0, [("a", [1], 0)]),
        layout_case("row size 2^29", 1 << 29, [("a", [1], 0)]),
        layout_case("no tensor", 8, []),
        layout_case("empty name", 8, [("", [1], 0)]),
        layout_case("repeated name", 8, [("a", [1], 0), ("a", [2], 1)]),
        layout_case("empty axis", 8, [("a", [2, 0], 0)]),
        layout_case("33 axes", 8, [("a", [1] * 33, 0)]),
        layout_case("more than 2^40 cells", 8, [("a", [1 << 40], 0), ("b", [1], 0)]),
        layout_case("more than 2^40 cells with padding", 8, [("a", [1 << 38, 5], 0)]),
        layout_case("more than 2^40 cells with a group's fresh row", 8, [("a", [1], 0), ("b", [1 << 40], 1)]),
        layout_case("cells beyond 64 bits", 8, [("a", [1 << 40, 1 << 40], 0)]),
    ]


def row_case(name: str, string: srs.SpecSrs, values: list[int], blinder: int) -> Case:
    """Expected: 64 bytes; null where the blinder is no scalar or the string is too small."""
    fits = blinder < R and string.max_degree >= len(values)
    return {
        "type": "row",
        "name": name,
        "cells": values,
        "blinder": blinder.to_bytes(32, "big").hex(),
        "expected": encode_1(rows.commit_row(string, values, blinder)).hex() if fits else None,
    }


def row_cases(string: srs.SpecSrs) -> list[Case]:
    """Rows at the edges of the cells' and blinders' ranges."""
    extremes = [2**63 - 1, -(2**63), -(2**63) + 1, 2**32, -(2**32), 2**16, -1, 1]
    return [
        row_case("small cells", string, [1, -2, 3, -4, 5, -6, 7, -8], 123456789),
        row_case("all zero, zero blinder: infinity", string, [0] * 8, 0),
        row_case("all zero, blinded", string, [0] * 4, R - 1),
        row_case("all -2^15", string, [-(2**15)] * 8, 17),
        row_case("all 2^15 - 1", string, [2**15 - 1] * 8, 18),
        row_case("64-bit extremes", string, extremes, 19),
        row_case("blinder r is no scalar", string, [1] * 4, R),
        row_case("blinder 2^256 - 1 is no scalar", string, [1] * 4, 2**256 - 1),
        row_case("string too small", string, [1] * 16, 1),
    ]


def commitment_case(name: str, kind: str, string: srs.SpecSrs, row_size: int, tensors: list[Tensor]) -> Case:
    """Values and blinders follow from counters; expected: rows and identity."""
    packed = layouts.pack(row_size, tensors)
    values = [
        [(31 * i * i + 7 * i + 1000 * t) % 65536 - 32768 for i in range(prod(shape))]
        for t, (_, shape, _) in enumerate(tensors)
    ]
    blinders = [pow(3, 100 + i, R) for i in range(packed.rows)]
    committed = rows.commit(string, packed, values, blinders)
    return {
        "type": "commitment",
        "name": name,
        "kind": kind,
        "row_size": row_size,
        "tensors": [list(tensor) for tensor in tensors],
        "values": values,
        "blinders": [blinder.to_bytes(32, "big").hex() for blinder in blinders],
        "expected": {
            "srs_digest": srs.digest_at(string, row_size).hex(),
            "layout_digest": packed.digest.hex(),
            "rows": [row.hex() for row in committed],
            "identity": rows.identity(kind, packed, string, committed).hex(),
        },
    }


def commitment_cases(string: srs.SpecSrs) -> list[Case]:
    """Commitments that differ in one thing each."""
    small = [("weight", [3, 5], 0), ("bias", [3], 0)]
    grouped = [("weight", [3, 5], 9), ("bias", [3], 8)]
    return [
        commitment_case("one tensor in one row", "model", string, 4, [("w", [3], 8)]),
        commitment_case("a tensor over several rows", "model", string, 4, small),
        commitment_case("the same as data", "data", string, 4, small),
        commitment_case("the same with other rows", "model", string, 8, small),
        commitment_case("the same in another order", "model", string, 4, small[::-1]),
        commitment_case("the same in two groups", "model", string, 4, grouped),
        commitment_case(
            "padded lines across rows", "data", string, 4, [("x", [2, 3, 3], 0), ("y", [2, 5], 0)]
        ),
        commitment_case("lines of two rows, the second half full", "data", string, 4, [("x", [2, 7], 0)]),
        commitment_case(
            "axes of size 1, a block of two axes", "data", string, 8, [("x", [3, 1], 0), ("y", [2, 3, 1], 0)]
        ),
        commitment_case("scalars", "data", string, 2, [("a", [], 0), ("b", [], 0), ("c", [1, 1], 0)]),
    ]


def srs_case(name: str, data: bytes) -> Case:
    """Expected: the digest; false where all points are good but not powers of one tau; null where
    malformed."""
    expected: str | bool | None
    try:
        string = srs.decode(data)
    except SrsError:
        expected = None
    else:
        expected = srs.digest_at(string, string.max_degree).hex() if srs.is_consistent(string) else False
    return {"type": "srs", "name": name, "data": data.hex(), "expected": expected}


def srs_cases() -> list[Case]:
    """Good, inconsistent and malformed files."""
    good = srs.from_secret(TAU, 4)
    data = srs.encode(good)
    head = len(data) - 1 - 256 - 5 * 64

    def with_power(index: int, point: bytes) -> bytes:
        at = head + 64 * index
        return data[:at] + point + data[at + 64 :]

    def with_g2(index: int, point: bytes) -> bytes:
        at = len(data) - 1 - 256 + 128 * index
        return data[:at] + point + data[at + 128 :]

    second = encode_1(good.powers[2])
    x, y = int.from_bytes(second[:32], "big"), second[32:]
    swapped = good.powers[:1] + good.powers[1:][::-1]
    basis = [multiply(GENERATOR_1, value) for value in _lagrange_values(TAU, 2)]
    other = [multiply(GENERATOR_1, value) for value in _lagrange_values(OTHER_TAU, 2)]
    with_basis = srs.encode(srs.SpecSrs(good.powers, good.tau_2, False, "vector", ((2, basis),)))
    with_other = srs.encode(srs.SpecSrs(good.powers, good.tau_2, False, "vector", ((2, other),)))
    too_large = b"\3" + 2 * with_basis[-256:]
    return [
        srs_case("good", data),
        srs_case("good, with a Lagrange basis", with_basis),
        srs_case("smallest", srs.encode(srs.from_secret(OTHER_TAU, 1))),
        srs_case("Lagrange basis of another secret", with_other),
        srs_case("powers swapped", srs.encode(srs.SpecSrs(swapped, good.tau_2))),
        srs_case("one power replaced", with_power(3, encode_1(multiply(GENERATOR_1, 99)))),
        srs_case("[tau]_2 of another secret", with_g2(1, encode_2(multiply(GENERATOR_2, OTHER_TAU)))),
        srs_case("secret 1", srs.encode(srs.from_secret(1, 4))),
        srs_case("first point not the generator", with_power(0, second)),
        srs_case("empty", b""),
        srs_case("truncated in the header", data[:12]),
        srs_case("truncated in the powers", data[: head + 100]),
        srs_case("last byte missing", data[:-1]),
        srs_case("trailing byte", data + b"\0"),
        srs_case("wrong magic", b"ZKSX" + data[4:]),
        srs_case("version 2", data[:5] + b"\2" + data[6:]),
        srs_case("unsafe flag 2", data[:6] + b"\2" + data[7:]),
        srs_case("degree 0", srs.encode(srs.SpecSrs(good.powers[:1], good.tau_2))),
        srs_case("degree 2^63", data[: head - 8] + (2**63).to_bytes(8, "big") + data[head:]),
        srs_case("provenance not UTF-8", data[:11] + b"\xff" + data[12:]),
        srs_case("x not smaller than q", with_power(2, (x + Q).to_bytes(32, "big") + y)),
        srs_case("off the curve", with_power(2, second[:63] + bytes([second[63] ^ 1]))),
        srs_case("infinity", with_power(2, bytes(64))),
        srs_case("[tau]_2 at infinity", with_g2(1, bytes(128))),
        srs_case("[tau]_2 of the wrong order", with_g2(1, encode_2(wrong_order_point()))),
        srs_case("[1]_2 not the generator", with_g2(0, encode_2(multiply(GENERATOR_2, 2)))),
        srs_case("Lagrange basis larger than the string", data[:-1] + b"\1\3"),
        srs_case(
            "second Lagrange basis too large", with_basis[:-258] + b"\2\2" + with_basis[-256:] + too_large
        ),
        srs_case("Lagrange basis twice", with_basis[:-258] + b"\2" + 2 * (b"\2" + with_basis[-256:])),
    ]


def _lagrange_values(tau: int, k: int) -> list[int]:
    """l_j(tau) = (tau^n - 1) w^j / (n (tau - w^j))."""
    n = 2**k
    w = pow(7, (R - 1) // n, R)
    roots = [pow(w, j, R) for j in range(n)]
    return [(pow(tau, n, R) - 1) * root * pow(n * (tau - root), -1, R) % R for root in roots]


def wrong_order_point() -> Point:
    """A point of the twist whose order is not r: the first x = 1, 2, ... that has one."""
    for x in range(1, 1000):
        square = FQ2([x, 0]) ** 3 + b2
        root = _sqrt(square)
        if root is not None:
            point = (FQ2([x, 0]), root, FQ2([1, 0]))
            if is_on_curve(point, b2) and not is_inf(multiply(point, R)):
                return point
    raise AssertionError("the twist has points of other orders")


def _sqrt(value: Any) -> Any:
    """A square root in F_q^2 (q = 3 mod 4), or None: Adj and Rodriguez-Henriquez 2012, algorithm 9."""
    a1 = value ** ((Q - 3) // 4)
    x0 = a1 * value
    alpha = a1 * x0
    root = FQ2([0, 1]) * x0 if alpha == FQ2([Q - 1, 0]) else (alpha + FQ2.one()) ** ((Q - 1) // 2) * x0
    return root if root * root == value else None


def commitment_vectors() -> Case:
    """The content of ``commitment/cases.json``."""
    string = srs.from_secret(TAU, 8)
    return {
        "srs": srs.encode(string).hex(),
        "cases": [*layout_cases(), *row_cases(string), *commitment_cases(string), *srs_cases()],
    }


def main(arguments: list[str]) -> int:
    """Write or compare the vectors."""
    check = "--check" in arguments
    places = [argument for argument in arguments if argument != "--check"]
    path = Path(places[0] if places else "tests/vectors") / "commitment" / "cases.json"
    text = json.dumps(commitment_vectors(), indent=1, ensure_ascii=False) + "\n"
    if check:
        same = path.is_file() and path.read_text(encoding="utf-8") == text
        print(f"{path}: {'as the specification says' if same else 'DIFFERENT from the specification'}")
        return 0 if same else 1
    path.write_text(text, encoding="utf-8")
    print(f"{path}: {len(json.loads(text)['cases'])} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
