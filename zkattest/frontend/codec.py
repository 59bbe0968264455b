"""The canonical byte encoding of a quantised model, and the encoding under its architecture digest.

Layout (zkattest.encoding; integers big-endian):
    input count 1, constant count, node count: u32 each
    tensors: the input, the constants, the node outputs, each [name] rank:u8 sizes:u32.. bits:u8 scale:i64
    nodes: op, [name], input tensor indices, attributes in order of name, shift:u8, low:i64, high:i64
    output tensor index, transform kind, transform axes
    [constant values, ceil(bits / 8) bytes each, two's complement]
    [provenance]
The architecture encoding leaves out what stands in brackets and has another magic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest.encoding import Reader, Writer
from zkattest.errors import FormatError, OverflowRangeError
from zkattest.frontend.fixed_point import MAX_BITS, MAX_ELEMENTS, MIN_BITS, IntTensor, element_count

if TYPE_CHECKING:
    from zkattest.frontend.architecture import Architecture
    from zkattest.frontend.model import Node, OutputTransform, QuantisedModel, TensorSpec

MAGIC: Final = b"ZKQM"
ARCHITECTURE_MAGIC: Final = b"ZKQA"
VERSION: Final = 1

_INTEGER: Final = 0
_TUPLE: Final = 1


def encode(model: QuantisedModel) -> bytes:
    """All of ``model``."""
    writer = Writer(MAGIC, VERSION)
    _write_graph(writer, model, names=True)
    for name, values in model.constants.items():
        writer.fixed(*_pack(values, model.tensors[name].bits))
    provenance = model.provenance
    writer.fixed(provenance.onnx_sha256, 32).u32(provenance.opset)
    writer.text(provenance.producer).text(provenance.zkattest_version)
    return writer.finish()


def encode_architecture(model: Architecture | QuantisedModel) -> bytes:
    """The public part: no names, no constant values, no provenance."""
    writer = Writer(ARCHITECTURE_MAGIC, VERSION)
    _write_graph(writer, model, names=False)
    return writer.finish()


def _write_graph(writer: Writer, model: Architecture | QuantisedModel, *, names: bool) -> None:
    writer.u32(1).u32(len(model.constants)).u32(len(model.nodes))
    index = {}
    for position, (name, spec) in enumerate(model.tensors.items()):
        index[name] = position
        if names:
            writer.text(name)
        writer.u8(len(spec.shape))
        for size in spec.shape:
            writer.u32(size)
        writer.u8(spec.bits).i64(spec.scale)
    for node in model.nodes:
        writer.text(node.op)
        if names:
            writer.text(node.name)
        writer.u32(len(node.inputs))
        for name in node.inputs:
            writer.u32(index[name])
        writer.u32(len(node.attributes))
        for key in sorted(node.attributes):
            value = node.attributes[key]
            writer.text(key)
            if isinstance(value, int):
                writer.u8(_INTEGER).i64(value)
            else:
                writer.u8(_TUPLE).u32(len(value))
                for item in value:
                    writer.i64(item)
        writer.u8(node.shift).i64(node.low).i64(node.high)
    writer.u32(index[model.outputs[0].name]).text(model.transform.kind).u32(len(model.transform.axes))
    for axis in model.transform.axes:
        writer.u32(axis)


def decode(data: bytes) -> QuantisedModel:
    """The inverse of :func:`encode`, validated.

    Raises:
        FormatError, VersionError.
    """
    from zkattest.frontend.model import Provenance, QuantisedModel

    reader = Reader(data, MAGIC, VERSION, what="quantised model")
    inputs, outputs, nodes, tensors, names, transform = _read_graph(reader, names=True)
    constants = {name: _unpack(reader, tensors[name]) for name in names}
    provenance = Provenance(reader.fixed(32), reader.u32(), reader.text(), reader.text())
    reader.finish()
    try:
        return QuantisedModel(inputs, outputs, nodes, tensors, constants, transform, provenance)
    except OverflowRangeError as error:
        raise FormatError(f"The quantised model is malformed: {error}") from error


def decode_architecture(data: bytes) -> Architecture:
    """The inverse of :func:`encode_architecture`, validated. Tensors and nodes get names by their positions.

    Raises:
        FormatError, VersionError.
    """
    from zkattest.frontend.architecture import Architecture

    reader = Reader(data, ARCHITECTURE_MAGIC, VERSION, what="architecture of a quantised model")
    graph = _read_graph(reader, names=False)
    reader.finish()
    try:
        return Architecture(*graph)
    except OverflowRangeError as error:
        raise FormatError(f"The architecture is malformed: {error}") from error


def _read_graph(
    reader: Reader, *, names: bool
) -> tuple[
    tuple[TensorSpec],
    tuple[TensorSpec],
    tuple[Node, ...],
    dict[str, TensorSpec],
    tuple[str, ...],
    OutputTransform,
]:
    """Input, output, nodes, tensors, names of the constants, transform."""
    from zkattest.frontend.model import OutputTransform

    input_count, constant_count, node_count = reader.u32(), reader.u32(), reader.u32()
    if input_count != 1:
        raise reader.fail(f"{input_count} inputs, expected 1")
    tensors: dict[str, TensorSpec] = {}
    for position in range(1 + constant_count + node_count):
        spec = _read_tensor(reader, position, names=names)
        if spec.name in tensors:
            raise reader.fail(f"tensor {position} repeats the name of an earlier one")
        tensors[spec.name] = spec
    order = list(tensors)
    nodes = tuple(_read_node(reader, order, 1 + constant_count + i, names=names) for i in range(node_count))
    output = reader.u32()
    if output >= len(order):
        raise reader.fail(f"the output is tensor {output} of {len(order)}")
    kind = reader.text()
    transform = OutputTransform(kind, tuple(reader.u32() for _ in range(_small(reader, reader.u32()))))
    constants = tuple(order[1 : 1 + constant_count])
    return (tensors[order[0]],), (tensors[order[output]],), nodes, tensors, constants, transform


def _small(reader: Reader, count: int) -> int:
    if count > 255:
        raise reader.fail(f"a list of {count} entries, expected at most 255")
    return count


def _read_tensor(reader: Reader, position: int, *, names: bool) -> TensorSpec:
    from zkattest.frontend.model import TensorSpec

    name = reader.text() if names else f"tensor {position}"
    shape = tuple(reader.u32() for _ in range(reader.u8()))
    bits = reader.u8()
    spec = TensorSpec(name, shape, bits, reader.i64())
    if not MIN_BITS <= bits <= MAX_BITS:
        raise reader.fail(f"tensor {position} declares {bits} bits, expected {MIN_BITS} to {MAX_BITS}")
    if not 0 < element_count(shape) <= MAX_ELEMENTS:
        raise reader.fail(f"tensor {position} declares shape {shape}, expected 1 to {MAX_ELEMENTS} elements")
    return spec


def _read_node(reader: Reader, order: list[str], output: int, *, names: bool) -> Node:
    from zkattest.frontend.model import Node

    op = reader.text()
    name = reader.text() if names else f"node of tensor {output}"
    inputs = []
    for _ in range(_small(reader, reader.u32())):
        index = reader.u32()
        if index >= output:
            raise reader.fail(f"a node reads tensor {index}, which is not computed before tensor {output}")
        inputs.append(order[index])
    attributes: dict[str, int | tuple[int, ...]] = {}
    previous = ""
    for _ in range(_small(reader, reader.u32())):
        key, kind = reader.text(), reader.u8()
        if key <= previous:
            raise reader.fail(f"attributes of {op!r} are not in order of name")
        previous = key
        if kind == _INTEGER:
            attributes[key] = reader.i64()
        elif kind == _TUPLE:
            attributes[key] = tuple(reader.i64() for _ in range(_small(reader, reader.u32())))
        else:
            raise reader.fail(f"attribute kind {kind}, expected {_INTEGER} or {_TUPLE}")
    shift, low, high = reader.u8(), reader.i64(), reader.i64()
    return Node(op, name, tuple(inputs), (order[output],), attributes, shift, low, high)


def _pack(values: IntTensor, bits: int) -> tuple[bytes, int]:
    kind = ">i1" if bits <= 8 else ">i2"
    data = np.ascontiguousarray(values).astype(kind).tobytes()
    return data, len(data)


def _unpack(reader: Reader, spec: TensorSpec) -> IntTensor:
    kind = np.dtype(">i1" if spec.bits <= 8 else ">i2")
    data = reader.fixed(spec.size * kind.itemsize)
    values: IntTensor = np.frombuffer(data, dtype=kind).astype(np.int64).reshape(spec.shape)
    return values
