"""Squeeze: axes of size 1 removed."""

from __future__ import annotations

from zkattest.frontend.ops.reshape import Reshaping


class OnnxSqueeze(Reshaping):
    """Becomes a reshape."""

    types = ("Squeeze",)
    supported = "axes (attribute or constant input)"


ONNX = OnnxSqueeze()
