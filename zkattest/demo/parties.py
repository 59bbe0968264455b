"""Who takes part in the demonstration, and what each does once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from zkattest import api
from zkattest.backends.base import CommittedModel, Keys, Profile
from zkattest.demo.clinic import Clinic
from zkattest.frontend import QuantisedModel
from zkattest.progress import Progress, phase
from zkattest.srs import Srs

T = TypeVar("T")


@dataclass(frozen=True)
class Party:
    """A model with its keys, as one hospital would hold it."""

    clinic: Clinic
    committed: CommittedModel
    keys: Keys

    @property
    def model(self) -> QuantisedModel:
        """The integer graph."""
        return self.committed.model


@dataclass(frozen=True)
class Step:
    """One line of the demonstration's bill; None where a figure does not apply."""

    name: str
    seconds: float | None = None
    size: int | None = None
    gas: int | None = None


def profile_of(backend: str) -> Profile:
    """What the demonstration commits for: its chain runs in Python, where little gas is little time."""
    return "gas" if backend == "sumcheck" else "speed"


def commit_and_key(
    clinic: Clinic, model: QuantisedModel, srs: Srs, backend: str, progress: Progress, who: str = ""
) -> Party:
    """Commit to the weights and make keys."""
    with phase(progress, f"{who}commit to the weights"):
        committed = api.commit(model, srs, backend=backend, profile=profile_of(backend))
    with phase(progress, f"{who}make proving and verifying keys ({backend})"):
        keys = api.setup(committed, srs, backend=backend)
    return Party(clinic, committed, keys)


def timed(step: Callable[[], T]) -> tuple[T, float]:
    """The result of ``step`` and the seconds it took."""
    begin = time.perf_counter()
    result = step()
    return result, time.perf_counter() - begin
