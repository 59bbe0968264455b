"""From the native prover's phases, which are names in order, to :mod:`zkattest.progress`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zkattest.progress import Progress


@contextmanager
def reporter(progress: Progress, prefix: str = "") -> Iterator[Callable[[str], None]]:
    """A function to call with the name of each phase as it begins, which ends the one before; the last one
    ends with the context, whatever happens inside."""
    current: list[str] = []

    def report(name: str) -> None:
        if current:
            progress.finish(current.pop())
        progress.start(prefix + name)
        current.append(prefix + name)

    try:
        yield report
    finally:
        if current:
            progress.finish(current.pop())
