"""sum scalars[i] * points[i] with shared doublings: what :func:`zkattest.spec.points.combine` computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from py_ecc.optimized_bn128.optimized_curve import add, double

from zkattest.spec.points import INFINITY_1, Point, R

#: Bits of a digit: 2^4 buckets a digit suit tens to hundreds of points.
WINDOW: Final = 4


def multiscalar(scalars: Sequence[int], points: Sequence[Point]) -> Point:
    """Pippenger 1976: per digit, points with equal digits are summed, then bucket d counts d times."""
    reduced = [scalar % R for scalar in scalars]
    total = INFINITY_1
    for shift in reversed(range(0, R.bit_length(), WINDOW)):
        for _ in range(WINDOW):
            total = double(total)
        buckets = [INFINITY_1] * (1 << WINDOW)
        for scalar, point in zip(reduced, points, strict=True):
            digit = scalar >> shift & ((1 << WINDOW) - 1)
            if digit:
                buckets[digit] = add(buckets[digit], point)
        running = INFINITY_1
        for bucket in reversed(buckets[1:]):
            running = add(running, bucket)
            total = add(total, running)
    return total
