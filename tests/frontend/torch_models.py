"""Small torch networks, one per feature, with random weights of a fixed seed, exported to ONNX."""

import io
import warnings

import numpy as np
import torch
from torch import nn


class Residual(nn.Module):
    """Add, Sub, Mul, Concat, Pad, Slice, Transpose on activations."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 6, 3, padding=1)
        self.c = nn.Linear(6 * 10 * 5, 7)

    def forward(self, x):
        y = torch.relu(self.a(x))
        z = torch.relu(self.b(y) + y) - 0.25 * y
        z = torch.cat([z[:, :3], y[:, 3:] * z[:, 3:]], dim=1)
        z = nn.functional.pad(z, (1, 1, 2, 0), value=0.5)
        z = z[:, :, ::1, 1::2].transpose(2, 3)
        return self.c(z.reshape(z.shape[0], -1))


class Bottleneck(nn.Module):
    """Strided, dilated, grouped convolutions with batch normalisation, max pooling, and a mean."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4), nn.BatchNorm2d(8), nn.ReLU6(),
            nn.MaxPool2d(3, stride=2, padding=1), nn.BatchNorm2d(8),
            nn.Conv2d(8, 12, (1, 3), padding=(0, 1)), nn.LeakyReLU(0.1),
        )  # fmt: skip
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        return torch.softmax(self.head(self.body(x).mean(dim=(2, 3))), dim=1)


class Channels(nn.Module):
    """Matrix products of two activations, as in attention without softmax."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(6, 8) for _ in range(3))

    def forward(self, x):
        return (self.q(x) @ self.k(x).transpose(1, 2)) @ self.v(x)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(9, 16), nn.Tanh(), nn.Dropout(), nn.Linear(16, 5), nn.Softmax(dim=-1)
        )

    def forward(self, x):
        return self.net(x).argmax(dim=1)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(16 * 3 * 3, 60), nn.ReLU(), nn.Linear(60, 10),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 16), nn.Sigmoid(), nn.Linear(16, 5))


def conv1d():
    return nn.Sequential(
        nn.Conv1d(2, 6, 5, stride=2, padding=2), nn.BatchNorm1d(6), nn.Tanh(),
        nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        nn.Conv1d(6, 4, 3, groups=2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


MODELS = {
    "mlp": (mlp, (20,)),
    "lenet": (lenet, (1, 20, 20)),
    "bottleneck": (Bottleneck, (3, 17, 19)),
    "conv1d": (conv1d, (2, 31)),
    "residual": (Residual, (3, 8, 8)),
    "channels": (Channels, (5, 6)),
    "classifier": (Classifier, (9,)),
}


def build(name):
    """(module, samples [40, ...]) with trained-looking batch statistics."""
    make, shape = MODELS[name]
    torch.manual_seed(sum(name.encode()))
    module = make()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.3)
    samples = np.random.default_rng(7).normal(size=(40, *shape)).astype(np.float32)
    return module.eval(), samples


def export(module, samples, *, dynamo):
    """ONNX bytes, with a symbolic batch axis."""
    example = (torch.tensor(samples[:1]),)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            batch = torch.export.Dim("batch")
            program = torch.onnx.export(
                module, example, dynamo=True, dynamic_shapes=({0: batch},), verbose=False, report=False
            )
            return program.model_proto.SerializeToString()
        stream = io.BytesIO()
        torch.onnx.export(
            module, example, stream, dynamo=False, input_names=["x"], output_names=["y"], opset_version=13,
            dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        )  # fmt: skip
        return stream.getvalue()
