"""Quantisation rules that several operator modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.frontend.fixed_point import FloatTensor

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import TensorSpec

#: Width of biases, shifts and additive constants: an addend is aligned with the accumulator by an exact left
#: shift, so that 16 bits serve whatever the weights' width.
ADDEND_BITS = 16

#: Fraction bits that an additive constant may have beyond its partner; finer ones vanish in the rescaling.
_ADDEND_GUARD = 8


def bias_inputs(
    lowering: Lowering, x: TensorSpec, w: TensorSpec, name: str, bias: FloatTensor | None
) -> tuple[list[str], int]:
    """Inputs of a linear node and its ``bias_shift``: the bias has 16 bits at its own scale."""
    if bias is None:
        return [x.name, w.name], 0
    b = lowering.constant(name, bias, bits=ADDEND_BITS, finest=x.scale + w.scale)
    return [x.name, w.name, b.name], x.scale + w.scale - b.scale


def aligned_inputs(
    lowering: Lowering, node: FloatNode, names: list[str]
) -> tuple[list[str], tuple[int, ...], int]:
    """Operands brought to one scale by exact left shifts of the coarser ones.

    Returns:
        input names, left shift of each, and the common (accumulator's) scale: the finest among the operands.
    """
    graph = lowering.graph
    activations = [lowering.spec(name).scale for name in names if not graph.is_constant(name)]
    finest = max(max(activations), lowering.output_scale(node)) + _ADDEND_GUARD
    specs = [lowering.operand(name, bits=ADDEND_BITS, finest=finest) for name in names]
    common = max(spec.scale for spec in specs)
    return [spec.name for spec in specs], tuple(common - spec.scale for spec in specs), common
