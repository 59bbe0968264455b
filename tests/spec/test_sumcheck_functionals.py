"""Row weights by blocks and products equal dense weights, cell by cell, for hand-written and random forms."""

from __future__ import annotations

import random
from dataclasses import replace
from math import prod

import pytest
from sumcheck_circuits import form, tensor
from sumcheck_judge import MAKERS
from sumcheck_prover import Meaning, extension

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import (
    DATA,
    PUBLIC,
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
    Vector,
    Window,
)
from zkattest.spec.sumcheck.functionals import Challenges, Expansion
from zkattest.spec.sumcheck.rules import check


def compare(circuit: Circuit, forms: tuple[Form, ...], variables: int, choose: random.Random) -> None:
    def scalars(count: int) -> tuple[int, ...]:
        return tuple(choose.randrange(R) for _ in range(count))

    gamma, beta, weight = scalars(3)
    r, rho, z = scalars(circuit.r_length), scalars(variables + 2), scalars(circuit.c)
    public = [choose.randrange(-(2**40), 2**40) for _ in range(circuit.public)]
    expansion = Expansion(circuit, Challenges(gamma, beta, r, rho), public)
    expansion.add(forms, weight, variables)
    dense = Meaning(circuit, public, gamma, beta, r, rho[2:]).forms(forms)
    assert expansion.constant % R == weight * dense.constant % R
    found = {key: value for key, value in expansion.row_weights(z).items() if value}
    wanted = {key: weight * extension(row, z) % R for key, row in dense.weights.items()}
    assert found == {key: value for key, value in wanted.items() if value}


@pytest.mark.parametrize("name", MAKERS)
def test_forms_of_the_small_circuits(name: str) -> None:
    circuit, choose = MAKERS[name]().circuit, random.Random(name)
    for forms in circuit.statements:
        compare(circuit, forms, 0, choose)
    for functional in circuit.functionals:
        compare(circuit, functional.forms, functional.variables, choose)


BARE = Circuit(6, 64, (0, 9, 0, 0, 0, 2, 0), 700, (Table(3, -2, (3, 1, 4, 1, 5, 9, 2, 6)),), (), (), (), ())


def random_tensor(choose: random.Random) -> Tensor:
    while True:
        sizes = [choose.choice([1, 2, 3, 4, 5, 8]) for _ in range(choose.randrange(5))]
        above = [1 << (size - 1).bit_length() for size in sizes]
        room = [choose.choice([n, n, n + 1, up, 2 * up]) for n, up in zip(sizes, above, strict=True)]
        region = choose.choice([DATA, DATA, PUBLIC])
        axes = tuple(Axis(*pair) for pair in zip(sizes, room, strict=True))
        made = Tensor(region, 0, axes)
        block = prod(axis.allotted for axis in axes[made.inner(BARE.m) :])
        cells = 700 if region == PUBLIC else 9 * BARE.m
        last = sum((a.size - 1) * s for a, s in zip(axes, made.strides, strict=True))
        if last < cells:
            base = choose.randrange((cells - last - 1) // block + 1) * block
            return Tensor(region, base, axes)


def random_kind(choose: random.Random, modulus: int, at_r: int, rho: int) -> Kind:
    """The coordinates of r, and of rho, from which four are free to use; negative for none of rho."""
    steps = [choose.randrange(-4, 5) for _ in range(3)]
    part = Slice(0, at_r + choose.randrange(2), 3)
    options: list[Kind] = [
        Constants(tuple(choose.randrange(-(2**99), 2**99) for _ in range(modulus))),
        Affine(part, choose.randrange(3), 8, choose.randrange(1, 5), *steps),
    ]
    if modulus <= 8:
        options.append(Eq(part))
    if modulus == 8:
        options.append(TableKeys(0))
    if rho >= 0:
        options.append(Window(part, Slice(1, rho, 3), 7, choose.randrange(9), *steps))
        if modulus <= 16:
            options.append(Eq(Slice(1, rho, 4)))
    return choose.choice(options)


def random_form(choose: random.Random, index: int, of: Tensor) -> Form:
    groups, left, at_r, rho = [], [axis.size for axis in of.axes], 0, 0
    while left or choose.random() < 0.3:
        axes = choose.choice([0, 1, 1, 2, 3])
        if axes > len(left):
            continue
        size = prod(left[:axes]) if axes else choose.randrange(1, 9)
        left = left[axes:]
        factors = []
        for _ in range(choose.randrange(3)):
            modulus = choose.choice([8, size, choose.randrange(1, 9)])
            kind = random_kind(choose, modulus, at_r, rho if rho < 8 else -1)
            rho += 4 if isinstance(kind, Window) or (isinstance(kind, Eq) and kind.slice.point) else 0
            at_r += 4
            factors.append(Factor(choose.randrange(1, 5), modulus, kind))
        groups.append(Group(axes, Vector(size, tuple(factors))))
    return Form(choose.randrange(-(2**99), 2**99), choose.randrange(3), index, tuple(groups))


@pytest.mark.parametrize("seed", range(150))
def test_random_forms(seed: int) -> None:
    choose = random.Random(seed)
    of = random_tensor(choose)
    made = random_form(choose, 1, of)
    unit = form(7, 0)
    circuit = Circuit(
        *(BARE.c, BARE.r_length, BARE.rows, BARE.public, BARE.tables, (tensor(DATA, 5), of)),
        *((Functional(8, (made, unit)),), (), ()),
    )
    check(circuit)
    compare(circuit, (made, unit), 8, choose)


@pytest.mark.parametrize("room", [1, 2, 4])
def test_a_long_product_of_eqs_is_never_written_down(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its work counts a step a bit, in a box with more room than it has entries, too."""
    size, r = 1 << 20, tuple(range(3, 23))
    z = tuple(range(5, 5 + 23))
    circuit = replace(BARE, c=23, r_length=20, tensors=(Tensor(DATA, 0, (Axis(size, room * size),)),))
    group = Group(1, Vector(size, (Factor(1, size, Eq(Slice(0, 0, 20))),)))
    expansion = Expansion(circuit, Challenges(0, 0, r, ()), [])
    monkeypatch.setattr(Expansion, "entries", lambda *_: pytest.fail("all entries were computed"))
    expansion.add((form(1, 0, group),), 7, 0)
    expected = 7 * prod(1 - t for t in z[:3])
    expected *= prod(a * b + (1 - a) * (1 - b) for a, b in zip(r, z[3:], strict=True))
    assert expansion.row_weights(z) == {(DATA, 0): expected % R}
