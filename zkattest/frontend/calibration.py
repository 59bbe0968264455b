"""Calibration: the range of every tensor over sample data, observed with onnxruntime in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import onnx

from zkattest.errors import CalibrationError, NonFiniteError
from zkattest.frontend.fixed_point import Shape
from zkattest.frontend.graph import Graph
from zkattest.frontend.lowering import Range
from zkattest.progress import SILENT, Progress, phase

if TYPE_CHECKING:
    import onnxruntime


def observe_ranges(
    graph: Graph,
    calibration: npt.ArrayLike,
    *,
    input_range: tuple[float, float] | None = None,
    progress: Progress = SILENT,
) -> dict[str, Range]:
    """Lowest and highest value of every float tensor of ``graph`` over the samples.

    Arguments:
        graph: the float graph.
        calibration: [n, ...] samples; see :func:`as_samples`.
        input_range: declared range of the input, widened never, in place of the observed one.

    Raises:
        CalibrationError, NonFiniteError.
    """
    samples = as_samples(calibration, graph.shapes[graph.input], what="calibration data")
    names = [name for node in graph.nodes for name in node.outputs[:1] if name not in graph.integer_tensors]
    session = session_for(graph.to_onnx(names or None))
    low = dict.fromkeys(names, np.inf)
    high = dict.fromkeys(names, -np.inf)
    with phase(progress, "calibrate", len(samples)):
        for position, sample in enumerate(samples):
            if not names:
                break
            values = session.run(names, {graph.input: sample})
            for name, value in zip(names, values, strict=True):
                if not np.all(np.isfinite(value)):
                    raise NonFiniteError(
                        f"Calibration sample {position} makes the tensor {name!r} NaN or infinite.",
                        remedy="Check the sample and the weights of the node that computes it.",
                    )
                low[name] = min(low[name], float(np.min(value)))
                high[name] = max(high[name], float(np.max(value)))
            progress.advance("calibrate")
    ranges = {name: Range(low[name], high[name]) for name in names}
    ranges[graph.input] = declared_range(input_range) or Range(float(samples.min()), float(samples.max()))
    return ranges


def declared_range(given: tuple[float, float] | None) -> Range | None:
    """A user's range, checked."""
    if given is None:
        return None
    try:
        low, high = float(given[0]), float(given[1])
    except (TypeError, ValueError, IndexError) as error:
        raise CalibrationError("input_range is a pair (lowest, highest) of numbers.") from error
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise CalibrationError(f"input_range is ({low}, {high}); expected finite numbers, lowest first.")
    return Range(low, high)


def as_samples(data: npt.ArrayLike, shape: Shape, *, what: str) -> npt.NDArray[np.float32]:
    """Samples as [n, *shape] float32. With a batch axis of 1 in ``shape``, [n, *shape[1:]] is accepted too.

    Raises:
        CalibrationError: no samples or another shape; NonFiniteError: NaN or infinite values.
    """
    try:
        array = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CalibrationError(
            f"The {what} is no numeric array.", remedy=f"Give [n, {shape}] numbers."
        ) from error
    if array.ndim == 0 or array.shape[0] == 0:
        raise CalibrationError(f"The {what} holds no samples.", remedy="Give at least one sample.")
    if shape[:1] == (1,) and array.shape[1:] == shape[1:]:
        array = array[:, np.newaxis]
    if array.shape[1:] != shape:
        raise CalibrationError(
            f"The {what} has shape {array.shape}; the model's input is {shape}.",
            remedy="Give [n, ...] samples, each in the shape of the input.",
        )
    with np.errstate(over="ignore"):
        samples = array.astype(np.float32)
    broken = ~np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if broken.any():
        raise NonFiniteError(
            f"Sample {int(np.argmax(broken))} of the {what} holds NaN or infinite values.",
            remedy="Impute or drop it.",
        )
    return samples


def session_for(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """A deterministic, quiet onnxruntime session without graph optimisation (all tensors stay visible)."""
    import onnxruntime  # here, since loading it costs half a second that most commands do not need

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises its own undocumented kinds
        raise CalibrationError(
            "onnxruntime cannot run the model.",
            remedy="Check the model with onnxruntime; lower its opset if need be.",
        ) from error
