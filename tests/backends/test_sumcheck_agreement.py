"""The Rust and the readable verifier give one verdict on a thousand changed proofs of compiled circuits, half
of them with an evaluation argument. ``tests/onchain/test_agreement_on_chain.py`` asks a contract, too."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable
from itertools import cycle

import pytest
from operator_models import OPERATORS
from sumcheck_world import Native, R, development, prove
from test_sumcheck_operators import MORE, with_weights

from zkattest.backends.base import Profile, Proof
from zkattest.backends.sumcheck.verification import verify
from zkattest.errors import MalformedProofError

#: Changed proofs of each circuit; the circuits together have a thousand.
EACH = 125
CIRCUITS = ("gemm", "conv", "max pool", "average pool with pads", "matmul", "leaky relu", "sigmoid", "mul")
#: Without an evaluation argument, and with one.
PROFILES: tuple[Profile, ...] = ("speed", "balanced")


def verdict(native: Native, proof: Proof, *, readable: bool) -> bool | None:
    """True, False, or None for malformed."""
    try:
        return verify(native.keys.verifying, proof, readable=readable)
    except MalformedProofError:
        return None


def _words(payload: bytes, rng: random.Random) -> int:
    return 32 * rng.randrange(len(payload) // 32)


def bit(payload: bytes, rng: random.Random) -> bytes:
    position = rng.randrange(len(payload))
    return payload[:position] + bytes([payload[position] ^ 1 << rng.randrange(8)]) + payload[position + 1 :]


def shift(payload: bytes, rng: random.Random) -> bytes:
    """A scalar plus one modulo r; of a point this leaves the curve."""
    at = _words(payload, rng)
    value = (int.from_bytes(payload[at : at + 32], "big") + 1) % R
    return payload[:at] + value.to_bytes(32, "big") + payload[at + 32 :]


def raised(payload: bytes, rng: random.Random) -> bytes:
    """The same scalar in another, larger encoding."""
    at = _words(payload, rng)
    value = (int.from_bytes(payload[at : at + 32], "big") + R) % 2**256
    return payload[:at] + value.to_bytes(32, "big") + payload[at + 32 :]


def swapped(payload: bytes, rng: random.Random) -> bytes:
    """Two points, or two pairs of scalars, exchanged."""
    a, b = sorted(64 * rng.randrange(len(payload) // 64) for _ in range(2))
    first, second = payload[a : a + 64], payload[b : b + 64]
    return payload if a == b else payload[:a] + second + payload[a + 64 : b] + first + payload[b + 64 :]


def zeroed(payload: bytes, rng: random.Random) -> bytes:
    at = _words(payload, rng)
    return payload[:at] + bytes(32) + payload[at + 32 :]


def resized(payload: bytes, rng: random.Random) -> bytes:
    cut = rng.randrange(1, 100)
    return payload[:-cut] if rng.random() < 0.5 else payload + rng.randbytes(cut)


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (bit, shift, raised, swapped, zeroed, resized)


@pytest.mark.parametrize(("name", "profile"), list(zip(CIRCUITS, cycle(PROFILES), strict=False)))
def test_both_verifiers_agree_on_changed_proofs(name: str, profile: Profile) -> None:
    model = with_weights(*(OPERATORS | MORE)[name][:2], **(OPERATORS | MORE)[name][2])
    native = prove(model, development(15), profile=profile)
    assert bool(native.key.evaluation) is (profile == "balanced")
    assert verdict(native, native.proof, readable=False) is True
    assert verdict(native, native.proof, readable=True) is True
    rng = random.Random(name)
    seen: Counter[bool | None] = Counter()
    for number in range(EACH):
        payload = CHANGES[number % len(CHANGES)](native.proof.payload, rng)
        changed = dataclasses.replace(native.proof, payload=payload)
        judged = verdict(native, changed, readable=False)
        assert judged == verdict(native, changed, readable=True), (name, number)
        assert (judged is True) == (payload == native.proof.payload), (name, number)
        seen[judged] += 1
    assert min(seen[False], seen[None]) > EACH // 10, "both kinds of refusal were met"
