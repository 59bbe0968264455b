"""Reshape and its kin (Flatten, Squeeze, Unsqueeze, Identity, Dropout): the same values in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from zkattest.frontend.fixed_point import IntTensor, Shape, element_count
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerReshape(IntegerOperator):
    """``shape`` is the output's."""

    op = "reshape"
    statement = "acc = x in row-major order"
    attributes: ClassVar[AttributeKinds] = {"shape": tuple}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        shape = node.integers("shape")
        fits = all(size > 0 for size in shape) and element_count(shape) == specs[0].size
        self.require(fits, node, f"cannot reshape {specs[0].shape} to {shape}")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        return node.integers("shape")

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return values[0].reshape(node.integers("shape"))


class Reshaping(OnnxOperator):
    """An ONNX operator that only changes the shape, which inference has found already."""

    integer = "reshape"

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        shape = lowering.graph.shapes[node.output]
        lowering.emit_keeping("reshape", node, node.inputs[0], attributes={"shape": shape})


class OnnxReshape(Reshaping):
    """The shape is a constant."""

    types = ("Reshape",)
    supported = "constant shape with 0 and -1; allowzero"


INTEGER = IntegerReshape()
ONNX = OnnxReshape()
