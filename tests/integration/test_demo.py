"""The demonstration keeps its promises, on a smaller network."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from zkattest.demo import DemoOptions, run_demo


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
