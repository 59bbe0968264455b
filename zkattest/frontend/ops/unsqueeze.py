"""Unsqueeze: axes of size 1 inserted."""

from __future__ import annotations

from zkattest.frontend.ops.reshape import Reshaping


class OnnxUnsqueeze(Reshaping):
    """Becomes a reshape."""

    types = ("Unsqueeze",)
    supported = "axes (attribute or constant input)"


ONNX = OnnxUnsqueeze()
