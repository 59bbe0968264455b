"""Where proofs are made: the choice, and what is said where there is no device."""

from __future__ import annotations

import numpy as np
import pytest

import zkattest as zk
from zkattest import devices
from zkattest.errors import DeviceError, InputError


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    zk.use_device(None)
    yield
    zk.use_device(None)


def _has_device() -> bool:
    try:
        devices.cuda_device()
    except DeviceError:
        return False
    return True


def test_the_choice_is_the_call_s_then_the_environment_s_then_auto(monkeypatch):
    assert devices.chosen_device() == "auto"
    monkeypatch.setenv(devices.VARIABLE, "cuda")
    assert devices.chosen_device() == "cuda"
    zk.use_device("cpu")
    assert devices.chosen_device() == "cpu"
    zk.use_device(None)
    assert devices.chosen_device() == "cuda"


def test_other_words_are_refused(monkeypatch):
    with pytest.raises(InputError, match="'gpu'"):
        zk.use_device("gpu")
    monkeypatch.setenv(devices.VARIABLE, "tpu")
    with pytest.raises(InputError, match="ZKATTEST_DEVICE"):
        devices.chosen_device()


@pytest.mark.skipif(_has_device(), reason="there is a device")
def test_without_a_device_cuda_is_an_error_and_auto_is_not(clinic_like):
    model, x = clinic_like
    srs = zk.Srs.development(11)
    committed = zk.commit(model, srs, row_size=1 << 11)
    zk.use_device("cuda")
    with pytest.raises(DeviceError) as caught:
        zk.setup(committed, srs)
    assert caught.value.exit_code == 2
    assert "cpu" in caught.value.remedy
    zk.use_device("auto")
    keys = zk.setup(committed, srs)
    proof, _ = zk.prove(keys, model, x, srs=srs)
    assert zk.verify(proof, keys.verifying)


@pytest.mark.skipif(not _has_device(), reason="no CUDA device")
def test_proofs_made_on_a_device_verify(clinic_like):
    model, x = clinic_like
    srs = zk.Srs.development(16)
    committed = zk.commit(model, srs, row_size=1 << 16)
    zk.use_device("cuda")
    keys = zk.setup(committed, srs)
    proof, _ = zk.prove(keys, model, x, srs=srs)
    assert zk.verify(proof, keys.verifying)


@pytest.fixture
def clinic_like():
    from zkattest.demo.clinic import train_clinic

    trained = train_clinic(hidden=4)
    return zk.compile(trained.onnx_bytes, trained.calibration), np.asarray(trained.held_out[0])
