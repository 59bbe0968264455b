"""Small ONNX models made by hand."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def model(
    nodes,
    constants,
    *,
    shape=(1, 4),
    output="y",
    opset=17,
    dtype=TensorProto.FLOAT,
    outputs=None,
    inputs=None,
    rank=None,
):
    """ModelProto with input x; ``nodes`` are (op, inputs, outputs, attributes)."""
    graph = helper.make_graph(
        [
            helper.make_node(op, ins, outs, name=f"n{i}", **attrs)
            for i, (op, ins, outs, attrs) in enumerate(nodes)
        ],
        "g",
        inputs or [helper.make_tensor_value_info("x", dtype, shape)],
        outputs
        or [helper.make_tensor_value_info(output, dtype, ["?"] * (len(shape) if rank is None else rank))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="test"
    )


def tiny():
    """y = relu(x W + b), with weights that quantise exactly at 8 bits."""
    w = np.array([[0.5, -1.0], [0.25, 0.75], [-0.125, 0.5], [1.0, 0.0]], dtype=np.float32)
    b = np.array([0.5, -0.25], dtype=np.float32)
    nodes = [("Gemm", ["x", "w", "b"], ["z"], {}), ("Relu", ["z"], ["y"], {})]
    return model(nodes, {"w": w, "b": b})


#: x W + b takes values in [-3, 3] or so on these.
TINY_SAMPLES = np.array([[1, 1, 1, 1], [-1, 1, -1, 1], [1, -1, 1, -1], [0, 1, 0, 1]], dtype=np.float32)
