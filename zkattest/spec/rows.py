"""Rows, their commitments, and the identity of a commitment.

A row with cells v_0..v_(m-1) and blinder b is the polynomial sum v_i X^i + b X^m; its commitment is
C = sum v_i [tau^i]_1 + b [tau^m]_1.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak

from zkattest.errors import CommitmentError, SrsTooSmallError
from zkattest.spec.layout import Layout
from zkattest.spec.points import Point, combine, encode_1
from zkattest.spec.srs import SpecSrs, digest_at

KINDS = {"model": 1, "data": 2}


def cells(layout: Layout, tensors: Sequence[Sequence[int]]) -> list[list[int]]:
    """The cells of all rows. ``tensors``: flattened row-major, in the layout's order."""
    flat = [0] * (layout.rows * layout.row_size)
    for values, place in zip(tensors, layout.places, strict=True):
        if len(values) != place.lines * place.line:
            raise CommitmentError("a tensor has another number of values than its shape")
        if any(not -(2**63) <= value < 2**63 for value in values):
            raise CommitmentError("a value does not fit 64 bits")
        for k in range(place.lines):
            start = place.row * layout.row_size + place.offset + k * place.step
            flat[start : start + place.line] = values[k * place.line : (k + 1) * place.line]
    return [flat[i : i + layout.row_size] for i in range(0, len(flat), layout.row_size)]


def commit_row(srs: SpecSrs, row: Sequence[int], blinder: int) -> Point:
    """sum row[i] [tau^i]_1 + blinder [tau^m]_1."""
    m = len(row)
    if srs.max_degree < m:
        raise SrsTooSmallError("the string does not reach degree m")
    return combine([*row, blinder], srs.powers[: m + 1])


def commit(
    srs: SpecSrs, layout: Layout, tensors: Sequence[Sequence[int]], blinders: Sequence[int]
) -> list[bytes]:
    """The commitments of all rows, 64 bytes each."""
    rows = cells(layout, tensors)
    if len(blinders) != len(rows):
        raise CommitmentError("one blinder per row")
    return [encode_1(commit_row(srs, row, b)) for row, b in zip(rows, blinders, strict=True)]


def identity(kind: str, layout: Layout, srs: SpecSrs, rows: Sequence[bytes]) -> bytes:
    """keccak256(domain, kind, m, layout digest, SRS digest, number of rows, rows)."""
    return keccak(
        b"zkattest-commitment-v1"
        + bytes([KINDS[kind]])
        + layout.row_size.to_bytes(8, "big")
        + layout.digest
        + digest_at(srs, layout.row_size)
        + len(rows).to_bytes(8, "big")
        + b"".join(rows)
    )
