"""Everything that must hold of a quantised model, checked at construction and so after every decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from zkattest.errors import FormatError, OverflowRangeError
from zkattest.frontend.fixed_point import (
    ACCUMULATOR_LIMIT,
    MAX_BITS,
    MAX_ELEMENTS,
    MAX_SCALE,
    MIN_BITS,
    MIN_SCALE,
)
from zkattest.frontend.ops import INTEGER_OPERATORS, integer_operator

if TYPE_CHECKING:
    from zkattest.frontend.architecture import Architecture
    from zkattest.frontend.model import Node, QuantisedModel, TensorSpec

    Graph: TypeAlias = Architecture | QuantisedModel

#: Longest tensor or node name, bytes.
_NAME_LIMIT = 4096


def _fail(message: str) -> FormatError:
    return FormatError(
        f"The quantised model is malformed: {message}.", remedy="Quantise the ONNX model again."
    )


def validate(model: QuantisedModel) -> None:
    """:func:`validate_architecture`, and every constant has its declared shape and lies in its range."""
    validate_architecture(model)
    for name, values in model.constants.items():
        spec = model.tensors[name]
        if values.shape != spec.shape:
            raise _fail(f"constant {name!r} has shape {values.shape}, declared {spec.shape}")
        if values.min() < spec.low or values.max() > spec.high:
            raise _fail(f"constant {name!r} leaves its declared {spec.bits} bits")


def validate_architecture(model: Graph) -> None:
    """Raise FormatError where the graph is inconsistent, OverflowRangeError where it could overflow.

    Checked: one input, one output; names; declared widths, scales and sizes; every constant used; topological
    order; operators, attributes, output shapes, shifts and saturation bounds; for all inputs and weights in
    declared ranges, |accumulator| + rounding < 2**62.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise _fail("a model has one input and one output")
    if not model.nodes:
        raise _fail("a model has at least one node")
    order = [model.inputs[0].name, *model.constants, *(name for node in model.nodes for name in node.outputs)]
    if order != list(model.tensors):
        raise _fail("tensors are not in the order input, constants, node outputs")
    for name, spec in model.tensors.items():
        _check_spec(name, spec)
    if (
        model.tensors[order[0]] != model.inputs[0]
        or model.tensors.get(model.outputs[0].name) != model.outputs[0]
    ):
        raise _fail("the declared input or output differs from the tensor of its name")
    known = {order[0], *model.constants}
    used: set[str] = set()
    for node in model.nodes:
        _check_node(model, node, known)
        known.update(node.outputs)
        used.update(node.inputs)
    used.add(model.outputs[0].name)
    if model.outputs[0].name not in {node.outputs[0] for node in model.nodes}:
        raise _fail("the output is not computed by a node")
    unused = [name for name in order if name not in used]
    if unused:
        raise _fail(f"tensor {unused[0]!r} is not used")
    _check_transform(model)


def _check_spec(name: str, spec: TensorSpec) -> None:
    if name != spec.name or not name or len(name.encode()) > _NAME_LIMIT:
        raise _fail("a tensor's name is empty, too long, or differs from its key")
    if not MIN_BITS <= spec.bits <= MAX_BITS:
        raise _fail(f"tensor {name!r} declares {spec.bits} bits, expected {MIN_BITS} to {MAX_BITS}")
    if not MIN_SCALE <= spec.scale <= MAX_SCALE:
        raise _fail(f"tensor {name!r} declares scale {spec.scale}, expected {MIN_SCALE} to {MAX_SCALE}")
    if any(size < 1 for size in spec.shape) or spec.size > MAX_ELEMENTS:
        raise _fail(f"tensor {name!r} declares shape {spec.shape}")


def _check_node(model: Graph, node: Node, known: set[str]) -> None:
    if node.op not in INTEGER_OPERATORS:
        raise _fail(f"unknown operator {node.op!r}")
    operator = integer_operator(node.op)
    where = f"node {node.name!r} ({node.op})"
    if len(node.outputs) != 1 or len(node.name.encode()) > _NAME_LIMIT:
        raise _fail(f"{where} has {len(node.outputs)} outputs, expected 1, or too long a name")
    if not operator.min_inputs <= len(node.inputs) <= operator.max_inputs:
        raise _fail(f"{where} has {len(node.inputs)} inputs")
    for name in node.inputs:
        if name not in known:
            raise _fail(f"{where} reads {name!r} before it is computed")
    if all(name in model.constants for name in node.inputs):
        raise _fail(f"{where} reads constants only")
    if set(node.attributes) != set(operator.attributes):
        raise _fail(
            f"{where} has attributes {sorted(node.attributes)}, expected {sorted(operator.attributes)}"
        )
    for key, kind in operator.attributes.items():
        if not isinstance(node.attributes[key], kind):
            raise _fail(f"{where} has attribute {key!r} of the wrong kind")
    specs = [model.tensors[name] for name in node.inputs]
    constant = [name in model.constants for name in node.inputs]
    operator.validate(node, specs, constant)
    output = model.tensors[node.outputs[0]]
    shape = operator.shape(node, specs)
    if shape != output.shape:
        raise _fail(f"{where} computes shape {shape}, declared {output.shape}")
    scale = operator.accumulator_scale(node, specs, output)
    if not 0 <= node.shift <= 62 or node.shift != scale - output.scale:
        raise _fail(f"{where} has shift {node.shift}, its scales say {scale - output.scale}")
    if not output.low <= node.low <= node.high <= output.high:
        raise _fail(
            f"{where} saturates to [{node.low}, {node.high}], outside its declared {output.bits} bits"
        )
    bound = operator.bound(node, specs)
    rounding = (1 << node.shift) >> 1
    if bound + rounding >= ACCUMULATOR_LIMIT:
        raise OverflowRangeError(
            f"The accumulator of {where} could reach 2^{(bound + rounding).bit_length()}; "
            f"the limit is 2^{ACCUMULATOR_LIMIT.bit_length() - 1}.",
            remedy="Use fewer bits, or rescale the weights so that the layer's inputs have similar sizes.",
        )


def _check_transform(model: Graph) -> None:
    transform, rank = model.transform, len(model.outputs[0].shape)
    if transform.kind not in ("none", "softmax", "log_softmax"):
        raise _fail(f"unknown output transform {transform.kind!r}")
    if (transform.kind == "none") != (not transform.axes):
        raise _fail("an output transform names the axes it runs over")
    if list(transform.axes) != sorted(set(transform.axes)) or any(axis >= rank for axis in transform.axes):
        raise _fail(f"output transform over axes {transform.axes} of {rank}")
