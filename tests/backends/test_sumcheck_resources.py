"""Threads, interrupts, memory, files, secrets: what native proofs do to the process around them."""

from __future__ import annotations

import _thread
import asyncio
import logging
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from ezkl_models import mlp
from sumcheck_world import BACKEND, Native, committed, development, inputs, prove

from zkattest.backends import available_backends, get_backend
from zkattest.backends.base import StatementShape
from zkattest.backends.sumcheck import SumcheckBackend, costs
from zkattest.backends.sumcheck import backend as backend_module
from zkattest.errors import InputError, MemoryShortError, ProvingError, ZkattestError
from zkattest.srs import Srs


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module")
def native(srs: Srs) -> Native:
    return prove(mlp((3, 4, 2)), srs)


def test_the_backend_is_always_there() -> None:
    assert "sumcheck" in available_backends()
    assert isinstance(get_backend("sumcheck"), SumcheckBackend)


# --- threads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_pool_of_its_own(threads: int, native: Native, srs: Srs) -> None:
    proof, _ = BACKEND.prove(native.keys, native.model, native.x, srs=srs, threads=threads)
    assert BACKEND.verify(native.keys.verifying, proof)
    keys = BACKEND.setup(native.committed, srs=srs, threads=threads)
    assert keys.verifying.circuit_hash == native.keys.verifying.circuit_hash


@pytest.mark.parametrize("threads", [0, -1, True, 2.0, 1 << 20])
def test_an_impossible_number_of_threads_is_refused(threads: int, native: Native, srs: Srs) -> None:
    with pytest.raises(InputError, match="threads"):
        BACKEND.prove(native.keys, native.model, native.x, srs=srs, threads=threads)
    with pytest.raises(InputError, match="threads"):
        BACKEND.setup(native.committed, srs=srs, threads=threads)


def test_several_provers_at_once(native: Native, srs: Srs) -> None:
    verdicts: list[bool] = []

    def work(seed: int) -> None:
        x = inputs(native.model, seed=seed)
        proof, _ = BACKEND.prove(native.keys, native.model, x, srs=srs, threads=1 + seed % 2)
        output = native.model.execute(x[0])
        right = proof.statement.output == np.ascontiguousarray(output).astype(">i8").tobytes()
        verdicts.append(right and BACKEND.verify(native.keys.verifying, proof))

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert verdicts == [True] * 6


def test_other_threads_run_while_a_proof_is_made(native: Native, srs: Srs) -> None:
    keys = BACKEND.setup(committed(native.model, srs), srs=srs, shape=StatementShape(batch=256))
    x = inputs(native.model, 256)
    ticks, done = 0, threading.Event()

    def prover() -> None:
        BACKEND.prove(keys, native.model, x, srs=srs)
        done.set()

    worker = threading.Thread(target=prover)
    worker.start()
    while not done.wait(0.001):
        ticks += 1
    worker.join()
    assert ticks > 3


def test_inside_a_running_event_loop(native: Native, srs: Srs) -> None:
    async def notebook() -> bool:
        proof, _ = BACKEND.prove(native.keys, native.model, native.x, srs=srs)
        return BACKEND.verify(native.keys.verifying, proof)

    assert asyncio.run(notebook()) is True


# --- progress and interrupts ------------------------------------------------------------------------


class Recorder:
    """Notes events; may raise when a phase begins."""

    def __init__(self, stop_at: str | None = None, error: BaseException | None = None) -> None:
        self.events: list[tuple[str, str]] = []
        self._stop_at, self._error = stop_at, error

    def start(self, phase: str, total: int | None = None) -> None:
        self.events.append(("start", phase))
        if phase == self._stop_at and self._error is not None:
            raise self._error

    def advance(self, phase: str, units: int = 1) -> None: ...

    def finish(self, phase: str) -> None:
        self.events.append(("finish", phase))


def test_phases_begin_and_end_in_order(native: Native, srs: Srs) -> None:
    recorder = Recorder()
    BACKEND.prove(native.keys, native.model, native.x, srs=srs, progress=recorder)
    started = [name for event, name in recorder.events if event == "start"]
    finished = [name for event, name in recorder.events if event == "finish"]
    assert sorted(started) == sorted(finished)
    own = [name for name in started if name in ("witness", "sum-check of constraints", "opening", "check")]
    assert own == ["witness", "sum-check of constraints", "opening", "check"]


