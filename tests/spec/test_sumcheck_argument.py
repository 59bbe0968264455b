"""The evaluation argument: cheats are refused, by a verifier that compares and by one that does not, as a
contract; the table that the reference prover makes; and points that coincide."""

from __future__ import annotations

from functools import partial

import pytest
from sumcheck_argument import Argument
from sumcheck_argument_cheats import ARGUMENT_LATE, ARGUMENTS, BROKEN, Arguing, lax_key
from sumcheck_argument_lies import ConstantLiar, Fake
from sumcheck_circuits import function
from sumcheck_judge import MAKERS, honest, judge
from sumcheck_polynomials import domain, evaluate, inverse, through, values_on
from sumcheck_prover import Prover
from sumcheck_table import evaluation as evaluated_over
from sumcheck_table import table_of
from test_sumcheck_opening import BEFORE, OMEGA, XI, ZETA

from zkattest.errors import FormatError
from zkattest.spec.points import R
from zkattest.spec.sumcheck import evaluation, opening, verifier
from zkattest.spec.sumcheck.transcript import Transcript

# --- the table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAKERS)
def test_the_table_computes_the_advice(name: str) -> None:
    """From the challenges alone: what the prover knows from functionals that it evaluates cell by cell."""
    prover = proved(name)
    argument = prover.argument
    assert argument is not None
    table, values = argument.table, argument.table.values(argument.challenges())
    advice = argument.computed()
    assert values[table.first_advice : table.public] == advice
    assert evaluated_over(prover.circuit, argument.challenges()) == advice
    assert len(argument.inputs) == table.public == evaluation.count_inputs(prover.circuit)
    for j, (row, *wires) in enumerate(zip(table.rows, *argument.cells, strict=True)):
        (q_l, q_r, q_m, q_o, q_c), (a, b, c) = row.selectors, wires
        public = argument.inputs[j] if j < table.public else 0
        assert (q_l * a + q_r * b + q_m * a * b + q_o * c + q_c - public) % R == 0
    assert len(argument.index.committed) == 8 * table.n
    assert not any(argument.gate_quotient()[2 * table.n :])
    assert not any(argument.copy_quotient()[3 * table.n :])


def proved(name: str) -> Prover:
    instance = MAKERS[name]()
    instance.evaluated = True
    prover = Prover(instance)
    prover.prove()
    return prover


def test_every_copy_is_in_one_cycle() -> None:
    """The permutation's cycles are the cells of one variable each."""
    argument = proved("function").argument
    assert argument is not None
    n, points = argument.n, {point: j for j, point in enumerate(domain(argument.n))}
    where = {
        (i, j): variable for i, wire in enumerate(argument.table.cells()) for j, variable in enumerate(wire)
    }
    follows = {}
    for i, j in where:
        place = argument.index.permuted[i][j]
        (found,) = [(k, points[x]) for k in range(3) if (x := place * inverse(k + 1) % R) in points]
        follows[i, j] = found
        assert where[found] == where[i, j]
    assert sorted(follows.values()) == sorted(where)
    seen, cycles = set(), 0
    for cell in where:
        cycles += cell not in seen
        while cell not in seen:
            seen.add(cell)
            cell = follows[cell]
    assert cycles == len(set(where.values())) < n * 3


def test_the_roots_of_unity_are_what_the_document_says() -> None:
    for log in range(29):
        root = evaluation.root_of_unity(log)
        assert pow(root, 1 << log, R) == 1
        assert log == 0 or pow(root, 1 << log - 1, R) == R - 1
    assert domain(64)[1] == evaluation.root_of_unity(6)


def test_the_cosets_are_distinct_for_every_size() -> None:
    for ratio in (2, 3, 3 * inverse(2)):
        assert pow(ratio, 1 << evaluation.LOG_GATES_LIMIT, R) != 1


def test_transforms() -> None:
    poly = list(range(1, 9))
    assert values_on(16, poly) == [evaluate(poly, x) for x in domain(16)]
    assert through(values_on(8, poly)) == poly
    assert through([7]) == [7]


# --- cheats -------------------------------------------------------------------------------------------------


@pytest.fixture
def not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verifier that takes the advice as it is."""
    monkeypatch.setattr(verifier, "agrees", lambda *_: True)


@pytest.mark.usefixtures("not_compared")
@pytest.mark.parametrize("name", [name for name in ARGUMENTS if name not in {**BROKEN, **ARGUMENT_LATE}])
def test_a_cheat_is_refused_by_the_argument(name: str) -> None:
    assert judge(*ARGUMENTS[name]()) is False


@pytest.mark.usefixtures("not_compared")
@pytest.mark.parametrize("name", BROKEN)
def test_a_cheat_is_refused_by_one_rule_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lie is a real one: without the rule, a false statement is accepted."""
    rule, cheat = BROKEN[name]
    prover = cheat.prover()
    proof, argument = prover.prove(), prover.argument
    assert argument is not None
    public = argument.public_polynomial(argument.make_public(argument.inputs))
    instead = {
        "gate_quotient": argument.first_pieces[3],
        "start_quotient": argument.second_pieces[1],
        "copy_quotient": argument.second_pieces[2],
        "public_polynomial": public,
    }
    assert judge(prover.instance, proof) is False
    monkeypatch.setattr(evaluation, rule, lambda *_: evaluate(instead[rule], argument.chi))
    assert judge(prover.instance, proof) is True


@pytest.mark.parametrize("name", ["constant: gate of the result", "weight at sigma: p is zero on H"])
def test_a_lie_is_refused_by_comparison_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, proof = ARGUMENTS[name]()
    monkeypatch.setattr(opening, "pairing_holds", lambda *_: True)
    assert judge(instance, proof) is False
    monkeypatch.setattr(verifier, "agrees", lambda *_: True)
    assert judge(instance, proof) is True


