"""Fidelity: how far the integer model is from the float model, over samples, tensor by tensor.

The report holds ranges of activations and errors, no weights and no samples; it is still about private data,
so that publishing it is its owner's decision.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from zkattest.errors import ProofMismatchError, StorageError, ToolMissingError
from zkattest.frontend.calibration import as_samples, session_for
from zkattest.frontend.executor import Trace
from zkattest.frontend.fixed_point import FloatTensor, dequantise_array, round_shift
from zkattest.frontend.importer import Source, load
from zkattest.frontend.model import QuantisedModel, TensorSpec
from zkattest.progress import SILENT, Progress, phase

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class TensorFidelity:
    """One activation tensor over all samples.

    Attributes:
        name: tensor; op: the integer operator that computes it (``"input"`` for the input).
        bits, scale: declared.
        declared_low, declared_high: the declared range in float units.
        seen_low, seen_high: what the float model takes; None where ONNX has no tensor of that name.
        quantised_low, quantised_high: integers taken.
        values: number of values; saturated: how many of them the declared range cut off.
        max_error, mean_error: absolute difference to the float model; None as above.
    """

    name: str
    op: str
    bits: int
    scale: int
    declared_low: float
    declared_high: float
    seen_low: float | None
    seen_high: float | None
    quantised_low: int
    quantised_high: int
    values: int
    saturated: int
    max_error: float | None
    mean_error: float | None

    @property
    def saturated_share(self) -> float:
        """Share of values that saturated, 0 to 1."""
        return self.saturated / self.values


@dataclass(frozen=True)
class FidelityReport:
    """Result of :func:`fidelity`.

    Attributes:
        model_digest: hex sha256 of the quantised model (depends on the weights: treat as secret).
        samples: how many.
        max_error, mean_error: absolute difference of the dequantised output to onnxruntime's, after softmax
            where the model ends in one. For an ArgMax: differences of indices.
        top1_agreement: share of samples whose largest output (or index) is the same, 0 to 1; None for a
            single output value.
        tensors: the input, then node outputs in order.
    """

    model_digest: str
    samples: int
    max_error: float
    mean_error: float
    top1_agreement: float | None
    tensors: tuple[TensorFidelity, ...]

    @property
    def saturated(self) -> int:
        """Number of saturated values in all tensors."""
        return sum(tensor.saturated for tensor in self.tensors)

    def to_json(self) -> str:
        """Everything, as a JSON object with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    def rows(self) -> list[dict[str, str]]:
        """One row of text per tensor."""
        return [
            {
                "tensor": tensor.name,
                "op": tensor.op,
                "bits": str(tensor.bits),
                "scale": str(tensor.scale),
                "declared": f"[{tensor.declared_low:.4g}, {tensor.declared_high:.4g}]",
                "seen": "" if tensor.seen_low is None else f"[{tensor.seen_low:.4g}, {tensor.seen_high:.4g}]",
                "quantised": f"[{tensor.quantised_low}, {tensor.quantised_high}]",
                "saturated": f"{tensor.saturated} ({tensor.saturated_share:.2%})",
                "max error": "" if tensor.max_error is None else f"{tensor.max_error:.3g}",
                "mean error": "" if tensor.mean_error is None else f"{tensor.mean_error:.3g}",
            }
            for tensor in self.tensors
        ]

    def headline(self) -> str:
        """The result in one line."""
        agreement = "" if self.top1_agreement is None else f", top-1 agreement {self.top1_agreement:.2%}"
        return (
            f"{self.samples} samples: max error {self.max_error:.4g}, mean error {self.mean_error:.4g}"
            f"{agreement}, {self.saturated} values saturated"
        )

    def table(self) -> Table:
        """A rich table for terminals."""
        from rich.table import Table

        table = Table(title=self.headline())
        rows = self.rows()
        for key in rows[0]:
            table.add_column(key, justify="left" if key in ("tensor", "op") else "right")
        for row in rows:
            table.add_row(*row.values())
        return table

    def _repr_html_(self) -> str:
        rows = self.rows()
        head = "".join(f"<th>{escape(key)}</th>" for key in rows[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row.values()) + "</tr>" for row in rows
        )
        caption = escape(self.headline())
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def plot(self, path: str | os.PathLike[str]) -> Path:
        """Draw ranges and errors per tensor to ``path`` (.png, .svg or .pdf).

        Raises:
            ToolMissingError: matplotlib is not installed; StorageError: the file cannot be written.
        """
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ToolMissingError(
                "Plots need matplotlib.", remedy="Install it: pip install matplotlib."
            ) from error
        figure = Figure(figsize=(10, 1.5 + 0.32 * len(self.tensors)), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, sharey=True)
        height = np.arange(len(self.tensors))
        used = [max(abs(t.quantised_low), t.quantised_high) / (1 << (t.bits - 1)) for t in self.tensors]
        colours = ["tab:red" if t.saturated else "tab:blue" for t in self.tensors]
        left.barh(height, used, color=colours)
        left.set_yticks(height, [t.name for t in self.tensors], fontsize=7)
        left.invert_yaxis()
        left.set_xlim(0, 1.02)
        left.set_xlabel("share of the declared range used (red: saturated)")
        for values, marker, label in (("max_error", ">", "max"), ("mean_error", "o", "mean")):
            points = [(e, h) for t, h in zip(self.tensors, height, strict=True) if (e := getattr(t, values))]
            right.plot([e for e, _ in points], [h for _, h in points], marker, label=label)
        right.set_xscale("log")
        right.set_xlabel("absolute error against onnxruntime")
        right.legend()
        figure.suptitle(self.headline(), fontsize=9)
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(target, dpi=120)
        except (OSError, ValueError) as error:
            raise StorageError(
                f"Cannot write the plot {target}.",
                remedy="Check the folder; formats are .png, .svg and .pdf.",
            ) from error
        return target


