"""The quantised model: an integer graph with per-tensor power-of-two scales, and its identity.

Every node computes ``output = saturate((acc + 2**(shift-1)) >> shift, low, high)`` where ``acc`` is an exact
integer function of its inputs (one per operator, see docs/arithmetic.md).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from eth_utils.crypto import keccak

from zkattest.errors import NonFiniteError, ShapeError
from zkattest.frontend import codec, executor, summary, validation
from zkattest.frontend.batch import run_batch
from zkattest.frontend.fixed_point import (
    FloatTensor,
    IntTensor,
    Shape,
    dequantise_array,
    element_count,
    quantise_array,
    range_of_bits,
)
from zkattest.storage import read_file, write_atomic

Attributes = Mapping[str, int | tuple[int, ...]]


@dataclass(frozen=True)
class TensorSpec:
    """A tensor of the integer graph: value = q * 2**-scale, q in [-(2**(bits-1)), 2**(bits-1) - 1].

    Attributes:
        name: unique in the model; the ONNX tensor's name where there is one.
        shape: fixed sizes, row-major, with the batch axis where the model has one.
        bits: declared width, 8 to 16, sign included.
        scale: power-of-two exponent, -32 to 48.
    """

    name: str
    shape: Shape
    bits: int
    scale: int

    @property
    def low(self) -> int:
        """Lowest declared integer."""
        return range_of_bits(self.bits)[0]

    @property
    def high(self) -> int:
        """Highest declared integer."""
        return range_of_bits(self.bits)[1]

    @property
    def magnitude(self) -> int:
        """Largest absolute value in the declared range."""
        return 1 << (self.bits - 1)

    @property
    def size(self) -> int:
        """Number of elements."""
        return element_count(self.shape)


@dataclass(frozen=True)
class Node:
    """One integer operation.

    Attributes:
        op: name of the integer operator, e.g. ``"gemm"`` (see ``operator_table()``).
        name: the ONNX node's name, for messages.
        inputs: tensor names, activations or constants.
        outputs: tensor names; one.
        attributes: integers and tuples of integers, exactly those that the operator declares.
        shift: right shift of the accumulator, 0 to 62.
        low, high: saturation bounds, inside the output's declared range. A fused Relu has ``low`` 0.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    shift: int
    low: int
    high: int

    def integer(self, name: str) -> int:
        """The integer attribute ``name``."""
        value = self.attributes[name]
        if not isinstance(value, int):
            raise AssertionError(f"{self.op}.{name} is a tuple")
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        """The tuple attribute ``name``."""
        value = self.attributes[name]
        if isinstance(value, int):
            raise AssertionError(f"{self.op}.{name} is an integer")
        return value


@dataclass(frozen=True)
class Provenance:
    """Where the model came from; kept in the file, outside the architecture digest.

    Attributes:
        onnx_sha256: of the ONNX file's bytes, followed by its external data files' by name; 32 bytes.
        opset: version of the default ONNX operator set.
        producer: what wrote the ONNX file, as it says itself.
        zkattest_version: version that quantised.
    """

    onnx_sha256: bytes
    opset: int
    producer: str
    zkattest_version: str


