"""MatMul: a matrix product; one that has a constant matrix on the right becomes ``gemm``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape, element_count, exact_matmul
from zkattest.frontend.lowering_rules import bias_inputs
from zkattest.frontend.operator import IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerMatMul(IntegerOperator):
    """a: [..., M, K]; b: [..., K, N]; leading axes broadcast as in NumPy; either may be a constant."""

    op = "matmul"
    statement = "acc[m,n] = sum_k a[m,k] * b[k,n]"
    min_inputs = 2
    max_inputs = 2

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        a, b = specs[0].shape, specs[1].shape
        fits = len(a) >= 2 and len(b) >= 2 and a[-1] == b[-2]
        self.require(fits, node, f"shapes {a} and {b} do not multiply")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        a, b = specs[0].shape, specs[1].shape
        try:
            return (*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1])
        except ValueError:
            self.require(False, node, f"shapes {a} and {b} do not broadcast")
            raise

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + specs[1].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return specs[0].shape[-1] * specs[0].magnitude * specs[1].magnitude

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        return exact_matmul(values[0], values[1], self.bound(node, specs))

    def macs(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return element_count(self.shape(node, specs)) * specs[0].shape[-1]


class OnnxMatMul(OnnxOperator):
    """One-dimensional operands are reshaped."""

    types = ("MatMul",)
    supported = "any ranks; either operand constant"
    integer = "matmul"
    fuses_clamp = True

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        a, b = node.inputs
        short_a, short_b = len(graph.shapes[a]) == 1, len(graph.shapes[b]) == 1
        if not short_a and not short_b:
            return False
        nodes: list[FloatNode] = []

        def reshape(name: str, shape: Shape, output: str) -> str:
            if graph.is_constant(name):
                return graph.add_constant(name, graph.constants[name].reshape(shape))
            target = graph.add_constant(f"{output}/shape", np.array(shape, dtype=np.int64))
            nodes.append(graph.make_node(node, "Reshape", [name, target], output))
            return output

        if short_a:
            a = reshape(a, (1, graph.shapes[a][0]), graph.fresh(f"{node.output}/row"))
        if short_b:
            b = reshape(b, (graph.shapes[b][0], 1), graph.fresh(f"{node.output}/column"))
        product = graph.fresh(f"{node.output}/product")
        nodes.append(graph.make_node(node, "MatMul", [a, b], product))
        reshape(product, graph.shapes[node.output], node.output)
        graph.replace(node, nodes)
        return True

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        a, b = (lowering.operand(name) for name in node.inputs)
        scale = a.scale + b.scale
        if not lowering.graph.is_constant(node.inputs[1]) or len(b.shape) != 2:
            lowering.emit("matmul", node, [a.name, b.name], accumulator_scale=scale)
            return
        add, name = _bias_after(node, lowering.graph)
        bias = None
        if add is not None:
            lowering.absorb(add)
            bias = np.broadcast_to(lowering.graph.floats(name).reshape(-1), (b.shape[1],))
        inputs, shift = bias_inputs(lowering, a, b, name, bias)
        lowering.emit("gemm", add or node, inputs, accumulator_scale=scale, attributes={"bias_shift": shift})


def _bias_after(node: FloatNode, graph: Graph) -> tuple[FloatNode | None, str]:
    """The Add of a constant row that alone reads the product (exporters write so), and the row."""
    add = graph.only_consumer(node.output)
    if add is None or add.op != "Add" or graph.shapes[add.output] != graph.shapes[node.output]:
        return None, ""
    for name in add.inputs:
        if graph.is_constant(name) and all(size == 1 for size in graph.shapes[name][:-1]):
            return add, name
    return None, ""


INTEGER = IntegerMatMul()
ONNX = OnnxMatMul()
