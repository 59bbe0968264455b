"""LeakyRelu: x above zero, alpha * x below, as integer multipliers of one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import FloatTensor, IntTensor, quantise_array
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec

#: Fraction bits of alpha: its error times any 16-bit value stays below 1/4 of a unit.
ALPHA_BITS = 16

#: |alpha| stays below this, so that the multiplier has 24 bits.
ALPHA_LIMIT = 128.0


class IntegerLeakyRelu(IntegerOperator):
    """``slope`` is round_half_up(alpha * 2**16), public."""

    op = "leaky_relu"
    rowwise = True
    statement = "acc = x * (2^16 if x >= 0 else slope)"
    attributes: ClassVar[AttributeKinds] = {"slope": int}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        slope = node.integer("slope")
        self.require(abs(slope) <= int(ALPHA_LIMIT) << ALPHA_BITS, node, f"slope {slope}")

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + ALPHA_BITS

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].magnitude * max(1 << ALPHA_BITS, abs(node.integer("slope")))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        x = values[0]
        result: IntTensor = x * np.where(x >= 0, np.int64(1 << ALPHA_BITS), np.int64(node.integer("slope")))
        return result


class OnnxLeakyRelu(OnnxOperator):
    """alpha is public."""

    types = ("LeakyRelu",)
    supported = "alpha, between -128 and 128"
    integer = "leaky_relu"

    def check(self, node: FloatNode, graph: Graph) -> None:
        alpha = float(node.attribute("alpha", 0.01))
        if not abs(alpha) < ALPHA_LIMIT:
            raise self.refuse(node, f"alpha is {alpha}", f"|alpha| below {ALPHA_LIMIT:g} is supported.")

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        x = lowering.spec(node.inputs[0])
        alpha: FloatTensor = np.asarray(float(node.attribute("alpha", 0.01)), dtype=np.float64)
        slope = int(quantise_array(alpha, ALPHA_BITS, 32))
        lowering.emit(
            "leaky_relu", node, [x.name], accumulator_scale=x.scale + ALPHA_BITS, attributes={"slope": slope}
        )


INTEGER = IntegerLeakyRelu()
ONNX = OnnxLeakyRelu()
