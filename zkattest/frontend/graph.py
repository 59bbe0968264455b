"""The float graph: a validated ONNX graph with fixed shapes, one input, one output, constants folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.errors import DynamicShapeError, ModelError
from zkattest.frontend.fixed_point import FloatTensor, Shape, element_count

#: Constants above this many elements enter shape inference as typed inputs, not as values.
_INFERENCE_VALUES = 1024


@dataclass(frozen=True, eq=False)
class FloatNode:
    """An ONNX node.

    Attributes:
        proto: the node.
        index: its position in the ONNX file, for messages; -1 for one that a rewrite made.
    """

    proto: onnx.NodeProto = field(repr=False)
    index: int

    @property
    def op(self) -> str:
        """ONNX op type."""
        return str(self.proto.op_type)

    @property
    def name(self) -> str:
        """The node's name, or one made of its type and index."""
        return str(self.proto.name) or f"{self.op}_{self.index}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Input tensor names; ``""`` stands for an omitted optional one."""
        return tuple(self.proto.input)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Output tensor names, without omitted ones."""
        return tuple(name for name in self.proto.output if name)

    @property
    def output(self) -> str:
        """The first output."""
        return self.outputs[0]

    @property
    def where(self) -> str:
        """How messages name this node."""
        return f"Node {self.index} {self.name!r} ({self.op})"

    def attribute(self, name: str, default: Any = None) -> Any:
        """A Python value of the attribute, or ``default``."""
        for attribute in self.proto.attribute:
            if attribute.name == name:
                return helper.get_attribute_value(attribute)
        return default

    def input(self, position: int) -> str:
        """Name of the input at ``position``, ``""`` when omitted."""
        return self.inputs[position] if position < len(self.inputs) else ""


@dataclass(eq=False)
class Graph:
    """A float graph. Made by ``import_onnx``; operator modules rewrite it in place while importing.

    Attributes:
        input, output: tensor names.
        nodes: in topological order.
        constants: float32 or integer arrays by name.
        shapes: of every tensor.
        opset: version of the default operator set.
        transform: (kind, axes) that the reader applies to the output; see ``OutputTransform``.
        onnx_sha256, producer: provenance.
    """

    input: str
    output: str
    nodes: list[FloatNode]
    constants: dict[str, npt.NDArray[Any]] = field(repr=False)
    shapes: dict[str, Shape] = field(repr=False)
    opset: int
    ir_version: int
    onnx_sha256: bytes
    producer: str
    transform: tuple[str, tuple[int, ...]] = ("none", ())
    integer_tensors: set[str] = field(default_factory=set, repr=False)

    # --- looking ----------------------------------------------------------------------------------

    def producer_of(self, name: str) -> FloatNode | None:
        """The node that computes ``name``; None for the input and constants."""
        return next((node for node in self.nodes if name in node.outputs), None)

    def consumers_of(self, name: str) -> list[FloatNode]:
        """The nodes that read ``name``."""
        return [node for node in self.nodes if name in node.inputs]

    def only_consumer(self, name: str) -> FloatNode | None:
        """The node that alone reads ``name``; None if there are more, or it is the graph's output."""
        consumers = self.consumers_of(name)
        if len(consumers) != 1 or name == self.output:
            return None
        return consumers[0]

    def is_constant(self, name: str) -> bool:
        """Whether ``name`` is a constant."""
        return name in self.constants

    def floats(self, name: str) -> FloatTensor:
        """A constant as float64."""
        return np.asarray(self.constants[name], dtype=np.float64)

    def integers(self, name: str) -> tuple[int, ...]:
        """A constant as a flat tuple of integers (axes, pads, shapes)."""
        return tuple(int(value) for value in np.asarray(self.constants[name]).reshape(-1))

    def known_integers(self, node: FloatNode, position: int) -> tuple[int, ...] | None:
        """The integers at input ``position``, None when omitted; refuses what is computed at run time."""
        name = node.input(position)
        if not name:
            return None
        if name not in self.constants:
            raise DynamicShapeError(
                f"{node.where}: input {position} ({name!r}) is computed at run time; it decides a shape.",
                remedy="Export the model with fixed sizes.",
            )
        return self.integers(name)

    # --- rewriting --------------------------------------------------------------------------------

    def fresh(self, base: str) -> str:
        """A tensor name that is not in use."""
        used = set(self.shapes) | set(self.constants)
        for node in self.nodes:
            used.update(node.outputs)
        if base not in used:
            return base
        number = 1
        while f"{base}#{number}" in used:
            number += 1
        return f"{base}#{number}"

    def add_constant(self, base: str, values: npt.NDArray[Any]) -> str:
        """Store a constant under a fresh name."""
        name = self.fresh(base)
        if values.dtype.kind == "f":
            values = values.astype(np.float32)
        self.constants[name] = values
        self.shapes[name] = tuple(values.shape)
        return name

    def make_node(
        self, like: FloatNode, op: str, inputs: Sequence[str], output: str, **attributes: Any
    ) -> FloatNode:
        """A node that stands (in messages too) for ``like``."""
        return FloatNode(helper.make_node(op, list(inputs), [output], like.name, **attributes), like.index)

    def replace(self, node: FloatNode, replacements: Iterable[FloatNode]) -> None:
        """Put ``replacements`` where ``node`` stands."""
        position = self.nodes.index(node)
        self.nodes[position : position + 1] = list(replacements)

    def prune(self) -> None:
        """Drop nodes and constants that the output does not depend on."""
        needed = {self.output}
        kept: list[FloatNode] = []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                kept.append(node)
                needed.update(name for name in node.inputs if name)
        self.nodes = kept[::-1]
        self.constants = {name: value for name, value in self.constants.items() if name in needed}

    # --- ONNX -------------------------------------------------------------------------------------

    def to_onnx(self, outputs: Sequence[str] | None = None, *, skeleton: bool = False) -> onnx.ModelProto:
        """The graph as an ONNX model in float32.

        Arguments:
            outputs: tensors to expose; the output alone by default.
            skeleton: leave out the values of large constants, for shape inference.
        """
        inputs = [helper.make_tensor_value_info(self.input, TensorProto.FLOAT, self.shapes[self.input])]
        initialisers = []
        for name, values in self.constants.items():
            if skeleton and values.size > _INFERENCE_VALUES:
                kind = helper.np_dtype_to_tensor_dtype(values.dtype)
                inputs.append(helper.make_tensor_value_info(name, kind, values.shape))
            else:
                initialisers.append(numpy_helper.from_array(np.array(values, order="C"), name))
        nodes = []
        for node in self.nodes:
            proto = onnx.NodeProto()
            proto.CopyFrom(node.proto)
            proto.name = ""  # rewrites share the name of what they stand for; onnxruntime wants unique ones
            nodes.append(proto)
        exposed = []
        for name in outputs if outputs is not None else [self.output]:
            kind = TensorProto.INT64 if name in self.integer_tensors else TensorProto.FLOAT
            shape = None if skeleton else self.shapes[name]
            exposed.append(helper.make_tensor_value_info(name, kind, shape))
        graph = helper.make_graph(nodes, "zkattest", inputs, exposed, initialisers)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=self.ir_version
        )

    def infer_shapes(self) -> None:
        """Fill :attr:`shapes` as far as static inference goes.

        Raises:
            ModelError: the graph is inconsistent.
        """
        skeleton = self.to_onnx(skeleton=True)
        del skeleton.graph.output[:]
        try:
            inferred = onnx.shape_inference.infer_shapes(
                skeleton, check_type=False, strict_mode=True, data_prop=True
            )
        except Exception as error:  # onnx raises InferenceError and RuntimeError of several kinds
            raise ModelError(
                f"Shape inference fails: {str(error).strip()}.",
                remedy="Check that the model runs in onnxruntime with this input shape.",
            ) from error
        for info in inferred.graph.value_info:
            kind = info.type.tensor_type
            if kind.elem_type in (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL):
                self.integer_tensors.add(info.name)
            if not kind.HasField("shape"):
                continue
            if all(dim.HasField("dim_value") for dim in kind.shape.dim):
                self.shapes[info.name] = tuple(dim.dim_value for dim in kind.shape.dim)

    def size_of(self, name: str) -> int:
        """Number of elements of a tensor."""
        return element_count(self.shapes[name])
