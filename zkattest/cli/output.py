"""What a command shows: rich text for people, or with ``--json`` one object on stdout.

Under ``--json`` progress goes to stderr as one JSON event a line, results to stdout as one line.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from zkattest.errors import ZkattestError
from zkattest.progress import Progress
from zkattest.reports.text import printable

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout; progress events go to stderr.")
]

ERRORS = Console(stderr=True, highlight=False)


class _JsonEvents:
    """One JSON object a line on stderr; ``left_s``: seconds left of a phase, as it went so far."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._phases: dict[str, list[float]] = {}

    def _event(self, event: str, phase: str, **more: object) -> None:
        line = {"event": event, "phase": phase, "t": round(time.monotonic() - self._begin, 3), **more}
        print(json.dumps(line), file=sys.stderr, flush=True)

    def start(self, phase: str, total: int | None = None) -> None:
        self._event("start", phase, total=total)
        if total:
            self._phases[phase] = [time.monotonic(), 0, total]

    def advance(self, phase: str, units: int = 1) -> None:
        left: dict[str, float] = {}
        if phase in self._phases:
            begin, done, total = self._phases[phase]
            self._phases[phase][1] = done = done + units
            if done:
                left["left_s"] = round((time.monotonic() - begin) / done * max(total - done, 0), 3)
        self._event("advance", phase, units=units, **left)

    def finish(self, phase: str) -> None:
        self._phases.pop(phase, None)
        self._event("finish", phase)


class _RichEvents:
    """A spinner or bar per phase, on stderr so that pipes stay clean."""

    def __init__(self, display: RichProgress) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}

    def start(self, phase: str, total: int | None = None) -> None:
        self._tasks[phase] = self._display.add_task(phase, total=total)

    def advance(self, phase: str, units: int = 1) -> None:
        self._display.advance(self._tasks[phase], units)

    def finish(self, phase: str) -> None:
        task = self._tasks.pop(phase)
        total = self._display.tasks[self._display.task_ids.index(task)].total or 1
        self._display.update(task, total=total, completed=total)


class Output:
    """Shows the progress, result and errors of one command.

    Arguments:
        as_json: machine-readable output was asked for.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A display of phases for the time of the block."""
        if self.as_json:
            yield _JsonEvents()
            return
        columns = (
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=Console(stderr=True), transient=False) as display:
            yield _RichEvents(display)

    def say(self, text: str) -> None:
        """A line for people; nothing under ``--json``."""
        if not self.as_json:
            self.console.print(text)

    def show(self, item: RenderableType) -> None:
        """A table or panel for people; nothing under ``--json``."""
        if not self.as_json:
            self.console.print(item)

    def result(self, values: Mapping[str, Any], *, title: str = "") -> None:
        """The command's result: one JSON line, or a two-column table."""
        if self.as_json:
            print(json.dumps(plain(values)), flush=True)
            return
        table = Table(title=title or None, show_header=False, title_justify="left", box=None, padding=(0, 2))
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for key, value in plain(values).items():
            shown = value if isinstance(value, str) else json.dumps(value)
            table.add_row(key.replace("_", " "), Text(printable(shown)))  # never markup: files may hold it
        self.console.print(table)


def leave(verdict: bool | int) -> NoReturn:
    """End the command: True with exit code 0, False with 1, a number with itself."""
    raise typer.Exit((0 if verdict else 1) if isinstance(verdict, bool) else verdict)


def plain(value: Any) -> Any:
    """``value`` in JSON's types: bytes as 0x-hex, tuples as lists, paths as text, keys as text."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else str(value)


def report_error(error: ZkattestError, *, as_json: bool) -> None:
    """Show a typed error: on stderr for people, as one object on stdout under ``--json``."""
    if as_json:
        detail: dict[str, Any] = {"error": type(error).__name__, "message": error.message}
        if error.remedy:
            detail["remedy"] = error.remedy
        for name in ("name", "arguments"):
            if getattr(error, name, None):
                detail[name] = plain(getattr(error, name))
        print(json.dumps(detail), flush=True)
        return
    ERRORS.print(f"[bold red]{type(error).__name__}[/]: ", end="")
    ERRORS.print(error.message, markup=False, soft_wrap=True)
    if error.remedy:
        ERRORS.print(error.remedy, style="dim", markup=False, soft_wrap=True)


def report_defect(error: Exception, *, as_json: bool) -> None:
    """Show that an unforeseen exception ended the command: its type and place, none of its values."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    message = f"{type(error).__name__} at {place}."
    if as_json:
        print(json.dumps({"error": "InternalError", "message": message}), flush=True)
    ERRORS.print(f"[bold red]InternalError[/]: {message} This is a defect of zkattest; please report it.")
    ERRORS.print("ZKATTEST_DEBUG=1 shows the whole trace, which may hold secrets.", style="dim")
