"""Sub: the difference of two tensors, brought to one scale by exact left shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkattest.frontend.fixed_point import IntTensor
from zkattest.frontend.ops.add import Aligned, Elementwise, OnnxAdd

if TYPE_CHECKING:
    from zkattest.frontend.model import Node, TensorSpec


class IntegerSub(Aligned, Elementwise):
    """a - b."""

    op = "sub"
    statement = "acc = a * 2^left_shift_a - b * 2^left_shift_b"

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return sum(self.magnitudes(node, specs))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        a, b = self.shifted(node, values)
        return a - b


class OnnxSub(OnnxAdd):
    """Quantised as Add is."""

    types = ("Sub",)
    integer = "sub"


INTEGER = IntegerSub()
ONNX = OnnxSub()
