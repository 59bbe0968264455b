"""The specified verifier accepts honest proofs of hand-written circuits; its parts compute what they say."""

from __future__ import annotations

import random

import pytest
from eth_utils.crypto import keccak
from sumcheck_judge import MAKERS, honest, judge, pieces
from sumcheck_prover import Prover, eqs, extension

from zkattest.errors import FormatError, MalformedProofError
from zkattest.spec.points import GENERATOR_1, R, combine, multiply, same
from zkattest.spec.sumcheck import codec, proof
from zkattest.spec.sumcheck.functionals import eq, eq_table
from zkattest.spec.sumcheck.multiscalar import multiscalar
from zkattest.spec.sumcheck.opening import eq_polynomial
from zkattest.spec.sumcheck.transcript import Transcript


@pytest.mark.parametrize("evaluated", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", MAKERS)
def test_honest_proofs_are_accepted(name: str, seed: int, evaluated: bool) -> None:
    instance, made = honest(name, seed, evaluated)
    assert judge(instance, made) is True


def test_lengths_follow_the_document() -> None:
    """64 (rows + 2 + helpers) + 32 (1 + n1 d1 + n2 d2 + D + 2c) + 7 * 64 + 7 * 32, by hand for the gemm."""
    instance, made = honest("gemm")
    assert len(made) == 64 * (1 + 0 + 3 + 1 + 2 + 3) + 32 * (1 + 8 * 3 + 3 * 4 + 3 + 14) + 7 * 64 + 7 * 32
    assert proof.length(instance.circuit) == len(made)
    for name in MAKERS:
        instance, made = honest(name)
        last = pieces(instance)[-1]
        assert last[1] + last[2] == len(made)
        instance, more = honest(name, evaluated=True)
        rows = sum(instance.circuit.rows)
        assert proof.length(instance.circuit, True) == len(more) == len(made) + 32 * (1 + rows) + 128 + 480
        last = pieces(instance)[-1]
        assert last[1] + last[2] == len(more)


@pytest.mark.parametrize("name", MAKERS)
def test_decoding_is_the_inverse_of_encoding(name: str) -> None:
    instance, _ = honest(name)
    assert codec.decode(instance.encoding) == instance.circuit


def test_the_transcript_is_the_documents() -> None:
    a, b, c = keccak(b"a"), keccak(b"b"), keccak(b"c")
    transcript = Transcript(a, b, c)
    state = keccak(b"zkattest-sumcheck-v1" + a + b + c)
    transcript.absorb(b"message")
    state = keccak(state + b"message")
    assert transcript.draw() == int.from_bytes(state, "big") % R
    state = keccak(state)
    assert transcript.draw() == int.from_bytes(state, "big") % R
    transcript.absorb(b"")
    assert transcript.draw() == int.from_bytes(keccak(keccak(state)), "big") % R


def test_eq_counts_bits_from_the_most_significant() -> None:
    assert [eq((1, 0, 0), i) for i in range(8)] == [0, 0, 0, 0, 1, 0, 0, 0]
    point = tuple(random.Random(0).randrange(R) for _ in range(5))
    for count in (0, 1, 2, 3, 16, 17, 31, 32):
        assert eq_table(point, count) == eqs(point)[:count] == [eq(point, i) for i in range(count)]
    x = 12345
    assert eq_polynomial(point, x) == sum(e * pow(x, i, R) for i, e in enumerate(eqs(point))) % R
    table = list(range(32))
    assert extension(table, point) == sum(e * v for e, v in zip(eqs(point), table, strict=True)) % R


@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_multiscalar_is_combine(count: int) -> None:
    choose = random.Random(count)
    points = [multiply(GENERATOR_1, choose.randrange(1, R)) for _ in range(count)]
    scalars = [choose.choice([0, 1, R - 1, -5, choose.randrange(R)]) for _ in range(count)]
    assert same(multiscalar(scalars, points), combine(scalars, points))
    assert same(multiscalar([7, R - 7], [GENERATOR_1] * 2), combine([0], [GENERATOR_1]))


def test_no_message_repeats_in_two_proofs_of_one_witness() -> None:
    """Rows of the model and of data aside, everything is fresh."""
    instance, first = honest("gemm")
    second = Prover(instance, 77).prove()
    for name, at, size in pieces(instance):
        assert first[at : at + size] != second[at : at + size], name


def test_counts_that_are_not_the_circuits_are_malformed() -> None:
    instance, made = honest("gemm")
    for changes in (
        {"public": instance.public[:-1]},
        {"public": [*instance.public, 0]},
        {"model_rows": []},
        {"model_rows": instance.model_rows * 2},
    ):
        with pytest.raises(MalformedProofError):
            judge(instance, made, **changes)


def test_points_of_the_key_are_checked() -> None:
    instance, made = honest("gemm")
    for changes in ({"model_rows": [bytes(64)]}, {"tau_2": bytes(128)}, {"tau_2": b"\1" * 128}):
        with pytest.raises(FormatError):
            judge(instance, made, **changes)
