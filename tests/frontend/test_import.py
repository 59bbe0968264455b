"""What import refuses, and that it says which node and what to do; what it folds and rewrites."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import TINY_SAMPLES, model, tiny

from zkattest.errors import (
    CalibrationError,
    DynamicShapeError,
    EmptyTensorError,
    ModelError,
    NonFiniteError,
    NotOnnxError,
    OpsetError,
    OverflowRangeError,
    ShapeError,
    StorageError,
    UnsupportedOperatorError,
    ZkattestError,
)
from zkattest.frontend import compile_model, import_onnx, quantise

W = np.eye(4, dtype=np.float32)
GEMM = ("Gemm", ["x", "w"], ["z"], {})


def refuse(source, error, *pieces, **options):
    with pytest.raises(error) as caught:
        import_onnx(source, **options)
    assert type(caught.value) is error
    for piece in pieces:
        assert piece in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\x00", b"not a model at all", bytes(100), b"\xff" * 50])
def test_bytes_that_are_no_model(data):
    refuse(data, NotOnnxError)


def test_missing_file(tmp_path):
    refuse(tmp_path / "absent.onnx", StorageError, "absent.onnx")


def test_truncated_file(tmp_path):
    data = tiny().SerializeToString()
    path = tmp_path / "cut.onnx"
    path.write_bytes(data[: len(data) // 2])
    refuse(path, NotOnnxError)


def test_checker_failure():
    broken = tiny()
    broken.graph.node[0].input[0] = "nowhere"
    refuse(broken, NotOnnxError, "checker", "nowhere")


@pytest.mark.parametrize("opset", [7, 10, 26, 99])
def test_opsets_outside_the_span(opset):
    old = tiny()
    old.opset_import[0].version = opset
    with pytest.raises((OpsetError, NotOnnxError)) as caught:
        import_onnx(old)
    if isinstance(caught.value, OpsetError):
        assert str(opset) in str(caught.value)
        assert "11 to 25" in str(caught.value)
    else:
        assert opset == 99  # unknown to the checker itself


def test_unsupported_operator_is_named():
    refuse(
        model([GEMM, ("Erf", ["z"], ["y"], {})], {"w": W}),
        UnsupportedOperatorError,
        "Node 1 'n1' (Erf)",
        "Gemm",
    )


def test_foreign_domain_is_named():
    source = model([GEMM, ("Relu", ["z"], ["y"], {})], {"w": W})
    source.graph.node[1].domain = "com.example"
    source.opset_import.append(helper.make_opsetid("com.example", 1))
    refuse(source, UnsupportedOperatorError, "Node 1 'n1' (Relu)", "com.example")


def test_unsupported_operator_that_the_output_does_not_need_is_ignored():
    nodes = [("Gemm", ["x", "w"], ["y"], {}), ("Erf", ["x"], ["unused"], {})]
    assert [node.op for node in import_onnx(model(nodes, {"w": W})).nodes] == ["Gemm"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(bad):
    w = W.copy()
    w[1, 2] = bad
    refuse(
        model([("Gemm", ["x", "w"], ["y"], {})], {"w": w}),
        NonFiniteError,
        "Node 0 'n0' (Gemm)",
        "'w'",
        "1 NaN",
    )


def test_double_weights_beyond_float32_are_not_finite():
    w = W.astype(np.float64) * 1e300
    source = model([("Gemm", ["x", "w"], ["y"], {})], {"w": w}, dtype=TensorProto.DOUBLE)
    refuse(source, NonFiniteError, "'w'")


def symbolic(*dims):
    return [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)]


def test_symbolic_batch_becomes_one_and_others_are_refused():
    nodes = [("Gemm", ["x", "w"], ["y"], {})]
    assert import_onnx(model(nodes, {"w": W}, inputs=symbolic("n", 4))).shapes["x"] == (1, 4)
    source = model([("Relu", ["x"], ["y"], {})], {}, inputs=symbolic("n", 3, "h", "w"))
    refuse(source, DynamicShapeError, "Axis 2", "'x'", "shapes=")
    assert import_onnx(source, shapes={"x": (2, 3, 5, 7)}).shapes["y"] == (2, 3, 5, 7)
    refuse(source, ShapeError, "shapes=", shapes={"x": (1, 4, 5, 7)})
    refuse(source, ShapeError, "'other'", shapes={"other": (1,)})
    refuse(source, EmptyTensorError, "size 0", shapes={"x": (1, 3, 0, 7)})


def test_shape_that_depends_on_values():
    nodes = [("NonZero", ["x"], ["i"], {}), ("Gather", ["x", "i"], ["y"], {})]
    with pytest.raises((DynamicShapeError, UnsupportedOperatorError), match="Node 0 'n0'"):
        import_onnx(model(nodes, {}))


def test_empty_tensors():
    refuse(model([("Relu", ["x"], ["y"], {})], {}, shape=(1, 0)), EmptyTensorError, "Axis 1", "'x'")
    nodes = [("Slice", ["x", "a", "b"], ["y"], {})]
    limits = {"a": np.array([0, 2]), "b": np.array([1, 2])}
    refuse(model(nodes, limits), EmptyTensorError, "Node 0 'n0' (Slice)", "(1, 0)")


def test_inputs_and_outputs():
    two = [*symbolic(1, 4), helper.make_tensor_value_info("u", TensorProto.FLOAT, (1, 4))]
    refuse(model([("Add", ["x", "u"], ["y"], {})], {}, inputs=two), ModelError, "2 inputs", "'u'")
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 4)) for name in ("z", "y")]
    source = model([GEMM, ("Relu", ["z"], ["y"], {})], {"w": W}, outputs=outputs)
    refuse(source, ModelError, "2 outputs", "output=")
    assert [node.op for node in import_onnx(source, output="z").nodes] == ["Gemm"]
    refuse(source, ModelError, "no output 'q'", output="q")
    integers = model([("Identity", ["x"], ["y"], {})], {}, dtype=TensorProto.INT32)
    refuse(integers, ModelError, "INT32", "float32")


def test_second_output_in_use():
    nodes = [("MaxPool", ["x"], ["a", "i"], {"kernel_shape": [2]}), ("Cast", ["i"], ["y"], {"to": 1})]
    refuse(model(nodes, {}, shape=(1, 1, 4)), UnsupportedOperatorError, "Node 1 'n1' (Cast)")


@pytest.mark.parametrize(
    ("node", "constants", "shape", "piece"),
    [
        (("Conv", ["x", "x"], ["y"], {}), {}, (1, 1, 3, 3), "is computed"),
        (("Conv", ["x", "w"], ["y"], {}), {"w": np.ones((1,) * 5, np.float32)}, (1, 1, 3, 3, 3), "3 spatial"),
        (("Pad", ["x", "p"], ["y"], {"mode": "reflect"}), {"p": np.array([0, 1, 0, 1])}, (1, 4), "'reflect'"),
        (("Pad", ["x", "p"], ["y"], {}), {"p": np.array([0, -1, 0, 0])}, (1, 4), "negative pads"),
        (("LeakyRelu", ["x"], ["y"], {"alpha": 1e4}), {}, (1, 4), "alpha is 10000"),
        (("Dropout", ["x", "r", "t"], ["y"], {}),
         {"r": np.float32(0.5), "t": np.array(True)}, (1, 4), "training_mode"),
        (("Clip", ["x", "x"], ["y"], {}), {}, (), "not constant scalars"),
        (("ArgMax", ["x"], ["y"], {"axis": 1, "select_last_index": 1}), {}, (1, 4), "select_last_index"),
        (("BatchNormalization", ["x", "a", "a", "a", "v"], ["y"], {}),
         {"a": np.ones(4, np.float32), "v": np.full(4, -1, np.float32)}, (1, 4), "variance is negative"),
    ],
    ids=lambda v: v[0] if isinstance(v, tuple) and v and isinstance(v[0], str) else "",
)  # fmt: skip
def test_forms_without_integer_semantics(node, constants, shape, piece):
    refuse(model([node], constants, shape=shape), UnsupportedOperatorError, f"Node 0 'n0' ({node[0]})", piece)


def test_softmax_and_argmax_only_at_the_output():
    nodes = [GEMM, ("Softmax", ["z"], ["s"], {}), ("Relu", ["s"], ["y"], {})]
    refuse(model(nodes, {"w": W}), UnsupportedOperatorError, "Node 1 'n1' (Softmax)", "not the last")
    nodes = [GEMM, ("Softmax", ["z"], ["s"], {"axis": 0}), ("ArgMax", ["s"], ["y"], {"axis": 1})]
    refuse(model(nodes, {"w": W}), UnsupportedOperatorError, "Node 1 'n1' (Softmax)")


def test_shape_arithmetic_of_exporters_is_folded():
    nodes = [
        ("Shape", ["x"], ["s"], {}),
        ("Gather", ["s", "zero"], ["n"], {}),
        ("Unsqueeze", ["n", "axis"], ["n1"], {}),
        ("Concat", ["n1", "rest"], ["target"], {"axis": 0}),
        ("Reshape", ["x", "target"], ["flat"], {}),
        ("Constant", [], ["k"], {"value": numpy_helper.from_array(np.ones((12, 2), np.float32))}),
        ("Transpose", ["k"], ["kt"], {}),
        ("Gemm", ["flat", "kt"], ["y"], {"transB": 1}),
    ]
    constants = {"zero": np.array(0), "axis": np.array([0]), "rest": np.array([-1])}
    graph = import_onnx(model(nodes, constants, inputs=symbolic("n", 3, 4)))
    assert [node.op for node in graph.nodes] == ["Reshape", "Gemm"]
    assert graph.shapes["flat"] == (1, 12)


@pytest.mark.parametrize("op", ["Conv", "Gemm"])
def test_batch_normalisation_folds_exactly(op):
    random = np.random.default_rng(3)
    channels = 3
    shape = (1, 2, 5) if op == "Conv" else (1, 2)
    w = random.normal(size=(channels, 2, 3) if op == "Conv" else (channels, 2)).astype(np.float32)
    statistics = {name: random.uniform(0.5, 2, channels).astype(np.float32) for name in ("g", "b", "m", "v")}
    attributes = {} if op == "Conv" else {"transB": 1, "alpha": 0.5}
    nodes = [
        (op, ["x", "w"], ["z"], attributes),
        ("BatchNormalization", ["z", "g", "b", "m", "v"], ["y"], {}),
    ]
    source = model(nodes, {"w": w, **statistics}, shape=shape)
    graph = import_onnx(source)
    assert [node.op for node in graph.nodes] == [op]
    x = random.normal(size=shape).astype(np.float32)
    from onnx.reference import ReferenceEvaluator

    before = ReferenceEvaluator(source).run(None, {"x": x})[0]
    after = ReferenceEvaluator(graph.to_onnx()).run(None, {"x": x})[0]
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


def test_batch_normalisation_stays_where_its_input_is_used_twice():
    nodes = [
        ("Gemm", ["x", "w"], ["z"], {}),
        ("BatchNormalization", ["z", "o", "o", "o", "o"], ["b"], {}),
        ("Add", ["z", "b"], ["y"], {}),
    ]
    graph = import_onnx(model(nodes, {"w": W, "o": np.ones(4, np.float32)}))
    assert [node.op for node in graph.nodes] == ["Gemm", "BatchNormalization", "Add"]


@pytest.mark.parametrize("place", ["beside", "missing", "bytes", "outside"])
def test_external_data(tmp_path, place):
    source = model([("Gemm", ["x", "w"], ["y"], {})], {"w": W})
    path = tmp_path / "model.onnx"
    onnx.save_model(source, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    if place == "beside":
        assert import_onnx(path).constants["w"].tolist() == W.tolist()
        first = import_onnx(path).onnx_sha256
        data = bytearray((tmp_path / "weights.bin").read_bytes())
        data[2] ^= 0x40
        (tmp_path / "weights.bin").write_bytes(data)
        assert import_onnx(path).onnx_sha256 != first
    elif place == "bytes":
        refuse(path.read_bytes(), ModelError, "weights.bin", "path")
    elif place == "missing":
        (tmp_path / "weights.bin").unlink()
        refuse(path, ModelError, "weights.bin", "beside")
    else:
        proto = onnx.load(path, load_external_data=False)
        proto.graph.initializer[0].external_data[0].value = "../weights.bin"
        (tmp_path / "inner").mkdir()
        inner = tmp_path / "inner" / "model.onnx"
        inner.write_bytes(proto.SerializeToString())
        refuse(inner, ModelError, "../weights.bin")


@pytest.mark.parametrize(
    ("samples", "error", "piece"),
    [
        (np.zeros((0, 4)), CalibrationError, "no samples"),
        (np.zeros((3, 5)), CalibrationError, "(3, 5)"),
        (np.float32(1), CalibrationError, "no samples"),
        ([["a", "b", "c", "d"]], CalibrationError, "numeric"),
        (np.array([[0, 0, 0, 0], [0, np.nan, 0, 0]]), NonFiniteError, "Sample 1"),
        (np.array([[0, 0, 0, 1e300]]), NonFiniteError, "Sample 0"),
    ],
)
def test_calibration_data_that_does_not_fit(samples, error, piece):
    graph = import_onnx(tiny())
    with pytest.raises(error) as caught:
        quantise(graph, samples)
    assert piece in str(caught.value)


def test_calibration_that_overflows_float32_names_the_tensor():
    w = np.full((4, 2), 3e38, np.float32)
    graph = import_onnx(model([("Gemm", ["x", "w"], ["y"], {})], {"w": w}))
    with pytest.raises(NonFiniteError, match="'y'"):
        quantise(graph, TINY_SAMPLES)


@pytest.mark.parametrize("bits", [0, 7, 17, -1])
def test_widths_outside_the_span(bits):
    graph = import_onnx(tiny())
    for options in ({"bits": bits}, {"weight_bits": bits}):
        with pytest.raises(CalibrationError, match="8 to 16"):
            quantise(graph, TINY_SAMPLES, **options)


@pytest.mark.parametrize("limits", [(1, 0), (0, np.inf), (np.nan, 1), ("a", 1), (1,)])
def test_declared_input_range_that_is_none(limits):
    with pytest.raises(CalibrationError, match="input_range"):
        compile_model(tiny(), TINY_SAMPLES, input_range=limits)


def test_overflow_is_refused_and_names_the_node():
    # a bias of 1e9 beside weights of 1e-9: aligned with the products it leaves 62 bits
    constants = {"w": np.full((4, 2), 1e-9, np.float32), "b": np.full(2, 1e9, np.float32)}
    source = model([("Gemm", ["x", "w", "b"], ["y"], {})], constants)
    with pytest.raises(OverflowRangeError, match=r"Node 0 'n0' \(Gemm\)"):
        compile_model(source, TINY_SAMPLES, bits=16, weight_bits=16)


@pytest.mark.parametrize(
    ("node", "constants", "piece"),
    [
        (
            ("Pad", ["x", "p", "v"], ["y"], {}),
            {"p": np.array([0, 1, 0, 0]), "v": np.float32(1e20)},
            "Node 0 'n0' (Pad)",
        ),
        (("Gemm", ["x", "w"], ["y"], {}), {"w": np.full((4, 2), 1e20, np.float32)}, "'w'"),
        (("Add", ["x", "w"], ["y"], {}), {"w": np.full((1, 4), 1e20, np.float32)}, "Node 0 'n0' (Add)"),
    ],
    ids=["pad", "weights", "output"],
)
def test_values_that_no_scale_holds_are_refused_not_saturated(node, constants, piece):
    with pytest.raises(OverflowRangeError) as caught:
        compile_model(model([node], constants), TINY_SAMPLES)
    assert piece in str(caught.value)


def test_inputs_that_no_scale_holds_are_refused_not_saturated():
    with pytest.raises(OverflowRangeError, match="input 'x'"):
        compile_model(model([("Relu", ["x"], ["y"], {})], {}), TINY_SAMPLES * 1e20)


def test_clip_limits_become_saturation_bounds():
    nodes = [GEMM, ("Clip", ["z", "low", "high"], ["y"], {})]
    constants = {"w": W * 8, "low": np.float32(-1.5), "high": np.float32(2.25)}
    quantised = compile_model(model(nodes, constants), TINY_SAMPLES, bits=8, weight_bits=8)
    (node,) = quantised.nodes
    scale = quantised.outputs[0].scale
    assert (node.low, node.high) == (-1.5 * 2**scale, 2.25 * 2**scale)
    x = quantised.quantise_input([1.0, -1.0, 0.0, 0.25])
    np.testing.assert_array_equal(quantised.dequantise_output(quantised.execute(x)), [[2.25, -1.5, 0, 2]])


def test_clip_limits_outside_the_range_of_the_input():
    nodes = [("Clip", ["x", "low"], ["y"], {})]
    quantised = compile_model(model(nodes, {"low": np.float32(5.0)}), TINY_SAMPLES)
    assert quantised.dequantise_output(
        quantised.execute(quantised.quantise_input([0, 1, -1, 0.5]))
    ).tolist() == [[5.0] * 4]


def test_the_upper_limit_wins():
    nodes = [GEMM, ("Clip", ["z", "low", "high"], ["y"], {})]
    constants = {"w": W, "low": np.float32(1.0), "high": np.float32(-1.0)}
    quantised = compile_model(model(nodes, constants), TINY_SAMPLES)
    x = quantised.quantise_input(TINY_SAMPLES[0])
    assert quantised.dequantise_output(quantised.execute(x)).tolist() == [[-1.0] * 4]


@pytest.mark.parametrize("kind", ["truncate", "mutate"])
def test_hostile_models_give_typed_errors(kind):
    """Nothing raw leaves import and quantisation, whatever the bytes."""
    data = tiny().SerializeToString()
    random = np.random.default_rng(5)
    outcomes = {"ok": 0, "refused": 0}
    for position in range(len(data)):
        if kind == "truncate":
            hostile = data[:position]
        else:
            hostile = bytearray(data)
            hostile[position] ^= 1 << int(random.integers(8))
            hostile = bytes(hostile)
        try:
            compile_model(hostile, TINY_SAMPLES)
            outcomes["ok"] += 1
        except ZkattestError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 0.4 * len(data)


def test_width_is_chosen_as_the_fewest_that_agree():
    random = np.random.default_rng(2)
    samples = random.normal(size=(60, 4)).astype(np.float32)
    w = random.normal(size=(4, 3)).astype(np.float32)
    graph = import_onnx(model([("Gemm", ["x", "w"], ["y"], {})], {"w": w}))
    expected = samples @ w
    spread = expected.max() - expected.min()

    def agrees(quantised, tolerance):
        outputs = [
            quantised.dequantise_output(quantised.execute(quantised.quantise_input(x)))[0] for x in samples
        ]
        close = np.abs(outputs - expected).max() <= tolerance * spread
        return close and np.array_equal(np.argmax(outputs, axis=1), np.argmax(expected, axis=1))

    chosen = set()
    for tolerance in (0.2, 0.01, 0.001, 0.0001):
        quantised = quantise(graph, samples, bits=None, tolerance=tolerance)
        bits = quantised.inputs[0].bits
        chosen.add(bits)
        assert bits == 16 or agrees(quantised, tolerance)
        for fewer in range(8, bits):
            assert not agrees(quantise(graph, samples, bits=fewer), tolerance)
    assert len(chosen) >= 2
    with pytest.raises(CalibrationError, match="tolerance"):
        quantise(graph, samples, bits=None, tolerance=0.0)


@pytest.mark.parametrize("shape", [(3,), (1,), (1, 3), (), (2, 3)])
@pytest.mark.parametrize("relu", [False, True])
def test_a_bias_after_matmul_joins_the_product_where_it_is_a_row(shape, relu):
    random = np.random.default_rng(4)
    constants = {"w": random.normal(size=(4, 3)), "b": random.normal(size=shape)}
    constants = {name: value.astype(np.float32) for name, value in constants.items()}
    nodes = [("MatMul", ["x", "w"], ["z"], {}), ("Add", ["b", "z"], ["s" if relu else "y"], {})]
    nodes += [("Relu", ["s"], ["y"], {})] if relu else []
    samples = random.normal(size=(20, 2, 4)).astype(np.float32)
    quantised = compile_model(model(nodes, constants, shape=(2, 4)), samples, bits=14)
    assert [node.op for node in quantised.nodes] == (["gemm", "add"] if shape == (2, 3) else ["gemm"])
    assert quantised.nodes[-1].low == (0 if relu else quantised.outputs[0].low)
    for x in samples:
        expected = x @ constants["w"] + constants["b"]
        got = quantised.dequantise_output(quantised.execute(quantised.quantise_input(x)))
        np.testing.assert_allclose(got, np.maximum(expected, 0) if relu else expected, atol=0.004)


@pytest.mark.parametrize(
    ("nodes", "constants", "shape", "rank"),
    [
        ([("Relu", ["x"], ["z"], {}), ("Softmax", ["z"], ["y"], {"axis": 1})], {}, (2, 3, 4), 3),
        ([("Relu", ["x"], ["z"], {}), ("LogSoftmax", ["z"], ["y"], {})], {}, (2, 3, 4), 3),
        ([("Unsqueeze", ["x"], ["z"], {"axes": [1]}), ("Squeeze", ["z"], ["y"], {"axes": [0]})],
         {}, (1, 4), 2),
        ([("ReduceMean", ["x"], ["y"], {"axes": [-1, 1], "keepdims": 0})], {}, (2, 3, 5), 1),
        ([("ReduceMean", ["x"], ["y"], {})], {}, (3, 5), 2),
        ([("Dropout", ["x"], ["y"], {"ratio": 0.5})], {}, (3, 5), 2),
        ([("Pad", ["x", "p", "v"], ["y"], {})],
         {"p": np.array([0, 1, 2, 0]), "v": np.float32(-9)}, (3, 5), 2),
        ([("Slice", ["x", "a", "b", "i", "s"], ["y"], {})],
         {"a": np.array([-1]), "b": np.array([-100]), "i": np.array([-1]), "s": np.array([-2])}, (3, 5), 2),
        ([("Clip", ["x", "", "h"], ["y"], {})], {"h": np.float32(0.5)}, (3, 5), 2),
        ([("Reshape", ["x", "s"], ["y"], {})], {"s": np.array([0, -1, 1])}, (3, 4), 3),
        ([("Flatten", ["x"], ["y"], {"axis": -1})], {}, (3, 4, 2), 2),
    ],
    ids=lambda v: v[-1][0] if isinstance(v, list) else "",
)  # fmt: skip
def test_forms_of_opset_11(nodes, constants, shape, rank):
    import onnxruntime

    source = model(nodes, constants, shape=shape, rank=rank, opset=11)
    samples = np.random.default_rng(9).normal(size=(20, *shape)).astype(np.float32)
    quantised = compile_model(source, samples, bits=16)
    session = onnxruntime.InferenceSession(source.SerializeToString(), providers=["CPUExecutionProvider"])
    for x in samples:
        expected = session.run(None, {"x": x})[0]
        got = quantised.dequantise_output(quantised.execute(quantised.quantise_input(x)))
        np.testing.assert_allclose(got, expected, atol=4 * 2.0 ** -quantised.outputs[0].scale)


def test_an_element_type_that_no_onnx_knows():
    proto = onnx.ModelProto()
    proto.CopyFrom(tiny())
    proto.graph.input[0].type.tensor_type.elem_type = 61
    refuse(proto, ModelError, "unknown (61)", "floats")
