"""From the quantised model to the integer graph: one function per integer operator.

Each function returns the node's exact accumulator (``statement`` of the operator in
``zkattest.frontend.ops``); the rounding and saturation that follow are the same for all. Operators that only
move values are not written twice: the integer executor itself moves the positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest.backends.ezkl.graph import IntegerGraph, IntTensor, Value
from zkattest.errors import UnsupportedByBackendError
from zkattest.frontend.ops import integer_operator
from zkattest.frontend.ops.average_pool import IntegerAveragePool, reciprocal
from zkattest.frontend.ops.leaky_relu import ALPHA_BITS
from zkattest.frontend.ops.reduce_mean import IntegerReduceMean
from zkattest.frontend.ops.windows import padded, window_view

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.frontend.model import Node, TensorSpec

#: Limbs of the context, high one first; two of 128 bits carry all 32 bytes.
CONTEXT_LIMBS: Final = 2
CONTEXT_LIMB_BITS: Final = 128

#: Inputs of the circuit, each of which gives one public hash.
HASHES: Final = 3

#: Elements of salt after the input, and after the weights: one uniform field element of 253 bits.
SALT_ELEMENTS: Final = 1

#: Random integers in [1, 2**19) after the context, fresh for every proof, that blind the digit counts.
#: A guess at the input can be checked against the commitment to the counts and one evaluation of them. The
#: evaluation alone fits every guess (456 bits of noise against 254), and the commitment is a sum of group
#: elements whose terms must be listed, half of them at least: more than 2**128 steps.
NOISE_ELEMENTS: Final = 24
NOISE_LIMIT: Final = 2**19

#: Position of a cell that is padding.
_OUTSIDE: Final = -1


@dataclass(frozen=True)
class Step:
    """One node with what it works on: specs and values in order; weights are values like activations."""

    graph: IntegerGraph
    node: Node
    specs: Sequence[TensorSpec]
    operands: Sequence[Value]

    def value(self, position: int) -> Value:
        """The operand."""
        return self.operands[position]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the output."""
        return tuple(integer_operator(self.node.op).shape(self.node, self.specs))

    def broadcast(self, position: int) -> Value:
        """The operand with its elements repeated to the output's shape."""
        positions = np.broadcast_to(_positions(self.specs[position]), self.shape).reshape(-1)
        return self.graph.gather(self.operands[position], positions)

    def add_bias(self, accumulator: Value, positions: IntTensor) -> Value:
        """``accumulator + bias[positions] * 2**bias_shift`` where the node has a bias, its third operand."""
        if len(self.operands) < 3:
            return accumulator
        bias = self.graph.scale_by(self.operands[2], 1 << self.node.integer("bias_shift"))
        return self.graph.add(accumulator, self.graph.gather(bias, positions))


Lowering = Callable[[Step], Value]


def _positions(spec: TensorSpec) -> IntTensor:
    """Each cell's position in row-major order, in the tensor's shape."""
    return np.arange(spec.size, dtype=np.int64).reshape(spec.shape)


def _same(step: Step) -> Value:
    return step.value(0)


def _moved(step: Step) -> Value:
    """An operator that copies elements of its one input: run it on the positions."""
    positions = _positions(step.specs[0])
    moved = integer_operator(step.node.op).accumulate(step.node, step.specs, [positions])
    return step.graph.gather(step.value(0), moved)


def _gemm(step: Step) -> Value:
    k, n = step.specs[1].shape
    m = step.specs[0].size // k
    product = step.graph.matmul(step.value(0), step.value(1), (1, m, k, n))
    return step.add_bias(product, np.tile(np.arange(n), m))


