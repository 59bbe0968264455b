"""Write what contracts have to make of circuits: ``python tests/spec/sumcheck_functionals.py [file]``.

Each case is a circuit; everything random about it is drawn by hashing its name (``draw``), so that a reader
needs nothing else. Expected are the public constant and the weight of each row, by ``zkattest.spec``.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from math import prod
from pathlib import Path

from eth_utils.crypto import keccak
from sumcheck_circuits import r, rho, tensor, vector
from sumcheck_encoder import encode
from sumcheck_judge import MAKERS
from test_sumcheck_functionals import BARE, random_form, random_tensor

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import (
    DATA,
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
    Vector,
    Window,
)
from zkattest.spec.sumcheck.codec import decode
from zkattest.spec.sumcheck.functionals import Challenges, Expansion
from zkattest.spec.sumcheck.rules import check

FILE = Path(__file__).parents[2] / "verifier_contracts" / "test" / "fixtures" / "functionals.json"
FORMS = 8
#: r, rho and z, functionals' weights, public integers, gamma … delta.
R_, RHO, Z, WEIGHTS, PUBLICS, SINGLE = range(6)


def draw(name: str, kind: int, count: int) -> list[int]:
    """Residues: keccak256(keccak256(name), kind, index) mod r."""
    seed = keccak(name.encode())
    return [
        int.from_bytes(keccak(seed + bytes([kind]) + i.to_bytes(4, "big")), "big") % R for i in range(count)
    ]


def variables(circuit: Circuit) -> int:
    """Coordinates of rho: functionals of no term count too."""
    return max([circuit.n1, *(functional.variables for functional in circuit.functionals)])


def expected(name: str, circuit: Circuit) -> list[int]:
    """The constant, then the weight at z of each row of regions 0 to 6."""
    gamma, beta, alpha, delta = draw(name, SINGLE, 4)
    r_, rho_ = draw(name, R_, circuit.r_length), draw(name, RHO, variables(circuit))
    z = tuple(draw(name, Z, circuit.c))
    public = draw(name, PUBLICS, circuit.public)
    expansion = Expansion(circuit, Challenges(gamma, beta, tuple(r_), tuple(rho_)), public)
    weights = draw(name, WEIGHTS, len(circuit.functionals))
    for functional, weight in zip(circuit.functionals, weights, strict=True):
        expansion.add(functional.forms, weight, functional.variables)
    for k, forms in enumerate(circuit.statements):
        expansion.add(forms, delta * pow(alpha, k, R) % R, 0)
    rows = expansion.row_weights(z)
    return [
        expansion.constant % R,
        *(rows[region, row] for region, count in enumerate(circuit.rows) for row in range(count)),
    ]


def of_anything(seed: int) -> Circuit:
    """Forms of arbitrary tensors and vectors."""
    choose = random.Random(seed)
    tensors = tuple(random_tensor(choose) for _ in range(FORMS))
    forms = [random_form(choose, index, of) for index, of in enumerate(tensors)]
    functionals = tuple(Functional(8, (form,)) for form in forms)
    return replace(BARE, tensors=tensors, functionals=functionals)


class Whole:
    """Forms of what compilers make: whole factors over axes with room for a power of two, or summed."""

    C = 12
    TABLES = (Table(4, -3, None), Table(6, 1, None), Table(5, -16, tuple(k * k - 40 for k in range(32))))

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.tensors: list[Tensor] = []

    def circuit(self) -> Circuit:
        forms = [self.form() for _ in range(FORMS)]
        base = Circuit(
            *(self.C, 64, (3, 5, 0, 40, 0, 2, 0), 2000, self.TABLES, tuple(self.tensors), (), (), ())
        )
        return replace(base, functionals=tuple(Functional(40, (form,)) for form in forms))

    def form(self) -> Form:
        choose = self.choose
        self.at_r = self.at_rho = 0
        groups = [Group(0, self.vector(choose.randrange(1, 40))) for _ in range(choose.choice([0, 0, 1, 2]))]
        index = None
        if choose.random() < 0.85:
            index = len(self.tensors)
            made = self.tensor()
            self.tensors.append(made)
            groups += [Group(1, self.vector(axis.size)) for axis in made.axes]
        coefficient = choose.choice([0, 1, -1, 5, -(2**70) + 3, 2**99 + 1])
        return Form(coefficient, choose.randrange(3), index, tuple(groups))

    def tensor(self) -> Tensor:
        choose = self.choose
        while True:
            sizes = [
                choose.choice([1, 2, 3, 5, 6, 8, 12, 16, 24, 28, 32]) for _ in range(choose.randrange(4))
            ]
            room = [1 << (size - 1).bit_length() << choose.choice([0, 0, 0, 1]) for size in sizes]
            if sizes and choose.random() < 0.4:
                # enumerated rows before the row's cells, some of them skipped
                sizes[:1] = [choose.randrange(1, 6), 1]
                room[:1] = [sizes[0], choose.choice([1, 2, 3])]
            region = choose.choice([DATA, WITNESS, WITNESS, WITNESS, PUBLIC])
            axes = tuple(Axis(*pair) for pair in zip(sizes, room, strict=True))
            made = Tensor(region, 0, axes)
            block = prod(axis.allotted for axis in axes[made.inner(1 << self.C) :])
            cells = {PUBLIC: 2000, DATA: 5 << self.C, WITNESS: 40 << self.C}[region]
            last = sum((a.size - 1) * s for a, s in zip(axes, made.strides, strict=True))
            if last < cells and prod(sizes) < 2000:
                return Tensor(region, choose.randrange((cells - last - 1) // block + 1) * block, axes)

    def slice_of_r(self, count: int) -> Slice:
        length = (count - 1).bit_length() + self.choose.choice([0, 0, 0, 1])
        self.at_r += length
        return r(self.at_r - length, length)

    def slice_of_rho(self, count: int) -> Slice:
        length = (count - 1).bit_length() + self.choose.choice([0, 0, 0, 1])
        self.at_rho += length
        return rho(self.at_rho - length, length)

    def vector(self, size: int) -> Vector:
        choose = self.choose
        if self.at_r > 44 or self.at_rho > 22:
            return vector(size)
        kind = choose.randrange(9)
        if kind < 5:
            made: list[Slice | Kind | Factor] = []
            for _ in range(choose.choice([0, 1, 1, 2, 2, 3])):
                of = self.slice_of_r if choose.random() < 0.5 else self.slice_of_rho
                if self.at_r < 50 and self.at_rho < 30:
                    made.append(of(size))
            if kind == 4 and size > 1:
                made += self.parts(size)
            return vector(size, *made)
        if kind == 5:
            values = [choose.choice([0, 0, 1, -1, 2**14, -(2**99)]) for _ in range(size)]
            return vector(size, Constants(tuple(values)))
        steps = self.steps(size)
        if kind == 6:
            outputs = choose.randrange(1, 30)
            first = choose.choice([0, 0, 0, choose.randrange(outputs)])
            taps = choose.choice([1, 1, 2, 3])
            return vector(size, Affine(self.slice_of_r(outputs), first, outputs, taps, *steps))
        outputs, inputs = choose.randrange(0, 30), choose.randrange(0, 33)
        out, into = self.slice_of_r(max(outputs, 1)), self.slice_of_rho(max(inputs, 1))
        return vector(size, Window(out, into, outputs, inputs, *steps))

    def steps(self, size: int) -> tuple[int, int, int]:
        choose = self.choose
        return (
            choose.choice([1, 1, 1, 2, 2, 4, 3, 0, -1, -2]),
            choose.choice([1, 1, 2, 3, -1, 1000]),
            choose.choice([0, 0, -1, -2, 1, 2, 8, size - 1]),
        )

    def parts(self, size: int) -> list[Factor]:
        """Factors of a part of the index: a bit, a digit, a table's keys."""
        choose = self.choose
        bit = choose.randrange(6)
        options = [
            [Factor(1 << bit, 2, Constants((choose.choice([0, 0, 3]), choose.choice([1, -5]))))],
            [Factor(choose.choice([1, 2, 4, 3]), 8, Eq(self.slice_of_r(8)))],
            [Factor(2, 2, Eq(self.slice_of_r(2))), Factor(4, 64, Eq(self.slice_of_rho(64)))],
        ]
        for table, entries in ((0, 16), (1, 64), (2, 32)):
            options += [[Factor(choose.choice([1, 1, 2]), entries, TableKeys(table))]] * 2
        return choose.choice(options)


