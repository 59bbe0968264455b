"""``zkattest.data.commit``: from rows of any kind to a committed data set in a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zkattest.backends.base import CommittedModel, Rows
from zkattest.commitments import Commitment, is_padded
from zkattest.datasets.blocks import Source, regroup
from zkattest.datasets.building import Plan, build
from zkattest.datasets.costs import DataEstimate, estimate_data
from zkattest.datasets.encoding import Encoder
from zkattest.datasets.inference import infer_schema
from zkattest.datasets.manifest import Role
from zkattest.datasets.schema import Schema
from zkattest.datasets.shard import ShardRows
from zkattest.datasets.sources import as_source
from zkattest.datasets.store import DataSetStore
from zkattest.errors import DataError, DataSetMismatchError
from zkattest.frontend import Architecture, QuantisedModel
from zkattest.progress import SILENT, Progress
from zkattest.srs import Srs

__all__ = ["Prepared", "Rows", "commit", "prepare", "rows_like"]


def rows_like(
    like: CommittedModel | Commitment | Rows, model: Architecture | QuantisedModel | None = None
) -> Rows:
    """The rows of a model's commitment.

    Arguments:
        like: a committed model, or its commitment alone.
        model: that the commitment is to; it says whether axes are padded.

    Raises:
        DataError: a commitment without its model.
    """
    if isinstance(like, Rows):
        return like
    if isinstance(like, CommittedModel):
        return rows_like(like.commitment, like.model)
    if like.kind != "model":
        raise DataError("The commitment to be like is to data.", remedy="Give a model's.")
    if model is None:
        raise DataError(
            "A commitment alone does not say whether its axes are padded.",
            remedy="Give its model as well, or row_size and padded.",
        )
    return Rows(like.row_size, is_padded(like, model))


@dataclass(frozen=True)
class Prepared:
    """A data set before its first row is read in earnest: :func:`prepare` made it.

    Attributes:
        source: of the rows.
        plan: what is fixed about the data set.
        encoder: quantises rows.
    """

    source: Source
    plan: Plan
    encoder: Encoder

    def estimate(self) -> DataEstimate:
        """What :meth:`run` will cost."""
        return estimate_data(self.plan.schema, self.source.rows, self.plan.row_size, padded=self.plan.padded)

    def run(
        self,
        directory: str | os.PathLike[str],
        *,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> DataSetStore:
        """Commit and prove; see :func:`commit`."""
        rows, capacity = self.source.rows, self.plan.schema.capacity
        shards = _shards(self.source, replace(self.encoder))
        total = None if rows is None else -(-rows // capacity)
        return build(self.plan, shards, directory, total=total, threads=threads, progress=progress)


def prepare(
    source: Any,
    srs: Srs,
    *,
    like: CommittedModel | Commitment | Rows | None = None,
    row_size: int | None = None,
    padded: bool = False,
    model: QuantisedModel | None = None,
    schema: Schema | None = None,
    features: Sequence[str] | None = None,
    label: Any = None,
    groups: Any = (),
    role: Role = "test",
    parent: bytes | None = None,
    shard_rows: int | None = None,
    clip: bool = False,
    unlabelled: bool = False,
    missing_group: str | None = None,
    **schema_options: Any,
) -> Prepared:
    """Open a source and fix the schema, without committing. Arguments and errors: see :func:`commit`."""
    opened = as_source(source, features=features, label=label, groups=groups)
    if model is None and isinstance(like, CommittedModel):
        model = like.model
    rows = _rows(like, row_size, padded, model)
    if schema is None:
        schema = infer_schema(
            opened, model, capacity=shard_rows, missing_group=missing_group, **schema_options
        )
    else:
        _check_schema(schema, opened, shard_rows, schema_options)
    plan = Plan(schema, role, parent, rows.size, rows.padded, srs)
    return Prepared(opened, plan, Encoder(schema, clip, unlabelled, missing_group))


def commit(
    source: Any,
    srs: Srs,
    directory: str | os.PathLike[str],
    *,
    like: CommittedModel | Commitment | Rows | None = None,
    row_size: int | None = None,
    padded: bool = False,
    model: QuantisedModel | None = None,
    schema: Schema | None = None,
    features: Sequence[str] | None = None,
    label: Any = None,
    groups: Any = (),
    role: Role = "test",
    parent: bytes | None = None,
    shard_rows: int | None = None,
    clip: bool = False,
    unlabelled: bool = False,
    missing_group: str | None = None,
    threads: int | None = None,
    progress: Progress = SILENT,
    **schema_options: Any,
) -> DataSetStore:
    """Commit to a data set, hiding and binding, and prove that it is well-formed.

    Rows are read, quantised, committed to and proved a shard at a time; a run that was interrupted goes on
    where it was when it is given the same directory and data.

    Arguments:
        source: arrays, a data frame, a path, or a source; see :func:`zkattest.data.source`.
        srs: the string that the models were committed under.
        directory: for ``dataset.zkd`` (public) and ``secret/`` (yours).
        like: the committed model that the data set is to be measured with: rows of commitments must agree.
        row_size, padded: the same by hand.
        model: whose input says shape, bits and scale of the features; by default that of ``like``.
        schema: instead of one that follows from source and model.
        features, label, groups: columns, or arrays beside an array.
        role: what the data set is for; part of its identity.
        parent: identity of the data set that it is drawn from.
        shard_rows: rows of a shard; by default all of them, at most 1,024.
        clip: saturate values that leave the range of the bits, instead of refusing them.
        unlabelled: allow rows without a label; they count in no metric.
        missing_group: value of a group column for labelled rows that have none there.
        threads: of the prover.
        schema_options: of :func:`infer_schema`, e.g. ``target``, ``classes``, ``scale``.

    Raises:
        DataError and its kinds, NonFiniteError, ShapeError: rows that cannot be committed to, by row and
            column, never by value. DataSetMismatchError: the directory holds other data.
    """
    prepared = prepare(
        source,
        srs,
        like=like,
        row_size=row_size,
        padded=padded,
        model=model,
        schema=schema,
        features=features,
        label=label,
        groups=groups,
        role=role,
        parent=parent,
        shard_rows=shard_rows,
        clip=clip,
        unlabelled=unlabelled,
        missing_group=missing_group,
        **schema_options,
    )
    return prepared.run(directory, threads=threads, progress=progress)


def _shards(source: Source, encoder: Encoder) -> Iterator[ShardRows]:
    capacity = encoder.schema.capacity
    return (encoder(block) for block in regroup(source.blocks(capacity), capacity))


def _rows(
    like: CommittedModel | Commitment | Rows | None,
    row_size: int | None,
    padded: bool,
    model: QuantisedModel | None,
) -> Rows:
    if like is not None:
        if row_size is not None or padded:
            raise DataError("Rows are given twice.", remedy="Give either like, or row_size and padded.")
        return rows_like(like, model)
    if row_size is None:
        raise DataError(
            "Nothing says how long the rows of the commitments are.",
            remedy="Give the committed model that the data set is for (like), or row_size.",
        )
    return Rows(row_size, padded)


def _check_schema(schema: Schema, source: Source, shard_rows: int | None, options: dict[str, Any]) -> None:
    if options or shard_rows not in (None, schema.capacity):
        raise DataError(
            "A schema is given, and what it says besides.", remedy="Leave the schema's options out."
        )
    names = tuple(group.name for group in schema.groups)
    if names != source.group_names:
        raise DataSetMismatchError(
            f"The schema has group columns {', '.join(names) or 'none'}; "
            f"the source has {', '.join(source.group_names) or 'none'}."
        )
