"""Transpose: axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerTranspose(IntegerOperator):
    """Axis i of the output is axis perm[i] of the input."""

    op = "transpose"
    statement = "acc[i_0, i_1, ..] = x[..] with i_k at axis perm[k]"
    attributes: ClassVar[AttributeKinds] = {"perm": tuple}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        perm = node.integers("perm")
        self.require(sorted(perm) == list(range(len(specs[0].shape))), node, f"perm {perm}")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        return tuple(specs[0].shape[axis] for axis in node.integers("perm"))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return np.ascontiguousarray(values[0].transpose(node.integers("perm"))).reshape(
            self.shape(node, specs)
        )


class OnnxTranspose(OnnxOperator):
    """perm defaults to the reversed axes."""

    types = ("Transpose",)
    supported = "perm"
    integer = "transpose"

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        rank = len(lowering.graph.shapes[node.inputs[0]])
        perm = tuple(node.attribute("perm") or range(rank)[::-1])
        lowering.emit_keeping("transpose", node, node.inputs[0], attributes={"perm": perm})


INTEGER = IntegerTranspose()
ONNX = OnnxTranspose()
