"""What an operator module declares: an ONNX side (import, quantisation) and an integer side (semantics)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from zkattest.errors import FormatError, UnsupportedOperatorError
from zkattest.frontend.fixed_point import IntTensor, Shape

if TYPE_CHECKING:
    from zkattest.frontend.graph import FloatNode, Graph
    from zkattest.frontend.lowering import Lowering
    from zkattest.frontend.model import Node, TensorSpec


AttributeKinds = Mapping[str, type]


class IntegerOperator:
    """An operator of the integer graph. The node's output is ``rescale(accumulate(...), shift, low, high)``.

    Attributes:
        op: name in :attr:`Node.op`.
        statement: the accumulator's formula in one line, for the operator table.
        attributes: name -> int or tuple, all mandatory.
        min_inputs, max_inputs: number of inputs.
        rowwise: ``accumulate`` takes any number of rows along axis 0 of its activations, and each row of the
            result is that of the same rows alone.
    """

    op: ClassVar[str]
    statement: ClassVar[str]
    rowwise: ClassVar[bool] = False
    attributes: ClassVar[AttributeKinds] = MappingProxyType({})
    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int] = 1

    def validate(self, node: Node, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> None:
        """Raise FormatError where attributes and input shapes do not fit; runs before everything below."""

    def shape(self, node: Node, specs: Sequence[TensorSpec]) -> Shape:
        """Shape of the output."""
        return specs[0].shape

    def accumulator_scale(self, node: Node, specs: Sequence[TensorSpec], output: TensorSpec) -> int:
        """Scale of the accumulator; ``shift`` is this minus the output's scale."""
        return specs[0].scale

    def bound(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        """Upper bound of |accumulator| (and of all partial sums) over all values in declared ranges."""
        return specs[0].magnitude

    def accumulate(self, node: Node, specs: Sequence[TensorSpec], values: Sequence[IntTensor]) -> IntTensor:
        """The exact accumulator, int64, in the shape of the output."""
        raise NotImplementedError

    def takes_rows(self, specs: Sequence[TensorSpec], constant: Sequence[bool]) -> bool:
        """Whether activations of these shapes, one row each, may have more rows (see ``rowwise``)."""
        activations = [spec.shape for spec, known in zip(specs, constant, strict=True) if not known]
        return self.rowwise and all(shape[:1] == (1,) for shape in activations)

    def macs(self, node: Node, specs: Sequence[TensorSpec]) -> int:
        """Multiplications of two secret values, for cost estimates."""
        return 0

    @staticmethod
    def require(condition: bool, node: Node, message: str) -> None:
        """FormatError about ``node`` unless ``condition``."""
        if not condition:
            raise FormatError(f"The quantised model is malformed: node {node.name!r} ({node.op}): {message}.")


class OnnxOperator:
    """How an ONNX operator becomes integer nodes.

    Attributes:
        types: ONNX op types.
        supported: attributes and forms supported, in one line, for the operator table.
        integer: name of the integer operator it becomes (or what happens to it).
        fuses_clamp: a following Relu or Clip may become the saturation bounds of its node.
    """

    types: ClassVar[tuple[str, ...]]
    supported: ClassVar[str]
    integer: ClassVar[str]
    fuses_clamp: ClassVar[bool] = False

    def rewrite(self, node: FloatNode, graph: Graph) -> bool:
        """Replace ``node`` by simpler float nodes, where it helps; True when the graph was changed."""
        return False

    def check(self, node: FloatNode, graph: Graph) -> None:
        """Raise UnsupportedOperatorError where a form of ``node`` has no integer semantics here."""

    def lower(self, node: FloatNode, lowering: Lowering) -> None:
        """Emit the integer nodes that compute ``node``."""
        raise NotImplementedError

    @staticmethod
    def refuse(node: FloatNode, message: str, remedy: str) -> UnsupportedOperatorError:
        """An error about ``node``, to raise."""
        return UnsupportedOperatorError(f"{node.where}: {message}.", remedy=remedy)
