"""``zkattest.data``: commit to data sets.

``zk.data.commit(frame, srs, "test-set", like=committed, label="y")``. Parts: :mod:`zkattest.datasets`.
"""

from zkattest.datasets import (
    Classes,
    DataSet,
    DataSetStore,
    Features,
    Group,
    RelationProof,
    Rows,
    Schema,
    StoredShard,
    Value,
    commit,
    infer_schema,
    parent_status,
    prepare,
    relate,
    rows_like,
)
from zkattest.datasets import ImageSource as images  # noqa: N813 (verbs and nouns of the module)
from zkattest.datasets import WindowSource as windows  # noqa: N813
from zkattest.datasets import as_source as source

__all__ = [
    "Classes",
    "DataSet",
    "DataSetStore",
    "Features",
    "Group",
    "RelationProof",
    "Rows",
    "Schema",
    "StoredShard",
    "Value",
    "commit",
    "images",
    "infer_schema",
    "parent_status",
    "prepare",
    "relate",
    "rows_like",
    "source",
    "windows",
]
