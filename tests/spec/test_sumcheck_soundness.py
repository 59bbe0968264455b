"""Cheating provers are refused: false witnesses, changed messages, messages chosen after a challenge."""

from __future__ import annotations

import pytest
from sumcheck_cheats import LATE, MESSAGES, WITNESSES, Cheat, attack, late
from sumcheck_circuits import function, gemm
from sumcheck_judge import judge, pieces
from sumcheck_prover import Prover

from zkattest.spec.sumcheck import verifier
from zkattest.spec.sumcheck.circuit import DATA, MODEL

CHEATS = {**WITNESSES, **MESSAGES}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_a_cheat_is_refused(cheat: Cheat) -> None:
    assert judge(*cheat()) is False


@pytest.mark.parametrize("name", LATE)
def test_an_attack_on_the_order_works_on_a_broken_verifier_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack is real, and the specified order stops it, whichever order the prover uses."""
    instance, proof = attack(name, broken=True)
    assert judge(instance, proof) is False
    assert judge(*attack(name, broken=False)) is False
    monkeypatch.setattr(verifier, "Transcript", LATE[name][2])
    assert judge(instance, proof) is True


MESSAGES_OF_FUNCTION = 3 + 4 + 2 + 1 + 6 + 6


@pytest.mark.parametrize("message", range(MESSAGES_OF_FUNCTION))
def test_every_message_is_absorbed_before_the_next_challenge(message: int) -> None:
    """A prover that absorbs one message too late is refused (S among them: it may not follow rho_1).
    After the last one nothing is drawn."""
    instance = function()
    prover = Prover(instance, 8, late(message))
    proof = prover.prove()
    assert len(prover.sent) == MESSAGES_OF_FUNCTION
    last = message == MESSAGES_OF_FUNCTION - 1
    assert judge(instance, proof) is last


def test_what_stands_in_padding_takes_part_in_no_claim() -> None:
    """Functionals run over real indices: junk beside X's and W's real cells changes nothing."""
    instance = gemm()
    instance.rows[DATA, 0][3] = 1000
    instance.rows[MODEL, 0][5] = -77
    assert judge(instance, Prover(instance, 9).prove()) is True


def test_rows_and_pieces_are_all_covered() -> None:
    """The tampering tests visit every byte: pieces are contiguous."""
    instance = gemm()
    at = 0
    for _, start, size in pieces(instance):
        assert start == at
        at += size
