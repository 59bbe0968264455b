"""Concat: tensors one after the other along an axis, brought to one scale by exact left shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.frontend.lowering_rules import aligned_inputs
from zkattest.frontend.operator import AttributeKinds, OnnxOperator
from zkattest.frontend.ops.add import Aligned

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerConcat(Aligned):
    """``axis`` is non-negative; all other axes agree."""

    op = "concat"
    statement = "acc = the inputs x_i * 2^left_shift_i, one after the other along axis"
    attributes: ClassVar[AttributeKinds] = {"axis": int, "left_shifts": tuple}
    max_inputs = 255

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        super().validate(node, specs, constant)
        axis, rank = node.integer("axis"), len(specs[0].shape)
        self.require(0 <= axis < rank, node, f"axis {axis} of {rank}")
        rest = {(len(spec.shape), spec.shape[:axis], spec.shape[axis + 1 :]) for spec in specs}
        self.require(len(rest) == 1, node, "shapes differ outside the axis")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        axis, first = node.integer("axis"), specs[0].shape
        return (*first[:axis], sum(spec.shape[axis] for spec in specs), *first[axis + 1 :])

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return max(self.magnitudes(node, specs))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return np.concatenate(self.shifted(node, values), axis=node.integer("axis"))


class OnnxConcat(OnnxOperator):
    """Some inputs may be constants."""

    types = ("Concat",)
    supported = "axis; some inputs constant"
    integer = "concat"
    fuses_clamp = True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        inputs, shifts, scale = aligned_inputs(lowering, node, list(node.inputs))
        axis = int(node.attribute("axis")) % len(lowering.graph.shapes[node.inputs[0]])
        attributes: dict[str, int | tuple[int, ...]] = {"axis": axis, "left_shifts": shifts}
        lowering.emit("concat", node, inputs, accumulator_scale=scale, attributes=attributes)


INTEGER = IntegerConcat()
ONNX = OnnxConcat()
