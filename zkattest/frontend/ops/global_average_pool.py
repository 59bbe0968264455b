"""GlobalAveragePool: the mean over all spatial axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.frontend.operator import OnnxOperator
from zkattest.frontend.ops.reduce_mean import lower_mean

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering


class OnnxGlobalAveragePool(OnnxOperator):
    """[batch, C, sizes..] to [batch, C, 1..]."""

    types = ("GlobalAveragePool",)
    supported = "any number of spatial axes"
    integer = "reduce_mean"
    fuses_clamp = True

    def check(self, node: FloatNode, graph: Graph) -> None:
        if len(graph.shapes[node.inputs[0]]) < 3:
            raise self.refuse(node, "its input has no spatial axis", "Remove it, or use Identity.")

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        rank = len(lowering.graph.shapes[node.inputs[0]])
        lower_mean(node, lowering, range(2, rank), 1)


ONNX = OnnxGlobalAveragePool()
