"""A data set on disk: the public manifest, and beside it the secrets that prove things about it.

``dataset.zkd`` is public. ``secret/`` is its owner's: quantised rows and blinders of each shard, readable by
nobody else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from zkattest.commitments import Commitment, CommitmentSecret, check_opening
from zkattest.datasets.manifest import DataSet
from zkattest.datasets.shard import ShardRows
from zkattest.errors import DataSetMismatchError, StorageError
from zkattest.frontend.fixed_point import IntTensor
from zkattest.srs import Srs
from zkattest.storage import read_file

__all__ = ["DataSetStore", "StoredShard"]

MANIFEST = "dataset.zkd"
SECRET = "secret"  # noqa: S105 (a directory's name)


@dataclass(frozen=True)
class StoredShard:
    """What a prover needs of one shard; secret.

    Attributes:
        index: in the data set.
        rows: the quantised rows.
        tensors: int64 by name, in the order of commitment, in their logical shapes, up to the capacity.
        commitment: public.
        blinders: one scalar for each row of the commitment, 32 bytes each.
    """

    index: int
    rows: ShardRows = field(repr=False)
    tensors: dict[str, IntTensor] = field(repr=False)
    commitment: Commitment
    blinders: tuple[bytes, ...] = field(repr=False)

    @property
    def labels(self) -> list[IntTensor]:
        """The tensors after ``"x"`` in their order, flat."""
        return [
            np.ascontiguousarray(values).reshape(-1) for name, values in self.tensors.items() if name != "x"
        ]

    @property
    def samples(self) -> IntTensor:
        """Quantised features ``[capacity, *feature shape]``."""
        return self.tensors["x"]


class DataSetStore:
    """A directory with a finished data set.

    Arguments:
        directory: as :func:`zkattest.data.commit` wrote it.

    Raises:
        StorageError: there is no finished data set; FormatError: its manifest does not decode.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        if not (self.directory / MANIFEST).exists():
            raise StorageError(
                f"{self.directory} holds no finished data set.",
                remedy="Give the directory of `zkattest data commit`; an interrupted run goes on.",
            )
        self.dataset = DataSet.load(self.directory / MANIFEST)

    def __repr__(self) -> str:
        return f"DataSetStore({str(self.directory)!r}, {self.dataset.rows} rows, {len(self)} shards)"

    def __len__(self) -> int:
        """Shards."""
        return len(self.dataset.shards)

    @property
    def identity(self) -> bytes:
        """Of the data set, 32 bytes."""
        return self.dataset.identity

    @cached_property
    def files(self) -> ShardFiles:
        """Where the secrets lie."""
        return ShardFiles(self.directory / SECRET)

    def shard(self, index: int) -> StoredShard:
        """The tensors and blinders of one shard.

        Raises:
            StorageError, FormatError: missing or damaged; DataSetMismatchError: not those of the manifest.
        """
        if not 0 <= index < len(self):
            raise DataSetMismatchError(f"The data set has {len(self)} shards; there is no shard {index}.")
        rows = ShardRows.from_bytes(
            read_file(self.files.rows(index), what="rows of a shard"), self.dataset.schema
        )
        secret = CommitmentSecret.from_bytes(
            read_file(self.files.blinders(index), what="blinders of a shard")
        )
        commitment, record = self.dataset.commitments[index], self.dataset.shards[index]
        if secret.identity != commitment.identity or len(secret.blinders) != len(commitment.rows):
            raise DataSetMismatchError(
                f"The blinders of shard {index} open another commitment than the manifest's.",
                remedy="Restore the directory as it was written.",
            )
        if (rows.count, rows.labelled) != (record.rows, record.labelled):
            raise DataSetMismatchError(
                f"Shard {index} has {rows.count} rows and {rows.labelled} labels on disk, "
                f"{record.rows} and {record.labelled} in the manifest.",
                remedy="Restore the directory as it was written.",
            )
        return StoredShard(index, rows, rows.tensors(self.dataset.schema), commitment, secret.blinders)

    def shards(self) -> Iterator[StoredShard]:
        """All shards, one in memory at a time."""
        return (self.shard(index) for index in range(len(self)))

    def check(self, srs: Srs) -> None:
        """Raise :class:`DataSetMismatchError` unless every commitment opens to the rows on disk."""
        for shard in self.shards():
            secret = CommitmentSecret(shard.commitment.identity, shard.blinders)
            boxed = self.dataset.layout.boxed(shard.tensors)
            if not check_opening(shard.commitment, secret, boxed, srs):
                raise DataSetMismatchError(
                    f"The commitment of shard {shard.index} does not open to the rows on disk.",
                    remedy="Restore the directory as it was written.",
                )


@dataclass(frozen=True)
class ShardFiles:
    """Names of the files of a data set's shards.

    Attributes:
        directory: of the secrets.
    """

    directory: Path

    @property
    def plan(self) -> Path:
        """What is being committed to."""
        return self.directory / "plan"

    def rows(self, index: int) -> Path:
        """Quantised rows."""
        return self.directory / f"shard-{index:06}.npz"

    def blinders(self, index: int) -> Path:
        """Opening of the commitment."""
        return self.directory / f"shard-{index:06}.blinders"

    def record(self, index: int) -> Path:
        """Public part; written last: a shard that has it is finished."""
        return self.directory / f"shard-{index:06}.record"