def _matmul(step: Step) -> Value:
    m, n, k = step.shape[-2], step.shape[-1], step.specs[0].shape[-1]
    groups = int(np.prod(step.shape[:-2], dtype=np.int64))
    sides = []
    for position, inner in enumerate(((m, k), (k, n))):
        batched = (*step.shape[:-2], *inner)
        positions = np.broadcast_to(_positions(step.specs[position]), batched).reshape(-1)
        sides.append(step.graph.gather(step.value(position), positions))
    return step.graph.matmul(sides[0], sides[1], (groups, m, k, n))


def _add(step: Step) -> Value:
    return _aligned(step, 1)


def _sub(step: Step) -> Value:
    return _aligned(step, -1)


def _aligned(step: Step, sign: int) -> Value:
    shifts = step.node.integers("left_shifts")
    a = step.graph.scale_by(step.broadcast(0), 1 << shifts[0])
    b = step.graph.scale_by(step.broadcast(1), 1 << shifts[1])
    return step.graph.add(a, b) if sign > 0 else step.graph.subtract(a, b)


def _mul(step: Step) -> Value:
    return step.graph.multiply(step.broadcast(0), step.broadcast(1))


def _scale_shift(step: Step) -> Value:
    channels = np.arange(step.shape[1]).reshape(-1, *(1,) * (len(step.shape) - 2))
    channels = np.broadcast_to(channels, step.shape).reshape(-1)
    scaled = step.graph.multiply(step.value(0), step.graph.gather(step.value(1), channels))
    return step.add_bias(scaled, channels)


def _leaky_relu(step: Step) -> Value:
    slope, x = step.node.integer("slope"), step.value(0)
    steep = step.graph.scale_by(step.graph.relu(x), (1 << ALPHA_BITS) - slope)
    return step.graph.add(step.graph.scale_by(x, slope), steep)


def _concat(step: Step) -> Value:
    shifts = step.node.integers("left_shifts")
    parts: list[Value] = []
    positions: list[IntTensor] = []
    offset = 0
    for position, (spec, shift) in enumerate(zip(step.specs, shifts, strict=True)):
        parts.append(step.graph.scale_by(step.value(position), 1 << shift))
        positions.append(offset + _positions(spec))
        offset += spec.size
    joined = np.concatenate(positions, axis=step.node.integer("axis"))
    return step.graph.gather(step.graph.concat(parts), joined)


def _pad(step: Step) -> Value:
    pads, spec = step.node.integers("pads"), step.specs[0]
    positions = _positions(spec)
    widths = [(pads[axis], pads[len(spec.shape) + axis]) for axis in range(len(spec.shape))]
    if widths:
        positions = np.pad(positions, widths, constant_values=_OUTSIDE)
    return _gather_padded(step, positions, step.node.integer("value"))


def _gather_padded(step: Step, positions: IntTensor, value: int) -> Value:
    """Elements of the first operand; ``value`` where the position is outside."""
    x = step.value(0)
    if np.any(positions == _OUTSIDE):
        x = step.graph.concat([x, step.graph.constant(np.array([value]))])
    return step.graph.gather(x, np.where(positions == _OUTSIDE, x.size - 1, positions))


def _windows(step: Step, kernel: tuple[int, ...], overhang: tuple[int, ...] | None = None) -> IntTensor:
    """Positions in the first operand: [batch, channels, out.., kernel..]; outside where a pad is."""
    node = step.node
    around = padded(_positions(step.specs[0]), node.integers("pads"), _OUTSIDE, overhang)
    return window_view(around, kernel, node.integers("strides"), node.integers("dilations"))


