"""Relations between data sets: what is true is proved, what is false is not, and no proof serves twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkattest import _native, cli
from zkattest.datasets import Classes, DataSet, DataSetStore, Features, Group, Schema, Value, commit
from zkattest.datasets.comparing import Comparison
from zkattest.datasets.relations import RelationProof, parent_status, relate
from zkattest.errors import (
    DataError,
    DataSetMismatchError,
    FalseRelationError,
    FingerprintError,
    FormatError,
    MalformedProofError,
    ProofMismatchError,
    SrsTooSmallError,
    VersionError,
)
from zkattest.spec import srs as spec_srs
from zkattest.srs import Srs

Table = dict[str, Any]
Commit = Callable[..., DataSetStore]
SCHEMA = Schema(
    Features((1, 3), 12, 4, ("age", "dose", "pulse")),
    Classes("ill", ("no", "yes")),
    (Group("sex", ("f", "m")), Group("ward", ("1", "2", "3"))),
    capacity=8,
)


def drawn(seed: int, count: int) -> Table:
    rng = np.random.default_rng(seed)
    return {
        "age": rng.uniform(0, 90, count),
        "dose": rng.normal(0, 3, count),
        "pulse": rng.integers(40, 120, count),
        "ill": rng.choice(["no", "yes"], count),
        "sex": rng.choice(["f", "m"], count),
        "ward": rng.integers(1, 4, count),
    }


def rows(table: Table, indices: list[int]) -> Table:
    return {name: np.asarray(values)[indices] for name, values in table.items()}


@pytest.fixture(scope="module")
def stored(srs: Srs, tmp_path_factory: pytest.TempPathFactory) -> Commit:
    def make(table: Table, capacity: int = 8, **more: Any) -> DataSetStore:
        options: dict[str, Any] = {
            "row_size": 256,
            "schema": replace(SCHEMA, capacity=capacity),
            "label": "ill",
        } | more
        directory = tmp_path_factory.mktemp("set")
        return commit([table], options.pop("srs", srs), directory, groups=["sex", "ward"], **options)

    return make


TABLE = drawn(7, 20)
#: Rows of TABLE in another order, in shards of five rows, one of them twice.
PARENT_ROWS = [*range(13), 4]
CHILD_ROWS = [4, 11, 0, 4, 7, 2, 9]


@pytest.fixture(scope="module")
def parent(stored: Commit) -> DataSetStore:
    return stored(rows(TABLE, PARENT_ROWS))


@pytest.fixture(scope="module")
def child(stored: Commit, parent: DataSetStore) -> DataSetStore:
    return stored(rows(TABLE, CHILD_ROWS), 5, parent=parent.identity)


@pytest.fixture(scope="module")
def other(stored: Commit) -> DataSetStore:
    return stored(rows(TABLE, [19, 14, 15, 13, 15, 17]), 5)


@pytest.fixture(scope="module")
def subset(srs: Srs, parent: DataSetStore, child: DataSetStore) -> RelationProof:
    return relate("subset", child, parent, srs)


@pytest.fixture(scope="module")
def disjoint(srs: Srs, parent: DataSetStore, other: DataSetStore) -> RelationProof:
    return relate("disjoint", parent, other, srs)


def test_both_verifiers_accept_what_is_true(
    srs: Srs,
    parent: DataSetStore,
    child: DataSetStore,
    other: DataSetStore,
    subset: RelationProof,
    disjoint: RelationProof,
) -> None:
    for proof, first, second in ((subset, parent, child), (disjoint, parent, other)):
        assert len(first) == len(second) == 2
        assert (proof.first, proof.second) == (first.identity, second.identity)
        assert proof.verify(first.dataset, second.dataset, srs)
        assert proof.verify(first.dataset, second.dataset, readable=True)
        assert proof.check(second.dataset, first.dataset)
        # of a manifest and a file, as others have them
        a, b = (DataSet.from_bytes(store.dataset.to_bytes()) for store in (first, second))
        assert RelationProof.from_bytes(proof.to_bytes()) == proof
        assert RelationProof.from_bytes(proof.to_bytes()).verify(a, b)


def test_extends_is_a_subset_seen_from_the_new_version(
    srs: Srs, parent: DataSetStore, child: DataSetStore
) -> None:
    proof = relate("extends", parent, child, srs)
    assert (proof.kind, proof.first, proof.second) == ("subset", parent.identity, child.identity)
    assert proof.verify(parent.dataset, child.dataset)


def test_a_set_is_its_own_subset_and_disjoint_from_none_of_itself(srs: Srs, parent: DataSetStore) -> None:
    assert relate("subset", parent, parent, srs).verify(parent.dataset, parent.dataset)
    with pytest.raises(FalseRelationError, match="14 rows of the second are rows of the first"):
        relate("disjoint", parent, parent, srs)


@pytest.mark.parametrize("column", ["age", "dose", "pulse", "ill", "sex", "ward"])
def test_a_row_with_one_cell_changed_is_no_row_of_the_parent(
    srs: Srs, stored: Commit, parent: DataSetStore, column: str
) -> None:
    table = rows(TABLE, CHILD_ROWS)
    old = table[column][2]
    table[column][2] = {"no": "yes", "yes": "no", "f": "m", "m": "f"}.get(old) or (
        old % 3 + 1 if column == "ward" else old + 1 / 16
    )
    if column == "pulse":
        table[column] = table[column].astype(float)
        table[column][2] = old + 1 / 16
    with pytest.raises(FalseRelationError) as caught:
        relate("subset", stored(table, 5), parent, srs)
    assert caught.value.message == "The subset is none: 1 of its 7 rows are no rows of the other data set."


def test_a_row_is_in_the_subset_no_more_often_than_in_the_parent(
    srs: Srs, stored: Commit, parent: DataSetStore
) -> None:
    assert relate("subset", stored(rows(TABLE, [4, 4])), parent, srs)
    with pytest.raises(FalseRelationError, match="1 of its 3 rows"):
        relate("subset", stored(rows(TABLE, [4, 4, 4])), parent, srs)


def test_sets_with_a_row_in_common_are_not_disjoint_whatever_its_label(
    srs: Srs, stored: Commit, parent: DataSetStore
) -> None:
    table = rows(TABLE, [19, 14, 5, 13])
    table["ill"][2] = "no" if table["ill"][2] == "yes" else "yes"
    with pytest.raises(FalseRelationError) as caught:
        relate("disjoint", stored(table), parent, srs)
    assert caught.value.message == (
        "The data sets are not disjoint: 1 rows of the second are rows of the first."
    )
    assert caught.value.remedy


def judged(proof: RelationProof, first: DataSetStore, second: DataSetStore) -> bool:
    """By both verifiers, which agree; malformed counts as refused."""

    def verdict(readable: bool) -> bool | None:
        try:
            return proof.verify(first.dataset, second.dataset, readable=readable)
        except MalformedProofError:
            return None

    found = verdict(False)
    assert verdict(True) == found
    return bool(found)


def test_a_changed_proof_is_refused(
    parent: DataSetStore,
    child: DataSetStore,
    subset: RelationProof,
    disjoint: RelationProof,
    other: DataSetStore,
) -> None:
    for proof, second in ((subset, child), (disjoint, other)):
        for at in [
            0,
            len(proof.proof) // 3,
            len(proof.proof) // 2,
            len(proof.proof) - 700,
            len(proof.proof) - 1,
        ]:
            changed = bytearray(proof.proof)
            changed[at] ^= 1
            assert not judged(replace(proof, proof=bytes(changed)), parent, second), at
        assert not judged(replace(proof, proof=proof.proof[:-32]), parent, second)
        assert not judged(replace(proof, proof=proof.proof + bytes(32)), parent, second)


def test_a_proof_is_of_its_kind_and_its_constants(
    parent: DataSetStore,
    child: DataSetStore,
    other: DataSetStore,
    subset: RelationProof,
    disjoint: RelationProof,
) -> None:
    assert not judged(replace(subset, kind="disjoint"), parent, child)
    assert not judged(replace(disjoint, kind="subset"), parent, other)
    assert not judged(replace(disjoint, attempt=1), parent, other)


def test_a_proof_is_of_its_data_sets(
    srs: Srs,
    stored: Commit,
    parent: DataSetStore,
    child: DataSetStore,
    other: DataSetStore,
    subset: RelationProof,
    disjoint: RelationProof,
) -> None:
    with pytest.raises(ProofMismatchError, match="between other data sets"):
        subset.verify(child.dataset, parent.dataset)
    with pytest.raises(ProofMismatchError, match="between other data sets"):
        subset.verify(parent.dataset, other.dataset)
    # the names of others written into the file do not help
    assert not judged(replace(subset, second=other.identity), parent, other)
    assert not judged(replace(disjoint, second=child.identity), parent, child)
    # the same rows committed to again are another data set, whose proof this is not
    again = stored(rows(TABLE, CHILD_ROWS), 5, parent=parent.identity)
    assert again.identity != child.identity
    assert not judged(replace(subset, second=again.identity), parent, again)


def test_rows_that_are_not_declared_are_in_no_relation(
    parent: DataSetStore, child: DataSetStore, subset: RelationProof
) -> None:
    # a manifest that hides the last row: the commitments stay, the identity does not
    last = replace(child.dataset.shards[-1], rows=1, labelled=1)
    fewer = replace(child.dataset, shards=(*child.dataset.shards[:-1], last))
    assert fewer.rows == child.dataset.rows - 1
    with pytest.raises(ProofMismatchError):
        subset.verify(parent.dataset, fewer)
    forged = replace(subset, second=fewer.identity)
    assert not forged.verify(parent.dataset, fewer)


def test_shards_lie_where_they_are_committed(srs: Srs, tmp_path: Path) -> None:
    schemas = [
        SCHEMA,
        replace(SCHEMA, capacity=1),
        replace(SCHEMA, capacity=100, groups=()),
        Schema(Features((1, 3, 5, 5), 8, 0), Value("y", 2), (Group("g", ("a", "b")),), 6),
        Schema(Features((1, 192), 8, 0), Classes("y", ("a", "b", "c")), (), 3),
    ]
    for number, schema in enumerate(schemas):
        rng = np.random.default_rng(number)
        x = rng.integers(-9, 9, (schema.capacity + 1, *schema.features.shape)).astype(float)
        y: Any = np.arange(len(x)) % schema.classes
        if isinstance(schema.target, Classes):
            y = np.array(schema.target.names)[y]
        groups = {group.name: np.array(group.values)[np.arange(len(x)) % 2] for group in schema.groups}
        for padded in (False, True):
            name = tmp_path / f"{number}-{padded}"
            options: dict[str, Any] = {"row_size": 256, "padded": padded, "schema": schema, "groups": groups}
            store = commit(x, srs, name, label=y, **options)
            comparison = Comparison("subset", store.dataset, store.dataset)
            expected = store.dataset.layout.layout.rows
            assert list(comparison.circuit.shard_rows) == [expected, expected]
            proof = relate("subset", store, store, srs)
            assert proof.verify(store.dataset, store.dataset)


def test_sets_that_cannot_be_compared_are_refused(
    srs: Srs, stored: Commit, parent: DataSetStore, child: DataSetStore
) -> None:
    table = rows(TABLE, [0, 1])
    string = Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(5, 512)))
    long = Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(0xABCDEF0123456789, 512)))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"srs": string}, "set-up strings"),
        ({"srs": long, "row_size": 512}, "set-up strings|row sizes"),
        ({"padded": True}, "boxes"),
        ({"schema": replace(SCHEMA, features=replace(SCHEMA.features, scale=3))}, "columns"),
        ({"schema": replace(SCHEMA, features=replace(SCHEMA.features, bits=13))}, "columns"),
        ({"schema": replace(SCHEMA, target=Classes("ill", ("yes", "no")))}, "columns"),
    ]
    for options, what in cases:
        with pytest.raises(DataSetMismatchError, match=what):
            relate("subset", stored(table, **options), parent, srs)
    # features alone are compared in a disjointness
    reordered = stored(rows(TABLE, [19]), schema=replace(SCHEMA, target=Classes("ill", ("yes", "no"))))
    assert relate("disjoint", reordered, parent, srs).verify(reordered.dataset, parent.dataset)
    coarse = stored(table, schema=replace(SCHEMA, features=replace(SCHEMA.features, scale=3)))
    with pytest.raises(DataSetMismatchError, match="features"):
        relate("disjoint", coarse, parent, srs)
    with pytest.raises(DataSetMismatchError, match="another set-up string"):
        relate("subset", child, parent, string)
    with pytest.raises(SrsTooSmallError, match="256 cells"):
        relate("subset", child, parent, Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(5, 64))))
    with pytest.raises(DataError, match="'superset'"):
        relate("superset", child, parent, srs)  # type: ignore[arg-type]


def test_the_caller_s_string_counts(parent: DataSetStore, child: DataSetStore, subset: RelationProof) -> None:
    string = Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(5, 256)))
    with pytest.raises(DataSetMismatchError, match="another set-up string"):
        subset.verify(parent.dataset, child.dataset, string)


class Colliding:
    """A circuit whose constants collide in the first attempts."""

    def __init__(self, made: Any, left: list[int]) -> None:
        self.made, self.left = made, left

    def __call__(self, encoding: bytes, *, log_row: int, padded: bool) -> Any:
        self.left[0] -= 1
        return self if self.left[0] >= 0 else self.made(encoding, log_row=log_row, padded=padded)

    def witness(self, first: object, second: object) -> Any:
        raise FingerprintError("Two different rows have the same fingerprint.")


def test_other_constants_are_tried_where_rows_collide(
    srs: Srs, monkeypatch: pytest.MonkeyPatch, parent: DataSetStore, stored: Commit
) -> None:
    class Stub:
        compile = Colliding(_native.NativeRelation.compile, [2])

    second = stored(rows(TABLE, [18, 16]))
    monkeypatch.setattr(_native, "NativeRelation", Stub)
    proof = relate("disjoint", parent, second, srs)
    assert proof.attempt == 2
    assert proof.verify(parent.dataset, second.dataset)
    Stub.compile.left[0] = 99
    with pytest.raises(FingerprintError):
        relate("disjoint", second, stored(rows(TABLE, [17])), srs)


def test_files_are_strict(subset: RelationProof, tmp_path: Path) -> None:
    data = subset.to_bytes()
    assert RelationProof.load(subset.save(tmp_path / "p.zkr")) == subset
    for length in (0, 4, 6, 7, 71, 72, 76, len(data) - 1):
        with pytest.raises(FormatError):
            RelationProof.from_bytes(data[:length])
    with pytest.raises(FormatError, match="trailing"):
        RelationProof.from_bytes(data + b"\0")
    with pytest.raises(FormatError, match="its kind is 2"):
        RelationProof.from_bytes(data[:6] + b"\2" + data[7:])
    # nobody chooses the constants of a subset
    with pytest.raises(FormatError, match="no attempt 1"):
        RelationProof.from_bytes(data[:71] + b"\1" + data[72:])
    with pytest.raises(VersionError):
        RelationProof.from_bytes(data[:5] + b"\2" + data[6:])
    with pytest.raises(DataError, match="32 bytes"):
        replace(subset, first=b"x")
    assert "proof=" not in repr(subset)


def test_a_parent_is_claimed_until_it_is_proved(
    srs: Srs,
    stored: Commit,
    parent: DataSetStore,
    child: DataSetStore,
    other: DataSetStore,
    subset: RelationProof,
    disjoint: RelationProof,
) -> None:
    assert parent_status(parent.dataset) == "none"
    assert parent_status(child.dataset) == "claimed"
    assert parent_status(child.dataset, subset, parent.dataset) == "proved: a subset of it"
    newer = stored(rows(TABLE, [*CHILD_ROWS, 16]), parent=child.identity)
    assert parent_status(newer.dataset, relate("extends", newer, child, srs), child.dataset) == (
        "proved: contains it"
    )
    with pytest.raises(DataSetMismatchError, match="does not name"):
        parent_status(parent.dataset, subset, child.dataset)
    with pytest.raises(DataSetMismatchError, match="disjoint"):
        parent_status(child.dataset, disjoint, parent.dataset)
    with pytest.raises(ProofMismatchError):
        parent_status(newer.dataset, subset, child.dataset)
    spoilt = bytearray(subset.proof)
    spoilt[0] ^= 1
    with pytest.raises(ProofMismatchError, match="does not hold"):
        parent_status(child.dataset, replace(subset, proof=bytes(spoilt)), parent.dataset)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, words), "--json"])
    captured = capsys.readouterr()
    lines = captured.out.splitlines() or captured.err.splitlines()[-1:]
    return int(ended.value.code or 0), json.loads(lines[0])


def test_from_the_command_line(
    srs: Srs,
    parent: DataSetStore,
    child: DataSetStore,
    other: DataSetStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    string, file = srs.save(tmp_path / "dev.srs"), tmp_path / "proof.zkr"
    sets = (child.directory, parent.directory)
    code, shown = run(capsys, "data", "relate", "subset", *sets, "-s", string, "-o", file)
    assert (code, shown["parent"]) == (0, "0x" + parent.identity.hex())
    unsafe = ["--allow-unsafe"] if srs.unsafe else []
    code, shown = run(capsys, "data", "check-relation", file, *sets, "-s", string, "--reference", *unsafe)
    assert (code, shown["valid"], shown["valid_by_reference"]) == (0, True, True)
    if unsafe:
        code, shown = run(capsys, "data", "check-relation", file, *sets)
        assert (code, shown["valid"]) == (1, False)
    code, shown = run(capsys, "data", "check-relation", file, child.directory, other.directory, *unsafe)
    assert code == 2

    spoilt = bytearray(file.read_bytes())
    spoilt[80] ^= 1
    (tmp_path / "spoilt.zkr").write_bytes(spoilt)
    code, shown = run(capsys, "data", "check-relation", tmp_path / "spoilt.zkr", *sets, *unsafe)
    assert (code, shown["valid"], shown["reason"]) == (1, False, "the proof of the relation does not hold")

    code, shown = run(capsys, "data", "inspect", child.directory)
    assert (code, shown["parent_is"]) == (0, "claimed")
    proved = ["--relation", file, "--parent", parent.directory]
    code, shown = run(capsys, "data", "inspect", child.directory, *proved)
    assert (code, shown["parent_is"]) == (0, "proved: a subset of it")
    assert run(capsys, "data", "inspect", child.directory, "--relation", file)[0] == 2

    absent = tmp_path / "absent.zkr"
    code, _ = run(capsys, "data", "relate", "disjoint", *sets, "-s", string, "-o", absent)
    assert (code, absent.exists()) == (2, False)


def test_a_registration_that_does_not_hold_spoils_the_verdict(
    srs: Srs,
    parent: DataSetStore,
    child: DataSetStore,
    subset: RelationProof,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shard = child.dataset.shards[0]
    changed = bytearray(shard.registration)
    changed[-129] ^= 1  # the last value, before two points
    bad = replace(shard, registration=bytes(changed))
    manifest = replace(child.dataset, shards=(bad, *child.dataset.shards[1:])).save(tmp_path / "bad.zkd")
    words = [subset.save(tmp_path / "p.zkr"), parent.directory, manifest]
    code, shown = run(capsys, "data", "check-relation", *words, *(["--allow-unsafe"] if srs.unsafe else []))
    assert (code, shown["reason"]) == (1, "a registration proof of a data set does not hold")
