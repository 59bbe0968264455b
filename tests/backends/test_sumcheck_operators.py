"""Every operator, proved natively: the statement shows the executor's output, and no other is accepted."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from ezkl_models import Build, onnx_model, quantised
from onnx import helper, numpy_helper
from operator_models import OPERATORS
from sumcheck_world import BACKEND, committed, development, inputs

from zkattest.backends.base import StatementShape
from zkattest.frontend import QuantisedModel, compile_model
from zkattest.frontend.ops import INTEGER_OPERATORS
from zkattest.srs import Srs
from zkattest.statements import decode_output, encode_output

sys.path.append(str(Path(__file__).parents[1] / "frontend"))

MORE: dict[str, tuple[tuple[int, ...], Build, dict[str, Any]]] = {
    "sigmoid": ((1, 3, 2), lambda b: b.op("Sigmoid", "x"), {"bits": 8}),
    "tanh": ((1, 5), lambda b: b.op("Tanh", "x"), {"bits": 9}),
    "relu of something read twice": ((1, 6), lambda b: b.op("Sub", "x", b.op("Relu", "x")), {}),
    "clip of something read twice": (
        (1, 6),
        lambda b: b.op("Add", "x", b.op("Clip", "x", b.constant(-0.5), b.constant(0.7))),
        {},
    ),
    "two tables": ((1, 4), lambda b: b.op("Tanh", b.op("Sigmoid", "x")), {"bits": 8}),
}


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(16)


def with_weights(shape: Sequence[int], build: Build, **options: Any) -> QuantisedModel:
    """The model that ``build`` writes; where it has no weights, its input is scaled by one
    first, because a model without weights has no commitment."""
    model = quantised(shape, build, **options)
    if model.constants:
        return model
    proto = onnx.load_from_string(onnx_model(shape, build))
    proto.graph.input[0].name = "raw"
    proto.graph.initializer.append(numpy_helper.from_array(np.array([1.25], dtype=np.float32), "factor"))
    proto.graph.node.insert(0, helper.make_node("Mul", ["raw", "factor"], ["x"], name="scaled"))
    samples = np.random.default_rng(0).normal(size=(20, *shape[1:])).astype(np.float32)
    return compile_model(proto.SerializeToString(), samples, **options)


def assert_proves(model: QuantisedModel, srs: Srs, *, batch: int = 1, padded: bool = False) -> None:
    """Accepted, with the executor's outputs and no others."""
    keys = BACKEND.setup(committed(model, srs, padded=padded), srs=srs, shape=StatementShape(batch=batch))
    x = inputs(model, batch)
    proof, _ = BACKEND.prove(keys, model, x, srs=srs)
    expected = np.concatenate([model.execute(one).reshape(-1) for one in x])
    assert decode_output(proof.statement.output).tolist() == expected.tolist()
    assert BACKEND.verify(keys.verifying, proof) is True
    if padded:
        assert BACKEND.verify_by_reference(keys.verifying, proof) is True
    for position in {0, expected.size // 2, expected.size - 1}:
        other = expected.copy()
        other[position] += 1 if other[position] < model.outputs[0].high else -1
        statement = dataclasses.replace(proof.statement, output=encode_output(other))
        assert BACKEND.verify(keys.verifying, dataclasses.replace(proof, statement=statement)) is False


@pytest.mark.parametrize("name", [*OPERATORS, *MORE])
def test_every_operator(name: str, srs: Srs) -> None:
    shape, build, options = {**OPERATORS, **MORE}[name]
    assert_proves(with_weights(shape, build, **options), srs)


@pytest.mark.parametrize("name", [*OPERATORS, *MORE])
def test_every_operator_in_padded_boxes(name: str, srs: Srs) -> None:
    shape, build, options = {**OPERATORS, **MORE}[name]
    assert_proves(with_weights(shape, build, **options), srs, padded=True)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("name", ["gemm", "conv", "max pool", "sigmoid", "matmul in batches", "arg max"])
def test_operators_in_a_batch(name: str, padded: bool, srs: Srs) -> None:
    shape, build, options = {**OPERATORS, **MORE}[name]
    assert_proves(with_weights(shape, build, **options), srs, batch=3, padded=padded)


def test_all_integer_operators_were_proved() -> None:
    proved = set()
    for shape, build, options in {**OPERATORS, **MORE}.values():
        proved |= {node.op for node in with_weights(shape, build, **options).nodes}
    assert proved == set(INTEGER_OPERATORS)


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs(seed: int, srs: Srs) -> None:
    from test_random_graphs import Builder as RandomGraph

    graph = RandomGraph(seed)
    for _ in range(int(graph.random.integers(2, 6))):
        graph.grow()
    source = graph.finish()
    samples = graph.random.normal(size=(6, *graph.input_shape)).astype(np.float32)
    model = compile_model(source, samples, bits=8)
    if model.constants:
        assert_proves(model, srs)
        assert_proves(model, srs, padded=True)


@pytest.mark.parametrize("name", ["mlp", "classifier", "conv1d", "lenet"])
def test_torch_models(name: str) -> None:
    pytest.importorskip("torch")
    from torch_models import build, export

    module, samples = build(name)
    model = compile_model(export(module, samples, dynamo=False), samples, bits=8)
    string = development(16)
    assert_proves(model, string)
    assert_proves(model, string, padded=True)
