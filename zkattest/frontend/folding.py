"""Constant folding: nodes whose inputs are all constant are evaluated by ONNX's reference evaluator."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from zkattest.errors import ModelError, UnsupportedOperatorError
from zkattest.frontend.fixed_point import MAX_ELEMENTS
from zkattest.frontend.graph import FloatNode, Graph

#: Never folded: their value is not determined by their inputs, or they hold subgraphs.
_EXCLUDED: Final = frozenset(
    {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial"}
    | {"If", "Loop", "Scan", "SequenceMap"}
)


def as_constant(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Floats of any width as float32; integers and booleans as they are."""
    if values.dtype.kind == "f" or values.dtype.name in ("bfloat16",):
        with np.errstate(over="ignore"):
            return values.astype(np.float32)
    return values


def fold_constants(graph: Graph) -> None:
    """Replace constant expressions by constants, and infer shapes, until nothing changes.

    ``Shape`` and ``Size`` of tensors of known shape count as constant, which dissolves the shape
    arithmetic that exporters emit before Reshape.

    Raises:
        ModelError: shape inference fails; UnsupportedOperatorError: a constant node cannot be evaluated.
    """
    while True:
        graph.infer_shapes()  # first, so that the size of what is folded is known
        if not _fold_pass(graph):
            return


def _fold_pass(graph: Graph) -> bool:
    kept: list[FloatNode] = []
    for node in graph.nodes:
        values = _evaluate(node, graph)
        if values is None:
            kept.append(node)
            continue
        for name, value in zip(node.proto.output, values, strict=False):
            if name:
                graph.constants[name] = as_constant(np.asarray(value))
                graph.shapes[name] = tuple(np.asarray(value).shape)
    folded = len(kept) < len(graph.nodes)
    graph.nodes = kept
    return folded


def _evaluate(node: FloatNode, graph: Graph) -> list[npt.NDArray[Any]] | None:
    if node.op in _EXCLUDED or node.proto.domain or graph.output in node.outputs:
        return None
    if node.op in ("Shape", "Size"):
        shape = graph.shapes.get(node.inputs[0])
        if shape is None:
            return None
        if node.op == "Size":
            return [np.array(int(np.prod(shape, dtype=np.int64)), dtype=np.int64)]
        return [np.array(shape, dtype=np.int64)[node.attribute("start", 0) : node.attribute("end", None)]]
    if any(name and name not in graph.constants for name in node.inputs):
        return None
    for name in node.outputs:
        if name in graph.shapes and graph.size_of(name) > MAX_ELEMENTS:
            raise ModelError(
                f"{node.where}: the constant {name!r} would have {graph.size_of(name)} elements."
            )
    feeds = {name: graph.constants[name] for name in node.inputs if name}
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in feeds.items()
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.outputs]
    proto = helper.make_graph([node.proto], "constant", inputs, outputs)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", graph.opset)])
    try:
        return list(ReferenceEvaluator(model).run(None, feeds))
    except Exception as error:  # whatever a node with broken attributes makes the evaluator raise
        raise UnsupportedOperatorError(
            f"{node.where}: this constant expression cannot be evaluated.",
            remedy="Simplify the model before export, for example with onnxsim.",
        ) from error
