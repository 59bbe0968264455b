"""Data sets: committed to shard by shard, proved to be well-formed, named by 32 bytes.

The public half is :class:`DataSet` (a file ``*.zkd``); the owner's is :class:`DataSetStore`, a directory.
"""

from zkattest.datasets.committing import Rows, commit, prepare, rows_like
from zkattest.datasets.images import ImageSource
from zkattest.datasets.inference import infer_schema
from zkattest.datasets.manifest import DataSet, Role, ShardRecord
from zkattest.datasets.relations import RelationProof, parent_status, relate
from zkattest.datasets.schema import Classes, Features, Group, Schema, Value
from zkattest.datasets.sources import as_source
from zkattest.datasets.store import DataSetStore, StoredShard
from zkattest.datasets.windows import WindowSource

__all__ = [
    "Classes",
    "DataSet",
    "DataSetStore",
    "Features",
    "Group",
    "ImageSource",
    "RelationProof",
    "Role",
    "Rows",
    "Schema",
    "ShardRecord",
    "StoredShard",
    "Value",
    "WindowSource",
    "as_source",
    "commit",
    "infer_schema",
    "parent_status",
    "prepare",
    "relate",
    "rows_like",
]
