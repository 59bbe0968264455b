"""A reference prover: dense, slow, over plain integers and a known tau, so a commitment is a value at tau.

It shares the types of circuits, the transcript and the encoding of points with the specification, and nothing
else: functionals are evaluated cell by cell from their definition. Attacks override its methods.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product

from eth_utils.crypto import keccak
from sumcheck_argument import Argument, index_of
from sumcheck_encoder import encode
from sumcheck_polynomials import Poly, combination, evaluate, interpolate, inverse, quotient, times

from zkattest.spec.points import GENERATOR_1, GENERATOR_2, R, encode_1, encode_2, multiply
from zkattest.spec.sumcheck.circuit import (
    COUNTS,
    DATA,
    HELPER,
    MASK,
    MODEL,
    OUTPUT,
    PUBLIC,
    WITNESS,
    Affine,
    Circuit,
    Constants,
    Eq,
    Form,
    Kind,
    Slice,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.transcript import Transcript

#: Worthless for anything but tests.
TAU = 0x1D0C1DFF6DA83F1D2A4C8B5C3E1F0A9B7D5E3C1A0F8E6D4C2B0A998877665544
HALF = (R + 1) // 2

Cells = list[int]
Rows = dict[tuple[int, int], Cells]


def fold(table: Cells, at: int) -> Cells:
    half = len(table) // 2
    return [(a + at * (b - a)) % R for a, b in zip(table[:half], table[half:], strict=True)]


def extension(table: Cells, point: Sequence[int]) -> int:
    for t in point:
        table = fold(table, t)
    (value,) = table
    return value


def eqs(point: Sequence[int]) -> Cells:
    table = [1]
    for t in point:
        table = [value for entry in table for value in (entry * (1 - t) % R, entry * t % R)]
    return table


def scalars_to_bytes(values: Sequence[int]) -> bytes:
    return b"".join((value % R).to_bytes(32, "big") for value in values)


def commit(poly: Poly) -> bytes:
    return encode_1(multiply(GENERATOR_1, evaluate(poly, TAU)))


@dataclass(frozen=True)
class Linear:
    """A linear functional of cells: dense weights by row, and a constant."""

    weights: Rows
    constant: int

    def __call__(self, rows: Rows) -> int:
        total = self.constant
        for key, weights in self.weights.items():
            total += sum(w * cell for w, cell in zip(weights, rows[key], strict=True) if w)
        return total % R


def total_of(parts: Sequence[tuple[int, Linear]], m: int) -> Linear:
    weights: Rows = {}
    constant = 0
    for scale, part in parts:
        constant += scale * part.constant
        for key, values in part.weights.items():
            mine = weights.setdefault(key, [0] * m)
            for i, value in enumerate(values):
                if value:
                    mine[i] = (mine[i] + scale * value) % R
    return Linear(weights, constant % R)


@dataclass(frozen=True)
class Meaning:
    """Forms evaluated from their definition, element by element."""

    circuit: Circuit
    public: Sequence[int]
    gamma: int
    beta: int
    r: Sequence[int]
    rho: Sequence[int]

    def at(self, part: Slice) -> Cells:
        point = self.r if part.point == 0 else self.rho
        return eqs(point[part.offset : part.offset + part.length])

    def values(self, kind: Kind, modulus: int) -> Cells:
        if isinstance(kind, Eq):
            return self.at(kind.slice)[:modulus]
        values = [0] * modulus
        if isinstance(kind, Constants):
            values = list(kind.values)
        elif isinstance(kind, Affine):
            outputs = self.at(kind.slice)
            for o, d in product(range(kind.first, kind.end), range(kind.taps)):
                j = o * kind.stride + d * kind.dilation + kind.offset
                if j in range(modulus):
                    values[j] += outputs[o]
        elif isinstance(kind, Window):
            outputs, inputs = self.at(kind.output), self.at(kind.input)
            for o, j in product(range(kind.outputs), range(modulus)):
                u = o * kind.stride + j * kind.dilation + kind.offset
                if u in range(kind.inputs):
                    values[j] += outputs[o] * inputs[u]
        else:
            table = self.circuit.tables[kind.table]
            for j in range(modulus):
                values[j] = self.gamma + table.low + j + (self.beta * table.images[j] if table.images else 0)
        return values

    def entries(self, vector: Vector) -> Cells:
        result = [1] * vector.size
        for factor in vector.factors:
            values = self.values(factor.kind, factor.modulus)
            result = [entry * values[i // factor.div % factor.modulus] % R for i, entry in enumerate(result)]
        return result

    def form(self, form: Form) -> Linear:
        scale = form.coefficient * (1, self.gamma, self.beta)[form.unit]
        over_axes = []
        for group in form.groups:
            entries = self.entries(group.vector)
            if group.axes == 0:
                scale = scale * sum(entries) % R
            else:
                over_axes.append((group.axes, entries))
        if form.tensor is None:
            return Linear({}, scale % R)
        tensor = self.circuit.tensors[form.tensor]
        elements = [(tensor.base, scale % R)]
        first = 0
        for count, entries in over_axes:
            sizes = [range(axis.size) for axis in tensor.axes[first : first + count]]
            strides = tensor.strides[first : first + count]
            offsets = [sum(a * b for a, b in zip(index, strides, strict=True)) for index in product(*sizes)]
            chosen = [(o, e) for o, e in zip(offsets, entries, strict=True) if e]
            elements = [(cell + o, value * e % R) for cell, value in elements for o, e in chosen]
            first += count
        m, weights, constant = self.circuit.m, {}, 0
        for cell, value in elements:
            if tensor.region == PUBLIC:
                constant += value * self.public[cell]
            else:
                row = weights.setdefault((tensor.region, cell // m), [0] * m)
                row[cell % m] = (row[cell % m] + value) % R
        return Linear(weights, constant % R)

    def forms(self, forms: Sequence[Form]) -> Linear:
        return total_of([(1, self.form(form)) for form in forms], self.circuit.m)


@dataclass
class Instance:
    """What an honest prover is given. ``helpers``: rows of the helper region from (rows, gamma, beta)."""

    name: str
    circuit: Circuit
    rows: Rows
    public: list[int]
    helpers: Callable[[Rows, int, int], Rows]
    key_binding: bytes = keccak(b"key")
    statement_digest: bytes = keccak(b"statement")
    model_seed: int = 1
    #: Whether its key has an evaluation part.
    evaluated: bool = False

    @cached_property
    def encoding(self) -> bytes:
        return encode(self.circuit)

    @cached_property
    def model_blinders(self) -> list[int]:
        choose = random.Random(self.model_seed)
        return [choose.randrange(R) for _ in range(self.circuit.rows[MODEL])]

    @cached_property
    def model_rows(self) -> list[bytes]:
        blinders = enumerate(self.model_blinders)
        return [commit([*self.rows[MODEL, i], blinder]) for i, blinder in blinders]

    @property
    def evaluation(self) -> bytes:
        """The key's evaluation part, k and C_0."""
        return evaluation_key(self.circuit) if self.evaluated else b""

    def copy(self) -> Instance:
        """Another with the same committed model, to be changed."""
        return copy.deepcopy(self)


