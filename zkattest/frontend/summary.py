"""What people see of a quantised model: no weights, only shapes, widths and scales."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zkattest.frontend.ops import integer_operator

if TYPE_CHECKING:
    from zkattest.frontend.model import QuantisedModel


def rows(model: QuantisedModel) -> list[dict[str, object]]:
    """One row per node; see ``QuantisedModel.summary``."""
    result: list[dict[str, object]] = []
    for node in model.nodes:
        operator = integer_operator(node.op)
        specs = [model.tensors[name] for name in node.inputs]
        output = model.tensors[node.outputs[0]]
        result.append(
            {
                "name": node.name,
                "op": node.op,
                "inputs": node.inputs,
                "output": output.name,
                "shape": output.shape,
                "bits": output.bits,
                "scale": output.scale,
                "shift": node.shift,
                "parameters": sum(model.tensors[n].size for n in node.inputs if n in model.constants),
                "macs": operator.macs(node, specs),
                "accumulator_bits": operator.bound(node, specs).bit_length() + 1,
            }
        )
    return result


def html(model: QuantisedModel) -> str:
    """A table for notebooks."""
    keys = (
        "name",
        "op",
        "output",
        "shape",
        "bits",
        "scale",
        "shift",
        "parameters",
        "macs",
        "accumulator_bits",
    )
    head = "".join(f"<th>{escape(key)}</th>" for key in keys)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row[key]))}</td>" for key in keys) + "</tr>" for row in rows(model)
    )
    spec = model.inputs[0]
    caption = (
        f"quantised model: input {escape(spec.name)} {spec.shape} "
        f"({spec.bits} bits, scale 2<sup>-{spec.scale}</sup>), "
        f"{len(model.nodes)} nodes, {model.parameters:,} parameters"
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
