"""Frontend: ONNX in, quantised model out.

``compile_model`` does all; ``import_onnx`` and ``quantise`` are its two halves; ``fidelity`` says how far the
integer model is from the float one.
"""

from __future__ import annotations

from zkattest.frontend.architecture import Architecture
from zkattest.frontend.executor import Trace
from zkattest.frontend.fidelity import FidelityReport, TensorFidelity, fidelity
from zkattest.frontend.fixed_point import rescale, round_shift
from zkattest.frontend.graph import FloatNode, Graph
from zkattest.frontend.importer import import_onnx
from zkattest.frontend.model import Node, OutputTransform, Provenance, QuantisedModel, TensorSpec
from zkattest.frontend.ops import OperatorRow, operator_table
from zkattest.frontend.quantise import compile_model, quantise

__all__ = [
    "Architecture",
    "FidelityReport",
    "FloatNode",
    "Graph",
    "Node",
    "OperatorRow",
    "OutputTransform",
    "Provenance",
    "QuantisedModel",
    "TensorFidelity",
    "TensorSpec",
    "Trace",
    "compile_model",
    "fidelity",
    "import_onnx",
    "operator_table",
    "quantise",
    "rescale",
    "round_shift",
]
