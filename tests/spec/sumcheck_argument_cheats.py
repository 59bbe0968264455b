"""Cheating evaluation arguments for a true statement and for lies of :mod:`sumcheck_argument_lies`, all of
them together, and those that would succeed if a message were absorbed after its challenge."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from sumcheck_argument import COSETS, Argument, Index, make_index
from sumcheck_argument_lies import (
    ConstantLiar,
    InnerGate,
    OtherInputs,
    PublicCopy,
    PublicGate,
    ResultCopy,
    ResultGate,
    RowLiar,
    WeightLiar,
    ZeroProduct,
)
from sumcheck_cheats import late, wrong_sum
from sumcheck_circuits import function
from sumcheck_opening_cheats import peek
from sumcheck_polynomials import Poly, combination, evaluate, inverse
from sumcheck_prover import Instance, Prover, commit
from sumcheck_table import Row, table_of

from zkattest.spec.points import R
from zkattest.spec.sumcheck.transcript import Transcript

#: What the fifteen values are of.
VALUES = (
    *("qL(chi)", "qR(chi)", "qM(chi)", "qO(chi)", "qC(chi)", "s1(chi)", "s2(chi)", "s3(chi)"),
    *("a(chi)", "b(chi)", "c(chi)", "p(chi)", "p(chi w)", "T1(chi w)", "T2(chi w)"),
)
#: Those that the gates' quotient follows from, those that the copies' follows from.
OF_GATES, OF_COPIES = (0, 1, 2, 3, 4, 8, 9, 10), (5, 6, 7, 8, 9, 10, 11, 12)

# --- false values -----------------------------------------------------------------------------------------


def fitted(argument: Argument, values: list[int], index: int, which: int) -> list[int]:
    """The values with another one at ``index``, so that T_which at chi is what was committed to. Each of
    these is of degree at most 1 in each value."""
    committed = (argument.first_pieces[3], *argument.second_pieces[1:])
    wanted, found = evaluate(committed[which], argument.chi), []
    for shift in (0, 1):
        argument.values = [value + shift * (i == index) for i, value in enumerate(values)]
        found.append(argument.claimed_quotients()[which])
    shift = (wanted - found[0]) * inverse(found[1] - found[0])
    argument.values = [(value + shift * (i == index)) % R for i, value in enumerate(values)]
    assert argument.claimed_quotients()[which] == wanted
    return argument.values


def fitting(fake: type[Argument], *places: tuple[int, int]) -> type[Argument]:
    """``fake`` with false values at places, for each of which a quotient is what was committed to."""

    class Fitting(fake):  # type: ignore[valid-type, misc]
        def make_values(self, values: list[int]) -> list[int]:
            for index, which in places:
                values = fitted(self, values, index, which)
            return values

    return Fitting


# --- changed messages of an argument for the truth ----------------------------------------------------------


class ScaledProduct(Argument):
    """2 p begins with 2; everything else about it is right."""

    def make_products(self, p: Poly) -> Poly:
        return [2 * value % R for value in p]


def shifted_value(index: int) -> type[Argument]:
    class ShiftedValue(Argument):
        def make_values(self, values: list[int]) -> list[int]:
            return [value + (i == index) for i, value in enumerate(values)]

    return ShiftedValue


def shifted_piece(index: int) -> type[Argument]:
    """One of a, b, c, T_0, p, T_1, T_2 is another polynomial, with its true values."""

    class ShiftedPiece(Argument):
        def make_first(self, polynomials: list[Poly]) -> list[Poly]:
            return [combination((1, p), (int(i == index), [0, 1])) for i, p in enumerate(polynomials)]

        def make_second(self, polynomials: list[Poly]) -> list[Poly]:
            return [
                combination((1, p), (int(i == index), [0, 1])) for i, p in enumerate(polynomials, start=4)
            ]

    return ShiftedPiece


class OtherFirst(Argument):
    """C_1 is of another polynomial than the one that is opened."""

    def first(self) -> Poly:
        return combination((1, super().first()), (1, [1]))


class OtherSecond(Argument):
    """C_2 is of another polynomial than the one that is opened."""

    def second(self) -> Poly:
        return combination((1, super().second()), (1, [1]))


class OtherAdvice(Argument):
    """The rows' weights are sent in another order."""

    def make_advice(self, advice: list[int]) -> list[int]:
        return [*advice[:2], *advice[:1:-1]]


def unopened(index: int) -> type[Argument]:
    """One of T_3, T_4, T_5 is left out of W and W'."""

    class Unopened(Argument):
        def opened(self, nu: int) -> list[tuple[Poly, Poly, list[tuple[int, int]]]]:
            return [part for i, part in enumerate(super().opened(nu)) if i != index]

    return Unopened


# --- tables -------------------------------------------------------------------------------------------------


@cache
def lax_index() -> Index:
    """Of a table that says nothing about the advice."""
    table = table_of(function().circuit)
    gates = {table.result_gate(variable) for variable in range(table.first_advice, table.public)}
    nothing = (0,) * 5
    rows = tuple(Row(nothing, row.wires) if j in gates else row for j, row in enumerate(table.rows))
    return make_index(replace(table, rows=rows))


