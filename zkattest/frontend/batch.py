"""The integer executor on many inputs: the integers of one input after the other, in fewer and longer steps.

Operators that treat every row alone (:attr:`IntegerOperator.rowwise`) run once for all inputs of a chunk,
others once for each. Chunks run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest.frontend.blas import SINGLE_THREADED
from zkattest.frontend.executor import Trace
from zkattest.frontend.fixed_point import IntTensor, rescale
from zkattest.frontend.ops import integer_operator

if TYPE_CHECKING:
    from zkattest.frontend.model import Node, QuantisedModel

#: Most integers of one activation of a chunk: half a megabyte, so that what a node reads and writes stays in
#: a core's cache.
_LONGEST: Final = 1 << 16


class _Pool(ThreadPoolExecutor):
    """Leaves what has not begun when it is left by an error or an interrupt."""

    def __exit__(self, *_: object) -> None:
        self.shutdown(cancel_futures=True)


def run_batch(model: QuantisedModel, xs: Sequence[IntTensor], threads: int | None = None) -> list[Trace]:
    """Execute ``model`` on each of ``xs`` (checked: declared shape and range), in order.

    Arguments:
        threads: that work at once; None: as many as the machine has.
    """
    largest = max((model.tensors[name].size for node in model.nodes for name in node.outputs), default=1)
    size = max(1, _LONGEST // max(1, largest))
    chunks = [xs[start : start + size] for start in range(0, len(xs), size)]
    with SINGLE_THREADED, _Pool(threads, thread_name_prefix="execute") as pool:
        return [
            trace for traces in pool.map(lambda chunk: _run_chunk(model, chunk), chunks) for trace in traces
        ]


def _run_chunk(model: QuantisedModel, xs: Sequence[IntTensor]) -> list[Trace]:
    """Traces whose tensors are views of the chunk's: activations lie as [inputs, \\*shape]."""
    values = {model.inputs[0].name: np.stack(xs)}
    accumulators: dict[str, IntTensor] = {}
    for node in model.nodes:
        output = node.outputs[0]
        accumulator = _accumulate(model, node, values, len(xs))
        accumulators[output] = accumulator
        values[output] = np.asarray(rescale(accumulator, node.shift, node.low, node.high))
    traces = []
    for number in range(len(xs)):
        trace = Trace()
        trace.update({name: stacked[number, ...] for name, stacked in values.items()})
        trace.accumulators = {name: stacked[number, ...] for name, stacked in accumulators.items()}
        traces.append(trace)
    return traces


def _accumulate(model: QuantisedModel, node: Node, values: dict[str, IntTensor], count: int) -> IntTensor:
    """The accumulators of all inputs: [count, \\*shape of the output]."""
    operator = integer_operator(node.op)
    specs = [model.tensors[name] for name in node.inputs]
    constant = [name in model.constants for name in node.inputs]
    shape = model.tensors[node.outputs[0]].shape
    if operator.takes_rows(specs, constant):
        rows = [
            model.constants[name] if known else values[name].reshape(count, *spec.shape[1:])
            for name, known, spec in zip(node.inputs, constant, specs, strict=True)
        ]
        return operator.accumulate(node, specs, rows).reshape(count, *shape)
    return np.stack(
        [
            operator.accumulate(
                node,
                specs,
                [
                    model.constants[name] if known else values[name][number]
                    for name, known in zip(node.inputs, constant, strict=True)
                ],
            )
            for number in range(count)
        ]
    )
