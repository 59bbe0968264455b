"""One array of numbers in five places, and statements that each two places agree under the same weights:
through aligned and unaligned bases, enumerated axes, rows that tensors span, groups over several axes, every
kind of factor and unit.
"""

from __future__ import annotations

import random
from itertools import product

from sumcheck_circuits import eq, form, over, r, rho, scalar, tensor
from sumcheck_prover import Instance, Rows

from zkattest.spec.sumcheck.circuit import (
    BETA,
    DATA,
    GAMMA,
    MODEL,
    ONE,
    OUTPUT,
    PUBLIC,
    WITNESS,
    Affine,
    Circuit,
    Constants,
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

M = 128
SHAPE = (3, 2, 5)
#: No block at all; blocks of 16 cells; public; a row per leading index; two rows per leading index.
PLACES: tuple[Tensor, ...] = (
    tensor(DATA, 1, 3, 2, 5),
    tensor(OUTPUT, 32, 3, 2, (5, 8)),
    tensor(PUBLIC, 2, (3, 4), (2, 3), (5, 6)),
    tensor(WITNESS, M, 3, (2, 4), (5, 32)),
    tensor(MODEL, 64, 3, (2, 3), (5, 64)),
)


def geometry(seed: int = 0) -> Instance:
    choose, fixed = random.Random(seed), random.Random(97)
    values = {index: fixed.randrange(-99, 100) for index in product(*map(range, SHAPE))}
    rows: Rows = {
        **{(MODEL, i): [fixed.randrange(9) for _ in range(M)] for i in range(6)},
        **{(WITNESS, i): [choose.randrange(9) for _ in range(M)] for i in range(4)},
        (DATA, 0): [choose.randrange(9) for _ in range(M)],
        (OUTPUT, 0): [choose.randrange(9) for _ in range(M)],
    }
    public = [choose.randrange(9) for _ in range(80)]
    for place in PLACES:
        for index, value in values.items():
            cell = place.base + sum(i * s for i, s in zip(index, place.strides, strict=True))
            if place.region == PUBLIC:
                public[cell] = value
            else:
                rows[place.region, cell // M][cell % M] = value
    return Instance("geometry", geometry_circuit(), rows, public, lambda rows, gamma, beta: {})


def separate(*axes: tuple[Factor, ...]) -> tuple[Group, ...]:
    """A group for each axis."""
    return tuple(over(size, *factors) for size, factors in zip(SHAPE, axes, strict=True))


def merged(first: int, last: int, *axes: tuple[Factor, ...]) -> tuple[Group, ...]:
    """Axes first .. last in one group: each factor looks at its own axis through div and modulus."""
    groups = list(separate(*axes))
    size, factors = 1, []
    for a in reversed(range(first, last + 1)):
        factors += [wrapped(factor, size, SHAPE[a]) for factor in axes[a]]
        size *= SHAPE[a]
    one = Group(last + 1 - first, Vector(size, tuple(factors)))
    return (*groups[:first], one, *groups[last + 1 :])


def wrapped(factor: Factor, div: int, size: int) -> Factor:
    """The factor over an axis that has ``div`` elements behind it. A shorter factor already repeats."""
    assert factor.div == 1
    assert factor.modulus == size
    return Factor(div, size, factor.kind)


def kind(size: int, of: Kind) -> Factor:
    return Factor(1, size, of)


def geometry_circuit() -> Circuit:
    first, second, third = (eq(r(0, 2), 3),), (eq(r(2, 1), 2),), (eq(r(3, 3), 5),)
    constants = (eq(r(0, 2), 3), kind(3, Constants((7, -(2**99), 0))))
    backwards = (kind(5, Affine(r(3, 3), first=1, end=7, taps=3, stride=-1, dilation=2, offset=5)),)
    repeated = (kind(5, Affine(r(6, 3), first=0, end=8, taps=2, stride=0, dilation=3, offset=1)),)

    def agree(
        a: int, groups_a: tuple[Group, ...], b: int, groups_b: tuple[Group, ...], unit: int = ONE
    ) -> tuple[Form, ...]:
        return form(3, a, *groups_a, unit=unit), form(-3, b, *groups_b, unit=unit)

    plain = (first, second, third)
    weighted = (constants, second, backwards)
    other = (constants, second, repeated)
    statements = (
        agree(0, separate(*plain), 1, separate(*plain)),
        agree(0, merged(0, 2, *weighted), 1, separate(*weighted)),
        agree(1, merged(0, 1, *weighted), 2, separate(*weighted), GAMMA),
        agree(2, merged(1, 2, *other), 3, separate(*other), BETA),
        agree(3, merged(0, 1, *plain), 4, separate(*plain)),
        agree(3, merged(1, 2, *weighted), 4, merged(0, 1, *weighted)),
        agree(4, merged(0, 2, *plain), 0, merged(1, 2, *plain)),
        (),
        (),
        scalars(),
    )
    apart = (functional(2, 3, 6), functional(2, 4, 6))
    functionals = (*(functional(n, place) for n in (4, 2) for place in range(5)), *apart)
    last = len(functionals)
    values = Constants(tuple(3 * i * i - 40 for i in range(16)))
    weight = Functional(4, (form(5, None, scalar(16, rho(0, 4), values)), form(-2, None, unit=BETA)))
    narrow = Functional(2, (form(1, None, scalar(3, rho(0, 2), Constants((1, -4, 9))), unit=GAMMA),))
    terms = (
        Term(7, 1, (0, last, last)),
        Term(7, -1, (1, last, last)),
        Term(7, 2, (2, last)),
        Term(7, -2, (last, 3)),
        Term(7, 3, (3,)),
        Term(7, -3, (4,)),
        Term(8, 1 - 2**100, (5, last + 1)),
        Term(8, 2**100 - 1, (last + 1, 6)),
        Term(8, -1, (7, 10)),
        Term(8, 1, (11, 9)),
    )
    table = Table(2, -3, (5, -6, 2**31 - 1, -(2**31)))
    return Circuit(
        *(7, 12, (6, 1, 1, 4, 0, 2, 0), 80, (table, Table(0, 9, None))),
        *(PLACES, (*functionals, weight, narrow), statements, terms),
    )


def functional(variables: int, place: int, at: int = 0) -> Functional:
    """The same functional of each place: a convolution along the last axis, or Eq of rho along one, with
    coordinates of r from ``at`` on."""
    if variables == 4:
        window = Window(r(0, 3), rho(1, 3), outputs=7, inputs=6, stride=-2, dilation=3, offset=4)
        axes = ((eq(r(3, 2), 3),), (eq(rho(0, 1), 2),), (kind(5, window),))
    else:
        keys = Factor(1, 4, TableKeys(0))
        axes = ((eq(rho(0, 2), 3),), (eq(r(at + 5, 1), 2),), (eq(r(at, 3), 5),))
        groups = (over(3, *axes[0]), over(2, *axes[1], Factor(1, 1, TableKeys(1))), over(5, *axes[2], keys))
        return Functional(2, (form(-1, place, *groups), form(4, None, scalar(4, TableKeys(0)), unit=GAMMA)))
    groups = merged(0, 1, *axes) if place % 2 else separate(*axes)
    return Functional(4, (form(1, place, *groups),))


def scalars() -> tuple[Form, ...]:
    """Two ways to sum eq over six indices, and a sum over taps."""
    six = Slice(0, 0, 3)
    twice = Vector(12, (Factor(2, 6, eq(six, 6).kind),))
    pairs = Vector(12, (Factor(1, 2, Constants((1, 0))), Factor(2, 6, eq(six, 6).kind)))
    taps = Affine(six, first=0, end=6, taps=4, stride=4, dilation=1, offset=-2)
    return (
        form(2, None, scalar(6, six), scalar(3), unit=BETA),
        form(-3, None, Group(0, twice), unit=BETA),
        form(-4, None, Group(0, pairs)),
        form(4, None, scalar(6, six)),
        form(1, None, Group(0, Vector(40, (Factor(1, 40, taps),)))),
        form(-4, None, scalar(6, six)),
        form(2, None, scalar(1, r(0, 3))),
    )
