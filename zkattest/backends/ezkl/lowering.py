"""From the quantised model to the integer graph: one function per integer operator.

Each function returns the node's exact accumulator (``statement`` of the operator in ``zkattest.frontend.ops``); the
rounding and saturation that follow are the same for all. Operators that only move values are not written twice: the
integer executor itself moves the positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest.backends.ezkl.graph import IntegerGraph, IntTensor, Value
from zkattest.errors import UnsupportedByBackendError
from zkattest.frontend.ops import integer_operator

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.frontend.model import Node, TensorSpec

#: Limbs of the context, high one first; two of 128 bits carry all 32 bytes.
CONTEXT_LIMBS: Final = 2
CONTEXT_LIMB_BITS: Final = 128

#: Elements of salt after the input: one uniform field element of 253 bits.
SALT_ELEMENTS: Final = 1

Operand = Value | IntTensor


@dataclass(frozen=True)
class Step:
    """One node with what it works on: specs and operands in order; constants are arrays, activations values."""

    graph: IntegerGraph
    node: Node
    specs: Sequence[TensorSpec]
    operands: Sequence[Operand]

    def value(self, position: int) -> Value:
        """The operand as a value of the graph; a constant becomes one."""
        operand = self.operands[position]
        return operand if isinstance(operand, Value) else self.graph.constant(operand)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the output."""
        return tuple(integer_operator(self.node.op).shape(self.node, self.specs))

    def broadcast(self, position: int) -> Operand:
        """The operand with its elements repeated to the output's shape."""
        positions = np.arange(self.specs[position].size).reshape(self.specs[position].shape)
        positions = np.broadcast_to(positions, self.shape).reshape(-1)
        operand = self.operands[position]
        if isinstance(operand, Value):
            return self.graph.gather(operand, positions)
        return operand.reshape(-1)[positions]


Lowering = Callable[[Step], Value]


def _same(step: Step) -> Value:
    return step.value(0)


def _moved(step: Step) -> Value:
    """An operator that copies elements of its one input: run it on the positions."""
    positions = np.arange(step.specs[0].size, dtype=np.int64).reshape(step.specs[0].shape)
    moved = integer_operator(step.node.op).accumulate(step.node, step.specs, [positions])
    return step.graph.gather(step.value(0), moved)


def _gemm(step: Step) -> Value:
    k, n = step.specs[1].shape
    m = step.specs[0].size // k
    product = step.graph.matmul(step.value(0), step.value(1), (1, m, k, n))
    if len(step.operands) < 3:
        return product
    bias = _constant(step, 2) << np.int64(step.node.integer("bias_shift"))
    return step.graph.add_constant(product, np.tile(bias.reshape(-1), m))


def _matmul(step: Step) -> Value:
    m, n, k = step.shape[-2], step.shape[-1], step.specs[0].shape[-1]
    groups = int(np.prod(step.shape[:-2], dtype=np.int64))
    sides = []
    for position, inner in enumerate(((m, k), (k, n))):
        spec = step.specs[position]
        positions = np.arange(spec.size).reshape(spec.shape)
        positions = np.broadcast_to(positions, (*step.shape[:-2], *inner)).reshape(-1)
        sides.append(step.graph.gather(step.value(position), positions))
    return step.graph.matmul(sides[0], sides[1], (groups, m, k, n))


def _add(step: Step) -> Value:
    return _aligned(step, 1)


def _sub(step: Step) -> Value:
    return _aligned(step, -1)


def _aligned(step: Step, sign: int) -> Value:
    left, right = step.broadcast(0), step.broadcast(1)
    shifts = step.node.integers("left_shifts")
    if isinstance(right, np.ndarray) and isinstance(left, Value):
        shifted = step.graph.scale_by(left, 1 << shifts[0])
        return step.graph.add_constant(shifted, sign * (right << np.int64(shifts[1])))
    if isinstance(left, np.ndarray) and isinstance(right, Value):
        shifted = step.graph.scale_by(right, sign << shifts[1])
        return step.graph.add_constant(shifted, left << np.int64(shifts[0]))
    a = step.graph.scale_by(_activation(left), 1 << shifts[0])
    b = step.graph.scale_by(_activation(right), 1 << shifts[1])
    return step.graph.add(a, b) if sign > 0 else step.graph.subtract(a, b)


