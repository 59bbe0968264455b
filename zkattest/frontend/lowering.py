"""Lowering: from the float graph and observed ranges to integer nodes, choosing every scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zkattest.errors import OverflowRangeError
from zkattest.frontend.fixed_point import (
    ACCUMULATOR_LIMIT,
    MIN_SCALE,
    FloatTensor,
    IntTensor,
    Shape,
    quantise_array,
    scale_for,
)
from zkattest.frontend.graph import FloatNode, Graph
from zkattest.frontend.model import Node, TensorSpec
from zkattest.frontend.ops import ONNX_OPERATORS, integer_operator


@dataclass(frozen=True)
class Range:
    """Lowest and highest value that a float tensor takes."""

    low: float
    high: float

    @property
    def magnitude(self) -> float:
        """Largest absolute value."""
        return max(abs(self.low), abs(self.high))


class Lowering:
    """Collects the tensors, constants and nodes of the quantised model while operator modules emit them.

    Arguments:
        graph: the float graph.
        ranges: observed or declared range of every float tensor.
        bits: width of activations.
        weight_bits: width of multiplicative constants.
    """

    def __init__(self, graph: Graph, ranges: Mapping[str, Range], *, bits: int, weight_bits: int) -> None:
        self.graph = graph
        self.ranges = ranges
        self.bits = bits
        self.weight_bits = weight_bits
        self.constants: dict[str, IntTensor] = {}
        self.specs: dict[str, TensorSpec] = {}
        self.nodes: list[Node] = []
        self._clamps: dict[str, FloatNode] = {}
        self._absorbed: set[int] = set()
        spec = TensorSpec(
            graph.input,
            graph.shapes[graph.input],
            bits,
            scale_for(ranges[graph.input].magnitude, bits, what=f"A value of the input {graph.input!r}"),
        )
        self.specs[graph.input] = spec

    def run(self) -> None:
        """Lower every node."""
        for node in self.graph.nodes:
            if id(node) in self._absorbed:
                continue
            self._fuse_clamp(node)
            ONNX_OPERATORS[node.op].lower(node, self)

    def _fuse_clamp(self, node: FloatNode) -> None:
        follower = self.graph.only_consumer(node.output)
        if follower is None or follower.op not in ("Relu", "Clip"):
            return
        if ONNX_OPERATORS[node.op].fuses_clamp:
            self._clamps[node.output] = follower
            self._absorbed.add(id(follower))

    # --- what operator modules use ----------------------------------------------------------------

    def absorb(self, node: FloatNode) -> None:
        """The node being lowered computes ``node`` as well (and its Relu or Clip)."""
        self._absorbed.add(id(node))
        self._fuse_clamp(node)

    def spec(self, name: str) -> TensorSpec:
        """Declared spec of a tensor that was lowered already."""
        return self.specs[name]

    def range_of(self, node: FloatNode) -> Range:
        """Range of the tensor that ``node`` (with its fused clamp) computes."""
        return self.ranges[self.output_name(node)]

    def output_name(self, node: FloatNode) -> str:
        """Name of the tensor that ``node`` (with its fused clamp) computes."""
        follower = self._clamps.get(node.output)
        return follower.output if follower else node.output

    def output_scale(self, node: FloatNode) -> int:
        """The finest scale at which the output's range fits :attr:`bits`."""
        return scale_for(self.range_of(node).magnitude, self.bits, what=f"{node.where}: an output")

    def constant(self, base: str, values: FloatTensor, *, bits: int, finest: int | None = None) -> TensorSpec:
        """Quantise a constant at the finest scale that its largest value allows, at most ``finest``."""
        magnitude = float(np.max(np.abs(values)))
        scale = scale_for(magnitude, bits, what=f"A value of the constant {base!r}")
        if finest is not None:
            scale = max(MIN_SCALE, min(scale, finest))
        return self.integer_constant(base, quantise_array(values, scale, bits), bits=bits, scale=scale)

    def integer_constant(self, base: str, values: IntTensor, *, bits: int, scale: int) -> TensorSpec:
        """Store an integer constant; one that exists with equal values and spec is used again."""
        number, name = 0, base
        while name in self.specs or (name in self.graph.shapes and name not in self.graph.constants):
            spec = self.specs.get(name)
            wanted = TensorSpec(name, tuple(values.shape), bits, scale)
            if name in self.constants and spec == wanted and np.array_equal(self.constants[name], values):
                return wanted
            number += 1
            name = f"{base}#{number}"
        self.specs[name] = TensorSpec(name, tuple(values.shape), bits, scale)
        self.constants[name] = values
        return self.specs[name]

    def operand(self, name: str, *, bits: int | None = None, finest: int | None = None) -> TensorSpec:
        """An activation's spec, or a constant of that name, quantised now."""
        if self.graph.is_constant(name):
            return self.constant(name, self.graph.floats(name), bits=bits or self.weight_bits, finest=finest)
        return self.specs[name]

    def emit(
        self,
        op: str,
        node: FloatNode,
        inputs: Sequence[str],
        *,
        accumulator_scale: int,
        attributes: Mapping[str, int | tuple[int, ...]] | None = None,
        bits: int | None = None,
        scale: int | None = None,
    ) -> None:
        """Append the integer node that computes ``node`` (and its fused Relu or Clip).

        Arguments:
            accumulator_scale: scale of the exact accumulator.
            bits, scale: of the output; by default :attr:`bits`, and the finest scale that the output's range
                allows, at most the accumulator's (which is exact).
        """
        name = self.output_name(node)
        bits = bits or self.bits
        if scale is None:
            ideal = scale_for(self.range_of(node).magnitude, bits, what=f"{node.where}: an output")
            scale = max(MIN_SCALE, min(ideal, accumulator_scale))
        probe = TensorSpec(name, (), bits, scale)
        low, high = self._clamp_bounds(node, probe)
        shift = accumulator_scale - scale
        if not 0 <= shift <= 62:
            raise OverflowRangeError(
                f"{node.where}: its accumulator has scale 2^-{accumulator_scale}, its output 2^-{scale}; "
                f"the shift {shift} is outside 0 to 62.",
                remedy="Rescale the layer's weights so that inputs and outputs have similar magnitudes.",
            )
        lowered = Node(op, node.name, tuple(inputs), (name,), dict(attributes or {}), shift, low, high)
        specs = [self.specs[source] for source in inputs]
        operator = integer_operator(op)
        bound = operator.bound(lowered, specs) + ((1 << shift) >> 1)
        if bound >= ACCUMULATOR_LIMIT:
            raise OverflowRangeError(
                f"{node.where}: its accumulator could reach 2^{bound.bit_length()}; the limit is "
                f"2^{ACCUMULATOR_LIMIT.bit_length() - 1}.",
                remedy="Use fewer bits, or rescale the weights so that the inputs have similar sizes.",
            )
        shape: Shape = operator.shape(lowered, specs)
        self.specs[name] = TensorSpec(name, shape, bits, scale)
        self.nodes.append(lowered)

    def emit_keeping(
        self,
        op: str,
        node: FloatNode,
        source: str,
        *,
        attributes: Mapping[str, int | tuple[int, ...]] | None = None,
    ) -> None:
        """Append a node that moves or selects values: scale and width of its input, no rounding."""
        spec = self.specs[source]
        self.emit(
            op,
            node,
            [source],
            accumulator_scale=spec.scale,
            attributes=attributes,
            bits=spec.bits,
            scale=spec.scale,
        )

    def _clamp_bounds(self, node: FloatNode, spec: TensorSpec) -> tuple[int, int]:
        clamp = self._clamps.get(node.output)
        if node.op in ("Relu", "Clip"):
            clamp = node
        if clamp is None:
            return spec.low, spec.high
        from zkattest.frontend.ops.clip import clip_range

        return clip_bounds(clip_range(clamp, self.graph), spec)


def clip_bounds(limits: tuple[float, float], spec: TensorSpec) -> tuple[int, int]:
    """Quantise clip limits (possibly infinite) to integers inside the declared range of ``spec``."""
    bounds = []
    for limit, edge in zip(limits, (spec.low, spec.high), strict=True):
        if np.isinf(limit):
            bounds.append(edge)
        else:
            bounds.append(int(quantise_array(np.float64(limit), spec.scale, spec.bits)))
    low, high = bounds
    return low, max(low, high)