@dataclass(frozen=True)
class OutputTransform:
    """What the reader applies to the dequantised output, outside the proof.

    Attributes:
        kind: ``"none"``, ``"softmax"`` or ``"log_softmax"``: the circuit's output are the logits.
        axes: axes over which the (joint) softmax runs; empty for ``"none"``.
    """

    kind: str = "none"
    axes: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class QuantisedModel:
    """An integer graph, complete: what is proved, executed and committed to.

    Construction validates everything (:mod:`zkattest.frontend.validation`). ``repr`` shows no weights.

    Attributes:
        inputs: the one input.
        outputs: the one output.
        nodes: in topological order.
        tensors: every tensor by name: the input, the constants, then node outputs in order.
        constants: int64 values of the constant tensors (secret), read-only.
        transform: applied by :meth:`dequantise_output`.
        provenance: where it came from.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    nodes: tuple[Node, ...]
    tensors: Mapping[str, TensorSpec]
    constants: Mapping[str, IntTensor]
    transform: OutputTransform
    provenance: Provenance

    def __post_init__(self) -> None:
        frozen = {}
        for name, values in self.constants.items():
            copy = np.array(values, dtype=np.int64)
            copy.flags.writeable = False
            frozen[name] = copy
        object.__setattr__(self, "constants", MappingProxyType(frozen))
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))
        validation.validate(self)

    def __reduce__(self) -> tuple[object, ...]:
        return QuantisedModel.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        x, y = self.inputs[0], self.outputs[0]
        return (
            f"QuantisedModel({x.name}: {x.shape} -> {y.name}: {y.shape}, {len(self.nodes)} nodes, "
            f"{self.parameters} parameters)"
        )

    # --- identity ---------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The canonical encoding. Holds the weights: keep it secret."""
        return codec.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> QuantisedModel:
        """Decode and validate.

        Raises:
            FormatError: not the canonical encoding of a valid model; VersionError: of another version.
        """
        return codec.decode(data)

    @cached_property
    def digest(self) -> bytes:
        """sha256 of the encoding, 32 bytes. Depends on the weights without blinding: do not publish it."""
        return hashlib.sha256(self.to_bytes()).digest()

    @cached_property
    def architecture_digest(self) -> bytes:
        """keccak256 of the graph without names, constant values and provenance, 32 bytes; public."""
        return keccak(codec.encode_architecture(self))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write :meth:`to_bytes` to ``path``, readable by its owner only.

        Raises:
            StorageError: the destination is unchanged.
        """
        return write_atomic(path, self.to_bytes(), secret=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> QuantisedModel:
        """Read what :meth:`save` wrote.

        Raises:
            StorageError, FormatError.
        """
        return cls.from_bytes(read_file(path, what="quantised model"))

    # --- meaning ----------------------------------------------------------------------------------

    def quantise_input(self, x: npt.ArrayLike) -> IntTensor:
        """Float input to integers: round_half_up(x * 2**scale), saturated to the declared range.

        Arguments:
            x: finite numbers in the shape of ``inputs[0]``; a leading batch axis of 1 may be left out.

        Raises:
            ShapeError, NonFiniteError.
        """
        spec = self.inputs[0]
        try:
            array = np.asarray(x, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ShapeError(f"The input is no numeric array of shape {spec.shape}.") from error
        values = _with_batch_axis(array, spec)
        if not np.all(np.isfinite(values)):
            raise NonFiniteError(
                f"The input {spec.name!r} holds {int(np.sum(~np.isfinite(values)))} NaN or infinite values.",
                remedy="Impute or drop them before quantising.",
            )
        return quantise_array(values, spec.scale, spec.bits)

    def dequantise_output(self, q: npt.ArrayLike, *, transform: bool = True) -> FloatTensor:
        """Integer output to floats: q * 2**-scale, then ``transform`` (softmax, when the model ended in one).

        Arguments:
            q: integers, in the output's shape or flat (as in a statement).
            transform: False gives the logits.

        Raises:
            ShapeError.
        """
        spec = self.outputs[0]
        array = np.asarray(q)
        if array.size != spec.size or array.shape not in (spec.shape, (spec.size,)):
            raise ShapeError(f"The output {spec.name!r} has shape {spec.shape}; got {array.shape}.")
        values = dequantise_array(array.reshape(spec.shape).astype(np.int64), spec.scale)
        return executor.apply_transform(values, self.transform) if transform else values

    def execute(self, x: npt.ArrayLike) -> IntTensor:
        """Run the integer graph: the definition of what is proved.

        Arguments:
            x: integers in the shape and declared range of ``inputs[0]``; a batch axis of 1 may be left out.

        Returns:
            int64, in the shape of ``outputs[0]``.

        Raises:
            ShapeError: another shape, no integers, or outside the declared range.
        """
        return self.trace(x)[self.outputs[0].name]

    def trace(self, x: npt.ArrayLike) -> executor.Trace:
        """Like :meth:`execute`, keeping every tensor by name, and every node's accumulator."""
        return executor.run(self, self.check_input(x))

    def traces(self, xs: Iterable[npt.ArrayLike], *, threads: int | None = None) -> list[executor.Trace]:
        """:meth:`trace` of each of ``xs``, in order: the same integers, computed many inputs at once.

        Arguments:
            threads: that work at once; None: as many as the machine has.

        Raises:
            ShapeError: as :meth:`execute`.
        """
        return run_batch(self, [self.check_input(x) for x in xs], threads)

    def check_input(self, x: npt.ArrayLike) -> IntTensor:
        """``x`` as int64 in the declared shape, or ShapeError."""
        spec = self.inputs[0]
        array = np.asarray(x)
        if array.dtype.kind not in "iu":
            raise ShapeError(
                f"The quantised input {spec.name!r} is integers; got {array.dtype}.",
                remedy="Quantise a float input with quantise_input first.",
            )
        array = _with_batch_axis(array, spec)
        if int(array.min()) < spec.low or int(array.max()) > spec.high:
            raise ShapeError(
                f"The input {spec.name!r} leaves its declared range [{spec.low}, {spec.high}].",
                remedy="Quantise the float input with quantise_input, which saturates.",
            )
        return array.astype(np.int64)

    # --- for people -------------------------------------------------------------------------------

    @property
    def parameters(self) -> int:
        """Number of constant values (weights, biases)."""
        return sum(int(values.size) for values in self.constants.values())

    def summary(self) -> list[dict[str, object]]:
        """One row per node: tensors, shape, bits, scale, shift, parameters, macs, accumulator bits."""
        return summary.rows(self)

    def _repr_html_(self) -> str:
        return summary.html(self)


def _with_batch_axis(values: npt.NDArray[Any], spec: TensorSpec) -> npt.NDArray[Any]:
    if values.shape == spec.shape:
        return values
    if spec.shape[:1] == (1,) and values.shape == spec.shape[1:]:
        return values[np.newaxis]
    raise ShapeError(
        f"The input {spec.name!r} has shape {spec.shape}; got {values.shape}.",
        remedy="Reshape it, one sample at a time.",
    )
