"""AveragePool: window sums times an integer reciprocal of the number of cells they count."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape, element_count
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


def reciprocal(count: IntTensor, bits: int) -> IntTensor:
    """round_half_up(2**bits / count), exactly, in integers: floor((2**(bits+1) + count) / (2 * count))."""
    result: IntTensor = ((np.int64(1) << np.int64(bits + 1)) + count) // (2 * count)
    return result


def reciprocal_bits(largest: int, bits: int, *, uniform: bool) -> int:
    """Fraction bits p of the reciprocals of counts up to ``largest``, for values of ``bits`` bits.

    Where every count is ``largest`` (``uniform``) and a power of two, its logarithm is exact. Otherwise
    p = bits + ceil(log2 largest) + 1: a reciprocal is off by at most 1/2, so that a mean of values below
    2**(bits-1) is off by at most 2**(bits-1) * largest / 2**(p+1) <= 1/8 unit.
    """
    if uniform and largest & (largest - 1) == 0:
        return largest.bit_length() - 1
    return min(MAX_RECIPROCAL_BITS, bits + (largest - 1).bit_length() + 1)


#: Cap of reciprocal_bits, so that the accumulator stays well inside 2**62.
MAX_RECIPROCAL_BITS = 44


class IntegerAveragePool(IntegerOperator):
    """x: [batch, C, sizes..]. The mean counts real cells, and pads too when count_include_pad is 1.

    ``overhang`` is ceil mode's extra room at the end: zeros that never count.
    """

    op = "average_pool"
    rowwise = True
    statement = "acc[n,c,p] = (sum of x over window p) * round_half_up(2^reciprocal_bits / count[p])"
    attributes: ClassVar[AttributeKinds] = {
        "kernel": tuple,
        "strides": tuple,
        "dilations": tuple,
        "pads": tuple,
        "overhang": tuple,
        "count_include_pad": int,
        "reciprocal_bits": int,
    }

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        rank, kernel, overhang = len(specs[0].shape) - 2, node.integers("kernel"), node.integers("overhang")
        validate_windows(self, node, specs[0].shape[2:], kernel)
        limits = zip(overhang, node.integers("strides"), strict=False)
        fits = len(overhang) == rank and all(0 <= extra < stride for extra, stride in limits)
        self.require(fits, node, f"overhang {overhang}")
        self.require(node.integer("count_include_pad") in (0, 1), node, "count_include_pad is 0 or 1")
        bits = node.integer("reciprocal_bits")
        self.require(0 <= bits <= MAX_RECIPROCAL_BITS, node, f"reciprocal_bits {bits}")
        for counts in self.axis_counts(node, specs[0].shape[2:]):
            self.require(bool(np.all(counts > 0)), node, "a window counts no cell")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        x = specs[0].shape
        kernel, overhang = node.integers("kernel"), node.integers("overhang")
        return (*x[:2], *output_sizes(self, node, x[2:], kernel, overhang))

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        return specs[0].scale + node.integer("reciprocal_bits")

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        # at most count real cells enter a sum that is multiplied by reciprocal(count)
        axes = [np.unique(counts) for counts in self.axis_counts(node, specs[0].shape[2:])]
        counts = reduce(np.multiply.outer, axes).reshape(-1)
        return specs[0].magnitude * int((counts * reciprocal(counts, node.integer("reciprocal_bits"))).max())

    def axis_counts(self, node: Node, sizes: Shape) -> list[IntTensor]:
        """Cells that count along each axis, for each output position; a window counts their product."""
        kernel, strides, dilations, pads = (
            node.integers(name) for name in ("kernel", "strides", "dilations", "pads")
        )
        outputs = output_sizes(self, node, sizes, kernel, node.integers("overhang"))
        rank, include = len(sizes), node.integer("count_include_pad")
        result = []
        for axis, size in enumerate(sizes):
            begin, end = pads[axis], pads[rank + axis]
            span = (-begin, size + end) if include else (0, size)
            geometry = (kernel[axis], strides[axis], dilations[axis], begin)
            result.append(taps_inside(outputs[axis], *geometry, span))
        return result

    def counts(self, node: Node, sizes: Shape) -> IntTensor:
        """Number of cells that each window's mean divides by: [out..]."""
        result: IntTensor = reduce(np.multiply.outer, self.axis_counts(node, sizes))
        return result

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        kernel = node.integers("kernel")
        rank = len(kernel)
        x = padded(values[0], node.integers("pads"), 0, node.integers("overhang"))
        windows = window_view(x, kernel, node.integers("strides"), node.integers("dilations"))
        sums: IntTensor = windows.sum(axis=tuple(range(2 + rank, 2 + 2 * rank)))
        return sums * reciprocal(self.counts(node, specs[0].shape[2:]), node.integer("reciprocal_bits"))


class OnnxAveragePool(OnnxOperator):
    """Window means."""

    types = ("AveragePool",)
    supported = "1-d and 2-d; kernel_shape, strides, pads, auto_pad, dilations, count_include_pad, ceil_mode"
    integer = "average_pool"
    fuses_clamp = True

    def check(self, node: FloatNode, graph: Graph) -> None:
        Geometry.check(self, node, graph)

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        x = lowering.spec(node.inputs[0])
        geometry = Geometry(node, lowering.graph, tuple(node.attribute("kernel_shape")))
        cells = element_count(geometry.kernel)
        include = int(node.attribute("count_include_pad", 0))
        uniform = not any(geometry.overhang) and (include or not any(geometry.pads))
        bits = reciprocal_bits(cells, x.bits, uniform=bool(uniform))
        attributes = geometry.attributes | {
            "kernel": geometry.kernel,
            "overhang": geometry.overhang,
            "count_include_pad": include,
            "reciprocal_bits": bits,
        }
        lowering.emit("average_pool", node, [x.name], accumulator_scale=x.scale + bits, attributes=attributes)


INTEGER = IntegerAveragePool()
ONNX = OnnxAveragePool()
