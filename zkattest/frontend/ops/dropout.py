"""Dropout: nothing, in inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.frontend.ops.reshape import Reshaping

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph


class OnnxDropout(Reshaping):
    """The mask output is refused where it is used."""

    types = ("Dropout",)
    supported = "inference (training_mode absent or false)"

    def check(self, node: FloatNode, graph: Graph) -> None:
        mode = node.input(2)
        if mode and (not graph.is_constant(mode) or bool(graph.constants[mode].any())):
            raise self.refuse(node, "training_mode is set", "Export the model in evaluation mode.")


ONNX = OnnxDropout()
