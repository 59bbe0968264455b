"""Benchmark models by name: ONNX bytes and calibration samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from layers import Network

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


def mlp() -> BenchmarkModel:
    """784-128-10."""
    return _random(Network("mlp", 784).dense(128, 10), 64)


def lenet5() -> BenchmarkModel:
    """LeNet-5 on 28x28, with ReLU and average pooling (LeCun et al. 1998, figure 2)."""
    net = Network("lenet5", 1, 28, 28)
    net.conv(6, 5, pad=2).relu().pool("Average").conv(16, 5).relu().pool("Average")
    return _random(net.flatten().dense(120, 84, 10), 64)


def cnn264k() -> BenchmarkModel:
    """A convolutional network for CIFAR: 259,511 weights and biases."""
    net = Network("cnn264k", 3, 32, 32)
    net.conv(12, 5).relu().pool("Max").conv(33, 5).relu().pool("Max")
    return _random(net.flatten().dense(247, 173, 10), 64)


def dense4m() -> BenchmarkModel:
    """Four layers of 1,024 and one of 10, for inputs of 1,024."""
    return _random(Network("dense4m", 1024).dense(1024, 1024, 1024, 1024, 10), 16)


def vgg16() -> BenchmarkModel:
    """VGG-16 for CIFAR: 13 convolutions of 3x3, 5 max pools, 3 dense layers (Simonyan and Zisserman 2015)."""
    net = Network("vgg16", 3, 32, 32)
    for channels, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            net.conv(channels, 3, pad=1).relu()
        net.pool("Max")
    return _random(net.flatten().dense(512, 512, 10), 16)


def resnet18() -> BenchmarkModel:
    """ResNet-18 for CIFAR: a 3x3 stem of 64, four stages of two basic blocks, batch norm (He et al. 2016)."""
    net = Network("resnet18", 3, 32, 32).conv_norm(64, 3, pad=1).relu()
    for channels, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        net.residual(channels, stride).residual(channels, 1)
    return _random(net.global_average().flatten().dense(10), 16)


def dense_stack(layers: int) -> Callable[[], BenchmarkModel]:
    """``layers`` identical layers of 64, to see what depth costs."""

    def build() -> BenchmarkModel:
        return _random(Network(f"dense_stack{layers}", 64).dense(*[64] * layers), 16)

    return build


def _random(net: Network, count: int) -> BenchmarkModel:
    onnx_bytes = net.to_bytes()
    rng = np.random.default_rng(1)
    return BenchmarkModel(onnx_bytes, rng.uniform(-1, 1, (count, *net.input[1:])).astype(np.float32))


def batched(source: BenchmarkModel, count: int) -> BenchmarkModel:
    """The same network on ``count`` inputs at once: the batch axis of input and output becomes ``count``."""
    model = onnx.load_from_string(source.onnx_bytes)
    for info in (*model.graph.input, *model.graph.output):
        info.type.tensor_type.shape.dim[0].dim_value = count
    samples = source.samples.reshape(len(source.samples), *(d.dim_value for d in _axes(model)[1:]))
    groups = -(-max(len(samples), 4 * count) // count)
    picked = np.resize(samples, (groups, count, *samples.shape[1:]))
    return BenchmarkModel(model.SerializeToString(), picked)


def _axes(model: onnx.ModelProto) -> list[onnx.TensorShapeProto.Dimension]:
    return list(model.graph.input[0].type.tensor_type.shape.dim)


MODELS: dict[str, Callable[[], BenchmarkModel]] = {
    "clinic": clinic,
    "mlp": mlp,
    "lenet5": lenet5,
    "cnn264k": cnn264k,
    "dense4m": dense4m,
    "resnet18": resnet18,
    "vgg16": vgg16,
    "dense_stack2": dense_stack(2),
    "dense_stack20": dense_stack(20),
}
