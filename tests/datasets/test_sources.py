"""The same rows from every kind of file and object give the same shards; damaged files are named."""

from __future__ import annotations

import builtins
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from zkattest import data
from zkattest.datasets.blocks import Block, regroup
from zkattest.datasets.encoding import Encoder
from zkattest.datasets.inference import infer_schema
from zkattest.datasets.shard import ShardRows
from zkattest.errors import (
    DataError,
    EmptyDataError,
    MissingColumnError,
    NonFiniteError,
    ShapeError,
    StorageError,
    ToolMissingError,
    UnknownClassError,
)

FEATURES = ["age", "dose", "pulse"]
COLUMNS: dict[str, Any] = {"features": FEATURES, "label": "ill", "groups": ["sex", "ward"]}


def rows_of(source: Any, *, capacity: int = 8, encoder: dict[str, Any] | None = None, **more: Any) -> Any:
    schema = infer_schema(source, capacity=capacity, scale=4, **more)
    encode = Encoder(schema, **(encoder or {}))
    return schema, [encode(block) for block in regroup(source.blocks(5), capacity)]


def same(one: list[ShardRows], other: list[ShardRows]) -> bool:
    return len(one) == len(other) and all(a.same(b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def frame(table: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(table)


def test_every_table_gives_the_same_rows(frame: pd.DataFrame, table: dict[str, Any], tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    frame.astype({"ill": "category", "sex": "string", "ward": "Int64"}).to_parquet(tmp_path / "n.parquet")
    np.savez(tmp_path / "t.npz", **table)
    pieces = [frame.iloc[:3], frame.iloc[3:4], frame.iloc[4:]]
    sources = {
        "frame": frame,
        "nullable": frame.astype({"ill": "category", "sex": "string", "ward": "Int64", "age": "Float64"}),
        "shuffled columns": frame[["ward", "pulse", "ill", "age", "sex", "dose"]],
        "csv": tmp_path / "t.csv",
        "parquet": str(tmp_path / "t.parquet"),
        "parquet of other types": tmp_path / "n.parquet",
        "npz": tmp_path / "t.npz",
        "mapping": table,
        "list of frames": pieces,
    }
    schemas, found = {}, {}
    for name, source in sources.items():
        schemas[name], found[name] = rows_of(data.source(source, **COLUMNS))
    stacked = np.stack([table[name] for name in FEATURES], 1)
    arrays = data.source(
        stacked, features=FEATURES, label=table["ill"], groups={"sex": table["sex"], "ward": table["ward"]}
    )
    _, expected = rows_of(arrays)
    for name, rows in found.items():
        assert same(rows, expected), name
        assert schemas[name] == schemas["frame"], name


def test_whole_numbers_with_missing_cells_have_one_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, None, 2, 1], "g": [10, 10, None, 7]})
    frame.to_csv(tmp_path / "t.csv", index=False)  # writes 0.0, 10.0
    columns: dict[str, Any] = {"label": "y", "groups": ["g"]}
    more: dict[str, Any] = {"encoder": {"unlabelled": True, "missing_group": "none"}, "missing_group": "none"}
    one, other = (rows_of(data.source(source, **columns), **more) for source in (frame, tmp_path / "t.csv"))
    assert one[0].target.names == ("0", "1", "2")
    assert one[0].groups[0].values == ("7", "10", "none")
    assert one[0] == other[0]
    assert same(one[1], other[1])
    assert one[1][0].label.tolist() == [0, -1, 2, 1]
    assert one[1][0].groups[0].tolist() == [1, -1, 2, 0]


def test_a_mapped_file_is_read_in_parts(tmp_path: Path) -> None:
    x = np.arange(4000, dtype=np.float32).reshape(1000, 1, 2, 2) / 64
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.arange(1000) % 3)
    source = data.source(tmp_path / "x.npy", label=tmp_path / "y.npy")
    assert isinstance(source.x, np.memmap)  # type: ignore[attr-defined]
    schema, shards = rows_of(source, capacity=300, shape=(1, 1, 2, 2), bits=16)
    assert schema.target.names == ("0", "1", "2")
    np.testing.assert_array_equal(np.concatenate([shard.x for shard in shards])[:, 0], np.floor(x * 16 + 0.5))


