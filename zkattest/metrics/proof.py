"""The proof of a metric over a whole data set: one proof for each shard, in their order."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from eth_utils.crypto import keccak

from zkattest.backends.base import Proof
from zkattest.encoding import Reader, Writer
from zkattest.errors import FormatError
from zkattest.html import fields_html
from zkattest.metrics.metric import Metric
from zkattest.statements import Binding
from zkattest.storage import read_file, write_atomic

__all__ = ["MetricProof"]

_MOST_SHARDS: Final = 1 << 20


@dataclass(frozen=True)
class MetricProof:
    """Bytes that convince a verifier of a metric. Public; file ``*.zkm``.

    It says nothing by itself, not even its counts: only :func:`zkattest.verify_metric` gives values.

    Attributes:
        metric: what its maker says is proved; a verifier compares it with the key.
        dataset: identity of the data set, 32 bytes; a verifier compares it with the manifest.
        proofs: of each shard.
    """

    metric: Metric
    dataset: bytes
    proofs: tuple[Proof, ...] = field(repr=False)

    MAGIC: ClassVar = b"ZKMP"
    VERSION: ClassVar = 1

    def __post_init__(self) -> None:
        if len(self.dataset) != 32:
            raise FormatError(f"The identity of a data set has 32 bytes; got {len(self.dataset)}.")
        if not 1 <= len(self.proofs) <= _MOST_SHARDS:
            raise FormatError(
                f"A metric's proof has {len(self.proofs)} shards; expected 1 to {_MOST_SHARDS}."
            )

    @property
    def binding(self) -> Binding | None:
        """Where the proof may be used, as its first shard says."""
        return self.proofs[0].binding

    @property
    def payload_bytes(self) -> int:
        """Of all proofs together."""
        return sum(len(proof.payload) for proof in self.proofs)

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        writer = Writer(self.MAGIC, self.VERSION).blob(self.metric.to_bytes()).fixed(self.dataset, 32)
        writer.u32(len(self.proofs))
        for proof in self.proofs:
            writer.blob(proof.to_bytes())
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> MetricProof:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError, VersionError, ProofMismatchError.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="proof of a metric")
        metric, dataset = Metric.from_bytes(reader.blob()), reader.fixed(32)
        proofs = tuple(Proof.from_bytes(reader.blob()) for _ in range(reader.u32()))
        reader.finish()
        return cls(metric, dataset, proofs)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write :meth:`to_bytes`, or StorageError."""
        return write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MetricProof:
        """Read what :meth:`save` wrote, or StorageError, FormatError."""
        return cls.from_bytes(read_file(path, what="proof of a metric"))

    @property
    def digest(self) -> bytes:
        """keccak256 of the encoding."""
        return keccak(self.to_bytes())

    def describe(self) -> dict[str, object]:
        """What it claims to be; no counts, for nothing is verified here."""
        statement = self.proofs[0].statement
        return {
            "metric": str(self.metric),
            "data_set": self.dataset,
            "shards": len(self.proofs),
            "model_hash": statement.model_hash,
            "circuit_hash": statement.circuit_hash,
            "vk_hash": statement.vk_hash,
            "proof_bytes": self.payload_bytes,
            "bound_to": None if self.binding is None else vars(self.binding),
        }

    def _repr_html_(self) -> str:
        return fields_html("proof of a metric (not verified)", self.describe())
