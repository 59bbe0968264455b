"""Table functions: y = table[x - low] over the declared range of x (for Sigmoid, Tanh; no operator itself).

Entries are correctly rounded: float64 decides where it is far from a tie, 60-digit decimals where it is not,
so that every machine computes the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import FloatTensor, IntTensor, range_of_bits, round_half_up, scale_for
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec

#: Distance from a rounding tie below which float64 (error about 2^-34 on 16-bit entries) is not trusted.
_DOUBT = 2.0**-24

_DIGITS = 60


class TableOperator(IntegerOperator):
    """A function of one variable, tabulated.

    ``output_scale`` fixes the scale of the table's entries, which is the output's: the shift is 0.
    """

    rowwise = True
    attributes: ClassVar[AttributeKinds] = {"output_scale": int}

    def real(self, x: FloatTensor) -> FloatTensor:
        """The function in float64."""
        raise NotImplementedError

    def exact(self, x: Decimal) -> Decimal:
        """The function to the precision of the decimal context."""
        raise NotImplementedError

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        self.require(0 <= node.integer("output_scale") <= 15, node, "output_scale is 0 to 15")

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return node.integer("output_scale")

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return 1 << node.integer("output_scale")  # |f| <= 1

    def table(self, node: Node, specs: Sequence[TensorSpec]) -> IntTensor:
        """All entries, for x from the lowest to the highest declared integer: [2**bits]."""
        return _table(self.real, self.exact, specs[0].bits, specs[0].scale, node.integer("output_scale"))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        result: IntTensor = self.table(node, specs)[values[0] - specs[0].low]
        return result


@lru_cache(maxsize=32)
def _table(
    real: Callable[[FloatTensor], FloatTensor],
    exact: Callable[[Decimal], Decimal],
    bits: int,
    scale: int,
    output_scale: int,
) -> IntTensor:
    low, high = range_of_bits(bits)
    q = np.arange(low, high + 1, dtype=np.int64)
    scaled = np.ldexp(real(np.ldexp(q.astype(np.float64), -scale)), output_scale)
    entries = round_half_up(scaled).astype(np.int64)
    fraction = scaled - np.floor(scaled)
    with localcontext() as context:
        context.prec = _DIGITS
        half = Decimal(1) / 2
        for position in np.flatnonzero(np.abs(fraction - 0.5) < _DOUBT):
            value = exact(Decimal(int(q[position])) / (Decimal(2) ** scale)) * 2**output_scale
            floor = value.to_integral_value(rounding="ROUND_FLOOR")
            entries[position] = int(floor) + (value - floor >= half)
    entries.flags.writeable = False
    return entries


class TableFunction(OnnxOperator):
    """An ONNX function whose values lie in [-1, 1]: the output scale is the finest that holds 1."""

    supported = "all; a table over the declared range of the input"

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        x = lowering.spec(node.inputs[0])
        scale = scale_for(1.0, lowering.bits)
        lowering.emit(
            self.integer,
            node,
            [x.name],
            accumulator_scale=scale,
            scale=scale,
            bits=lowering.bits,
            attributes={"output_scale": scale},
        )
