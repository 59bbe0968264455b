"""Gemm: a matrix product with a constant matrix, and a bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape, exact_matmul
from zkattest.frontend.lowering_rules import bias_inputs
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerGemm(IntegerOperator):
    """x: [..., M, K] activation; w: [K, N] constant; b: [N] constant, optional."""

    op = "gemm"
    rowwise = True
    statement = "acc[m,n] = sum_k x[m,k] * w[k,n] + b[n] * 2^bias_shift"
    attributes: ClassVar[AttributeKinds] = {"bias_shift": int}
    min_inputs = 2
    max_inputs = 3

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        self.require(not constant[0] and all(constant[1:]), node, "expected one activation, then constants")
        x, w = specs[0].shape, specs[1].shape
        self.require(
            len(x) >= 2 and len(w) == 2 and x[-1] == w[0], node, f"shapes {x} and {w} do not multiply"
        )
        validate_bias(self, node, specs, w[1])

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        return (*specs[0].shape[:-1], specs[1].shape[1])

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + specs[1].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        products = specs[1].shape[0] * specs[0].magnitude * specs[1].magnitude
        return products + bias_bound(node, specs)

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        accumulator = exact_matmul(values[0], values[1], self.bound(node, specs))
        if len(values) == 3:
            accumulator = accumulator + (values[2] << np.int64(node.integer("bias_shift")))
        return accumulator

    def macs(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].size * specs[1].shape[1]


def validate_bias(operator: IntegerOperator, node: Node, specs: Sequence[TensorSpec], channels: int) -> None:
    """The optional third input is a [channels] constant whose scale plus bias_shift is the product's."""
    shift = node.integer("bias_shift")
    if len(specs) < 3:
        operator.require(shift == 0, node, "bias_shift without a bias")
        return
    operator.require(
        specs[2].shape == (channels,), node, f"bias of shape {specs[2].shape}, expected ({channels},)"
    )
    aligned = specs[0].scale + specs[1].scale - specs[2].scale
    operator.require(
        0 <= shift <= 62 and shift == aligned, node, f"bias_shift {shift}, its scales say {aligned}"
    )


def bias_bound(node: Node, specs: Sequence[TensorSpec]) -> int:
    """Largest |bias * 2^bias_shift|."""
    return specs[2].magnitude << node.integer("bias_shift") if len(specs) == 3 else 0


class OnnxGemm(OnnxOperator):
    """Forms without a constant right matrix are rewritten to MatMul and Add."""

    types = ("Gemm",)
    supported = "alpha, beta, transA, transB; B and C constant or computed"
    integer = "gemm"
    fuses_clamp = True

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        a, b, c = node.inputs[0], node.inputs[1], node.input(2)
        alpha, beta = float(node.attribute("alpha", 1.0)), float(node.attribute("beta", 1.0))
        plain_bias = not c or (graph.is_constant(c) and _is_row(graph.shapes[c]))
        if (
            not node.attribute("transA", 0)
            and graph.is_constant(b)
            and not graph.is_constant(a)
            and plain_bias
        ):
            return False
        nodes: list[FloatNode] = []

        def step(op: str, inputs: list[str], **attributes: object) -> str:
            name = graph.fresh(f"{node.output}/{op.lower()}{len(nodes)}")
            nodes.append(graph.make_node(node, op, inputs, name, **attributes))
            return name

        if node.attribute("transA", 0):
            a = _transposed(graph, a) or step("Transpose", [a], perm=[1, 0])
        if node.attribute("transB", 0):
            b = _transposed(graph, b) or step("Transpose", [b], perm=[1, 0])
        if alpha != 1.0 and graph.is_constant(b):
            b, alpha = graph.add_constant(b, graph.floats(b) * alpha), 1.0
        elif alpha != 1.0 and graph.is_constant(a):
            a, alpha = graph.add_constant(a, graph.floats(a) * alpha), 1.0
        result = step("MatMul", [a, b])
        if alpha != 1.0:
            result = step("Mul", [result, graph.add_constant("alpha", np.array(alpha, dtype=np.float32))])
        if c and beta != 0.0:
            if beta != 1.0 and graph.is_constant(c):
                c = graph.add_constant(c, graph.floats(c) * beta)
            elif beta != 1.0:
                c = step("Mul", [c, graph.add_constant("beta", np.array(beta, dtype=np.float32))])
            step("Add", [result, c])
        nodes[-1].proto.output[0] = node.output
        graph.replace(node, nodes)
        return True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        graph = lowering.graph
        weights = graph.floats(node.inputs[1]) * float(node.attribute("alpha", 1.0))
        if node.attribute("transB", 0):
            weights = weights.T
        x = lowering.spec(node.inputs[0])
        w = lowering.constant(node.inputs[1], weights, bits=lowering.weight_bits)
        bias = None
        if node.input(2) and float(node.attribute("beta", 1.0)) != 0.0:
            addend = graph.floats(node.inputs[2]).reshape(-1) * float(node.attribute("beta", 1.0))
            bias = np.broadcast_to(addend, (weights.shape[1],))
        inputs, shift = bias_inputs(lowering, x, w, node.input(2), bias)
        lowering.emit(
            "gemm", node, inputs, accumulator_scale=x.scale + w.scale, attributes={"bias_shift": shift}
        )


def _is_row(shape: Shape) -> bool:
    return all(size == 1 for size in shape[:-1])


def _transposed(graph: Graph, name: str) -> str:
    return graph.add_constant(name, graph.constants[name].T.copy()) if graph.is_constant(name) else ""


INTEGER = IntegerGemm()
ONNX = OnnxGemm()
