"""A writer of ONNX graphs with random weights; without torch, whose import alone takes 300 MiB."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

#: Opset 17 is what ezkl's importer and ours both read.
_OPSET = 17


class Network:
    """Appends layers, each to the one before; ``last`` names the newest tensor, ``shape`` is its shape.

    Weights have He's initialisation (normal, variance 2 / fan-in), which keeps activations of one size
    through any number of ReLU layers; biases are normal, deviation 0.05.

    Arguments:
        name: of the graph.
        shape: of the input, without the batch axis (fixed to 1).
        seed: of the weights.
    """

    def __init__(self, name: str, *shape: int, seed: int = 0) -> None:
        self._name, self.input = name, (1, *shape)
        self._rng = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self.last, self.shape = "x", (1, *shape)

    def conv(
        self, channels: int, kernel: int, *, pad: int = 0, stride: int = 1, bias: bool = True
    ) -> Network:
        """A square 2-d convolution."""
        fan = self.shape[1] * kernel**2
        weight = self._rng.normal(0, (2 / fan) ** 0.5, (channels, self.shape[1], kernel, kernel))
        self._append(
            "Conv",
            [self._tensor(weight), *([self._bias(channels)] if bias else [])],
            kernel_shape=[kernel] * 2,
            pads=[pad] * 4,
            strides=[stride] * 2,
        )
        height, width = ((size + 2 * pad - kernel) // stride + 1 for size in self.shape[2:])
        self.shape = (1, channels, height, width)
        return self

    def conv_norm(self, channels: int, kernel: int, *, pad: int = 0, stride: int = 1) -> Network:
        """A convolution without bias, and batch normalisation with statistics as after training."""
        self.conv(channels, kernel, pad=pad, stride=stride, bias=False)
        uniform, normal = self._rng.uniform, self._rng.normal
        gamma, variance = uniform(0.5, 1.5, channels), uniform(0.5, 2.0, channels)
        beta, mean = normal(0, 0.1, channels), normal(0, 0.1, channels)
        self._append("BatchNormalization", [self._tensor(v) for v in (gamma, beta, mean, variance)])
        return self

    def relu(self) -> Network:
        """ReLU."""
        self._append("Relu", [])
        return self

    def pool(self, kind: str, size: int = 2) -> Network:
        """``"Max"`` or ``"Average"`` over disjoint windows of ``size`` squared."""
        self._append(f"{kind}Pool", [], kernel_shape=[size] * 2, strides=[size] * 2)
        self.shape = (*self.shape[:2], *(side // size for side in self.shape[2:]))
        return self

    def global_average(self) -> Network:
        """The mean of each channel: [1, C, 1, 1]."""
        self._append("GlobalAveragePool", [])
        self.shape = (*self.shape[:2], 1, 1)
        return self

    def flatten(self) -> Network:
        """[1, elements]."""
        self._append("Flatten", [])
        self.shape = (1, int(np.prod(self.shape)))
        return self

    def dense(self, *widths: int) -> Network:
        """Fully connected layers with bias, ReLU between them."""
        for position, width in enumerate(widths):
            if position:
                self.relu()
            weight = self._rng.normal(0, (2 / self.shape[1]) ** 0.5, (width, self.shape[1]))
            self._append("Gemm", [self._tensor(weight), self._bias(width)], transB=1)
            self.shape = (1, width)
        return self

    def residual(self, channels: int, stride: int) -> Network:
        """A basic ResNet block: two 3x3 convolutions, and the input (projected by 1x1 where sizes change)."""
        source, shape = self.last, self.shape
        self.conv_norm(channels, 3, pad=1, stride=stride).relu().conv_norm(channels, 3, pad=1)
        body = self.last
        if shape != self.shape:
            self.last, self.shape = source, shape
            self.conv_norm(channels, 1, stride=stride)
            source = self.last
        self.last = body
        self._append("Add", [source])
        return self.relu()

    def to_bytes(self) -> bytes:
        """The serialised ONNX model."""
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [value("x", TensorProto.FLOAT, self.input)],
            [value(self.last, TensorProto.FLOAT, self.shape)],
            self._tensors,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
        model.ir_version = 8
        data: bytes = model.SerializeToString()
        return data

    def _append(self, op: str, inputs: list[str], **attributes: Any) -> None:
        name = f"{op.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, [self.last, *inputs], [f"{name}_out"], name, **attributes))
        self.last = f"{name}_out"

    def _bias(self, size: int) -> str:
        return self._tensor(self._rng.normal(0, 0.05, size))

    def _tensor(self, values: npt.NDArray[np.float64]) -> str:
        name = f"w{len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name
