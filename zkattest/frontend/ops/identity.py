"""Identity: the same values."""

from __future__ import annotations

from zkattest.frontend.ops.reshape import Reshaping


class OnnxIdentity(Reshaping):
    """Becomes a reshape."""

    types = ("Identity",)
    supported = "all"


ONNX = OnnxIdentity()