def fidelity(
    model: QuantisedModel,
    onnx_source: Source,
    samples: npt.ArrayLike,
    *,
    progress: Progress = SILENT,
) -> FidelityReport:
    """Compare ``model`` with the ONNX model that it came from, run by onnxruntime with every tensor exposed.

    Arguments:
        model: the quantised model.
        onnx_source: path, bytes or ModelProto; the same file (its sha256 is checked).
        samples: float [n, ...], each in the shape of the input.

    Raises:
        ProofMismatchError: another ONNX model; CalibrationError, NonFiniteError: unfit samples.
    """
    proto, sha256 = load(onnx_source)
    if sha256 != model.provenance.onnx_sha256:
        raise ProofMismatchError(
            "The quantised model was made from the ONNX file with sha256 "
            f"{model.provenance.onnx_sha256.hex()}; this one has {sha256.hex()}.",
            remedy="Give the ONNX file that was quantised.",
        )
    array = as_samples(samples, model.inputs[0].shape, what="sample data")
    reference = _Reference(proto, model)
    gauges = {name: _Gauge() for name in (model.inputs[0].name, *(node.outputs[0] for node in model.nodes))}
    largest, total, count, agreed = 0.0, 0.0, 0, 0
    with phase(progress, "fidelity", len(array)):
        for sample in array:
            floats, expected = reference.run(sample)
            trace = model.trace(model.quantise_input(sample))
            _observe(model, sample, trace, floats, gauges)
            output = model.dequantise_output(trace[model.outputs[0].name])
            error = np.abs(output - expected.astype(np.float64).reshape(output.shape))
            largest, total, count = (
                max(largest, float(error.max())),
                total + float(error.sum()),
                count + error.size,
            )
            agreed += int(_same_class(model, output, expected))
            progress.advance("fidelity")
    classes = model.nodes[-1].op == "argmax" or model.outputs[0].size > 1
    operators = {node.outputs[0]: node.op for node in model.nodes}
    return FidelityReport(
        model_digest=model.digest.hex(),
        samples=len(array),
        max_error=largest,
        mean_error=total / count,
        top1_agreement=agreed / len(array) if classes else None,
        tensors=tuple(
            gauge.result(model.tensors[name], operators.get(name, "input")) for name, gauge in gauges.items()
        ),
    )


