"""The ONNX standard's own node test cases: every one of a supported operator that has a float input."""

import warnings
from collections import Counter

import numpy as np
import onnx
import pytest
from frontend_bounds import error_bounds
from onnx import numpy_helper

from zkattest.errors import ModelError, UnsupportedOperatorError
from zkattest.frontend import compile_model, import_onnx
from zkattest.frontend.importer import MAX_OPSET, MIN_OPSET
from zkattest.frontend.ops import ONNX_OPERATORS

#: At least this many cases of each operator run to the end.
MINIMUM = {
    "Add": 2, "AveragePool": 14, "BatchNormalization": 2, "Clip": 4, "Concat": 1, "Conv": 6, "Dropout": 2,
    "Flatten": 8, "Gemm": 11, "GlobalAveragePool": 2, "Identity": 1, "LeakyRelu": 2, "MatMul": 4,
    "MaxPool": 10, "Mul": 2, "Pad": 1, "ReduceMean": 5, "Relu": 1, "Reshape": 8, "Sigmoid": 2, "Slice": 6,
    "Softmax": 7, "LogSoftmax": 7,
    "Squeeze": 2, "Sub": 2, "Tanh": 2, "Transpose": 6, "Unsqueeze": 6, "ArgMax": 6,
}  # fmt: skip

#: The whole list of refusals that are right, by a piece of the message, with the reason.
REFUSALS = {
    "spatial axes": "three spatial axes",
    "has element type": "not a float input",
    "select_last_index": "the tie rule is the lowest index",
    "training_mode": "training",
    "which is empty": "zero-size tensor",
    "has size 0": "zero-size tensor",
}


def load_cases():
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = load_model_tests(kind="node")
    for case in cases:
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in ONNX_OPERATORS and nodes[0].domain == "":
            yield case


CASES = list(load_cases())


def as_array(value):
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.generic) else value


def lifted(case):
    """The case's model with all inputs but the first as initialisers, its first input, its first output."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    inputs, outputs = case.data_sets[0]
    if not inputs:
        pytest.skip("the case has no input")
    inputs = [as_array(value) for value in inputs]
    for info, value in zip(case.model.graph.input[1:], inputs[1:], strict=True):
        if not isinstance(value, np.ndarray):
            pytest.skip("a sequence or optional input")
        model.graph.initializer.append(numpy_helper.from_array(value, info.name))
        model.graph.input.remove(next(i for i in model.graph.input if i.name == info.name))
    first = inputs[0]
    if not isinstance(first, np.ndarray):
        pytest.skip("a sequence, optional or exotic input")
    return model, first, outputs[0]


RUN = Counter()


@pytest.mark.parametrize("bits", [16, 8])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_node_case(case, bits):
    model, x, expected = lifted(case)
    operator = model.graph.node[0].op_type
    output = model.graph.output[0].name
    try:
        quantised = compile_model(
            model.SerializeToString(), x[np.newaxis], bits=bits, weight_bits=bits, output=output
        )
    except ModelError as error:
        reasons = [reason for piece, reason in REFUSALS.items() if piece in str(error)]
        if not reasons:
            pytest.fail(f"an unexpected refusal: {error}")
        pytest.skip(f"{operator}: {reasons[0]}")
    trace = quantised.trace(quantised.quantise_input(x))
    q = trace[quantised.outputs[0].name]
    assert q.shape == expected.shape
    if operator == "ArgMax":
        expected_of_quantised = np.argmax(trace[quantised.inputs[0].name], **argmax_arguments(model, x))
        np.testing.assert_array_equal(q, expected_of_quantised.reshape(expected.shape))
        separated = (
            chosen_values(x, q, model)
            >= chosen_values(x, expected, model) - 2.0 ** -quantised.inputs[0].scale
        )
        assert separated.all()
    else:
        bound = error_bounds(quantised, trace)[quantised.outputs[0].name]
        error = np.abs(quantised.dequantise_output(q) - expected.astype(np.float64)).max()
        if operator == "LogSoftmax":
            bound *= 2  # the logit itself, and the logarithm of the sum
        if np.array_equal(np.round(expected, 4), expected):
            bound += 5e-5  # the case gives four decimals
        assert error <= bound, (error, bound)
    RUN[operator] += 1


def argmax_arguments(model, x):
    attributes = {a.name: a.i for a in model.graph.node[0].attribute}
    return {"axis": attributes.get("axis", 0)}


def chosen_values(x, indices, model):
    axis = argmax_arguments(model, x)["axis"]
    shape = list(x.shape)
    shape[axis] = 1
    return np.take_along_axis(x, np.asarray(indices).reshape(shape), axis=axis)


def test_enough_cases_ran(request):
    """Guards against an empty loop: counts what ran above (only when the whole file runs)."""
    chosen = [item for item in request.session.items if item.name.startswith("test_node_case[")]
    if len(chosen) < 2 * len(CASES):
        pytest.skip("runs with the whole file only")
    missing = {op: (RUN[op], 2 * least) for op, least in MINIMUM.items() if RUN[op] < 2 * least}
    assert not missing
    assert set(ONNX_OPERATORS) - set(MINIMUM) == {"Constant"}


def test_no_supported_operator_has_a_definition_newer_than_the_opsets_read():
    newest = {
        schema.name: 0 for schema in onnx.defs.get_all_schemas_with_history() if schema.name in ONNX_OPERATORS
    }
    assert set(newest) == set(ONNX_OPERATORS)
    for name in ONNX_OPERATORS:
        assert onnx.defs.get_schema(name, MAX_OPSET).since_version <= MAX_OPSET
        assert onnx.defs.get_schema(name, MIN_OPSET).since_version <= MIN_OPSET


def test_refusal_names_the_node():
    case = next(case for case in CASES if case.name == "test_averagepool_3d_default")
    with pytest.raises(
        UnsupportedOperatorError, match=r"Node 0 'AveragePool_0' \(AveragePool\): 3 spatial axes"
    ):
        import_onnx(case.model.SerializeToString())
