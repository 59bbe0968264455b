"""Conv: convolution (cross-correlation) over one or two spatial axes with constant weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape, element_count, exact_matmul
from zkattest.frontend.lowering_rules import bias_inputs
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator
from zkattest.frontend.ops.gemm import bias_bound, validate_bias
from zkattest.frontend.ops.windows import Geometry, output_sizes, padded, validate_windows, window_view

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerConv(IntegerOperator):
    """x: [batch, C, sizes..] activation; w: [O, C / group, kernel..] constant; b: [O] constant, optional.

    Padding is zeros; pads are all begins, then all ends.
    """

    op = "conv"
    rowwise = True
    statement = (
        "acc[n,o,p] = sum_{c,k} x[n, g(o)*C/group + c, stride*p + dilation*k - pad] * w[o,c,k]"
        " + b[o] * 2^bias_shift; x is 0 outside"
    )
    attributes: ClassVar[AttributeKinds] = {
        "strides": tuple,
        "dilations": tuple,
        "pads": tuple,
        "group": int,
        "bias_shift": int,
    }
    min_inputs = 2
    max_inputs = 3

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        self.require(not constant[0] and all(constant[1:]), node, "expected one activation, then constants")
        x, w, group = specs[0].shape, specs[1].shape, node.integer("group")
        self.require(3 <= len(x) == len(w), node, f"shapes {x} and {w} do not convolve")
        fits = group >= 1 and x[1] == w[1] * group and w[0] % group == 0
        self.require(fits, node, f"{x[1]} channels, weights {w}, group {group}")
        validate_windows(self, node, x[2:], w[2:])
        validate_bias(self, node, specs, w[0])

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        x, w = specs[0].shape, specs[1].shape
        return (x[0], w[0], *output_sizes(self, node, x[2:], w[2:]))

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + specs[1].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        taps = element_count(specs[1].shape[1:])
        return taps * specs[0].magnitude * specs[1].magnitude + bias_bound(node, specs)

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        x, w, group = values[0], values[1], node.integer("group")
        kernel = w.shape[2:]
        windows = window_view(
            padded(x, node.integers("pads"), 0), kernel, node.integers("strides"), node.integers("dilations")
        )
        rank, batch = len(kernel), x.shape[0]
        sizes = windows.shape[2 : 2 + rank]
        order = (0, *range(2, 2 + rank), 1, *range(2 + rank, 2 + 2 * rank))
        columns = windows.transpose(order).reshape(batch, element_count(sizes), group, -1)
        weights = w.reshape(group, w.shape[0] // group, -1)
        # [group, batch * positions, taps] @ [group, taps, outputs / group]
        left = columns.transpose(2, 0, 1, 3).reshape(group, batch * element_count(sizes), -1)
        product = exact_matmul(left, weights.transpose(0, 2, 1), self.bound(node, specs))
        stacked = product.transpose(1, 0, 2).reshape(batch, element_count(sizes), w.shape[0])
        accumulator = stacked.transpose(0, 2, 1).reshape(batch, w.shape[0], *sizes)
        if len(values) == 3:
            bias = values[2] << np.int64(node.integer("bias_shift"))
            accumulator = accumulator + bias.reshape(-1, *(1,) * rank)
        return np.ascontiguousarray(accumulator)

    def macs(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return element_count(self.shape(node, specs)) * element_count(specs[1].shape[1:])


class OnnxConv(OnnxOperator):
    """Weights and bias are constants."""

    types = ("Conv",)
    supported = "1-d and 2-d; strides, pads, auto_pad, dilations, group; constant weights and bias"
    integer = "conv"
    fuses_clamp = True

    def check(self, node: FloatNode, graph: Graph) -> None:
        Geometry.check(self, node, graph)
        for name in node.inputs[1:]:
            if name and not graph.is_constant(name):
                raise self.refuse(
                    node, f"{name!r} is computed", "Only constant weights and biases are supported."
                )

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        graph = lowering.graph
        weights = graph.floats(node.inputs[1])
        geometry = Geometry(node, graph, weights.shape[2:])
        x = lowering.spec(node.inputs[0])
        w = lowering.constant(node.inputs[1], weights, bits=lowering.weight_bits)
        bias = graph.floats(node.inputs[2]) if node.input(2) else None
        inputs, shift = bias_inputs(lowering, x, w, node.input(2), bias)
        attributes = geometry.attributes | {"group": int(node.attribute("group", 1)), "bias_shift": shift}
        lowering.emit("conv", node, inputs, accumulator_scale=x.scale + w.scale, attributes=attributes)


INTEGER = IntegerConv()
ONNX = OnnxConv()
