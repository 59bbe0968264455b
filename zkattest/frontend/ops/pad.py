"""Pad: a constant around a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zkattest.errors import OverflowRangeError
from zkattest.frontend.fixed_point import FloatTensor, IntTensor, Shape, quantise_array
from zkattest.frontend.operator import AttributeKinds, IntegerOperator, OnnxOperator

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec

_PAD_LIMIT = 2**24

#: Width of the (public) pad value at the input's scale.
_VALUE_BITS = 32


class IntegerPad(IntegerOperator):
    """pads: cells before each axis, then after each; ``value`` at the input's scale, public."""

    op = "pad"
    statement = "acc = x inside, value outside"
    attributes: ClassVar[AttributeKinds] = {"pads": tuple, "value": int}

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        pads = node.integers("pads")
        self.require(len(pads) == 2 * len(specs[0].shape), node, f"{len(pads)} pads")
        self.require(all(0 <= pad < _PAD_LIMIT for pad in pads), node, f"pads {pads}")
        self.require(abs(node.integer("value")) < 1 << (_VALUE_BITS - 1), node, "value")

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        pads, rank = node.integers("pads"), len(specs[0].shape)
        return tuple(size + pads[axis] + pads[rank + axis] for axis, size in enumerate(specs[0].shape))

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        return max(specs[0].magnitude, abs(node.integer("value")))

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        pads, rank = node.integers("pads"), values[0].ndim
        widths = [(pads[axis], pads[rank + axis]) for axis in range(rank)]
        result: IntTensor = (
            np.pad(values[0], widths, constant_values=node.integer("value")) if rank else values[0]
        )
        return result


class OnnxPad(OnnxOperator):
    """Constant mode."""

    types = ("Pad",)
    supported = "mode constant; constant, non-negative pads, value and axes"
    integer = "pad"
    fuses_clamp = True

    def check(self, node: FloatNode, graph: Graph) -> None:
        mode = node.attribute("mode", b"constant").decode()
        if mode != "constant":
            raise self.refuse(node, f"mode {mode!r}", "Only constant padding is supported.")
        if any(pad < 0 for pad in graph.known_integers(node, 1) or ()):
            raise self.refuse(node, "negative pads", "Use Slice to crop.")
        graph.known_integers(node, 3)
        if node.input(2) and not graph.is_constant(node.inputs[2]):
            raise self.refuse(node, "its value is computed", "Export with a constant value.")

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        graph = lowering.graph
        x = lowering.spec(node.inputs[0])
        rank = len(x.shape)
        given = graph.known_integers(node, 1) or ()
        axes = graph.known_integers(node, 3) or tuple(range(rank))
        before, after = [0] * rank, [0] * rank
        for position, axis in enumerate(axes):
            before[axis % rank] = given[position]
            after[axis % rank] = given[len(axes) + position]
        value: FloatTensor = graph.floats(node.inputs[2]).reshape(()) if node.input(2) else np.zeros(())
        if abs(float(value)) * 2.0**x.scale >= 2 ** (_VALUE_BITS - 1) - 1:
            raise OverflowRangeError(
                f"{node.where}: its value needs over {_VALUE_BITS} bits at its input's scale 2^-{x.scale}.",
                remedy="Pad with a value of the input's size.",
            )
        attributes: dict[str, int | tuple[int, ...]] = {
            "pads": (*before, *after),
            "value": int(quantise_array(value, x.scale, _VALUE_BITS)),
        }
        lowering.emit("pad", node, [x.name], accumulator_scale=x.scale, attributes=attributes)


INTEGER = IntegerPad()
ONNX = OnnxPad()
