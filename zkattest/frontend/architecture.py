"""The architecture of a quantised model: everything but weights, names and provenance. Public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from eth_utils.crypto import keccak

from zkattest.frontend import codec, validation

if TYPE_CHECKING:
    from zkattest.frontend.model import Node, OutputTransform, TensorSpec


@dataclass(frozen=True)
class Architecture:
    """An integer graph without the values of its constants; attributes as of
    :class:`zkattest.frontend.QuantisedModel`. Construction validates all that the values do not decide.

    Attributes:
        constants: names of the constant tensors.
    """

    inputs: tuple[TensorSpec]
    outputs: tuple[TensorSpec]
    nodes: tuple[Node, ...]
    tensors: Mapping[str, TensorSpec]
    constants: tuple[str, ...]
    transform: OutputTransform

    def __post_init__(self) -> None:
        validation.validate_architecture(self)

    def to_bytes(self) -> bytes:
        """The canonical encoding, whose keccak256 is :attr:`digest`."""
        return codec.encode_architecture(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Architecture:
        """Decode and validate.

        Raises:
            FormatError, VersionError.
        """
        return codec.decode_architecture(data)

    @cached_property
    def digest(self) -> bytes:
        """Equal to :attr:`zkattest.frontend.QuantisedModel.architecture_digest`; 32 bytes."""
        return keccak(self.to_bytes())

    @property
    def parameters(self) -> int:
        """Number of constant values (weights, biases)."""
        return sum(self.tensors[name].size for name in self.constants)
