"""Slice: part of a tensor, with constant limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerSlice(IntegerOperator):
    """For each axis: first index, step (may be negative), number of indices; all indices inside the axis."""

    op = "slice"
    statement = "acc[i_0, i_1, ..] = x[start_0 + step_0 * i_0, start_1 + step_1 * i_1, ..]"
    attributes: ClassVar[AttributeKinds] = {"starts": tuple, "steps": tuple, "sizes": tuple}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        rows = [node.integers(name) for name in ("starts", "steps", "sizes")]
        shape = specs[0].shape
        self.require(all(len(row) == len(shape) for row in rows), node, "starts, steps and sizes per axis")
        for axis, (start, step, size) in enumerate(zip(*rows, strict=True)):
            last = start + step * (size - 1)
            inside = size >= 1 and step != 0 and 0 <= start < shape[axis] and 0 <= last < shape[axis]
            self.require(inside, node, f"axis {axis} leaves the input")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        return node.integers("sizes")

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        rows = (node.integers(name) for name in ("starts", "steps", "sizes"))
        indices = [start + step * np.arange(size) for start, step, size in zip(*rows, strict=True)]
        return values[0][np.ix_(*indices)] if indices else values[0]


class OnnxSlice(OnnxOperator):
    """Limits as ONNX defines them: negative ones count from the end, excess is clamped."""

    types = ("Slice",)
    supported = "constant starts, ends, axes and steps (also negative)"
    integer = "slice"

    def check(self, node: FloatNode, graph: Graph) -> None:
        for position in range(1, 5):
            graph.known_integers(node, position)

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        graph = lowering.graph
        shape = graph.shapes[node.inputs[0]]
        begin, end = (graph.known_integers(node, position) or () for position in (1, 2))
        axes = graph.known_integers(node, 3) or tuple(range(len(begin)))
        step = graph.known_integers(node, 4) or (1,) * len(begin)
        starts, steps = [0] * len(shape), [1] * len(shape)
        sizes = list(shape)
        for axis, first, last, stride in zip(axes, begin, end, step, strict=True):
            axis %= len(shape)
            # Python's own slices clamp as ONNX's do; only -infinity as an end needs spelling out
            indices = range(shape[axis])[slice(first, last, stride)]
            starts[axis], steps[axis], sizes[axis] = indices.start, indices.step, len(indices)
        attributes = {"starts": tuple(starts), "steps": tuple(steps), "sizes": tuple(sizes)}
        lowering.emit_keeping("slice", node, node.inputs[0], attributes=attributes)


INTEGER = IntegerSlice()
ONNX = OnnxSlice()