@pytest.mark.parametrize("phase", ["commit the witness", "sum-check of constraints", "opening"])
def test_an_exception_of_the_display_cancels_and_comes_out(phase: str, native: Native, srs: Srs) -> None:
    error = KeyboardInterrupt()
    recorder = Recorder(phase, error)
    with pytest.raises(KeyboardInterrupt) as caught:
        BACKEND.prove(native.keys, native.model, native.x, srs=srs, progress=recorder)
    assert caught.value is error
    assert BACKEND.prove(native.keys, native.model, native.x, srs=srs)[0]


def test_a_signal_interrupts_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: Native, srs: Srs
) -> None:
    monkeypatch.chdir(tmp_path)
    keys = BACKEND.setup(committed(native.model, srs), srs=srs, shape=StatementShape(batch=2048))
    x = inputs(native.model, 2048)

    class Interrupting(Recorder):
        def start(self, phase: str, total: int | None = None) -> None:
            super().start(phase, total)
            if phase == "commit the witness":
                _thread.interrupt_main()

    recorder = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        BACKEND.prove(keys, native.model, x, srs=srs, progress=recorder)
    assert ("start", "check") not in recorder.events
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == 1 or all(t.name != "zkattest" for t in threading.enumerate())


# --- memory -----------------------------------------------------------------------------------------


def test_too_little_memory_is_said_before_anything_starts(
    native: Native, srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "meminfo"
    info.write_text("MemTotal:       16000 kB\nMemAvailable:       1024 kB\n")
    monkeypatch.setattr(costs, "_MEMINFO", info)
    assert costs.available_mb() == 1.0
    monkeypatch.setattr(backend_module._native, "sumcheck_prove", None)
    monkeypatch.setattr(backend_module._native, "sumcheck_register", None)
    with pytest.raises(MemoryShortError, match=r"Proving needs about .* 1 MiB are free.*batch"):
        BACKEND.prove(native.keys, native.model, native.x, srs=srs)
    with pytest.raises(MemoryShortError, match="Set-up needs about"):
        BACKEND.setup(native.committed, srs=srs)


def test_where_the_system_does_not_say_nothing_is_refused(
    native: Native, srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "_MEMINFO", tmp_path / "absent")
    assert costs.available_mb() is None
    assert BACKEND.prove(native.keys, native.model, native.x, srs=srs)[0]


# --- secrets ----------------------------------------------------------------------------------------


def test_nothing_is_printed_logged_or_written(
    native: Native,
    srs: Srs,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        keys = BACKEND.setup(native.committed, srs=srs)
        proof, _ = BACKEND.prove(keys, native.model, native.x, srs=srs)
        BACKEND.verify(keys.verifying, proof)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert os.listdir(tmp_path) == []


def test_errors_and_reprs_hold_no_secret(native: Native, srs: Srs) -> None:
    x = native.x.copy()
    x.reshape(-1)[0] = 123457  # outside the range
    texts = [repr(native.keys), repr(native.secret), repr(native.committed), repr(native.model)]
    with pytest.raises(ZkattestError) as caught:
        BACKEND.prove(native.keys, native.model, x, srs=srs)
    texts.append(str(caught.value))
    for text in texts:
        assert "123457" not in text
        for blinder in native.committed.secret.blinders:
            assert blinder.hex() not in text
            assert repr(blinder) not in text


def test_a_trace_of_another_input_makes_no_proof(
    native: Native, srs: Srs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An executor that lies about one activation: the error names the node, or no proof comes out."""
    original = type(native.model).traces

    def lying(model, xs, **options):  # type: ignore[no-untyped-def]
        traces = original(model, xs, **options)
        name = model.nodes[0].outputs[0]
        for trace in traces:
            trace[name] = trace[name] + 1
        return traces

    monkeypatch.setattr(type(native.model), "traces", lying)
    with pytest.raises(ProvingError) as caught:
        BACKEND.prove(native.keys, native.model, native.x, srs=srs)
    assert native.model.nodes[0].name in str(caught.value) or "does not verify" in str(caught.value)
