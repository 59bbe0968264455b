"""The operators, one module each, discovered by name: a new operator is one new file in this folder.

A module may declare ``INTEGER`` (an :class:`IntegerOperator`) and ``ONNX`` (an :class:`OnnxOperator`).
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import NamedTuple

from zkattest.frontend.operator import IntegerOperator, OnnxOperator


class OperatorRow(NamedTuple):
    """A row of the operator table in the documentation.

    Attributes:
        operator: ONNX operator.
        attributes: what is supported.
        integer: the integer operator it becomes.
        semantics: the accumulator's formula.
    """

    operator: str
    attributes: str
    integer: str
    semantics: str


def _discover() -> tuple[dict[str, IntegerOperator], dict[str, OnnxOperator]]:
    integer: dict[str, IntegerOperator] = {}
    onnx: dict[str, OnnxOperator] = {}
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        found_integer = getattr(module, "INTEGER", None)
        if isinstance(found_integer, IntegerOperator):
            if found_integer.op in integer:
                raise AssertionError(f"two modules declare the integer operator {found_integer.op}")
            integer[found_integer.op] = found_integer
        found_onnx = getattr(module, "ONNX", None)
        if isinstance(found_onnx, OnnxOperator):
            for op_type in found_onnx.types:
                if op_type in onnx:
                    raise AssertionError(f"two modules declare the ONNX operator {op_type}")
                onnx[op_type] = found_onnx
    return integer, onnx


INTEGER_OPERATORS, ONNX_OPERATORS = _discover()


def integer_operator(op: str) -> IntegerOperator:
    """The integer operator of that name (checked by validation to exist)."""
    return INTEGER_OPERATORS[op]


def operator_table() -> list[OperatorRow]:
    """One row per supported ONNX operator, in order of name; the documentation is generated from it."""
    rows = []
    for op_type in sorted(ONNX_OPERATORS):
        operator = ONNX_OPERATORS[op_type]
        integer = INTEGER_OPERATORS.get(operator.integer)
        semantics = integer.statement if integer else ""
        rows.append(OperatorRow(op_type, operator.supported, operator.integer, semantics))
    return rows