# --- CSV --------------------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", EmptyDataError, "is empty"),
        ("a,a,y\n1,2,0\n", DataError, "same name"),
        ("a,b\n1,2\n", MissingColumnError, "'y'"),
        ("y\n1\n", EmptyDataError, "No column"),
        ("a,b,y\n1,2,0\n1,0\n", DataError, "Row 1"),
        ("a,b,y\n1,2,0\n1,secretive,0\n", DataError, "Row 1, column 'b'"),
        ("a,b,y\n1,2,0\n3,4,1\n1,,0\n", NonFiniteError, "Row 2, column 'b'"),
        ("a,b,y\n1,2,0\n3,nan,1\n", NonFiniteError, "Row 1, column 'b'"),
        ("a,b,y\n1,2,0\n3,-inf,1\n", NonFiniteError, "Row 1, column 'b'"),
    ],
)
def test_bad_csv(tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    path = _write(tmp_path / "t.csv", text)
    with pytest.raises(error, match=says) as caught:
        rows_of(data.source(path, label="y"))
    assert "secretive" not in str(caught.value)


def test_csv_of_spreadsheets(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.csv", '\ufeffage,"name, full",ill\r\n1.5,"a ""b""\nc",0\r\n\r\n2,d,1\r\n')
    source = data.source(path, features=["age"], label="ill", groups=["name, full"])
    assert source.rows == 2
    _, (shard,) = rows_of(source)
    assert shard.x.reshape(-1).tolist() == [24, 32]


def test_csv_of_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("größe,y\n1,0\n".encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        data.source(tmp_path / "t.csv", label="y")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-100, 100), st.sampled_from(["a", "b,c", 'd"e', " f "]), st.sampled_from(["no", "yes"])
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 9),
)
def test_csv_against_pandas(tmp_path_factory: pytest.TempPathFactory, rows: list[Any], capacity: int) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("x", "g", "y"), *rows])
    columns: dict[str, Any] = {"label": "y", "groups": ["g"]}
    more: dict[str, Any] = {"classes": ["no", "yes"], "capacity": capacity}
    ours = rows_of(data.source(path, **columns), **more)
    theirs = rows_of(data.source(pd.read_csv(path), **columns), **more)
    assert ours[0] == theirs[0]
    assert same(ours[1], theirs[1])


# --- files that are missing or wrong ------------------------------------------------------------------


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet", "t.npy", "folder"):
        with pytest.raises(StorageError):
            data.source(tmp_path / name)
    _write(tmp_path / "t.xlsx", "spreadsheet")
    with pytest.raises(DataError, match="xlsx"):
        data.source(tmp_path / "t.xlsx")
    for name in ("t.parquet", "t.npy"):
        with pytest.raises(DataError):
            data.source(_write(tmp_path / name, "neither of them"))
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object))
    with pytest.raises(DataError):
        data.source(tmp_path / "o.npy")
    with pytest.raises(DataError):
        data.source(17)


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def blocked(name: str, *more: Any) -> Any:
        if name.split(".")[0] in ("pyarrow", "PIL"):
            raise ImportError(name)
        return real(name, *more)

    (tmp_path / "images").mkdir()
    monkeypatch.setattr(builtins, "__import__", blocked)
    for path in (_write(tmp_path / "t.parquet", ""), tmp_path / "images"):
        with pytest.raises(ToolMissingError, match=r"zkattest\[data\]"):
            data.source(path)


# --- images ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for index in range(3):
            pixels = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{index}.png")
    _write(tmp_path / "dog" / ".DS_Store", "")
    return tmp_path


