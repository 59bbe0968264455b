"""Tanh: hyperbolic tangent, by a table."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from zkattest.frontend.fixed_point import FloatTensor
from zkattest.frontend.ops.tables import TableFunction, TableOperator


class IntegerTanh(TableOperator):
    """Entries -2**output_scale to 2**output_scale."""

    op = "tanh"
    statement = "acc = round_half_up(2^output_scale * tanh(x * 2^-scale))"

    def real(self, x: FloatTensor) -> FloatTensor:
        result: FloatTensor = np.tanh(x)
        return result

    def exact(self, x: Decimal) -> Decimal:
        squared = (2 * x).exp()
        return (squared - 1) / (squared + 1)


class OnnxTanh(TableFunction):
    """A table."""

    types = ("Tanh",)
    integer = "tanh"


INTEGER = IntegerTanh()
ONNX = OnnxTanh()
