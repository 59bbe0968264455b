"""Progress of long steps, decoupled from how it is shown.

A step takes ``progress: Progress = SILENT`` and reports phases; the CLI passes a rich display, a notebook
a tqdm-style one, ``--json`` a writer of JSON events.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Receives the phases of one long step."""

    def start(self, phase: str, total: int | None = None) -> None:
        """``phase`` begins; ``total`` is its number of units when known."""

    def advance(self, phase: str, units: int = 1) -> None:
        """``units`` of ``phase`` are done."""

    def finish(self, phase: str) -> None:
        """``phase`` is over, in success or not."""


class _Silent:
    def start(self, phase: str, total: int | None = None) -> None: ...

    def advance(self, phase: str, units: int = 1) -> None: ...

    def finish(self, phase: str) -> None: ...


SILENT: Progress = _Silent()


@contextmanager
def phase(progress: Progress, name: str, total: int | None = None) -> Iterator[None]:
    """Report ``name`` as started, and as finished whatever happens inside."""
    progress.start(name, total)
    try:
        yield
    finally:
        progress.finish(name)