def lax_key() -> bytes:
    """The evaluation key of that table."""
    index = lax_index()
    return bytes([index.table.log_gates]) + commit(index.committed)


class LaxTable(ResultGate):
    """An honest argument over that table."""

    def make_index(self) -> Index:
        return lax_index()


# --- the order of challenges --------------------------------------------------------------------------------


class WiresAfterKappa(ResultCopy):
    """A cell that no gate reads, but that has copies, balances the broken copy at one kappa and lambda."""

    def make_cells(self, values: list[int]) -> list[list[int]]:
        cells = super().make_cells(values)
        _, self.kappa, self.lambda_ = peek(self.prover.transcript, 3)
        self.cells = cells
        total = 1
        for ratio in self.ratios():
            total = total * ratio % R
        # (x + above) / (x + below) for x = 0, and for the x that makes the product 1.
        above = self.lambda_ * COSETS[1] + self.kappa
        below = self.lambda_ * self.index.permuted[1][0] + self.kappa
        others = total * below % R * inverse(above) % R
        cells[1][0] = (below - others * above) * inverse(others - 1) % R
        return cells


class ProductsAfterChi(ResultCopy):
    """A T_2 that fits the broken copy at one chi."""

    def make_second(self, polynomials: list[Poly]) -> list[Poly]:
        prover = self.prover
        ahead = copy.copy(prover.transcript)
        ahead.absorb(b"")
        ahead.absorb(commit(prover.symmetric_part(ahead.draw())) + commit(prover.g[::-1]))
        _, chi = ahead.draw(), ahead.draw()
        self.chi, self.second_pieces = chi, polynomials
        copies = polynomials[2]
        self.values = self.values_at(chi)
        missing = self.claimed_quotients()[2] - evaluate(copies, chi)
        return [*polynomials[:2], combination((1, copies), (missing, [1]))]


#: The message with advice and C_1, and the next one with C_2.
STEP_8 = 3 + 4 + 2 + 1 + 6
#: Fake, and the broken order under which a verifier that does not compare accepts it.
ARGUMENT_LATE: dict[str, tuple[type[Argument], Callable[..., Transcript]]] = {
    "wires after kappa and lambda": (WiresAfterKappa, late(STEP_8, 3)),
    "products after chi": (ProductsAfterChi, late(STEP_8 + 1, 3)),
}

# --- all of them --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arguing:
    """A cheat: always under a key with an evaluation part. ``liar``: of a false statement; Prover: of a true
    one."""

    liar: type[Prover]
    fake: type[Argument]
    order: Callable[..., Transcript] = Transcript

    def prover(self) -> Prover:
        """Not yet run."""
        instance = function() if self.liar is Prover else wrong_sum()
        instance.evaluated = True
        return self.liar(instance, 4, self.order, self.fake)

    def __call__(self, evaluated: bool = True) -> tuple[Instance, bytes]:
        prover = self.prover()
        return prover.instance, prover.prove()


#: One rule alone is broken, by name of the specification's function that checks it.
BROKEN: dict[str, tuple[str, Arguing]] = {
    f"{what}: {name}": (rule, Arguing(liar, fake))
    for what, liar in (("constant", ConstantLiar), ("weight at sigma", WeightLiar), ("row's weight", RowLiar))
    for name, rule, fake in (
        ("public gate", "gate_quotient", PublicGate),
        ("gate of the result", "gate_quotient", ResultGate),
        ("inner gate", "gate_quotient", InnerGate),
        ("copy to the result", "copy_quotient", ResultCopy),
        ("copy of the public input", "copy_quotient", PublicCopy),
        ("p is zero on H", "start_quotient", ZeroProduct),
        ("other public inputs", "public_polynomial", OtherInputs),
    )
}
BROKEN["p(1) is 2"] = "start_quotient", Arguing(Prover, ScaledProduct)

PIECES = ("a", "b", "c", "T0", "p", "T1", "T2")

ARGUMENTS: dict[str, Arguing] = {
    **{name: cheat for name, (_, cheat) in BROKEN.items()},
    **{f"{VALUES[i]} fits T0": Arguing(ConstantLiar, fitting(ResultGate, (i, 0))) for i in OF_GATES},
    **{f"{VALUES[i]} fits T2": Arguing(ConstantLiar, fitting(ResultCopy, (i, 2))) for i in OF_COPIES},
    "p(chi) fits T1": Arguing(ConstantLiar, fitting(ZeroProduct, (11, 1), (12, 2))),
    **{f"{name} shifted": Arguing(Prover, shifted_value(i)) for i, name in enumerate(VALUES)},
    **{f"{name} of another": Arguing(Prover, shifted_piece(i)) for i, name in enumerate(PIECES)},
    "C1 of another": Arguing(Prover, OtherFirst),
    "C2 of another": Arguing(Prover, OtherSecond),
    "weights of rows in another order": Arguing(Prover, OtherAdvice),
    **{f"{name} not opened": Arguing(Prover, unopened(i)) for i, name in enumerate(("C0", "C1", "C2"))},
    "another table": Arguing(ConstantLiar, LaxTable),
    **{name: Arguing(ConstantLiar, fake) for name, (fake, _) in ARGUMENT_LATE.items()},
}
