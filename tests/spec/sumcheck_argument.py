"""The reference prover's evaluation argument (``docs/protocol.md``). Attacks override methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from sumcheck_polynomials import (
    Poly,
    combination,
    divide,
    domain,
    evaluate,
    interleave,
    inverse,
    inverses,
    quotient,
    through,
    values_on,
)
from sumcheck_table import Table, advised_rows, table_of

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import Circuit

if TYPE_CHECKING:
    from sumcheck_prover import Prover

#: The three wires' cells are told apart by these factors.
COSETS = (1, 2, 3)


@dataclass(frozen=True)
class Index:
    """What a table is to a prover: selectors, permutation, and the polynomial of C_0."""

    table: Table
    selectors: list[Poly]
    permuted: list[list[int]]
    permutation: list[Poly]

    @cached_property
    def committed(self) -> Poly:
        """P_0."""
        return interleave([*self.selectors, *self.permutation])

    @cached_property
    def on_four(self) -> list[list[int]]:
        """The values of selectors and permutation on a domain of 4n points."""
        return on_four(self.table.n, *self.selectors, *self.permutation)


def on_four(n: int, *polynomials: Poly) -> list[list[int]]:
    return [values_on(4 * n, poly) for poly in polynomials]


@cache
def index_of(circuit: Circuit) -> Index:
    return make_index(table_of(circuit))


def make_index(table: Table) -> Index:
    selectors = [list(column) for column in zip(*(row.selectors for row in table.rows), strict=True)]
    permuted = permutation(table)
    return Index(table, list(map(through, selectors)), permuted, list(map(through, permuted)))


def permutation(table: Table) -> list[list[int]]:
    """Of each cell, the place of the next one with the same variable, cyclically."""
    points, places = domain(table.n), defaultdict(list)
    for i, wire in enumerate(table.cells()):
        for j, variable in enumerate(wire):
            places[variable].append((i, j))
    result = [[0] * table.n for _ in COSETS]
    for cells in places.values():
        for (i, j), (to_wire, to_gate) in zip(cells, [*cells[1:], cells[0]], strict=True):
            result[i][j] = COSETS[to_wire] * points[to_gate] % R
    return result


class Argument:
    """Follows a prover, whose challenges and weights it takes, through the opening's messages."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.index = self.make_index()
        self.table, self.n = self.index.table, self.index.table.n

    # --- what attacks override ---------------------------------------------------------------------

    def make_index(self) -> Index:
        return index_of(self.prover.circuit)

    def make_advice(self, advice: list[int]) -> list[int]:
        return advice

    def make_cells(self, values: list[int]) -> list[list[int]]:
        """The cells of the three wires, from the values of all variables."""
        return [[values[variable] for variable in wire] for wire in self.table.cells()]

    def make_public(self, inputs: list[int]) -> list[int]:
        """The public inputs for which the gates' quotient is made."""
        return inputs

    def make_products(self, p: Poly) -> Poly:
        return p

    def make_first(self, polynomials: list[Poly]) -> list[Poly]:
        """a, b, c, T_0, as they are committed to."""
        return polynomials

    def make_second(self, polynomials: list[Poly]) -> list[Poly]:
        """p, T_1, T_2, as they are committed to."""
        return polynomials

    def make_values(self, values: list[int]) -> list[int]:
        return values

    # --- the argument ----------------------------------------------------------------------------------

    def challenges(self) -> list[int]:
        """The public inputs without advice."""
        p = self.prover
        public = [value % R for value in p.instance.public]
        return [p.gamma, p.beta, p.alpha, p.delta, *p.r, *p.rho, *p.sigma, *p.z, *public]

    def computed(self) -> list[int]:
        """The advice, from what the prover knows without a table."""
        p = self.prover
        rows = [p.row_weights.get(row, 0) for row in advised_rows(p.circuit)]
        return [p.total.constant, p.w_at_sigma, *rows]

    def first(self) -> Poly:
        """P_1, for which ``advice`` is made."""
        self.advice = [value % R for value in self.make_advice(self.computed())]
        self.inputs = [*self.challenges(), *self.advice]
        self.cells = self.make_cells(self.table.values(self.challenges()))
        self.wires = list(map(through, self.cells))
        self.first_pieces = self.make_first([*self.wires, self.gate_quotient()])
        return interleave(self.first_pieces)

    def public_polynomial(self, inputs: Sequence[int]) -> Poly:
        return through([-value % R for value in inputs] + [0] * (self.n - len(inputs)))

    def gate_quotient(self) -> Poly:
        """T_0."""
        public = self.public_polynomial(self.make_public(self.inputs))
        columns = [*self.index.on_four[:5], *on_four(self.n, *self.wires, public)]
        gates = [
            (q_l * a + q_r * b + q_m * a % R * b + q_o * c + q_c + pi) % R
            for q_l, q_r, q_m, q_o, q_c, a, b, c, pi in zip(*columns, strict=True)
        ]
        return divide(through(gates), self.n, 1)

    def second(self) -> Poly:
        """P_2."""
        self.kappa, self.lambda_ = self.prover.kappa, self.prover.lambda_
        self.products = self.make_products(through(self.grand_product()))
        start = quotient(self.products, 1)
        self.second_pieces = self.make_second([self.products, start, self.copy_quotient()])
        return interleave(self.second_pieces)

    def ratios(self) -> list[int]:
        """p(w^(j + 1)) / p(w^j) for each j."""
        above, below = [1] * self.n, [1] * self.n
        for coset, cells, permuted in zip(COSETS, self.cells, self.index.permuted, strict=True):
            for j, (cell, point) in enumerate(zip(cells, domain(self.n), strict=True)):
                above[j] = above[j] * (cell + self.lambda_ * coset * point + self.kappa) % R
                below[j] = below[j] * (cell + self.lambda_ * permuted[j] + self.kappa) % R
        return [a * b % R for a, b in zip(above, inverses(below), strict=True)]

    def grand_product(self) -> list[int]:
        p = [1]
        for ratio in self.ratios()[:-1]:
            p.append(p[-1] * ratio % R)
        return p

    def copy_quotient(self) -> Poly:
        """T_2."""
        turned = [c * domain(self.n)[i % self.n] % R for i, c in enumerate(self.products)]
        cells = on_four(self.n, *self.wires)
        left, right = on_four(self.n, self.products, turned)
        for coset, wire, other in zip(COSETS, cells, self.index.on_four[5:], strict=True):
            for j, x in enumerate(domain(4 * self.n)):
                left[j] = left[j] * (wire[j] + coset * self.lambda_ * x + self.kappa) % R
                right[j] = right[j] * (wire[j] + self.lambda_ * other[j] + self.kappa) % R
        numerator = through([(a - b) % R for a, b in zip(left, right, strict=True)])
        return divide(numerator, self.n, 1)

    def third(self) -> list[int]:
        """The 15 values."""
        self.chi = self.prover.chi
        self.values = [value % R for value in self.make_values(self.values_at(self.chi))]
        return self.values

    def values_at(self, chi: int) -> list[int]:
        """The true values."""
        chi_next = self.chi_next(chi)
        p, start, copies = self.second_pieces
        at_chi = [*self.index.selectors, *self.index.permutation, *self.first_pieces[:3], p]
        values = [evaluate(poly, chi) for poly in at_chi]
        return values + [evaluate(poly, chi_next) for poly in (p, start, copies)]

    def chi_next(self, chi: int) -> int:
        """chi w."""
        return chi * domain(self.n)[1] % R

    def claimed_quotients(self) -> tuple[int, int, int]:
        """T_0, T_1 and T_2 at chi, as they follow from the values."""
        q_l, q_r, q_m, q_o, q_c, *s, a, b, c, p, p_next, _, _ = self.values
        chi, vanishing = self.chi, inverse(pow(self.chi, self.n, R) - 1)
        public = evaluate(self.public_polynomial(self.inputs), chi)
        gate = (q_l * a + q_r * b + q_m * a * b + q_o * c + q_c + public) * vanishing
        left, right = p, p_next
        for coset, cell, place in zip(COSETS, (a, b, c), s, strict=True):
            left = left * (cell + self.lambda_ * coset * chi + self.kappa) % R
            right = right * (cell + self.lambda_ * place + self.kappa) % R
        return gate % R, (p - 1) * inverse(chi - 1) % R, (left - right) * vanishing % R

    def opened(self, nu: int) -> list[tuple[Poly, Poly, list[tuple[int, int]]]]:
        """T_i and r_i for i = 3, 4, 5, and of each the factors X^power - root of its modulus."""
        values, chi, chi_next = self.values, self.chi, self.chi_next(self.chi)
        scales = [pow(nu, i, R) for i in (5, 6, 7)]
        gate, start, copies = self.claimed_quotients()
        here, there = [values[11], start, copies], values[12:15]
        # Through both values of each polynomial in Y = X^3.
        lines = [interpolated(chi, u, chi_next, v) for u, v in zip(here, there, strict=True)]
        remainders = [values[:8], [*values[8:11], gate], interleave(lines)]
        committed = [
            self.index.committed,
            interleave(self.first_pieces),
            interleave(self.second_pieces),
        ]
        moduli = [[(8, chi)], [(4, chi)], [(3, chi), (3, chi_next)]]
        return [
            (combination((scale, poly)), combination((scale, remainder)), modulus)
            for scale, poly, remainder, modulus in zip(scales, committed, remainders, moduli, strict=True)
        ]

    def quotient(self, nu: int) -> Poly:
        """What W grows by; what remains of a division is dropped."""
        total: Poly = [0]
        for poly, remainder, modulus in self.opened(nu):
            part = combination((1, poly), (-1, remainder))
            for power, root in modulus:
                part = divide(part, power, root)
            total = combination((1, total), (1, part))
        return total

    def dividend(self, nu: int, omega: int, xi: int) -> Poly:
        """What the dividend of W' grows by."""
        total: Poly = [0]
        for poly, remainder, modulus in self.opened(nu):
            scale = xi - omega
            for power, root in modulus:
                scale = scale * inverse(pow(xi, power, R) - root) % R
            total = combination((1, total), (scale, poly), (-scale * evaluate(remainder, xi), [1]))
        return total


def interpolated(x: int, u: int, y: int, v: int) -> Poly:
    """The line through (x, u) and (y, v)."""
    slope = (v - u) * inverse(y - x) % R
    return [(u - slope * x) % R, slope]
