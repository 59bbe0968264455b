"""``zkattest report`` on a real proof of a metric: figures only where it verifies, nothing of the rows."""

from __future__ import annotations

import re
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from report_world import Page
from typer.testing import CliRunner

import zkattest as zk
from zkattest import datasets
from zkattest.cli import app, files
from zkattest.errors import InputError

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from walking import small_model

CLASSES = ("no", "<i>yes")


@dataclass(frozen=True)
class World:
    """Files of a proved metric, and the accuracy that NumPy finds."""

    directory: Path
    store: datasets.DataSetStore
    proof: zk.MetricProof
    right: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    directory = tmp_path_factory.mktemp("metric")
    rng = np.random.default_rng(3)
    rows = rng.uniform(-1, 1, (20, 3)).astype(np.float32)
    labels = rng.integers(0, 2, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = zk.Srs.development(11)
    model = zk.compile(small_model(0), rows, bits=8)
    committed = zk.commit(model, srs)
    store = datasets.commit(
        rows,
        srs,
        directory / "set",
        like=committed,
        clip=True,
        label=np.array(CLASSES)[labels],
        classes=CLASSES,
        groups={"half": np.where(np.arange(20) < 10, "first", "second")},
    )
    metric = zk.Metric("confusion", groups=("half",))
    keys = zk.setup_metric(committed, srs, metric, store)
    proof = zk.prove_metric(keys, model, store, metric, srs=srs)
    files.save_keys(keys, directory / "keys")
    srs.save(directory / "dev.srs")
    proof.save(directory / "accuracy.zkm")
    right = sum(
        int(np.argmax(model.execute(model.quantise_input(row[None])))) == label
        for row, label in zip(rows, labels, strict=True)
    )
    return World(directory, store, proof, right)


def _report(world: World, *words: str, file: str = "accuracy.zkm") -> tuple[int, Page, str]:
    page = world.directory / "page.html"
    page.unlink(missing_ok=True)
    fixed = ["--keys", str(world.directory / "keys"), "--data", str(world.directory / "set")]
    line = ["report", str(world.directory / file), *fixed, "-o", str(page), *words]
    done = CliRunner().invoke(app, line, catch_exceptions=False)
    text = page.read_text()
    return done.exit_code, Page(text), text


def test_a_verified_metric_is_shown_with_its_counts(world: World) -> None:
    srs = str(world.directory / "dev.srs")
    code, page, text = _report(world, "--srs", srs, "--reference", "--allow-unsafe")
    shown = page.text()
    assert code == 0
    assert f"({world.right} of 20), on 20 labelled rows of a committed test set." in shown
    assert "⚠ UNSAFE set-up string" in shown
    assert "the readable verifier, written from the specification, agrees" in shown
    assert len(re.findall("✓ passed", shown)) == 9
    assert "By half" in shown
    assert "--data-hash 0x" + world.store.dataset.identity.hex() in shown
    assert str(world.directory) not in text
    for shard in world.store.shards():
        assert not [blinder for blinder in shard.blinders if blinder.hex() in text]
    assert "<i>yes" not in text


def test_without_leave_an_unsafe_string_is_a_failure(world: World) -> None:
    code, page, _ = _report(world)
    assert code == 1
    assert "✗ Verification failed" in page.text()
    assert "claimed; the verification FAILED" in page.text()


def test_a_forged_count_gives_a_page_without_figures(world: World) -> None:
    statement = world.proof.proofs[0].statement
    counts = zk.decode_output(statement.output)
    counts[0] += 1
    counts[1] -= 1
    forged = replace(world.proof.proofs[0], statement=replace(statement, output=zk.encode_output(counts)))
    replace(world.proof, proofs=(forged,)).save(world.directory / "forged.zkm")
    code, page, _ = _report(world, "--allow-unsafe", file="forged.zkm")
    shown = page.text()
    assert code == 1
    assert "✗ Verification failed" in shown
    assert "Accuracy" not in shown
    assert "The figures\n" not in shown
    assert "This page shows no figure that was not verified" in shown
    assert not page.all("svg")


def test_a_metric_needs_its_key_and_data(world: World) -> None:
    with pytest.raises(InputError, match="--keys and --data"):
        CliRunner().invoke(app, ["report", str(world.directory / "accuracy.zkm")], catch_exceptions=False)
