"""``zkattest data``: the same data set as the API's, exit codes, and no secret on the screen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import zkattest as zk
from zkattest import cli
from zkattest.commitments import commit_data, is_padded
from zkattest.datasets import DataSet, DataSetStore, rows_like
from zkattest.errors import DataError
from zkattest.frontend import QuantisedModel, compile_model
from zkattest.srs import Srs


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, words), "--json"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1, lines
    return int(ended.value.code or 0), json.loads(lines[0])


@pytest.fixture
def string(srs: Srs, tmp_path: Path) -> Path:
    srs.save(tmp_path / "dev.srs")
    return tmp_path / "dev.srs"


@pytest.fixture
def model() -> QuantisedModel:
    rng = np.random.default_rng(2)
    weight = numpy_helper.from_array(rng.normal(0, 0.1, (2, 3)).astype(np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [weight],
    )
    onnx = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return compile_model(onnx.SerializeToString(), rng.uniform(-120, 120, (50, 3)), bits=12)


@pytest.fixture
def csv(table: dict[str, Any], tmp_path: Path) -> Path:
    pd.DataFrame(table).to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def test_like_a_committed_model(
    capsys: pytest.CaptureFixture[str],
    model: QuantisedModel,
    srs: Srs,
    string: Path,
    csv: Path,
    tmp_path: Path,
) -> None:
    committed = zk.commit(model, srs, row_size=256)
    model.save(tmp_path / "model.zkq")
    (tmp_path / "model.zkc").write_bytes(committed.commitment.to_bytes())
    columns = ["--label", "ill", "--group", "sex", "--group", "ward"]
    like = ["--model", tmp_path / "model.zkq", "--commitment", tmp_path / "model.zkc", "--srs", string]
    options = [*columns, *like, "--shard-rows", 8, "--role", "audit"]
    code, shown = run(capsys, "data", "commit", csv, "-o", tmp_path / "set", *options)
    assert (code, shown["rows"], shown["labelled"], shown["shards"], shown["role"]) == (0, 20, 20, 3, "audit")
    store = DataSetStore(tmp_path / "set")
    assert shown["identity"] == "0x" + store.identity.hex()
    frame = pd.read_csv(csv)
    features = frame[["age", "dose", "pulse"]].to_numpy()
    expected = np.stack([model.quantise_input(row) for row in features])
    found = np.concatenate([shard.rows.x for shard in store.shards()])
    np.testing.assert_array_equal(found, expected)
    assert store.dataset.schema.features.scale == model.inputs[0].scale
    again = zk.data.commit(
        frame,
        srs,
        tmp_path / "set",
        like=committed,
        label="ill",
        groups=["sex", "ward"],
        shard_rows=8,
        role="audit",
    )
    assert again.identity == store.identity  # the API goes on where the CLI ended, so both mean the same
    child = [*options, "--parent", tmp_path / "set"]
    assert run(capsys, "data", "commit", csv, "-o", tmp_path / "child", *child)[0] == 0
    assert DataSetStore(tmp_path / "child").dataset.parent == store.identity


def test_rows_follow_the_profile(model: QuantisedModel, srs: Srs) -> None:
    natural, padded = zk.commit(model, srs, row_size=256), zk.commit(model, srs, row_size=256, profile="gas")
    assert rows_like(natural) == (256, False)
    assert (
        rows_like(padded) == rows_like(padded.commitment, model) == (256, is_padded(padded.commitment, model))
    )
    assert rows_like(padded).padded
    with pytest.raises(DataError, match="padded"):
        rows_like(padded.commitment)
    data, _ = commit_data(np.zeros((1, 3), dtype=np.int64), srs, 256)
    with pytest.raises(DataError, match="a model's"):
        rows_like(data, model)


def test_inspect_and_verify(
    capsys: pytest.CaptureFixture[str], string: Path, csv: Path, tmp_path: Path
) -> None:
    made = tmp_path / "set"
    options = ["--label", "ill", "--feature", "age", "--scale", 4, "--row-size", 256, "--srs", string]
    assert run(capsys, "data", "commit", csv, "-o", made, *options)[0] == 0
    dataset = DataSet.load(made / "dataset.zkd")
    code, shown = run(capsys, "data", "inspect", made / "dataset.zkd")
    assert code == 0
    assert shown["identity"] == "0x" + dataset.identity.hex()
    assert shown["schema"]["target"] == {"name": "ill", "kind": "classes", "classes": ["no", "yes"]}
    code, general = run(capsys, "inspect", made / "dataset.zkd")
    assert (code, general["kind"], general["identity"]) == (0, "data set", shown["identity"])

    judge = ["data", "verify", made, "--srs", string]
    assert run(capsys, *judge)[0] == 1  # a development string
    code, verdict = run(capsys, *judge, "--allow-unsafe", "--reference", "--identity", dataset.identity.hex())
    assert (code, verdict["valid"], verdict["valid_by_reference"]) == (0, True, True)
    assert run(capsys, *judge, "--allow-unsafe", "--identity", "11" * 32)[0] == 1
    assert run(capsys, *judge, "--allow-unsafe", "--identity", "11")[0] == 2

    (shard,) = dataset.shards
    replace(dataset, shards=(replace(shard, labelled=shard.labelled - 1),)).save(tmp_path / "lie.zkd")
    code, verdict = run(capsys, "data", "verify", tmp_path / "lie.zkd", "--allow-unsafe")
    assert (code, verdict["valid"]) == (1, False)
    (tmp_path / "cut.zkd").write_bytes(dataset.to_bytes()[:-1])
    assert run(capsys, "data", "verify", tmp_path / "cut.zkd")[0] == 2
    assert run(capsys, "data", "verify", tmp_path / "none.zkd")[0] == 2


def test_an_estimate_writes_nothing(
    capsys: pytest.CaptureFixture[str], string: Path, csv: Path, tmp_path: Path
) -> None:
    options = ["--label", "ill", "--feature", "age", "--scale", 4, "--row-size", 256, "--srs", string]
    words = ["data", "commit", csv, "-o", tmp_path / "set", *options, "--shard-rows", 8]
    code, cost = run(capsys, *words, "--estimate")
    assert (code, cost["rows"], cost["shards"], cost["shard_rows"]) == (0, 20, 3, 8)
    assert not (tmp_path / "set").exists()
    assert run(capsys, *words)[0] == 0
    dataset = DataSet.load(tmp_path / "set" / "dataset.zkd")
    assert cost["commitment_rows"] == len(dataset.shards[0].commitments)
    assert cost["proof_bytes"] == len(dataset.shards[0].registration)
    assert 0 <= len(dataset.to_bytes()) - cost["manifest_bytes"] < 300  # the manifest's own fields
    assert cost["secret_bytes"] > 0
    assert cost["shard_s"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--label", "ill", "--scale", "4"], "rows of the commitments"),
        (["--label", "ill", "--row-size", "256"], "scale"),
        (["--label", "none", "--row-size", "256", "--scale", "4"], "'none'"),
        (["--label", "ill", "--row-size", "100", "--scale", "4"], "power of two"),
        (["--label", "ill", "--row-size", "256", "--scale", "4", "--feature", "sex"], "'sex'"),
        (["--label", "ill", "--row-size", "256", "--scale", "4", "--size", "2x2"], "images"),
        (["--label", "ill", "--row-size", "256", "--scale", "4", "--parent", "0x11"], "32 bytes"),
        (["--label", "ill", "--row-size", "256", "--scale", "20", "--feature", "age"], "outside the range"),
    ],
)
def test_bad_options(
    capsys: pytest.CaptureFixture[str], string: Path, csv: Path, tmp_path: Path, words: list[str], says: str
) -> None:
    code, shown = run(capsys, "data", "commit", csv, "-o", tmp_path / "set", "--srs", string, *words)
    assert code == 2
    assert says in shown["message"] + shown.get("remedy", "")
    assert not (tmp_path / "set" / "dataset.zkd").exists()


def test_arrays_images_and_windows(capsys: pytest.CaptureFixture[str], string: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(12.0).reshape(6, 2))
    np.save(tmp_path / "y.npy", np.arange(6) % 2)
    np.save(tmp_path / "g.npy", np.array(["a", "b"] * 3))
    common = ["--srs", string, "--row-size", 256, "--scale", 2]
    named = ["--label", tmp_path / "y.npy", "--group", f"ward={tmp_path / 'g.npy'}"]
    code, shown = run(capsys, "data", "commit", tmp_path / "x.npy", "-o", tmp_path / "a", *common, *named)
    assert (code, shown["rows"]) == (0, 6)
    assert DataSetStore(tmp_path / "a").dataset.schema.groups[0].name == "ward"
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.new("RGB", (5, 7), "red" if name == "cat" else "blue").save(tmp_path / "pets" / name / "1.png")
    sized = ["--size", "2x3", "--grey"]
    code, shown = run(capsys, "data", "commit", tmp_path / "pets", "-o", tmp_path / "b", *common, *sized)
    assert (code, shown["rows"]) == (0, 2)
    assert DataSetStore(tmp_path / "b").dataset.schema.features.shape == (1, 1, 2, 3)
    pd.DataFrame({"v": np.sin(np.arange(40.0))}).to_csv(tmp_path / "s.csv", index=False)
    series = ["--window", 5, "--stride", 5, "--horizon", 2, "--target", "value", "--target-scale", 8]
    code, shown = run(capsys, "data", "commit", tmp_path / "s.csv", "-o", tmp_path / "c", *common, *series)
    assert (code, shown["rows"]) == (0, 7)
    assert DataSetStore(tmp_path / "c").dataset.schema.features.names[0] == "v[0]"
