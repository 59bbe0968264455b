"""From rows to shards: against NumPy alone, and the rows that must be refused."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkattest.commitments import Commitment, CommitmentSecret, check_opening
from zkattest.datasets import DataSetStore, Schema, commit
from zkattest.datasets import building as building_module
from zkattest.errors import (
    DataError,
    DataSetMismatchError,
    EmptyDataError,
    MissingColumnError,
    MissingLabelError,
    NonFiniteError,
    SaturatedError,
    ShapeError,
    SrsTooSmallError,
    StorageError,
    UnknownClassError,
    UnknownGroupError,
    ZkattestError,
)
from zkattest.srs import Srs

COLUMNS: dict[str, Any] = {"label": "ill", "groups": ["sex", "ward"]}


def stored(table: dict[str, Any], schema: Schema, srs: Srs, path: Path, **more: Any) -> DataSetStore:
    return commit([table], srs, path, **{"row_size": 256, "schema": schema, **COLUMNS, **more})


def test_tensors_are_those_that_numpy_makes(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    store = stored(table, schema, srs, tmp_path)
    x = np.zeros((24, 1, 3), dtype=np.int64)
    x[:20, 0] = np.floor(np.stack([table["age"], table["dose"], table["pulse"]], 1) * 16 + 0.5)
    ill = np.zeros((24, 2), dtype=np.int64)
    ill[:20] = np.stack([table["ill"] == "no", table["ill"] == "yes"], 1)
    sex = np.zeros((24, 2), dtype=np.int64)
    sex[:20] = np.stack([table["sex"] == "f", table["sex"] == "m"], 1)
    ward = np.zeros((24, 3), dtype=np.int64)
    ward[:20] = np.stack([table["ward"] == value for value in (1, 2, 3)], 1)
    expected = {
        "x": x,
        "l0": ill,
        "l1": sex[:, :, None] * ill[:, None],
        "l2": ward[:, :, None] * ill[:, None],
    }
    for index, shard in enumerate(store.shards()):
        assert list(shard.tensors) == list(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(shard.tensors[name], values[8 * index : 8 * index + 8])
        flat = [shard.tensors[name].reshape(-1) for name in ("l0", "l1", "l2")]
        assert all(np.array_equal(one, other) for one, other in zip(shard.labels, flat, strict=True))
    assert len(store) == 3
    assert store.dataset.rows == 20


def test_commitments_open_to_the_tensors(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    store = stored(table, schema, srs, tmp_path)
    store.check(srs)
    shard = store.shard(2)
    secret = CommitmentSecret(shard.commitment.identity, shard.blinders)
    boxes = {"x": (8, 3), "l0": (8, 2), "l1": (8, 4), "l2": (8, 6)}
    tensors = {name: shard.tensors[name].reshape(box) for name, box in boxes.items()}
    assert check_opening(shard.commitment, secret, tensors, srs)
    tensors["l0"][0] = tensors["l0"][0, ::-1].copy()
    assert not check_opening(shard.commitment, secret, tensors, srs)


def test_regression(table: dict[str, Any], srs: Srs, tmp_path: Path) -> None:
    stay = np.array([1.25, np.nan, *np.linspace(-3, 3, 18)])
    table = {"age": table["age"], "sex": table["sex"], "stay": stay}
    store = commit(
        [table],
        srs,
        tmp_path,
        row_size=256,
        label="stay",
        groups=["sex"],
        target="value",
        scale=3,
        target_scale=6,
        shard_rows=16,
        unlabelled=True,
    )
    first, last = store.shards()
    assert [(name, values.shape) for name, values in first.tensors.items()] == [
        ("x", (16, 1, 1)),
        ("y", (16,)),
        ("l0", (16, 1)),
        ("l1", (16, 2)),
    ]
    y = np.zeros(32, dtype=np.int64)
    y[:20] = np.floor(np.nan_to_num(stay) * 64 + 0.5)
    np.testing.assert_array_equal(np.concatenate([first.tensors["y"], last.tensors["y"]]), y)
    present = np.zeros(32, dtype=np.int64)
    present[:20] = ~np.isnan(stay)
    np.testing.assert_array_equal(np.concatenate([first.tensors["l0"], last.tensors["l0"]])[:, 0], present)
    assert store.dataset.labelled == 19
    assert not first.tensors["l1"][1].any()
    assert first.tensors["l1"].sum() == 15


def test_unlabelled_rows_are_zero(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    labels = table["ill"].astype(object)
    labels[[0, 5, 9, 19]] = None, float("nan"), "", "-1"
    with pytest.raises(MissingLabelError, match="Row 0"):
        stored({**table, "ill": labels}, schema, srs, tmp_path / "a")
    store = stored({**table, "ill": labels}, schema, srs, tmp_path / "b", unlabelled=True)
    assert [shard.labelled for shard in store.dataset.shards] == [6, 7, 3]
    tensors = store.shard(0).tensors
    for name in ("l0", "l1", "l2"):
        assert not tensors[name][[0, 5]].any()
    assert tensors["x"][0].any()


# --- rows that are refused -----------------------------------------------------------------------------


def _with(table: dict[str, Any], column: str, row: int, cell: object) -> dict[str, Any]:
    cells = np.array(table[column], dtype=object)
    cells[row] = cell
    return {**table, column: cells}


@pytest.mark.parametrize(
    ("column", "cell", "error", "says"),
    [
        ("age", float("nan"), NonFiniteError, "'age'"),
        ("dose", float("inf"), NonFiniteError, "'dose'"),
        ("pulse", None, NonFiniteError, "'pulse'"),
        ("age", 12345.5, SaturatedError, "'age'"),
        ("dose", -12345.5, SaturatedError, "'dose'"),
        ("ill", "perhapsso", UnknownClassError, "'ill'"),
        ("ill", None, MissingLabelError, "'ill'"),
        ("sex", None, UnknownGroupError, "'sex'"),
        ("sex", "unheardof", UnknownGroupError, "'sex'"),
        ("ward", 12345, UnknownGroupError, "'ward'"),
    ],
)
def test_a_bad_cell_is_named_and_not_shown(
    table: dict[str, Any],
    schema: Schema,
    srs: Srs,
    tmp_path: Path,
    column: str,
    cell: object,
    error: type[ZkattestError],
    says: str,
) -> None:
    with pytest.raises(error) as caught:
        stored(_with(table, column, 13, cell), schema, srs, tmp_path)
    assert "Row 13" in str(caught.value)
    assert says in str(caught.value)
    for secret in ("12345", "perhapsso", "unheardof"):
        assert secret not in str(caught.value)
    assert not (tmp_path / "dataset.zkd").exists()


def test_text_features_are_refused(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'dose'"):
        stored(_with(table, "dose", 2, "high"), schema, srs, tmp_path)


def test_clipping_is_a_choice(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    store = stored(_with(table, "dose", 2, -1e9), schema, srs, tmp_path, clip=True)
    assert store.shard(0).tensors["x"][2, 0, 1] == -2048
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SaturatedError, match="Row 2"):
            stored(_with(table, "dose", 2, 1.7e308), schema, srs, tmp_path / "huge")


def test_a_missing_group_may_have_a_name(table: dict[str, Any], srs: Srs, tmp_path: Path) -> None:
    table = _with(table, "sex", 3, None)
    store = commit(
        [table], srs, tmp_path, row_size=256, scale=4, missing_group="not said", shard_rows=8, **COLUMNS
    )
    assert store.dataset.schema.groups[0].values == ("f", "m", "not said")
    assert store.shard(0).tensors["l1"][3, 2].sum() == 1


def test_nothing_to_commit_to(schema: Schema, srs: Srs, tmp_path: Path) -> None:
    with pytest.raises(EmptyDataError):
        commit([], srs, tmp_path / "a", row_size=256, schema=schema, **COLUMNS)
    with pytest.raises(EmptyDataError):
        commit(np.zeros((0, 3)), srs, tmp_path / "b", row_size=256, scale=4)


def test_shapes_and_columns_that_do_not_fit(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    with pytest.raises(ShapeError):
        stored({**table, "age": table["age"][:3]}, schema, srs, tmp_path)
    with pytest.raises(ShapeError):
        stored(table, schema, srs, tmp_path, features=["age"])
    with pytest.raises(MissingColumnError):
        stored(table, schema, srs, tmp_path, label="diagnosis")
    with pytest.raises(DataError):
        stored(table, schema, srs, tmp_path, features=["age", "dose", "ill"])
    with pytest.raises(ShapeError):
        commit(np.zeros((4, 3)), srs, tmp_path, row_size=256, scale=4, label=np.zeros(5))
    with pytest.raises(SrsTooSmallError):
        stored(table, schema, srs, tmp_path, row_size=512)
    for size in (2, 48, 240):
        with pytest.raises(DataError, match="power of two"):
            stored(table, schema, srs, tmp_path, row_size=size)
    with pytest.raises(DataError, match="too short"):
        commit(np.zeros((2, 300)), srs, tmp_path, row_size=256, scale=0, label=np.arange(2))


# --- the directory --------------------------------------------------------------------------------------


def test_secrets_are_private_and_the_manifest_holds_none(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    store = stored(table, schema, srs, tmp_path)
    files = list((tmp_path / "secret").iterdir())
    assert len(files) == 2 + 3 * 3  # plan and lock; rows, blinders and record of each shard
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o700
    public = (tmp_path / "dataset.zkd").read_bytes()
    for shard in store.shards():
        for blinder in shard.blinders:
            assert blinder not in public
        for row in shard.rows.x.reshape(-1, 3):
            for size in (2, 4, 8):
                for order in ("big", "little"):
                    cells = b"".join(int(cell).to_bytes(size, order, signed=True) for cell in row)
                    assert cells not in public


class _Crash(Exception):
    pass


def test_an_interrupted_run_goes_on(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield {name: cells[:16] for name, cells in table.items()}
        raise _Crash

    options: dict[str, Any] = {"row_size": 256, "schema": schema, **COLUMNS}
    with pytest.raises(_Crash):
        commit(broken(), srs, tmp_path, **options)
    with pytest.raises(StorageError, match="no finished data set"):
        DataSetStore(tmp_path)
    kept = {file.name: file.read_bytes() for file in (tmp_path / "secret").glob("shard-*")}
    made: list[Commitment] = []
    real = building_module.commit_tensors

    def counted(*arguments: Any, **more: Any) -> Any:
        result = real(*arguments, **more)
        made.append(result[0])
        return result

    monkeypatch.setattr(building_module, "commit_tensors", counted)
    store = stored(table, schema, srs, tmp_path)
    assert len(made) == 1  # the two finished shards are not made again
    assert all((tmp_path / "secret" / name).read_bytes() == data for name, data in kept.items())
    assert stored(table, schema, srs, tmp_path).identity == store.identity
    assert len(made) == 1


def test_a_crash_inside_a_shard_keeps_its_identity(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    store = stored(table, schema, srs, tmp_path)
    (tmp_path / "dataset.zkd").unlink()
    (tmp_path / "secret" / "shard-000001.record").unlink()
    assert stored(table, schema, srs, tmp_path).identity == store.identity


def test_a_killed_process_goes_on(srs: Srs, tmp_path: Path) -> None:
    srs.save(tmp_path / "dev.srs")
    rng = np.random.default_rng(3)
    np.save(tmp_path / "x.npy", rng.normal(0, 20, (800, 6)))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, 800))
    words = (
        f"data commit {tmp_path}/x.npy -o {tmp_path}/set --srs {tmp_path}/dev.srs --label {tmp_path}/y.npy"
    )
    words += " --row-size 256 --scale 4 --shard-rows 10 --json"
    command = [sys.executable, "-m", "zkattest", *words.split()]
    secret = tmp_path / "set" / "secret"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not len(list(secret.glob("*.record"))) > 3:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    finished = {record.with_suffix("") for record in secret.glob("*.record")}
    kept = {file: file.read_bytes() for shard in finished for file in secret.glob(f"{shard.name}.*")}
    assert 3 * 4 <= len(kept) < 3 * 80
    subprocess.run(command, check=True, capture_output=True)
    assert all(file.read_bytes() == data for file, data in kept.items())
    store = DataSetStore(tmp_path / "set")
    assert store.dataset.rows == 800
    assert store.dataset.verify(srs)
    store.check(srs)


def test_one_process_at_a_time(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    def tables() -> Iterator[dict[str, Any]]:
        yield {name: cells[:8] for name, cells in table.items()}
        with pytest.raises(StorageError, match="in use"):
            stored(table, schema, srs, tmp_path)
        yield {name: cells[8:] for name, cells in table.items()}

    first = commit(tables(), srs, tmp_path, row_size=256, schema=schema, **COLUMNS)
    assert stored(table, schema, srs, tmp_path).identity == first.identity


def test_blinders_are_fresh(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    one, other = (stored(table, schema, srs, tmp_path / name) for name in ("a", "b"))
    assert one.identity != other.identity
    assert not set(one.shard(0).blinders) & set(other.shard(0).blinders)


def test_a_directory_of_other_data_is_left_alone(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    stored(table, schema, srs, tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    flipped = _with(table, "ill", 9, "yes" if table["ill"][9] == "no" else "no")
    shorter = {name: cells[:8] for name, cells in table.items()}
    for other in (flipped, shorter):
        with pytest.raises(DataSetMismatchError):
            stored(other, schema, srs, tmp_path)
    for changed in ({"role": "train"}, {"padded": True}, {"parent": b"\1" * 32}):
        with pytest.raises(DataSetMismatchError):
            stored(table, schema, srs, tmp_path, **changed)
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}


def test_a_damaged_store_is_refused(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    store = stored(table, schema, srs, tmp_path)
    secret = tmp_path / "secret"
    first, second = (secret / f"shard-00000{i}.blinders" for i in (0, 1))
    first.write_bytes(second.read_bytes())
    with pytest.raises(DataSetMismatchError, match="blinders"):
        store.shard(0)
    rows = secret / "shard-000002.npz"
    rows.write_bytes((secret / "shard-000001.npz").read_bytes())
    with pytest.raises(DataSetMismatchError, match="4 and 4 in the manifest"):
        store.shard(2)
    rows.write_bytes(b"PK\3\4 not a zip")
    with pytest.raises(ZkattestError):
        store.shard(2)


def test_ten_thousand_rows_are_never_in_memory_together(srs: Srs, tmp_path: Path) -> None:
    """The iterator would notice: each table is overwritten when the next is asked for."""
    rng = np.random.default_rng(1)
    x = rng.integers(-128, 128, (10_000, 4))
    y = rng.integers(0, 2, 10_000)
    alive: list[int] = []

    class Table(dict[str, Any]):
        def __del__(self) -> None:
            alive.remove(id(self))

    def tables() -> Iterator[Table]:
        for at in range(0, 10_000, 250):
            table = Table(x=x[at : at + 250].astype(float), y=y[at : at + 250])
            alive.append(id(table))
            assert len(alive) <= 2
            yield table
            del table

    schema = Schema.from_bytes(
        commit(
            x[:10], srs, tmp_path / "a", row_size=256, label=y[:10], bits=8, scale=0, shard_rows=128
        ).dataset.schema.to_bytes()
    )
    store = commit(
        tables(), srs, tmp_path / "b", row_size=256, schema=schema, features=["x"], label="y", clip=True
    )
    assert store.dataset.rows == store.dataset.labelled == 10_000
    assert len(store) == 79
    found = np.concatenate([shard.rows.x.reshape(-1, 4) for shard in store.shards()])
    np.testing.assert_array_equal(found, x)
    np.testing.assert_array_equal(np.concatenate([shard.rows.label for shard in store.shards()]), y)
