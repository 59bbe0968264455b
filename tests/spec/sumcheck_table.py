"""The gates table of a circuit's evaluation: what the specification computes in steps 5, 6 and 8, run over
symbols. It is one table of many that serve; a verifier needs only the commitment to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sumcheck_symbols import Gates, Symbol

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import MASK, ROW_REGIONS, Circuit
from zkattest.spec.sumcheck.functionals import Challenges
from zkattest.spec.sumcheck.verifier import add_masks, expand, weights_at


def advised_rows(circuit: Circuit) -> list[tuple[int, int]]:
    """Rows whose weights are advice, in their order."""
    rows = [(region, i) for region in range(ROW_REGIONS) for i in range(circuit.rows[region])]
    return [row for row in rows if row != (MASK, 1)]


def evaluation(circuit: Circuit, inputs: Sequence[Any]) -> list[Any]:
    """The advice that follows from the other public inputs, numbers or symbols."""
    given = iter(inputs)

    def take(count: int) -> tuple[Any, ...]:
        return tuple(next(given) for _ in range(count))

    gamma, beta, alpha, delta = take(4)
    r, rho, sigma, z = map(take, (circuit.r_length, circuit.n1, circuit.n2, circuit.c))
    public = take(circuit.public)
    assert not list(given)
    weight = weights_at(circuit, alpha, sigma)
    expansion = expand(circuit, Challenges(gamma, beta, r, rho), public, alpha, sigma, delta)
    weights = expansion.row_weights(z)
    add_masks(circuit, weights, rho, sigma, delta, z)
    return [expansion.constant, weight, *(weights[row] for row in advised_rows(circuit))]


@dataclass(frozen=True)
class Row:
    """A gate: qL a + qR b + qM a b + qO c + qC = 0. ``selectors``: these five; ``wires``: the variables in a,
    b and c."""

    selectors: tuple[int, int, int, int, int]
    wires: tuple[int | None, int | None, int | None] = (None, None, None)


@dataclass(frozen=True)
class Table:
    """``rows``: n = 2^log_gates gates, those of the ``public`` inputs first. The variables are the public
    inputs (advice last), then the ``gates``' own, then one that stands in every cell that no gate reads."""

    log_gates: int
    public: int
    rows: tuple[Row, ...]
    gates: Gates
    advice: int
    results: tuple[Any, ...]

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def idle(self) -> int:
        """The variable of cells that no gate reads."""
        return self.public + len(self.gates.made)

    @property
    def first_advice(self) -> int:
        """The variable, and public gate, of the first scalar of advice."""
        return self.public - self.advice

    def result_gate(self, variable: int) -> int:
        """The gate that says what an advice variable is."""
        return self.public + len(self.gates.made) + variable - self.first_advice

    def cells(self) -> list[list[int]]:
        """The variable in each cell, by wire and gate."""
        return [[self.idle if row.wires[i] is None else row.wires[i] for row in self.rows] for i in range(3)]

    def values(self, inputs: Sequence[int]) -> list[int]:
        """Of all variables, from the public inputs without advice."""
        values = self.gates.values([*inputs, *[0] * self.advice])
        for i, result in enumerate(self.results, start=self.first_advice):
            values[i] = value_of(result, values)
        return [*values, 0]


def value_of(result: Symbol | int, values: Sequence[int]) -> int:
    if isinstance(result, int):
        return result % R
    return (result.scale * values[result.variable] + result.offset) % R


@cache
def table_of(circuit: Circuit) -> Table:
    """The circuit's table."""
    advice = 2 + len(advised_rows(circuit))
    others = 4 + circuit.r_length + circuit.n1 + circuit.n2 + circuit.c + circuit.public
    gates = Gates(others + advice)
    results = tuple(evaluation(circuit, [gates.unknown(i) for i in range(others)]))
    rows = [Row((1, 0, 0, 0, 0), (i, None, None)) for i in range(others + advice)]
    for i, (x, y, of_x, of_y, of_both) in enumerate(gates.made):
        rows.append(Row((of_x, of_y, of_both, R - 1, 0), (x, y, others + advice + i)))
    for i, result in enumerate(results):
        if isinstance(result, int):
            rows.append(Row((0, R - 1, 0, 0, result % R), (None, others + i, None)))
        else:
            selectors = result.scale, R - 1, 0, 0, result.offset
            rows.append(Row(selectors, (result.variable, others + i, None)))
    log_gates = (len(rows) - 1).bit_length()
    rows += [Row((0, 0, 0, 0, 0))] * (2**log_gates - len(rows))
    return Table(log_gates, others + advice, tuple(rows), gates, advice, results)
