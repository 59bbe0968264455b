"""Committing shard by shard, so that a crash costs at most the shard that it came in.

A shard's files are written in the order rows, blinders, record. A shard with a record is finished and is
neither committed to nor proved again; one with blinders keeps them, so that its identity stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from zkattest.commitments import CommitmentSecret
from zkattest.commitments import commit as commit_tensors
from zkattest.datasets.layout import ShardLayout, shard_layout
from zkattest.datasets.manifest import ROLES, DataSet, Role, ShardRecord
from zkattest.datasets.registration import data_circuit, register_shard
from zkattest.datasets.schema import Schema
from zkattest.datasets.shard import ShardRows
from zkattest.datasets.store import MANIFEST, SECRET, DataSetStore, ShardFiles
from zkattest.encoding import Writer
from zkattest.errors import ChainError, DataSetMismatchError, EmptyDataError, SrsTooSmallError, StorageError
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs
from zkattest.storage import read_file, write_atomic

__all__ = ["Plan", "build"]


@dataclass(frozen=True)
class Plan:
    """All that is fixed about a data set before its first row is read.

    Attributes:
        schema, role, parent, row_size, padded: as of :class:`DataSet`.
        srs: the string to commit under.
    """

    schema: Schema
    role: Role
    parent: bytes | None
    row_size: int
    padded: bool
    srs: Srs = field(repr=False)

    def __post_init__(self) -> None:
        if self.srs.max_degree < self.row_size:
            raise SrsTooSmallError(
                f"Rows of {self.row_size} cells need a set-up string of degree {self.row_size}; "
                f"this one reaches {self.srs.max_degree}.",
                remedy="Use the string that the model was committed under, or a larger one.",
            )

    @property
    def srs_digest(self) -> bytes:
        """Of the string at the row size."""
        return self.srs.digest_at(self.row_size)

    @property
    def layout(self) -> ShardLayout:
        """Of each shard."""
        return shard_layout(self.schema, self.row_size, self.padded)

    def to_bytes(self) -> bytes:
        """What a directory is recognised by."""
        writer = Writer(b"ZKDP", 1).blob(self.schema.to_bytes()).u8(ROLES.index(self.role) + 1)
        writer.fixed(self.parent or bytes(32), 32).fixed(self.srs_digest, 32).fixed(self.srs.tau_g2, 128)
        return writer.u64(self.row_size).u8(int(self.padded)).finish()

    def dataset(self, shards: Iterable[ShardRecord]) -> DataSet:
        """The manifest."""
        return DataSet(
            self.schema,
            self.role,
            self.parent,
            self.srs_digest,
            self.srs.tau_g2,
            self.srs.unsafe,
            self.row_size,
            self.padded,
            tuple(shards),
        )


def build(
    plan: Plan,
    shards: Iterable[ShardRows],
    directory: str | os.PathLike[str],
    *,
    total: int | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> DataSetStore:
    """Commit to ``shards`` one by one, and write the manifest at the end.

    Arguments:
        shards: all but the last with ``plan.schema.capacity`` rows.
        directory: created; may hold an interrupted run of the same data, which goes on.
        total: number of shards where it is known, for the progress.
        threads: of the prover.

    Raises:
        DataSetMismatchError: the directory holds other data; EmptyDataError: no shard; StorageError.
    """
    target = Path(directory)
    _ = plan.layout  # fails before anything is written
    files = _made(target)
    with _held(files):
        _claim(plan, files, target)
        records: list[ShardRecord] = []
        with phase(progress, "shards", total):
            for index, rows in enumerate(shards):
                rows.check(plan.schema)
                records.append(_shard(plan, files, index, rows, threads, progress))
                progress.advance("shards")
        if not records:
            raise EmptyDataError(
                "The source has no rows.", remedy="Check the path, or what the iterator yields."
            )
        if files.blinders(len(records)).exists():
            raise _other_data(target, f"it has more than the {len(records)} shards of the source")
        plan.dataset(records).save(target / MANIFEST)
    return DataSetStore(target)


def _made(target: Path) -> ShardFiles:
    files = ShardFiles(target / SECRET)
    try:
        files.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"Cannot make {files.directory}: {error.strerror}.", remedy="Choose another directory."
        ) from error
    return files


@contextmanager
def _held(files: ShardFiles) -> Iterator[None]:
    """One process at a time: two would draw two blinders for one shard."""
    from zkattest.chain.locks import exclusive  # here, for its package takes a second to import

    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive(files.plan, patience_s=0))
        except ChainError as error:
            raise StorageError(error.message, remedy=error.remedy) from None
        yield


def _claim(plan: Plan, files: ShardFiles, target: Path) -> None:
    """Make the directory ours: new, or an earlier run of the same plan."""
    started = any(files.directory.glob("*.blinders"))
    if not started or not files.plan.exists():  # what failed before its first shard binds nobody
        write_atomic(files.plan, plan.to_bytes(), secret=True)
    elif read_file(files.plan, what="plan of a data set") != plan.to_bytes():
        raise _other_data(target, "its schema, role, parent, string or rows differ")


def _shard(
    plan: Plan, files: ShardFiles, index: int, rows: ShardRows, threads: int | None, progress: Progress
) -> ShardRecord:
    blinders = None
    if files.blinders(index).exists():
        stored = read_file(files.rows(index), what="rows of a shard")
        if not ShardRows.from_bytes(stored, plan.schema).same(rows):
            raise _other_data(files.directory.parent, f"shard {index} has other rows")
        if files.record(index).exists():
            return ShardRecord.from_bytes(read_file(files.record(index), what="record of a shard"))
        secret = read_file(files.blinders(index), what="blinders of a shard")
        blinders = CommitmentSecret.from_bytes(secret).blinders
    else:
        write_atomic(files.rows(index), rows.to_bytes(), secret=True)
    tensors = rows.tensors(plan.schema)
    commitment, opening = commit_tensors(
        plan.layout.boxed(tensors),
        plan.srs,
        kind="data",
        row_size=plan.row_size,
        blinders=blinders,
        progress=progress,
    )
    write_atomic(files.blinders(index), opening.to_bytes(), secret=True)
    proof = register_shard(
        data_circuit(plan.schema.spec, plan.row_size, plan.padded),
        plan.schema.spec,
        plan.srs,
        list(tensors.values()),
        labelled=rows.labelled,
        identity=commitment.identity,
        srs_digest=plan.srs_digest,
        rows=commitment.rows,
        blinders=opening.blinders,
        threads=threads,
        progress=progress,
    )
    record = ShardRecord(rows.count, rows.labelled, commitment.rows, proof)
    write_atomic(files.record(index), record.to_bytes(), secret=True)
    return record


def _other_data(directory: Path, why: str) -> DataSetMismatchError:
    return DataSetMismatchError(
        f"{directory} holds another data set, perhaps unfinished: {why}.",
        remedy="Choose another directory, or remove this one.",
    )
