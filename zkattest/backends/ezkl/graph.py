"""An integer ONNX graph of the few operations that ezkl turns into exact, uniquely determined constraints.

ezkl reads ONNX through tract and quantises floats; at scale 0, on int64 tensors, nothing is left to quantise
and tract has nothing to approximate. Three of its habits decide what may be emitted (ezkl 23.0.5):

* Constants pass through float32, so only integers of at most 24 significant bits survive
  (:func:`exact_terms` splits the others into a sum).
* Its division constrains ``|x - q*d| < d`` only: the prover may choose between two quotients.
  :meth:`IntegerGraph.floor_shift` corrects whatever quotient was chosen, so that the result is unique.
  A divisor that is a power of two would be rewritten to a change of scale, hence the factor 3.
* Its prover does not blind how often each entry of a lookup table is used: the proof holds a plain commitment
  to these counts. Every comparison looks up a sign in {-1, 0, 1} and digits in [0, base). The gadgets here
  therefore use each sign equally often whatever the input is (nothing compared is ever 0, and every sign that
  depends on the input comes with its opposite), and :meth:`IntegerGraph.blind` adds random digits.

Every value carries an interval that contains it for every input in the declared range; the intervals give the
size of ezkl's decompositions and show that nothing wraps around the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.errors import UnsupportedByBackendError

IntTensor = npt.NDArray[np.int64]

#: float32 carries 24 significant bits: every integer up to 2**24 in magnitude is exact.
FLOAT32_BITS: Final = 24

#: ezkl's witness generator divides in float64; a dividend below 2**53 is exact there.
DIVIDEND_LIMIT: Final = 2**53

#: Largest power of two that :meth:`IntegerGraph.scale_by` multiplies by at once; one less is exact in
#: float32.
_STEP: Final = 2**20

OPSET: Final = 17
IR_VERSION: Final = 8


@dataclass(frozen=True)
class Value:
    """A flat integer tensor of the graph: ``size`` elements, each in ``[low, high]``."""

    name: str
    size: int
    low: int
    high: int

    @property
    def magnitude(self) -> int:
        """Largest absolute value."""
        return max(abs(self.low), abs(self.high))


def exact_terms(values: IntTensor) -> list[IntTensor]:
    """Split integers into terms that float32 holds exactly; their sum is ``values``.

    Each term keeps the highest 24 bits of what is left, so that its magnitude is ``m * 2**e`` with ``m <
    2**24``.
    """
    terms = []
    rest = np.array(values, dtype=np.int64)
    while True:
        excess = max(0, int(np.max(np.abs(rest))).bit_length() - FLOAT32_BITS)
        term = (np.abs(rest) >> excess << excess) * np.sign(rest)
        terms.append(term)
        rest = rest - term
        if not np.any(rest):
            return terms


class IntegerGraph:
    """Builds the graph. Every method takes and returns flat :class:`Value` tensors.

    Attributes:
        magnitude: largest absolute value that any decomposition of ezkl must hold.
        divisors: the divisor of each division emitted, in order.
        multiplications: number of products of two cells.
    """

    def __init__(self) -> None:
        self.magnitude = 1
        self.divisors: list[int] = []
        self.multiplications = 0
        self._defects: list[Value] = []
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[bytes, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    # --- plumbing ---------------------------------------------------------------------------------

    def _node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(inputs), [name], name=f"n{name}", **attributes))
        return name

    def _initializer(self, values: IntTensor) -> str:
        array = np.ascontiguousarray(values, dtype=np.int64)
        key = repr(array.shape).encode() + array.tobytes()
        if key not in self._initializers:
            name = f"c{len(self._initializers)}"
            self._initializers[key] = numpy_helper.from_array(array, name)
        return str(self._initializers[key].name)

    def _shaped(self, value: Value, shape: Sequence[int]) -> str:
        return self._node("Reshape", [value.name, self._initializer(np.array(shape))])

    def _flat(self, name: str, size: int, low: int, high: int) -> Value:
        flat = self._node("Reshape", [name, self._initializer(np.array([size]))])
        return Value(flat, size, low, high)

    def _truth(self, boolean: str) -> str:
        """0 or 1. In int32, which tract widens again; int64 would become a dimension, which does not
        multiply."""
        return self._node("Cast", [boolean], to=TensorProto.INT32)

    def _decomposes(self, magnitude: int) -> None:
        self.magnitude = max(self.magnitude, magnitude)

    # --- inputs, constants, outputs ---------------------------------------------------------------

    def input(self, name: str, size: int, low: int, high: int) -> Value:
        """A graph input of ``size`` elements. The interval is assumed; see :meth:`range_defect`."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, [size]))
        return Value(name, size, low, high)

    def constant(self, values: IntTensor) -> Value:
        """A constant tensor, flattened.

        Raises:
            UnsupportedByBackendError: a value does not survive float32.
        """
        flat = np.asarray(values, dtype=np.int64).reshape(-1)
        if len(exact_terms(flat)) > 1:
            raise UnsupportedByBackendError(
                "A constant has more than 24 significant bits, which ezkl does not carry exactly.",
                remedy="Quantise the model to fewer bits.",
            )
        return Value(self._initializer(flat), flat.size, int(flat.min()), int(flat.max()))

    def owned(self, value: Value) -> Value:
        """The same cells under a name of their own: an input, or a tensor used twice, cannot be an output."""
        return Value(self._node("Identity", [value.name]), value.size, value.low, value.high)

    def output(self, value: Value) -> None:
        """Make ``value`` a public output."""
        self._outputs.append(helper.make_tensor_value_info(value.name, TensorProto.INT64, [value.size]))

    # --- moving cells: no constraints at all ------------------------------------------------------

    def gather(self, value: Value, index: npt.NDArray[np.int64]) -> Value:
        """Elements of ``value`` at the constant positions ``index`` (flattened)."""
        index = np.asarray(index, dtype=np.int64).reshape(-1)
        if value.size > 1 << FLOAT32_BITS:
            raise UnsupportedByBackendError(
                f"A tensor has {value.size} elements; ezkl indexes 2**24 at most.",
                remedy="Use a smaller model.",
            )
        if index.size == value.size and np.array_equal(index, np.arange(value.size)):
            return value
        name = self._node("Gather", [value.name, self._initializer(index)], axis=0)
        return Value(name, index.size, value.low, value.high)

    def concat(self, values: Sequence[Value]) -> Value:
        """One flat tensor after the other."""
        if len(values) == 1:
            return values[0]
        name = self._node("Concat", [value.name for value in values], axis=0)
        return Value(
            name,
            sum(value.size for value in values),
            min(value.low for value in values),
            max(value.high for value in values),
        )

    # --- exact arithmetic: one gate per element ---------------------------------------------------

    def add(self, a: Value, b: Value) -> Value:
        """``a + b``; one of them may have a single element."""
        return Value(self._node("Add", [a.name, b.name]), max(a.size, b.size), a.low + b.low, a.high + b.high)

    def subtract(self, a: Value, b: Value) -> Value:
        """``a - b``; one of them may have a single element."""
        return Value(self._node("Sub", [a.name, b.name]), max(a.size, b.size), a.low - b.high, a.high - b.low)

    def multiply(self, a: Value, b: Value) -> Value:
        """``a * b`` element by element; one of them may have a single element."""
        corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high]
        size = max(a.size, b.size)
        self.multiplications += size
        return Value(self._node("Mul", [a.name, b.name]), size, min(corners), max(corners))

    def add_constant(self, a: Value, values: IntTensor | int) -> Value:
        """``a + values`` for constants of any width, one value or one per element."""
        for term in exact_terms(np.asarray(values, dtype=np.int64).reshape(-1)):
            if np.any(term):
                a = self.add(a, self.constant(term))
        return a

    def scale_by(self, a: Value, factor: int) -> Value:
        """``factor * a`` for one constant of any width.

        A product by a power of two would be rewritten to a change of scale:
        ``2**s * a = (2**s - 1) * a + a``.
        """
        if factor < 0:
            return self.subtract(self.constant(np.zeros(1, dtype=np.int64)), self.scale_by(a, -factor))
        if factor == 1:
            return a
        if factor and factor & (factor - 1) == 0:
            if factor > _STEP:
                return self.scale_by(self.scale_by(a, _STEP), factor // _STEP)
            return self.add(self.scale_by(a, factor - 1), a)
        first, *rest = (int(term[0]) for term in exact_terms(np.array([factor])))
        if rest:
            return self.add(self.scale_by(a, first), self.scale_by(a, sum(rest)))
        return self.multiply(a, self.constant(np.array([factor])))

    def multiply_constant(self, a: Value, factors: IntTensor) -> Value:
        """``a * factors`` element by element, for constants of any width."""
        flat = np.asarray(factors, dtype=np.int64).reshape(-1)
        if np.all(flat == flat[0]):
            return self.scale_by(a, int(flat[0]))
        first, *rest = exact_terms(flat)
        if rest:
            remainder = np.sum(rest, axis=0)
            return self.add(self.multiply_constant(a, first), self.multiply_constant(a, remainder))
        return self.multiply(a, self.constant(flat))

    def matmul(self, a: Value, b: Value, shape: tuple[int, int, int, int]) -> Value:
        """Batched product ``[g, m, k] @ [g, k, n] -> [g, m, n]`` for ``shape`` = (g, m, k, n)."""
        g, m, k, n = shape
        left = self._shaped(a, (g, m, k) if g > 1 else (m, k))
        right = self._shaped(b, (g, k, n) if g > 1 else (k, n))
        bound = k * a.magnitude * b.magnitude
        self.multiplications += g * m * k * n
        return self._flat(self._node("MatMul", [left, right]), g * m * n, -bound, bound)

    def sum_last(self, a: Value, length: int) -> Value:
        """Sums of consecutive groups of ``length`` elements."""
        if length == 1:
            return a
        groups = a.size // length
        axes = self._initializer(np.array([1]))
        name = self._node("ReduceSum", [self._shaped(a, (groups, length)), axes], keepdims=0)
        return self._flat(name, groups, length * a.low, length * a.high)

    # --- comparisons: one inverse, or two decompositions, per element
    # -----------------------------------------------

    def equal(self, a: Value, b: Value) -> Value:
        """1 where ``a`` and ``b`` agree, else 0: unique, by the inverse of the difference."""
        equal = self._node("Equal", [a.name, b.name])
        return Value(self._truth(equal), max(a.size, b.size), 0, 1)

    def not_negative(self, a: Value) -> Value:
        """1 where ``a >= 0``, else 0, by the sign of the odd number ``2a + 1``, which is never 0.

        The opposite comparison looks up the opposite sign; one of the two holds, which is public
        (:meth:`defect`) and keeps it from being optimised away.
        """
        odd = self.add_constant(self.add(a, a), 1)
        self._decomposes(odd.magnitude)
        zero = self._initializer(np.zeros(1, dtype=np.int64))
        above = Value(self._truth(self._node("Greater", [odd.name, zero])), a.size, 0, 1)
        below = Value(self._truth(self._node("Less", [odd.name, zero])), a.size, 0, 1)
        both = self.sum_last(self.add(above, below), a.size)
        self._defects.append(Value(self.add_constant(both, -a.size).name, 1, 0, 0))
        return above

    def relu(self, a: Value) -> Value:
        """``max(a, 0)``."""
        if a.low >= 0:
            return a
        product = self.multiply(a, self.not_negative(a))
        return Value(product.name, a.size, 0, max(a.high, 0))

    def maximum(self, a: Value, b: Value) -> Value:
        """``max(a, b) = b + relu(a - b)``."""
        result = self.add(b, self.relu(self.subtract(a, b)))
        return Value(result.name, result.size, max(a.low, b.low), max(a.high, b.high))

    def clip(self, a: Value, low: int, high: int) -> Value:
        """Saturate to ``[low, high]``."""
        if a.low < low:
            a = self.add_constant(self.relu(self.add_constant(a, -low)), low)
            a = Value(a.name, a.size, low, max(a.high, low))
        if a.high > high:
            a = self.subtract(a, self.relu(self.add_constant(a, -high)))
        return Value(a.name, a.size, max(a.low, low), min(a.high, high))

    def _absolute(self, a: Value) -> Value:
        """``|a|``; the decomposition shows that ``a`` is a small integer."""
        self._decomposes(a.magnitude)
        return Value(self._node("Abs", [a.name]), a.size, 0, a.magnitude)

    # --- rounding ---------------------------------------------------------------------------------

    def floor_shift(self, a: Value, shift: int) -> Value:
        """``floor(a / 2**shift)``, unique whatever quotient the prover claims.

        With ``d = 3 * 2**shift`` and ``z = 3 * (a + k * 2**shift) + 1 > d``: ezkl constrains the claimed
        quotient ``q`` by ``|z - q*d| < d``, that is ``q = floor(z/d)`` or ``floor(z/d) + 1``. The remainder
        ``r = z - q*d`` is negative in the second case only, so ``q - [r < 0] = floor(z/d)``, which is
        ``floor(a / 2**shift) + k``: the 1 is a third of the least unit and carries nothing.

        Signs: ``q`` and ``d - |r|`` are positive; ``r`` is never 0, because ``z = 1`` and ``d = 0`` mod 3,
        and is looked up once as ``r`` (by the division) and once as ``-r`` (by the comparison).
        """
        if shift == 0:
            return a
        divisor, lift = 3 << shift, max(0, -(a.low >> shift)) + 1
        z = self.add_constant(self.scale_by(self.add_constant(a, lift << shift), 3), 1)
        if z.magnitude >= DIVIDEND_LIMIT:
            raise UnsupportedByBackendError(
                f"An accumulator may reach {a.magnitude}; ezkl divides exactly below about 2**51 only.",
                remedy="Quantise the model to fewer bits.",
            )
        d = self.constant(np.array([divisor]))
        self.divisors.append(divisor)
        quotient = Value(self._node("Div", [z.name, d.name]), a.size, 1, (a.high >> shift) + lift + 1)
        self._decomposes(max(quotient.magnitude, divisor))
        remainder = self.subtract(z, self.multiply(quotient, d))
        zero = self._initializer(np.zeros(1, dtype=np.int64))
        negative = self._truth(self._node("Less", [remainder.name, zero]))
        corrected = Value(self._node("Sub", [quotient.name, negative]), a.size, 1, quotient.high)
        result = self.add_constant(corrected, -lift)
        return Value(result.name, a.size, a.low >> shift, a.high >> shift)

    def rescale(self, accumulator: Value, shift: int, low: int, high: int) -> Value:
        """``clip((accumulator + 2**(shift-1)) >> shift, low, high)``: the rounding step of every node."""
        if shift:
            accumulator = self.add_constant(accumulator, 1 << (shift - 1))
        return self.clip(self.floor_shift(accumulator, shift), low, high)

    # --- what must be zero --------------------------------------------------------------------------

    def require_range(self, a: Value, low: int, high: int) -> None:
        """Add to :meth:`defect` what is 0 where all of ``a`` is in ``[low, high]``, and else positive.

        ``v = 2(a - low) + 1`` and ``w = 2(high - a) + 1`` are odd and ``|v| + |w| >= v + w``, with equality
        where neither is negative: exactly in the range. That ``a`` is an integer at all, no half of an odd
        number, is shown by ``u = a - low + 1``, with ``|u| >= u``. The decompositions bound all three, so
        that the sum cannot wrap. In the range all signs are positive.
        """
        # One more on either side, so that a neighbour of the range has a witness, with a positive defect.
        assumed = Value(a.name, a.size, low - 1, high + 1)
        raised = self.add_constant(assumed, 1 - low)
        doubled = self.add(assumed, assumed)
        above = self._absolute(self.add_constant(doubled, 1 - 2 * low))
        below = self._absolute(self.add_constant(doubled, -1 - 2 * high))
        whole = self.subtract(self._absolute(raised), raised)
        total = self.sum_last(self.add(self.add(above, below), whole), a.size)
        self._defects.append(self.add_constant(total, -a.size * (2 * (high - low) + 2)))

    def blind(self, noise: Value) -> None:
        """Use the digits of ``noise``, and of the sums of its neighbours, all positive, in the lookups."""
        shifted = self.gather(noise, np.roll(np.arange(noise.size), 1))
        positive = self.concat([noise, self.add(noise, shifted)])
        difference = self.subtract(self._absolute(positive), positive)
        self._defects.append(self.sum_last(difference, positive.size))

    def defect(self) -> Value:
        """The sum of everything that an honest proof has at 0; no term is ever negative."""
        return self.sum_last(self.concat(self._defects), len(self._defects))

    # --- result -----------------------------------------------------------------------------------

    def to_onnx(self) -> bytes:
        """The serialised model."""
        graph = helper.make_graph(
            self._nodes, "zkattest", self._inputs, self._outputs, list(self._initializers.values())
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="zkattest",
            ir_version=IR_VERSION,
        )
        return bytes(model.SerializeToString())