def _conv(step: Step) -> Value:
    shape, group = step.specs[1].shape, step.node.integer("group")
    kernel = shape[2:]
    rank, batch, outputs = len(kernel), step.specs[0].shape[0], shape[0]
    windows = _windows(step, kernel)
    places = int(np.prod(windows.shape[2 : 2 + rank], dtype=np.int64))
    # [batch, group, channels, places, cells of the kernel] -> [group, batch * places, taps]
    taps = windows.reshape(batch, group, -1, places, int(np.prod(kernel, dtype=np.int64)))
    left = taps.transpose(1, 0, 3, 2, 4).reshape(group, batch * places, -1)
    right = _positions(step.specs[1]).reshape(group, outputs // group, -1).transpose(0, 2, 1)
    sizes = (group, batch * places, left.shape[2], outputs // group)
    product = step.graph.matmul(_gather_padded(step, left, 0), step.graph.gather(step.value(1), right), sizes)
    # [group, batch, places, outputs / group] -> [batch, outputs, places]
    order = np.arange(product.size, dtype=np.int64).reshape(group, batch, places, -1).transpose(1, 0, 3, 2)
    product = step.graph.gather(product, order)
    return step.add_bias(product, np.tile(np.repeat(np.arange(outputs), places), batch))


def _average_pool(step: Step) -> Value:
    kernel = step.node.integers("kernel")
    windows = _windows(step, kernel, step.node.integers("overhang"))
    cells = int(np.prod(kernel, dtype=np.int64))
    sums = step.graph.sum_last(_gather_padded(step, windows, 0), cells)
    pool = integer_operator("average_pool")
    assert isinstance(pool, IntegerAveragePool)
    counts = pool.counts(step.node, step.specs[0].shape[2:])
    factors = reciprocal(counts, step.node.integer("reciprocal_bits"))
    return step.graph.multiply_constant(sums, np.broadcast_to(factors, step.shape))


def _reduce_mean(step: Step) -> Value:
    spec, axes = step.specs[0], step.node.integers("axes")
    kept = [axis for axis in range(len(spec.shape)) if axis not in axes]
    positions = _positions(spec).transpose(*kept, *axes)
    count = IntegerReduceMean.count(step.node, spec.shape)
    sums = step.graph.sum_last(step.graph.gather(step.value(0), positions), count)
    return step.graph.scale_by(sums, IntegerReduceMean.multiplier(step.node, count))


def _max_pool(step: Step) -> Value:
    kernel = step.node.integers("kernel")
    windows = _windows(step, kernel).reshape(-1, int(np.prod(kernel, dtype=np.int64)))
    # A pad never wins: the window's own greatest position stands in for it, a real cell that is there
    # already.
    windows = np.where(windows == _OUTSIDE, windows.max(axis=1, keepdims=True), windows)
    return _greatest(step, [windows[:, cell] for cell in range(windows.shape[1])])


def _greatest(step: Step, columns: list[IntTensor]) -> Value:
    """Maximum over ``columns`` of positions, as a balanced tree."""
    values = [step.graph.gather(step.value(0), column) for column in columns]
    while len(values) > 1:
        pairs = zip(values[::2], values[1::2], strict=False)
        values = [step.graph.maximum(a, b) for a, b in pairs] + ([values[-1]] if len(values) % 2 else [])
    return values[0]


def _argmax(step: Step) -> Value:
    """Lowest index of the maximum: the number of leading elements that differ from it."""
    spec, axis, graph = step.specs[0], step.node.integer("axis"), step.graph
    length = spec.shape[axis]
    positions = np.moveaxis(_positions(spec), axis, -1)
    columns = list(positions.reshape(-1, length).T)
    if length == 1:
        return graph.multiply(step.value(0), graph.constant(np.zeros(1, dtype=np.int64)))
    greatest = _greatest(step, columns)
    one = graph.constant(np.ones(1, dtype=np.int64))
    index = before = None
    for column in columns[:-1]:
        differs = graph.subtract(one, graph.equal(graph.gather(step.value(0), column), greatest))
        before = differs if before is None else graph.multiply(before, differs)
        index = before if index is None else graph.add(index, before)
    assert index is not None
    return Value(index.name, index.size, 0, length - 1)


LOWERINGS: Final[dict[str, Lowering]] = {
    "add": _add,
    "argmax": _argmax,
    "average_pool": _average_pool,
    "clip": _same,
    "concat": _concat,
    "conv": _conv,
    "gemm": _gemm,
    "leaky_relu": _leaky_relu,
    "matmul": _matmul,
    "max_pool": _max_pool,
    "mul": _mul,
    "pad": _pad,
    "reduce_mean": _reduce_mean,
    "relu": _same,
    "reshape": _same,
    "scale_shift": _scale_shift,
    "slice": _moved,
    "sub": _sub,
    "transpose": _moved,
}


@dataclass(frozen=True)
class Circuit:
    """The graph of one model with its public interface.

    Inputs, each hashed: ``x_salted`` = the flattened input, then its salt; ``context`` = its two limbs, then
    the noise; ``weights`` = all constants of the model in order, flattened, then their salt.
    Outputs: the flattened output, the limbs again, the defect (the input's above all), which must be 0.
    """

    graph: IntegerGraph
    input_size: int
    output_size: int
    weights: int

    @property
    def instances(self) -> int:
        """Public values: three hashes, the output, the context, the defect."""
        return HASHES + self.output_size + CONTEXT_LIMBS + 1

    @property
    def hashed(self) -> int:
        """Number of hashed elements."""
        return self.input_size + self.weights + 2 * SALT_ELEMENTS + CONTEXT_LIMBS + NOISE_ELEMENTS


def lower(model: QuantisedModel) -> Circuit:
    """Build the integer graph of ``model``.

    Raises:
        UnsupportedByBackendError: names the node and says what to do.
    """
    graph = IntegerGraph()
    spec = model.inputs[0]
    salted = graph.input("x_salted", spec.size + SALT_ELEMENTS, spec.low, spec.high)
    context = graph.input("context", CONTEXT_LIMBS + NOISE_ELEMENTS, 0, (1 << CONTEXT_LIMB_BITS) - 1)
    constants = constant_names(model)
    sizes = [model.tensors[name].size for name in constants]
    weights = graph.input("weights", sum(sizes) + SALT_ELEMENTS, 0, 0)
    x = graph.gather(salted, np.arange(spec.size))
    values = {spec.name: x}
    offset = 0
    for name, size in zip(constants, sizes, strict=True):
        tensor = model.tensors[name]
        cells = graph.gather(weights, np.arange(offset, offset + size))
        values[name] = Value(cells.name, size, tensor.low, tensor.high)
        offset += size
    for node in model.nodes:
        values[node.outputs[0]] = _lower_node(model, node, graph, values)
    output = values[model.outputs[0].name]
    graph.require_range(x, spec.low, spec.high)
    noise = graph.gather(context, np.arange(CONTEXT_LIMBS, CONTEXT_LIMBS + NOISE_ELEMENTS))
    graph.blind(Value(noise.name, noise.size, 1, NOISE_LIMIT - 1))
    graph.output(graph.owned(output))
    graph.output(graph.gather(context, np.arange(CONTEXT_LIMBS)))
    graph.output(graph.defect())
    return Circuit(graph, spec.size, output.size, offset)


def constant_names(model: QuantisedModel) -> list[str]:
    """The model's constants in the order of the circuit."""
    return [name for name in model.tensors if name in model.constants]


def flat_weights(model: QuantisedModel) -> list[int]:
    """All weights in the order of the circuit."""
    return [int(value) for name in constant_names(model) for value in model.constants[name].reshape(-1)]


def _lower_node(model: QuantisedModel, node: Node, graph: IntegerGraph, values: dict[str, Value]) -> Value:
    if node.op not in LOWERINGS:
        raise UnsupportedByBackendError(
            f"The backend 'ezkl' cannot prove node {node.name!r} ({node.op}) exactly.",
            remedy="Replace the layer by one that docs/backends.md lists, or use the backend 'sumcheck'.",
        )
    specs = [model.tensors[name] for name in node.inputs]
    operands = [values[name] for name in node.inputs]
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
