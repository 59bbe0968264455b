"""Every message of a proof matters, and each has one encoding."""

from __future__ import annotations

import random

import pytest
from sumcheck_judge import honest, judge, pieces

from zkattest.errors import MalformedProofError
from zkattest.spec.points import GENERATOR_1, Q, R, encode_1, multiply

NAMES = ["gemm", "convolution", "function"]


def all_pieces(size: int, names: list[str]) -> list[tuple[str, str, int]]:
    return [
        (name, piece, at) for name in names for piece, at, wide in pieces(honest(name)[0]) if wide == size
    ]


# The golden vectors change every piece of the function proof.
SCALARS = all_pieces(32, ["convolution"])
POINTS = all_pieces(64, ["gemm", "convolution"])


def number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 32], "big")


def put(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


@pytest.mark.parametrize(("name", "piece", "at"), SCALARS, ids=lambda value: str(value))
def test_a_shifted_scalar_is_false(name: str, piece: str, at: int) -> None:
    instance, proof = honest(name)
    shift = random.Random(at).choice([1, R - 1, random.Random(at).randrange(1, R)])
    changed = put(proof, at, ((number(proof, at) + shift) % R).to_bytes(32, "big"))
    assert judge(instance, changed) is False


@pytest.mark.parametrize(("name", "piece", "at"), POINTS, ids=lambda value: str(value))
def test_a_replaced_point_is_false(name: str, piece: str, at: int) -> None:
    instance, proof = honest(name)
    negated = (Q - number(proof, at + 32)).to_bytes(32, "big")
    if at % 128:
        assert judge(instance, put(proof, at + 32, negated)) is False
    else:
        other = encode_1(multiply(GENERATOR_1, random.Random(at).randrange(1, R)))
        assert judge(instance, put(proof, at, other)) is False


@pytest.mark.parametrize("name", NAMES)
def test_non_canonical_scalars_are_malformed(name: str) -> None:
    instance, proof = honest(name)
    for _, at, size in pieces(instance):
        if size == 32:
            for bad in (number(proof, at) + R, R, 2**256 - 1):
                with pytest.raises(MalformedProofError):
                    judge(instance, put(proof, at, bad.to_bytes(32, "big")))


@pytest.mark.parametrize("name", NAMES)
def test_non_canonical_points_are_malformed(name: str) -> None:
    instance, proof = honest(name)
    for _, at, size in pieces(instance):
        if size == 64:
            x, y = number(proof, at), number(proof, at + 32)
            for bad in ((x + Q, y), (x, y + Q), (0, 0), (x, y + 1), (y, x), (0, y), (Q, Q)):
                part = b"".join(value.to_bytes(32, "big") for value in bad)
                assert len(part) == 64
                with pytest.raises(MalformedProofError):
                    judge(instance, put(proof, at, part))


def test_other_lengths_are_malformed() -> None:
    instance, proof = honest("function")
    for changed in (
        b"",
        proof[:-1],
        proof[1:],
        proof + b"\0",
        proof[:-32],
        proof + proof[-64:],
        proof[64:],
        proof * 2,
    ):
        with pytest.raises(MalformedProofError):
            judge(instance, changed)


def test_a_removed_message_is_malformed() -> None:
    instance, proof = honest("function")
    for _, at, size in pieces(instance):
        with pytest.raises(MalformedProofError):
            judge(instance, proof[:at] + proof[at + size :])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("witness[0]", "witness[1]"),
        ("helper[0]", "helper[1]"),
        ("mask[0]", "mask[1]"),
        ("data[0]", "witness[2]"),
        ("h[0]", "q[0]"),
        ("g[0]", "d[0]"),
        ("W[0]", "W[1]"),
    ],
)
def test_swapped_points_are_false(first: str, second: str) -> None:
    instance, proof = honest("gemm")
    places = {piece: at for piece, at, _ in pieces(instance)}
    a, b = places[first], places[second]
    changed = put(put(proof, a, proof[b : b + 64]), b, proof[a : a + 64])
    assert judge(instance, changed) is False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("u[0]", "u[1]"),
        ("values[0]", "values[1]"),
        ("values[2]", "values[6]"),
        ("sum-check 1 round 0[0]", "sum-check 1 round 0[1]"),
        ("sum-check 3 round 0[0]", "sum-check 3 round 1[0]"),
    ],
)
def test_swapped_scalars_are_false(first: str, second: str) -> None:
    instance, proof = honest("gemm")
    places = {piece: at for piece, at, _ in pieces(instance)}
    a, b = places[first], places[second]
    changed = put(put(proof, a, proof[b : b + 32]), b, proof[a : a + 32])
    assert judge(instance, changed) is False


def test_swapped_model_rows_are_false() -> None:
    instance, proof = honest("convolution")
    assert judge(instance, proof, model_rows=instance.model_rows[::-1]) is False


@pytest.mark.parametrize("name", NAMES)
def test_other_bindings_are_false(name: str) -> None:
    instance, proof = honest(name)
    assert judge(instance, proof, key_binding=bytes(32)) is False
    assert judge(instance, proof, statement_digest=bytes(32)) is False
    public = [instance.public[0] + 1, *instance.public[1:]]
    assert judge(instance, proof, public=public) is False
    assert judge(instance, proof, public=[value + R for value in instance.public]) is True


def test_a_proof_for_another_secret_is_false() -> None:
    from zkattest.spec.points import GENERATOR_2, encode_2

    instance, proof = honest("function")
    assert judge(instance, proof, tau_2=encode_2(multiply(GENERATOR_2, 3))) is False
