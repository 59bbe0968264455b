"""ONNX import: load, check, fix shapes, fold, rewrite, and refuse early what has no integer semantics."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import onnx.inliner
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, external_data_helper, numpy_helper

from zkattest.errors import (
    DynamicShapeError,
    EmptyTensorError,
    ModelError,
    NonFiniteError,
    NotOnnxError,
    OpsetError,
    ShapeError,
    UnsupportedOperatorError,
)
from zkattest.frontend import folding
from zkattest.frontend.fixed_point import MAX_ELEMENTS, Shape
from zkattest.frontend.graph import FloatNode, Graph
from zkattest.frontend.ops import ONNX_OPERATORS
from zkattest.storage import read_file

Source = str | os.PathLike[str] | bytes | onnx.ModelProto

#: Opsets of the default domain whose operator definitions the importers were written against.
MIN_OPSET: Final = 11
MAX_OPSET: Final = 25

_FLOATS: Final = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)

_REWRITE_LIMIT: Final = 10_000


def import_onnx(
    source: Source, *, shapes: Mapping[str, Sequence[int]] | None = None, output: str | None = None
) -> Graph:
    """Import an ONNX model as a validated float graph.

    A symbolic batch axis (first axis of the input) is fixed to 1. Constant expressions, shape computations
    included, are folded; batch normalisation is folded into the layer before it; a final softmax becomes the
    graph's ``transform``.

    Arguments:
        source: path, bytes, or a loaded model. External data is read from beside the file.
        shapes: input name -> full shape, for inputs with symbolic axes.
        output: which output to prove, for a model that has several.

    Raises:
        NotOnnxError, OpsetError, UnsupportedOperatorError, DynamicShapeError, EmptyTensorError,
        NonFiniteError, ModelError: each names the node or tensor; StorageError: the file cannot be read.
    """
    model, sha256 = load(source)
    opset = _check_opset(model)
    if model.functions:
        model = onnx.inliner.inline_local_functions(model)
    graph = _to_graph(model, opset, sha256, shapes or {}, output)
    graph.prune()
    for node in graph.nodes:
        if node.proto.domain not in ("", "ai.onnx"):
            _check_known(node)
    folding.fold_constants(graph)
    graph.prune()
    _check_shapes(graph)
    _rewrite(graph)
    _check_nodes(graph)
    return graph


def load(source: Source) -> tuple[onnx.ModelProto, bytes]:
    """The checked protobuf with its data, and the sha256 of the file(s)."""
    folder: Path | None = None
    if isinstance(source, onnx.ModelProto):
        model = onnx.ModelProto()
        model.CopyFrom(source)
        data = source.SerializeToString(deterministic=True)
    else:
        if isinstance(source, bytes):
            data = source
        else:
            data = read_file(source, what="ONNX model")
            folder = Path(source).resolve().parent
        try:
            model = onnx.load_model_from_string(data)
        except (DecodeError, ValueError) as error:
            raise NotOnnxError(
                f"The {len(data)} bytes are no ONNX protobuf.", remedy="Check the file, and copy it again."
            ) from error
    if not model.HasField("graph") or not model.graph.node or not model.ir_version:
        raise NotOnnxError(
            f"The {len(data)} bytes hold no ONNX graph with nodes.",
            remedy="Check that this is the exported model.",
        )
    external = _load_external(model, folder)
    try:
        onnx.checker.check_model(model)
    except Exception as error:  # the checker raises ValidationError, and others on hostile bytes
        raise NotOnnxError(
            f"The ONNX checker refuses the model: {str(error).strip()}", remedy="Export it again."
        ) from error
    return model, hashlib.sha256(data + external).digest()


def _load_external(model: onnx.ModelProto, folder: Path | None) -> bytes:
    tensors = [t for t in model.graph.initializer if external_data_helper.uses_external_data(t)]
    if not tensors:
        return b""
    names = sorted({entry.value for t in tensors for entry in t.external_data if entry.key == "location"})
    if folder is None:
        raise ModelError(
            f"{len(tensors)} weights are in external data files ({', '.join(names)}), not in the bytes.",
            remedy="Give the path of the ONNX file, with its data files beside it.",
        )
    try:
        external_data_helper.load_external_data_for_model(model, str(folder))
    except Exception as error:  # missing, outside the folder, a link, too short: one remedy for all
        raise ModelError(
            f"The external data files of the model ({', '.join(names)}) cannot be read.",
            remedy="Put them beside the ONNX file, or export with the weights inside.",
        ) from error
    return b"".join(read_file(folder / name, what="external data file") for name in names)


def _check_opset(model: onnx.ModelProto) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if not versions:
        raise OpsetError("The model imports no default operator set.", remedy="Export it again.")
    version = int(max(versions))
    if not MIN_OPSET <= version <= MAX_OPSET:
        raise OpsetError(
            f"The model uses opset {version}; supported are {MIN_OPSET} to {MAX_OPSET}.",
            remedy="Export with a supported opset, or convert with onnx.version_converter.",
        )
    return version


def _to_graph(
    model: onnx.ModelProto, opset: int, sha256: bytes, shapes: Mapping[str, Sequence[int]], output: str | None
) -> Graph:
    proto = model.graph
    if proto.sparse_initializer:
        raise UnsupportedOperatorError("The model has sparse initialisers.", remedy="Export dense weights.")
    constants: dict[str, npt.NDArray[Any]] = {}
    for tensor in proto.initializer:
        try:
            constants[tensor.name] = folding.as_constant(numpy_helper.to_array(tensor))
        except Exception as error:  # hostile lengths and types raise many kinds
            raise NotOnnxError(
                f"The initialiser {tensor.name!r} does not decode.", remedy="Export again."
            ) from error
    inputs = [info for info in proto.input if info.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(repr(info.name) for info in inputs)
        raise ModelError(
            f"The model has {len(inputs)} inputs ({names}); one is supported.",
            remedy="Concatenate the inputs into one, or make the others constants.",
        )
    unknown = set(shapes) - {info.name for info in inputs}
    if unknown:
        raise ShapeError(f"shapes= names {sorted(unknown)}; the model's input is {inputs[0].name!r}.")
    shape = _input_shape(inputs[0], shapes.get(inputs[0].name))
    outputs = [info.name for info in proto.output]
    if output is None and len(outputs) != 1:
        raise ModelError(
            f"The model has {len(outputs)} outputs ({', '.join(map(repr, outputs))}); a statement has one.",
            remedy="Choose one with output=.",
        )
    if output is not None and output not in outputs:
        raise ModelError(f"The model has no output {output!r}; it has {', '.join(map(repr, outputs))}.")
    graph = Graph(
        input=inputs[0].name,
        output=output or outputs[0],
        nodes=[FloatNode(node, index) for index, node in enumerate(proto.node)],
        constants=constants,
        shapes={inputs[0].name: shape} | {name: tuple(value.shape) for name, value in constants.items()},
        opset=opset,
        ir_version=int(model.ir_version),
        onnx_sha256=sha256,
        producer=f"{model.producer_name} {model.producer_version}".strip(),
    )
    if graph.output in constants or graph.output == graph.input:
        raise ModelError(f"The output {graph.output!r} is not computed from the input.")
    return graph


def _input_shape(info: onnx.ValueInfoProto, given: Sequence[int] | None) -> Shape:
    kind = info.type.tensor_type
    if kind.elem_type not in _FLOATS:
        names = {number: name for name, number in TensorProto.DataType.items()}
        found = names.get(kind.elem_type, f"unknown ({kind.elem_type})")
        raise ModelError(
            f"The input {info.name!r} has element type {found}, expected floats.",
            remedy="Export the model with a float32 input.",
        )
    dims = [int(dim.dim_value) if dim.HasField("dim_value") else None for dim in kind.shape.dim]
    if given is not None:
        if len(given) != len(dims) or any(d is not None and d != g for d, g in zip(dims, given, strict=True)):
            raise ShapeError(f"shapes= gives {tuple(given)} for {info.name!r}; the model declares {dims}.")
        dims = [int(size) for size in given]
    if dims and dims[0] is None:
        dims[0] = 1
    shape: list[int] = []
    for axis, size in enumerate(dims):
        if size is None:
            raise DynamicShapeError(
                f"Axis {axis} of the input {info.name!r} is symbolic; only the batch axis 0 may be.",
                remedy=f"Give the full shape: shapes={{{info.name!r}: (...)}}.",
            )
        if size < 1:
            raise EmptyTensorError(
                f"Axis {axis} of the input {info.name!r} has size {size}.",
                remedy="Export with positive sizes.",
            )
        shape.append(size)
    return tuple(shape)


def _rewrite(graph: Graph) -> None:
    for _ in range(_REWRITE_LIMIT):
        changed = False
        for node in list(graph.nodes):
            operator = ONNX_OPERATORS.get(node.op)
            if operator and not node.proto.domain and node in graph.nodes and operator.rewrite(node, graph):
                changed = True
        if not changed:
            break
        graph.prune()
        graph.infer_shapes()
        _check_shapes(graph)


def _check_shapes(graph: Graph) -> None:
    for node in graph.nodes:
        _check_known(node)
        for name in node.outputs:
            if name not in graph.shapes:
                raise DynamicShapeError(
                    f"{node.where}: the shape of its output {name!r} depends on run-time values.",
                    remedy="Export the model with fixed sizes, or give shapes=.",
                )
            if 0 in graph.shapes[name]:
                raise EmptyTensorError(
                    f"{node.where}: its output {name!r} has shape {graph.shapes[name]}, which is empty.",
                    remedy="Check the input shape and the node's attributes.",
                )
            if graph.size_of(name) > MAX_ELEMENTS:
                raise ModelError(
                    f"{node.where}: its output has {graph.size_of(name)} elements, over {MAX_ELEMENTS}."
                )


def _check_known(node: FloatNode) -> None:
    if node.proto.domain not in ("", "ai.onnx") or node.op not in ONNX_OPERATORS:
        domain = f" of domain {node.proto.domain!r}" if node.proto.domain else ""
        raise UnsupportedOperatorError(
            f"{node.where}: the operator {node.op}{domain} is not supported.",
            remedy="Replace it by supported operators: " + ", ".join(sorted(ONNX_OPERATORS)) + ".",
        )


def _check_nodes(graph: Graph) -> None:
    for node in graph.nodes:
        _check_known(node)
        for name in node.inputs:
            values = graph.constants.get(name)
            if values is None or values.dtype.kind != "f":
                continue
            if values.size == 0:
                raise EmptyTensorError(
                    f"{node.where}: its constant {name!r} is empty.", remedy="Export again."
                )
            broken = np.isnan(values) if node.op == "Clip" else ~np.isfinite(values)
            if broken.any():
                raise NonFiniteError(
                    f"{node.where}: its constant {name!r} holds {int(broken.sum())} NaN or infinite values.",
                    remedy="Retrain or repair the weights.",
                )
        ONNX_OPERATORS[node.op].check(node, graph)
        if len(node.outputs) > 1:
            used = [name for name in node.outputs[1:] if graph.consumers_of(name) or name == graph.output]
            if used:
                raise UnsupportedOperatorError(
                    f"{node.where}: its output {used[0]!r} is used; only the first one is supported.",
                    remedy="Change the model so that it needs the first output alone.",
                )
