"""ReduceMean: sums over axes times an integer reciprocal of their number of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape, element_count
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator
from zkattest.frontend.ops.average_pool import MAX_RECIPROCAL_BITS, reciprocal, reciprocal_bits

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


class IntegerReduceMean(IntegerOperator):
    """Axes are non-negative and ascending; keepdims 1 leaves them with size 1."""

    op = "reduce_mean"
    statement = "acc = (sum of x over axes) * round_half_up(2^reciprocal_bits / count)"
    attributes: ClassVar[AttributeKinds] = {"axes": tuple, "keepdims": int, "reciprocal_bits": int}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        axes, rank = node.integers("axes"), len(specs[0].shape)
        ascending = list(axes) == sorted(set(axes)) and bool(axes) and axes[0] >= 0 and axes[-1] < rank
        self.require(ascending, node, f"axes {axes} of {rank}")
        self.require(node.integer("keepdims") in (0, 1), node, "keepdims is 0 or 1")
        bits = node.integer("reciprocal_bits")
        self.require(0 <= bits <= MAX_RECIPROCAL_BITS, node, f"reciprocal_bits {bits}")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        axes = node.integers("axes")
        if node.integer("keepdims"):
            return tuple(1 if axis in axes else size for axis, size in enumerate(specs[0].shape))
        return tuple(size for axis, size in enumerate(specs[0].shape) if axis not in axes)

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + node.integer("reciprocal_bits")

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        count = self.count(node, specs[0].shape)
        return count * specs[0].magnitude * self.multiplier(node, count)

    @staticmethod
    def count(node: Node, shape: Shape) -> int:
        """Number of cells of each mean."""
        return element_count(tuple(shape[axis] for axis in node.integers("axes")))

    @staticmethod
    def multiplier(node: Node, count: int) -> int:
        """The integer reciprocal."""
        return int(reciprocal(np.array(count, dtype=np.int64), node.integer("reciprocal_bits")))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        sums = values[0].sum(axis=node.integers("axes"), keepdims=bool(node.integer("keepdims")))
        return np.asarray(sums * self.multiplier(node, self.count(node, specs[0].shape)), dtype=np.int64)


def lower_mean(node: FloatNode, lowering: Lowering, axes: Sequence[int], keepdims: int) -> None:
    """Emit the mean over ``axes`` (possibly negative)."""
    x = lowering.spec(node.inputs[0])
    rank = len(x.shape)
    positive = tuple(sorted({axis % rank for axis in axes}))
    count = element_count(tuple(x.shape[axis] for axis in positive))
    bits = reciprocal_bits(count, x.bits, uniform=True)
    attributes: dict[str, int | tuple[int, ...]] = {
        "axes": positive,
        "keepdims": keepdims,
        "reciprocal_bits": bits,
    }
    lowering.emit("reduce_mean", node, [x.name], accumulator_scale=x.scale + bits, attributes=attributes)


class OnnxReduceMean(OnnxOperator):
    """Means over constant axes."""

    types = ("ReduceMean",)
    supported = "axes (attribute or constant input), keepdims, noop_with_empty_axes"
    integer = "reduce_mean"
    fuses_clamp = True

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        axes = node.attribute("axes") or graph.known_integers(node, 1)
        scalar = len(graph.shapes[node.inputs[0]]) == 0
        if scalar or (not axes and node.attribute("noop_with_empty_axes", 0)):
            graph.replace(node, [graph.make_node(node, "Identity", [node.inputs[0]], node.output)])
            return True
        return False

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        graph = lowering.graph
        axes = (
            node.attribute("axes")
            or graph.known_integers(node, 1)
            or range(len(graph.shapes[node.inputs[0]]))
        )
        lower_mean(node, lowering, axes, int(node.attribute("keepdims", 1)))


INTEGER = IntegerReduceMean()
ONNX = OnnxReduceMean()