class _Reference:
    """The ONNX model in onnxruntime, with every tensor of the quantised model's names as an output."""

    def __init__(self, proto: onnx.ModelProto, model: QuantisedModel) -> None:
        wanted = {node.outputs[0] for node in model.nodes}
        outputs = [info.name for info in proto.graph.output]
        computed = [name for node in proto.graph.node for name in node.output if name]
        self._names = [name for name in computed if name in wanted]
        for name in self._names:
            if name not in outputs:
                proto.graph.output.append(onnx.ValueInfoProto(name=name))
        self._final = _final_output(proto, model, outputs)
        info = next(info for info in proto.graph.input if info.name == model.inputs[0].name)
        self._input = info.name
        self._dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type or TensorProto.FLOAT)
        self._session = session_for(proto)

    def run(self, sample: npt.NDArray[np.float32]) -> tuple[Mapping[str, FloatTensor], npt.NDArray[Any]]:
        values = self._session.run([*self._names, self._final], {self._input: sample.astype(self._dtype)})
        return dict(zip(self._names, values[:-1], strict=True)), values[-1]


def _final_output(proto: onnx.ModelProto, model: QuantisedModel, outputs: Sequence[str]) -> str:
    """The ONNX output that the quantised model's output stands for: itself, or the softmax that reads it."""
    name = model.outputs[0].name
    if name in outputs:
        return name
    kind = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}.get(model.transform.kind)
    readers = [node.output[0] for node in proto.graph.node if name in node.input and node.op_type == kind]
    return readers[0] if readers else outputs[0]


class _Gauge:
    """Running ranges and errors of one tensor."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf
        self.q_low, self.q_high = 2**62, -(2**62)
        self.values = self.saturated = self.compared = 0
        self.largest = self.total = 0.0

    def result(self, spec: TensorSpec, op: str) -> TensorFidelity:
        known = self.compared > 0
        low, high = (float(v) for v in dequantise_array(np.array([spec.low, spec.high]), spec.scale))
        return TensorFidelity(
            name=spec.name,
            op=op,
            bits=spec.bits,
            scale=spec.scale,
            declared_low=low,
            declared_high=high,
            seen_low=float(self.low) if known else None,
            seen_high=float(self.high) if known else None,
            quantised_low=self.q_low,
            quantised_high=self.q_high,
            values=self.values,
            saturated=self.saturated,
            max_error=self.largest if known else None,
            mean_error=self.total / self.compared if known else None,
        )


def _observe(
    model: QuantisedModel,
    sample: npt.NDArray[np.float32],
    trace: Trace,
    floats: Mapping[str, FloatTensor],
    gauges: Mapping[str, _Gauge],
) -> None:
    first = model.inputs[0]
    scaled = np.ldexp(sample.astype(np.float64), first.scale)
    cut = {first.name: int(np.sum((scaled >= first.high + 0.5) | (scaled < first.low - 0.5)))}
    for node in model.nodes:
        name = node.outputs[0]
        spec, rounded = model.tensors[name], round_shift(trace.accumulators[name], node.shift)
        # a bound that a Relu or Clip put inside the declared range is the function itself, no saturation
        over = (rounded > spec.high) & (node.high == spec.high)
        under = (rounded < spec.low) & (node.low == spec.low)
        cut[name] = int(np.sum(over | under))
    for name, gauge in gauges.items():
        q = trace[name]
        gauge.q_low, gauge.q_high = min(gauge.q_low, int(q.min())), max(gauge.q_high, int(q.max()))
        gauge.values += q.size
        gauge.saturated += cut[name]
        value = sample if name == first.name else floats.get(name)
        if value is None:
            continue
        exact = np.asarray(value, dtype=np.float64).reshape(q.shape)
        gauge.low, gauge.high = min(gauge.low, float(exact.min())), max(gauge.high, float(exact.max()))
        error = np.abs(dequantise_array(q, model.tensors[name].scale) - exact)
        gauge.largest = max(gauge.largest, float(error.max()))
        gauge.total += float(error.sum())
        gauge.compared += error.size


def _same_class(model: QuantisedModel, output: FloatTensor, expected: npt.NDArray[Any]) -> bool:
    if model.nodes[-1].op == "argmax":
        return bool(np.array_equal(output, expected.reshape(output.shape)))
    return int(np.argmax(output)) == int(np.argmax(expected))
