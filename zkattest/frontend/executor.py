"""The integer executor: NumPy, one node after the other. It defines the semantics of the quantised model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkattest.frontend.blas import SINGLE_THREADED
from zkattest.frontend.fixed_point import FloatTensor, IntTensor, rescale
from zkattest.frontend.ops import integer_operator

if TYPE_CHECKING:
    from zkattest.frontend.model import OutputTransform, QuantisedModel


class Trace(dict[str, IntTensor]):
    """Every activation of one inference by tensor name (the input included).

    Attributes:
        accumulators: the exact accumulator of each node, before rescaling, by the name of the node's output.
    """

    def __init__(self) -> None:
        super().__init__()
        self.accumulators: dict[str, IntTensor] = {}


def run(model: QuantisedModel, x: IntTensor) -> Trace:
    """Execute ``model`` on ``x`` (checked: declared shape and range)."""
    trace = Trace()
    trace[model.inputs[0].name] = x
    with SINGLE_THREADED:
        _run_nodes(model, trace)
    return trace


def _run_nodes(model: QuantisedModel, trace: Trace) -> None:
    for node in model.nodes:
        operator = integer_operator(node.op)
        specs = [model.tensors[name] for name in node.inputs]
        values = [model.constants[name] if name in model.constants else trace[name] for name in node.inputs]
        accumulator = operator.accumulate(node, specs, values)
        output = node.outputs[0]
        trace.accumulators[output] = accumulator
        # numpy turns arithmetic on 0-d arrays into scalars: keep arrays
        trace[output] = np.asarray(rescale(accumulator, node.shift, node.low, node.high))


def apply_transform(logits: FloatTensor, transform: OutputTransform) -> FloatTensor:
    """What the reader applies to the dequantised output: nothing, softmax, or log-softmax."""
    if transform.kind == "none":
        return logits
    shifted = logits - logits.max(axis=transform.axes, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=transform.axes, keepdims=True))
    result: FloatTensor = shifted - log_sum if transform.kind == "log_softmax" else np.exp(shifted - log_sum)
    return result
