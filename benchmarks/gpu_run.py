"""What ``gpu.py run`` does on the machine with the card, from the folder that ``gpu.py prepare`` made: it
takes nothing but Python's own library, the driver, and the programs in the folder.

The report is written after every step, so that a run that is cut off leaves what it has. A step that finds no
device, no time or no tool says SKIPPED and why; only a step that fails makes the run fail.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from timing import circumstances

#: Seconds that a whole run takes at most.
LIMIT: Final = 470

#: Seconds below which a step is not begun.
_LEAST: Final = 5

#: What nvidia-smi is asked for.
_CARD: Final = ("name", "driver_version", "memory.total", "clocks.max.sm", "clocks.max.memory", "power.limit")

#: Tests that compute-sanitizer runs, hundreds of times slower than alone.
SANITIZED: Final = {
    "msm": ("equal_opposite_and_infinite_points", "batches_in_any_memory"),
    "kernels": ("helpers_by_tables", "copies_and_chains"),
    "rounds": ("sums_grow_by_pieces",),
    "tables": ("lookup_tables_are_their_definition",),
    "by_value": ("functions_of_cells_by_value",),
}

_SKIPPED_TEST: Final = "SKIPPED on a device"
_COUNTED: Final = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed")


@dataclass
class Report:
    """The results so far, in a file.

    Attributes:
        path: of the file; None: none is written.
        document: what it holds.
        failed, skipped: names of steps.
    """

    path: Path | None
    document: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def put(self, part: str, name: str, result: dict[str, Any]) -> None:
        """Add a step's result and write the file anew; say what came of it."""
        self.document.setdefault(part, {})[name] = result
        status = result["status"]
        if status.startswith("SKIPPED"):
            self.skipped.append(name)
        elif status != "ok":
            self.failed.append(name)
        print(f"{part} {name}: {status}  {result.get('summary', '')}", flush=True)
        self.write()

    def write(self) -> None:
        """The file, as a whole: an interrupted write leaves the one before."""
        if self.path is None:
            return
        text = json.dumps(self.document, indent=2) + "\n"
        beside = self.path.with_suffix(".part")
        beside.write_text(text)
        beside.replace(self.path)


