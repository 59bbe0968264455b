"""Sliding windows: shared geometry of convolution and pooling (no operator itself)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkattest.frontend.fixed_point import IntTensor, Shape

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.model import Node
    from zkattest.frontend.operator import IntegerOperator, OnnxOperator

#: Largest axis, kernel, stride, dilation or padding.
_SIZE_LIMIT = 2**20


def validate_windows(operator: IntegerOperator, node: Node, sizes: Shape, kernel: Shape) -> None:
    """The attributes strides, dilations and pads fit the spatial axes and are of sane size."""
    rank = len(sizes)
    strides, dilations, pads = (node.integers(name) for name in ("strides", "dilations", "pads"))
    operator.require(rank >= 1 and len(kernel) == rank, node, f"a kernel of {len(kernel)} axes over {rank}")
    operator.require(len(strides) == rank and len(dilations) == rank, node, "strides and dilations per axis")
    operator.require(len(pads) == 2 * rank, node, f"{len(pads)} pads, expected {2 * rank}")
    for value in (*sizes, *kernel, *strides, *dilations):
        operator.require(1 <= value < _SIZE_LIMIT, node, f"size, kernel, stride or dilation {value}")
    for value in pads:
        operator.require(0 <= value < _SIZE_LIMIT, node, f"pad {value}")


def taps_inside(
    outputs: int, kernel: int, stride: int, dilation: int, begin: int, span: tuple[int, int]
) -> IntTensor:
    """How many taps of each window along one axis fall on cells ``span[0] <= cell < span[1]``: [outputs]."""
    first = np.arange(outputs, dtype=np.int64) * stride - begin
    lowest = np.maximum(0, -((first - span[0]) // dilation))  # ceil((span[0] - first) / dilation)
    highest = np.minimum(kernel - 1, (span[1] - 1 - first) // dilation)
    result: IntTensor = np.maximum(0, highest - lowest + 1)
    return result


def output_sizes(
    operator: IntegerOperator, node: Node, sizes: Shape, kernel: Shape, overhang: Shape | None = None
) -> Shape:
    """floor((size + pads + overhang - dilation * (kernel - 1) - 1) / stride) + 1 for each spatial axis."""
    strides, dilations, pads = (node.integers(name) for name in ("strides", "dilations", "pads"))
    rank = len(sizes)
    result = []
    for axis in range(rank):
        span = dilations[axis] * (kernel[axis] - 1) + 1
        room = sizes[axis] + pads[axis] + pads[rank + axis] + (overhang[axis] if overhang else 0) - span
        operator.require(room >= 0, node, f"the kernel spans {span}, more than padded axis {axis}")
        result.append(room // strides[axis] + 1)
    return tuple(result)


def window_view(x: IntTensor, kernel: Shape, strides: Shape, dilations: Shape) -> IntTensor:
    """All windows of a padded ``x``: [batch, channels, out.., kernel..], a read-only view."""
    rank = len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True))
    view = np.lib.stride_tricks.sliding_window_view(x, spans, axis=tuple(range(2, 2 + rank)))
    steps = [slice(None), slice(None)]
    steps += [slice(None, None, stride) for stride in strides]
    steps += [slice(None, None, dilation) for dilation in dilations]
    result: IntTensor = view[tuple(steps)]
    return result


def padded(x: IntTensor, pads: Shape, value: int, overhang: Shape | None = None) -> IntTensor:
    """``x`` [batch, channels, sizes..] with its spatial axes padded by ``value``."""
    rank = len(pads) // 2
    extra = overhang or (0,) * rank
    widths = [(0, 0), (0, 0)] + [(pads[i], pads[rank + i] + extra[i]) for i in range(rank)]
    result: IntTensor = np.pad(x, widths, constant_values=value)
    return result


class Geometry:
    """Kernel, strides, dilations, explicit pads and ceil-mode overhang of an ONNX window operator.

    Arguments:
        node: Conv, AveragePool or MaxPool.
        kernel: from the attribute or the weights.

    ``overhang`` is what ceil_mode adds after the end padding; the output's inferred shape decides it.
    """

    def __init__(self, node: FloatNode, graph: Graph, kernel: Shape) -> None:
        rank = len(kernel)
        sizes = graph.shapes[node.inputs[0]][2:]
        outputs = graph.shapes[node.output][2:]
        self.kernel = kernel
        self.strides: Shape = tuple(node.attribute("strides", [1] * rank))
        self.dilations: Shape = tuple(node.attribute("dilations", [1] * rank))
        spans = [d * (k - 1) + 1 for k, d in zip(kernel, self.dilations, strict=True)]
        auto = node.attribute("auto_pad", b"NOTSET").decode()
        begin, end = [0] * rank, [0] * rank
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            for axis in range(rank):
                total = max(0, (outputs[axis] - 1) * self.strides[axis] + spans[axis] - sizes[axis])
                small, large = total // 2, total - total // 2
                begin[axis], end[axis] = (small, large) if auto == "SAME_UPPER" else (large, small)
        elif auto == "NOTSET":
            pads = list(node.attribute("pads", [0] * (2 * rank)))
            begin, end = pads[:rank], pads[rank:]
        self.pads: Shape = (*begin, *end)
        self.overhang: Shape = tuple(
            max(
                0,
                (outputs[axis] - 1) * self.strides[axis]
                + spans[axis]
                - sizes[axis]
                - begin[axis]
                - end[axis],
            )
            for axis in range(rank)
        )

    @property
    def attributes(self) -> dict[str, int | tuple[int, ...]]:
        """Attributes of the integer node."""
        return {"strides": self.strides, "dilations": self.dilations, "pads": self.pads}

    @staticmethod
    def check(operator: OnnxOperator, node: FloatNode, graph: Graph) -> None:
        """Refuse ranks and attribute values without meaning here."""
        rank = len(graph.shapes[node.inputs[0]]) - 2
        if not 1 <= rank <= 2:
            raise operator.refuse(node, f"{rank} spatial axes", "One and two are supported.")
        if any(pad < 0 for pad in node.attribute("pads", [0])):
            raise operator.refuse(node, "negative pads", "Use Slice to crop.")
        auto = node.attribute("auto_pad", b"NOTSET").decode()
        if auto not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
            raise operator.refuse(node, f"auto_pad {auto!r}", "Export with explicit pads.")
