"""The mask rows hide sum-check 3: the rank of the free cells on its messages, with F published in full.

F is public, and R is uniform, so a change of a free cell j of M must be undone in F by a change of R at the
same place: -W_M(z) at R_j. What is left to hide the 2c round messages are the columns below, one for each
free cell. Any witness row can move all 2c messages, so whatever rank is missing
leaks.
"""

from __future__ import annotations

import random

import pytest

from zkattest.spec.points import R


def fold(table: list[int], at: int) -> list[int]:
    half = len(table) // 2
    return [(table[i] + at * (table[half + i] - table[i])) % R for i in range(half)]


def messages(levels: list[list[int]], z: list[int], cell: int) -> list[int]:
    """c_0, c_2 of each round for the row that is 1 at ``cell``; ``levels``: the weights after each round."""
    found, value, place = [], 1, cell
    for weights, point in zip(levels, z, strict=False):
        half = len(weights) // 2
        low, high = weights[place % half], weights[place % half + half]
        if place < half:
            found += [value * low, -value * (high - low)]
            value = value * (1 - point) % R
        else:
            found += [0, value * (high - low)]
            value = value * point % R
        place %= half
    return found


def rank(rows: list[list[int]]) -> int:
    rows, found = [[value % R for value in row] for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        inverse = pow(rows[found][column], -1, R)
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] * inverse % R
            if factor:
                rows[i] = [(a - factor * b) % R for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def free_cells(c: int) -> list[int]:
    """m - b - 2^i and m - b, for b in {1, 2} and 1 <= i < c (docs/protocol.md, "Masks")."""
    m = 2**c
    return sorted({m - b for b in (1, 2)} | {m - b - 2**i for b in (1, 2) for i in range(1, c)})


def leak(c: int, free: list[int], seed: int) -> int:
    """How many of the 2c messages' dimensions the free cells do not cover."""
    choose, m = random.Random(seed), 2**c
    z = [choose.randrange(R) for _ in range(c)]
    used = min(m // 2 - 2, 200)
    of_m = [(j + (choose.randrange(R) if j < used else 0)) % R for j in range(m)]
    levels_m, levels_r = [of_m], [[1] * m]
    for point in z:
        levels_m.append(fold(levels_m[-1], point))
        levels_r.append(fold(levels_r[-1], point))
    at_z = levels_m[-1][0]
    columns = [
        [a - at_z * b for a, b in zip(messages(levels_m, z, j), messages(levels_r, z, j), strict=True)]
        for j in free
    ]
    return 2 * c - rank(columns)


@pytest.mark.parametrize("c", [6, 7, 8, 9, 10, 12, 14])
def test_the_free_cells_leak_nothing_and_are_as_few_as_can_be(c: int) -> None:
    free = free_cells(c)
    assert len(free) == 2 * c
    assert min(free) == 2 ** (c - 1) - 2
    assert [leak(c, free, seed) for seed in range(3)] == [0, 0, 0]
    assert leak(c, free[1:], 0) == 1


@pytest.mark.parametrize(("c", "lost"), [(6, 1), (8, 2), (10, 4), (13, 10)])
def test_a_run_of_cells_at_the_end_of_each_half_leaks(c: int, lost: int) -> None:
    """Why the rule is not the simpler one: c_0 of a middle round has no free cell to hide it."""
    half, f = 2 ** (c - 1), 2 * c + 2
    assert leak(c, [*range(half - f, half), *range(2 * half - f, 2 * half)], 0) == lost