@dataclass(frozen=True)
class Ran:
    """A program's end: ``code`` is None where time ran out; ``text`` is what it printed up to then."""

    code: int | None
    text: str
    errors: str
    seconds: float

    def status(self) -> str:
        """In a word or two."""
        if self.code is None:
            return f"FAILED: not through after {self.seconds:.0f} s"
        return "ok" if self.code == 0 else f"FAILED: exit code {self.code}"

    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON among what was printed; a last one that was cut off is left out."""
        found = []
        for line in self.text.splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                found.append(value)
        return found


class Run:
    """A run of everything in ``folder``; ``limit`` in seconds."""

    def __init__(self, folder: Path, report: Report, *, quick: bool = False, limit: float = LIMIT) -> None:
        self.folder, self.report, self.quick = folder, report, quick
        self.end = time.monotonic() + limit
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        self.cache = tempfile.TemporaryDirectory(prefix="kernels-")
        self.device = False

    def all(self) -> int:
        """Every step; the process's exit code."""
        with self.cache:
            self._machine()
            self._tests()
            self._kernels()
            for name in self.manifest["circuits"]:
                self._replay(name)
            self._sanitize()
        report = self.report
        report.document["skipped"], report.document["failed"] = report.skipped, report.failed
        report.write()
        if not self.device:
            print(
                "SKIPPED: no device was found; what is above is of the twin and of the processor", flush=True
            )
        failed, skipped = (", ".join(names) or "nothing" for names in (report.failed, report.skipped))
        print(f"failed: {failed}; skipped: {skipped}")
        return int(bool(report.failed))

    def left(self) -> float:
        """Seconds."""
        return self.end - time.monotonic()

    def program(self, command: list[str], most: float) -> Ran:
        """Run a program for at most so many seconds, and no longer than the whole run may take."""
        begin = time.monotonic()
        # the driver keeps the kernels that it compiled for the card here, for the next program
        environment = os.environ | {"CUDA_CACHE_PATH": self.cache.name, "RUST_BACKTRACE": "1"}
        limit = max(1.0, min(most, self.left()))
        try:
            done = subprocess.run(command, capture_output=True, env=environment, timeout=limit, check=False)
            code, out, errors = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            code, out, errors = None, late.stdout or b"", late.stderr or b""
        text, said = out.decode(errors="replace"), errors.decode(errors="replace")
        return Ran(code, text, said, round(time.monotonic() - begin, 2))

    def step(self, part: str, name: str, work: Callable[[], dict[str, Any]]) -> None:
        """One step, unless there is no time left for it."""
        result = {"status": "SKIPPED: no time left"} if self.left() < _LEAST else work()
        self.report.put(part, name, result)

    def _bin(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def _machine(self) -> None:
        facts: dict[str, Any] = circumstances()
        facts["commit"] = self.manifest["commit"]
        smi = shutil.which("nvidia-smi")
        if smi:
            asked = self.program([smi, f"--query-gpu={','.join(_CARD)}", "--format=csv,noheader"], 20)
            values = [text.strip() for text in asked.text.split("\n")[0].split(",")]
            if asked.code == 0 and len(values) == len(_CARD):
                facts |= dict(zip(_CARD, values, strict=True))
        self.report.document["machine"] = facts
        self.report.document["quick"] = self.quick
        found = self.program([self._bin("bench"), "--facts"], 120)
        lines = found.lines()
        self.device = any("device" in line for line in lines)
        status = found.status()
        if status == "ok" and not self.device:
            reason = next((line["skipped"] for line in lines if "skipped" in line), "no word of one")
            status = f"SKIPPED: {reason}"
        for line in lines:
            if "device" in line:
                facts |= line
        self.report.put("device", "open", {"status": status, "summary": facts.get("device", facts["cpu"])})

    def _tests(self) -> None:
        for name in self.manifest["tests"]:
            self.step("tests", name, partial(self._test, name))

    def _test(self, name: str) -> dict[str, Any]:
        ran = self.program([self._bin(name), "--nocapture"], 240)
        counted = _COUNTED.search(ran.text)
        passed, failed = map(int, counted.groups()) if counted else (0, 0)
        said = _SKIPPED_TEST in ran.errors
        status = ran.status()
        if status == "ok" and self.device and said:
            status = "FAILED: there is a device, and a test did not find it"
        if status == "ok" and not passed:
            status = "FAILED: no test ran"
        where = (
            "twin only, SKIPPED on a device" if said else "twin and device" if self.device else "no device"
        )
        return {
            "status": status,
            "summary": f"{passed} passed, {failed} failed in {ran.seconds} s ({where})",
            "passed": passed,
            "failed": failed,
            "on_device": self.device and not said,
            "seconds": ran.seconds,
            **({} if status == "ok" else {"output": (ran.text + ran.errors)[-4000:]}),
        }

    def _kernels(self) -> None:
        def work() -> dict[str, Any]:
            if not self.device:
                return {"status": "SKIPPED: no device"}
            command = ["--largest", "18", "--runs", "3"] if self.quick else ["--largest", "22", "--runs", "5"]
            ran = self.program([self._bin("bench"), *command], 150)
            rows = [line for line in ran.lines() if "name" in line]
            shown = [f"{row['name']} {row.get('gigabytes_s') or row.get('tera_s')}" for row in rows[:2]]
            failed = {} if ran.code == 0 else {"output": ran.errors[-4000:]}
            return {"status": ran.status(), "summary": "; ".join(shown), "rows": rows, **failed}

        self.step("kernels", "bench", work)

    def _replay(self, name: str) -> None:
        def work() -> dict[str, Any]:
            on = "device" if self.device else "none"
            runs = "1" if self.quick or not self.device else "5"
            path = str(self.folder / "circuits" / f"{name}.json")
            ran = self.program([self._bin("replay"), "--on", on, "--runs", runs, path], 150)
            row = next(iter(ran.lines()), {})
            status = ran.status()
            if ran.code is None and not self.device:
                status = f"SKIPPED: this processor is not through after {ran.seconds:.0f} s"
            if status == "ok" and self.device and not row.get("same_bytes"):
                status = "FAILED: the device makes other bytes"
            times = [f"processor {row['processor']['total_ms']} ms"] if "processor" in row else []
            if "device" in row:
                times.append(f"device {row['device']['total_ms']} ms, same bytes")
            elif status == "ok":
                times.append("SKIPPED on a device")
            failed = {} if status == "ok" else {"output": ran.errors[-4000:]}
            return {"status": status, "summary": ", ".join(times), **row, **failed}

        self.step("replay", name, work)

    def _sanitize(self) -> None:
        tool = shutil.which("compute-sanitizer") or shutil.which(
            "compute-sanitizer", path="/usr/local/cuda/bin:/usr/local/cuda/compute-sanitizer"
        )
        for name, tests in SANITIZED.items():
            for test in tests:
                self.step("sanitizer", test, partial(self._memcheck, tool, name, test))

    def _memcheck(self, tool: str | None, name: str, test: str) -> dict[str, Any]:
        if not self.device:
            return {"status": "SKIPPED: no device"}
        if tool is None:
            return {"status": "SKIPPED: no compute-sanitizer is installed"}
        if self.quick:
            return {"status": "SKIPPED: a quick run"}
        command = [
            tool,
            "--tool",
            "memcheck",
            "--error-exitcode",
            "9",
            self._bin(name),
            "--test-threads=1",
            test,
        ]
        ran = self.program(command, 60)
        if ran.code is None:
            return {"status": f"SKIPPED: not through after {ran.seconds:.0f} s"}
        counted, status = _COUNTED.search(ran.text), ran.status()
        if status == "ok" and not (counted and int(counted[1])):
            status = "FAILED: no test ran"
        failed = {} if status == "ok" else {"output": (ran.text + ran.errors)[-4000:]}
        return {"status": status, "seconds": ran.seconds, **failed}
