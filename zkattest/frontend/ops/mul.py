"""Mul: the product of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkattest.frontend.fixed_point import IntTensor
from zkattest.frontend.operator import OnnxOperator
from zkattest.frontend.ops.add import Elementwise

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerMul(Elementwise):
    """a * b."""

    op = "mul"
    statement = "acc = a * b"

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + specs[1].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].magnitude * specs[1].magnitude

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return values[0] * values[1]


class OnnxMul(OnnxOperator):
    """A constant operand has the weights' width."""

    types = ("Mul",)
    supported = "broadcasting; either operand constant"
    integer = "mul"
    fuses_clamp = True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        a, b = (lowering.operand(name) for name in node.inputs)
        lowering.emit("mul", node, [a.name, b.name], accumulator_scale=a.scale + b.scale)


INTEGER = IntegerMul()
ONNX = OnnxMul()
