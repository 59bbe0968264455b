"""BatchNormalization: folded into the Conv or Gemm before it, else a scale and a shift per channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import FloatTensor, IntTensor
from zkattest.frontend.lowering_rules import bias_inputs
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator
from zkattest.frontend.ops.gemm import bias_bound, validate_bias

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerScaleShift(IntegerOperator):
    """x: [batch, C, ..] activation; w: [C] constant; b: [C] constant."""

    op = "scale_shift"
    rowwise = True
    statement = "acc[n,c,..] = x[n,c,..] * w[c] + b[c] * 2^bias_shift"
    attributes: ClassVar[AttributeKinds] = {"bias_shift": int}
    min_inputs = 3
    max_inputs = 3

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        self.require(not constant[0] and all(constant[1:]), node, "expected one activation, then constants")
        x, w = specs[0].shape, specs[1].shape
        self.require(len(x) >= 2 and w == (x[1],), node, f"shapes {x} and {w} do not fit")
        validate_bias(self, node, specs, x[1])

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + specs[1].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].magnitude * specs[1].magnitude + bias_bound(node, specs)

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        x, w, b = values
        per_channel = (-1, *(1,) * (x.ndim - 2))
        shifted = b << np.int64(node.integer("bias_shift"))
        result: IntTensor = x * w.reshape(per_channel) + shifted.reshape(per_channel)
        return result

    def macs(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].size


def scale_and_shift(node: FloatNode, graph: Graph) -> tuple[FloatTensor, FloatTensor]:
    """y = x * scale + shift per channel: gamma / sqrt(var + epsilon), and beta - mean * scale."""
    gamma, beta, mean, variance = (graph.floats(name) for name in node.inputs[1:5])
    scale = gamma / np.sqrt(variance + float(node.attribute("epsilon", 1e-5)))
    return scale, beta - mean * scale


class OnnxBatchNormalization(OnnxOperator):
    """Statistics are constants (inference form)."""

    types = ("BatchNormalization",)
    supported = "inference form; folded into a preceding Conv or Gemm, else scale and shift"
    integer = "scale_shift"
    fuses_clamp = True

    def check(self, node: FloatNode, graph: Graph) -> None:
        if node.attribute("training_mode", 0):
            raise self.refuse(node, "training_mode is set", "Export the model in evaluation mode.")
        for name in node.inputs[1:5]:
            if not graph.is_constant(name):
                raise self.refuse(node, f"{name!r} is computed", "Only constant statistics are supported.")
        if len(graph.shapes[node.inputs[0]]) < 2:
            raise self.refuse(node, "its input has no channel axis", "Give it [batch, channels, ..].")
        if np.any(graph.floats(node.inputs[4]) + float(node.attribute("epsilon", 1e-5)) <= 0):
            raise self.refuse(node, "a variance is negative", "Repair the statistics.")

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        self.check(node, graph)
        before = graph.producer_of(node.inputs[0])
        if before is None or graph.only_consumer(node.inputs[0]) is not node:
            return False
        if before.op not in ("Conv", "Gemm") or not all(graph.is_constant(n) for n in before.inputs[1:] if n):
            return False
        weights = graph.floats(before.inputs[1])
        scale, shift = scale_and_shift(node, graph)
        bias = graph.floats(before.inputs[2]) if before.input(2) else np.zeros(1)
        if before.op == "Gemm":
            if before.attribute("transA", 0) or (bias.ndim > 1 and bias.size != bias.shape[-1]):
                return False
            weights = weights.T if before.attribute("transB", 0) else weights
            weights = weights * float(before.attribute("alpha", 1.0)) * scale
            bias = bias.reshape(-1) * float(before.attribute("beta", 1.0))
        else:
            weights = weights * scale.reshape(-1, *(1,) * (weights.ndim - 1))
        names = [
            before.inputs[0],
            graph.add_constant(before.inputs[1], weights),
            graph.add_constant(before.input(2) or f"{node.name}/bias", bias * scale + shift),
        ]
        folded = graph.make_node(before, before.op, names, node.output)
        if before.op == "Conv":
            folded.proto.attribute.extend(before.proto.attribute)
        graph.replace(before, [])
        graph.replace(node, [folded])
        return True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        scale, shift = scale_and_shift(node, lowering.graph)
        x = lowering.spec(node.inputs[0])
        w = lowering.constant(f"{node.name}/scale", scale, bits=lowering.weight_bits)
        inputs, bias_shift = bias_inputs(lowering, x, w, f"{node.name}/shift", shift)
        lowering.emit(
            "scale_shift",
            node,
            inputs,
            accumulator_scale=x.scale + w.scale,
            attributes={"bias_shift": bias_shift},
        )


INTEGER = IntegerScaleShift()
ONNX = OnnxBatchNormalization()
