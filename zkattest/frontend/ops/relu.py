"""Relu: saturation below at zero, in its own node or in the linear node before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkattest.frontend.fixed_point import IntTensor
from zkattest.frontend.operator import IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerRelu(IntegerOperator):
    """Scale and width of the input."""

    op = "relu"
    rowwise = True
    statement = "acc = x; the node saturates below at 0"

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        self.require(node.low == 0, node, f"saturates below at {node.low}, expected 0")

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return values[0]


class OnnxRelu(OnnxOperator):
    """No attributes."""

    types = ("Relu",)
    supported = "all; fused with a linear node before it"
    integer = "relu"

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        lowering.emit_keeping("relu", node, node.inputs[0])


INTEGER = IntegerRelu()
ONNX = OnnxRelu()
