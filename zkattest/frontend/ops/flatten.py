"""Flatten: two axes, the values in the same order."""

from __future__ import annotations

from zkattest.frontend.ops.reshape import Reshaping


class OnnxFlatten(Reshaping):
    """Becomes a reshape."""

    types = ("Flatten",)
    supported = "axis"


ONNX = OnnxFlatten()