@cache
def evaluation_key(circuit: Circuit) -> bytes:
    index = index_of(circuit)
    return bytes([index.table.log_gates]) + commit(index.committed)


TAU_2 = encode_2(multiply(GENERATOR_2, TAU))


@dataclass
class Prover:
    """Proves an instance; every message can be overridden."""

    instance: Instance
    seed: int = 0
    make_transcript: Callable[[bytes, bytes, bytes], Transcript] = Transcript
    make_argument: Callable[[Prover], Argument] = Argument
    sent: list[bytes] = field(default_factory=list)

    def prove(self) -> bytes:
        """The proof's bytes."""
        self.circuit = self.instance.circuit
        self.m, self.d1, self.d2 = self.circuit.m, self.circuit.d1, self.circuit.d2
        self.choose = random.Random(self.seed)
        self.rows: Rows = {key: [v % R for v in cells] for key, cells in self.instance.rows.items()}
        self.transcript = self.make_transcript(
            keccak(self.instance.encoding), self.instance.key_binding, self.instance.statement_digest
        )
        self.blinders = {(MODEL, i): b for i, b in enumerate(self.instance.model_blinders)}
        self.make_masks()
        self.before_first()
        self.send_rows([DATA, OUTPUT, WITNESS, COUNTS, MASK])
        self.gamma, self.beta = self.transcript.draw(), self.transcript.draw()
        self.rows.update(self.make_helpers())
        self.send_rows([HELPER])
        self.r = [self.transcript.draw() for _ in range(self.circuit.r_length)]
        self.alpha = self.transcript.draw()
        self.after_alpha()
        self.sum_check_1()
        self.sum_check_2()
        self.sum_check_3()
        self.open()
        return b"".join(self.sent)

    # --- what attacks override ---------------------------------------------------------------------

    def before_first(self) -> None:
        """Called before anything is sent."""

    def after_alpha(self) -> None:
        """Called when helpers are sent and alpha is drawn."""

    def make_helpers(self) -> Rows:
        return self.instance.helpers(self.rows, self.gamma, self.beta)

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        """The coefficients sent in round ``index`` of a sum-check; the second one is not sent."""
        return coefficients

    def make_u(self, u: Cells) -> Cells:
        return u

    def make_start(self, start: int) -> int:
        return start

    def make_h(self, h: Poly) -> Poly:
        return h

    def make_s(self, s: Poly) -> Poly:
        return s

    def make_values(self, values: list[int]) -> list[int]:
        return values

    def make_division(self, q: Poly, g: Poly) -> tuple[Poly, Poly]:
        return q, g

    def make_quotient(self, quotient: Poly) -> Poly:
        return quotient

    def make_quotient_at_xi(self, quotient: Poly) -> Poly:
        return quotient

    def free_cells(self) -> list[int]:
        m, c = self.m, self.circuit.c
        return sorted({m - b - 2**i for b in (1, 2) for i in range(1, c)} | {m - 1, m - 2})

    # --- the protocol ----------------------------------------------------------------------------------

    def send(self, message: bytes) -> None:
        self.sent.append(message)
        self.transcript.absorb(message)

    def send_rows(self, regions: Sequence[int]) -> None:
        points = []
        for region in regions:
            for i in range(self.circuit.rows[region]):
                self.blinders.setdefault((region, i), self.choose.randrange(R))
                points.append(commit([*self.rows[region, i], self.blinders[region, i]]))
        self.send(b"".join(points))

    @cached_property
    def mask_places(self) -> tuple[int, int, int, int]:
        """Where mu_S, the coefficients of g2 and the pads begin, and the end of all."""
        mu_s = self.circuit.n1 * self.d1
        pads = mu_s + 1 + self.circuit.n2 * self.d2
        return mu_s, mu_s + 1, pads, pads + self.d1

    def make_masks(self) -> None:
        used = {*range(self.mask_places[3]), *self.free_cells()}
        of_m = [self.choose.randrange(R) if j in used else 0 for j in range(self.m)]
        of_r = [self.choose.randrange(R) for _ in range(self.m - 1)]
        of_r.append(-(sum(of_r) + sum(j * cell for j, cell in enumerate(of_m))) % R)
        self.rows[MASK, 0], self.rows[MASK, 1] = of_m, of_r

    def meaning(self, rho: Sequence[int]) -> Meaning:
        return Meaning(self.circuit, self.instance.public, self.gamma, self.beta, self.r, rho)

    def mask_functional(self, cells: dict[int, int]) -> Linear:
        row = [0] * self.m
        for cell, weight in cells.items():
            row[cell] = weight % R
        return Linear({(MASK, 0): row}, 0)

    def zero_sum(self, first: int, point: Sequence[int], degree: int) -> Linear:
        """g at a point, of the coefficients from cell ``first`` on."""
        cells = {}
        for i, x in enumerate(point):
            for k in range(1, degree + 1):
                cells[first + i * degree + k - 1] = pow(x, k, R) - HALF
        return self.mask_functional(cells)

    def right_sides(self) -> Linear:
        """sum_k alpha^k RHS_k."""
        meaning = self.meaning(())
        parts = [
            (pow(self.alpha, k, R), meaning.forms(forms)) for k, forms in enumerate(self.circuit.statements)
        ]
        return total_of(parts, self.m)

    def term_weight(self, t: int) -> int:
        term = self.circuit.terms[t]
        missing = self.circuit.n1 - self.circuit.functionals[term.factors[0]].variables
        return pow(self.alpha, term.statement, R) * term.coefficient * pow(HALF, missing, R) % R

    def run_rounds(
        self,
        which: int,
        tables: list[tuple[int, list[Cells]]],
        rounds: int,
        degree: int,
        mask: Cells,
        constant: int,
    ) -> tuple[list[int], int]:
        """Sum-check of sum_x (weights * products of tables + g(x) + constant): the point and the value."""
        point: list[int] = []
        value = 0
        for i in range(rounds):
            values = []
            for x in range(degree + 1):
                total = 0
                for weight, factors in tables:
                    folded = [fold(table, x) for table in factors]
                    for entries in zip(*folded, strict=True):
                        part = weight
                        for entry in entries:
                            part = part * entry % R
                        total += part
                values.append(total % R)
            coefficients = interpolate(values)
            scale = 1 << (rounds - 1 - i)
            mine = mask[i * degree : (i + 1) * degree]
            coefficients[0] += scale * (constant - HALF * sum(mine))  # later variables' cancel over the cube
            for k, a in enumerate(mine, start=1):
                coefficients[k] += scale * a
            coefficients = self.round(which, i, [value % R for value in coefficients])
            self.send(scalars_to_bytes([coefficients[0], *coefficients[2:]]))
            x = self.transcript.draw()
            point.append(x)
            value = evaluate(coefficients, x)
            constant = (constant + sum(a * (pow(x, k, R) - HALF) for k, a in enumerate(mine, start=1))) % R
            tables = [(weight, [fold(table, x) for table in factors]) for weight, factors in tables]
        return point, value

    def functional_tables(self) -> list[Cells]:
        """Each functional's values over its cube."""
        return [self.functional_table(i) for i in range(len(self.circuit.functionals))]

    def functional_table(self, index: int) -> Cells:
        functional = self.circuit.functionals[index]
        return [
            self.meaning(x).forms(functional.forms)(self.rows)
            for x in product((0, 1), repeat=functional.variables)
        ]

    def sum_check_1(self) -> None:
        n1 = self.circuit.n1
        mu_s = self.mask_places[0]
        start = (self.rows[MASK, 0][mu_s] + self.right_sides()(self.rows)) % R
        self.start = self.make_start(start)
        self.send(scalars_to_bytes([self.start]))
        tables = self.functional_tables()
        products = [
            (self.term_weight(t), [tables[j] * (2**n1 // len(tables[j])) for j in term.factors])
            for t, term in enumerate(self.circuit.terms)
        ]
        mask = self.rows[MASK, 0][:mu_s]
        constant = self.rows[MASK, 0][mu_s] * pow(HALF, n1, R) % R
        self.rho, self.s1 = self.run_rounds(1, products, n1, self.d1, mask, constant)

    def entries(self) -> list[list[Linear]]:
        """U_j(k) as functionals: [k][j]."""
        one = Linear({}, 1)
        result = []
        for term in self.circuit.terms:
            used = []
            for j in term.factors:
                functional = self.circuit.functionals[j]
                rho = self.rho[len(self.rho) - functional.variables :]
                used.append(self.meaning(rho).forms(functional.forms))
            result.append(used + [one] * (self.d1 - len(used)))
        mu_s, _, pads, _ = self.mask_places
        of_mu = self.mask_functional({mu_s: pow(HALF, self.circuit.n1, R)})
        linear = total_of([(1, self.zero_sum(0, self.rho, self.d1)), (1, of_mu)], self.m)
        result.append([linear] + [one] * (self.d1 - 1))
        result.append([self.mask_functional({pads + j: 1}) for j in range(self.d1)])
        return result

    def sum_check_2(self) -> None:
        self.all_entries = self.entries()
        size = 2**self.circuit.n2
        empty = [0] * (size - len(self.all_entries))
        weights = [self.term_weight(t) for t in range(self.circuit.k)] + [1, 0] + empty
        tables = [[entry[j](self.rows) for entry in self.all_entries] + empty for j in range(self.d1)]
        _, first, pads, _ = self.mask_places
        mask = self.rows[MASK, 0][first:pads]
        self.sigma, self.s2 = self.run_rounds(2, [(1, [weights, *tables])], self.circuit.n2, self.d2, mask, 0)
        self.w_at_sigma = extension(weights, self.sigma)
        self.u = self.make_u([extension(table, self.sigma) for table in tables])
        self.send(scalars_to_bytes(self.u))

    def claims(self) -> list[tuple[Linear, int]]:
        """The claims of sum-check 3 with their values."""
        mu_s, first, _, _ = self.mask_places
        of_masks = Linear({(MASK, 0): list(range(self.m)), (MASK, 1): [1] * self.m}, 0)
        of_start = total_of([(1, self.mask_functional({mu_s: 1})), (1, self.right_sides())], self.m)
        at_sigma = eqs(self.sigma)
        result = [(of_masks, 0), (of_start, self.start)]
        for j in range(self.d1):
            parts = [(at_sigma[k], entry[j]) for k, entry in enumerate(self.all_entries)]
            result.append((total_of(parts, self.m), self.u[j]))
        product_of_u = self.w_at_sigma
        for u in self.u:
            product_of_u = product_of_u * u % R
        result.append((self.zero_sum(first, self.sigma, self.d2), self.s2 - product_of_u))
        return result

    def sum_check_3(self) -> None:
        self.delta = self.transcript.draw()
        powers = [(pow(self.delta, i, R), claim) for i, (claim, _) in enumerate(self.claims())]
        self.total = total_of(powers, self.m)
        used = {key: weights for key, weights in self.total.weights.items() if any(weights)}
        tables = [(1, [weights, self.rows[key]]) for key, weights in used.items()]
        self.z, self.s3 = self.run_rounds(3, tables, self.circuit.c, 2, [], 0)
        self.row_weights = {key: extension(weights, self.z) for key, weights in used.items()}
        self.F = combination(
            *((w, [*self.rows[key], self.blinders[key]]) for key, w in self.row_weights.items())
        )

    def open(self) -> None:
        c = self.circuit.c
        c1, c2 = (c + 1) // 2, c // 2
        b1, b2 = 2**c1, 2**c2
        self.low, self.high = eqs(self.z[c2:]), eqs(self.z[:c2])
        parts = [self.F[i::b1] for i in range(b1)]
        self.h = h = self.make_h(combination(*zip(self.low, parts, strict=True)))
        assert b2 + 1 >= len(h)
        self.argument = argument = self.make_argument(self) if self.instance.evaluated else None
        if argument is None:
            self.send(commit(h))
            self.zeta = zeta = self.transcript.draw()
        else:
            wires = argument.first()
            self.send(scalars_to_bytes(argument.advice) + commit(wires) + commit(h))
            self.zeta = zeta = self.transcript.draw()
            self.kappa, self.lambda_ = self.transcript.draw(), self.transcript.draw()
        divided = [quotient(part, zeta) for part in parts]
        g = [evaluate(part, zeta) for part in parts]
        q = [0] * (self.m + 1 - b1)
        for i, part in enumerate(divided):
            q[i : i + b1 * len(part) : b1] = part
        q, g = self.make_division(q, g)
        self.g = g
        products = b"" if argument is None else commit(argument.second())
        self.send(commit(q) + commit(g) + products)
        self.eta = self.transcript.draw()
        s, d = self.make_s(self.symmetric_part(self.eta)), g[::-1]
        self.send(commit(s) + commit(d))
        self.omega = omega = self.transcript.draw()
        if argument is not None:
            self.chi = self.transcript.draw()
        other = inverse(omega)
        values = [evaluate(poly, x) for poly in (g, h, s) for x in (omega, other)]
        values = self.make_values([*values, evaluate(h, zeta)])
        more = [] if argument is None else argument.third()
        self.send(scalars_to_bytes([*values, *more]))
        self.nu = self.transcript.draw()
        self.join(b1, values, (h, q, g, s, d))
        quotient_of_all = self.make_quotient(self.joint_quotient())
        self.send(commit(quotient_of_all))
        self.xi = self.transcript.draw()
        at_xi = quotient(self.dividend(quotient_of_all, self.xi), self.xi)
        self.send(commit(self.make_quotient_at_xi(at_xi)))

    def symmetric_part(self, eta: int) -> Poly:
        """s, from the Laurent identity of g and h."""
        laurent: dict[int, int] = {}
        for scale, poly, other in ((1, self.g, self.low), (eta, self.h, self.high)):
            for i, a in enumerate(poly):
                for j, b in enumerate(other):
                    for k in (i - j, j - i):
                        laurent[k] = (laurent.get(k, 0) + scale * a * b) % R
        return [laurent.get(k, 0) for k in range(1, max(laurent) + 1)]

    def join(self, b1: int, values: list[int], polynomials: tuple[Poly, Poly, Poly, Poly, Poly]) -> None:
        """T_0, T_1, T_2: what is opened at omega; at omega, 1/omega; at omega, 1/omega, zeta. With r_0, r_1,
        r_2: the polynomials through the values there, as claimed."""
        h, q, g, s, d = polynomials
        w, nu = self.omega, [pow(self.nu, i, R) for i in range(5)]
        self.nodes = (w, inverse(w), self.zeta)
        self.opened = [
            combination((1, self.F), (self.zeta - pow(w, b1, R), q), (nu[4], d)),
            combination((nu[1], g), (nu[3], s)),
            combination((nu[2], h)),
        ]
        at_g, at_h, at_s = values[0:2], [*values[2:4], values[6]], values[4:6]
        claims = [
            [at_g[0] + nu[4] * pow(w, b1 - 1, R) * at_g[1]],
            [nu[1] * a + nu[3] * b for a, b in zip(at_g, at_s, strict=True)],
            [nu[2] * a for a in at_h],
        ]
        self.remainders = [interpolate(claimed, self.nodes[: i + 1]) for i, claimed in enumerate(claims)]

    def joint_quotient(self) -> Poly:
        """W: the sum of (T_i - r_i) / ((X - omega) ...) over one denominator; what remains is dropped."""
        total: Poly = [0]
        for i, (poly, remainder) in enumerate(zip(self.opened, self.remainders, strict=True)):
            part = combination((1, poly), (-1, remainder))
            for node in self.nodes[i + 1 :]:
                part = times(part, node)
            total = combination((1, total), (1, part))
        for node in self.nodes:
            total = quotient(total, node)
        if self.argument is None:
            return total
        return combination((1, total), (1, self.argument.quotient(self.nu)))

    def dividend(self, quotient_of_all: Poly, xi: int) -> Poly:
        """(X - xi) W': zero at xi."""
        result = combination((self.omega - xi, quotient_of_all))
        scale = 1
        for i, (poly, remainder) in enumerate(zip(self.opened, self.remainders, strict=True)):
            if i:
                scale = scale * inverse(xi - self.nodes[i]) % R
            result = combination((1, result), (scale, poly), (-scale * evaluate(remainder, xi), [1]))
        if self.argument is None:
            return result
        return combination((1, result), (1, self.argument.dividend(self.nu, self.omega, xi)))
