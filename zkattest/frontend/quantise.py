"""Quantisation: a float graph and sample data become a quantised model."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Final

import numpy.typing as npt

from zkattest.errors import CalibrationError
from zkattest.frontend.calibration import observe_ranges
from zkattest.frontend.fixed_point import MAX_BITS, MIN_BITS
from zkattest.frontend.graph import Graph
from zkattest.frontend.importer import Source, import_onnx
from zkattest.frontend.lowering import Lowering, Range
from zkattest.frontend.model import OutputTransform, Provenance, QuantisedModel
from zkattest.frontend.search import WIDTHS, Reference
from zkattest.progress import SILENT, Progress

#: 12 bits keep the top-1 class of small networks in practically all cases (8-bit weights with one
#: power-of-two scale per tensor do not), and one lookup table of 4,096 rows serves every rescaling.
DEFAULT_BITS: Final = 12

#: With bits=None: an error of 1 % of the outputs' spread is below what most decisions turn on.
DEFAULT_TOLERANCE: Final = 0.01


def quantise(
    graph: Graph,
    calibration: npt.ArrayLike,
    *,
    bits: int | None = DEFAULT_BITS,
    weight_bits: int | None = None,
    input_range: tuple[float, float] | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    progress: Progress = SILENT,
) -> QuantisedModel:
    """Choose a scale for every tensor from the ranges that the samples show, and build the integer graph.

    Arguments:
        graph: from :func:`import_onnx`.
        calibration: float samples [n, ...], each in the input's shape (a batch axis of 1 may be left out).
        bits: width of activations, 8 to 16, sign included; None chooses the fewest for which every sample
            keeps its largest output and no output moves by more than ``tolerance`` (16 if none does).
        weight_bits: width of weights, 8 to 16; that of the activations by default. Biases have 16 bits.
        input_range: declared (lowest, highest) input; the observed one by default.
        tolerance: with ``bits=None``, the largest error allowed as a share of the float outputs' spread.

    Raises:
        CalibrationError, NonFiniteError; OverflowRangeError names the node whose accumulator could overflow.
    """
    for name, width in (("bits", bits), ("weight_bits", weight_bits)):
        if width is not None and (type(width) is not int or not MIN_BITS <= width <= MAX_BITS):
            raise CalibrationError(f"{name} is {width!r}; supported are {MIN_BITS} to {MAX_BITS}.")
    if not 0.0 < tolerance < 1.0:
        raise CalibrationError(f"tolerance is {tolerance}; expected a share between 0 and 1.")
    ranges = observe_ranges(graph, calibration, input_range=input_range, progress=progress)
    if bits is not None:
        return _lower(graph, ranges, bits, weight_bits or bits)
    reference = Reference(graph, calibration)
    for width in WIDTHS[:-1]:
        model = _lower(graph, ranges, width, weight_bits or width)
        if reference.accepts(model, tolerance):
            return model
    return _lower(graph, ranges, WIDTHS[-1], weight_bits or WIDTHS[-1])


def _lower(graph: Graph, ranges: Mapping[str, Range], bits: int, weight_bits: int) -> QuantisedModel:
    lowering = Lowering(graph, ranges, bits=bits, weight_bits=weight_bits)
    lowering.run()
    used = {name for node in lowering.nodes for name in node.inputs}
    constants = {name: values for name, values in lowering.constants.items() if name in used}
    order = [graph.input, *constants, *(node.outputs[0] for node in lowering.nodes)]
    tensors = {name: lowering.specs[name] for name in order}
    return QuantisedModel(
        inputs=(tensors[graph.input],),
        outputs=(tensors[graph.output],),
        nodes=tuple(lowering.nodes),
        tensors=tensors,
        constants=constants,
        transform=OutputTransform(*graph.transform),
        provenance=Provenance(graph.onnx_sha256, graph.opset, graph.producer, _version()),
    )


def compile_model(
    source: Source,
    calibration: npt.ArrayLike,
    *,
    bits: int | None = DEFAULT_BITS,
    weight_bits: int | None = None,
    input_range: tuple[float, float] | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    shapes: dict[str, tuple[int, ...]] | None = None,
    output: str | None = None,
    progress: Progress = SILENT,
) -> QuantisedModel:
    """:func:`import_onnx`, then :func:`quantise`; see there for arguments and errors."""
    graph = import_onnx(source, shapes=shapes, output=output)
    return quantise(
        graph,
        calibration,
        bits=bits,
        weight_bits=weight_bits,
        input_range=input_range,
        tolerance=tolerance,
        progress=progress,
    )


def _version() -> str:
    try:
        return metadata.version("zkattest")
    except metadata.PackageNotFoundError:
        return "unknown"
