"""Constant: becomes a constant of the graph while importing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.frontend.operator import OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering


class OnnxConstant(OnnxOperator):
    """Folded; only a graph whose output is the constant itself would reach lowering, and is refused."""

    types = ("Constant",)
    supported = "folded at import, as is every expression of constants"
    integer = "constant tensor"

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        raise self.refuse(node, "the output does not depend on the input", "Check the model.")


ONNX = OnnxConstant()
