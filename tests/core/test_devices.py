"""Where proofs are made: the choice, and what is said where there is no device."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

import zkattest as zk
from zkattest import cli, devices
from zkattest.cli import app
from zkattest.errors import DeviceError, DeviceMemoryError, InputError


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.delenv(devices.MEMORY_VARIABLE, raising=False)
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


def test_memory_is_the_call_s_then_the_environment_s_then_all(monkeypatch):
    assert devices.chosen_memory() is None
    monkeypatch.setenv(devices.MEMORY_VARIABLE, "24GiB")
    assert devices.chosen_memory() == 24 << 30
    zk.use_device("auto", memory=4096)
    assert devices.asked_device() == ("auto", 4096)
    for text, count in [("1.5 GB", 1_500_000_000), ("2 KiB", 2048), ("7", 7), (" 3 MiB ", 3 << 20)]:
        zk.use_device(None, memory=text)
        assert devices.chosen_memory() == count
    zk.use_device(None)
    assert devices.chosen_memory() == 24 << 30


@pytest.mark.parametrize("size", [0, -1, True, "", "much", "1 TiB", "0.1", "1e9", "2\u0663", "9" * 30])
def test_what_is_no_size_is_refused_and_changes_nothing(size, monkeypatch):
    zk.use_device("cpu", memory=4096)
    with pytest.raises(InputError, match="The memory is"):
        zk.use_device("cuda", memory=size)
    assert devices.asked_device() == ("cpu", 4096)
    zk.use_device(None)
    monkeypatch.setenv(devices.MEMORY_VARIABLE, str(size))
    if size != "":
        with pytest.raises(InputError, match="ZKATTEST_DEVICE_MEMORY"):
            devices.chosen_memory()


def test_a_cause_is_warned_of_once_after_each_choice(recwarn):
    warnings.simplefilter("always")  # undone by recwarn
    for count in (2, 4):
        devices.warn_once("memory", "12 MiB are needed, 10 MiB are free")
        devices.warn_once("memory", "12 MiB are needed, 9 MiB are free")
        devices.warn_once("failure", "the device failed")
        assert len(recwarn) == count
        zk.use_device(None)
    assert all(warning.category is devices.DeviceWarning for warning in recwarn)
    assert [str(warning.message)[:6] for warning in recwarn] == ["12 MiB", "the de"] * 2


def test_processes_make_the_same_choice_and_share_the_memory(monkeypatch):
    zk.use_device("cpu", memory=4096)
    assert devices.shares(4) == {devices.VARIABLE: "cpu"}
    found = devices.CudaDevice("a card", (9, 0), 132, 80 << 30, 40 << 30)
    monkeypatch.setattr(devices, "cuda_device", lambda: found)
    zk.use_device("cuda")
    assert devices.shares(4) == {devices.VARIABLE: "cuda", devices.MEMORY_VARIABLE: str(10 << 30)}
    zk.use_device("auto", memory=4096)
    assert devices.shares(4) == {devices.VARIABLE: "auto", devices.MEMORY_VARIABLE: "1024"}

    def none():
        raise DeviceError("There is none.")

    monkeypatch.setattr(devices, "cuda_device", none)
    assert devices.shares(4) == {devices.VARIABLE: "auto"}


def test_the_command_says_what_is_chosen(monkeypatch):
    monkeypatch.setenv(devices.MEMORY_VARIABLE, "2GiB")
    result = CliRunner().invoke(app, ["device", "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["chosen"], found["memory_limit_bytes"], found["cuda"]) == ("auto", 2 << 30, _has_device())


def test_an_estimate_says_the_device_s_memory_where_rows_are_long(clinic_like):
    model, _ = clinic_like
    short = zk.estimate(model, row_size=1 << 11)
    assert short.device_mb == 0
    assert not any("device" in note for note in short.notes)
    long = zk.estimate(model, row_size=1 << 16)
    cells = long.rows * (2 << 16)  # of two bytes at least
    assert long.device_mb > (cells + (64 << 16)) / (1 << 20)
    assert any(f"{long.device_mb:,.0f} MiB" in note for note in long.notes)
    assert zk.estimate(model, row_size=1 << 17).device_mb > long.device_mb


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


@pytest.mark.skipif(not _has_device(), reason="no CUDA device")
def test_little_memory_is_said_and_proofs_are_made_all_the_same(clinic_like):
    model, x = clinic_like
    srs = zk.Srs.development(16)
    committed = zk.commit(model, srs, row_size=1 << 16)
    zk.use_device("cpu")
    keys = zk.setup(committed, srs)
    cost = zk.estimate(model, row_size=1 << 16)
    zk.use_device("auto", memory="1 MiB")
    with pytest.warns(devices.DeviceWarning, match="proofs are made on the processor"):
        proof, _ = zk.prove(keys, model, x, srs=srs)
    assert zk.verify(proof, keys.verifying)
    zk.use_device("cuda", memory="1 MiB")
    with pytest.raises(DeviceMemoryError, match="MiB"):
        zk.prove(keys, model, x, srs=srs)
    zk.use_device("cuda", memory=int(cost.device_mb * (1 << 20)))
    proof, _ = zk.prove(keys, model, x, srs=srs)
    assert zk.verify(proof, keys.verifying)


@pytest.fixture
def clinic_like():
    from zkattest.demo.clinic import train_clinic

    trained = train_clinic(hidden=4)
    return zk.compile(trained.onnx_bytes, trained.calibration), np.asarray(trained.held_out[0])


def test_the_command_line_chooses_before_the_verb():
    found = CliRunner().invoke(app, ["--device", "cpu", "--device-memory", "3 GiB", "device", "--json"])
    assert found.exit_code == 0, found.output
    said = json.loads(found.output)
    assert (said["chosen"], said["memory_limit_bytes"]) == ("cpu", 3 << 30)
    refused = CliRunner().invoke(app, ["--device", "gpu", "device"])
    assert isinstance(refused.exception, InputError)
    assert "'gpu'" in refused.exception.message


def test_the_command_line_shows_what_a_device_could_not_do(monkeypatch, capsys):
    def command(_):
        devices.warn_once("memory", "The device is full.")
        warnings.warn("something else", stacklevel=1)

    monkeypatch.setattr(cli, "app", command)
    with warnings.catch_warnings(), pytest.raises(SystemExit) as stopped:
        cli.main(["prove"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().err
    assert "warning: The device is full." in shown
    assert "something else" not in shown
