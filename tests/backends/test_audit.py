"""The audit finds what an optimiser did to a graph, and each way to misuse a division."""

from __future__ import annotations

import numpy as np
import pytest
from ezkl_models import gemm_model
from onnx import TensorProto, helper, numpy_helper

from zkattest.backends.ezkl import audit
from zkattest.backends.ezkl import settings as circuit_settings
from zkattest.backends.ezkl.lowering import lower
from zkattest.backends.ezkl.runtime import Workspace, call
from zkattest.errors import UnsupportedByBackendError

LAYOUT = circuit_settings.Layout(11, 1 << 10, 2)


def table_of(model: bytes) -> str:
    with Workspace() as files:
        path = files.write("model.onnx", model)
        return str(call("table", path, py_run_args=circuit_settings.python_arguments(LAYOUT)))


@pytest.fixture(scope="module")
def honest() -> tuple[str, list[int]]:
    graph = lower(gemm_model([[3, -5], [7, 11]], shift=4)).graph
    return table_of(graph.to_onnx()), graph.divisors


def edited(table: str, operation: str, old: str, new: str, occurrence: int = 0) -> str:
    """The table with ``old`` replaced in the row of the n-th ``operation``."""
    lines = table.splitlines()
    rows = [
        i for i, line in enumerate(lines) if line.count("│") == 6 and line.split("│")[2].strip() == operation
    ]
    index = rows[occurrence]
    assert old in lines[index]
    lines[index] = lines[index].replace(old, new, 1)
    return "\n".join(lines)


def refusal(table: str, divisors: list[int]) -> str:
    with pytest.raises(UnsupportedByBackendError) as caught:
        audit.check(table, divisors)
    return caught.value.message


def test_the_emitted_graph_passes(honest: tuple[str, list[int]]) -> None:
    table, divisors = honest
    assert divisors == [3 << 4]
    assert "DIV (denom=48)" in table
    audit.check(table, divisors)


def test_a_float_graph_that_tract_rewrites_is_refused() -> None:
    """floor(x / 16) in float: tract makes it a change of scale, and ezkl rounds as its prover likes."""
    nodes = [
        helper.make_node("Div", ["x", "d"], ["q"]),
        helper.make_node("Mul", ["q", "e"], ["p"]),
        helper.make_node("Sub", ["x", "p"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "float",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        [numpy_helper.from_array(np.array([16.0], dtype=np.float32), name) for name in ("d", "e")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    assert "scale 4" in refusal(table_of(model.SerializeToString()), [48])


def test_another_divisor_is_refused(honest: tuple[str, list[int]]) -> None:
    assert "does not hold" in refusal(honest[0], [47])


def test_an_empty_table_is_refused() -> None:
    assert "another circuit" in refusal("", [])


def test_a_vanished_division_is_refused(honest: tuple[str, list[int]]) -> None:
    table, divisors = honest
    kept = "\n".join(line.replace("RESCALED INPUT (DIV (denom=48))", "ADD") for line in table.splitlines())
    assert "another circuit" in refusal(kept, divisors)


@pytest.mark.parametrize(
    "operation",
    [
        "RECIP",
        "REBASED (div=16.0, rebasing_op=DIV (denom=16)) (MULT)",
        "LEAKYRELU (slope=0.1)",
        "SIGMOID(scale=1)",
    ],
)
def test_an_operation_with_a_choice_is_refused(operation: str, honest: tuple[str, list[int]]) -> None:
    table, divisors = honest
    assert "none of the exact" in refusal(edited(table, "GREATER", "GREATER", operation), divisors)


def rows(table: str) -> dict[int, list[str]]:
    parsed = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) == 7 and cells[1].isdigit():
            parsed[int(cells[1])] = cells
    return parsed


def rewired(table: str, index: int, inputs: list[int]) -> str:
    """The table with other inputs of one node."""
    lines = []
    for line in table.splitlines():
        cells = line.split("│")
        if len(cells) == 7 and cells[1].strip() == str(index):
            cells[4] = "[" + ", ".join(f"({i}, 0)" for i in inputs) + "]"
            line = "│".join(cells)
        lines.append(line)
    return "\n".join(lines)


def inputs_of(cells: list[str]) -> list[int]:
    return [int(part.split(",")[0].strip("([ ")) for part in cells[4].split("),") if part.strip("[] ")]


@pytest.fixture(scope="module")
def parts(honest: tuple[str, list[int]]) -> dict[str, int]:
    """Node numbers of the division's pattern: division, product, remainder, less, correction."""
    table = rows(honest[0])
    (division,) = [i for i, cells in table.items() if "DIV" in cells[2]]
    (product,) = [i for i, c in table.items() if c[2] == "MULT" and division in inputs_of(c)]
    (remainder,) = [i for i, c in table.items() if c[2] == "SUB" and product in inputs_of(c)]
    (less,) = [i for i, c in table.items() if c[2] == "LESS" and remainder in inputs_of(c)]
    (correction,) = [i for i, c in table.items() if c[2] == "SUB" and inputs_of(c)[0] == division]
    return {
        "division": division,
        "product": product,
        "remainder": remainder,
        "less": less,
        "correction": correction,
    }


def test_a_quotient_used_elsewhere_is_refused(honest: tuple[str, list[int]], parts: dict[str, int]) -> None:
    table, divisors = honest
    other = next(i for i, c in rows(table).items() if c[2] == "ADD" and i > parts["correction"])
    second = inputs_of(rows(table)[other])[1]
    assert "outside the pattern" in refusal(rewired(table, other, [parts["division"], second]), divisors)


def test_a_quotient_without_its_correction_is_refused(
    honest: tuple[str, list[int]], parts: dict[str, int]
) -> None:
    table, divisors = honest
    correction = inputs_of(rows(table)[parts["correction"]])
    # the other way round
    assert "does not start" in refusal(rewired(table, parts["correction"], correction[::-1]), divisors)
    # by something else than the comparison
    wrong = rewired(table, parts["correction"], [correction[0], parts["remainder"]])
    assert "comparison" in refusal(wrong, divisors)


def test_a_comparison_of_something_else_is_refused(
    honest: tuple[str, list[int]], parts: dict[str, int]
) -> None:
    table, divisors = honest
    zero = inputs_of(rows(table)[parts["less"]])[1]
    dividend = inputs_of(rows(table)[parts["division"]])[0]
    assert "remainder" in refusal(rewired(table, parts["less"], [dividend, zero]), divisors)
    swapped = inputs_of(rows(table)[parts["remainder"]])[::-1]
    assert "remainder" in refusal(rewired(table, parts["remainder"], swapped), divisors)


def test_a_product_with_something_else_is_refused(
    honest: tuple[str, list[int]], parts: dict[str, int]
) -> None:
    table, divisors = honest
    dividend = inputs_of(rows(table)[parts["division"]])[0]
    wrong = rewired(table, parts["product"], [parts["division"], dividend])
    assert "divisor" in refusal(wrong, divisors)
