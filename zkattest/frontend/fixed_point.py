"""Fixed-point arithmetic: the few integer functions that every operator is made of.

value = q * 2**-scale with q signed. docs/arithmetic.md states the same in prose; both must agree.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from zkattest.errors import OverflowRangeError

IntTensor = npt.NDArray[np.int64]
FloatTensor = npt.NDArray[np.float64]
Shape = tuple[int, ...]

#: Widths a tensor may declare, bits including the sign.
MIN_BITS: Final = 8
MAX_BITS: Final = 16

#: Scales a tensor may declare. 2**-48 is far below float32's resolution of any value of ordinary size.
MIN_SCALE: Final = -32
MAX_SCALE: Final = 48

#: |accumulator| + rounding constant stays below this: int64 cannot wrap, and the field (254 bits) less so.
ACCUMULATOR_LIMIT: Final = 2**62

#: Integers below this are exact in float64, so that sums of products may use the (fast) float64 product.
EXACT_FLOAT_LIMIT: Final = 2**53

#: Elements a tensor may have; a guard against declared sizes that no machine holds.
MAX_ELEMENTS: Final = 2**28


def range_of_bits(bits: int) -> tuple[int, int]:
    """Lowest and highest integer of a signed ``bits``-bit tensor."""
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def round_shift(accumulator: IntTensor, shift: int) -> IntTensor:
    """Divide by 2**shift, rounding half up (towards plus infinity): ``(acc + 2**(shift-1)) >> shift``.

    The shift is arithmetic, so -3 / 2 gives -1 and 3 / 2 gives 2. ``shift`` 0 changes nothing.
    """
    if shift == 0:
        return accumulator
    half = np.int64(1) << np.int64(shift - 1)
    result: IntTensor = (accumulator + half) >> np.int64(shift)
    return result


def rescale(accumulator: IntTensor, shift: int, low: int, high: int) -> IntTensor:
    """:func:`round_shift`, then saturate to ``[low, high]``: the one rounding step of every node."""
    result: IntTensor = np.clip(round_shift(accumulator, shift), low, high)
    return result


def round_half_up(x: FloatTensor) -> FloatTensor:
    """Nearest integer, halves towards plus infinity, exact for every float64 (no ``x + 0.5``)."""
    floor = np.floor(x)
    result: FloatTensor = floor + (x - floor >= 0.5)
    return result


def quantise_array(x: FloatTensor, scale: int, bits: int) -> IntTensor:
    """round_half_up(x * 2**scale), saturated to ``bits`` bits; ``x`` must be finite."""
    low, high = range_of_bits(bits)
    scaled = np.ldexp(np.asarray(x, dtype=np.float64), scale)
    result: IntTensor = np.clip(round_half_up(scaled), low, high).astype(np.int64)
    return result


def dequantise_array(q: IntTensor, scale: int) -> FloatTensor:
    """q * 2**-scale; exact."""
    result: FloatTensor = np.ldexp(np.asarray(q, dtype=np.float64), -scale)
    return result


def scale_for(magnitude: float, bits: int, *, what: str = "A value") -> int:
    """The finest scale at which values up to ``magnitude`` fit ``bits`` bits without saturation.

    A magnitude of 0 (a tensor that is always zero) counts as 1.

    Raises:
        OverflowRangeError: not even the coarsest scale fits; ``what`` says whose values these are.
    """
    _, high = range_of_bits(bits)
    if magnitude <= 0.0:
        magnitude = 1.0
    _, exponent = np.frexp(magnitude)  # magnitude = m * 2**exponent, 0.5 <= m < 1
    scale = bits - int(exponent)
    while float(np.ldexp(magnitude, scale)) >= high + 0.5:
        scale -= 1
    if scale < MIN_SCALE:
        raise OverflowRangeError(
            f"{what} of size 2^{int(exponent)} does not fit {bits} bits at the coarsest scale, "
            f"2^{-MIN_SCALE}.",
            remedy="Rescale the model's inputs and weights to ordinary sizes.",
        )
    return min(MAX_SCALE, scale)


def exact_matmul(a: IntTensor, b: IntTensor, bound: int) -> IntTensor:
    """``a @ b`` in integers; by float64 when ``bound`` (on every partial sum) makes that exact.

    The int64 product is the slow twin; ``tests/frontend`` compares both.
    """
    if bound < EXACT_FLOAT_LIMIT:
        product: IntTensor = np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(np.int64)
        return product
    result: IntTensor = np.matmul(a, b)
    return result


def element_count(shape: Shape) -> int:
    """Number of elements of a tensor of ``shape`` (1 for a scalar), in unbounded integers."""
    count = 1
    for size in shape:
        count *= size
    return count
