"""A check of the circuit that ezkl actually compiled, before any key is made from it.

Between our graph and the constraints stands an optimiser (tract) that reasons about numbers, not about
provers: it may turn a division into a change of scale, and ezkl then inserts a rounding of its own choice.
Everything in the compiled circuit must therefore be one of the exact operations, at scale 0, and each
division, the only operation with a choice for the prover, must sit in the pattern that removes the choice
(:meth:`zkattest.backends.ezkl.graph.IntegerGraph.floor_shift`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zkattest.errors import UnsupportedByBackendError

#: Operations whose constraints determine the output (layouts.rs of ezkl 23.0.5).
EXACT: Final = (
    r"Input",
    r"CONST \(scale=0\)",
    r"IDENTITY \(out_scale=None\)",
    r"RESHAPE \(shape=\[[\d, ]*\]\)",
    r"MOVEAXIS",
    r"MULTIBROADCASTTO \(shape=\[[\d, ]*\]\)",
    r"SLICE \(axis=\d+, start=\d+, end=\d+\)",
    r"GATHER \(dim=\d+\)",
    r"CONCAT \(axis=\d+\)",
    r"EINSUM [a-zA-Z]+,[a-zA-Z]+->[a-zA-Z]*",
    r"SUM \(axes=\[[\d, ]*\]\)",
    r"ADD",
    r"SUB",
    r"MULT",
    r"POW",
    r"ABS",
    r"GREATER",
    r"LESS",
    r"EQUALS",
)
_EXACT: Final = re.compile("|".join(f"(?:{pattern})" for pattern in EXACT))
_DIVISION: Final = re.compile(r"RESCALED INPUT \(DIV \(denom=(\d+(?:\.\d+)?(?:e\d+)?)\)\)")
_OUTLET: Final = re.compile(r"\((\d+), 0\)")


@dataclass(frozen=True)
class _Row:
    """A node of the compiled circuit."""

    index: int
    operation: str
    scale: int
    inputs: tuple[int, ...]


def check(table: str, divisors: Iterable[int]) -> None:
    """Raise UnsupportedByBackendError unless every node of the circuit is exact and uniquely determined.

    Arguments:
        table: the circuit as ``ezkl.table`` prints it.
        divisors: the divisors that the graph uses.
    """
    rows = _parse(table)
    allowed = {float(divisor) for divisor in divisors}
    divisions = []
    for row in rows.values():
        if row.scale != 0:
            raise _refused(row, f"has the scale {row.scale}, expected 0")
        if match := _DIVISION.fullmatch(row.operation):
            if float(match[1]) not in allowed:
                raise _refused(row, "divides by a number that the graph does not hold")
            divisions.append(row)
        elif not _EXACT.fullmatch(row.operation):
            raise _refused(row, "is none of the exact operations")
        if row.operation.startswith("GATHER") and len(row.inputs) != 1:
            raise _refused(row, "gathers at computed positions")
    if not rows or (allowed and not divisions):
        raise UnsupportedByBackendError("ezkl compiled another circuit than the one that was emitted.")
    for row in divisions:
        _check_division(rows, row)


def _check_division(rows: Mapping[int, _Row], division: _Row) -> None:
    """``q`` goes nowhere but into ``r = z - q*d`` and ``q - [r < 0]``."""
    users = {index: [row for row in rows.values() if index in row.inputs] for index in rows}

    def through_identities(index: int) -> list[_Row]:
        found = []
        for row in users[index]:
            found += through_identities(row.index) if row.operation.startswith("IDENTITY") else [row]
        return found

    def source(index: int) -> int:
        while rows[index].operation.startswith("IDENTITY"):
            (index,) = rows[index].inputs
        return index

    consumers = through_identities(division.index)
    products = [row for row in consumers if row.operation == "MULT"]
    corrections = [row for row in consumers if row.operation == "SUB"]
    if len(consumers) != 2 or len(products) != 1 or len(corrections) != 1:
        raise _refused(division, "is used outside the pattern that makes its result unique")
    product, correction = products[0], corrections[0]
    others = [index for index in product.inputs if source(index) != division.index]
    if len(others) != 1 or not rows[others[0]].operation.startswith("CONST"):
        raise _refused(product, "does not multiply the quotient by the divisor")
    if source(correction.inputs[0]) != division.index:
        raise _refused(correction, "does not start from the quotient")
    less = rows[source(correction.inputs[1])]
    if less.operation != "LESS" or not rows[less.inputs[1]].operation.startswith("CONST"):
        raise _refused(correction, "does not subtract a comparison with a constant")
    remainder = rows[source(less.inputs[0])]
    if (
        remainder.operation != "SUB"
        or source(remainder.inputs[0]) != source(division.inputs[0])
        or source(remainder.inputs[1]) != product.index
    ):
        raise _refused(less, "does not compare the remainder of the division")


def _parse(table: str) -> dict[int, _Row]:
    rows = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) != 7 or not cells[1].isdigit():
            continue
        index, operation, scale, inputs = int(cells[1]), cells[2], int(cells[3]), cells[4]
        outlets = tuple(int(match[1]) for match in _OUTLET.finditer(inputs))
        rows[index] = _Row(index, operation, scale, outlets)
    for row in rows.values():
        if not all(index in rows for index in row.inputs):
            raise _refused(row, "has an input that is not in the table")
    return rows


def _refused(row: _Row, why: str) -> UnsupportedByBackendError:
    return UnsupportedByBackendError(
        f"ezkl compiled the model to a circuit that is not exact: node {row.index} ({row.operation}) {why}.",
        remedy="Report the model; meanwhile change the layer, or use the backend 'sumcheck'.",
    )
