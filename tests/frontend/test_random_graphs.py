"""Random small graphs: integer output against onnxruntime, within the bound that the scales imply."""

import numpy as np
import onnxruntime
import pytest
from frontend_bounds import error_bounds
from onnx_models import model

from zkattest.frontend import QuantisedModel, batch, compile_model, fidelity
from zkattest.frontend.ops import ONNX_OPERATORS

USED = set()


class Builder:
    """Stacks layers on x: [1, channels, height, width], keeping the shape in step."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants = [], {}
        self.shape = (1, *(int(v) for v in self.random.integers([1, 5, 5], [4, 10, 10])))
        self.input_shape = self.shape
        self.tensor = "x"

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def weights(self, *shape):
        size = self.random.choice([0.01, 0.3, 4.0])
        return self.constant((self.random.normal(size=shape) * size).astype(np.float32))

    def step(self, op, *inputs, shape=None, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append((op, [self.tensor, *inputs], [output], attributes))
        USED.add(op)
        self.tensor, self.shape = output, shape or self.shape

    def grow(self):
        getattr(self, f"add_{self.random.choice(LAYERS)}")()

    def window(self, kernel):
        stride, dilation = (int(v) for v in self.random.integers(1, 3, size=2))
        span = dilation * (kernel - 1) + 1
        pad = int(self.random.integers(0, (kernel + 1) // 2)) if kernel > 1 else 0
        sizes = tuple((size + 2 * pad - span) // stride + 1 for size in self.shape[2:])
        if min(sizes) < 1:
            return None
        return sizes, {"strides": [stride] * 2, "dilations": [dilation] * 2, "pads": [pad] * 4}

    def add_conv(self):
        group = self.shape[1] if self.random.random() < 0.3 else 1
        kernel = int(self.random.integers(1, 4))
        window = self.window(kernel)
        if window is None:
            return
        outputs = group * int(self.random.integers(1, 4))
        w = self.weights(outputs, self.shape[1] // group, kernel, kernel)
        shape = (1, outputs, *window[0])
        bias = [self.weights(outputs)] if self.random.random() < 0.7 else []
        self.step("Conv", w, *bias, shape=shape, group=group, **window[1])

    def add_batch_norm(self):
        positive = self.constant(self.random.uniform(0.1, 3, self.shape[1]).astype(np.float32))
        w, b, m = (self.weights(self.shape[1]) for _ in range(3))
        self.step("BatchNormalization", w, b, m, positive)

    def add_pool(self):
        kernel = int(self.random.integers(1, 4))
        window = self.window(kernel)
        if window is None:
            return
        op = str(self.random.choice(["MaxPool", "AveragePool"]))
        attributes = window[1] | {"kernel_shape": [kernel] * 2}
        if op == "AveragePool":
            attributes["count_include_pad"] = int(self.random.integers(2))
        self.step(op, shape=(*self.shape[:2], *window[0]), **attributes)

    def add_activation(self):
        op = str(self.random.choice(["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Clip"]))
        if op == "Clip":
            low, high = sorted(self.random.normal(size=2).astype(np.float32))
            self.step("Clip", self.constant(low), self.constant(high))
        elif op == "LeakyRelu":
            self.step("LeakyRelu", alpha=float(self.random.uniform(-0.5, 1.5)))
        else:
            self.step(op)

    def add_elementwise(self):
        op = str(self.random.choice(["Add", "Sub", "Mul"]))
        shape = tuple(int(self.random.choice([1, size])) for size in self.shape)
        self.step(op, self.weights(*shape))

    def add_skip(self):
        before = self.tensor
        self.add_activation()
        self.step(str(self.random.choice(["Add", "Sub", "Mul"])), before)

    def add_concat(self):
        before, channels = self.tensor, self.shape[1]
        self.add_activation()
        self.step("Concat", before, shape=(1, 2 * channels, *self.shape[2:]), axis=1)

    def add_pad(self):
        pads = self.random.integers(0, 2, size=8)
        pads[[0, 4]] = 0
        shape = tuple(int(s + pads[i] + pads[4 + i]) for i, s in enumerate(self.shape))
        self.step("Pad", self.constant(pads), self.constant(np.float32(self.random.normal())), shape=shape)

    def add_slice(self):
        if min(self.shape[2:]) < 3:
            return
        size = self.shape[2]
        forward = self.random.random() < 0.5
        limits = (1, size, 2) if forward else (size - 1, -size - 1, -1)
        count = len(range(1, size, 2)) if forward else size
        constants = [self.constant(np.array([v])) for v in (limits[0], limits[1], 2, limits[2])]
        self.step("Slice", *constants, shape=(*self.shape[:2], count, self.shape[3]))

    def add_transpose(self):
        a, b, c, d = self.shape
        self.step("Transpose", shape=(a, b, d, c), perm=[0, 1, 3, 2])

    def finish(self):
        """Down to [1, classes]."""
        if self.random.random() < 0.5:
            self.step("ReduceMean", self.constant(np.array([2, 3])), shape=self.shape[:2], keepdims=0)
        else:
            self.step("Flatten", shape=(1, int(np.prod(self.shape))))
        if self.random.random() < 0.8:
            self.step("Gemm", self.weights(self.shape[1], 4), self.weights(4), shape=(1, 4))
        output = self.tensor
        return model(self.nodes, self.constants, shape=self.input_shape, output=output, rank=2, opset=19)


LAYERS = [name.removeprefix("add_") for name in dir(Builder) if name.startswith("add_")]


def assert_same_traces(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for left, right in ((one, other), (one.accumulators, other.accumulators)):
            assert left.keys() == right.keys()
            for name, values in right.items():
                assert (left[name].shape, left[name].dtype) == (values.shape, values.dtype), name
                assert (left[name] == values).all(), name


@pytest.mark.parametrize("seed", range(80))
def test_random_graph(seed, monkeypatch):
    builder = Builder(seed)
    for _ in range(int(builder.random.integers(2, 8))):
        builder.grow()
    source = builder.finish()
    samples = builder.random.normal(size=(6, *builder.input_shape)).astype(np.float32)
    samples *= builder.random.choice([0.05, 1.0, 100.0])
    bits, weight_bits = (int(v) for v in builder.random.integers(8, 17, size=2))
    quantised = compile_model(source, samples, bits=bits, weight_bits=weight_bits)
    assert QuantisedModel.from_bytes(quantised.to_bytes()).digest == quantised.digest
    session = onnxruntime.InferenceSession(source.SerializeToString(), providers=["CPUExecutionProvider"])
    worst = spread = 0.0
    for x in samples:
        expected = session.run(None, {"x": x})[0]
        spread = max(spread, float(np.abs(expected).max()))
        trace = quantised.trace(quantised.quantise_input(x))
        q = trace[quantised.outputs[0].name]
        bound = error_bounds(quantised, trace)[quantised.outputs[0].name]
        assert np.abs(quantised.dequantise_output(q) - expected).max() <= bound
        worst = max(worst, float(np.abs(quantised.dequantise_output(q) - expected).max()))
    one_by_one = [quantised.trace(quantised.quantise_input(x)) for x in samples]
    largest = max(quantised.tensors[node.outputs[0]].size for node in quantised.nodes)
    for inputs, threads in ((6, None), (4, 2), (1, 2), (4, 1)):  # of a chunk; the last one may be shorter
        monkeypatch.setattr(batch, "_LONGEST", inputs * largest)
        together = quantised.traces([quantised.quantise_input(x) for x in samples], threads=threads)
        assert_same_traces(together, one_by_one)
    # the report runs the reference without graph optimisation: float32 rounding differs
    assert fidelity(quantised, source, samples).max_error == pytest.approx(worst, rel=1e-3, abs=1e-4 * spread)


def test_all_layers_were_drawn():
    if len(USED) < 5:
        pytest.skip("runs with the whole file only")
    left = set(ONNX_OPERATORS) - USED
    assert left == {
        "ArgMax", "Constant", "Dropout", "GlobalAveragePool", "Identity", "LogSoftmax", "MatMul", "Reshape",
        "Softmax", "Squeeze", "Unsqueeze",
    }  # fmt: skip
