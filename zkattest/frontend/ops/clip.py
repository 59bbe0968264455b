"""Clip: limits, as the saturation bounds of its own node or of the linear node before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zkattest.frontend.fixed_point import IntTensor
from zkattest.frontend.operator import IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


def clip_range(node: FloatNode, graph: Graph) -> tuple[float, float]:
    """Limits of a Relu or Clip node; infinite where there is none. The upper limit wins, as in ONNX."""
    if node.op == "Relu":
        return 0.0, np.inf
    low = float(graph.floats(node.input(1)).item()) if node.input(1) else -np.inf
    high = float(graph.floats(node.input(2)).item()) if node.input(2) else np.inf
    return min(low, high), high


class IntegerClip(IntegerOperator):
    """The limits are ``low`` and ``high`` of the node."""

    op = "clip"
    rowwise = True
    statement = "acc = x; the node saturates to its limits"

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return values[0]


class OnnxClip(OnnxOperator):
    """Limits are public."""

    types = ("Clip",)
    supported = "constant min and max, either or both; fused with a linear node before it"
    integer = "clip"

    def check(self, node: FloatNode, graph: Graph) -> None:
        for position in (1, 2):
            name = node.input(position)
            if name and (not graph.is_constant(name) or graph.constants[name].size != 1):
                raise self.refuse(
                    node, "min and max are not constant scalars", "Export with constant limits."
                )

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        # the input's scale, unless a limit lies outside the input's range and so becomes the output
        x = lowering.spec(node.inputs[0])
        lowering.emit("clip", node, [x.name], accumulator_scale=x.scale, bits=x.bits)


INTEGER = IntegerClip()
ONNX = OnnxClip()
