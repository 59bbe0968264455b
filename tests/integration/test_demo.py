"""The demonstration keeps its promises, on a smaller network."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from zkattest.demo import DemoOptions, run_demo
from zkattest.demo.gate import GateResult


@pytest.mark.slow
def test_the_demonstration_keeps_its_promises(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the demonstration trains with scikit-learn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = run_demo(DemoOptions(tmp_path, hidden=2, bits=8))
    verdicts = result.verdicts()
    assert result.ok, verdicts
    assert verdicts["backend"] == "sumcheck"
    assert verdicts["reference_verified"] is True
    assert verdicts["attestation_file"].exists()
    assert [step.name for step in result.steps if step.gas]  # registries, verifier, attestation
    assert verdicts["metric_verified"] is True
    assert verdicts["gate_opened"] is True
    assert verdicts["worse_model_refused"] is True
    assert verdicts["wrong_data_refused"] is True
    assert verdicts["refusals"] == {
        "worse_model": "bound not reached",
        "wrong_data": "evidence about something else",
    }
    right, labelled = map(int, verdicts["accuracy"].split(" of "))
    assert right / labelled >= 0.9
    assert labelled == 114
    events = [row["event"] for row in result.audit]
    assert events.index("EvidenceCompleted") < events.index("Validated") < events.index("Deployed")
    page = verdicts["report_file"].read_text()
    assert f"({verdicts['accuracy']})" in page
    assert "UNSAFE set-up string" in page


def test_only_the_right_evidence_is_a_success() -> None:
    """``ok`` of the gate's part, and so the exit code, needs each of its promises."""
    kept = {"metric_verified": True, "opened": True, "worse_refused": True, "wrong_data_refused": True}
    told = {
        "accuracy": "",
        "worse_accuracy": "",
        "refusals": {},
        "report_file": Path(),
        "gas": {},
        "steps": (),
    }
    assert GateResult(**kept, **told).ok
    for promise in kept:
        assert not GateResult(**(kept | {promise: False}), **told).ok
