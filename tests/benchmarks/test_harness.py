"""The benchmarks' own parts: the networks are those of the papers, the stopwatch and the merge are right."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import timing
from gas import kept
from models import MODELS, batched
from run import merge

#: Trainable parameters as the papers or their usual CIFAR implementations count them.
PARAMETERS = {
    "mlp": 784 * 128 + 128 + 128 * 10 + 10,
    "lenet5": 61_706,
    "cnn264k": 259_511,
    "dense4m": 4 * (1024 * 1024 + 1024) + 10_250,
    "vgg16": 15_245_130,
    "resnet18": 11_173_962,
    "dense_stack2": 2 * (64 * 64 + 64),
    "dense_stack20": 20 * (64 * 64 + 64),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_networks_have_their_published_size(name):
    graph = onnx.load_from_string(MODELS[name]().onnx_bytes).graph
    statistics = {n for node in graph.node if node.op_type == "BatchNormalization" for n in node.input[3:5]}
    sizes = {tensor.name: int(np.prod(tensor.dims)) for tensor in graph.initializer}
    assert sum(size for tensor, size in sizes.items() if tensor not in statistics) == PARAMETERS[name]


@pytest.mark.parametrize("name", ["clinic", "lenet5"])
def test_a_batch_computes_what_its_members_do(name):
    source = MODELS[name]()
    together = batched(source, 3)
    single, several = (
        onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        for data in (source.onnx_bytes, together.onnx_bytes)
    )
    given = single.get_inputs()[0]
    (outputs,) = several.run(None, {given.name: together.samples[0]})
    shape = (1, *together.samples.shape[2:])
    for position in range(3):
        sample = source.samples[position].reshape(shape)
        np.testing.assert_array_equal(together.samples[0][position], sample[0])
        (expected,) = single.run(None, {given.name: sample})
        np.testing.assert_allclose(outputs[position], expected[0], rtol=1e-4, atol=1e-5)


def test_stopwatch_counts_inner_phases_apart(monkeypatch):
    clock = iter([0.0, 1.0, 4.0, 10.0, 20.0, 25.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    watch = timing.Stopwatch()
    watch.start("prove")  # 0
    watch.start("commit")  # 1
    watch.finish("commit")  # 4
    watch.finish("prove")  # 10
    watch.start("commit")  # 20
    watch.finish("commit")  # 25
    assert watch.phases(16.0) == {"prove": 7.0, "commit": 8.0, "other": 1.0}


def test_stopwatch_refuses_crossed_phases():
    watch = timing.Stopwatch()
    watch.start("a")
    watch.start("b")
    with pytest.raises(AssertionError, match="'a' ends inside 'b'"):
        watch.finish("a")


def test_the_median_run_is_reported(monkeypatch):
    clock = iter([0.0, 3.0, 10.0, 11.0, 20.0, 22.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    results = iter("abc")
    measured = timing.repeated(lambda: next(results))
    assert (measured.result, measured.seconds, measured.runs) == ("c", 2.0, 3)


def test_a_long_step_runs_once(monkeypatch):
    clock = iter([0.0, 60.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    assert timing.repeated(lambda: None).runs == 1


def test_merge_replaces_the_same_row_and_keeps_the_rest(tmp_path):
    def row(model, backend, prove_s, batch=1, profile=None):
        profile = profile or ("speed" if backend == "sumcheck" else None)
        identity = {"model": model, "backend": backend, "profile": profile, "batch": batch, "cores": 2}
        return {**identity, "prove_s": prove_s}

    path = tmp_path / "results.json"
    path.write_text(json.dumps({"micro": {"results": []}, "rows": [row("mlp", "ezkl", 9.0)]}))
    merge(path, [row("lenet5", "sumcheck", 2.0), row("mlp", "sumcheck", 1.0)])
    merge(path, [row("mlp", "ezkl", 8.0), row("mlp", "ezkl", 7.0, batch=4)])
    merge(path, [row("mlp", "sumcheck", 1.5, profile="gas")])
    document = json.loads(path.read_text())
    assert document["micro"] == {"results": []}
    found = [(r["model"], r["backend"], r["batch"], r["prove_s"]) for r in document["rows"]]
    assert found == [
        ("mlp", "sumcheck", 1, 1.0),
        ("mlp", "sumcheck", 1, 1.5),
        ("mlp", "ezkl", 1, 8.0),
        ("mlp", "ezkl", 4, 7.0),
        ("lenet5", "sumcheck", 1, 2.0),
    ]


def test_gas_and_sizes_measured_again_leave_times_alone():
    columns = ("verify_gas", "attest_gas", "register_gas", "deploy_gas", "calldata_bytes")
    columns += ("key_bytes", "vk_bytes", "proof_bytes", "rows")
    known = {"prove_s": 1.0, "verify_gas": 5, "estimate": {"prove_s": 2.0, "verify_gas": 4}}
    row = {"prove_s": 9.0, **dict.fromkeys(columns, 7), "estimate": {"prove_s": 3.0, "verify_gas": 8}}
    found = kept(row, known)
    assert (found["prove_s"], found["verify_gas"], found["deploy_gas"], found["vk_bytes"]) == (1.0, 7, 7, 7)
    assert found["estimate"] == {"prove_s": 2.0, "verify_gas": 8}
