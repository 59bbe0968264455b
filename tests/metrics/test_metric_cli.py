"""The verbs of metrics, from files to exit codes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ezkl_models import mlp
from metric_world import development, table
from walking import Done, zkattest

from zkattest.metrics.proof import MetricProof


@dataclass(frozen=True)
class Desk:
    """A directory with a model, its commitment, a data set of two shards, and keys of a metric."""

    directory: Path

    def run(self, *words: object, code: int = 0) -> dict[str, Any]:
        done: Done = zkattest(self.directory, *words)
        assert done.code == code, (done.result, done.stderr)
        return done.result


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    directory = tmp_path_factory.mktemp("desk")
    desk = Desk(directory)
    mlp((6, 4, 2)).save(directory / "model.zkq")
    development(11).save(directory / "dev.srs")
    rows = table(20)
    lines = [",".join(rows), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
    (directory / "rows.csv").write_text("\n".join(lines) + "\n")
    desk.run("commit", "model.zkq", "--srs", "dev.srs", "--batch", 12)
    for name, more in (("data", ["--shard-rows", 12]), ("one", ["--shard-rows", 20])):
        desk.run(
            *("data", "commit", "rows.csv", "--output", name, "--srs", "dev.srs", "--model", "model.zkq"),
            *("--commitment", "keys/model.zkc", "--label", "y", "--group", "sex", "--group", "age"),
            *more,
        )
    desk.run("setup", "metric", "model.zkq", "--srs", "dev.srs", "--data", "data", "--metric", "confusion")
    return desk


PROVE = ("prove", "metric", "model.zkq", "--srs", "dev.srs")


def test_a_metric_from_files(desk: Desk) -> None:
    proved = desk.run(*PROVE, "--data", "data", "--workers", 2)
    assert proved["valid"] is True
    assert proved["shards"] == 2
    assert proved["labelled"] == 20
    assert not (desk.directory / "metric.zkm.work").exists()
    verified = desk.run("verify", "metric", "metric.zkm", "--data", "data/dataset.zkd", "--allow-unsafe")
    assert verified["overall"] == proved["overall"]
    assert verified["overall"]["by_class"].keys() == {"ill", "well"}
    assert json.dumps(verified)
    inspected = desk.run("inspect", "metric.zkm")
    assert inspected["metric"] == "confusion"
    assert "overall" not in inspected
    assert desk.run("inspect", "keys/metric/verifying.zkvk")["metric"]["counts"] == "confusion"


def test_what_the_verifier_expects_has_to_be(desk: Desk) -> None:
    desk.run(*PROVE, "--data", "data")
    check = ("verify", "metric", "metric.zkm", "--data", "data")
    unsafe = desk.run(*check, code=1)
    assert "development" in unsafe["reason"]
    good = desk.run(*check, "--allow-unsafe", "--srs", "dev.srs")
    same = desk.run(
        *check, "--allow-unsafe", "--model-hash", good["model_hash"], "--data-hash", good["data_set"]
    )
    assert same["valid"]
    for option in ("--model-hash", "--data-hash"):
        assert "another than" in desk.run(*check, "--allow-unsafe", option, "0x00", code=1)["reason"]
    other = desk.run("verify", "metric", "metric.zkm", "--data", "one", "--allow-unsafe", code=1)
    assert "about the data set" in other["reason"]
    proof = MetricProof.load(desk.directory / "metric.zkm")
    replace(proof, proofs=proof.proofs[::-1]).save(desk.directory / "turned.zkm")
    turned = desk.run("verify", "metric", "turned.zkm", "--data", "data", "--allow-unsafe", code=1)
    assert "other rows" in turned["reason"]
    (desk.directory / "cut.zkm").write_bytes(proof.to_bytes()[:-1])
    assert desk.run("verify", "metric", "cut.zkm", "--data", "data", code=2)["error"] == "FormatError"


def test_bounds_from_the_command_line(desk: Desk) -> None:
    bounds = ("--at-least", "accuracy=0.05", "--at-most", "demographic_parity_gap[ill]@sex=1")
    made = ("model.zkq", "--srs", "dev.srs", "--data", "one", "--output", "keys/bounds")
    shown = desk.run("setup", "metric", *made, *bounds)
    assert shown["metric"].startswith("accuracy at least 0.05; demographic_parity_gap of 'ill' between")
    proved = desk.run(*PROVE, "--data", "one", "--keys", "keys/bounds", "--output", "bounds.zkm")
    assert "overall" not in proved
    assert len(proved["bounds"]) == 2
    check = ("verify", "metric", "bounds.zkm", "--data", "one", "--allow-unsafe", "--key", "keys/bounds")
    assert desk.run(*check)["bounds"] == proved["bounds"]
    unmet = ("--at-least", "accuracy=1", "--at-most", "demographic_parity_gap[ill]@sex=0")
    refused = desk.run(*PROVE, "--data", "one", "--keys", "keys/bounds", *unmet, code=2)
    assert refused["error"] == "ProvingError"
    refused = desk.run(*PROVE, "--data", "one", "--keys", "keys/bounds", "--at-least", "accuracy", code=2)
    assert "no bound" in refused["message"]


def test_estimates(desk: Desk) -> None:
    cost = desk.run("estimate", "metric", "model.zkq", "--data", "data", "--groups", "sex,age")
    assert cost["metric"] == "accuracy by sex, age"
    assert (cost["shards"], cost["rows"]) == (2, 20)
    assert desk.run("estimate", "model.zkq")["rows"] > 0


def test_plain_verbs_are_about_inferences(desk: Desk) -> None:
    (desk.directory / "x.json").write_text(json.dumps([0.1] * 6))
    desk.run("setup", "model.zkq", "--srs", "dev.srs")
    desk.run("prove", "model.zkq", "--srs", "dev.srs", "--input", "x.json")
    desk.run("prove", "--srs", "dev.srs", "model.zkq", "--input", "x.json", "--output", "again.zkp")
    desk.run("verify", "proof.zkp", "again.zkp", "--allow-unsafe")
    assert desk.run("verify", "proofs", "proof.zkp", "--allow-unsafe")["valid"]


def test_progress_says_what_is_left(desk: Desk) -> None:
    done = zkattest(desk.directory, *PROVE, "--data", "data", "--output", "timed.zkm")
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    advances = [event for event in events if event["event"] == "advance" and event["phase"] == "shards"]
    assert [event.get("left_s") is not None for event in advances] == [True, True]
    assert advances[-1]["left_s"] == 0
