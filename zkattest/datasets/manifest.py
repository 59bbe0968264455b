"""The public manifest of a data set: what it is, and the commitments that nobody can change.

Identity and encoding are written down in ``docs/guides/data.md``; contracts compute the identity as well.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, get_args

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from zkattest.commitments import Commitment
from zkattest.datasets.layout import ShardLayout, shard_layout
from zkattest.datasets.registration import data_circuit, registration_holds
from zkattest.datasets.schema import Schema
from zkattest.encoding import Reader, Writer
from zkattest.errors import CommitmentError, DataError, DataSetMismatchError, FormatError
from zkattest.html import fields_html
from zkattest.srs import Srs
from zkattest.storage import read_file, write_atomic

__all__ = ["DataSet", "Role", "ShardRecord"]

#: What a data set is for, as contracts count it, from 1.
Role = Literal["train", "validation", "test", "calibration", "audit"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

DOMAIN: Final = keccak(b"zkattest-dataset-v1")
_NO_PARENT: Final = bytes(32)
_POINT, _G2 = 64, 128
_MOST_SHARDS: Final = 1 << 20
_IDENTITY = ("bytes32", "bytes32", "uint8", "bytes32", "uint64", "uint64", "bytes32[]", "uint64[]")


@dataclass(frozen=True)
class ShardRecord:
    """The public part of one shard.

    Attributes:
        rows: that hold data, from 1 to the capacity; the owner's word.
        labelled: rows that have a label, which the registration proof shows.
        commitments: of each row of cells, 64 bytes.
        registration: proof that the shard is well-formed.
    """

    rows: int
    labelled: int
    commitments: tuple[bytes, ...] = field(repr=False)
    registration: bytes = field(repr=False)

    #: First bytes of the file of a finished shard.
    MAGIC = b"ZKDR"

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        return self.write(Writer(self.MAGIC, 1)).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> ShardRecord:
        """Decode :meth:`to_bytes`, or FormatError."""
        reader = Reader(data, cls.MAGIC, 1, what="record of a shard")
        record = cls.read(reader)
        reader.finish()
        return record

    def write(self, writer: Writer) -> Writer:
        """Append the fields."""
        writer.u64(self.rows).u64(self.labelled).u64(len(self.commitments))
        writer.fixed(b"".join(self.commitments), _POINT * len(self.commitments))
        return writer.blob(self.registration)

    @classmethod
    def read(cls, reader: Reader) -> ShardRecord:
        """Take the fields."""
        rows, labelled, count = reader.u64(), reader.u64(), reader.u64()
        body = reader.fixed(_POINT * count)
        points = tuple(body[at : at + _POINT] for at in range(0, len(body), _POINT))
        return cls(rows, labelled, points, reader.blob())


@dataclass(frozen=True)
class DataSet:
    """A committed data set. Public; file ``*.zkd``.

    Attributes:
        schema: of the columns.
        role: what it is for.
        parent: identity of the data set that it was drawn from or that it replaces, 32 bytes; None: none.
        srs_digest: digest of the set-up string at ``row_size``, 32 bytes.
        tau_g2: the string's [tau]_2, 128 bytes, which registration proofs are verified with.
        srs_unsafe: the string's secret may be known: binding for nobody.
        row_size: cells of a row of the commitments, as of the models that it shall meet.
        padded: whether axes lie in padded boxes, likewise.
        shards: all but the last hold as many rows as the schema's capacity.

    Raises:
        DataError: fields that do not fit each other.
        CommitmentError: a row that is no canonical point, or another number of rows than the layout's.
    """

    schema: Schema
    role: Role
    parent: bytes | None
    srs_digest: bytes
    tau_g2: bytes = field(repr=False)
    srs_unsafe: bool
    row_size: int
    padded: bool
    shards: tuple[ShardRecord, ...] = field(repr=False)

    #: First bytes of a file.
    MAGIC = b"ZKDT"
    _VERSION = 1

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise DataError(f"The role of a data set is {self.role!r}.", remedy=f"Choose {', '.join(ROLES)}.")
        if self.parent is not None and (len(self.parent) != 32 or self.parent == _NO_PARENT):
            raise DataError("The parent of a data set is an identity of 32 bytes that are not all zero.")
        if len(self.srs_digest) != 32 or len(self.tau_g2) != _G2:
            raise DataError("The digest of a set-up string has 32 bytes and its [tau]_2 has 128.")
        if not 1 <= len(self.shards) <= _MOST_SHARDS:
            raise DataError(f"A data set has {len(self.shards)} shards; expected 1 to {_MOST_SHARDS}.")
        capacity = self.schema.capacity
        for index, shard in enumerate(self.shards):
            last = index == len(self.shards) - 1
            if not (1 if last else capacity) <= shard.rows <= capacity:
                raise DataError(
                    f"Shard {index} has {shard.rows} rows; expected {'at most ' if last else ''}{capacity}."
                )
            if shard.labelled > shard.rows:
                raise DataError(f"Shard {index} has {shard.labelled} labels for {shard.rows} rows.")
        _ = self.commitments  # checks every point

    # --- what follows -----------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Rows that hold data, of all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def labelled(self) -> int:
        """Labelled rows of all shards."""
        return sum(shard.labelled for shard in self.shards)

    @cached_property
    def layout(self) -> ShardLayout:
        """How each shard is stored."""
        return shard_layout(self.schema, self.row_size, self.padded)

    @cached_property
    def commitments(self) -> tuple[Commitment, ...]:
        """The commitment of each shard."""
        return tuple(
            self.layout.commitment(self.srs_digest, self.srs_unsafe, shard.commitments)
            for shard in self.shards
        )

    @property
    def shard_identities(self) -> tuple[bytes, ...]:
        """Identity of each shard's commitment, 32 bytes: what statements name as their input."""
        return tuple(commitment.identity for commitment in self.commitments)

    @cached_property
    def identity(self) -> bytes:
        """What stands for the data set everywhere, 32 bytes. Says nothing of registration proofs, which
        anybody verifies."""
        return keccak(
            abi_encode(
                _IDENTITY,
                (
                    DOMAIN,
                    self.schema.digest,
                    ROLES.index(self.role) + 1,
                    self.parent or _NO_PARENT,
                    self.rows,
                    self.labelled,
                    self.shard_identities,
                    tuple(shard.labelled for shard in self.shards),
                ),
            )
        )

    def verify(self, srs: Srs | None = None, *, readable: bool = False) -> bool:
        """Whether every shard's registration proof holds: its cells are in range, labels and groups are
        well-formed, and so many rows are labelled. That identities follow from rows, and rows are points, is
        checked whenever a data set is made or read.

        Arguments:
            srs: the string that you trust; None: as the data set says itself.
            readable: judge with the readable verifier, seconds to minutes for each shard.

        The caller must still check that the identity is the expected one, that the schema is, and that the
        string is not an unsafe one. Nothing shows that rows are true, or how many of them are not padding.

        Raises:
            DataSetMismatchError: of another string; MalformedProofError: a registration is no proof.
        """
        if srs is not None:
            self.check_string(srs)
        circuit = data_circuit(self.schema.spec, self.row_size, self.padded).circuit
        return all(
            registration_holds(
                circuit,
                self.schema.spec,
                shard.registration,
                labelled=shard.labelled,
                identity=commitment.identity,
                srs_digest=self.srs_digest,
                tau_g2=self.tau_g2,
                rows=shard.commitments,
                readable=readable,
            )
            for shard, commitment in zip(self.shards, self.commitments, strict=True)
        )

    def check_string(self, srs: Srs) -> None:
        """Raise :class:`DataSetMismatchError` unless the data set was committed to under ``srs``."""
        reaches = srs.max_degree >= self.row_size
        if not reaches or srs.digest_at(self.row_size) != self.srs_digest or srs.tau_g2 != self.tau_g2:
            raise DataSetMismatchError(
                "The data set was committed to under another set-up string.",
                remedy="Give the string whose digest it names; do not rely on one of an unknown string.",
            )
        if srs.unsafe and not self.srs_unsafe:
            raise DataSetMismatchError(
                "The data set says that its set-up string is safe, and the one given is marked unsafe.",
                remedy="Do not rely on this data set: its owner has changed the mark.",
            )

    # --- file -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        writer = Writer(self.MAGIC, self._VERSION).blob(self.schema.to_bytes())
        writer.u8(ROLES.index(self.role) + 1).fixed(self.parent or _NO_PARENT, 32)
        writer.fixed(self.srs_digest, 32).fixed(self.tau_g2, _G2).u8(int(self.srs_unsafe))
        writer.u64(self.row_size).u8(int(self.padded)).u32(len(self.shards))
        for shard in self.shards:
            shard.write(writer)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> DataSet:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, not canonical; VersionError: of another version.
        """
        reader = Reader(data, cls.MAGIC, cls._VERSION, what="data set")
        schema, role, parent = Schema.from_bytes(reader.blob()), reader.u8(), reader.fixed(32)
        digest, tau, unsafe = reader.fixed(32), reader.fixed(_G2), reader.u8()
        row_size, padded, count = reader.u64(), reader.u8(), reader.u32()
        if not 1 <= role <= len(ROLES):
            raise reader.fail(f"its role is {role}, expected 1 to {len(ROLES)}")
        if unsafe > 1 or padded > 1:
            raise reader.fail(f"its flags are {unsafe} and {padded}, expected 0 or 1")
        shards = tuple(ShardRecord.read(reader) for _ in range(count))
        reader.finish()
        try:
            return cls(
                schema,
                ROLES[role - 1],
                None if parent == _NO_PARENT else parent,
                digest,
                tau,
                bool(unsafe),
                row_size,
                bool(padded),
                shards,
            )
        except (DataError, CommitmentError) as error:
            raise FormatError(f"The data set is malformed: {error.message}") from None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write :meth:`to_bytes`, or StorageError."""
        return write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> DataSet:
        """Read what :meth:`save` wrote, or StorageError, FormatError."""
        return cls.from_bytes(read_file(path, what="data set"))

    def describe(self) -> dict[str, Any]:
        """Everything public but points and proofs."""
        return {
            "identity": self.identity,
            "role": self.role,
            "parent": self.parent,
            "rows": self.rows,
            "labelled": self.labelled,
            "shards": [
                {"identity": identity, "rows": shard.rows, "labelled": shard.labelled}
                for identity, shard in zip(self.shard_identities, self.shards, strict=True)
            ],
            "row_size": self.row_size,
            "padded": self.padded,
            "srs_digest": self.srs_digest,
            "srs_unsafe": self.srs_unsafe,
            "schema": self.schema.describe(),
        }

    def _repr_html_(self) -> str:
        target = self.schema.target
        return fields_html(
            "data set",
            {
                "identity": self.identity,
                "role": self.role,
                "rows": self.rows,
                "labelled": self.labelled,
                "shards": len(self.shards),
                "target": target.name,
                "groups": tuple(group.name for group in self.schema.groups),
                "srs_unsafe": self.srs_unsafe,
            },
        )