def _mul(step: Step) -> Value:
    left, right = step.broadcast(0), step.broadcast(1)
    if isinstance(left, Value) and isinstance(right, Value):
        return step.graph.multiply(left, right)
    value, factors = (left, right) if isinstance(left, Value) else (right, left)
    assert isinstance(value, Value)
    assert isinstance(factors, np.ndarray)
    if np.all(factors == factors[0]):
        return step.graph.scale_by(value, int(factors[0]))
    return step.graph.multiply(value, step.graph.constant(factors))


def _constant(step: Step, position: int) -> IntTensor:
    operand = step.operands[position]
    assert isinstance(operand, np.ndarray)
    return operand


def _activation(operand: Operand) -> Value:
    assert isinstance(operand, Value)
    return operand


LOWERINGS: Final[dict[str, Lowering]] = {
    "add": _add,
    "clip": _same,
    "gemm": _gemm,
    "matmul": _matmul,
    "mul": _mul,
    "relu": _same,
    "reshape": _same,
    "sub": _sub,
}


@dataclass(frozen=True)
class Circuit:
    """The graph of one model with its public interface.

    Inputs: ``x_salted`` = the flattened input, then the salt; ``context`` = its two limbs.
    Outputs: the flattened output, the limbs again, the input's range defect.
    """

    graph: IntegerGraph
    input_size: int
    output_size: int

    @property
    def instances(self) -> int:
        """Public values: two hashes, the output, the context, the defect."""
        return 2 + self.output_size + CONTEXT_LIMBS + 1


def lower(model: QuantisedModel) -> Circuit:
    """Build the integer graph of ``model``.

    Raises:
        UnsupportedByBackendError: names the node and says what to do.
    """
    graph = IntegerGraph()
    spec = model.inputs[0]
    salted = graph.input("x_salted", spec.size + SALT_ELEMENTS, spec.low, spec.high)
    context = graph.input("context", CONTEXT_LIMBS, 0, (1 << CONTEXT_LIMB_BITS) - 1)
    x = graph.gather(salted, np.arange(spec.size))
    values = {spec.name: x}
    for node in model.nodes:
        values[node.outputs[0]] = _lower_node(model, node, graph, values)
    output = values[model.outputs[0].name]
    graph.output(graph.owned(output))
    graph.output(graph.owned(context))
    graph.output(graph.range_defect(x, spec.low, spec.high))
    return Circuit(graph, spec.size, output.size)


def _lower_node(model: QuantisedModel, node: Node, graph: IntegerGraph, values: dict[str, Value]) -> Value:
    if node.op not in LOWERINGS:
        raise UnsupportedByBackendError(
            f"The backend 'ezkl' cannot prove node {node.name!r} ({node.op}) exactly.",
            remedy="Replace the layer by one that docs/backends.md lists, or use the backend 'sumcheck'.",
        )
    specs = [model.tensors[name] for name in node.inputs]
    operands: list[Operand] = [
        model.constants[name] if name in model.constants else values[name] for name in node.inputs
    ]
    try:
        accumulator = LOWERINGS[node.op](Step(graph, node, specs, operands))
        bound = integer_operator(node.op).bound(node, specs)
        low, high = max(accumulator.low, -bound), min(accumulator.high, bound)
        tightest = Value(accumulator.name, accumulator.size, low, high)
        return graph.rescale(tightest, node.shift, node.low, node.high)
    except UnsupportedByBackendError as error:
        raise UnsupportedByBackendError(
            f"Node {node.name!r} ({node.op}): {error.message}", remedy=error.remedy
        ) from None