def tables() -> Circuit:
    """Lookups' sums: eq times the keys of a table, on one axis."""
    of = tuple(tensor(WITNESS, 64 * i, 1 << table.bits) for i, table in enumerate(Whole.TABLES))
    forms = []
    for index, table in enumerate(Whole.TABLES):
        size = 1 << table.bits
        for slices in ((), (r(0, 8),), (r(0, 7), rho(2, 8))):
            forms.append(Form(1, 0, index, (Group(1, vector(size, *slices, TableKeys(index))),)))
            forms.append(Form(1, 0, None, (Group(0, vector(size, *slices, TableKeys(index))),)))
    base = Circuit(*(Whole.C, 64, (0, 0, 0, 40, 0, 2, 0), 0, Whole.TABLES, of, (), (), ()))
    return replace(base, functionals=(Functional(10, tuple(forms)),))


def convolutions() -> Circuit:
    """Windows of many shapes, at kernels' axes that are inner, summed and enumerated."""
    axes = ((3, 4), (5, 8), (7, 8))
    of = tuple(tensor(WITNESS, 0, (6, 8), axis) for axis in axes)
    public = tuple(tensor(PUBLIC, 3, 1, axis) for axis in axes)
    forms = []
    for index, (size, _) in enumerate(axes):
        for outputs, stride, dilation, offset in (
            *((24, 1, 1, 0), (28, 1, 1, -2), (10, 1, 1, 0), (14, 2, 1, -1), (13, 2, 1, 0), (7, 4, 2, -3)),
            *((9, 3, 1, 0), (27, 1, 1, -1), (32, -1, 1, 31), (16, 2, 2, 1)),
        ):
            inputs = min(
                32, max(1, (outputs - 1) * abs(stride) + (size - 1) * dilation + 1 + 2 * min(offset, 0))
            )
            kind = Window(r(0, 5), rho(1, 5), outputs, inputs, stride, dilation, offset)
            out = vector(6, r(9, 3), rho(7, 3))
            forms += [
                Form(1, 0, index, (Group(1, out), Group(1, vector(size, kind)))),
                Form(1, 0, None, (Group(0, vector(size, kind)),)),
                Form(1, 0, 3 + index, (Group(1, vector(1)), Group(1, vector(size, kind)))),
            ]
    base = Circuit(*(Whole.C, 64, (0, 0, 0, 40, 0, 2, 0), 40, (), of + public, (), (), ()))
    return replace(base, functionals=(Functional(10, tuple(forms)),))


