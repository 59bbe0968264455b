"""Softmax and LogSoftmax at the output: the circuit puts out the logits, the reader applies the function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.frontend.operator import OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering

#: From this opset on softmax runs over one axis; before, over all axes from ``axis`` on, jointly.
_ONE_AXIS = 13


class OnnxSoftmax(OnnxOperator):
    """Monotonic over its axis, so that the class of highest probability is the class of highest logit."""

    types = ("LogSoftmax", "Softmax")
    supported = "axis; as the last node, or before ArgMax over the same axis (where it changes nothing)"
    integer = "left to the reader"

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        rank = len(graph.shapes[node.inputs[0]])
        single = graph.opset >= _ONE_AXIS
        axis = int(node.attribute("axis", -1 if single else 1)) % max(rank, 1)
        axes = (axis,) if single else tuple(range(axis, rank))
        if node.output == graph.output and graph.transform[0] == "none" and rank > 0:
            graph.transform = ("log_softmax" if node.op == "LogSoftmax" else "softmax", axes)
            if graph.producer_of(node.inputs[0]) is None:
                graph.replace(node, [graph.make_node(node, "Identity", [node.inputs[0]], node.output)])
            else:
                graph.output = node.inputs[0]
                graph.replace(node, [])
            return True
        follower = graph.only_consumer(node.output)
        if (
            follower is not None
            and follower.op == "ArgMax"
            and axes == (int(follower.attribute("axis", 0)) % rank,)
        ):
            graph.replace(node, [graph.make_node(node, "Identity", [node.inputs[0]], node.output)])
            return True
        return False

    def check(self, node: FloatNode, graph: Graph) -> None:
        raise self.refuse(
            node, "it is not the last node", "Only a softmax of the model's output is supported."
        )

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        self.check(node, lowering.graph)


ONNX = OnnxSoftmax()
