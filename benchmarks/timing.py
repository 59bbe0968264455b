"""What every row of the benchmarks is measured with."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

#: A step is repeated (and its median reported) while that takes no longer than this, s.
_PATIENCE = 10.0
_REPETITIONS = 3


class Stopwatch:
    """A ``zkattest.progress.Progress`` that adds up the seconds of each phase; inner phases count apart.

    Attributes:
        seconds: phase -> s, in order of first appearance.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[list[Any]] = []  # [phase, begin, seconds of inner phases]

    def start(self, phase: str, total: int | None = None) -> None:
        self._open.append([phase, time.perf_counter(), 0.0])
        self.seconds.setdefault(phase, 0.0)

    def advance(self, phase: str, units: int = 1) -> None: ...

    def finish(self, phase: str) -> None:
        name, begin, inner = self._open.pop()
        if name != phase:
            raise AssertionError(f"phase {phase!r} ends inside {name!r}")
        spent = time.perf_counter() - begin
        self.seconds[phase] += spent - inner
        if self._open:
            self._open[-1][2] += spent

    def phases(self, whole: float) -> dict[str, float]:
        """The phases, and what of ``whole`` seconds lies in none of them as ``"other"``."""
        rest = max(0.0, whole - sum(self.seconds.values()))
        return {name: round(spent, 4) for name, spent in (self.seconds | {"other": rest}).items()}


def timed(step: Callable[[], T]) -> tuple[T, float]:
    """Result and seconds."""
    begin = time.perf_counter()
    result = step()
    return result, time.perf_counter() - begin


@dataclass(frozen=True)
class Measured(Generic[T]):
    """The run with the median time (the lower one of two).

    Attributes:
        result: of that run; seconds: by the clock.
        cpu_seconds: processor time of all threads, which other work on the machine disturbs less.
        runs: how many there were.
    """

    result: T
    seconds: float
    cpu_seconds: float
    runs: int


def repeated(step: Callable[[], T]) -> Measured[T]:
    """Run ``step`` up to three times, as patience allows."""
    runs: list[tuple[float, float, T]] = []
    while not runs or (len(runs) < _REPETITIONS and sum(run[0] for run in runs) + runs[0][0] < _PATIENCE):
        cpu = time.process_time()
        result, seconds = timed(step)
        runs.append((seconds, time.process_time() - cpu, result))
    seconds, cpu, result = sorted(runs, key=itemgetter(0))[(len(runs) - 1) // 2]
    return Measured(result, seconds, cpu, len(runs))


def circumstances() -> dict[str, Any]:
    """When and on what this process runs; call at its beginning, since ``load`` is of the minute before."""
    return {
        "cores": int(os.environ.get("RAYON_NUM_THREADS", 0)) or os.cpu_count(),
        "cpu": _cpu(),
        "load": round(os.getloadavg()[0], 2),
        "measured": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%MZ"),
    }


def device() -> str | None:
    """The NVIDIA device that proofs over long rows are made on, if there is one and it is not ruled out."""
    from zkattest.devices import chosen_device, cuda_device
    from zkattest.errors import DeviceError

    try:
        return None if chosen_device() == "cpu" else cuda_device().name
    except DeviceError:
        return None


def peak_rss_mb() -> int:
    """Peak resident memory of this process, MiB.

    ``getrusage`` would count that of the process which started this one, too, up to ``exec``.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
