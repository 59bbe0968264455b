"""Write traces of the Python executor for the Rust compiler's tests; together the models hold every operator.

Run from the repository's root: ``python circuits/tests/data/generate.py``. The files are checked in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.frontend.codec import encode_architecture
from zkattest.frontend.importer import import_onnx
from zkattest.frontend.model import QuantisedModel
from zkattest.frontend.ops import integer_operator
from zkattest.frontend.ops.tables import TableOperator
from zkattest.frontend.quantise import quantise

HERE = Path(__file__).parent


class Writer:
    """An ONNX graph, node by node; ``last`` is the newest tensor."""

    def __init__(self, *shape: int, seed: int) -> None:
        self.inputs, self.rng, self.last = shape, np.random.default_rng(seed), "x"
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def weights(self, *shape: int) -> str:
        return self.array(self.rng.normal(0, 0.5, shape).astype(np.float32))

    def array(self, values: npt.NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        self.last = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [self.last], **attributes))
        return self.last

    def model(self, shape: tuple[int, ...] | None) -> Any:
        """The model so far; its output is the newest tensor."""
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, self.inputs)
        kind = TensorProto.INT64 if self.nodes[-1].op_type == "ArgMax" else TensorProto.FLOAT
        y = helper.make_tensor_value_info(self.last, kind, shape)
        graph = helper.make_graph(self.nodes, "g", [x], [y], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def shape(self) -> tuple[int, ...]:
        """Shape of the newest tensor."""
        inferred = onnx.shape_inference.infer_shapes(self.model(None), data_prop=True)
        return tuple(dim.dim_value for dim in inferred.graph.output[0].type.tensor_type.shape.dim)

    def quantised(self, bits: int) -> QuantisedModel:
        samples = self.rng.normal(0, 1, (16, *self.inputs)).astype(np.float32)
        return quantise(import_onnx(self.model(self.shape()).SerializeToString()), samples, bits=bits)


def image() -> QuantisedModel:
    """Windows, views and selections."""
    w = Writer(1, 2, 7, 6, seed=1)
    w.node("Conv", "x", w.weights(4, 1, 3, 3), w.weights(4), group=2, pads=[1, 1, 1, 0], strides=[1, 1])
    w.node("Relu", w.last)
    pooled = w.node("MaxPool", w.last, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
    one = [w.array(np.abs(w.rng.normal(1, 0.2, 4)).astype(np.float32)) for _ in range(4)]
    w.node("BatchNormalization", w.last, *one)
    w.node("LeakyRelu", w.last, alpha=0.1)
    w.node("AveragePool", w.last, kernel_shape=[2, 2], strides=[1, 1], pads=[1, 0, 0, 1])
    w.node("Concat", w.last, pooled, axis=1)
    value = w.array(np.array(0.5, dtype=np.float32))
    w.node("Pad", w.last, w.array(np.array([0, 0, 1, 0, 0, 0, 0, 2])), value)
    ranges = ([6, 0], [-7, 5], [1, 3], [-2, 2])
    w.node("Slice", w.last, *(w.array(np.array(values)) for values in ranges))
    w.node("Transpose", w.last, perm=[0, 2, 3, 1])
    w.node("Reshape", w.last, w.array(np.array([1, -1])))
    w.node("Gemm", w.last, w.weights(int(np.prod(w.shape())), 6), w.weights(6))
    w.node("ArgMax", w.last, axis=1, keepdims=0)
    return w.quantised(8)


def sequence() -> QuantisedModel:
    """Attention-like products, tables and means."""
    w = Writer(1, 5, 6, seed=2)
    query = w.node("MatMul", "x", w.weights(6, 4))
    key = w.node("MatMul", "x", w.weights(6, 4))
    w.node("MatMul", query, w.node("Transpose", key, perm=[0, 2, 1]))
    gate = w.node("Sigmoid", w.last)
    mixed = w.node("MatMul", gate, w.node("Tanh", query))
    w.node("Sub", mixed, w.weights(1, 5, 1))
    w.node("Mul", w.last, query)
    mixed = w.node("Add", w.last, key)
    low, high = (w.array(np.array(limit, dtype=np.float32)) for limit in (-0.75, 1.25))
    clipped = w.node("Clip", mixed, low, high)
    w.node("Relu", clipped)
    w.node("Sub", w.last, clipped)
    w.node("Add", w.last, mixed)
    w.node("ReduceMean", w.last, axes=[1], keepdims=0)
    return w.quantised(10)


def table(model: QuantisedModel, node: Any) -> list[int] | None:
    """The node's table, if it is a table function."""
    operator = integer_operator(node.op)
    if not isinstance(operator, TableOperator):
        return None
    return [int(entry) for entry in operator.table(node, [model.tensors[name] for name in node.inputs])]


def write(name: str, model: QuantisedModel) -> None:
    """Architecture, tables, constants and two traces."""
    rng = np.random.default_rng(0)
    spec = model.inputs[0]
    samples = []
    for _ in range(2):
        trace = model.trace(rng.integers(spec.low, spec.high + 1, spec.shape))
        outputs = [node.outputs[0] for node in model.nodes]
        samples.append(
            {
                "input": trace[spec.name].reshape(-1).tolist(),
                "accumulators": [trace.accumulators[name].reshape(-1).tolist() for name in outputs],
                "outputs": [trace[name].reshape(-1).tolist() for name in outputs],
            }
        )
    document = {
        "operators": sorted({node.op for node in model.nodes}),
        "architecture": encode_architecture(model).hex(),
        "tables": [entries for entries in (table(model, node) for node in model.nodes) if entries],
        "constants": [values.reshape(-1).tolist() for values in model.constants.values()],
        "samples": samples,
    }
    (HERE / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(name, document["operators"])


if __name__ == "__main__":
    write("image", image())
    write("sequence", sequence())
