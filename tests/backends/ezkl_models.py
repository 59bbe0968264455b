"""Models for the tests of the backends: float ONNX graphs, and integer graphs given to the unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.backends.base import CommittedModel, InputSecret, Keys, Proof
from zkattest.commitments import commit
from zkattest.frontend import Node, OutputTransform, Provenance, QuantisedModel, TensorSpec, compile_model
from zkattest.srs import Srs

CONTEXT = bytes(range(100, 132))

Build = Callable[["Builder"], str]


class Builder:
    """Writes a float ONNX graph with one input ``x``."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=f"{kind}{len(self.nodes)}", **attributes)
        )
        return name

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(values, np.int64)


def onnx_model(shape: Sequence[int], build: Build) -> bytes:
    """The serialised float model that ``build`` writes."""
    builder = Builder()
    output = build(builder)
    graph = helper.make_graph(
        builder.nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [onnx.ValueInfoProto(name=output)],
        builder.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(onnx.shape_inference.infer_shapes(model).SerializeToString())


def quantised(shape: Sequence[int], build: Build, *, seed: int = 0, **options: Any) -> QuantisedModel:
    """The quantised model that ``build`` writes, calibrated on normal samples."""
    samples = np.random.default_rng(seed).normal(size=(20, *shape[1:])).astype(np.float32)
    return compile_model(onnx_model(shape, build), samples, **options)


def mlp(sizes: Sequence[int], seed: int = 0) -> QuantisedModel:
    """Gemm and Relu alternating."""
    rng = np.random.default_rng(seed)

    def build(b: Builder) -> str:
        x = "x"
        for layer, (k, n) in enumerate(pairwise(sizes)):
            if layer:
                x = b.op("Relu", x)
            x = b.op("Gemm", x, b.constant(rng.normal(size=(k, n))), b.constant(rng.normal(size=n)))
        return x

    return quantised((1, sizes[0]), build, bits=8)


def gemm_model(
    weights: npt.ArrayLike, *, shift: int, low: int = -128, high: int = 127, bias: npt.ArrayLike | None = None
) -> QuantisedModel:
    """One integer gemm on 8-bit input, given to the unit, so that a test knows every accumulator."""
    w = np.asarray(weights, dtype=np.int64)
    k, n = w.shape
    tensors = {
        "x": TensorSpec("x", (1, k), 8, 0),
        "w": TensorSpec("w", (k, n), 16, 0),
    }
    constants = {"w": w}
    inputs = ["x", "w"]
    if bias is not None:
        tensors["b"] = TensorSpec("b", (n,), 16, 0)
        constants["b"] = np.asarray(bias, dtype=np.int64)
        inputs.append("b")
    tensors["y"] = TensorSpec("y", (1, n), 16, -shift)
    node = Node("gemm", "gemm", tuple(inputs), ("y",), {"bias_shift": 0}, shift, low, high)
    return QuantisedModel(
        (tensors["x"],),
        (tensors["y"],),
        (node,),
        tensors,
        constants,
        OutputTransform(),
        Provenance(bytes(32), 17, "test", "0"),
    )


def committed(model: QuantisedModel, srs: Srs) -> CommittedModel:
    """A fresh commitment to ``model``, or to nothing in particular where it has no weights: the backend uses
    the identity alone."""
    tensors = model.constants or {"nothing": np.zeros(1, dtype=np.int64)}
    return CommittedModel(model, *commit(tensors, srs, kind="model"))


@dataclass(frozen=True)
class Case:
    """A model with keys, one input, and its proof."""

    model: QuantisedModel
    keys: Keys
    x: npt.NDArray[np.int64]
    proof: Proof
    secret: InputSecret
