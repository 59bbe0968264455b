"""One small float graph for every operator and form, with its input's shape and options of the quantiser."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ezkl_models import Build, Builder

RNG = np.random.default_rng(7)


def normal(*shape: int) -> npt.NDArray[np.float64]:
    return RNG.normal(size=shape)


def pooled(b: Builder) -> str:
    x = b.op("Conv", "x", b.constant(normal(2, 1, 3, 3)), b.constant(normal(2)), kernel_shape=[3, 3])
    x = b.op("MaxPool", b.op("Relu", x), kernel_shape=[2, 2], strides=[2, 2])
    return b.op("Gemm", b.op("Flatten", x), b.constant(normal(8, 3)), b.constant(normal(3)))


def residual(b: Builder) -> str:
    branch = b.op("Relu", b.op("Gemm", "x", b.constant(normal(4, 4)), b.constant(normal(4))))
    return b.op("Add", "x", branch)


OPERATORS: dict[str, tuple[tuple[int, ...], Build, dict[str, Any]]] = {
    "gemm": ((1, 5), lambda b: b.op("Gemm", "x", b.constant(normal(5, 3)), b.constant(normal(3))), {}),
    "gemm of 16 bits": ((1, 5), lambda b: b.op("Gemm", "x", b.constant(normal(5, 2))), {"bits": 16}),
    "gemm of several rows": ((1, 3, 4), lambda b: b.op("MatMul", "x", b.constant(normal(4, 2))), {}),
    "conv": (
        (1, 2, 4, 4),
        lambda b: b.op(
            "Conv",
            "x",
            b.constant(normal(3, 2, 3, 3)),
            b.constant(normal(3)),
            pads=[1, 0, 1, 1],
            strides=[2, 2],
        ),
        {},
    ),
    "conv in groups": (
        (1, 4, 3, 3),
        lambda b: b.op("Conv", "x", b.constant(normal(4, 2, 2, 2)), group=2),
        {},
    ),
    "conv by channel": (
        (1, 2, 5, 5),
        lambda b: b.op("Conv", "x", b.constant(normal(2, 1, 2, 2)), group=2, dilations=[3, 3]),
        {},
    ),
    "conv in one dimension": ((1, 2, 6), lambda b: b.op("Conv", "x", b.constant(normal(2, 2, 3))), {}),
    "max pool": (
        (1, 1, 4, 4),
        lambda b: b.op("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        {},
    ),
    "average pool": (
        (1, 2, 4, 4),
        lambda b: b.op("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2]),
        {},
    ),
    "average pool with pads": (
        (1, 1, 4, 4),
        lambda b: b.op("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        {},
    ),
    "global average pool": ((1, 2, 3, 3), lambda b: b.op("GlobalAveragePool", "x"), {}),
    "reduce mean": ((1, 3, 5), lambda b: b.op("ReduceMean", "x", axes=[1], keepdims=0), {}),
    "leaky relu": ((1, 6), lambda b: b.op("LeakyRelu", "x", alpha=0.1), {}),
    "leaky relu by a half": ((1, 6), lambda b: b.op("LeakyRelu", "x", alpha=0.5), {}),
    "leaky relu, steeper below": ((1, 6), lambda b: b.op("LeakyRelu", "x", alpha=1.5), {}),
    "relu": ((1, 6), lambda b: b.op("Relu", "x"), {}),
    "clip": ((1, 6), lambda b: b.op("Clip", "x", b.constant(-0.5), b.constant(0.7)), {}),
    "add": ((1, 2, 3), lambda b: b.op("Add", "x", b.op("Mul", "x", b.constant(normal(3) * 30))), {}),
    "add a constant": ((1, 2, 3), lambda b: b.op("Add", "x", b.constant(normal(2, 1) * 100)), {}),
    "sub": ((1, 4), lambda b: b.op("Sub", b.op("Mul", "x", "x"), "x"), {}),
    "sub from a constant": ((1, 4), lambda b: b.op("Sub", b.constant(normal(4) * 50), "x"), {}),
    "mul": ((1, 2, 2), lambda b: b.op("Mul", "x", b.op("Transpose", "x", perm=[0, 2, 1])), {}),
    "mul by a power of two": ((1, 4), lambda b: b.op("Mul", "x", b.constant([4.0])), {}),
    "mul by a negative power of two": ((1, 4), lambda b: b.op("Mul", "x", b.constant([-0.25])), {}),
    "matmul": ((1, 2, 3), lambda b: b.op("MatMul", "x", b.op("Transpose", "x", perm=[0, 2, 1])), {}),
    "matmul in batches": (
        (1, 2, 2, 3),
        lambda b: b.op("MatMul", "x", b.op("Transpose", "x", perm=[0, 1, 3, 2])),
        {},
    ),
    "matmul from the left": ((1, 3, 2), lambda b: b.op("MatMul", b.constant(normal(2, 3)), "x"), {}),
    "transpose": ((1, 3, 2), lambda b: b.op("Transpose", "x", perm=[2, 0, 1]), {}),
    "concat": (
        (1, 2, 2),
        lambda b: b.op("Concat", "x", b.op("Mul", "x", b.constant(normal(2) * 9)), axis=2),
        {},
    ),
    "concat with a constant": (
        (1, 2, 2),
        lambda b: b.op("Concat", "x", b.constant(normal(1, 1, 2)), axis=1),
        {},
    ),
    "slice": (
        (1, 6, 2),
        lambda b: b.op("Slice", "x", b.integers(4), b.integers(0), b.integers(1), b.integers(-2)),
        {},
    ),
    "pad": ((1, 2, 2), lambda b: b.op("Pad", "x", b.integers(0, 1, 1, 0, 0, 2), b.constant(0.5)), {}),
    "reshape": ((1, 2, 3), lambda b: b.op("Reshape", "x", b.integers(3, 2)), {}),
    "batch normalisation": (
        (1, 2, 2, 2),
        lambda b: b.op("BatchNormalization", "x", *(b.constant(np.abs(normal(2)) + 0.1) for _ in range(4))),
        {},
    ),
    "arg max": ((1, 5), lambda b: b.op("ArgMax", "x", axis=1, keepdims=0), {}),
    "arg max of columns": ((1, 4, 2), lambda b: b.op("ArgMax", "x", axis=1, keepdims=1), {}),
    "convolutional network": ((1, 1, 6, 6), pooled, {"bits": 8}),
    "residual block": ((1, 4), residual, {"bits": 10}),
}
