"""Networks exported from torch, by both exporters: integer output against torch and onnxruntime."""

import functools

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from frontend_bounds import error_bounds  # noqa: E402
from torch_models import MODELS, build, export  # noqa: E402

from zkattest.frontend import QuantisedModel, compile_model, fidelity  # noqa: E402

EXPORTERS = ("legacy", "dynamo")


@functools.cache
def exported(name, exporter):
    module, samples = build(name)
    return module, samples, export(module, samples, dynamo=exporter == "dynamo")


@pytest.fixture(params=[(n, e) for n in MODELS for e in EXPORTERS], ids=lambda p: "-".join(p))
def network(request):
    return request.param[0], *exported(*request.param)


@pytest.mark.parametrize(("bits", "weight_bits"), [(8, 8), (12, 12), (16, 16)])
def test_output_is_within_the_bound_that_the_scales_imply(network, bits, weight_bits):
    name, module, samples, data = network
    model = compile_model(data, samples, bits=bits, weight_bits=weight_bits)
    output = model.outputs[0].name
    agreed = 0
    with torch.no_grad():
        references = module(torch.tensor(samples)).numpy()
    for sample, expected in zip(samples, references, strict=True):
        trace = model.trace(model.quantise_input(sample))
        got = model.dequantise_output(trace[output])
        if name == "classifier":
            agreed += int(got.reshape(-1)[0]) == int(expected)
            continue
        bound = error_bounds(model, trace)[output]
        if model.transform.kind == "softmax":
            # |d softmax_i| <= 2 p_i (1 - p_i) max|d logit| <= max|d logit| / 2: the logits' bound holds
            assert model.transform.axes == (1,)
        assert np.abs(got - expected).max() <= bound
        agreed += int(np.argmax(got)) == int(np.argmax(expected))
    if bits == 16:
        assert agreed == len(samples)
    if bits == 12:
        assert agreed >= 0.9 * len(samples)


def test_both_exporters_describe_the_same_function():
    for name in MODELS:
        _, samples, legacy = exported(name, "legacy")
        dynamo = exported(name, "dynamo")[2]
        a, b = (compile_model(data, samples) for data in (legacy, dynamo))
        assert a.parameters == b.parameters
        agreed = [
            np.array_equal(
                np.argmax(a.execute(a.quantise_input(s))), np.argmax(b.execute(b.quantise_input(s)))
            )
            for s in samples
        ]
        assert np.mean(agreed) >= 0.9


def test_encoding_round_trip_and_execution_agree(network, tmp_path):
    _, _, samples, data = network
    model = compile_model(data, samples)
    copy = QuantisedModel.load(model.save(tmp_path / "model.zkqm"))
    assert copy.to_bytes() == model.to_bytes()
    assert copy.digest == model.digest
    assert copy.architecture_digest == model.architecture_digest
    x = model.quantise_input(samples[0])
    np.testing.assert_array_equal(copy.execute(x), model.execute(x))


def test_relu_and_batch_normalisation_disappear_into_the_layer_before_them():
    _, samples, data = exported("bottleneck", "legacy")
    model = compile_model(data, samples)
    ops = [node.op for node in model.nodes]
    assert ops == ["conv", "conv", "max_pool", "scale_shift", "conv", "leaky_relu", "reduce_mean", "gemm"]
    first, second = model.nodes[:2]
    assert first.low == second.low == 0
    six = round(6 * 2.0 ** model.tensors[second.outputs[0]].scale)
    assert second.high == min(six, model.tensors[second.outputs[0]].high)


def test_argmax_of_softmax_needs_no_softmax():
    _, samples, data = exported("classifier", "legacy")
    model = compile_model(data, samples)
    assert "argmax" in [node.op for node in model.nodes]
    assert model.transform.kind == "none"
    assert model.outputs[0].scale == 0


def test_fidelity_report(network, tmp_path):
    _, _, samples, data = network
    model = compile_model(data, samples, bits=12, weight_bits=12)
    report = fidelity(model, data, samples)
    assert report.samples == len(samples)
    assert report.top1_agreement >= 0.9
    assert len(report.tensors) == len(model.nodes) + 1
    assert all(t.quantised_low >= -(1 << (t.bits - 1)) for t in report.tensors)
    known = [t for t in report.tensors if t.max_error is not None]
    assert len(known) >= len(report.tensors) - 2
    # calibrated on these samples: no float value leaves its declared range by more than half a unit
    for tensor in known:
        half = 2.0**-tensor.scale
        assert tensor.declared_low - half <= tensor.seen_low
        assert tensor.seen_high <= tensor.declared_high + half
    assert report.to_json().startswith("{")
    assert report.tensors[0].op == "input"
    assert report.plot(tmp_path / "fidelity.png").stat().st_size > 1000
    assert "<table>" in report._repr_html_()
    assert report.table().row_count == len(report.tensors)


def test_fidelity_counts_what_saturates():
    _, samples, data = exported("mlp", "legacy")
    model = compile_model(data, samples, input_range=(-1.0, 1.0))
    report = fidelity(model, data, samples)
    limit = (model.inputs[0].high + 0.5) / 2.0 ** model.inputs[0].scale
    assert report.tensors[0].saturated == int(np.sum((samples >= limit) | (samples < -limit - 1 / 2**11)))
    assert report.tensors[0].saturated > 0
