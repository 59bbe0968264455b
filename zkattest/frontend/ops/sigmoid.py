"""Sigmoid: 1 / (1 + exp(-x)), by a table."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from zkattest.frontend.fixed_point import FloatTensor
from zkattest.frontend.ops.tables import TableFunction, TableOperator


class IntegerSigmoid(TableOperator):
    """Entries 0 to 2**output_scale."""

    op = "sigmoid"
    statement = "acc = round_half_up(2^output_scale / (1 + exp(-x * 2^-scale)))"

    def real(self, x: FloatTensor) -> FloatTensor:
        with np.errstate(over="ignore"):
            result: FloatTensor = 1.0 / (1.0 + np.exp(-x))
        return result

    def exact(self, x: Decimal) -> Decimal:
        return 1 / (1 + (-x).exp())


class OnnxSigmoid(TableFunction):
    """A table."""

    types = ("Sigmoid",)
    integer = "sigmoid"


INTEGER = IntegerSigmoid()
ONNX = OnnxSigmoid()
