"""The gate from the command line: a data set, a metric, a policy, into service and out again."""

from __future__ import annotations

import numpy as np
import pytest
from walking import Done, small_model, zkattest

BOUND = '[[clause]]\nmetric = "accuracy"\nat_least = {}\ndata = "set"\nkey = "metric"\nmax_age = "90d"\n'


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Everything that must succeed before the gate is asked."""
    directory = tmp_path_factory.mktemp("gate")
    rng = np.random.default_rng(7)
    x = rng.uniform(-1, 1, (16, 3)).astype(np.float32).round(3)
    np.save(directory / "samples.npy", x)
    lines = ["a,b,c,label", *(f"{a},{b},{c},{i % 2}" for i, (a, b, c) in enumerate(x))]
    (directory / "rows.csv").write_text("\n".join(lines) + "\n")
    (directory / "model.onnx").write_bytes(small_model())
    done: dict[str, Done] = {}

    def run(name: str, *words: object, code: int = 0) -> None:
        done[name] = zkattest(directory, *words)
        assert done[name].code == code, (name, done[name])

    run("srs", "srs", "new", "--log2-size", 15, "-o", "dev.srs")
    run("compile", "compile", "model.onnx", "-c", "samples.npy", "-o", "model.zkq", "--bits", 8)
    run("commit", "commit", "model.zkq", "--srs", "dev.srs", "-o", "keys", "--profile", "gas")
    run("setup", "setup", "model.zkq", "--srs", "dev.srs", "--keys", "keys")
    run("deploy", "deploy", "--srs", "dev.srs")
    run("register", "register", "--keys", "keys")
    like = ("--model", "model.zkq", "--commitment", "keys/model.zkc", "--label", "label")
    run("data", "data", "commit", "rows.csv", "-o", "set", "--srs", "dev.srs", *like)
    run("data register", "data", "register", "set")
    metric = ("--srs", "dev.srs", "--data", "set")
    run("setup metric", "setup", "metric", "model.zkq", *metric, "--keys", "keys", "-o", "metric")
    bound = ("--keys", "metric", "--model-id", 1, "-o", "metric.zkm")
    run("prove", "prove", "metric", "model.zkq", *metric, *bound)
    run("submit", "submit", "metric", "metric.zkm", "--data", "set", "--keys", "metric")
    run("again", "submit", "metric", "metric.zkm", "--data", "set", "--keys", "metric")
    run("no policy", "gate", "status", 1, code=1)
    # a policy that the model does not satisfy, and one that it does
    right, labelled = done["submit"].result["values"]
    (directory / "high.toml").write_text('model = "keys"\ndevelopment = true\n' + BOUND.format(1))
    (directory / "fair.toml").write_text(
        'model = "keys"\ndevelopment = true\n' + BOUND.format(f'"{right}/{labelled}"')
    )
    run("high", "policy", "set", 1, "high.toml")
    run("unsafe", "gate", "approve-data", "set", code=2)
    run("approve", "gate", "approve-data", "set", "--allow-unsafe")
    run("refused", "gate", "validate", 1, code=2)
    run("too early", "gate", "deploy", 1, "--key", "keys", "--allow-unsafe", code=1)
    run("dry", "policy", "set", 1, "fair.toml", "--dry-run")
    run("still high", "policy", "show", 1)
    run("fair", "policy", "set", 1, "fair.toml")
    run("validate", "gate", "validate", 1)
    run("no key", "gate", "deploy", 1, code=2)
    run("unsafe key", "gate", "deploy", 1, "--key", "keys", code=2)
    run("metric's key", "gate", "deploy", 1, "--key", "metric", "--allow-unsafe", code=2)
    run("still out", "gate", "status", 1, code=1)
    run("into service", "gate", "deploy", 1, "--key", "keys", "--srs", "dev.srs", "--allow-unsafe")
    run("status", "gate", "status", 1)
    run("revoke", "gate", "revoke", 1, "--reason", "recall in ward 3")
    run("out", "gate", "status", 1, code=1)
    run("reinstate", "gate", "reinstate", 1)
    run("audit", "audit", "--model-id", 1)
    return done


def test_the_data_set_and_the_metric_reach_the_chain(steps: dict[str, Done]) -> None:
    assert steps["data register"].result["dataset_id"] == 1
    first, again = steps["submit"].result, steps["again"].result
    assert (first["complete"], first["sent"], again["sent"]) == (True, 1, 0)
    assert first["evidence_id"] == again["evidence_id"]
    assert first["labelled"] == 16
    assert first["values"][1] == 16
    assert first["development_setup"]


def test_a_model_that_misses_its_policy_stays_out(steps: dict[str, Done]) -> None:
    assert steps["no policy"].result["policy_version"] == 0
    assert steps["high"].result["unapproved_data_sets"] == [1]
    assert "bound not reached" in steps["refused"].result["message"]
    assert steps["too early"].result["name"] == "WrongState"
    assert "development" in steps["unsafe"].result["message"]


def test_a_model_that_satisfies_its_policy_goes_into_service_and_out(steps: dict[str, Done]) -> None:
    assert "policy_version" not in steps["dry"].result
    assert steps["still high"].result["clauses"][0]["bound"].endswith(" 1")
    assert (steps["fair"].result["policy_version"], steps["fair"].result["unapproved_data_sets"]) == (2, [])
    assert steps["validate"].result["state"] == "validated"
    assert steps["into service"].result["state"] == "deployed"
    status = steps["status"].result
    assert (status["state"], status["ready"], status["clauses"][0]["verdict"]) == (
        *("deployed", True),
        "satisfied",
    )
    assert (steps["out"].result["state"], steps["out"].result["revoked"]) == ("registered", True)
    events = [event["event"] for event in steps["audit"].result["events"]]
    for name in ("ShardCounted", "EvidenceCompleted", "PolicySet", "Validated", "Deployed", "Revoked"):
        assert name in events


def test_no_version_goes_into_service_without_its_key(steps: dict[str, Done]) -> None:
    assert "development" in steps["unsafe key"].result["message"]
    assert "registered with" in steps["metric's key"].result["message"]
    assert (steps["still out"].result["state"], steps["into service"].result["state"]) == (
        "validated",
        "deployed",
    )
