"""The opening: what the identity and the pairing each refuse, and points that coincide."""

from __future__ import annotations

import random
from functools import partial

import pytest
from sumcheck_cheats import MESSAGES, wrong_sum
from sumcheck_circuits import function
from sumcheck_judge import honest, judge
from sumcheck_prover import Prover, evaluate, inverse

from zkattest.spec.points import R
from zkattest.spec.sumcheck import opening, verifier
from zkattest.spec.sumcheck.transcript import Transcript

OPENINGS = [name for name in MESSAGES if name.startswith("opening: ")]
#: Draws before zeta: gamma, beta, r, alpha, rho, sigma, delta, z of the function circuit.
BEFORE = 2 + 4 + 1 + 4 + 2 + 1 + 6


class ChosenTranscript(Transcript):
    """zeta, omega and xi are chosen, all other challenges those of the transcript."""

    def __init__(self, chosen: tuple[int, int, int], *digests: bytes) -> None:
        super().__init__(*digests)
        zeta, omega, xi = chosen
        self._chosen = {BEFORE: zeta, BEFORE + 2: omega, BEFORE + 4: xi}
        self._draws = 0

    def draw(self) -> int:
        challenge = super().draw()
        self._draws += 1
        return self._chosen.get(self._draws - 1, challenge)


_choose = random.Random(5)
ZETA, OMEGA, XI = (_choose.randrange(R) for _ in range(3))
#: In each, one rule alone is broken.
DEGENERATE = {
    "omega = 0": (ZETA, 0, XI),
    "omega = 1": (ZETA, 1, XI),
    "omega = -1": (ZETA, R - 1, XI),
    "zeta = omega": (OMEGA, OMEGA, XI),
    "zeta = 1/omega": (inverse(OMEGA), OMEGA, XI),
    "xi = 1/omega": (ZETA, OMEGA, inverse(OMEGA)),
    "xi = zeta": (ZETA, OMEGA, ZETA),
}
ORDINARY = {
    "random": (ZETA, OMEGA, XI),
    "xi = omega": (ZETA, OMEGA, OMEGA),
    "xi = 0": (ZETA, OMEGA, 0),
    "xi = -omega": (ZETA, OMEGA, R - OMEGA),
    "zeta = 0": (0, OMEGA, XI),
    "zeta = 1": (1, OMEGA, XI),
}


def at(chosen: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> bool:
    """The verdict on an honest proof where prover and verifier are given these challenges."""
    instance = function()
    prover = Prover(instance, 2, partial(ChosenTranscript, chosen))
    proof = prover.prove()
    assert (prover.zeta, prover.omega, prover.xi) == chosen
    monkeypatch.setattr(verifier, "Transcript", partial(ChosenTranscript, chosen))
    return judge(instance, proof)


@pytest.mark.parametrize("name", DEGENERATE)
def test_no_proof_is_accepted_at_points_that_coincide(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """False without an exception; the rule is what refuses it: without, an inverse does not exist."""
    assert at(DEGENERATE[name], monkeypatch) is False
    monkeypatch.setattr(opening, "in_general_position", lambda _: True)
    with pytest.raises(ValueError, match="not invertible"):
        at(DEGENERATE[name], monkeypatch)


@pytest.mark.parametrize("name", ORDINARY)
def test_all_other_points_serve(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at(ORDINARY[name], monkeypatch) is True


@pytest.mark.parametrize("name", OPENINGS)
def test_a_cheating_opening_is_refused_by_the_pairing_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, proof = MESSAGES[name]()
    assert judge(instance, proof) is False
    monkeypatch.setattr(opening, "pairing_holds", lambda *_: True)
    assert judge(instance, proof) is True


def test_a_false_value_is_refused_by_the_identity_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = wrong_sum()
    proof = Prover(instance, 4).prove()
    assert judge(instance, proof) is False
    monkeypatch.setattr(opening, "identity_holds", lambda *_: True)
    assert judge(instance, proof) is True


def test_the_last_message_is_absorbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the proof is drawn after it, but what continues the transcript depends on it."""
    states = []

    class Kept(Transcript):
        def __init__(self, *digests: bytes) -> None:
            super().__init__(*digests)
            states.append(self)

    monkeypatch.setattr(verifier, "Transcript", Kept)
    instance, proof = honest("function")
    assert judge(instance, proof) is True
    assert judge(instance, proof[:-64] + proof[-128:-64]) is False
    prover = Prover(function())
    assert prover.prove() == proof
    kept, other = (transcript.draw() for transcript in states)
    assert kept == prover.transcript.draw() != other


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_interpolation(count: int) -> None:
    choose = random.Random(count)
    poly = [choose.randrange(R) for _ in range(count)]
    nodes = [choose.randrange(R) for _ in range(count)]
    values = [evaluate(poly, node) for node in nodes]
    for x in (nodes[0], 0, choose.randrange(R)):
        assert opening.interpolate(nodes, values, x) == evaluate(poly, x)
