"""Add: the sum of two tensors, brought to one scale by exact left shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.frontend.lowering_rules import aligned_inputs
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class Aligned(IntegerOperator):
    """Operands that meet at one scale: each is multiplied by 2^left_shift first."""

    attributes: ClassVar[AttributeKinds] = {"left_shifts": tuple}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        shifts = node.integers("left_shifts")
        self.require(len(shifts) == len(specs), node, f"{len(shifts)} left shifts for {len(specs)} inputs")
        self.require(
            all(0 <= shift <= 62 for shift in shifts), node, f"left shifts {shifts}, expected 0 to 62"
        )
        scales = {spec.scale + shift for spec, shift in zip(specs, shifts, strict=True)}
        self.require(
            len(scales) == 1 and min(shifts) == 0, node, "left shifts do not align the inputs' scales"
        )

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + node.integers("left_shifts")[0]

    @staticmethod
    def magnitudes(node: Node, specs: Sequence[TensorSpec]) -> list[int]:
        """Bound of each shifted operand."""
        return [
            spec.magnitude << shift for spec, shift in zip(specs, node.integers("left_shifts"), strict=True)
        ]

    @staticmethod
    def shifted(node: Node, values: Sequence[IntTensor]) -> list[IntTensor]:
        """The operands at the accumulator's scale."""
        return [
            value << np.int64(shift)
            for value, shift in zip(values, node.integers("left_shifts"), strict=True)
        ]


class Elementwise(IntegerOperator):
    """Two operands that broadcast as in NumPy."""

    rowwise = True
    min_inputs = 2
    max_inputs = 2

    def takes_rows(self, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> bool:
        # axis 0 of an operand of full rank is that of the result; a constant's one row goes with every row
        rank = max(len(spec.shape) for spec in specs)
        aligned = all(
            len(spec.shape) == rank if not known else len(spec.shape) < rank or spec.shape[0] == 1
            for spec, known in zip(specs, constant, strict=True)
        )
        return aligned and super().takes_rows(specs, constant)

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        try:
            return tuple(np.broadcast_shapes(specs[0].shape, specs[1].shape))
        except ValueError:
            self.require(False, node, f"shapes {specs[0].shape} and {specs[1].shape} do not broadcast")
            raise


class IntegerAdd(Aligned, Elementwise):
    """a + b."""

    op = "add"
    statement = "acc = a * 2^left_shift_a + b * 2^left_shift_b"

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return sum(self.magnitudes(node, specs))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        a, b = self.shifted(node, values)
        return a + b


class OnnxAdd(OnnxOperator):
    """A constant operand has 16 bits."""

    types = ("Add",)
    supported = "broadcasting; either operand constant"
    integer = "add"
    fuses_clamp = True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        inputs, shifts, scale = aligned_inputs(lowering, node, list(node.inputs))
        lowering.emit(self.integer, node, inputs, accumulator_scale=scale, attributes={"left_shifts": shifts})


INTEGER = IntegerAdd()
ONNX = OnnxAdd()
