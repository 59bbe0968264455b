"""The rounding and scaling primitives against Python's own unbounded integers and fractions."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkattest.frontend.fixed_point import (
    MAX_SCALE,
    MIN_SCALE,
    dequantise_array,
    exact_matmul,
    quantise_array,
    range_of_bits,
    rescale,
    round_half_up,
    round_shift,
    scale_for,
)

ACCUMULATORS = st.integers(-(2**62) + 1, 2**62 - 1)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@given(ACCUMULATORS, st.integers(0, 61))
def test_round_shift_is_half_up_division(accumulator, shift):
    got = int(round_shift(np.array([accumulator]), shift)[0])
    assert got == half_up(Fraction(accumulator, 2**shift))


@pytest.mark.parametrize(
    ("accumulator", "shift", "expected"),
    [
        (1, 1, 1),
        (-1, 1, 0),
        (3, 1, 2),
        (-3, 1, -1),
        (2, 2, 1),
        (-2, 2, 0),
        (-6, 2, -1),
        (5, 0, 5),
        (-1, 62, 0),
    ],
)
def test_ties_go_towards_plus_infinity(accumulator, shift, expected):
    assert int(round_shift(np.array([accumulator]), shift)[0]) == expected


@given(ACCUMULATORS, st.integers(0, 61), st.integers(8, 16))
def test_rescale_saturates_to_the_declared_range(accumulator, shift, bits):
    low, high = range_of_bits(bits)
    exact = half_up(Fraction(accumulator, 2**shift))
    assert int(rescale(np.array([accumulator]), shift, low, high)[0]) == max(low, min(high, exact))


@given(st.floats(-(2.0**40), 2.0**40, allow_subnormal=True))
def test_round_half_up_is_exact_on_floats(x):
    assert int(round_half_up(np.array([x]))[0]) == half_up(Fraction(x))


def test_round_half_up_just_below_a_half():
    assert round_half_up(np.array([np.nextafter(0.5, 0)]))[0] == 0
    assert round_half_up(np.array([-0.5]))[0] == 0
    assert round_half_up(np.array([np.nextafter(-0.5, -1)]))[0] == -1


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(MIN_SCALE, MAX_SCALE),
    st.integers(8, 16),
)
def test_quantise_is_half_up_then_saturation(x, scale, bits):
    low, high = range_of_bits(bits)
    exact = half_up(Fraction(x) * Fraction(2) ** scale)
    q = quantise_array(np.array([x]), scale, bits)
    assert int(q[0]) == max(low, min(high, exact))
    assert Fraction(float(dequantise_array(q, scale)[0])) == Fraction(int(q[0])) / Fraction(2) ** scale


@given(st.floats(2.0**-30, 2.0**30), st.integers(8, 16))
def test_scale_is_the_finest_without_saturation(magnitude, bits):
    _, high = range_of_bits(bits)
    scale = scale_for(magnitude, bits)
    assert Fraction(magnitude) * Fraction(2) ** scale < high + Fraction(1, 2)
    if scale < MAX_SCALE:
        assert Fraction(magnitude) * Fraction(2) ** (scale + 1) >= high + Fraction(1, 2)


def test_scale_of_nothing_is_the_scale_of_one():
    assert scale_for(0.0, 12) == scale_for(1.0, 12) == 10


@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**32))
def test_the_fast_product_equals_the_slow_one(m, k, n, seed):
    random = np.random.default_rng(seed)
    a = random.integers(-(2**15), 2**15, size=(m, k))
    b = random.integers(-(2**15), 2**15, size=(k, n))
    expected = np.array(
        [[sum(int(a[i, t]) * int(b[t, j]) for t in range(k)) for j in range(n)] for i in range(m)]
    )
    np.testing.assert_array_equal(exact_matmul(a, b, k * 2**30), expected)
    np.testing.assert_array_equal(exact_matmul(a, b, 2**60), expected)
