"""MaxPool: the largest value of each window; padding never wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator
from zkattest.frontend.ops.windows import (
    Geometry,
    output_sizes,
    padded,
    taps_inside,
    validate_windows,
    window_view,
)

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerMaxPool(IntegerOperator):
    """x: [batch, C, sizes..]; every window holds at least one real cell."""

    op = "max_pool"
    rowwise = True
    statement = "acc[n,c,p] = max of x over the real cells of window p"
    attributes: ClassVar[AttributeKinds] = {
        "kernel": tuple,
        "strides": tuple,
        "dilations": tuple,
        "pads": tuple,
    }

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        kernel = node.integers("kernel")
        validate_windows(self, node, specs[0].shape[2:], kernel)
        strides, dilations, pads = (node.integers(name) for name in ("strides", "dilations", "pads"))
        for axis, size in enumerate(self.shape(node, specs)[2:]):
            geometry = (kernel[axis], strides[axis], dilations[axis], pads[axis])
            real = taps_inside(size, *geometry, (0, specs[0].shape[2 + axis]))
            self.require(bool(np.all(real > 0)), node, f"a window of axis {axis} holds padding only")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        x = specs[0].shape
        return (*x[:2], *output_sizes(self, node, x[2:], node.integers("kernel")))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        kernel = node.integers("kernel")
        rank = len(kernel)
        # below every declared value, so that padding never wins
        x = padded(values[0], node.integers("pads"), specs[0].low - 1)
        windows = window_view(x, kernel, node.integers("strides"), node.integers("dilations"))
        result: IntTensor = windows.max(axis=tuple(range(2 + rank, 2 + 2 * rank)))
        return result


class OnnxMaxPool(OnnxOperator):
    """Window maxima; the optional index output is refused where it is used."""

    types = ("MaxPool",)
    supported = "1-d and 2-d; kernel_shape, strides, pads, auto_pad, dilations, ceil_mode; values only"
    integer = "max_pool"

    def check(self, node: FloatNode, graph: Graph) -> None:
        Geometry.check(self, node, graph)

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        geometry = Geometry(node, lowering.graph, tuple(node.attribute("kernel_shape")))
        rank = len(geometry.kernel)
        ends = (end + extra for end, extra in zip(geometry.pads[rank:], geometry.overhang, strict=True))
        attributes = geometry.attributes | {
            "kernel": geometry.kernel,
            "pads": (*geometry.pads[:rank], *ends),
        }
        lowering.emit_keeping("max_pool", node, node.inputs[0], attributes=attributes)


INTEGER = IntegerMaxPool()
ONNX = OnnxMaxPool()
