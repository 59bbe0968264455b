"""Advice that makes a false statement hold, and each way to argue for it.

A liar proves a wrong sum of the function circuit and lies once, in its advice, so that all else is honest. A
fake is an argument for the lie that breaks one rule. Whoever computes the advice refuses each of them without
looking at the argument; tests do so with a verifier that does not compare, as a contract.
"""

from __future__ import annotations

from dataclasses import replace

from sumcheck_argument import Argument
from sumcheck_opening_cheats import FalseProver
from sumcheck_polynomials import Poly, combination, inverse
from sumcheck_prover import extension
from sumcheck_symbols import Symbol

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import HELPER

# --- lies ---------------------------------------------------------------------------------------------------


class Liar(FalseProver):
    """``gap``: by how much the claim of sum-check 3 is too large. ``lied``: the places of lies."""

    lied: tuple[int, ...]

    def sum_check_3(self) -> None:
        super().sum_check_3()
        top = pow(self.delta, self.d1 + 2, R)
        self.lie(top * self.gap_at(self.rho, self.sigma) % R)

    def lie(self, gap: int) -> None:
        raise NotImplementedError


class ConstantLiar(Liar):
    """The public constant takes the gap."""

    lied = (0,)

    def lie(self, gap: int) -> None:
        self.total = replace(self.total, constant=(self.total.constant + gap) % R)


class WeightLiar(Liar):
    """The weight at sigma makes another g2(sigma) of what was sent."""

    lied = (1,)

    def lie(self, gap: int) -> None:
        scale = pow(self.delta, self.d1 + 2, R)
        for u in self.u:
            scale = scale * u % R
        self.w_at_sigma = (self.w_at_sigma + gap * inverse(scale)) % R


class RowLiar(Liar):
    """A row's weight makes F another combination of rows, with the claimed value at z."""

    lied = (-1,)

    def lie(self, gap: int) -> None:
        row = (HELPER, 0)
        for x in self.z:
            gap = gap * x % R
        more = gap * inverse(extension(self.rows[row], self.z)) % R
        self.row_weights[row] = (self.row_weights[row] + more) % R
        self.F = combination((1, self.F), (more, [*self.rows[row], self.blinders[row]]))


# --- fakes --------------------------------------------------------------------------------------------------


class Fake(Argument):
    """As it is, every gate is right but the public ones of the lies."""

    def lies(self) -> list[int]:
        """The variables of the false public inputs."""
        first = self.table.first_advice
        return [range(first, self.table.public)[i] for i in self.prover.lied]

    def result(self, variable: int) -> Symbol:
        """What the advice in a variable has to be."""
        found = self.table.results[variable - self.table.first_advice]
        assert isinstance(found, Symbol)
        return found

    def needed(self, variable: int) -> int:
        """The value of the result's variable that would give the lie."""
        result = self.result(variable)
        return (self.inputs[variable] - result.offset) * inverse(result.scale) % R


class PublicGate(Fake):
    """The public gates of the lies are broken."""


class ResultGate(Fake):
    """The gates that say what the lies are are broken."""

    def make_cells(self, values: list[int]) -> list[list[int]]:
        for variable in self.lies():
            values[variable] = self.inputs[variable]
        return super().make_cells(values)


class InnerGate(ResultGate):
    """A gate in the middle, whose result no other gate reads, is broken."""

    def make_cells(self, values: list[int]) -> list[list[int]]:
        for variable in self.lies():
            values[self.result(variable).variable] = self.needed(variable)
        return super().make_cells(values)


class ResultCopy(ResultGate):
    """The last gate reads another value than the one that was computed; every gate holds."""

    def make_cells(self, values: list[int]) -> list[list[int]]:
        cells = super().make_cells(values)
        for variable in self.lies():
            cells[0][self.table.result_gate(variable)] = self.needed(variable)
        return cells


class PublicCopy(Fake):
    """The public gate holds the lie, the gate that says what it is another value; every gate holds."""

    def make_cells(self, values: list[int]) -> list[list[int]]:
        cells = super().make_cells(values)
        for variable in self.lies():
            cells[0][variable] = self.inputs[variable]
        return cells


class ZeroProduct(ResultCopy):
    """p = X^n - 1 is zero on H, and multiplies up whatever the cells are; every gate holds."""

    def make_products(self, p: Poly) -> Poly:
        return [R - 1, *[0] * (self.n - 1), 1]


class OtherInputs(Fake):
    """Every gate and copy holds, for the true values instead of the lies."""

    def make_public(self, inputs: list[int]) -> list[int]:
        return self.table.values(self.challenges())[: self.table.public]
