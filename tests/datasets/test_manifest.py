"""Schema and manifest: one encoding each, every field bound by the identity, nothing secret inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from zkattest import _native
from zkattest.datasets import Classes, DataSet, Features, Group, Schema, Value, commit
from zkattest.errors import DataError, FormatError, VersionError, ZkattestError
from zkattest.layouts import Layout
from zkattest.srs import Srs

names = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=5)


def lists(least: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(names, min_size=least, max_size=4, unique=True).map(tuple)


schemas = st.builds(
    Schema,
    st.builds(
        Features,
        st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple),
        st.integers(8, 16),
        st.integers(-32, 48),
    ),
    st.one_of(st.builds(Classes, names, lists(2)), st.builds(Value, names, st.integers(-32, 48))),
    st.lists(st.builds(Group, names, lists(1)), max_size=3, unique_by=lambda group: group.name).map(tuple),
    st.integers(1, 2**20),
)


@given(schemas)
def test_a_schema_has_one_encoding(schema: Schema) -> None:
    data = schema.to_bytes()
    assert Schema.from_bytes(data) == schema
    assert schema.digest == keccak(data)
    for wrong in (data[:-1], data + b"\0", b"ZKDS" + data[4:]):
        with pytest.raises(FormatError):
            Schema.from_bytes(wrong)


@given(schemas, schemas)
def test_different_schemas_have_different_digests(one: Schema, other: Schema) -> None:
    assert (one == other) == (one.digest == other.digest)


def test_the_spec_is_sizes_alone(schema: Schema) -> None:
    sizes = "5a4b4453 0001 00000008 0c 02 00000001 00000003 00 00000002 02 00000002 00000003"
    assert schema.spec == bytes.fromhex(sizes.replace(" ", ""))
    value = replace(schema, target=Value("stay", 3), groups=())
    sizes = "5a4b4453 0001 00000008 0c 02 00000001 00000003 01 00000001 00"
    assert value.spec == bytes.fromhex(sizes.replace(" ", ""))


def test_the_tensors_of_a_shard(schema: Schema) -> None:
    assert schema.tensors == [("x", (8, 1, 3)), ("l0", (8, 2)), ("l1", (8, 2, 2)), ("l2", (8, 3, 2))]
    value = replace(schema, target=Value("stay", 3))
    assert value.tensors == [("x", (8, 1, 3)), ("y", (8,)), ("l0", (8, 1)), ("l1", (8, 2)), ("l2", (8, 3))]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Features((), 12, 0),
        lambda: Features((1, 0), 12, 0),
        lambda: Features((1, 3), 7, 0),
        lambda: Features((1, 3), 17, 0),
        lambda: Features((1, 3), 12, 49),
        lambda: Features((1, 3), 12, 0, ("a", "b")),
        lambda: Features((1, 2), 12, 0, ("a", "a")),
        lambda: Features((1, 2), 12, 0, ("a", "")),
        lambda: Features((1, 2), 12, 0, ("a", "\ud800")),
        lambda: Features((1, 2), 12.5, 0),  # type: ignore[arg-type]
        lambda: Classes("y", ("only",)),
        lambda: Classes("", ("a", "b")),
        lambda: Classes("y", "ab"),  # type: ignore[arg-type]
        lambda: Value("y", -33),
        lambda: Group("g", ()),
        lambda: Schema(Features((1,), 8, 0), Value("y", 0), capacity=0),
        lambda: Schema(Features((1,), 8, 0), Value("y", 0), (Group("g", ("a",)), Group("g", ("b",)))),
        lambda: Schema(Features((1,), 8, 0), Value("y", 0), tuple(Group(f"g{i}", ("a",)) for i in range(65))),
    ],
)
def test_impossible_schemas(make: Any) -> None:
    with pytest.raises(DataError):
        make()


# --- manifest -----------------------------------------------------------------------------------------


@pytest.fixture
def dataset(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> DataSet:
    found = commit(
        [table], srs, tmp_path, row_size=256, schema=schema, label="ill", groups=["sex", "ward"], role="audit"
    )
    return found.dataset


def test_the_identity_by_hand(dataset: DataSet, schema: Schema, srs: Srs) -> None:
    layout = Layout.pack(256, [("x", (8, 3), 0), ("l0", (8, 2), 0), ("l1", (8, 4), 0), ("l2", (8, 6), 0)])
    shards = [
        _native.commitment_identity(
            False, 256, layout.digest, srs.digest_at(256), b"".join(shard.commitments)
        )
        for shard in dataset.shards
    ]
    types = ("bytes32", "bytes32", "uint8", "bytes32", "uint64", "uint64", "bytes32[]", "uint64[]")
    values = (
        keccak(b"zkattest-dataset-v1"),
        keccak(schema.to_bytes()),
        5,
        bytes(32),
        20,
        20,
        shards,
        [8, 8, 4],
    )
    assert dataset.identity == keccak(encode(types, values))
    assert (dataset.rows, dataset.labelled, dataset.shard_identities) == (20, 20, tuple(shards))


def test_the_file_round_trips(dataset: DataSet, tmp_path: Path) -> None:
    again = DataSet.load(dataset.save(tmp_path / "copy.zkd"))
    assert again == dataset
    assert again.identity == dataset.identity


def test_every_field_is_in_the_identity(dataset: DataSet, schema: Schema) -> None:
    first, *others, last = dataset.shards
    parent = b"\1" * 32
    point = dataset.shards[1].commitments[0]
    changed = {
        "schema": replace(dataset, schema=replace(schema, target=Classes("ill", ("yes", "no")))),
        "role": replace(dataset, role="test"),
        "parent": replace(dataset, parent=parent),
        "row size": replace(dataset, row_size=512),
        "padded": replace(dataset, padded=True),
        "srs": replace(dataset, srs_digest=b"\2" * 32),
        "rows": replace(dataset, shards=(first, *others, replace(last, rows=last.rows + 1))),
        "labelled": replace(dataset, shards=(replace(first, labelled=7), *others, last)),
        "labelled elsewhere": replace(dataset, shards=(first, replace(others[0], labelled=7), last)),
        "commitments": replace(
            dataset, shards=(replace(first, commitments=(point, *first.commitments[1:])), *others, last)
        ),
        "order": replace(dataset, shards=(others[0], first, last)),
        "dropped": replace(dataset, shards=(first, last)),
        "repeated": replace(dataset, shards=(first, first, *others, last)),
    }
    identities = {name: other.identity for name, other in changed.items()} | {"original": dataset.identity}
    assert len(set(identities.values())) == len(identities)
    for other in changed.values():
        assert DataSet.from_bytes(other.to_bytes()) == other


@pytest.mark.parametrize(
    "change",
    [
        {"role": "holiday"},
        {"parent": bytes(32)},
        {"parent": b"short"},
        {"srs_digest": b"short"},
        {"tau_g2": b"short"},
        {"row_size": 48},
        {"row_size": 128},
        {"shards": ()},
    ],
)
def test_impossible_manifests(dataset: DataSet, change: dict[str, Any]) -> None:
    with pytest.raises(ZkattestError):
        replace(dataset, **change)


def test_only_the_last_shard_may_be_short(dataset: DataSet) -> None:
    first, second, last = dataset.shards
    for shards in (
        (last, first),
        (first, second, replace(last, rows=9)),
        (first, replace(last, rows=0, labelled=0)),
    ):
        with pytest.raises(DataError):
            replace(dataset, shards=shards)
    with pytest.raises(DataError):
        replace(dataset, shards=(first, second, replace(last, labelled=last.rows + 1)))


def test_a_file_of_wrong_bytes(dataset: DataSet) -> None:
    data = dataset.to_bytes()
    with pytest.raises(VersionError):
        DataSet.from_bytes(data[:4] + b"\0\7" + data[6:])
    for wrong in (b"", data[:-1], data + b"\0", b"ZKCM" + data[4:]):
        with pytest.raises(FormatError):
            DataSet.from_bytes(wrong)


def test_every_byte_counts(dataset: DataSet) -> None:
    """A changed byte is refused, or gives another data set; none is ignored."""
    data = dataset.to_bytes()
    for at in range(0, len(data), 5):
        wrong = bytearray(data)
        wrong[at] ^= 1
        try:
            other = DataSet.from_bytes(bytes(wrong))
        except FormatError:
            continue
        assert other != dataset
        assert other.to_bytes() == bytes(wrong)
