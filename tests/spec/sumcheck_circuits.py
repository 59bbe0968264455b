"""Small circuits, written by hand, with witnesses: a gemm with rescaling and a range lookup, a convolution
with pooling, a function table."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sumcheck_prover import Instance, Rows

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import (
    BETA,
    COUNTS,
    DATA,
    GAMMA,
    HELPER,
    MODEL,
    OF_R,
    OF_RHO,
    ONE,
    OUTPUT,
    PUBLIC,
    WITNESS,
    Affine,
    Axis,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Functional,
    Group,
    Kind,
    Slice,
    Table,
    TableKeys,
    Tensor,
    Term,
    Vector,
    Window,
)


def r(offset: int, length: int) -> Slice:
    return Slice(OF_R, offset, length)


def rho(offset: int, length: int) -> Slice:
    return Slice(OF_RHO, offset, length)


def eq(part: Slice, size: int) -> Factor:
    return Factor(1, size, Eq(part))


def vector(size: int, *factors: Slice | Kind | Factor) -> Vector:
    """A slice stands for its eq, a kind for itself at every entry."""
    made = [
        factor
        if isinstance(factor, Factor)
        else Factor(1, size, Eq(factor) if isinstance(factor, Slice) else factor)
        for factor in factors
    ]
    return Vector(size, tuple(made))


def over(size: int, *factors: Slice | Kind | Factor) -> Group:
    """A group over one axis."""
    return Group(1, vector(size, *factors))


def scalar(size: int, *factors: Slice | Kind | Factor) -> Group:
    """A group without axes."""
    return Group(0, vector(size, *factors))


def form(coefficient: int, tensor: int | None, *groups: Group, unit: int = ONE) -> Form:
    return Form(coefficient, unit, tensor, groups)


def tensor(region: int, base: int, *axes: int | tuple[int, int]) -> Tensor:
    """Axes: (size, allotted), or both in one number."""
    return Tensor(region, base, tuple(Axis(*((a, a) if isinstance(a, int) else a)) for a in axes))


def row(m: int, cells: dict[int, int] | Sequence[int]) -> list[int]:
    placed = cells if isinstance(cells, dict) else dict(enumerate(cells))
    return [placed.get(i, 0) for i in range(m)]


# --- a gemm -------------------------------------------------------------------------------------------------


def gemm(seed: int = 0, x: list[list[int]] | None = None) -> Instance:
    """acc = X W, X: [4, 3] data, W: [3, 4] model; acc + 8 = 16 (u - 8) + rem; 0 <= u, rem < 16; u - 8 public.

    Witness rows: u; rem; x + 8. All of them are looked up, two columns a lookup row; the last has one.
    """
    choose = random.Random(seed)
    x = x or [[choose.randrange(-5, 6) for _ in range(3)] for _ in range(4)]
    weights = random.Random(99)
    w = [[weights.randrange(-5, 6) for _ in range(4)] for _ in range(3)]
    acc = [sum(x[i][k] * w[k][j] for k in range(3)) + 8 for i in range(4) for j in range(4)]
    m = 128
    u, rem = [(a >> 4) + 8 for a in acc], [a & 15 for a in acc]
    assert all(0 <= value < 16 for value in u)
    rows: Rows = {
        (MODEL, 0): row(m, {64 + 4 * k + j: w[k][j] for k in range(3) for j in range(4)}),
        (DATA, 0): row(m, {4 * i + k: x[i][k] for i in range(4) for k in range(3)}),
        (WITNESS, 0): row(m, u),
        (WITNESS, 1): row(m, rem),
        (WITNESS, 2): row(m, {4 * i + k: x[i][k] + 8 for i in range(4) for k in range(3)}),
    }
    rows[COUNTS, 0] = row(m, gemm_counts(rows))
    return Instance("gemm", gemm_circuit(), rows, [value - 8 for value in u], gemm_helpers)


def gemm_columns(rows: Rows) -> list[tuple[list[int], list[int]]]:
    """The two columns of each lookup row; the absent one is zero."""
    return [(rows[WITNESS, 0], rows[WITNESS, 1]), (rows[WITNESS, 2], [0] * 128)]


def gemm_counts(rows: Rows) -> list[int]:
    cells = [cell for pair in gemm_columns(rows) for column in pair for cell in column]
    return [cells.count(key) for key in range(16)]


def gemm_helpers(rows: Rows, gamma: int, beta: int) -> Rows:
    helpers = {}
    for i, (first, second) in enumerate(gemm_columns(rows)):
        helpers[HELPER, i] = [
            (pow(gamma + a, -1, R) + pow(gamma + b, -1, R)) % R for a, b in zip(first, second, strict=True)
        ]
    sums = [rows[COUNTS, 0][key] * pow(gamma + key, -1, R) % R for key in range(16)]
    helpers[HELPER, 2] = row(128, sums)
    return helpers


def gemm_circuit() -> Circuit:
    m = 128
    x, w, u, rem, limbs, out, first, second, helper, counts, sums = range(11)
    tensors = (
        tensor(DATA, 0, 4, (3, 4)),
        tensor(MODEL, 64, 3, 4),
        tensor(WITNESS, 0, 4, 4),
        tensor(WITNESS, m, 4, 4),
        tensor(WITNESS, 2 * m, 4, (3, 4)),
        tensor(PUBLIC, 0, 4, 4),
        tensor(WITNESS, 0, 2, (1, 2), m),
        tensor(WITNESS, m, 1, (1, 2), m),
        tensor(HELPER, 0, 2, m),
        tensor(COUNTS, 0, 16),
        tensor(HELPER, 2 * m, 16),
    )
    i, j, i_rho, x_rho = r(0, 2), r(2, 2), rho(0, 1), rho(1, 7)
    row_r, cell_r = r(0, 1), r(1, 7)

    def column(t: int, lookup_rows: int, *of_r: bool) -> Form:
        factors = [(row_r,), (cell_r,)] if of_r else [(), ()]
        return form(1, t, over(lookup_rows, i_rho, *factors[0]), over(1), over(m, x_rho, *factors[1]))

    both = [scalar(2, row_r, i_rho), scalar(m, cell_r, x_rho)]
    functionals = (
        Functional(2, (form(1, x, over(4, i), over(3, rho(0, 2))),)),
        Functional(2, (form(1, w, over(3, rho(0, 2)), over(4, j)),)),
        Functional(8, (form(1, helper, over(2, row_r, i_rho), over(m, cell_r, x_rho)),)),
        Functional(8, (form(1, None, *both),)),
        Functional(8, (form(1, None, *both, unit=GAMMA), column(first, 2, True))),
        Functional(8, (form(1, None, unit=GAMMA), column(first, 2))),
        Functional(8, (form(1, None, unit=GAMMA), column(second, 1))),
    )
    eq_helper, eq_plain, eq_first, a1, a2 = range(2, 7)
    at = [over(4, i), over(4, j)]
    ones = [scalar(4, i), scalar(4, j)]
    statements = (
        (form(16, u, *at), form(1, rem, *at), form(-136, None, *ones)),
        (
            form(1, x, over(4, i), over(3, j)),
            form(8, None, scalar(4, i), scalar(3, j)),
            form(-1, limbs, over(4, i), over(3, j)),
        ),
        (),
        (form(1, sums, over(16, r(0, 4), TableKeys(0))), form(-1, counts, over(16, r(0, 4)))),
        (form(1, helper, over(2), over(m)), form(-1, sums, over(16))),
        (form(1, u, *at), form(-8, None, *ones), form(-1, out, *at)),
    )
    terms = (
        Term(0, 1, (0, 1)),
        Term(2, 1, (eq_helper, a1, a2)),
        Term(2, -1, (eq_first,)),
        Term(2, -1, (eq_plain, a2)),
    )
    return Circuit(
        7, 8, (1, 1, 0, 3, 1, 2, 3), 16, (Table(4, 0, None),), tensors, functionals, statements, terms
    )


# --- a convolution ------------------------------------------------------------------------------------------


def convolution(seed: int = 0, x: list[list[int]] | None = None) -> Instance:
    """out[o, p] = sum_(c, t) X[c, 2 p + t - 1] W[o, c, t] + 4^o-fold bias, 3 o, 2 c, 3 t, 4 p;
    pooled[o, q] = out[o, 2 q] + out[o, 2 q + 1] stays private but for its first four, which are public.

    The weights of output 1 and 2 lie in the second model row.
    """
    choose, weights, m = random.Random(seed), random.Random(98), 64
    x = x or [[choose.randrange(-9, 10) for _ in range(8)] for _ in range(2)]
    w = [[[weights.randrange(-9, 10) for _ in range(3)] for _ in range(2)] for _ in range(3)]
    bias = [weights.randrange(-99, 100) for _ in range(3)]
    out = [
        sum(x[c][2 * p + t - 1] * w[o][c][t] for c in range(2) for t in range(3) if 0 <= 2 * p + t - 1 < 8)
        + (1, 4, 16)[o] * bias[o]
        for o in range(3)
        for p in range(4)
    ]
    pooled = [out[4 * o + 2 * q] + out[4 * o + 2 * q + 1] for o in range(3) for q in range(2)]
    cells = {56 + 8 * o + 4 * c + t: w[o][c][t] for o in range(3) for c in range(2) for t in range(3)}
    rows: Rows = {
        (MODEL, 0): row(
            m, {cell: value for cell, value in cells.items() if cell < m} | dict(enumerate(bias))
        ),
        (MODEL, 1): row(m, {cell - m: value for cell, value in cells.items() if cell >= m}),
        (DATA, 0): row(m, x[0] + x[1]),
        (OUTPUT, 0): row(m, out),
        (OUTPUT, 1): row(m, pooled),
    }
    return Instance("convolution", convolution_circuit(), rows, pooled[:4], lambda rows, gamma, beta: {})


def convolution_circuit() -> Circuit:
    m = 64
    x, w, bias, out, pooled, shown, shown_flat = range(7)
    tensors = (
        tensor(DATA, 0, 2, 8),
        tensor(MODEL, 56, 3, 2, (3, 4)),
        tensor(MODEL, 0, (3, 4)),
        tensor(OUTPUT, 0, 3, 4),
        tensor(OUTPUT, m, 3, 2),
        tensor(OUTPUT, m, 2, 2),
        tensor(PUBLIC, 0, 4),
    )
    o, p, q, c_rho, u_rho = r(0, 2), r(2, 2), r(2, 1), rho(0, 1), rho(1, 3)
    taps = Window(p, u_rho, outputs=4, inputs=8, stride=2, dilation=1, offset=-1)
    pool = Affine(q, first=0, end=2, taps=2, stride=2, dilation=1, offset=0)
    functionals = (
        Functional(4, (form(1, x, over(2, c_rho), over(8, u_rho)),)),
        Functional(4, (form(1, w, over(3, o), over(2, c_rho), over(3, taps)),)),
    )
    flat = Group(2, Vector(4, (Factor(2, 2, Eq(r(0, 1))), Factor(1, 2, Eq(r(1, 1))))))
    statements = (
        (
            form(1, out, over(3, o), over(4, p)),
            form(-1, bias, over(3, o, Constants((1, 4, 16))), scalar(4, p)),
        ),
        (form(1, pooled, over(3, o), over(2, q)), form(-1, out, over(3, o), over(4, pool))),
        (form(1, shown, flat), form(-1, shown_flat, over(4, r(0, 2)))),
    )
    return Circuit(
        6, 4, (2, 1, 2, 0, 0, 2, 0), 4, (), tensors, functionals, statements, (Term(0, 1, (0, 1)),)
    )


# --- a function table ---------------------------------------------------------------------------------------


def square(key: int) -> int:
    return key * key // 3 - 5


def function(seed: int = 0, x: list[int] | None = None) -> Instance:
    """y = f(x) for 12 numbers in [-8, 8); x are data, y the private output, their sum is public."""
    choose, m = random.Random(seed), 64
    x = x or [choose.randrange(-8, 8) for _ in range(12)]
    y = [square(value) for value in x]
    rows: Rows = {
        (DATA, 0): row(m, {16 + i: value for i, value in enumerate(x)}),
        (OUTPUT, 0): row(m, y),
        (COUNTS, 0): row(m, {32 + key: x.count(key - 8) for key in range(16)}),
    }
    return Instance("function", function_circuit(), rows, [sum(y)], function_helpers)


def function_helpers(rows: Rows, gamma: int, beta: int) -> Rows:
    x, y = rows[DATA, 0][16:28], rows[OUTPUT, 0][:12]
    inverses = [pow(gamma + a + beta * b, -1, R) for a, b in zip(x, y, strict=True)]
    counts = rows[COUNTS, 0][32:48]
    sums = [n * pow(gamma + k - 8 + beta * square(k - 8), -1, R) % R for k, n in enumerate(counts)]
    return {(HELPER, 0): row(64, inverses + [0] * 4 + sums)}


def function_circuit() -> Circuit:
    x, y, counts, helper, sums, total = range(6)
    tensors = (
        tensor(DATA, 16, (12, 16)),
        tensor(OUTPUT, 0, (12, 16)),
        tensor(COUNTS, 32, 16),
        tensor(HELPER, 0, (12, 16)),
        tensor(HELPER, 16, 16),
        tensor(PUBLIC, 0),
    )
    at_r, at_rho = r(0, 4), rho(0, 4)
    functionals = (
        Functional(4, (form(1, helper, over(12, at_r, at_rho)),)),
        Functional(
            4,
            (
                form(1, None, unit=GAMMA),
                form(1, x, over(12, at_rho)),
                form(1, y, over(12, at_rho), unit=BETA),
            ),
        ),
    )
    statements = (
        (form(1, None, scalar(12, at_r)),),
        (form(1, sums, over(16, at_r, TableKeys(0))), form(-1, counts, over(16, at_r))),
        (form(1, helper, over(12)), form(-1, sums, over(16))),
        (form(1, y, over(12)), form(-1, total)),
    )
    table = Table(4, -8, tuple(square(key) for key in range(-8, 8)))
    return Circuit(
        *(6, 4, (0, 1, 1, 0, 1, 2, 1), 1, (table,)), tensors, functionals, statements, (Term(0, 1, (0, 1)),)
    )


ALL = (gemm, convolution, function)