def poolings() -> Circuit:
    """Affine maps of pooling, padding and concatenation."""
    axes = ((28, 32), (14, 16), (13, 16), (64, 64), (1, 1))
    of = tuple(tensor(WITNESS, 0, axis) for axis in axes)
    forms = []
    for index, (size, _) in enumerate(axes):
        for first, end, taps, stride, dilation, offset in (
            *((0, 14, 2, 2, 1, 0), (0, 14, 1, 2, 1, 1), (0, 7, 4, 4, 1, 0), (0, 6, 3, 2, 1, 0)),
            *((0, 7, 3, 2, 1, -1), (0, 5, 3, 3, 1, 0), (0, 12, 1, 1, 1, 2), (0, 12, 1, 1, 1, -3)),
            *((0, 32, 1, 1, 1, 32), (3, 9, 2, 1, 1, 0), (1, 14, 3, 2, 1, -1), (0, 4, 5, 0, 3, 2)),
            *((5, 5, 1, 1, 1, 0), (0, 1, 1, 1, 1, 0), (2, 3, 1, 1, 1, -2)),
        ):
            kind = Affine(r(3, 5), first, end, taps, stride, dilation, offset)
            forms.append(Form(1, 0, index, (Group(1, vector(size, kind)),)))
            if size in (1, 13):
                forms.append(Form(1, 1, None, (Group(0, vector(size, kind)),)))
    base = Circuit(*(Whole.C, 64, (0, 0, 0, 40, 0, 2, 0), 0, (), of, (), (), ()))
    return replace(base, functionals=(Functional(0, tuple(forms)),))


#: Operators whose circuits are compiled, padded and not.
COMPILED = (
    *("gemm", "conv", "conv in groups", "conv by channel", "max pool", "average pool with pads", "concat"),
    *("pad", "matmul in batches", "batch normalisation", "arg max", "convolutional network"),
)


def compiled() -> Iterator[tuple[str, Circuit]]:
    """Circuits of operators, as the compiler makes them; needs the native extension."""
    sys.path.append(str(Path(__file__).parents[1] / "backends"))
    from ezkl_models import quantised
    from operator_models import OPERATORS

    from zkattest.backends.base import StatementShape
    from zkattest.backends.sumcheck.circuit import Parameters, compile_circuit

    for name in COMPILED:
        shape, build, options = OPERATORS[name]
        model = quantised(shape, build, **options)
        for padded in (False, True):
            parameters = Parameters(log_row=9, columns=3, limb_bits=8, padded=padded)
            native = compile_circuit(model, StatementShape(batch=1), parameters)
            yield f"compiled {name}{', padded' if padded else ''}", decode(bytes(native.circuit))


def circuits() -> Iterator[tuple[str, Circuit]]:
    for name, maker in MAKERS.items():
        yield name, maker().circuit
    yield "tables", tables()
    yield "convolutions", convolutions()
    yield "poolings", poolings()
    yield from compiled()
    for seed in range(24):
        yield f"anything {seed}", of_anything(seed)
    for seed in range(60):
        yield f"whole {seed}", Whole(seed).circuit()


def main(path: Path) -> None:
    names, encodings, coordinates, results = [], [], [], []
    for name, circuit in circuits():
        check(circuit)
        names.append(name)
        encodings.append("0x" + encode(circuit).hex())
        coordinates.append(variables(circuit))
        words = expected(name, circuit)
        results.append("0x" + b"".join(word.to_bytes(32, "big") for word in words).hex())
    cases = {"names": names, "circuits": encodings, "variables": coordinates, "expected": results}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(cases, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
