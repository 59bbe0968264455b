"""Circuits of every operator, as the compiler encodes them, read and written again in the other language."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from operator_models import OPERATORS
from test_sumcheck_operators import MORE, with_weights

from zkattest.backends.base import StatementShape
from zkattest.backends.sumcheck.circuit import Parameters, compile_circuit
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.errors import FormatError
from zkattest.spec.sumcheck.codec import decode

sys.path.append(str(Path(__file__).parents[1] / "spec"))
SHAPES = (StatementShape(), StatementShape(batch=3), StatementShape(input="public", output="private"))


@pytest.mark.parametrize("name", [*OPERATORS, *MORE])
def test_every_operator_has_one_encoding(name: str) -> None:
    from sumcheck_encoder import encode

    shape, build, options = {**OPERATORS, **MORE}[name]
    model = with_weights(shape, build, **options)
    for statement, parameters in zip(
        SHAPES, (Parameters(13, 2, 11), Parameters(14, 1, 12), Parameters(13, 3, 9)), strict=True
    ):
        native = compile_circuit(model, statement, parameters)
        for data in (native.circuit, native.registration):
            circuit = decode(data)
            assert encode(circuit) == data
            header = CircuitHeader.of(data)
            assert header == CircuitHeader(circuit.m, circuit.rows, circuit.public)


def test_a_header_of_another_format_version_or_row_size_is_refused() -> None:
    header = b"ZKCI\x00\x02\x06" + bytes(47)
    assert CircuitHeader.of(header) == CircuitHeader(64, (0,) * 7, 0)
    for changed, why in (
        (header[:-1], "at least 54 bytes; got 53"),
        (b"ZKCJ" + header[4:], "begins with b'ZKCJ'"),
        (header[:5] + b"\x01" + header[6:], "version 1, rows"),
        (header[:6] + b"\x1d" + header[7:], r"rows of 2\^29 cells"),
    ):
        with pytest.raises(FormatError, match=why):
            CircuitHeader.of(changed)
