"""A proof says nothing about the witness: from the proof of one, and under the same challenges, masks and
blinders are solved for that make the *same bytes* out of another witness of the same statement.

The whole of F is compared too, coefficient of X^m included: more than any opening shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sumcheck_circuits import function, gemm
from sumcheck_prover import TAU, Instance, Poly, Prover, Rows, evaluate, fold, inverse
from test_mask_rank import messages

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import MASK, MODEL
from zkattest.spec.sumcheck.transcript import Transcript


class FixedTranscript(Transcript):
    """Challenges that nothing decides."""

    def __init__(self, *digests: bytes) -> None:
        self._choose = random.Random(b"".join(digests))

    def absorb(self, data: bytes) -> None:
        pass

    def draw(self) -> int:
        return self._choose.randrange(1, R)


@dataclass
class Recorded(Prover):
    """Takes masks and blinders where they are given, and remembers what it sends as numbers."""

    masks: Rows | None = None
    given_blinders: dict[tuple[int, int], int] | None = None
    free: Callable[[Prover], list[int]] | None = None

    def before_first(self) -> None:
        self.rounds: dict[tuple[int, int], Poly] = {}
        self.rows.update({key: list(row) for key, row in (self.masks or {}).items()})
        self.blinders.update(self.given_blinders or {})

    def free_cells(self) -> list[int]:
        return self.free(self) if self.free else super().free_cells()

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        self.rounds[which, index] = coefficients
        return coefficients


def run(instance: Instance, **more: object) -> Recorded:
    prover = Recorded(instance, 11, FixedTranscript, **more)  # type: ignore[arg-type]
    prover.prove()
    return prover


def solve(columns: list[list[int]], values: list[int]) -> list[int] | None:
    """x with sum x_j columns[j] = values, for as many columns as values; None if there are many or no x."""
    size = len(values)
    rows = [[column[i] % R for column in columns] + [values[i] % R] for i in range(size)]
    for at in range(size):
        pivot = next((i for i in range(at, size) if rows[i][at]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        scale = inverse(rows[at][at])
        rows[at] = [value * scale % R for value in rows[at]]
        for i in range(size):
            if i != at and rows[i][at]:
                factor = rows[i][at]
                rows[i] = [(a - factor * b) % R for a, b in zip(rows[i], rows[at], strict=True)]
    return [row[-1] for row in rows]


def equivocate(target: Recorded, other: Instance) -> Recorded | None:
    """The proof of ``other`` under masks that give ``target``'s messages; None if the free cells fail."""
    circuit, m = other.circuit, other.circuit.m
    free = target.free_cells()
    of_m, of_r = [0] * m, [0] * m
    masks = {(MASK, 0): of_m, (MASK, 1): of_r}
    mu_s, first, pads, _ = target.mask_places

    def proved() -> Recorded:
        return run(other, masks=masks, free=target.free)

    mine = proved()
    of_m[mu_s] = (target.start - mine.start) % R
    mine = proved()
    for i in range(circuit.n1):
        scale = inverse(1 << (circuit.n1 - 1 - i))
        for k in range(1, circuit.d1 + 1):
            off = target.rounds[1, i][k] - mine.rounds[1, i][k]
            of_m[i * circuit.d1 + k - 1] = off * scale % R
    mine = proved()
    pad_weight = extension_at(target.sigma, circuit.k + 1)
    for j in range(circuit.d1):
        of_m[pads + j] = (target.u[j] - mine.u[j]) * inverse(pad_weight) % R
    mine = proved()
    for i in range(circuit.n2):
        scale = inverse(1 << (circuit.n2 - 1 - i))
        for k in range(1, circuit.d2 + 1):
            off = target.rounds[2, i][k] - mine.rounds[2, i][k]
            of_m[first + i * circuit.d2 + k - 1] = off * scale % R

    # R makes F what it shall be, whatever the free cells; those move what R leaves of sum-check 3.
    mine = proved()
    weights_m, weights_r = (levels(mine.total.weights[MASK, row], mine.z) for row in (0, 1))
    at_m, at_r = weights_m[-1][0], weights_r[-1][0]
    assert at_r == 1
    of_r[:] = [(a - b) % R for a, b in zip(target.F[:m], mine.F[:m], strict=True)]
    mine = proved()
    columns = []
    for cell in free:
        own, undone = messages(weights_m, mine.z, cell), messages(weights_r, mine.z, cell)
        columns.append([a - at_m * b for a, b in zip(own, undone, strict=True)])
    missing = [target.rounds[3, i][k] - mine.rounds[3, i][k] for i in range(circuit.c) for k in (0, 2)]
    moves = solve(columns, missing)
    if moves is None:
        return None
    for cell, move in zip(free, moves, strict=True):
        of_m[cell] = move
        of_r[cell] = (of_r[cell] - at_m * move) % R

    # Each commitment is what it was by its row's blinder.
    mine = proved()
    top = inverse(pow(TAU, m, R))
    blinders = {}
    for key, row in mine.rows.items():
        if key[0] != MODEL:
            there = [*target.rows[key], target.blinders[key]]
            blinders[key] = (evaluate(there, TAU) - evaluate(row, TAU)) * top % R
    return run(other, masks=masks, free=target.free, given_blinders=blinders)


def levels(weights: list[int], z: list[int]) -> list[list[int]]:
    result = [weights]
    for x in z:
        result.append(fold(result[-1], x))
    return result


def extension_at(point: list[int], index: int) -> int:
    value = 1
    for position, t in enumerate(reversed(point)):
        value = value * (t if index >> position & 1 else 1 - t) % R
    return value


def other_function() -> tuple[Instance, Instance]:
    """The same numbers in another order have the same sum of images."""
    choose = random.Random(1)
    x = [choose.randrange(-8, 8) for _ in range(12)]
    return function(x=x), function(x=x[5:] + x[:5])


def other_gemm() -> tuple[Instance, Instance]:
    """Inputs that differ where rounding hides it."""
    choose = random.Random(2)
    x = [[choose.randrange(-5, 6) for _ in range(3)] for _ in range(4)]
    first = gemm(x=x)
    for i in range(4):
        for k in range(3):
            y = [list(row) for row in x]
            y[i][k] += 1
            second = gemm(x=y)
            if second.public == first.public:
                return first, second
    raise AssertionError("some input can be changed")


@pytest.mark.parametrize("pair", [other_function, other_gemm])
def test_another_witness_gives_the_same_proof(pair: Callable[[], tuple[Instance, Instance]]) -> None:
    one, other = pair()
    assert one.public == other.public
    target = run(one)
    differing = [key for key in one.rows if one.rows[key] != other.rows[key]]
    assert differing
    found = equivocate(target, other)
    assert found is not None
    assert any(found.rows[key] != target.rows[key] for key in differing)
    assert found.F == target.F
    assert found.sent == target.sent


def last_cells(prover: Prover) -> list[int]:
    """As many cells, all of them in a run at the end of each half."""
    m, c = prover.circuit.m, prover.circuit.c
    return [*range(m // 2 - c, m // 2), *range(m - c, m)]


def test_free_cells_in_a_run_do_not_do() -> None:
    one, other = other_function()
    target = run(one, free=last_cells)
    assert equivocate(target, other) is None


def test_masks_decide_every_message() -> None:
    """Without a mask the same prover shows its witness: two witnesses, the same masks, other messages."""
    one, other = other_function()
    first = run(one)
    masks = {key: first.rows[key] for key in ((MASK, 0), (MASK, 1))}
    second = run(other, masks=masks)
    assert first.rounds[1, 0] != second.rounds[1, 0]
    assert first.F != second.F
