"""ArgMax at the output: the index of the largest value; of equal ones the lowest index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import MAX_BITS, MIN_BITS, IntTensor, Shape
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerArgMax(IntegerOperator):
    """The output has scale 0."""

    op = "argmax"
    statement = "acc = lowest index of the maximum of x along axis"
    attributes: ClassVar[AttributeKinds] = {"axis": int, "keepdims": int}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        axis, rank = node.integer("axis"), len(specs[0].shape)
        self.require(0 <= axis < rank, node, f"axis {axis} of {rank}")
        self.require(node.integer("keepdims") in (0, 1), node, "keepdims is 0 or 1")
        fits = specs[0].shape[axis] <= node.high + 1 and node.low <= 0
        self.require(fits, node, "the indices would saturate")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        axis, shape = node.integer("axis"), specs[0].shape
        return (*shape[:axis], *((1,) if node.integer("keepdims") else ()), *shape[axis + 1 :])

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return 0

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].shape[node.integer("axis")]

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        axis, keep = node.integer("axis"), bool(node.integer("keepdims"))
        return np.asarray(np.argmax(values[0], axis=axis, keepdims=keep), dtype=np.int64)


class OnnxArgMax(OnnxOperator):
    """The model's last node."""

    types = ("ArgMax",)
    supported = "axis, keepdims; select_last_index 0; as the last node"
    integer = "argmax"

    def check(self, node: FloatNode, graph: Graph) -> None:
        if node.output != graph.output:
            raise self.refuse(
                node, "it is not the last node", "Only an ArgMax of the model's output is supported."
            )
        if node.attribute("select_last_index", 0):
            raise self.refuse(node, "select_last_index is set", "Ties go to the lowest index.")
        shape = graph.shapes[node.inputs[0]]
        if not shape or max(shape) > 1 << (MAX_BITS - 1):
            raise self.refuse(node, f"its input has shape {shape}", f"Up to {1 << (MAX_BITS - 1)} classes.")

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        shape = lowering.graph.shapes[node.inputs[0]]
        axis = int(node.attribute("axis", 0)) % len(shape)
        bits = max(MIN_BITS, (shape[axis] - 1).bit_length() + 1)
        attributes = {"axis": axis, "keepdims": int(node.attribute("keepdims", 1))}
        lowering.emit(
            "argmax", node, [node.inputs[0]], accumulator_scale=0, scale=0, bits=bits, attributes=attributes
        )


INTEGER = IntegerArgMax()
ONNX = OnnxArgMax()
