"""The statement of a relation between two data sets: which rows are compared, and the circuit of it.

Fingerprints of rows have constants that are a hash of both identities (``docs/adr/0012-…``): whoever chooses
rows cannot choose constants, and rows that differ have different fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final, Literal, get_args

from eth_utils.crypto import keccak

from zkattest import _native
from zkattest.datasets.manifest import DataSet
from zkattest.datasets.schema import Schema
from zkattest.encoding import Writer
from zkattest.errors import DataSetMismatchError

__all__ = ["KINDS", "Comparison", "RelationKind"]

#: What is proved of set 0 and set 1: 1 is a subset of 0; no row of 1 is a row of 0.
RelationKind = Literal["subset", "disjoint"]
KINDS: Final[tuple[RelationKind, ...]] = get_args(RelationKind)

DOMAIN: Final = b"zkattest-relation-v1"
_COEFFICIENTS: Final = b"zkattest-relation-coefficients-v1"


@dataclass(frozen=True)
class Comparison:
    """Two data sets whose rows can be compared.

    Attributes:
        kind: what is claimed.
        first: the parent, or the first set.
        second: its subset, or the second set.
        attempt: of the fingerprints' constants; 0 but for disjoint sets whose rows happened to collide.

    Raises:
        DataSetMismatchError: other set-up strings, row sizes, boxes or columns.
    """

    kind: RelationKind
    first: DataSet
    second: DataSet
    attempt: int = 0

    def __post_init__(self) -> None:
        first, second = self.first, self.second
        for what, mine, its in (
            ("set-up strings", (first.srs_digest, first.tau_g2), (second.srs_digest, second.tau_g2)),
            ("marks of an unsafe string", first.srs_unsafe, second.srs_unsafe),
            ("row sizes", first.row_size, second.row_size),
            ("boxes (padded or not)", first.padded, second.padded),
        ):
            if mine != its:
                raise DataSetMismatchError(
                    f"The two data sets have different {what}.",
                    remedy="Commit to both under one string, with rows like those of one model.",
                )
        _check_columns(self.kind, first.schema, second.schema)

    @property
    def binding(self) -> bytes:
        """What the transcript begins with, 32 bytes."""
        return keccak(DOMAIN + self._kind + self.first.srs_digest + self._identities)

    @property
    def rows(self) -> bytes:
        """The commitments of all shards of the first set and of the second: how a proof begins."""
        shards = (*self.first.shards, *self.second.shards)
        return b"".join(row for shard in shards for row in shard.commitments)

    @cached_property
    def encoding(self) -> bytes:
        """What the circuit is compiled from (``ZKRL``)."""
        seed = keccak(_COEFFICIENTS + self._kind + self._identities + bytes([self.attempt]))
        writer = Writer(b"ZKRL", 1).fixed(self._kind, 1).fixed(seed, 32)
        for dataset in (self.first, self.second):
            tensors = dataset.schema.tensors
            writer.u32(dataset.schema.capacity).u64(dataset.rows).u8(len(tensors))
            for _, shape in tensors:
                writer.u8(len(shape) - 1)
                for size in shape[1:]:
                    writer.u32(size)
        return writer.finish()

    @property
    def circuit(self) -> _native.NativeRelation:
        """The circuit.

        Raises:
            UnsupportedByBackendError: too many shards, or rows that are too short, for one proof.
        """
        return _circuit(self.encoding, self.first.row_size, self.first.padded)

    @property
    def _kind(self) -> bytes:
        return bytes([KINDS.index(self.kind)])

    @property
    def _identities(self) -> bytes:
        return self.first.identity + self.second.identity


@lru_cache(maxsize=8)
def _circuit(encoding: bytes, row_size: int, padded: bool) -> _native.NativeRelation:
    return _native.NativeRelation.compile(encoding, log_row=row_size.bit_length() - 1, padded=padded)


def _check_columns(kind: RelationKind, first: Schema, second: Schema) -> None:
    """A row must mean the same in both sets: all columns of it in a subset, the features else."""
    if kind == "subset":
        same = replace(first, capacity=second.capacity) == second
        what = "columns, classes or groups"
    else:
        same = first.features == second.features
        what = "features"
    if not same:
        raise DataSetMismatchError(
            f"The two data sets have different {what}: names, order, bits and scales have to be the same.",
            remedy="Commit to one of them again with the schema of the other.",
        )
