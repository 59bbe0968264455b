"""The estimate before, and what it came to."""

from __future__ import annotations

import pytest
from ezkl_models import Case, mlp

from zkattest.backends.ezkl import EzklBackend, runtime
from zkattest.backends.ezkl.keys import VerifierData
from zkattest.errors import UnsupportedByBackendError


def test_sizes_are_as_estimated(case: Case, backend: EzklBackend) -> None:
    estimate = backend.estimate(case.model)
    assert estimate.proof_bytes == len(case.proof.payload)
    assert estimate.key_bytes == pytest.approx(len(case.keys.proving.payload), rel=0.01)
    assert estimate.vk_bytes == pytest.approx(len(case.keys.verifying.payload), rel=0.01)
    settings = VerifierData.from_bytes(case.keys.verifying.payload).decoded_settings
    assert estimate.srs_degree == 2 ** settings["run_args"]["logrows"] - 1
    assert estimate.srs_degree // 2 < estimate.rows <= estimate.srs_degree
    assert estimate.notes


def test_the_estimate_makes_no_key(backend: EzklBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    original = runtime.call

    def watched(function: str, *arguments: object, **options: object) -> object:
        called.append(function)
        return original(function, *arguments, **options)

    monkeypatch.setattr(runtime, "call", watched)
    small, large = backend.estimate(mlp((3, 2, 2))), backend.estimate(mlp((30, 16, 2)))
    assert set(called) == {"gen_settings"}
    for name in ("rows", "memory_mb", "setup_s", "prove_s", "key_bytes", "vk_bytes", "srs_degree"):
        assert 0 < getattr(small, name) < getattr(large, name)
    assert small.verify_gas == large.verify_gas < 1_000_000


def test_a_model_that_is_too_large_is_refused_early(
    backend: EzklBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zkattest.backends.ezkl.settings.MAX_LOGROWS", 11)
    with pytest.raises(UnsupportedByBackendError, match=r"more than 2\*\*11 rows"):
        backend.estimate(mlp((30, 16, 2)))