def test_the_key_decides_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the key of a table that says nothing, a lie has an honest argument: whoever does not compare has
    to know whose table a key is of."""
    instance, proof = ARGUMENTS["another table"]()
    assert judge(instance, proof, evaluation=lax_key()) is False
    monkeypatch.setattr(verifier, "agrees", lambda *_: True)
    assert judge(instance, proof, evaluation=lax_key()) is True
    assert judge(instance, proof) is False


@pytest.mark.usefixtures("not_compared")
@pytest.mark.parametrize("name", ARGUMENT_LATE)
def test_an_attack_on_the_order_works_on_a_broken_verifier_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, order = ARGUMENT_LATE[name]
    instance, proof = Arguing(ConstantLiar, fake, order)()
    assert judge(instance, proof) is False
    assert judge(*ARGUMENTS[name]()) is False
    monkeypatch.setattr(verifier, "Transcript", order)
    assert judge(instance, proof) is True


@pytest.mark.parametrize("wrong", range(7))
def test_advice_that_is_off_is_false(wrong: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scalar of it is compared; each is bound by the argument."""

    class Off(Fake):
        def make_advice(self, advice: list[int]) -> list[int]:
            return [value + (i == wrong) for i, value in enumerate(advice)]

    instance = function()
    instance.evaluated = True
    assert evaluation.count_advice(instance.circuit) == 7
    prover = Prover(instance, 1, Transcript, Off)
    proof = prover.prove()
    monkeypatch.setattr(opening, "identity_holds", lambda *_: True)
    monkeypatch.setattr(opening, "pairing_holds", lambda *_: True)
    assert judge(instance, proof) is False
    monkeypatch.setattr(verifier, "agrees", lambda *_: True)
    assert judge(instance, proof) is True


# --- keys ---------------------------------------------------------------------------------------------------


def test_keys_that_are_none_are_refused() -> None:
    instance, proof = honest("function", 0, True)
    key, needed = instance.evaluation, (table_of(instance.circuit).public - 1).bit_length()
    for bad in (
        key[:64],
        key + b"\0",
        bytes([29]) + key[1:],
        bytes([needed - 1]) + key[1:],
        key[:1] + bytes(64),
    ):
        with pytest.raises(FormatError):
            judge(instance, proof, evaluation=bad)
    for other in (bytes([28]) + key[1:], bytes([needed]) + key[1:]):
        assert judge(instance, proof, evaluation=other) is False


# --- points that coincide -----------------------------------------------------------------------------------


class ChosenTranscript(Transcript):
    """zeta, omega, chi and xi are chosen, all other challenges those of the transcript."""

    def __init__(self, chi: int, xi: int, *digests: bytes) -> None:
        super().__init__(*digests)
        self._chosen = {BEFORE: ZETA, BEFORE + 4: OMEGA, BEFORE + 5: chi, BEFORE + 7: xi}
        self._draws = 0

    def draw(self) -> int:
        challenge = super().draw()
        self._draws += 1
        return self._chosen.get(self._draws - 1, challenge)


N = 512
ROOT = evaluation.root_of_unity(9)
CHI = ZETA * ZETA % R
#: In each, one rule alone is broken.
DEGENERATE = {
    "chi = 0": (0, XI),
    "chi = 1": (1, XI),
    "chi = -1": (R - 1, XI),
    "chi = w": (ROOT, XI),
    "chi = w^(n - 1)": (inverse(ROOT), XI),
    "xi^8 = chi": (pow(XI, 8, R), XI),
    "xi^4 = chi": (pow(XI, 4, R), XI),
    "xi^3 = chi": (pow(XI, 3, R), XI),
    "xi^3 = chi w": (pow(XI, 3, R) * inverse(ROOT) % R, XI),
}
ORDINARY = {
    "random": (CHI, XI),
    "chi^(2n) = 1": (evaluation.root_of_unity(10), XI),
    "chi = zeta": (ZETA, XI),
    "chi = omega": (OMEGA, XI),
    "omega^8 = chi": (pow(OMEGA, 8, R), XI),
    "omega^4 = chi": (pow(OMEGA, 4, R), XI),
    "omega^3 = chi w": (pow(OMEGA, 3, R) * inverse(ROOT) % R, XI),
    "xi = chi": (CHI, CHI),
    "xi^3 = chi / w": (pow(XI, 3, R) * ROOT % R, XI),
}


def at(chi: int, xi: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """The verdict on an honest proof where prover and verifier are given these challenges."""
    instance = function()
    instance.evaluated = True
    prover = Prover(instance, 2, partial(ChosenTranscript, chi, xi))
    proof = prover.prove()
    assert isinstance(prover.argument, Argument)
    assert prover.argument.n == N
    assert (prover.zeta, prover.omega, prover.chi, prover.xi) == (ZETA, OMEGA, chi, xi)
    monkeypatch.setattr(verifier, "Transcript", partial(ChosenTranscript, chi, xi))
    return judge(instance, proof)


@pytest.mark.parametrize("name", DEGENERATE)
def test_no_proof_is_accepted_at_points_that_coincide(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """False without an exception; the rule is what refuses it: without, an inverse does not exist."""
    assert at(*DEGENERATE[name], monkeypatch) is False
    monkeypatch.setattr(evaluation, "in_general_position", lambda *_: True)
    with pytest.raises(ValueError, match="not invertible"):
        at(*DEGENERATE[name], monkeypatch)


@pytest.mark.parametrize("name", ORDINARY)
def test_all_other_points_serve(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at(*ORDINARY[name], monkeypatch) is True