def test_images_are_rows_of_channels(folder: Path) -> None:
    schema, (shard,) = rows_of(data.source(folder), bits=12)
    assert schema.features.shape == (1, 3, 4, 6)
    assert schema.target.names == ("cat", "dog")
    assert shard.label.tolist() == [0, 0, 0, 1, 1, 1]
    pixels = np.asarray(Image.open(folder / "dog" / "1.png")).astype(np.float64)
    np.testing.assert_array_equal(shard.x[4, 0], np.floor(pixels / 255 * 16 + 0.5).transpose(2, 0, 1))


def test_images_resized_grey_and_normalised(folder: Path) -> None:
    source = data.images(folder, size=(2, 3), grey=True, mean=0.5, deviation=0.25)
    schema, (shard,) = rows_of(source, bits=12)
    assert schema.features.shape == (1, 1, 2, 3)
    grey = Image.open(folder / "cat" / "0.png").convert("L").resize((3, 2), Image.Resampling.BILINEAR)
    expected = np.floor((np.asarray(grey) / 255 - 0.5) * 4 * 16 + 0.5)
    np.testing.assert_array_equal(shard.x[0, 0, 0], expected)
    three = data.images(folder, mean=(0.1, 0.2, 0.3), deviation=(0.5, 0.5, 1))
    block = next(three.blocks(1))
    pixels = np.asarray(Image.open(folder / "cat" / "0.png")).astype(np.float64).transpose(2, 0, 1) / 255
    by_hand = (pixels - np.reshape([0.1, 0.2, 0.3], (3, 1, 1))) / np.reshape([0.5, 0.5, 1], (3, 1, 1))
    np.testing.assert_allclose(block.features[0], by_hand)
    with pytest.raises(DataError, match="channels"):
        next(data.images(folder, mean=(0.1, 0.2)).blocks(1))


def test_ragged_images_are_named(folder: Path) -> None:
    Image.new("RGB", (6, 5)).save(folder / "cat" / "odd.png")
    with pytest.raises(ShapeError, match=r"cat/odd\.png"):
        rows_of(data.source(folder))
    rows_of(data.images(folder, size=(4, 6)))


