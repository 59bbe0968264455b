"""Benchmark models by name: ONNX bytes and calibration samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from zkattest.demo.clinic import train_clinic


@dataclass(frozen=True)
class BenchmarkModel:
    """An ONNX model with samples ``[n, *input shape]``."""

    onnx_bytes: bytes
    samples: npt.NDArray[np.float32]


def clinic() -> BenchmarkModel:
    """The demonstration's 30-16-2 network, trained."""
    trained = train_clinic()
    return BenchmarkModel(trained.onnx_bytes, trained.calibration)


def dense(*widths: int) -> BenchmarkModel:
    """Fully connected layers with ReLU between, random weights (He initialisation, seed 0)."""
    rng = np.random.default_rng(0)
    nodes, tensors, last = [], [], "x"
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        weight = rng.normal(0, (2 / inputs) ** 0.5, (outputs, inputs)).astype(np.float32)
        tensors += [
            numpy_helper.from_array(weight, f"w{i}"),
            numpy_helper.from_array(np.zeros(outputs, np.float32), f"b{i}"),
        ]
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"z{i}"], f"fc{i}", transB=1))
        last = f"z{i}"
        if i + 2 < len(widths):
            nodes.append(helper.make_node("Relu", [last], [f"a{i}"], f"relu{i}"))
            last = f"a{i}"
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, widths[0]])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, widths[-1]])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    samples = rng.uniform(-1, 1, (64, widths[0])).astype(np.float32)
    return BenchmarkModel(model.SerializeToString(), samples)


MODELS: dict[str, Callable[[], BenchmarkModel]] = {
    "clinic": clinic,
    "mlp": lambda: dense(784, 128, 10),
}
