"""A small string and the rows of a small clinic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zkattest.datasets import Classes, Features, Group, Schema
from zkattest.spec import srs as spec_srs
from zkattest.srs import Srs

TAU = 0xABCDEF0123456789


@pytest.fixture(scope="session")
def srs() -> Srs:
    return Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(TAU, 256)))


@pytest.fixture
def schema() -> Schema:
    return Schema(
        Features((1, 3), 12, 4, ("age", "dose", "pulse")),
        Classes("ill", ("no", "yes")),
        (Group("sex", ("f", "m")), Group("ward", ("1", "2", "3"))),
        capacity=8,
    )


@pytest.fixture
def table() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        "age": rng.uniform(0, 90, 20),
        "dose": rng.normal(0, 3, 20),
        "pulse": rng.integers(40, 120, 20),
        "ill": rng.choice(["no", "yes"], 20),
        "sex": rng.choice(["f", "m"], 20),
        "ward": rng.integers(1, 4, 20),
    }