@pytest.mark.parametrize("kind", ["text", "broken", "deep", "nested", "loose"])
def test_what_is_no_image_is_named(folder: Path, kind: str) -> None:
    if kind == "text":
        _write(folder / "cat" / "notes.txt", "x")
    elif kind == "broken":
        (folder / "cat" / "notes.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    elif kind == "deep":
        Image.fromarray(np.full((4, 6), 40000, dtype=np.uint16)).save(folder / "cat" / "notes.png")
    elif kind == "nested":
        (folder / "cat" / "notes").mkdir()
    else:
        Image.new("RGB", (6, 4)).save(folder / "notes.png")
    with pytest.raises(DataError, match="beside" if kind == "loose" else "cat"):
        rows_of(data.source(folder))


def test_a_folder_without_classes_is_unlabelled(tmp_path: Path) -> None:
    with pytest.raises(EmptyDataError):
        data.source(tmp_path)
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    more: dict[str, Any] = {"classes": ("0", "1"), "encoder": {"unlabelled": True}}
    schema, (shard,) = rows_of(data.source(tmp_path), **more)
    assert schema.features.shape == (1, 1, 2, 2)
    assert shard.labelled == 0


# --- time series ----------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 12), st.integers(0, 4), st.integers(1, 7))
def test_windows_against_slices(rows: int, length: int, stride: int, horizon: int, block: int) -> None:
    frame = pd.DataFrame({"a": np.arange(rows) * 1.0, "b": -np.arange(rows) * 1.0, "g": np.arange(rows) % 2})
    frame["y"] = np.arange(rows) % 3
    starts = [s for s in range(0, rows, stride) if s + length - 1 + horizon < rows]

    def source(columns: list[str]) -> Any:
        return data.source(frame, features=columns, label="y", groups=["g"])

    if not starts:
        with pytest.raises(EmptyDataError):
            data.windows(source(["a"]), length=length, stride=stride, horizon=horizon)
        return
    for columns in (["a"], ["a", "b"]):
        windows = data.windows(source(columns), length=length, stride=stride, horizon=horizon)
        blocks = list(windows.blocks(block))
        assert windows.rows == len(starts) == sum(map(len, blocks))
        features = np.concatenate([part.features for part in blocks])
        expected = np.array([[frame[name][s : s + length] for name in columns] for s in starts])
        np.testing.assert_array_equal(features, expected[:, 0] if len(columns) == 1 else expected)
        labels = np.concatenate([part.labels for part in blocks])
        np.testing.assert_array_equal(labels, [frame["y"][s + length - 1 + horizon] for s in starts])
        groups = np.concatenate([part.groups[0] for part in blocks])
        np.testing.assert_array_equal(groups, [frame["g"][s + length - 1] for s in starts])
        names = [name for part in blocks for name in part.names]
        assert names == [f"Window of rows {s} to {s + length - 1}" for s in starts]


def test_a_forecast_needs_no_label() -> None:
    series = np.sin(np.arange(50) / 5)
    schema, shards = rows_of(
        data.windows(data.source(series), length=10, stride=3, horizon=2), target="value", target_scale=9
    )
    assert schema.features.shape == (1, 10)
    values = np.concatenate([shard.value for shard in shards])
    np.testing.assert_array_equal(values, np.floor(series[11::3] * 512 + 0.5))


def test_a_window_with_a_gap_is_named() -> None:
    series = np.arange(30.0)
    series[17] = np.nan
    with pytest.raises(NonFiniteError, match=r"Window of rows 8 to 17, feature 9"):
        rows_of(data.windows(data.source(series), length=10, horizon=0), target="value", target_scale=0)


# --- schemas from sources -------------------------------------------------------------------------------


def test_classes_follow_from_labels() -> None:
    x = np.zeros((6, 1))

    def names(labels: Any, **more: Any) -> tuple[str, ...]:
        schema = infer_schema(data.source(x, label=np.array(labels)), scale=0, **more)
        return schema.target.names  # type: ignore[union-attr]

    assert names([0, 1, 0, 1, 0, 1]) == ("0", "1")
    assert names([0, 0, 0, 0, 0, 0]) == ("0", "1")
    assert names([3, -1, 0, 0, 0, 0]) == ("0", "1", "2", "3")  # a class that does not occur keeps its place
    assert names([True, False] * 3) == ("False", "True")
    assert names(["b", "a", "c", "b", "b", "b"]) == ("a", "b", "c")
    assert names(["b", "a", "c", "b", "b", "b"], classes=("c", "b", "a")) == ("c", "b", "a")
    with pytest.raises(DataError):
        names([70000, 0, 0, 0, 0, 0])


def test_an_iterator_is_not_read_twice() -> None:
    def tables() -> Iterator[dict[str, Any]]:
        yield {"x": np.zeros(3), "y": np.zeros(3)}

    with pytest.raises(DataError, match="in advance"):
        infer_schema(data.source(tables(), label="y"), scale=0)
    schema = infer_schema(data.source(tables(), label="y"), scale=0, classes=("0", "1"), shape=(1, 1))
    assert schema.features.shape == (1, 1)


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 12))
def test_blocks_are_cut_anew(sizes: list[int], rows: int) -> None:
    total = np.arange(sum(sizes))
    parts = np.split(total, np.cumsum(sizes))[: len(sizes)]
    found = list(regroup((Block(part[:, None], part, (part,)) for part in parts), rows))
    assert all(len(block) == rows for block in found[:-1])
    assert sum(map(len, found)) == len(total)
    for pick in (lambda b: b.features[:, 0], lambda b: b.labels, lambda b: b.groups[0]):
        np.testing.assert_array_equal(np.concatenate([pick(b) for b in found] or [total]), total)


def test_unknown_classes_of_a_model(tmp_path: Path) -> None:
    with pytest.raises(UnknownClassError):
        rows_of(data.source(np.zeros((2, 1)), label=np.array(["a", "b"])), classes=("a", "c"))
