"""Running the command line on a small model."""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.cli import main
from zkattest.cli.common import settings


@dataclass(frozen=True)
class Done:
    """A finished command: exit code, the JSON object on stdout, stderr."""

    code: int
    result: dict[str, Any]
    stderr: str


@dataclass(frozen=True)
class Walk:
    """A directory in which the verbs ran, and a way to run more there."""

    directory: Path
    run: Callable[..., Done]
    steps: dict[str, Done]


@contextlib.contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def zkattest(directory: Path, *words: object) -> Done:
    """Run the command line in this process, with ``--json``, as it would run in ``directory``."""
    settings.cache_clear()
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with _inside(directory), redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        try:
            main([*map(str, words), "--json"])
        except SystemExit as end:
            code = end.code
    lines = out.getvalue().splitlines()
    assert isinstance(code, int), (words, code)
    return Done(code, json.loads(lines[-1]) if lines else {}, err.getvalue())


def small_model(seed: int = 0) -> bytes:
    """3-4-2 with ReLU, weights in [-1, 1]."""
    rng = np.random.default_rng(seed)
    shapes = {"w1": (4, 3), "b1": (4,), "w2": (2, 4), "b2": (2,)}
    tensors = [
        numpy_helper.from_array(rng.uniform(-1, 1, shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["z"], "first", transB=1),
        helper.make_node("Relu", ["z"], ["a"], "relu"),
        helper.make_node("Gemm", ["a", "w2", "b2"], ["y"], "second", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()
